// SPDX-License-Identifier: GPL-2.0
/*
 * The base exchange between two hosts over a good network: states, and the
 * order of things. Every combination of algorithms is test_matrix.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

static void one(struct hip_list *list, uint16_t value)
{
	list->n = 1;
	list->v[0] = value;
}

/* Who is in which state when, and what it took. */
static void test_states(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];
	struct hip_assoc *a;

	sim_init(&sim);
	assert_int_equal(sim_data(i, r), 0);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim_state(i, r), HIP_ESTABLISHED);
	assert_int_equal(sim_state(r, i), HIP_R2_SENT);
	sim_assert_up(i, r);
	a = sim_assoc(i, r);
	assert_true(a->initiator);
	assert_int_equal(a->dh_group, HIP_DH_P256);
	assert_int_equal(a->cipher, HIP_CIPHER_AES128_CBC);
	assert_int_equal(a->path->alg->suite, HIP_ESP_AES128_GCM_16);
	assert_true(hip_addr_eq(&a->peer, sim_addr(r)));
	assert_int_equal(a->bex_time, 4 * sim.delay);
	assert_int_equal(sim.n_sent, 4);
	assert_int_equal(sim_drops(i) + sim_drops(r), 0);
	/* the Responder hears of the ESP that sim_assert_up() sent */
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim_state(r, i), HIP_ESTABLISHED);
	sim_exit(&sim);
}

/* Inbound SA before the packet that lets the peer send; both before R2. */
static void test_order(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];

	sim_init(&sim);
	sim_data(i, r);
	sim_run(&sim, HIP_SEC);
	assert_true(sim_find_op(i, "path_in", 0) >= 0);
	assert_true(sim_find_op(i, "path_in", 0) < sim_find_op(i, "tx I2", 0));
	assert_true(sim_find_op(i, "tx I2", 0) < sim_find_op(i, "path_up", 0));
	assert_true(sim_find_op(r, "path_in", 0) >= 0);
	assert_true(sim_find_op(r, "path_in", 0) <
		    sim_find_op(r, "path_up", 0));
	assert_true(sim_find_op(r, "path_up", 0) < sim_find_op(r, "tx R2", 0));
	sim_exit(&sim);
}

/* The Responder keeps nothing until the I2. */
static void test_stateless(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];

	sim_init(&sim);
	sim_data(i, r);
	while (!sim.type_sent[HIP_I2])
		sim_step(&sim, HIP_NEVER - 1);
	sim_assert_empty(r);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(i, r);
	sim_exit(&sim);
}

static void solve(unsigned int k)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];

	sim_prepare(&sim);
	sim.config.puzzle_k = k;
	sim_init(&sim);
	sim_data(i, r);
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(i, r);
	assert_int_equal(sim.n_sent, 4);
	sim_exit(&sim);
}

/* Easy ones are solved at a stretch, hard ones in several. */
static void test_puzzle(void **state)
{
	solve(1);
	solve(10);
	solve(18);
}

/* The first group of the Responder's that the Initiator has too. */
static void test_group_choice(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];

	sim_prepare(&sim);
	sim_start(i);
	sim.config.dh_groups.n = 2;
	sim.config.dh_groups.v[0] = HIP_DH_P384;
	sim.config.dh_groups.v[1] = HIP_DH_P256;
	sim_start(r);
	sim_know(i, r);
	sim_know(r, i);
	sim_data(i, r);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(i, r);
	assert_int_equal(sim_assoc(i, r)->dh_group, HIP_DH_P384);
	sim_exit(&sim);
}

static void disagree(struct hip_list *of_r, uint16_t a, struct hip_list *of_i,
		     uint16_t b, enum hip_stat drop, struct sim *sim)
{
	struct sim_host *i = &sim->host[0], *r = &sim->host[1];

	one(of_r, a);
	sim_start(r);
	one(of_i, b);
	sim_start(i);
	sim_know(i, r);
	sim_data(i, r);
	sim_run(sim, 40 * HIP_SEC);
	assert_null(sim_assoc(r, i));
	assert_true(i->h.stats.v[drop]);
	assert_true(sim_find_op(i, "fail no-answer", 0) >= 0);
	assert_int_equal(sim_stat(i, BEX_FAILED), 1);
	sim_assert_empty(i);
	sim_assert_empty(r);
	sim_exit(sim);
}

/* Nothing in common: no association, a named counter, an answer to the
 * application.
 */
static void test_disagreement(void **state)
{
	struct sim sim = { 0 };

	sim_prepare(&sim);
	disagree(&sim.config.ciphers, HIP_CIPHER_AES128_CBC,
		 &sim.config.ciphers, HIP_CIPHER_AES256_CBC,
		 HIP_STAT_DROP_CIPHER, &sim);
	sim_prepare(&sim);
	disagree(&sim.config.esp_suites, HIP_ESP_AES128_GCM_16,
		 &sim.config.esp_suites, HIP_ESP_AES128_CBC_SHA256,
		 HIP_STAT_DROP_ESP_SUITE, &sim);
	sim_prepare(&sim);
	disagree(&sim.config.dh_groups, HIP_DH_P256, &sim.config.dh_groups,
		 HIP_DH_P384, HIP_STAT_DROP_DH, &sim);
}

/* I1 goes to three locators at once, later to one at a time. */
static void test_locators(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];
	struct in6_addr list[5];
	unsigned int n;

	sim_init(&sim);
	for (n = 0; n < 4; n++) {
		list[n] = r->v4;
		list[n].s6_addr[15] = (uint8_t)(100 + n);
	}
	list[4] = r->v6;
	assert_int_equal(hip_peer_add(&i->h.peers, &r->hit, NULL, 0, list, 5,
				      HIP_PEER_COMMAND), 0);
	sim_data(i, r);
	assert_int_equal(sim.type_sent[HIP_I1], 3);
	sim_run(&sim, 2 * HIP_SEC);
	assert_int_equal(sim.type_sent[HIP_I1], 4);
	sim_run(&sim, 30 * HIP_SEC);
	/* the fifth locator is the true one, and is reached in turn */
	sim_assert_up(i, r);
	assert_true(hip_addr_eq(&sim_assoc(i, r)->peer, &r->v6));
	sim_exit(&sim);
}

static void test_refusals(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];
	struct hip_assoc *a;

	sim_init(&sim);
	/* no locator is known */
	hip_host_acquire(&i->h, &i->hit, hip_key_hit(sim_key(HIP_HI_RSA, 2)));
	assert_true(sim_find_op(i, "fail no-locator", 0) >= 0);
	assert_int_equal(sim_stat(i, ACQUIRE_UNKNOWN_PEER), 1);
	sim_assert_empty(i);
	/* not our HIT */
	hip_host_acquire(&i->h, hip_key_hit(sim_key(HIP_HI_RSA, 2)), &r->hit);
	assert_true(sim_find_op(i, "fail refused", 0) >= 0);
	assert_int_equal(sim_stat(i, ACQUIRE_UNKNOWN_HIT), 1);
	sim_assert_empty(i);
	assert_int_equal(hip_host_connect(&i->h, NULL,
					  hip_key_hit(sim_key(HIP_HI_RSA, 2)),
					  &a), -EHOSTUNREACH);
	assert_int_equal(hip_host_connect(&i->h,
					  hip_key_hit(sim_key(HIP_HI_RSA, 2)),
					  &r->hit, &a), -ENOENT);
	sim_assert_empty(i);
	/* nobody answers: 1 + 2 + 4 + 8 + 8 s, then 10 s of silence */
	sim_stop(r, true);
	assert_int_equal(hip_host_connect(&i->h, NULL, &r->hit, &a), 0);
	sim_run(&sim, 22 * HIP_SEC);
	assert_int_equal(sim_state(i, r), HIP_I1_SENT);
	sim_run(&sim, 2 * HIP_SEC);
	assert_int_equal(sim_state(i, r), HIP_E_FAILED);
	assert_int_equal(sim.type_sent[HIP_I1], 5);
	assert_true(sim_find_op(i, "fail no-answer", 0) >= 0);
	i->n_ops = 0;
	sim_data(i, r);
	assert_true(sim_find_op(i, "fail no-answer", 0) >= 0);
	assert_int_equal(sim.type_sent[HIP_I1], 5);
	sim_run(&sim, 11 * HIP_SEC);
	sim_assert_empty(i);
	sim_exit(&sim);
}

static size_t lines(const char *path, char *buf, size_t len)
{
	size_t n, got, count = 0;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	got = fread(buf, 1, len - 1, f);
	fclose(f);
	buf[got] = 0;
	for (n = 0; n < got; n++)
		count += buf[n] == '\n';
	return count;
}

/* Both ends write the same line; a file that others can read is refused. */
static void test_keylog(void **state)
{
	char dir[] = "/tmp/hip-sim-XXXXXX", a[64], b[64], x[4096], y[4096];
	struct sim sim = { 0 };
	struct stat st;

	assert_non_null(mkdtemp(dir));
	snprintf(a, sizeof(a), "%s/a", dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	sim_prepare(&sim);
	strcpy(sim.config.keylog, a);
	sim_start(&sim.host[0]);
	strcpy(sim.config.keylog, b);
	sim_start(&sim.host[1]);
	sim_know(&sim.host[0], &sim.host[1]);
	sim_data(&sim.host[0], &sim.host[1]);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(&sim.host[0], &sim.host[1]);
	assert_int_equal(lines(a, x, sizeof(x)), 1);
	assert_int_equal(lines(b, y, sizeof(y)), 1);
	assert_string_equal(x, y);
	assert_memory_equal(x, "HIP 2001:2", 10);
	assert_int_equal(stat(a, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	sim_exit(&sim);
	chmod(a, 0644);
	{
		struct hip_host h = { 0 };
		char err[256];

		strcpy(h.config.keylog, a);
		assert_int_not_equal(hip_host_start(&h, err, sizeof(err)), 0);
		assert_non_null(strstr(err, "0644"));
	}
	unlink(a);
	unlink(b);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_stateless),
		cmocka_unit_test(test_puzzle),
		cmocka_unit_test(test_group_choice),
		cmocka_unit_test(test_disagreement),
		cmocka_unit_test(test_locators),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_keylog),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
