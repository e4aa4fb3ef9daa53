// SPDX-License-Identifier: GPL-2.0
/*
 * What a peer can cost us has an end, and what a new configuration changes
 * takes effect without harm to what is under way.
 */
#include "forge.h"
#include "job.h"

/* Unknown peers stop at max-associations; known ones do not. */
static void test_full(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_host *c = &sim.host[2];

	sim_prepare(&sim);
	sim.config.max_associations = 1;
	sim_start(a);
	sim_start(b);
	sim_start(c);
	sim_know(a, b);
	sim_know(c, b);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_drop(b, DROP_FULL, 1, {
		sim_data(c, b);
		sim_run(&sim, 500 * HIP_MSEC);
	});
	assert_int_equal(HASH_COUNT(b->h.assocs.by_pair), 1);
	assert_int_equal(sim_stat(b, NOTIFY_TX), 1);	/* it is told: busy */
	/* who has an association may make it anew */
	sim_stop(a, true);
	sim_start(a);
	sim_know(a, b);
	sim_data(a, b);
	sim_run(&sim, 10 * HIP_SEC);
	sim_assert_up(a, b);
	sim_know(b, c);
	sim_run(&sim, 20 * HIP_SEC);
	sim_data(c, b);
	sim_run(&sim, 10 * HIP_SEC);
	assert_int_equal(sim_data(c, b), 1);
	assert_int_equal(sim_data(b, c), 1);
	assert_int_equal(HASH_COUNT(b->h.assocs.by_pair), 2);
	sim_exit(&sim);
}

/* Two strangers whose I2s are with the workers, and room for one. */
static void test_full_at_once(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_host *c = &sim.host[2];
	struct sim_packet i2[2];

	forge_begin(&sim, &r);
	sim_start(c);
	sim_know(c, b);
	hip_peer_del(&b->h.peers, hip_peer_by_hit(&b->h.peers, &a->hit));
	b->h.config.max_associations = 1;
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2[0]);
	sim_data(c, b);
	forge_catch(&sim, HIP_I2, &i2[1]);
	hip_jobs_destroy(&b->h);
	assert_int_equal(hip_jobs_create(&b->h, 1), 0);
	assert_drop(b, DROP_FULL, 1, {
		hip_host_receive(&b->h, &a->v4, &b->v4, i2[0].buf, i2[0].len);
		hip_host_receive(&b->h, &c->v4, &b->v4, i2[1].buf, i2[1].len);
		sim_work(b);
	});
	assert_int_equal(HASH_COUNT(b->h.assocs.by_pair), 1);
	sim_exit(&sim);
}

/* One R1, many bad I2s with solutions of their own: only so many reach
 * public-key work.
 */
static void test_i2_flood(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const struct hip_param *sol;
	struct hip_packet p;
	struct hip_config config;
	struct sim_packet i2;
	unsigned int i;

	sim_prepare(&sim);
	sim.config.r1_rate = 40;
	sim_init(&sim);
	config = b->h.config;
	config.r1_rate = 20;
	assert_int_equal(hip_host_configure(&b->h, &config), 0);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	forge_parse(&p, &i2);
	sol = hip_packet_get(&p, HIP_PARAM_SOLUTION);
	for (i = 0; i < 50; i++) {
		i2.buf[sol->off + 4 + sol->len - 1]++;	/* J; K is 0 */
		forge_checksum(&i2);
		forge_inject(&sim, &i2);
	}
	assert_int_equal(sim_stat(b, DROP_MAC), 20);
	assert_int_equal(sim_stat(b, DROP_RATE), 30);
	/* the real one comes again, and a second later all is well */
	sim_run(&sim, 10 * HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* Live: more I1s are answered after a change of r1-rate. */
static void test_rate_changed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_config config;
	struct sim_packet i1;
	unsigned int i;

	sim_init(&sim);
	config = b->h.config;
	config.r1_rate = 10;
	assert_int_equal(hip_host_configure(&b->h, &config), 0);
	sim_data(a, b);
	forge_catch(&sim, HIP_I1, &i1);
	for (i = 0; i < 50; i++)
		forge_inject(&sim, &i1);
	assert_int_equal(sim.type_sent[HIP_R1], 10);
	sim_exit(&sim);
}

/* unused-lifetime from never to a minute: associations of before end too. */
static void test_unused_changed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_config config;

	sim_prepare(&sim);
	sim.config.unused_lifetime = 0;
	sim_init(&sim);
	sim_data(a, b);
	sim_run(&sim, 3600 * HIP_SEC);
	sim_assert_up(a, b);
	config = a->h.config;
	config.unused_lifetime = 60;
	assert_int_equal(hip_host_configure(&a->h, &config), 0);
	sim_run(&sim, 50 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	sim_run(&sim, 30 * HIP_SEC);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* A peer's own lifetime goes before that of all. */
static void test_unused_peer(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_prepare(&sim);
	sim.config.rekey_time = 0;
	sim_init(&sim);
	hip_peer_by_hit(&a->h.peers, &b->hit)->unused_lifetime = 0;
	hip_peer_by_hit(&b->h.peers, &a->hit)->unused_lifetime = 86400;
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_run(&sim, 80000 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	assert_int_equal(sim_state(b, a), HIP_ESTABLISHED);
	sim_run(&sim, 40000 * HIP_SEC);
	assert_int_not_equal(sim_state(b, a), HIP_ESTABLISHED);
	sim_exit(&sim);
}

/* rekey-time from an hour to a minute: it is the same association's. */
static void test_rekey_changed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_config config;
	unsigned int i;

	sim_init(&sim);
	sim_data(a, b);
	sim_run(&sim, 10 * HIP_SEC);
	config = a->h.config;
	config.rekey_time = 60;
	assert_int_equal(hip_host_configure(&a->h, &config), 0);
	for (i = 0; i < 62; i++) {
		assert_int_equal(sim_data(a, b), 1);
		sim_run(&sim, HIP_SEC);
	}
	assert_int_equal(sim_stat(a, REKEYS), 1);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* A reload between R1 and I2: the exchange goes on, and R1s that say the same
 * are not made anew.
 */
static void reload_under_way(unsigned int k)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_config config;
	struct sim_packet r1;
	uint64_t epoch;

	sim_init(&sim);
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	epoch = b->h.epoch;
	config = b->h.config;
	config.puzzle_k = k;
	assert_int_equal(hip_host_configure(&b->h, &config), 0);
	assert_int_equal(b->h.epoch - epoch, k ? config.dh_groups.n : 0);
	forge_inject(&sim, &r1);
	sim_run(&sim, 500 * HIP_MSEC);
	sim_assert_up(a, b);
	assert_int_equal(sim_drops(a) + sim_drops(b), 0);
	assert_int_equal(sim.type_sent[HIP_I2], 1);
	sim_exit(&sim);
}

static void test_reload(void **state)
{
	reload_under_way(0);
	reload_under_way(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_full_at_once),
		cmocka_unit_test(test_i2_flood),
		cmocka_unit_test(test_rate_changed),
		cmocka_unit_test(test_unused_changed),
		cmocka_unit_test(test_unused_peer),
		cmocka_unit_test(test_rekey_changed),
		cmocka_unit_test(test_reload),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
