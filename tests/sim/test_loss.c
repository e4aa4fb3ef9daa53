// SPDX-License-Identifier: GPL-2.0
/*
 * Bad networks: packets lost, doubled, reordered and damaged. Whatever
 * happens, both ends come up with the same keys, and close without a rest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define RUNS 1000

/* ---- one packet in turn ---- */

static enum sim_verdict lose_one(struct sim *sim, struct sim_packet *p)
{
	return sim->n_sent == *(unsigned int *)sim->arg ? SIM_DROP : SIM_PASS;
}

static void test_each_lost(void **state)
{
	unsigned int lost;

	for (lost = 1; lost <= 4; lost++) {
		struct sim sim = { 0 };
		struct sim_host *i = &sim.host[0], *r = &sim.host[1];

		sim_prepare(&sim);
		sim.filter = lose_one;
		sim.arg = &lost;
		sim_init(&sim);
		sim_data(i, r);
		sim_run(&sim, 2 * HIP_SEC);
		sim_assert_up(i, r);
		/* the lost one and what led to it once more */
		assert_int_equal(sim_stat(i, RETRANSMIT) +
				 sim_stat(r, RETRANSMIT), lost == 4 ? 2 : 1);
		assert_int_equal(sim_drops(i) + sim_drops(r), 0);
		sim_exit(&sim);
	}
}

/* The R2 is lost: the same octets come again, without a second exchange. */
static void test_same_r2(void **state)
{
	unsigned int lost = 4;
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];
	struct hip_keymat before;

	sim_prepare(&sim);
	sim.filter = lose_one;
	sim.arg = &lost;
	sim_init(&sim);
	sim_data(i, r);
	sim_run(&sim, HIP_SEC / 2);
	assert_int_equal(sim_state(r, i), HIP_R2_SENT);
	before = sim_assoc(r, i)->keymat;
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim_state(i, r), HIP_ESTABLISHED);
	assert_memory_equal(&before, &sim_assoc(r, i)->keymat,
			    sizeof(before));
	assert_int_equal(sim_stat(r, BEX_COMPLETED), 1);
	assert_int_equal(sim_find_op(r, "path_down",
				     sim_find_op(r, "path_up", 0)), -1);
	sim_exit(&sim);
}

/* Every packet arrives twice: one exchange, nothing replaced. */
static void test_doubled(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];

	sim_prepare(&sim);
	sim.dup = 1000;
	sim_init(&sim);
	sim_data(i, r);
	sim_run(&sim, 2 * HIP_SEC);
	sim_assert_up(i, r);
	assert_int_equal(sim_stat(r, BEX_COMPLETED), 1);
	assert_int_equal(sim_stat(i, BEX_COMPLETED), 1);
	assert_int_equal(sim_find_op(r, "path_down", 0), -1);
	assert_int_equal(sim_find_op(i, "path_down", 0), -1);
	sim_exit(&sim);
}

/* ---- random networks ---- */

static void weather(struct sim *sim)
{
	sim->loss = (unsigned int)sim_random(sim, 250);
	sim->dup = (unsigned int)sim_random(sim, 300);
	sim->corrupt = (unsigned int)sim_random(sim, 100);
	sim->delay = sim_random(sim, 200 * HIP_MSEC);
	sim->jitter = sim_random(sim, 1500 * HIP_MSEC);
}

static bool both_up(struct sim_host *a, struct sim_host *b)
{
	return sim_state(a, b) == HIP_ESTABLISHED &&
	       sim_state(b, a) == HIP_ESTABLISHED;
}

/* Applications on one or both sides go on trying, as real ones do. */
static void talk(struct sim *sim, unsigned int who)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];
	unsigned int i;

	for (i = 0; i < 240 && !both_up(a, b); i++) {
		if (who & 1)
			sim_data(a, b);
		if (who & 2)
			sim_data(b, a);
		sim_run(sim, HIP_SEC);
	}
}

static void fair(struct sim *sim)
{
	sim->loss = sim->dup = sim->corrupt = 0;
	sim_run(sim, 5 * HIP_SEC);
}

static void one_run(uint64_t seed)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_prepare(&sim);
	sim.rng = seed;
	if (sim_random(&sim, 4) == 0)
		a->key = sim_key(HIP_HI_RSA, 0);
	if (sim_random(&sim, 4) == 0)
		b->key = sim_key(HIP_HI_RSA, 1);
	sim.v6 = sim_random(&sim, 2);
	/* P-384 costs 25 times P-256, and an hour has many R1s */
	if (sim_random(&sim, 16))
		sim.config.dh_groups.n = 1;
	sim.config.r1_lifetime = 1200;
	sim_init(&sim);
	weather(&sim);
	talk(&sim, 1 + (unsigned int)sim_random(&sim, 3));
	fair(&sim);
	talk(&sim, 3);
	assert_true(both_up(a, b));
	sim_assert_up(a, b);
	/* and down again through the same weather */
	weather(&sim);
	hip_host_close(&a->h, sim_assoc(a, b));
	if (sim_random(&sim, 2) && sim_state(b, a) == HIP_ESTABLISHED)
		hip_host_close(&b->h, sim_assoc(b, a));
	sim_run(&sim, 120 * HIP_SEC);
	fair(&sim);
	sim_run(&sim, 3600 * HIP_SEC);
	sim_assert_empty(a);
	sim_assert_empty(b);
	sim_exit(&sim);
}

static void test_random(void **state)
{
	uint64_t seed = sim_seed();
	unsigned int i;

	/* a run that fails is told by the last seed printed */
	for (i = 0; i < RUNS; i++) {
		if (getenv("HIP_VERBOSE"))
			print_message("# HIP_SEED=%llu\n",
				      (unsigned long long)(seed + i));
		one_run(seed + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_lost),
		cmocka_unit_test(test_same_r2),
		cmocka_unit_test(test_doubled),
		cmocka_unit_test(test_random),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
