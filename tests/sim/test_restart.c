// SPDX-License-Identifier: GPL-2.0
/*
 * A daemon or a whole host begins anew (RFC 7401 sections 4.5.4 and 6.16): the
 * kernel's SAs carry traffic on, and a new exchange replaces them without a
 * gap.
 */
#include <stdio.h>

#include "rekey.h"
#include "sim.h"

static void bring_up(struct sim *sim)
{
	sim_init(sim);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_run(sim, HIP_SEC);
	sim_assert_up(&sim->host[0], &sim->host[1]);
	sim_run(sim, HIP_SEC);
}

/* Both directions, each millisecond: nothing may be lost or wait. */
static void traffic(struct sim *sim, unsigned int ms)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	while (ms--) {
		assert_int_equal(sim_data(a, b), 1);
		assert_int_equal(sim_data(b, a), 1);
		sim_run(sim, HIP_MSEC);
	}
}

static void begin_anew(struct sim *sim, unsigned int who)
{
	sim_start(&sim->host[who]);
	sim_know(&sim->host[who], &sim->host[!who]);
}

static void restart(struct sim *sim, unsigned int who, bool crash)
{
	sim_stop(&sim->host[who], crash);
	if (!crash)
		traffic(sim, 50);
	begin_anew(sim, who);
}

static void daemon_restart(unsigned int who)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_keymat before;

	bring_up(&sim);
	before = sim_assoc(b, a)->keymat;
	restart(&sim, who, false);
	traffic(&sim, 1000);
	sim_assert_up(a, b);
	assert_memory_not_equal(before.i, sim_assoc(b, a)->keymat.i, 32);
	assert_int_equal(sim_stat(&sim.host[who], BEX_INITIATED), 1);
	/* the old SAs go when nothing can come through them any more */
	traffic(&sim, 10000);
	assert_null(sim_assoc(a, b)->old);
	assert_null(sim_assoc(b, a)->old);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

static void test_daemon(void **state)
{
	daemon_restart(0);
	daemon_restart(1);
}

/* Both daemons at once: both begin an exchange. */
static void test_both(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	sim_stop(a, false);
	sim_stop(b, false);
	traffic(&sim, 50);
	sim_start(a);
	sim_start(b);
	sim_know(a, b);
	sim_know(b, a);
	traffic(&sim, 12000);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

static void test_many_times(void **state)
{
	struct sim sim = { 0 };
	unsigned int i;

	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	bring_up(&sim);
	for (i = 0; i < 100; i++) {
		restart(&sim, i & 1, false);
		traffic(&sim, 25 + (unsigned int)sim_random(&sim, 60));
	}
	traffic(&sim, 12000);
	sim_assert_up(&sim.host[0], &sim.host[1]);
	sim_exit(&sim);
}

/* In the middle of the exchange that the last start began: then packets may
 * be lost, but it ends well.
 */
static void test_in_exchange(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i;

	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	bring_up(&sim);
	for (i = 0; i < 300; i++) {
		sim_stop(&sim.host[i & 1], false);
		sim_run(&sim, sim_random(&sim, 30 * HIP_MSEC));
		begin_anew(&sim, i & 1);
		sim_run(&sim, sim_random(&sim, 30 * HIP_MSEC));
	}
	sim_run(&sim, 40 * HIP_SEC);
	sim_data(a, b);
	sim_data(b, a);
	sim_run(&sim, 10 * HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* kill -9, each time before the SAs of the last start are gone. */
static void test_killed(void **state)
{
	struct sim sim = { 0 };
	unsigned int i;

	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	bring_up(&sim);
	for (i = 0; i < 100; i++) {
		sim_kill(&sim.host[i & 1]);
		traffic(&sim, 5);
		begin_anew(&sim, i & 1);
		traffic(&sim, 25 + (unsigned int)sim_random(&sim, 60));
	}
	traffic(&sim, 12000);
	sim_assert_up(&sim.host[0], &sim.host[1]);
	sim_exit(&sim);
}

/* The host lost its SAs too: its first packet begins an exchange, and the
 * peer, which is ESTABLISHED, takes it.
 */
static void host_restart(unsigned int who)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	restart(&sim, who, true);
	assert_int_equal(sim_data(&sim.host[who], &sim.host[!who]), 0);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	traffic(&sim, 10000);
	sim_exit(&sim);
}

static void test_host(void **state)
{
	host_restart(0);
	host_restart(1);
}

/* A peer that is gone: what was adopted stays for a failed attempt, but not
 * for ever.
 */
static void test_peer_gone(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	sim_stop(b, true);
	sim_stop(a, false);
	begin_anew(&sim, 0);
	sim_run(&sim, 22 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	sim_run(&sim, 15 * HIP_SEC);
	assert_int_equal(sim_stat(a, BEX_FAILED), 1);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	sim_run(&sim, 1000 * HIP_SEC);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* SAs that somebody removed in the kernel: the next packet makes new ones. */
static void test_flushed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	hip_null_kernel_exit(&a->kernel);
	assert_int_equal(sim_data(a, b), 0);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* All SAs at once: the exchanges begin a few at a time, whoever asks. */
static void test_many_lost(void **state)
{
	enum { LOST = 200, BATCH = 16 };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0];
	struct in6_addr peer;
	struct hip_identity *id;
	uint64_t sent;
	uint8_t n;

	bring_up(&sim);
	sent = sim.n_sent;
	id = hip_identity_default(&a->h.identities);
	for (n = 1; n <= LOST; n++) {
		hip_addr_parse(&peer, "2001:21::ffff:0");
		peer.s6_addr[15] = n;
		assert_int_equal(hip_peer_add(&a->h.peers, &peer, NULL, 0,
					      sim_addr(&sim.host[1]), 1,
					      HIP_PEER_COMMAND), 0);
		assert_non_null(hip_assoc_create(&a->h, id, &peer));
		hip_host_path_lost(&a->h, &a->hit, &peer);
		hip_host_acquire(&a->h, &a->hit, &peer);
	}
	assert_int_equal(sim.n_sent, sent);
	sim_run(&sim, 0);
	assert_int_equal(sim.n_sent, sent + BATCH);
	sim_run(&sim, 20 * HIP_MSEC);
	assert_int_equal(sim.n_sent, sent + 2 * BATCH);
	sim_run(&sim, 300 * HIP_MSEC);
	assert_int_equal(sim.n_sent, sent + LOST);
	sim_exit(&sim);
}

/*
 * Nor is there a route to the peer for a while, longer than the keys of the SAs
 * that are gone would have lasted: when there is one, traffic goes on.
 */
static void test_lost_without_route(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	size_t n;

	sim_prepare(&sim);
	sim.config.unused_lifetime = 0;
	sim.config.dh_groups.n = 1;
	sim.config.rekey_time = 600;
	sim.v6 = true;
	bring_up(&sim);
	b->h.config.rekey_time = 0;
	hip_rekey_changed(&b->h);
	/* what is left is of the other family */
	n = a->h.n_locators;
	assert_int_equal(n, 2);
	a->h.n_locators = 1;
	assert_int_not_equal(hip_addr_family(&a->h.locators[0].addr),
			     hip_addr_family(sim_addr(b)));
	hip_host_path_lost(&a->h, &a->hit, &b->hit);
	sim_run(&sim, 1300 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	assert_null(sim_assoc(a, b)->path);
	a->h.n_locators = n;
	assert_int_equal(sim_data(a, b), 0);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* Of one pair: what is sent meanwhile waits, nothing goes into the old SA. */
static void test_lost(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	hip_host_path_lost(&a->h, &a->hit, &b->hit);
	assert_true(sim_find_op(a, "path_down", 0) >= 0);
	assert_int_equal(sim_data(a, b), 0);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* The same, and the peer does not answer: nothing is left in the kernel. */
static void test_lost_for_good(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	sim_stop(b, true);
	hip_host_path_lost(&a->h, &a->hit, &b->hit);
	assert_true(sim_find_op(a, "path_down last", 0) < 0);
	sim_run(&sim, 300 * HIP_SEC);
	assert_null(sim_assoc(a, b));
	assert_true(sim_find_op(a, "path_down last", 0) >= 0);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* The kernel asks although all is well: it is told, nothing else happens. */
static void test_late_acquire(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	uint64_t sent;

	bring_up(&sim);
	sent = sim.n_sent;
	hip_host_acquire(&a->h, &a->hit, &b->hit);
	assert_true(sim_find_op(a, "assoc_up", 0) >= 0);
	assert_int_equal(sim.n_sent, sent);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	sim_exit(&sim);
}

/* An identity that is removed takes its associations along. */
static void test_identity_removed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0];

	bring_up(&sim);
	hip_host_identity_removed(&a->h, hip_identity_default(
						 &a->h.identities));
	sim_assert_empty(a);
	sim_exit(&sim);
}

static enum sim_verdict lose_r2(struct sim *sim, struct sim_packet *p)
{
	return sim_type(p) == HIP_R2 ? SIM_DROP : SIM_PASS;
}

/* Without the R2 the old SAs are all that the Initiator can use, however many
 * new ones the Responder makes (the third I2 comes with an I1).
 */
static void test_r2_lost(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i;

	sim_prepare(&sim);
	bring_up(&sim);
	sim.filter = lose_r2;
	restart(&sim, 0, false);
	for (i = 0; i < 9000; i++) {
		assert_int_equal(sim_data(a, b), 1);
		sim_run(&sim, HIP_MSEC);
	}
	assert_int_equal(sim_state(b, a), HIP_R2_SENT);
	assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	sim.filter = NULL;
	traffic(&sim, 20000);
	sim_assert_up(a, b);
	assert_int_equal(HASH_COUNT(b->kernel.by_id), 1);
	sim_exit(&sim);
}

/* They go round, and 0 means none. */
static void test_path_ids(void **state)
{
	struct hip_host h = { .assocs.next_path_id = UINT32_MAX - 1 };

	assert_int_equal(hip_assoc_path_id(&h), UINT32_MAX);
	assert_int_equal(hip_assoc_path_id(&h), 1);
}

/* The host comes back under another name: nobody uses the SAs of the first. */
static void test_identity_changed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0];

	bring_up(&sim);
	sim_stop(a, false);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	a->key = sim_key(HIP_HI_ECDSA, 2);
	begin_anew(&sim, 0);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 0);
	assert_null(a->h.assocs.by_pair);
	sim_exit(&sim);
}

/* New configuration: R1s that are out still lead to associations or are
 * dropped by name; the next attempt uses the new groups.
 */
static void test_config_changed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_init(&sim);
	b->h.config.dh_groups.n = 1;
	b->h.config.dh_groups.v[0] = HIP_DH_P384;
	assert_int_equal(hip_host_config_changed(&b->h), 0);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_int_equal(sim_assoc(a, b)->dh_group, HIP_DH_P384);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_daemon),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_many_times),
		cmocka_unit_test(test_in_exchange),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_peer_gone),
		cmocka_unit_test(test_flushed),
		cmocka_unit_test(test_many_lost),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_lost_without_route),
		cmocka_unit_test(test_lost_for_good),
		cmocka_unit_test(test_late_acquire),
		cmocka_unit_test(test_identity_removed),
		cmocka_unit_test(test_r2_lost),
		cmocka_unit_test(test_path_ids),
		cmocka_unit_test(test_identity_changed),
		cmocka_unit_test(test_config_changed),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
