// SPDX-License-Identifier: GPL-2.0
/*
 * Packets at another time than honest hosts send them, in masses, or damaged
 * at random: replays, floods, nonsense. They are dropped under their names,
 * and no state is left of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forge.h"

/* ---- replays ---- */

static void test_replay(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_keymat km;
	size_t i, n;

	forge_begin(&sim, &r);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	hip_host_close(&a->h, sim_assoc(a, b));
	sim_run(&sim, HIP_SEC);
	sim_assert_empty(a);
	n = r.n;
	sim.arg = NULL;
	/* into CLOSED and UNASSOCIATED */
	for (i = 0; i < n; i++)
		if (sim_type(&r.p[i]) != HIP_I1)
			forge_inject(&sim, &r.p[i]);
	sim_settle(&sim);
	sim_assert_empty(a);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	assert_int_equal(sim_stat(b, DROP_REPLAY), 1);
	hip_assoc_destroy(sim_assoc(b, a));
	assert_drop(b, DROP_REPLAY, 1,
		    forge_inject(&sim, forge_kept(&r, HIP_I2)));
	assert_drop(a, DROP_NO_ASSOC, 1,
		    forge_inject(&sim, forge_kept(&r, HIP_R2)));
	assert_drop(a, DROP_NO_ASSOC, 1,
		    forge_inject(&sim, forge_kept(&r, HIP_R1)));
	assert_drop(b, DROP_NO_ASSOC, 1,
		    forge_inject(&sim, forge_kept(&r, HIP_CLOSE)));
	sim_assert_empty(b);
	/* into a new association: it does not notice */
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	km = sim_assoc(b, a)->keymat;
	for (i = 0; i < n; i++)
		forge_inject(&sim, &r.p[i]);
	sim_settle(&sim);
	sim_assert_up(a, b);
	assert_memory_equal(&km, &sim_assoc(b, a)->keymat, sizeof(km));
	assert_int_equal(sim_stat(b, DROP_MAC), 1);	/* the old CLOSE */
	/* long after: the R1 is forgotten, and so is its solution */
	sim_run(&sim, 600 * HIP_SEC);
	assert_drop(b, DROP_R1_COUNTER, 1,
		    forge_inject(&sim, forge_kept(&r, HIP_I2)));
	sim_exit(&sim);
}

/* An old R1, answered to an I1 of now: the Responder does not take the I2, and
 * the honest R1 still wins.
 */
static void test_replayed_r1(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet old;

	forge_begin(&sim, &r);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	old = *forge_kept(&r, HIP_R1);
	hip_assoc_destroy(sim_assoc(a, b));
	hip_assoc_destroy(sim_assoc(b, a));
	sim_run(&sim, 600 * HIP_SEC);
	sim_data(a, b);
	forge_inject(&sim, &old);
	assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	sim_run(&sim, HIP_SEC / 2);
	/* the true R1 has a larger counter */
	sim_assert_up(a, b);
	assert_int_equal(sim_stat(b, DROP_R1_COUNTER), 1);
	sim_exit(&sim);
}

/* ---- I1 ---- */

/* The order of parameters has a name of its own; so has an address that no
 * host can have.
 */
static void test_order_and_source(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_change echo = { .with = HIP_PARAM_ECHO_REQUEST_SIGNED,
				     .data = "abc", .len = 3 };
	static const uint8_t all[4] = { 255, 255, 255, 255 };
	struct sim_packet i1, p;
	uint8_t first[8];

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_I1, &i1);
	forge_copy(&p, &i1, &echo);
	assert_int_equal(p.len, HIP_HDR_LEN + 16);
	memcpy(first, p.buf + HIP_HDR_LEN, 8);
	memmove(p.buf + HIP_HDR_LEN, p.buf + HIP_HDR_LEN + 8, 8);
	memcpy(p.buf + HIP_HDR_LEN + 8, first, 8);
	forge_checksum(&p);
	assert_drop(b, DROP_PARAM_ORDER, 1, forge_inject(&sim, &p));
	/* twice the same is another mistake, and the sender is told as well */
	memcpy(p.buf + HIP_HDR_LEN, first, 8);
	forge_checksum(&p);
	assert_drop(b, DROP_PARAM, 1, forge_inject(&sim, &p));
	assert_int_equal(sim_stat(b, ICMP_TX), 2);
	hip_addr_from_v4(&i1.src, all);
	forge_checksum(&i1);
	assert_drop(b, DROP_LOCATOR, 1, forge_inject(&sim, &i1));
	sim_exit(&sim);
}

static void test_i1(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_change critical = { .with = 0x6fff, .data = "x", .len = 1 };
	struct forge_change other = { .with = 0x6ffe, .data = "x", .len = 1 };
	struct forge_change empty = { .without = HIP_PARAM_DH_GROUP_LIST };
	struct sim_packet i1, p;
	struct in6_addr odd;

	forge_begin(&sim, &r);
	sim.manual = true;
	sim_data(a, b);
	i1 = *forge_kept(&r, HIP_I1);
	forge_copy(&p, &i1, &critical);
	assert_drop(b, DROP_CRITICAL, 1, forge_inject(&sim, &p));
	forge_copy(&p, &i1, &empty);
	assert_drop(b, DROP_MISSING, 1, forge_inject(&sim, &p));
	p = i1;
	p.buf[HIP_HDR_LEN - 1] ^= 1;	/* Receiver's HIT */
	forge_checksum(&p);
	assert_drop(b, DROP_HIT, 1, forge_inject(&sim, &p));
	p = i1;
	memset(p.buf + 8, 0, 16);	/* Sender's HIT */
	forge_checksum(&p);
	assert_drop(b, DROP_SENDER_HIT, 1, forge_inject(&sim, &p));
	memcpy(p.buf + 8, &b->hit, 16);
	forge_checksum(&p);
	assert_drop(b, DROP_SENDER_HIT, 1, forge_inject(&sim, &p));
	p = i1;
	p.buf[3] = 0x11;		/* version 1 */
	forge_checksum(&p);
	assert_drop(b, DROP_VERSION, 1, forge_inject(&sim, &p));
	p = i1;
	p.buf[2] = 99;
	forge_checksum(&p);
	assert_drop(b, DROP_TYPE, 1, forge_inject(&sim, &p));
	p = i1;
	p.len -= 8;
	assert_drop(b, DROP_SHORT, 1, forge_inject(&sim, &p));
	p = i1;
	hip_addr_parse(&odd, "ff02::1");
	p.src = odd;
	forge_checksum(&p);
	assert_drop(b, DROP_LOCATOR, 1, forge_inject(&sim, &p));
	assert_int_equal(sim.type_sent[HIP_R1], 0);
	sim_assert_empty(b);
	/* unknown and not critical: as if it were not there */
	forge_copy(&p, &i1, &other);
	assert_drop(b, DROP_CRITICAL, 0, forge_inject(&sim, &p));
	assert_int_equal(sim.type_sent[HIP_R1], 1);
	sim_assert_empty(b);
	sim_exit(&sim);
}

static void test_i1_flood(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i1;
	unsigned int i;

	forge_begin(&sim, &r);
	sim.manual = true;
	sim_data(a, b);
	i1 = *forge_kept(&r, HIP_I1);
	sim.arg = NULL;
	for (i = 0; i < 3000; i++)
		forge_inject(&sim, &i1);
	assert_int_equal(sim.type_sent[HIP_R1], 100);
	assert_int_equal(sim_stat(b, DROP_RATE), 2900);
	/* another address is served meanwhile (but for one in 4096) */
	i1.src = a->v6;
	i1.dst = b->v6;
	forge_checksum(&i1);
	forge_inject(&sim, &i1);
	assert_int_equal(sim.type_sent[HIP_R1], 101);
	sim_assert_empty(b);
	sim_exit(&sim);
}

/* A kernel that refuses: no R2, no I2, no state; then it works again. */
static void test_kernel_refuses(void **state)
{
	unsigned int who;

	for (who = 0; who < 2; who++) {
		static struct forge_record r;
		struct sim sim = { 0 };
		struct sim_host *a = &sim.host[0], *b = &sim.host[1];

		forge_begin(&sim, &r);
		sim.host[who].kernel.fail = -12;
		sim_data(a, b);
		sim_run(&sim, HIP_SEC / 2);
		assert_true(sim_stat(&sim.host[who], DROP_KERNEL) >= 1);
		assert_int_equal(sim.type_sent[who ? HIP_R2 : HIP_I2], 0);
		sim_assert_empty(b);
		sim.host[who].kernel.fail = 0;
		sim_run(&sim, 4 * HIP_SEC);
		sim_assert_up(a, b);
		sim_exit(&sim);
	}
}

/* ---- nonsense ---- */

/* Damaged copies of real packets, in every state; nothing but drops. */
static void test_nonsense(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet p;
	unsigned int round, i, n;

	forge_begin(&sim, &r);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	hip_host_close(&a->h, sim_assoc(a, b));
	sim_run(&sim, HIP_SEC);
	sim.arg = NULL;
	for (round = 0; round < 20000; round++) {
		p = r.p[sim_random(&sim, r.n)];
		n = 1 + (unsigned int)sim_random(&sim, 4);
		for (i = 0; i < n; i++)
			p.buf[sim_random(&sim, p.len)] =
				(uint8_t)sim_random(&sim, 256);
		if (sim_random(&sim, 4) == 0)
			p.len = sim_random(&sim, p.len + 1);
		if (p.len > 6)
			forge_checksum(&p);
		forge_inject(&sim, &p);
		if (sim_random(&sim, 50) == 0)
			sim_data(a, b);
		if (sim_random(&sim, 200) == 0)
			sim_run(&sim, sim_random(&sim, 2 * HIP_SEC));
		if (sim_random(&sim, 400) == 0 && sim_assoc(a, b))
			hip_host_close(&a->h, sim_assoc(a, b));
	}
	sim_run(&sim, 60 * HIP_SEC);
	sim_data(a, b);
	sim_data(b, a);
	sim_run(&sim, 60 * HIP_SEC);
	sim_data(a, b);
	sim_data(b, a);
	sim_run(&sim, 60 * HIP_SEC);
	sim_assert_up(a, b);
	assert_true(sim_drops(a) > 1000 && sim_drops(b) > 1000);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_replayed_r1),
		cmocka_unit_test(test_order_and_source),
		cmocka_unit_test(test_i1),
		cmocka_unit_test(test_i1_flood),
		cmocka_unit_test(test_kernel_refuses),
		cmocka_unit_test(test_nonsense),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
