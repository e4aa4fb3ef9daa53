// SPDX-License-Identifier: GPL-2.0
/*
 * Beside the table of states (test_fsm.c): when things happen. Back-off of I1
 * and I2 and what follows when nobody answers, the ends of R2-SENT, E-FAILED,
 * CLOSING and CLOSED, a puzzle that takes too long; and lists longer than we
 * would send (RFC 7401 sections 4.1.2, 4.4.2 to 4.4.4, 5.2.8, 6.6, 6.8; RFC
 * 7402 section 5.1.2).
 */
#include <string.h>

#include "forge.h"

#define UAL (900 * HIP_SEC)
#define MSL (120 * HIP_SEC)

static enum sim_verdict lose(struct sim *sim, struct sim_packet *p)
{
	uint8_t type = *(uint8_t *)sim->arg;

	return !type || sim_type(p) == type ? SIM_DROP : SIM_PASS;
}

/* Seconds after @start at which @host sent @what: all of @when, no others. */
static void assert_sent(const struct sim_host *host, const char *what,
			uint64_t start, const unsigned int *when, size_t n)
{
	size_t i, found = 0;

	for (i = 0; i < host->n_ops; i++) {
		if (strcmp(host->op[i].what, what))
			continue;
		assert_in_range(found, 0, n - 1);
		assert_int_equal((host->op[i].at - start) / HIP_SEC,
				 when[found]);
		found++;
	}
	assert_int_equal(found, n);
}

/* 1, 2, 4, 8, 8 seconds; then E-FAILED, for 10 seconds. */
static void test_back_off(void **state)
{
	static const unsigned int when[] = { 0, 1, 3, 7, 15 };
	static const uint8_t types[] = { 0, HIP_I2 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		uint8_t type = types[i];
		struct sim sim = { 0 };
		struct sim_host *a = &sim.host[0], *b = &sim.host[1];
		uint64_t start;

		sim_prepare(&sim);
		sim.filter = lose;
		sim.arg = &type;
		sim_init(&sim);
		start = sim.now;
		sim_data(a, b);
		sim_run(&sim, 22 * HIP_SEC);
		assert_int_equal(sim_state(a, b),
				 type ? HIP_I2_SENT : HIP_I1_SENT);
		sim_run(&sim, 2 * HIP_SEC);
		assert_int_equal(sim_state(a, b), HIP_E_FAILED);
		assert_sent(a, type ? "tx I2" : "tx I1", start, when, 5);
		assert_int_equal(sim_stat(a, BEX_FAILED), 1);
		assert_true(sim_find_op(a, "fail no-answer", 0) >= 0);
		/* who asks now is told at once, and nothing is sent */
		a->n_ops = 0;
		sim_data(a, b);
		assert_true(sim_find_op(a, "fail no-answer", 0) >= 0);
		assert_int_equal(sim_find_op(a, "tx I1", 0), -1);
		sim_run(&sim, 10 * HIP_SEC);
		sim_assert_empty(a);
		/* and later a new attempt begins */
		sim.filter = NULL;
		sim_data(a, b);
		sim_run(&sim, HIP_SEC);
		sim_assert_up(a, b);
		sim_exit(&sim);
	}
}

static void up(struct sim *sim)
{
	sim_init(sim);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_run(sim, 50 * HIP_MSEC);
	assert_int_equal(sim_state(&sim->host[0], &sim->host[1]),
			 HIP_ESTABLISHED);
	assert_int_equal(sim_state(&sim->host[1], &sim->host[0]),
			 HIP_R2_SENT);
}

/* ESTABLISHED with the first ESP, or when no I2 can come any more. */
static void test_r2_sent(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	up(&sim);
	sim_run(&sim, 15 * HIP_SEC);
	assert_int_equal(sim_state(b, a), HIP_R2_SENT);
	assert_int_equal(sim_data(a, b), 1);
	sim_run(&sim, 7 * HIP_SEC);
	assert_int_equal(sim_state(b, a), HIP_ESTABLISHED);
	sim_exit(&sim);

	up(&sim);
	sim_run(&sim, 15 * HIP_SEC);
	assert_int_equal(sim_state(b, a), HIP_R2_SENT);
	sim_run(&sim, 9 * HIP_SEC);
	assert_int_equal(sim_state(b, a), HIP_ESTABLISHED);
	sim_exit(&sim);
}

/* CLOSE at 0, 2, 6, 14, 30, 60, then each minute, until UAL + MSL. */
static void test_closing(void **state)
{
	static const unsigned int when[] = { 0, 2, 6, 14, 30, 62, 122, 182 };
	uint8_t all = 0;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	uint64_t start;

	up(&sim);
	sim.filter = lose;
	sim.arg = &all;
	start = sim.now;
	assert_int_equal(hip_host_close(&a->h, sim_assoc(a, b)), 0);
	sim_run(&sim, 200 * HIP_SEC);
	assert_sent(a, "tx CLOSE", start, when, 8);
	sim_run(&sim, UAL + MSL - 201 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_CLOSING);
	sim_run(&sim, 62 * HIP_SEC);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* UAL + 2 MSL, however often the peer's CLOSE comes again. */
static void test_closed(void **state)
{
	uint8_t acks = HIP_CLOSE_ACK;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	up(&sim);
	sim.filter = lose;
	sim.arg = &acks;
	assert_int_equal(hip_host_close(&b->h, sim_assoc(b, a)), 0);
	sim_run(&sim, 100 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_CLOSED);
	assert_true(sim.type_sent[HIP_CLOSE_ACK] > 3);
	assert_int_equal(sim.type_sent[HIP_CLOSE_ACK],
			 sim.type_sent[HIP_CLOSE]);
	sim_run(&sim, UAL + 2 * MSL - 101 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_CLOSED);
	sim_run(&sim, 2 * HIP_SEC);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* An R1 on its way to @a is changed; what becomes of it. */
static enum hip_state changed(uint16_t type, const void *data, size_t len,
			      enum hip_stat drop)
{
	static struct forge_record r;
	struct forge_change c = { .without = type, .with = len ? type : 0,
				  .data = data, .len = len };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet r1, p;
	enum hip_state state;

	forge_begin(&sim, &r);
	c.key = b->key;
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	forge_copy(&p, &r1, &c);
	forge_inject(&sim, &p);
	sim_run(&sim, HIP_MSEC);
	state = sim_state(a, b);
	assert_int_equal(a->h.stats.v[drop], state == HIP_I1_SENT);
	assert_int_equal(sim_drops(a), state == HIP_I1_SENT);
	sim_exit(&sim);
	return state;
}

/* Of more than six ciphers the first six count. */
static void test_many_ciphers(void **state)
{
	uint8_t list[2 * 9] = { 0 };
	unsigned int i;

	for (i = 0; i < 9; i++)
		list[2 * i] = 0x7f;
	list[2 * 5] = 0;
	list[2 * 5 + 1] = HIP_CIPHER_AES128_CBC;
	assert_int_equal(changed(HIP_PARAM_HIP_CIPHER, list, sizeof(list),
				 HIP_STAT_DROP_CIPHER), HIP_I2_SENT);
	list[2 * 5] = 0x7f;
	list[2 * 6] = 0;
	list[2 * 6 + 1] = HIP_CIPHER_AES128_CBC;
	assert_int_equal(changed(HIP_PARAM_HIP_CIPHER, list, sizeof(list),
				 HIP_STAT_DROP_CIPHER), HIP_I1_SENT);
}

/* More than six ESP suites are no error, and all of them are looked at. */
static void test_many_suites(void **state)
{
	uint8_t list[2 + 2 * 9] = { 0 };
	unsigned int i;

	for (i = 0; i < 9; i++)
		list[2 + 2 * i] = 0x7f;
	assert_int_equal(changed(HIP_PARAM_ESP_TRANSFORM, list, sizeof(list),
				 HIP_STAT_DROP_ESP_SUITE), HIP_I1_SENT);
	list[2 + 2 * 8] = 0;
	list[2 + 2 * 8 + 1] = HIP_ESP_AES128_CBC_SHA256;
	assert_int_equal(changed(HIP_PARAM_ESP_TRANSFORM, list, sizeof(list),
				 HIP_STAT_DROP_ESP_SUITE), HIP_I2_SENT);
}

/* Transport formats that we do not know, or that have no parameter of their
 * own, are as if they were not listed.
 */
static void test_formats(void **state)
{
	static const uint8_t list[] = { 0x08, 0x02, 0x0f, 0xff, 0x08, 0x04 };

	assert_int_equal(changed(HIP_PARAM_TRANSPORT_FORMAT_LIST, list,
				 sizeof(list), HIP_STAT_DROP_TRANSPORT),
			 HIP_I2_SENT);
	assert_int_equal(changed(HIP_PARAM_TRANSPORT_FORMAT_LIST, list, 2,
				 HIP_STAT_DROP_TRANSPORT), HIP_I1_SENT);
	assert_int_equal(changed(HIP_PARAM_ESP_TRANSFORM, NULL, 0,
				 HIP_STAT_DROP_MISSING), HIP_I1_SENT);
}

/* A puzzle that is not solved within its lifetime is given up. */
static void test_puzzle_lifetime(void **state)
{
	static struct forge_record r;
	uint8_t puzzle[4 + HIP_HASH_MAX];
	struct forge_change c = { .without = HIP_PARAM_PUZZLE,
				  .with = HIP_PARAM_PUZZLE, .data = puzzle };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const struct hip_param *q;
	struct sim_packet r1, hard;
	struct hip_packet parsed;

	forge_begin(&sim, &r);
	c.key = b->key;
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	forge_parse(&parsed, &r1);
	q = hip_packet_get(&parsed, HIP_PARAM_PUZZLE);
	c.len = q->len;
	memcpy(puzzle, q->data, q->len);
	puzzle[0] = 26;			/* 67 million hashes in the mean */
	puzzle[1] = 22;			/* 2^(22-32) seconds */
	forge_copy(&hard, &r1, &c);
	assert_drop(a, DROP_PUZZLE, 1, {
		forge_inject(&sim, &hard);
		sim.now += HIP_SEC / 1000;
		sim_run(&sim, 2 * HIP_MSEC);
	});
	assert_int_equal(sim.type_sent[HIP_I2], 0);
	/* an easier one helps */
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_r2_sent),
		cmocka_unit_test(test_closing),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_puzzle_lifetime),
		cmocka_unit_test(test_many_ciphers),
		cmocka_unit_test(test_many_suites),
		cmocka_unit_test(test_formats),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
