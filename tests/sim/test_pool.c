// SPDX-License-Identifier: GPL-2.0
/*
 * R1s made in advance: which is given out, how long it may be answered, and
 * that keys and puzzles are not used twice (RFC 7401 sections 4.1.2, 4.1.4,
 * 5.3.2, 6.7.1).
 */
#include <errno.h>
#include <string.h>

#include "dhpool.h"
#include "forge.h"
#include "job.h"
#include "r1.h"
#include "r1pool.h"
#include "ratelimit.h"

struct r1_view {
	uint64_t counter;
	uint8_t dh[64], i[48];
};

/* b's answer to an I1 that bears a's name. */
static void ask(struct sim *sim, struct sim_packet *r1, struct r1_view *v)
{
	static const uint8_t group = HIP_DH_P256;
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];
	struct hip_builder i1;
	struct hip_packet p;

	hip_build_start(&i1, HIP_I1, 0, &a->hit, &b->hit);
	hip_build_u8s(&i1, HIP_PARAM_DH_GROUP_LIST, &group, 1);
	assert_int_equal(hip_build_end(&i1), 0);
	hip_build_checksum(i1.buf, i1.len, &a->v4, &b->v4);
	sim_inject(sim, &a->v4, &b->v4, i1.buf, i1.len);
	forge_catch(sim, HIP_R1, r1);
	forge_parse(&p, r1);
	v->counter = hip_get64(hip_packet_get(&p, HIP_PARAM_R1_COUNTER)->data +
			       4);
	memcpy(v->dh, hip_packet_get(&p, HIP_PARAM_DIFFIE_HELLMAN)->data + 3,
	       sizeof(v->dh));
	memcpy(v->i, hip_packet_get(&p, HIP_PARAM_PUZZLE)->data + 4,
	       sizeof(v->i));
}

static void associate(struct sim *sim)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	sim_data(a, b);
	sim_run(sim, 30 * HIP_MSEC);
	sim_assert_up(a, b);
	hip_assoc_destroy(sim_assoc(a, b));
	hip_assoc_destroy(sim_assoc(b, a));
}

/* Asking alone changes nothing; a valid I2 retires the key. */
static void test_used(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct r1_view one, two;
	struct sim_packet p;

	forge_begin(&sim, &r);
	sim_run(&sim, HIP_SEC);
	ask(&sim, &p, &one);
	ask(&sim, &p, &two);
	assert_memory_equal(&one, &two, sizeof(one));
	/* at once, not when a timer comes round */
	sim_data(&sim.host[0], &sim.host[1]);
	forge_catch(&sim, HIP_R2, &p);
	ask(&sim, &p, &two);
	assert_true(two.counter > one.counter);
	assert_memory_not_equal(one.dh, two.dh, sizeof(one.dh));
	assert_memory_not_equal(one.i, two.i, sizeof(one.i));
	sim_exit(&sim);
}

static struct hip_r1 *r1_of(struct sim *sim, uint64_t counter)
{
	struct hip_r1 *r1;

	r1 = hip_r1pool_find(sim->host[1].h.r1pool, &sim->host[1].hit, counter);
	assert_non_null(r1);
	return r1;
}

/* #I follows from a secret that each R1 has for itself. */
static void test_secret(void **state)
{
	static const uint8_t none[32];
	static struct forge_record r;
	struct sim sim = { 0 };
	struct r1_view one, two;
	struct sim_packet p;

	forge_begin(&sim, &r);
	ask(&sim, &p, &one);
	sim_run(&sim, 121 * HIP_SEC);
	ask(&sim, &p, &two);
	assert_memory_not_equal(r1_of(&sim, one.counter)->secret, none, 32);
	assert_memory_not_equal(r1_of(&sim, one.counter)->secret,
				r1_of(&sim, two.counter)->secret, 32);
	sim_exit(&sim);
}

/* It grows from one identity's R1s to the next, whatever is done to it. */
static void test_counter(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *b = &sim.host[1];
	struct hip_identity *id;
	struct r1_view one, two;
	struct sim_packet p;

	forge_begin(&sim, &r);
	id = hip_identity_by_hit(&b->h.identities, &b->hit);
	ask(&sim, &p, &one);
	assert_int_equal(hip_host_config_changed(&b->h), 0);
	ask(&sim, &p, &two);
	assert_true(two.counter > one.counter);
	hip_host_identity_removed(&b->h, id);
	assert_int_equal(hip_host_identity_added(&b->h, id), 0);
	ask(&sim, &p, &one);
	assert_true(one.counter > two.counter);
	sim_exit(&sim);
}

/* A reserve in the making when the configuration changes is of no use. */
static void test_overtaken(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *b = &sim.host[1];
	struct r1_view one, two;
	struct sim_packet p;

	forge_begin(&sim, &r);
	hip_jobs_destroy(&b->h);
	assert_int_equal(hip_jobs_create(&b->h, 1), 0);
	sim.now += HIP_SEC;
	hip_timers_run(&b->h.timers, sim.now);
	/* the reserve and a Diffie-Hellman key */
	assert_int_equal(hip_jobs_pending(&b->h), 2);
	assert_int_equal(hip_host_config_changed(&b->h), 0);
	sim_work(b);
	ask(&sim, &p, &one);
	associate(&sim);
	sim_run(&sim, HIP_SEC);
	ask(&sim, &p, &two);
	assert_true(two.counter > one.counter);
	sim_exit(&sim);
}

/* What R1s say or how long they serve makes new ones, other things do not. */
static void test_configured(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *b = &sim.host[1];
	struct hip_config config;
	struct r1_view one, two;
	struct sim_packet p;

	forge_begin(&sim, &r);
	ask(&sim, &p, &one);
	config = b->h.config;
	config.i1_retries++;
	assert_int_equal(hip_host_configure(&b->h, &config), 0);
	ask(&sim, &p, &two);
	assert_int_equal(two.counter, one.counter);
	config.r1_lifetime++;
	assert_int_equal(hip_host_configure(&b->h, &config), 0);
	ask(&sim, &p, &two);
	assert_true(two.counter > one.counter);
	one = two;
	config.puzzle_lifetime++;
	assert_int_equal(hip_host_configure(&b->h, &config), 0);
	ask(&sim, &p, &two);
	assert_true(two.counter > one.counter);
	sim_exit(&sim);
}

/* One that waits for its turn is nothing that an I2 may answer. */
static void test_reserve(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *b = &sim.host[1];
	struct r1_view one, two;
	struct sim_packet p;
	unsigned int i;

	forge_begin(&sim, &r);
	sim_run(&sim, HIP_SEC);
	ask(&sim, &p, &one);
	for (i = 1; i < 8; i++)
		assert_null(hip_r1pool_find(b->h.r1pool, &b->hit,
					    one.counter + i));
	sim_data(&sim.host[0], b);
	forge_catch(&sim, HIP_R2, &p);
	ask(&sim, &p, &two);
	assert_in_range(two.counter, one.counter + 1, one.counter + 7);
	assert_non_null(hip_r1pool_find(b->h.r1pool, &b->hit, two.counter));
	sim_exit(&sim);
}

/* The field of PUZZLE says at least as long as is meant; answers are taken
 * half a minute, however short a puzzle's life is.
 */
static void test_lifetimes(void **state)
{
	static const unsigned int rows[][2] = {
		{ 1, 32 }, { 2, 33 }, { 3, 34 }, { 32, 37 }, { 33, 38 },
	};
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *b = &sim.host[1];
	struct sim_packet p;
	struct r1_view v;
	struct hip_packet q;
	unsigned int i;

	forge_begin(&sim, &r);
	for (i = sizeof(rows) / sizeof(rows[0]); i--;) {
		b->h.config.puzzle_lifetime = rows[i][0];
		assert_int_equal(hip_host_config_changed(&b->h), 0);
		ask(&sim, &p, &v);
		forge_parse(&q, &p);
		assert_int_equal(hip_packet_get(&q, HIP_PARAM_PUZZLE)->data[1],
				 rows[i][1]);
	}
	assert_int_equal(hip_host_config_changed(&b->h), 0);
	sim_run(&sim, 29 * HIP_SEC);
	assert_non_null(hip_r1pool_find(b->h.r1pool, &b->hit, v.counter));
	sim_run(&sim, 2 * HIP_SEC);
	assert_null(hip_r1pool_find(b->h.r1pool, &b->hit, v.counter));
	sim_exit(&sim);
}

/* Bad solutions do not fill our memory: so many of an R1 are watched. */
static void test_watched(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	uint8_t j[HIP_HASH_MAX] = { 0 };
	struct r1_view v;
	struct sim_packet p;
	struct hip_r1 *r1;
	unsigned int i;

	forge_begin(&sim, &r);
	ask(&sim, &p, &v);
	r1 = hip_r1pool_find(b->h.r1pool, &b->hit, v.counter);
	for (i = 0; i < HIP_R1_WATCHED + 10; i++) {
		hip_put16(j, (uint16_t)i);
		assert_false(hip_r1_blame(r1, &a->hit, j));
	}
	assert_int_equal(HASH_COUNT(r1->watched), HIP_R1_WATCHED);
	/* good ones neither: then it takes no more */
	for (i = 0; i < HIP_R1_SOLUTIONS; i++) {
		hip_put16(j, (uint16_t)i);
		assert_int_equal(hip_r1_spend(r1, &a->hit, j), 0);
	}
	hip_put16(j, (uint16_t)i);
	assert_true(hip_r1_spent(r1, &a->hit, j));
	assert_int_equal(hip_r1_spend(r1, &a->hit, j), -EEXIST);
	sim_exit(&sim);
}

/* Faster than new keys are made: the key may stay, the puzzle may not. */
static void test_burst(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct r1_view v[8];
	struct sim_packet p;
	unsigned int i, j, keys = 0;

	forge_begin(&sim, &r);
	sim.delay = HIP_MSEC;
	for (i = 0; i < 8; i++) {
		ask(&sim, &p, &v[i]);
		associate(&sim);
		if (i)
			assert_true(v[i].counter >= v[i - 1].counter);
		keys += i && v[i].counter != v[i - 1].counter;
		for (j = 0; j < i; j++)
			assert_memory_not_equal(v[i].i, v[j].i,
						sizeof(v[i].i));
	}
	assert_in_range(keys, 1, 4);	/* 240 ms: a new one each 200 ms */
	sim_exit(&sim);
}

/* Unused ones are replaced for age. */
static void test_age(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct r1_view one, two;
	struct sim_packet p;

	forge_begin(&sim, &r);
	ask(&sim, &p, &one);
	sim_run(&sim, 119 * HIP_SEC);
	ask(&sim, &p, &two);
	assert_int_equal(one.counter, two.counter);
	sim_run(&sim, 2 * HIP_SEC);
	ask(&sim, &p, &two);
	assert_true(two.counter > one.counter);
	assert_memory_not_equal(one.dh, two.dh, sizeof(one.dh));
	sim_exit(&sim);
}

/* An I2 comes @late after its R1 was made. */
static void late_i2(uint64_t late, bool accepted)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i2;

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	sim_stop(a, false);
	sim_run(&sim, late);
	forge_inject(&sim, &i2);
	assert_int_equal(sim_state(b, a),
			 accepted ? HIP_R2_SENT : HIP_UNASSOCIATED);
	assert_int_equal(sim_stat(b, DROP_R1_COUNTER), !accepted);
	sim_exit(&sim);
}

/* Given out for 120 s, answers accepted twice the puzzle's 32 s longer. */
static void test_late(void **state)
{
	late_i2(119 * HIP_SEC, true);
	late_i2(182 * HIP_SEC, true);
	late_i2(186 * HIP_SEC, false);
}

/* What is not given out any more goes away: no growth over a day. */
static void test_growth(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *b = &sim.host[1];
	struct r1_view v, first;
	struct sim_packet p;
	unsigned int i, found = 0;
	uint64_t c;

	forge_begin(&sim, &r);
	ask(&sim, &p, &first);
	for (i = 0; i < 500; i++) {
		associate(&sim);
		sim_run(&sim, HIP_SEC / 4);
	}
	sim_run(&sim, 400 * HIP_SEC);
	ask(&sim, &p, &v);
	for (c = first.counter; c <= v.counter; c++)
		found += !!hip_r1pool_find(b->h.r1pool, &b->hit, c);
	assert_true(v.counter - first.counter > 300);
	assert_in_range(found, 1, 3);
	sim_exit(&sim);
}

/* Each Diffie-Hellman key of an Initiator is used once; who takes the last one
 * leaves nothing, and after a while there are new ones.
 */
static void test_dhpool(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct hip_dhpool *pool;
	struct hip_dh *dh[8];
	unsigned int i, j;

	forge_begin(&sim, &r);
	pool = sim.host[0].h.dhpool;
	for (i = 0; i < 8; i++) {
		if (i == 4)
			assert_null(hip_dhpool_take(pool, HIP_DH_P256));
		if (i % 4 == 0)
			sim_run(&sim, HIP_SEC);
		dh[i] = hip_dhpool_take(pool, HIP_DH_P256);
		assert_non_null(dh[i]);
		for (j = 0; j < i; j++)
			assert_memory_not_equal(hip_dh_public(dh[i]),
						hip_dh_public(dh[j]), 64);
	}
	for (i = 0; i < 8; i++)
		hip_dh_put(dh[i]);
	assert_null(hip_dhpool_take(pool, 99));
	sim_exit(&sim);
}

/* New ones are made by workers, one after the other. */
static void test_dhpool_workers(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0];
	struct hip_dh *dh[4];
	unsigned int i;

	forge_begin(&sim, &r);
	sim_run(&sim, HIP_SEC);
	hip_jobs_destroy(&a->h);
	assert_int_equal(hip_jobs_create(&a->h, 1), 0);
	for (i = 0; i < 4; i++) {
		dh[i] = hip_dhpool_take(a->h.dhpool, HIP_DH_P256);
		assert_non_null(dh[i]);
	}
	assert_null(hip_dhpool_take(a->h.dhpool, HIP_DH_P256));
	assert_int_equal(hip_jobs_pending(&a->h), 0);
	for (i = 0; i < 3; i++) {
		sim.now += 10 * HIP_MSEC;
		hip_timers_run(&a->h.timers, sim.now);
		assert_int_equal(hip_jobs_pending(&a->h), 1);
		if (i == 2)	/* meanwhile all is made anew */
			assert_int_equal(hip_host_config_changed(&a->h), 0);
		sim_work(a);
	}
	for (i = 0; i < 4; i++)
		hip_dh_put(dh[i]);
	sim_exit(&sim);
}

static void test_ratelimit(void **state)
{
	struct hip_ratelimit *rl = hip_ratelimit_create(100);
	struct in6_addr one = { 0 }, other;
	unsigned int i, n = 0;
	uint64_t now = HIP_SEC;

	assert_non_null(rl);
	for (i = 0; i < 1000; i++)
		n += hip_ratelimit_allow(rl, &one, now);
	assert_int_equal(n, 100);
	assert_true(hip_ratelimit_allow(rl, &one, now + HIP_SEC / 100));
	assert_false(hip_ratelimit_allow(rl, &one, now + HIP_SEC / 100));
	for (i = 0, n = 0; i < 1000; i++)
		n += hip_ratelimit_allow(rl, &one, now + 10 * HIP_SEC);
	assert_int_equal(n, 100);
	/* forged sources without end take nothing from most of the others */
	for (i = 0; i < 100000; i++) {
		hip_crypto_random(&other, sizeof(other));
		hip_ratelimit_allow(rl, &other, now + 20 * HIP_SEC);
	}
	for (i = 0, n = 0; i < 1000; i++) {
		hip_crypto_random(&other, sizeof(other));
		n += hip_ratelimit_allow(rl, &other, now + 20 * HIP_SEC);
	}
	assert_true(n > 990);
	hip_ratelimit_destroy(rl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_counter),
		cmocka_unit_test(test_overtaken),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_lifetimes),
		cmocka_unit_test(test_watched),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_dhpool),
		cmocka_unit_test(test_dhpool_workers),
		cmocka_unit_test(test_ratelimit),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
