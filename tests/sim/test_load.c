// SPDX-License-Identifier: GPL-2.0
/*
 * More I2s than a host can do: puzzles get harder and easier again, what is
 * too much is shed, solutions that came with bad I2s are refused (RFC 7401
 * section 4.1.2), and honest peers come through.
 */
#include <poll.h>
#include <string.h>

#include "bex.h"
#include "forge.h"
#include "job.h"
#include "load.h"
#include "ratelimit.h"

#define ATTACKERS 700

static void hosts(struct sim *sim, struct forge_record *r, unsigned int k_max)
{
	memset(r, 0, sizeof(*r));
	sim_prepare(sim);
	sim->config.dh_groups.n = 1;
	sim->config.r1_rate = 1000000;
	sim->config.puzzle_k_max = k_max;
	sim_init(sim);
	hip_jobs_destroy(&sim->host[1].h);	/* HIP_WORKERS' */
}

/* b's R1 for an Initiator that has this HIT and a's address. */
static void ask(struct sim *sim, const struct in6_addr *hit,
		struct sim_packet *r1)
{
	static const uint8_t group = HIP_DH_P256;
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];
	struct hip_builder i1;

	hip_build_start(&i1, HIP_I1, 0, hit, &b->hit);
	hip_build_u8s(&i1, HIP_PARAM_DH_GROUP_LIST, &group, 1);
	assert_int_equal(hip_build_end(&i1), 0);
	hip_build_checksum(i1.buf, i1.len, &a->v4, &b->v4);
	hip_host_receive(&b->h, &a->v4, &b->v4, i1.buf, i1.len);
	forge_catch(sim, HIP_R1, r1);
}

/* An I2 of that Initiator, @like an honest one but for its protection. */
static void answer(struct sim_packet *out, const struct sim_packet *like,
		   const struct sim_packet *r1, const struct in6_addr *hit)
{
	const struct hip_param *puzzle, *sol;
	struct hip_packet p, q;

	*out = *like;
	forge_parse(&q, out);
	forge_parse(&p, r1);
	puzzle = hip_packet_get(&p, HIP_PARAM_PUZZLE);
	sol = hip_packet_get(&q, HIP_PARAM_SOLUTION);
	memcpy(((struct hip_header *)out->buf)->sender, hit, sizeof(*hit));
	memcpy(out->buf + sol->off + 4, puzzle->data, puzzle->len);
	hip_crypto_random(out->buf + sol->off + 4 + puzzle->len,
			  sol->len - puzzle->len);
	forge_checksum(out);
}

static struct in6_addr stranger(const struct sim_host *like)
{
	struct in6_addr hit = like->hit;

	hip_crypto_random(hit.s6_addr + 4, 12);
	return hit;
}

/* An honest I2 of a, which b did not get. */
static void sample(struct sim *sim, struct sim_packet *i2)
{
	sim_data(&sim->host[0], &sim->host[1]);
	forge_catch(sim, HIP_I2, i2);
	hip_assoc_destroy(sim_assoc(&sim->host[0], &sim->host[1]));
}

/* @n I2s with puzzles of today in a period of the judge, all bad. */
static void press(struct sim *sim, const struct sim_packet *like,
		  unsigned int n)
{
	struct in6_addr hit = stranger(&sim->host[0]);
	struct sim_packet r1, i2;

	ask(sim, &hit, &r1);
	while (n--) {
		answer(&i2, like, &r1, &hit);
		sim_inject(sim, &i2.src, &i2.dst, i2.buf, i2.len);
	}
	sim_run(sim, 250 * HIP_MSEC);
}

/* Without workers the rate tells; K rises in steps, and falls in quiet. */
static void test_adapts(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i2, r1;
	struct hip_packet p;
	unsigned int i;

	hosts(&sim, &r, 12);
	sample(&sim, &i2);
	press(&sim, &i2, 100);
	assert_int_equal(hip_load_k(&b->h), 0);
	press(&sim, &i2, 600);
	assert_int_equal(hip_load_k(&b->h), 10);
	/* the R1s that are given out follow at once */
	sim_run(&sim, 50 * HIP_MSEC);
	ask(&sim, &a->hit, &r1);
	forge_parse(&p, &r1);
	assert_int_equal(hip_packet_get(&p, HIP_PARAM_PUZZLE)->data[0], 10);
	/* a rise has a second to show; an honest peer solves it */
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_int_equal(hip_load_k(&b->h), 10);
	sim_run(&sim, 8 * HIP_SEC);
	assert_int_equal(hip_load_k(&b->h), 10);
	for (i = 0; i < 40 && hip_load_k(&b->h); i++)
		sim_run(&sim, HIP_SEC / 4);
	assert_in_range(i, 1, 16);
	assert_int_equal(sim_stat(b, PUZZLE_HARDER), 1);
	assert_int_equal(sim_stat(b, PUZZLE_EASIER), 1);
	sim_exit(&sim);
}

/* @n bad I2s with a puzzle of before, in a period of the judge. */
static void press_with(struct sim *sim, const struct sim_packet *like,
		       const struct sim_packet *r1, const struct in6_addr *hit,
		       unsigned int n)
{
	struct sim_packet i2;

	while (n--) {
		answer(&i2, like, r1, hit);
		sim_inject(sim, &i2.src, &i2.dst, i2.buf, i2.len);
	}
	sim_run(sim, 250 * HIP_MSEC);
}

/* A second between two rises, and no more than the configuration says now. */
static void test_rise(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct hip_host *b = &sim.host[1].h;
	struct hip_config config;
	struct sim_packet like, r1;
	struct in6_addr hit;
	unsigned int i;

	hosts(&sim, &r, 20);
	sample(&sim, &like);
	hit = stranger(&sim.host[0]);
	ask(&sim, &hit, &r1);
	press_with(&sim, &like, &r1, &hit, 600);
	for (i = 0; i < 3; i++) {
		assert_int_equal(hip_load_k(b), 10);
		press_with(&sim, &like, &r1, &hit, 600);
	}
	assert_int_equal(hip_load_k(b), 10);
	press_with(&sim, &like, &r1, &hit, 600);
	assert_int_equal(hip_load_k(b), 12);
	config = b->config;
	config.puzzle_k_max = 8;
	assert_int_equal(hip_host_configure(b, &config), 0);
	assert_int_equal(hip_load_k(b), 8);
	sim_exit(&sim);
}

/* Easy puzzles that were hoarded count as load where there is no queue: K
 * rises no further than it may.
 */
static void test_bounds(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct in6_addr hit;
	struct sim_packet like, r1;
	unsigned int i;

	hosts(&sim, &r, 12);
	sample(&sim, &like);
	hit = stranger(&sim.host[0]);
	ask(&sim, &hit, &r1);
	for (i = 0; i < 20; i++) {
		press_with(&sim, &like, &r1, &hit, 600);
		assert_in_range(hip_load_k(&sim.host[1].h), 10, 12);
	}
	assert_int_equal(hip_load_k(&sim.host[1].h), 12);
	sim_exit(&sim);
	/* and not at all when the configuration leaves no room */
	hosts(&sim, &r, 0);
	sample(&sim, &like);
	press(&sim, &like, 600);
	assert_int_equal(hip_load_k(&sim.host[1].h), 0);
	sim_exit(&sim);
}

/* Bad I2s with one solution: five are looked at; its owner gets another. */
static void test_blacklist(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i2;
	unsigned int i;

	hosts(&sim, &r, 20);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	i2.buf[i2.len - 9] ^= 1;	/* in the signature */
	forge_checksum(&i2);
	for (i = 0; i < 50; i++)
		forge_inject(&sim, &i2);
	assert_int_equal(sim_stat(b, DROP_SIGNATURE), 5);
	assert_int_equal(sim_stat(b, DROP_BLACKLIST), 45);
	sim_run(&sim, 10 * HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

static void finish(struct sim_host *host)
{
	struct pollfd pfd = { hip_jobs_fd(host->h.jobs), POLLIN, 0 };

	while (hip_jobs_pending(&host->h)) {
		assert_int_equal(poll(&pfd, 1, 60000), 1);
		hip_jobs_complete(&host->h);
	}
}

/* @n bad I2s, each of another Initiator. */
static void attack(struct sim *sim, const struct sim_packet *like,
		   struct sim_packet *i2, unsigned int n)
{
	struct sim_packet r1;
	struct in6_addr hit;

	while (n--) {
		hit = stranger(&sim->host[0]);
		ask(sim, &hit, &r1);
		answer(&i2[n], like, &r1, &hit);
	}
}

/* More I2s than there are places: shed, while I1s are still answered. */
static void test_shed(void **state)
{
	static struct sim_packet i2[ATTACKERS];
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet like, r1;
	unsigned int i;

	hosts(&sim, &r, 20);
	sample(&sim, &like);
	attack(&sim, &like, i2, ATTACKERS);
	assert_int_equal(hip_jobs_create(&b->h, 1), 0);
	for (i = 0; i < ATTACKERS; i++)
		hip_host_receive(&b->h, &a->v4, &b->v4, i2[i].buf, i2[i].len);
	/* none is committed before the loop asks for it */
	assert_int_equal(hip_jobs_pending(&b->h), 512);
	assert_int_equal(sim_stat(b, DROP_OVERLOAD), ATTACKERS - 512);
	ask(&sim, &a->hit, &r1);
	finish(b);
	assert_int_equal(sim_stat(b, DROP_HOST_ID), 512);
	assert_null(b->h.assocs.by_pair);
	/* it was full: harder puzzles, which an honest peer solves */
	sim_run(&sim, 300 * HIP_MSEC);
	finish(b);
	assert_int_equal(hip_load_k(&b->h), 10);
	sim_data(a, b);
	sim_run(&sim, 2 * HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* Who hoarded easy puzzles gets a quarter of the places; those in between
 * high and low load keep K where it is.
 */
static void test_hoarded(void **state)
{
	static struct sim_packet r1[200];
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet like, i2;
	struct in6_addr hit[200];
	unsigned int i;

	hosts(&sim, &r, 20);
	sample(&sim, &like);
	for (i = 0; i < 200; i++) {
		hit[i] = stranger(a);
		ask(&sim, &hit[i], &r1[i]);
	}
	press_with(&sim, &like, &r1[0], &hit[0], 600);
	assert_int_equal(hip_load_k(&b->h), 10);
	for (i = 0; i < 44; i++)
		press_with(&sim, &like, &r1[0], &hit[0], 130);
	assert_int_equal(hip_load_k(&b->h), 10);
	assert_int_equal(hip_jobs_create(&b->h, 1), 0);
	for (i = 0; i < 200; i++) {
		answer(&i2, &like, &r1[i], &hit[i]);
		hip_host_receive(&b->h, &a->v4, &b->v4, i2.buf, i2.len);
	}
	assert_int_equal(hip_jobs_pending(&b->h), 512 / 4);
	assert_int_equal(sim_stat(b, DROP_OVERLOAD), 200 - 512 / 4);
	finish(b);
	sim_exit(&sim);
}

static void nothing(struct hip_job *job)
{
}

static void take(struct sim_host *host, const struct sim_packet *p)
{
	hip_host_receive(&host->h, &p->src, &p->dst, p->buf, p->len);
}

/* An exchange that began before the puzzles got harder: its I2 finds no place
 * and brings the harder puzzle at once, if there is one and the peer may have
 * R1s.
 */
static void test_straddles(void **state)
{
	static struct sim_packet i2[512];
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet easy;
	unsigned int i;

	hosts(&sim, &r, 20);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &easy);
	attack(&sim, &easy, i2, 512);
	assert_int_equal(hip_jobs_create(&b->h, 1), 0);
	for (i = 0; i < 512; i++)
		take(b, &i2[i]);
	assert_drop(b, DROP_OVERLOAD, 1, take(b, &easy));
	assert_null(sim.flight);	/* today's puzzle is no harder */
	sim_run(&sim, 300 * HIP_MSEC);
	finish(b);
	assert_int_equal(hip_load_k(&b->h), 10);
	sim_run(&sim, 50 * HIP_MSEC);
	finish(b);

	for (i = 0; i < 512 / 4; i++)
		take(b, &i2[i]);
	hip_ratelimit_set(b->h.r1_limit, 1);
	assert_true(hip_ratelimit_allow(b->h.r1_limit, &easy.src,
					sim.now - HIP_MSEC));
	assert_drop(b, DROP_OVERLOAD, 1, take(b, &easy));
	assert_null(sim.flight);
	hip_ratelimit_set(b->h.r1_limit, 1000000);
	assert_drop(b, DROP_OVERLOAD, 1, take(b, &easy));
	finish(b);
	sim_run(&sim, 10 * HIP_MSEC);
	finish(b);
	sim_run(&sim, 10 * HIP_MSEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* @p finds all places of its class taken, and then comes again. */
static void crowd(struct sim_host *host, enum hip_job_class class,
		  const struct sim_packet *p)
{
	static struct hip_job job[1024];
	unsigned int i;

	for (i = 0; i < 1024; i++) {
		job[i] = (struct hip_job){ .host = &host->h, .class = class,
					   .compute = nothing,
					   .commit = nothing };
		hip_job_run(&job[i]);
	}
	assert_drop(host, DROP_OVERLOAD, 1, take(host, p));
	finish(host);
	take(host, p);
	finish(host);
}

/* What an Initiator has to do for its peers has an end, too. */
static void test_crowded(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet r1, r2;

	hosts(&sim, &r, 20);
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	hip_jobs_destroy(&a->h);
	assert_int_equal(hip_jobs_create(&a->h, 1), 0);
	crowd(a, HIP_JOB_OFFER, &r1);
	forge_catch(&sim, HIP_R2, &r2);
	crowd(a, HIP_JOB_SHORT, &r2);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* The host stops with jobs under way, the peer's and its own. */
static void test_stop(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i2, r1;

	hosts(&sim, &r, 20);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	assert_int_equal(hip_jobs_create(&b->h, 2), 0);
	hip_host_receive(&b->h, &i2.src, &i2.dst, i2.buf, i2.len);
	hip_host_receive(&b->h, &i2.src, &i2.dst, i2.buf, i2.len);
	assert_true(hip_jobs_pending(&b->h) > 0);
	hip_assoc_destroy(sim_assoc(a, b));
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	hip_jobs_destroy(&a->h);
	assert_int_equal(hip_jobs_create(&a->h, 2), 0);
	hip_host_receive(&a->h, &r1.src, &r1.dst, r1.buf, r1.len);
	assert_true(hip_jobs_pending(&a->h) > 0);
	sim_exit(&sim);
}

/* A solver is at work when its attempt ends, and when the host stops. */
static void test_solver_cancelled(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		sim_prepare(&sim);
		sim.config.puzzle_k = 26;
		sim.config.puzzle_k_max = 26;
		sim.config.puzzle_lifetime = 3600;
		sim_init(&sim);
		sim_data(a, b);
		while (!sim_assoc(a, b)->bex->solving)
			assert_true(sim_step(&sim, HIP_NEVER - 1));
		hip_jobs_destroy(&a->h);
		assert_int_equal(hip_jobs_create(&a->h, 1), 0);
		hip_offer_continue(sim_assoc(a, b));
		hip_offer_continue(sim_assoc(a, b));
		assert_int_equal(hip_jobs_pending(&a->h), 1);
		if (i) {
			hip_assoc_destroy(sim_assoc(a, b));
			finish(a);
			assert_null(a->h.assocs.by_pair);
		}
		sim_exit(&sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adapts),
		cmocka_unit_test(test_rise),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_blacklist),
		cmocka_unit_test(test_shed),
		cmocka_unit_test(test_hoarded),
		cmocka_unit_test(test_straddles),
		cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_solver_cancelled),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
