// SPDX-License-Identifier: GPL-2.0
/*
 * A man in the middle with patience: a packet is held back, and before it he
 * sends it with each of its bits flipped in turn, with each octet inverted,
 * zeroed, cut off behind each octet. Each of these is one drop under one name
 * and leaves everything as it was; then the genuine packet does what it
 * should. What is accepted all the same is listed (harmless()): it means
 * nothing, or the exchange ends well all the same.
 *
 * test_flip.c lets the damaged packet take the place of the genuine one.
 */
#include <stdio.h>
#include <string.h>

#include "forge.h"
#include "rekey.h"

/* What hosts were doing when the packet was under way. */
static const struct scene {
	const char *name;
	uint8_t type;
	unsigned int victim;		/* who gets it */
	enum { CONNECT, CLOSE, REKEY } what;
	unsigned int nth;		/* so many of the type before it */
	enum hip_state before, after;	/* of the victim */
} scenes[] = {
	{ "I1", HIP_I1, 1, CONNECT, 0, HIP_UNASSOCIATED, HIP_R2_SENT },
	{ "R1", HIP_R1, 0, CONNECT, 0, HIP_I1_SENT, HIP_ESTABLISHED },
	{ "I2", HIP_I2, 1, CONNECT, 0, HIP_UNASSOCIATED, HIP_R2_SENT },
	{ "R2", HIP_R2, 0, CONNECT, 0, HIP_I2_SENT, HIP_ESTABLISHED },
	{ "CLOSE", HIP_CLOSE, 1, CLOSE, 0, HIP_R2_SENT, HIP_CLOSED },
	{ "CLOSE_ACK", HIP_CLOSE_ACK, 0, CLOSE, 0, HIP_CLOSING,
	  HIP_UNASSOCIATED },
	{ "UPDATE, ESP_INFO and SEQ", HIP_UPDATE, 1, REKEY, 0, HIP_R2_SENT,
	  HIP_ESTABLISHED },
	{ "UPDATE, ESP_INFO, SEQ and ACK", HIP_UPDATE, 0, REKEY, 1,
	  HIP_ESTABLISHED, HIP_ESTABLISHED },
	{ "UPDATE, ACK", HIP_UPDATE, 1, REKEY, 2, HIP_ESTABLISHED,
	  HIP_ESTABLISHED },
};

/* So many bad I2s with one solution are looked at; then it is refused. */
#define BLAME 4

struct mitm {
	struct sim sim;
	const struct scene *scene;
	struct sim_host *victim, *other;
	struct sim_packet p;		/* the genuine one */
	size_t accepted, dropped;
};

/* The first bad I2 reserves an SPI, which serves all that follow. */
static void reserve(struct mitm *m)
{
	struct sim_packet q = m->p;

	q.buf[q.len - 9] ^= 1;
	forge_checksum(&q);
	forge_inject(&m->sim, &q);
	sim_work(m->victim);
}

static void scene_open(struct mitm *m, const struct scene *scene)
{
	struct sim_host *a = &m->sim.host[0], *b = &m->sim.host[1];
	unsigned int i;

	memset(&m->sim, 0, sizeof(m->sim));
	m->scene = scene;
	sim_prepare(&m->sim);
	m->sim.config.dh_groups.n = 1;
	m->sim.config.r1_rate = 1000000;
	sim_init(&m->sim);
	m->victim = scene->victim ? b : a;
	m->other = scene->victim ? a : b;
	sim_data(a, b);
	if (scene->what != CONNECT)
		sim_run(&m->sim, HIP_SEC / 20);
	if (scene->what == CLOSE)
		assert_int_equal(hip_host_close(&a->h, sim_assoc(a, b)), 0);
	if (scene->what == REKEY)
		assert_int_equal(hip_rekey_start(sim_assoc(a, b),
						 HIP_REKEY_NEW_DH), 0);
	sim_work(a);
	sim_work(b);
	for (i = 0; i <= scene->nth; i++) {
		forge_catch(&m->sim, scene->type, &m->p);
		if (i < scene->nth)
			forge_inject(&m->sim, &m->p);
		sim_work(a);
		sim_work(b);
	}
	if (scene->type == HIP_I2)
		reserve(m);
	assert_int_equal(sim_state(m->victim, m->other), scene->before);
}

/* The genuine packet, and what follows. */
static void scene_close(struct mitm *m)
{
	forge_inject(&m->sim, &m->p);
	sim_settle(&m->sim);
	assert_int_equal(sim_state(m->victim, m->other), m->scene->after);
	if (m->scene->what == CLOSE)
		assert_int_equal(HASH_COUNT(m->victim->kernel.by_id), 0);
	else
		sim_assert_up(&m->sim.host[0], &m->sim.host[1]);
	if (m->scene->what == REKEY)
		assert_int_equal(sim_assoc(m->victim, m->other)->n_rekeys, 1);
	sim_exit(&m->sim);
}

/* The TLV that holds @octet. */
static uint16_t tlv_at(const struct sim_packet *p, size_t octet, size_t *begin,
		       size_t *end)
{
	size_t at = HIP_HDR_LEN, total;

	for (;; at += total) {
		total = (4 + hip_get16(p->buf + at + 2) + 7) & ~7ul;
		if (octet < at + total)
			break;
	}
	*begin = at;
	*end = at + 4 + hip_get16(p->buf + at + 2);
	return hip_get16(p->buf + at);
}

static bool harmless(const struct mitm *m, const struct sim_packet *q,
		     size_t octet)
{
	uint8_t changed = q->buf[octet] ^ m->p.buf[octet];
	size_t begin, end;
	uint16_t type;

	if (octet < HIP_HDR_LEN) {
		if (m->scene->type != HIP_I1)
			return false;
		/* Next Header, fixed and reserved bits, Controls, and a type
		 * that is not expected from nowhere.
		 */
		return octet == 0 || octet == 6 || octet == 7 ||
		       (octet == 2 && changed == 0x80) ||
		       (octet == 3 && !(changed & 0xf0)) ||
		       (octet >= 8 && octet < 24);
	}
	type = tlv_at(&m->p, octet, &begin, &end);
	/* Padding becomes groups that do not exist; and when no group is one
	 * that both have, an R1 that lists them is the answer.
	 */
	if (m->scene->type == HIP_I1)
		return octet >= begin + 3;
	/* Of an R1 these are under no signature. The I2 gives them back, and
	 * the Responder knows them or drops it.
	 */
	if (type == HIP_PARAM_PUZZLE && octet >= begin + 6)
		return true;
	/* Behind the last octet that is signed. */
	return type >= HIP_PARAM_HIP_SIGNATURE_2 && octet >= end;
}

struct look {
	uint64_t sent, ops, drops;
	enum hip_state state;
	struct hip_keymat keymat;
	uint32_t path;
	unsigned int n_rekeys;
	size_t associations;
};

static void look(const struct mitm *m, struct look *l)
{
	struct hip_assoc *assoc = sim_assoc(m->victim, m->other);

	memset(l, 0, sizeof(*l));
	/* a NOTIFY may tell why */
	l->sent = m->sim.n_sent - sim_stat(m->victim, NOTIFY_TX);
	l->ops = m->victim->n_ops - sim_stat(m->victim, NOTIFY_TX);
	l->drops = sim_drops(m->victim);
	l->associations = HASH_COUNT(m->victim->h.assocs.by_pair);
	if (!assoc)
		return;
	l->state = assoc->state;
	l->keymat = assoc->keymat;
	l->path = assoc->path ? assoc->path->id : 0;
	l->n_rekeys = assoc->n_rekeys;
}

static void again(struct mitm *m)
{
	sim_exit(&m->sim);
	scene_open(m, m->scene);
}

/* A packet was accepted that should mean nothing: what comes of it? */
static void accepted(struct mitm *m)
{
	const struct scene *scene = m->scene;

	m->accepted++;
	if (scene->what != CLOSE) {
		forge_inject(&m->sim, &m->p);
		sim_run(&m->sim, 30 * HIP_SEC);
		sim_assert_up(&m->sim.host[0], &m->sim.host[1]);
	}
	again(m);
}

static void attack(struct mitm *m, const struct sim_packet *q, size_t octet,
		   bool expected)
{
	uint64_t rx = sim_stat(m->victim, RX);
	struct look before, after;

	look(m, &before);
	forge_inject(&m->sim, q);
	sim_work(m->victim);
	look(m, &after);
	assert_int_equal(sim_stat(m->victim, RX), rx + 1);
	if (after.drops == before.drops + 1) {
		before.drops++;
		m->dropped++;
		if (memcmp(&before, &after, sizeof(before)))
			fail_msg("%s octet %zu: dropped, yet something changed",
				 m->scene->name, octet);
		if (m->scene->type == HIP_I2 && !(m->dropped % BLAME))
			again(m);
		return;
	}
	assert_int_equal(after.drops, before.drops);
	if (!expected)
		fail_msg("%s octet %zu, %02x for %02x: accepted",
			 m->scene->name, octet, q->buf[octet],
			 m->p.buf[octet]);
	accepted(m);
}

static void octet_attacks(struct mitm *m, size_t octet)
{
	struct sim_packet q;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		q = m->p;
		if (i < 8)
			q.buf[octet] ^= (uint8_t)(1 << i);
		else
			q.buf[octet] = i == 8 ? (uint8_t)~q.buf[octet] : 0;
		forge_checksum(&q);
		/* the checksum itself, or a zero that was one before */
		if (!memcmp(q.buf, m->p.buf, q.len))
			continue;
		attack(m, &q, octet, harmless(m, &q, octet));
	}
}

/* Whole parameters are left off too, the length is made to fit. */
static void cut(struct mitm *m)
{
	struct sim_packet q;
	size_t len;

	for (len = 0; len < m->p.len; len++) {
		q = m->p;
		q.len = len;
		attack(m, &q, 0, false);
		if (len < HIP_HDR_LEN || len % 8)
			continue;
		q.buf[1] = (uint8_t)(len / 8 - 1);
		forge_checksum(&q);
		attack(m, &q, 1, false);
	}
}

static void test_scene(void **state)
{
	static struct mitm m;
	size_t octet;

	memset(&m, 0, sizeof(m));
	scene_open(&m, *state);
	for (octet = 0; octet < m.p.len; octet++)
		octet_attacks(&m, octet);
	cut(&m);
	print_message("# %s: %zu octets, %zu damaged copies dropped, %zu without meaning\n",
		      m.scene->name, m.p.len, m.dropped, m.accepted);
	assert_true(m.dropped > 9 * HIP_HDR_LEN / 2);
	scene_close(&m);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(scenes) / sizeof(scenes[0])] = { 0 };
	size_t i;

	sim_seed();
	for (i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		tests[i].name = scenes[i].name;
		tests[i].test_func = test_scene;
		tests[i].initial_state = (void *)&scenes[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
