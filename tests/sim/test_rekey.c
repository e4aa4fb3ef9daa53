// SPDX-License-Identifier: GPL-2.0
/*
 * New ESP keys in a running association (RFC 7402 sections 5.3, 6.8 to 6.10;
 * RFC 7401 sections 6.11, 6.12): who begins, with and without Diffie-Hellman,
 * both at once, under loss, and that no moment exists in which a packet would
 * go into an SA that the other side does not have.
 */
#include <errno.h>
#include <string.h>

#include "dhpool.h"
#include "forge.h"
#include "job.h"
#include "rekey.h"

static void bring_up(struct sim *sim, bool dh)
{
	sim_prepare(sim);
	sim->config.dh_groups.n = 1;
	sim->config.r1_lifetime = 86400;
	sim->config.unused_lifetime = 0;
	sim->config.rekey_time = 0;
	sim->config.rekey_dh = dh;
	sim_init(sim);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_run(sim, HIP_SEC);
	sim_assert_up(&sim->host[0], &sim->host[1]);
	sim_run(sim, 10 * HIP_SEC);
	assert_int_equal(sim_state(&sim->host[1], &sim->host[0]),
			 HIP_ESTABLISHED);
}

static void rekey(struct sim_host *from, struct sim_host *to)
{
	assert_int_equal(hip_rekey_start(sim_assoc(from, to),
					 HIP_REKEY_CONFIGURED), 0);
	sim_work(from);
}

struct before {
	uint32_t a_in, b_in;
	uint8_t secret[HIP_DH_SECRET_MAX];
	size_t next;
};

static struct before look(struct sim_host *a, struct sim_host *b)
{
	struct hip_assoc *x = sim_assoc(a, b);
	struct before was = { .a_in = x->path->spi_in,
			      .b_in = x->path->spi_out };

	memcpy(was.secret, x->keymat.secret, sizeof(was.secret));
	was.next = x->keymat.next;
	return was;
}

/* Both SPIs are new, keys fit, the HIP keys stayed, nothing is outstanding. */
static void assert_rekeyed(struct sim_host *a, struct sim_host *b,
			   const struct before *was, bool dh)
{
	struct hip_assoc *x = sim_assoc(a, b), *y = sim_assoc(b, a);

	sim_assert_up(a, b);
	assert_int_not_equal(x->path->spi_in, was->a_in);
	assert_int_not_equal(y->path->spi_in, was->b_in);
	assert_null(x->rekey);
	assert_null(y->rekey);
	assert_null(x->update.out);
	assert_null(y->update.out);
	assert_int_equal(x->keymat.next, y->keymat.next);
	if (dh) {
		assert_memory_not_equal(x->keymat.secret, was->secret, 32);
		assert_int_equal(x->keymat_index, 0);
	} else {
		assert_memory_equal(x->keymat.secret, was->secret, 32);
		assert_int_equal(x->keymat_index, was->next);
	}
}

static struct hip_path_stats counted(struct sim_host *at, struct sim_host *of)
{
	struct hip_kif *kif = at->h.kif;
	struct hip_path_stats st;

	assert_int_equal(kif->ops->assoc_stats(kif, &at->hit, &of->hit, &st),
			 0);
	return st;
}

/* Every step of virtual time: data flows both ways, arrives, and is counted
 * whatever path it takes.
 */
static void run_with_data(struct sim *sim, uint64_t t)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];
	uint64_t rx = counted(b, a).rx_packets, tx = counted(b, a).tx_packets;
	uint64_t until = sim->now + t, n = 0;

	do {
		assert_int_equal(sim_data(a, b), 1);
		assert_int_equal(sim_data(b, a), 1);
		n++;
		assert_int_equal(counted(b, a).rx_packets, rx + n);
		assert_int_equal(counted(b, a).tx_packets, tx + n);
	} while (sim_step(sim, until));
	sim->now = until;
}

/* From either side, with and without Diffie-Hellman, ten times over. */
static void test_simple(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct before was;
	unsigned int i;
	int dh;

	for (dh = 0; dh < 2; dh++) {
		bring_up(&sim, dh);
		for (i = 0; i < 10; i++) {
			was = look(a, b);
			rekey(i & 1 ? b : a, i & 1 ? a : b);
			run_with_data(&sim, HIP_SEC);
			assert_rekeyed(a, b, &was, dh);
			run_with_data(&sim, 20 * HIP_SEC);
			assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
			assert_int_equal(HASH_COUNT(b->kernel.by_id), 1);
		}
		assert_int_equal(sim.type_sent[HIP_UPDATE], 3 * 10);
		assert_int_equal(sim_stat(a, REKEYS), 10);
		assert_int_equal(sim_stat(b, REKEYS), 10);
		assert_int_equal(sim_drops(a) + sim_drops(b), 0);
		sim_exit(&sim);
	}
}

/* While a request is out there is no other, whoever asks for it. */
static void test_outstanding(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct before was;
	unsigned int i;

	bring_up(&sim, true);
	was = look(a, b);
	for (i = 0; i < 3; i++)
		rekey(a, b);
	hip_host_path_worn(&a->h, sim_assoc(a, b)->path);
	sim_work(a);
	assert_int_equal(sim.type_sent[HIP_UPDATE], 1);
	run_with_data(&sim, 20 * HIP_SEC);
	assert_rekeyed(a, b, &was, true);
	assert_int_equal(sim.type_sent[HIP_UPDATE], 3);
	assert_int_equal(sim_stat(b, REKEYS), 1);
	sim_exit(&sim);
}

/* A new Diffie-Hellman value is answered by one, none by none. */
static void test_dh_answered(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet first, second;
	struct hip_packet p;
	int dh;

	for (dh = 0; dh < 2; dh++) {
		bring_up(&sim, dh);
		b->h.config.rekey_dh = false;
		rekey(a, b);
		forge_catch(&sim, HIP_UPDATE, &first);
		forge_inject(&sim, &first);
		sim_work(b);
		forge_catch(&sim, HIP_UPDATE, &second);
		forge_parse(&p, &first);
		assert_int_equal(!!hip_packet_get(&p, HIP_PARAM_DIFFIE_HELLMAN),
				 dh);
		forge_parse(&p, &second);
		assert_int_equal(!!hip_packet_get(&p, HIP_PARAM_DIFFIE_HELLMAN),
				 dh);
		assert_non_null(hip_packet_get(&p, HIP_PARAM_ESP_INFO));
		sim_exit(&sim);
	}
}

/* The inbound SA is there before the packet after which the peer sends to it;
 * the outbound one is used once the peer has its own.
 */
static void test_order(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	int in, tx, up;

	bring_up(&sim, true);
	a->n_ops = 0;
	b->n_ops = 0;
	rekey(a, b);
	sim_run(&sim, HIP_SEC);
	in = sim_find_op(a, "path_in", 0);
	up = sim_find_op(a, "path_up", 0);
	tx = sim_find_op(a, "tx UPDATE", 1);
	assert_int_equal(sim_find_op(a, "tx UPDATE", 0), 0);
	assert_true(0 < in && in < up && up < tx);
	in = sim_find_op(b, "path_in", 0);
	tx = sim_find_op(b, "tx UPDATE", 0);
	up = sim_find_op(b, "path_up", 0);
	assert_true(0 <= in && in < tx && tx < up);
	assert_int_equal(sim_find_op(a, "path_down", 0), -1);
	sim_exit(&sim);
}

/* The old pair goes, but not before the new one has carried something. */
static void test_linger(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim, false);
	rekey(a, b);
	sim_run(&sim, 15 * HIP_SEC);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 2);
	assert_int_equal(sim_data(b, a), 1);
	sim_run(&sim, 2 * HIP_SEC);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	assert_int_equal(HASH_COUNT(b->kernel.by_id), 2);
	sim_run(&sim, 60 * HIP_SEC);	/* nothing came: it goes at last */
	assert_int_equal(HASH_COUNT(b->kernel.by_id), 1);
	sim_exit(&sim);
}

static bool find_path(const struct sim_host *host, uint32_t id)
{
	struct hip_null_path *path;

	HASH_FIND(hh, host->kernel.by_id, &id, sizeof(id), path);
	return path;
}

/* Rekeys in quick succession: what was on its way with any of the earlier keys
 * is not lost. There is an end to it, though.
 */
static void test_quick(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	uint32_t first;
	unsigned int i;

	bring_up(&sim, false);
	first = sim_assoc(a, b)->path->id;
	for (i = 1; i <= 12; i++) {
		rekey(i & 1 ? a : b, i & 1 ? b : a);
		run_with_data(&sim, 50 * HIP_MSEC);
		assert_int_equal(sim_stat(a, REKEYS), i);
		assert_int_equal(HASH_COUNT(a->kernel.by_id),
				 i < 8 ? i + 1 : 9);
		assert_int_equal(find_path(a, first), i <= 8);
	}
	assert_int_equal(HASH_COUNT(b->kernel.by_id), 9);
	run_with_data(&sim, 4 * HIP_SEC);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 9);
	run_with_data(&sim, 2 * HIP_SEC);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	assert_int_equal(HASH_COUNT(b->kernel.by_id), 1);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* ---- both at once ---- */

/* Requests cross; each combination of who has a new Diffie-Hellman value. One
 * new value alone goes with the old one of the other side (section 6.10).
 */
static void test_both(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct before was;
	unsigned int which;

	for (which = 0; which < 4; which++) {
		bring_up(&sim, false);
		a->h.config.rekey_dh = which & 1;
		b->h.config.rekey_dh = which & 2;
		was = look(a, b);
		rekey(a, b);
		rekey(b, a);
		run_with_data(&sim, HIP_SEC);
		assert_rekeyed(a, b, &was, which);
		assert_int_equal(sim.type_sent[HIP_UPDATE], 4);
		/* the halves are the new ones now */
		a->h.config.rekey_dh = !a->h.config.rekey_dh;
		b->h.config.rekey_dh = !b->h.config.rekey_dh;
		was = look(a, b);
		rekey(a, b);
		rekey(b, a);
		run_with_data(&sim, HIP_SEC);
		assert_rekeyed(a, b, &was, which != 3);
		assert_int_equal(sim_drops(a) + sim_drops(b), 0);
		sim_exit(&sim);
	}
}

static void empty_pool(struct sim_host *host)
{
	struct hip_dh *dh;

	while ((dh = hip_dhpool_take(host->h.dhpool, HIP_DH_P256)))
		hip_dh_put(dh);
}

/* No Diffie-Hellman key is left: the jobs make theirs, for an exchange, for a
 * rekey, for its answer and for both at once.
 */
static void test_pool_empty(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct before was;

	bring_up(&sim, true);
	empty_pool(a);
	empty_pool(b);
	was = look(a, b);
	rekey(a, b);
	run_with_data(&sim, HIP_SEC);
	assert_rekeyed(a, b, &was, true);

	empty_pool(a);
	empty_pool(b);
	was = look(a, b);
	rekey(a, b);
	rekey(b, a);
	run_with_data(&sim, HIP_SEC);
	assert_rekeyed(a, b, &was, true);
	assert_int_equal(sim_drops(a) + sim_drops(b), 0);

	hip_assoc_destroy(sim_assoc(a, b));
	hip_assoc_destroy(sim_assoc(b, a));
	empty_pool(a);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* While a worker makes our value, the peer's UPDATE is not taken; afterwards it
 * is, and both have the same keys.
 */
static void test_pool_empty_crossing(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const struct sim_packet *update;
	struct hip_packet p;
	struct before was;

	bring_up(&sim, true);
	empty_pool(a);
	hip_jobs_destroy(&a->h);
	assert_int_equal(hip_jobs_create(&a->h, 1), 0);
	was = look(a, b);
	rekey(b, a);
	update = sim.flight;
	assert_int_equal(hip_wire_parse(&p, update->buf, update->len,
					&update->src, &update->dst), 0);
	assert_int_equal(hip_rekey_check(sim_assoc(a, b), &p), 0);
	assert_int_equal(hip_rekey_start(sim_assoc(a, b),
					 HIP_REKEY_CONFIGURED), 0);
	assert_int_equal(hip_rekey_check(sim_assoc(a, b), &p),
			 HIP_STAT_DROP_STATE);
	sim_work(a);
	assert_int_equal(hip_rekey_check(sim_assoc(a, b), &p), 0);
	run_with_data(&sim, HIP_SEC);
	assert_rekeyed(a, b, &was, true);
	sim_exit(&sim);
}

/* ---- loss ---- */

static enum sim_verdict lose_nth(struct sim *sim, struct sim_packet *p)
{
	unsigned int *mask = sim->arg, bit;

	if (sim_type(p) != HIP_UPDATE)
		return SIM_PASS;
	bit = *mask & 1;
	*mask >>= 1;
	return bit ? SIM_DROP : SIM_PASS;
}

/* Any of the first eight UPDATEs lost, one or both hosts asking: data goes on
 * all the time.
 */
static void test_lost(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int lost, mask, both;
	struct before was;

	for (both = 0; both < 2; both++) {
		for (lost = 0; lost < 256; lost++) {
			bring_up(&sim, lost & 1);
			mask = lost;
			a->h.config.update_retries = 10;
			b->h.config.update_retries = 10;
			sim.filter = lose_nth;
			sim.arg = &mask;
			was = look(a, b);
			rekey(a, b);
			if (both)
				rekey(b, a);
			run_with_data(&sim, 60 * HIP_SEC);
			assert_rekeyed(a, b, &was, lost & 1);
			sim_exit(&sim);
		}
	}
}

static void test_bad_network(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i;

	bring_up(&sim, true);
	a->h.config.update_retries = 20;
	b->h.config.update_retries = 20;
	sim.loss = 300;
	sim.dup = 200;
	sim.corrupt = 100;
	sim.jitter = 700 * HIP_MSEC;
	for (i = 0; i < 100; i++) {
		if (sim_random(&sim, 4))
			rekey(a, b);
		if (!sim_random(&sim, 4))
			rekey(b, a);
		run_with_data(&sim, sim_random(&sim, 30 * HIP_SEC));
	}
	sim.loss = sim.dup = sim.corrupt = 0;
	run_with_data(&sim, 240 * HIP_SEC);
	sim_assert_up(a, b);
	assert_true(sim_stat(a, REKEYS) > 50);
	sim_exit(&sim);
}

/* The peer has gone: update-retries, then CLOSE, and nothing is left. */
static void test_gone(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim, true);
	sim_stop(b, true);
	rekey(a, b);
	sim_run(&sim, 15 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	sim_run(&sim, 20 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_CLOSING);
	assert_int_equal(sim.type_sent[HIP_UPDATE], 6);
	assert_int_equal(sim_stat(a, UPDATE_FAILED), 1);
	sim_run(&sim, 2000 * HIP_SEC);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* ---- the end of the keying material ---- */

/* Without Diffie-Hellman until KEYMAT (255 hashes) ends: then with it. */
static void test_exhausted(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct before was = { 0 }, first;
	unsigned int i;

	bring_up(&sim, false);
	first = look(a, b);
	for (i = 0; i < 400; i++) {
		was = look(a, b);
		rekey(i & 1 ? a : b, i & 1 ? b : a);
		run_with_data(&sim, HIP_SEC);
		sim_assert_up(a, b);
		if (!sim_assoc(a, b)->keymat_index)
			break;
	}
	/* SHA-384, two times 16 + 4 octets for each */
	assert_int_equal(i, (255 * 48 - first.next) / 40);
	assert_true(was.next + 40 > 255 * 48);
	assert_memory_not_equal(sim_assoc(a, b)->keymat.secret, was.secret,
				32);
	sim_exit(&sim);
}

/* ---- when ---- */

static void test_by_time(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int was, n;
	uint64_t t = 0;

	bring_up(&sim, true);
	sim.config.rekey_time = 600;
	a->h.config.rekey_time = 600;
	hip_rekey_changed(&a->h);
	b->h.config.rekey_time = 600;
	hip_rekey_changed(&b->h);
	for (n = 0; n < 20; n++) {
		was = sim_assoc(a, b)->n_rekeys;
		for (t = 0; sim_assoc(a, b)->n_rekeys == was; t += HIP_SEC) {
			assert_true(t <= 601 * HIP_SEC);
			run_with_data(&sim, HIP_SEC);
		}
		/* never late, and not much too early */
		assert_true(t >= 470 * HIP_SEC);
	}
	/* most of the time one of them was first */
	assert_true(sim.type_sent[HIP_UPDATE] < 20 * 4);
	sim_exit(&sim);
}

/* The kernel tells when an SA has carried so much; what it did not tell is
 * seen at the next look for use.
 */
static void test_by_volume(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_path *path, first;
	unsigned int i;

	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	sim.config.r1_lifetime = 86400;
	sim.config.rekey_time = 0;
	sim.config.rekey_packets = 1000;
	sim.config.rekey_bytes = 1ull << 40;
	sim_init(&sim);
	sim_data(a, b);
	sim_run(&sim, 20 * HIP_SEC);
	path = sim_assoc(a, b)->path;
	assert_in_range(path->soft_packets, 800, 1000);
	assert_in_range(path->soft_bytes, (1ull << 40) / 5 * 4, 1ull << 40);
	first = *path;
	hip_host_path_worn(&a->h, path);
	sim_work(a);
	run_with_data(&sim, HIP_SEC);
	assert_int_equal(sim_assoc(b, a)->n_rekeys, 1);
	assert_in_range(path->soft_packets, 800, 1000);
	/* of a path that is no more: nothing to do */
	hip_host_path_worn(&a->h, &first);
	assert_null(sim_assoc(a, b)->rekey);
	for (i = 0; i < 1000; i++)
		assert_int_equal(sim_data(a, b), 1);
	run_with_data(&sim, 120 * HIP_SEC);
	assert_int_equal(sim_assoc(b, a)->n_rekeys, 2);
	sim_exit(&sim);
}

/* In R2-SENT too: no ESP has come yet, the UPDATE tells as much. */
static void test_r2_sent(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_assoc *assoc;

	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	sim_init(&sim);
	assert_int_equal(hip_host_connect(&a->h, NULL, &b->hit, &assoc), 0);
	sim_run(&sim, 50 * HIP_MSEC);
	assert_int_equal(sim_state(b, a), HIP_R2_SENT);
	rekey(a, b);
	sim_run(&sim, 20 * HIP_MSEC);
	assert_int_equal(sim_state(b, a), HIP_ESTABLISHED);
	run_with_data(&sim, 10 * HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

static void test_not_up(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_assoc *assoc;

	sim_prepare(&sim);
	sim_init(&sim);
	sim_stop(b, true);
	assert_int_equal(hip_host_connect(&a->h, NULL, &b->hit, &assoc), 0);
	assert_int_equal(hip_rekey_start(assoc, HIP_REKEY_NEW_DH), -ENOTCONN);
	sim_exit(&sim);
}

/* A base exchange or a CLOSE in the middle: the rekey is forgotten. */
static void test_overtaken(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim, true);
	rekey(a, b);
	sim_stop(b, true);
	sim_start(b);
	sim_know(b, a);
	sim_data(b, a);
	sim_run(&sim, 40 * HIP_SEC);
	sim_assert_up(a, b);
	assert_null(sim_assoc(a, b)->rekey);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	rekey(a, b);
	assert_int_equal(hip_host_close(&a->h, sim_assoc(a, b)), 0);
	assert_null(sim_assoc(a, b)->rekey);
	sim_run(&sim, 40 * HIP_SEC);
	sim_assert_empty(a);
	assert_int_equal(HASH_COUNT(b->kernel.by_id), 0);
	sim_exit(&sim);
}

/* The kernel takes no SA: nothing is lost, and another try later succeeds. */
static void test_kernel_refuses(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct before was;

	bring_up(&sim, true);
	was = look(a, b);
	b->kernel.fail = -ENOBUFS;
	rekey(a, b);
	run_with_data(&sim, 3 * HIP_SEC);
	b->kernel.fail = 0;
	run_with_data(&sim, 120 * HIP_SEC);
	assert_rekeyed(a, b, &was, true);
	assert_true(sim_stat(b, REKEY_FAILED) > 0);
	sim_exit(&sim);
}

static enum sim_verdict break_kernel(struct sim *sim, struct sim_packet *p)
{
	if (sim_type(p) == HIP_UPDATE && hip_addr_eq(&p->dst, &sim->host[0].v4))
		sim->host[0].kernel.fail = -ENOBUFS;
	return SIM_PASS;
}

/* The same where the peer has our ESP_INFO already: it is not taken back. */
static void test_kernel_refuses_late(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct before was;

	bring_up(&sim, true);
	was = look(a, b);
	sim.filter = break_kernel;
	rekey(a, b);
	run_with_data(&sim, 3 * HIP_SEC);
	assert_non_null(sim_assoc(a, b)->rekey);
	sim.filter = NULL;
	a->kernel.fail = 0;
	run_with_data(&sim, 30 * HIP_SEC);
	assert_rekeyed(a, b, &was, true);
	assert_int_equal(sim_stat(a, REKEYS), 1);
	sim_exit(&sim);
}

static enum sim_verdict break_at_ack(struct sim *sim, struct sim_packet *p)
{
	struct sim_host *b = &sim->host[1];
	struct hip_packet parsed;

	forge_parse(&parsed, p);
	if (hip_addr_eq(&p->dst, &b->v4) &&
	    hip_packet_get(&parsed, HIP_PARAM_ACK))
		b->kernel.fail = -ENOBUFS;
	return SIM_PASS;
}

/* Only the end is refused, the outbound SA: the old one serves until then. */
static void test_kernel_refuses_end(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct before was;

	bring_up(&sim, true);
	was = look(a, b);
	sim.filter = break_at_ack;
	rekey(a, b);
	run_with_data(&sim, 3 * HIP_SEC);
	assert_int_equal(sim_stat(a, REKEYS), 1);
	assert_int_equal(sim_stat(b, REKEYS), 0);
	sim.filter = NULL;
	b->kernel.fail = 0;
	run_with_data(&sim, 2 * HIP_SEC);
	assert_int_equal(sim_stat(b, REKEYS), 1);
	assert_rekeyed(a, b, &was, true);
	sim_exit(&sim);
}

/* A long way is known after the first time: nothing is sent twice for it. */
static void test_long_way(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	uint64_t again;

	bring_up(&sim, false);
	rekey(a, b);
	sim_run(&sim, 10 * HIP_SEC);
	sim.delay = 230 * HIP_MSEC;
	rekey(a, b);
	sim_run(&sim, 10 * HIP_SEC);
	again = sim_stat(a, RETRANSMIT);
	sim.delay = 400 * HIP_MSEC;
	rekey(a, b);
	sim_run(&sim, 10 * HIP_SEC);
	assert_int_equal(sim_stat(a, RETRANSMIT), again);
	assert_int_equal(sim_assoc(a, b)->n_rekeys, 3);
	sim_exit(&sim);
}

/* One direction is enough, whichever, and one limit. */
static void test_worn(void **state)
{
	struct hip_path path = { .soft_packets = 10, .soft_bytes = 1000 };
	struct hip_path_stats st = { .rx_packets = 9, .rx_bytes = 999,
				     .tx_packets = 9, .tx_bytes = 999 };
	uint64_t *const each[] = { &st.rx_packets, &st.tx_packets,
				   &st.rx_bytes, &st.tx_bytes };
	unsigned int i;

	assert_false(hip_rekey_worn(&path, &st));
	for (i = 0; i < 4; i++) {
		++*each[i];
		assert_true(hip_rekey_worn(&path, &st));
		--*each[i];
	}
	memset(&path, 0, sizeof(path));
	assert_false(hip_rekey_worn(&path, &st));
}

static enum sim_verdict ack_alone(struct sim *sim, struct sim_packet *p)
{
	struct forge_change c = { .without = HIP_PARAM_ESP_INFO };
	struct sim_host *b = &sim->host[1];
	struct hip_assoc *y = sim_assoc(b, &sim->host[0]);
	struct sim_packet out;

	if (sim_type(p) != HIP_UPDATE || !hip_addr_eq(&p->src, &b->v4))
		return SIM_PASS;
	c.key = b->key;
	c.keys = &y->own_keys;
	c.hash = y->keymat.hash;
	forge_copy(&out, p, &c);
	forge_inject(sim, &out);
	return SIM_DROP;
}

/* It acknowledges but sends no ESP_INFO: not for ever (section 6.8, step 5). */
static void test_no_esp_info(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim, true);
	sim.filter = ack_alone;
	rekey(a, b);
	sim_run(&sim, HIP_SEC);
	assert_null(sim_assoc(a, b)->update.out);
	assert_non_null(sim_assoc(a, b)->rekey);
	sim_run(&sim, 90 * HIP_SEC);
	assert_int_equal(sim_stat(a, REKEY_FAILED), 1);
	assert_int_not_equal(sim_state(a, b), HIP_ESTABLISHED);
	sim_exit(&sim);
}

/* Rekeying by time does not keep an idle association alive, nor does an idle
 * one rekey.
 */
static void test_idle(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int n;

	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	sim.config.rekey_time = 300;
	sim_init(&sim);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_run(&sim, 850 * HIP_SEC);
	n = sim_stat(a, REKEYS);
	assert_true(n >= 1 && n <= 2);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	sim_run(&sim, 200 * HIP_SEC);
	assert_int_equal(sim_stat(a, REKEYS), n);
	assert_int_not_equal(sim_state(a, b), HIP_ESTABLISHED);
	assert_int_not_equal(sim_state(b, a), HIP_ESTABLISHED);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple),
		cmocka_unit_test(test_outstanding),
		cmocka_unit_test(test_dh_answered),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_linger),
		cmocka_unit_test(test_quick),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_pool_empty),
		cmocka_unit_test(test_pool_empty_crossing),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_bad_network),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_exhausted),
		cmocka_unit_test(test_by_time),
		cmocka_unit_test(test_by_volume),
		cmocka_unit_test(test_r2_sent),
		cmocka_unit_test(test_not_up),
		cmocka_unit_test(test_overtaken),
		cmocka_unit_test(test_kernel_refuses),
		cmocka_unit_test(test_kernel_refuses_late),
		cmocka_unit_test(test_kernel_refuses_end),
		cmocka_unit_test(test_long_way),
		cmocka_unit_test(test_worn),
		cmocka_unit_test(test_no_esp_info),
		cmocka_unit_test(test_idle),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
