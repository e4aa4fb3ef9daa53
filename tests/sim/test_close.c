// SPDX-License-Identifier: GPL-2.0
/* CLOSE and CLOSE_ACK in every state (RFC 7401 sections 4.4.3, 6.14, 6.15). */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "forge.h"
#include "job.h"

#define UAL (900 * HIP_SEC)
#define MSL (120 * HIP_SEC)

static void bring_up(struct sim *sim)
{
	sim_prepare(sim);
	sim->config.dh_groups.n = 1;
	sim->config.r1_lifetime = 3600;
	sim_init(sim);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_run(sim, HIP_SEC);
	sim_assert_up(&sim->host[0], &sim->host[1]);
	sim_run(sim, 10 * HIP_SEC);
}

static void close_it(struct sim_host *from, struct sim_host *to)
{
	assert_int_equal(hip_host_close(&from->h, sim_assoc(from, to)), 0);
}

static void test_simple(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	close_it(a, b);
	assert_int_equal(sim_state(a, b), HIP_CLOSING);
	assert_true(sim_find_op(a, "assoc_closing", 0) >= 0);
	sim_run(&sim, HIP_SEC);
	sim_assert_empty(a);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	assert_int_equal(HASH_COUNT(b->kernel.by_id), 0);
	assert_int_equal(sim_drops(a) + sim_drops(b), 0);
	/* CLOSED lasts UAL + 2 MSL */
	sim_run(&sim, UAL + 2 * MSL - 2 * HIP_SEC);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	sim_run(&sim, 3 * HIP_SEC);
	sim_assert_empty(b);
	sim_exit(&sim);
}

static void test_both_at_once(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	close_it(a, b);
	close_it(b, a);
	sim_run(&sim, HIP_SEC);
	sim_assert_empty(a);
	sim_assert_empty(b);
	assert_int_equal(sim_drops(a) + sim_drops(b), 0);
	sim_exit(&sim);
}

static enum sim_verdict lose_acks(struct sim *sim, struct sim_packet *p)
{
	unsigned int *left = sim->arg;

	return sim_type(p) == HIP_CLOSE_ACK && (*left)-- ? SIM_DROP : SIM_PASS;
}

/* A CLOSE that comes again is answered again, in CLOSED. */
static void test_lost_ack(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int left = 3;

	bring_up(&sim);
	sim.filter = lose_acks;
	sim.arg = &left;
	close_it(a, b);
	sim_run(&sim, 13 * HIP_SEC);	/* sent at 0, 2, 6; next at 14 */
	assert_int_equal(sim_state(a, b), HIP_CLOSING);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 3);
	sim_run(&sim, 2 * HIP_SEC);
	sim_assert_empty(a);
	assert_int_equal(sim.type_sent[HIP_CLOSE_ACK], 4);
	assert_int_equal(sim_drops(b), 0);
	sim_exit(&sim);
}

/* The peer is gone: UAL + MSL of trying, never more often than a minute. */
static void test_no_answer(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	sim_stop(b, true);
	close_it(a, b);
	sim_run(&sim, UAL + MSL - HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_CLOSING);
	assert_in_range(sim.type_sent[HIP_CLOSE], 10, 25);
	sim_run(&sim, 62 * HIP_SEC);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* Nothing sent or received during UAL. */
static void test_idle(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i;

	bring_up(&sim);
	for (i = 0; i < 40; i++) {
		assert_int_equal(sim_data(i & 1 ? a : b, i & 1 ? b : a), 1);
		sim_run(&sim, UAL / 4);
	}
	assert_int_equal(sim.type_sent[HIP_CLOSE], 0);
	sim_run(&sim, UAL + UAL / 4);
	assert_true(sim.type_sent[HIP_CLOSE] > 0);
	sim_run(&sim, 2 * UAL);
	sim_assert_empty(a);
	sim_assert_empty(b);
	sim_exit(&sim);
}

static void test_idle_off(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_prepare(&sim);
	sim.config.unused_lifetime = 0;
	sim.config.dh_groups.n = 1;
	sim.config.r1_lifetime = 36000;
	sim_init(&sim);
	sim_data(a, b);
	sim_run(&sim, 20 * UAL);
	sim_assert_up(a, b);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 0);
	sim_exit(&sim);
}

/* CLOSING and new data: a new exchange from I1-SENT. */
static void test_data_in_closing(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	sim.loss = 1000;
	close_it(a, b);
	sim_run(&sim, 5 * HIP_SEC);
	sim.loss = 0;
	hip_host_acquire(&a->h, &a->hit, &b->hit);
	assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_run(&sim, 20 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	sim_exit(&sim);
}

/* CLOSED and new data: stays CLOSED, still answers CLOSE, then I2-SENT. */
static void test_data_in_closed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int left = 1;

	bring_up(&sim);
	sim.filter = lose_acks;
	sim.arg = &left;
	close_it(a, b);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	sim.manual = true;
	assert_int_equal(sim_data(b, a), 0);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	assert_int_equal(sim.type_sent[HIP_I1], 2);
	sim_run(&sim, 2 * HIP_SEC);	/* a's CLOSE comes again, b's I1 too */
	assert_int_equal(sim.type_sent[HIP_CLOSE], 2);
	while (sim.flight && sim_type(sim.flight) != HIP_CLOSE)
		sim_deliver(&sim, sim.flight);
	assert_non_null(sim.flight);
	if (sim_state(b, a) == HIP_CLOSED) {
		sim_deliver(&sim, sim.flight);
		assert_int_equal(sim.type_sent[HIP_CLOSE_ACK], 2);
	}
	sim.manual = false;
	sim_run(&sim, 30 * HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* The peer that closed cannot be reached: CLOSED stays until its time. */
static void test_attempt_in_closed_fails(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	close_it(a, b);
	sim_run(&sim, HIP_SEC);
	sim.loss = 1000;
	sim_data(b, a);
	sim_run(&sim, 40 * HIP_SEC);
	assert_true(sim_find_op(b, "fail no-answer", 0) >= 0);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	assert_null(sim_assoc(b, a)->bex);
	/* and an attempt that still runs when that time is over goes on */
	sim_run(&sim, UAL + 2 * MSL - 46 * HIP_SEC);
	sim_data(b, a);
	sim_run(&sim, 10 * HIP_SEC);
	assert_int_equal(sim_state(b, a), HIP_I1_SENT);
	sim.loss = 0;
	sim_run(&sim, 10 * HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* After a's exchange b closes before a has its R2: CLOSE in I2-SENT. */
static enum sim_verdict lose_r2(struct sim *sim, struct sim_packet *p)
{
	return sim_type(p) == HIP_R2 ? SIM_DROP : SIM_PASS;
}

static void test_close_in_i2_sent(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_prepare(&sim);
	sim.filter = lose_r2;
	sim_init(&sim);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC / 2);
	assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	close_it(b, a);
	sim_run(&sim, HIP_SEC / 10);
	assert_int_equal(sim_state(a, b), HIP_CLOSED);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 0);
	sim_assert_empty(b);
	sim_exit(&sim);
}

/* The daemon ends in the middle: nobody uses the SAs any more. */
static void test_stop_in_closing(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	sim.loss = 1000;
	close_it(a, b);
	assert_int_equal(sim_state(a, b), HIP_CLOSING);
	sim_stop(a, false);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 0);
	sim_exit(&sim);
}

static void test_without_keys(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int lost = 1000;

	sim_prepare(&sim);
	sim.loss = lost;
	sim_init(&sim);
	sim_data(a, b);
	assert_int_equal(hip_host_close(&a->h, sim_assoc(a, b)), -ENOTCONN);
	sim_run(&sim, 25 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_E_FAILED);
	assert_int_equal(hip_host_close(&a->h, sim_assoc(a, b)), -ENOTCONN);
	sim_exit(&sim);
}

/* After the end both may begin again at once. */
static void test_again(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i;

	bring_up(&sim);
	for (i = 0; i < 50; i++) {
		close_it(i & 1 ? a : b, i & 1 ? b : a);
		sim_run(&sim, 20 * HIP_MSEC);
		sim_data(i & 2 ? a : b, i & 2 ? b : a);
		sim_run(&sim, 30 * HIP_MSEC);
		sim_assert_up(a, b);
	}
	sim_exit(&sim);
}

/* ---- what comes again ---- */

/* An association of which a's CLOSE was caught, and a sends no other. */
static void catch_close(struct sim *sim, struct forge_record *r,
			struct sim_packet *close)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	forge_begin(sim, r);
	sim_data(a, b);
	sim_run(sim, 20 * HIP_SEC);
	sim_assert_up(a, b);
	close_it(a, b);
	forge_catch(sim, HIP_CLOSE, close);
	sim->manual = true;
}

/* Answers to @close, which comes @n times at once; the last into @ack. */
static unsigned int answers(struct sim *sim, const struct sim_packet *close,
			    unsigned int n, struct sim_packet *ack)
{
	unsigned int before = sim->type_sent[HIP_CLOSE_ACK];

	while (n--)
		forge_inject(sim, close);
	n = sim->type_sent[HIP_CLOSE_ACK] - before;
	for (before = n; before; before--)
		forge_catch(sim, HIP_CLOSE_ACK, ack);
	return n;
}

/* Costs no other signature, which would have other octets, and is answered no
 * more often than each 100 ms.
 */
static void test_replay(void **state)
{
	static struct forge_record r;
	struct sim_packet close, ack, again;
	struct sim sim = { 0 };
	struct sim_host *b = &sim.host[1];
	unsigned int i;

	catch_close(&sim, &r, &close);
	assert_int_equal(answers(&sim, &close, 1, &ack), 1);
	assert_int_equal(answers(&sim, &close, 1000, &again), 1);
	for (i = 0; i < 10; i++) {
		assert_int_equal(again.len, ack.len);
		assert_memory_equal(again.buf, ack.buf, ack.len);
		sim.now += 99 * HIP_MSEC;
		assert_drop(b, DROP_CLOSE_AGAIN, 100,
			    answers(&sim, &close, 100, &again));
		sim.now += HIP_MSEC;
		memset(&again, 0, sizeof(again));
		assert_int_equal(answers(&sim, &close, 100, &again), 1);
	}
	assert_int_equal(sim_state(b, &sim.host[0]), HIP_CLOSED);
	sim_exit(&sim);
}

/* A replay at another place of the world, or a middlebox with a question. */
static void test_replay_changed(void **state)
{
	static const struct forge_change c = {
		.with = HIP_PARAM_ECHO_REQUEST_UNSIGNED, .data = "who?",
		.len = 4,
	};
	struct sim_packet close, asked, ack, again;
	static struct forge_record r;
	const struct hip_param *echo;
	struct sim sim = { 0 };
	struct hip_packet p, q;
	unsigned int i;

	catch_close(&sim, &r, &close);
	forge_copy(&asked, &close, &c);
	for (i = 0; i < 2; i++) {
		assert_int_equal(answers(&sim, &asked, 1, &ack), 1);
		forge_parse(&p, &ack);
		echo = hip_packet_get(&p, HIP_PARAM_ECHO_RESPONSE_UNSIGNED);
		assert_non_null(echo);
		assert_memory_equal(echo->data, "who?", 4);
	}
	sim.now += HIP_SEC;
	close.src = sim.host[2].v4;
	forge_checksum(&close);
	assert_int_equal(answers(&sim, &close, 1, &again), 1);
	assert_memory_equal(&again.dst, &close.src, 16);
	forge_parse(&q, &again);
	assert_null(hip_packet_get(&q, HIP_PARAM_ECHO_RESPONSE_UNSIGNED));
	assert_memory_equal(hip_packet_get(&q, HIP_PARAM_HIP_SIGNATURE)->data,
			    hip_packet_get(&p, HIP_PARAM_HIP_SIGNATURE)->data,
			    hip_packet_get(&q, HIP_PARAM_HIP_SIGNATURE)->len);
	sim_exit(&sim);
}

/* Another CLOSE of the same peer is another question; each has its answer,
 * but all together not more than one each 100 ms.
 */
static void test_other_nonce(void **state)
{
	static const char *const nonces[] = { "one", "two", "three" };
	struct sim_packet close, other, ack;
	static struct forge_record r;
	const struct hip_param *echo;
	struct sim sim = { 0 };
	struct forge_change c;
	struct hip_packet p;
	unsigned int i;

	catch_close(&sim, &r, &close);
	c = (struct forge_change){
		.without = HIP_PARAM_ECHO_REQUEST_SIGNED,
		.with = HIP_PARAM_ECHO_REQUEST_SIGNED,
		.key = sim.host[0].key,
		.keys = &sim_assoc(&sim.host[0], &sim.host[1])->own_keys,
		.hash = sim_assoc(&sim.host[0], &sim.host[1])->keymat.hash,
	};
	for (i = 0; i < 9; i++) {
		c.data = nonces[i % 3];
		c.len = strlen(nonces[i % 3]);
		forge_copy(&other, &close, &c);
		assert_int_equal(answers(&sim, &other, 1, &ack), 1);
		forge_parse(&p, &ack);
		echo = hip_packet_get(&p, HIP_PARAM_ECHO_RESPONSE_SIGNED);
		assert_int_equal(echo->len, c.len);
		assert_memory_equal(echo->data, c.data, c.len);
		assert_int_equal(hip_auth_check_signature(&p,
						HIP_PARAM_HIP_SIGNATURE,
						sim.host[1].key), 0);
		if (i)
			assert_drop(&sim.host[1], DROP_CLOSE_AGAIN, 1,
				    answers(&sim, &close, 1, &ack));
		sim.now += 100 * HIP_MSEC;
	}
	assert_int_equal(answers(&sim, &close, 1, &ack), 1);
	forge_inject(&sim, &ack);
	sim_assert_empty(&sim.host[0]);
	sim_exit(&sim);
}

/* After new keys the answer to the old CLOSE is history. */
static void test_replay_old(void **state)
{
	static struct forge_record r;
	struct sim_packet close, ack;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	catch_close(&sim, &r, &close);
	assert_int_equal(answers(&sim, &close, 1, &ack), 1);
	sim.manual = false;
	forge_inject(&sim, &ack);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_drop(b, DROP_MAC, 1, forge_inject(&sim, &close));
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	close_it(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_empty(a);
	assert_int_equal(sim.type_sent[HIP_CLOSE_ACK], 2);
	sim_exit(&sim);
}

/* ---- the loop signs nothing when there are workers ---- */

static void one_worker(struct sim_host *host)
{
	hip_jobs_destroy(&host->h);
	assert_int_equal(hip_jobs_create(&host->h, 1), 0);
}

static void test_workers(void **state)
{
	static struct forge_record r;
	struct sim_packet close;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct pollfd pfd = { .events = POLLIN };

	forge_begin(&sim, &r);
	sim_data(a, b);
	sim_run(&sim, 20 * HIP_SEC);
	one_worker(a);
	one_worker(b);
	close_it(a, b);
	assert_int_equal(sim_state(a, b), HIP_CLOSING);
	assert_int_equal(hip_jobs_pending(&a->h), 1);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 0);
	sim_work(a);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 1);
	forge_catch(&sim, HIP_CLOSE, &close);
	hip_host_receive(&b->h, &close.src, &close.dst, close.buf, close.len);
	pfd.fd = hip_jobs_fd(b->h.jobs);
	assert_int_equal(poll(&pfd, 1, 60000), 1);
	hip_jobs_complete(&b->h);
	/* verified, and closed, whatever becomes of the answer */
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	assert_int_equal(hip_jobs_pending(&b->h), 1);
	assert_int_equal(sim.type_sent[HIP_CLOSE_ACK], 0);
	hip_assoc_destroy(sim_assoc(b, a));
	sim_work(b);
	assert_int_equal(sim.type_sent[HIP_CLOSE_ACK], 1);
	sim_run(&sim, HIP_SEC);
	sim_assert_empty(a);
	sim_exit(&sim);
}

static void nothing(struct hip_job *job)
{
}

/* So much to do that our own CLOSEs have to wait, and take no memory. */
static void crowd(struct sim_host *host)
{
	static struct hip_job job[512];
	unsigned int i;

	one_worker(host);
	for (i = 0; i < 512; i++) {
		job[i] = (struct hip_job){ .host = &host->h,
					   .compute = nothing,
					   .commit = nothing };
		hip_job_run(&job[i]);
	}
}

static void test_crowded(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	crowd(a);
	close_it(a, b);
	assert_int_equal(sim_state(a, b), HIP_CLOSING);
	assert_int_equal(hip_jobs_pending(&a->h), 512);
	sim_work(a);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 0);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 1);
	sim_assert_empty(a);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	sim_exit(&sim);
}

/* The daemon stops right after it was told to close. */
static void test_stop_unsent(void **state)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct sim sim = { 0 };
		struct sim_host *a = &sim.host[0], *b = &sim.host[1];

		bring_up(&sim);
		if (i)
			crowd(a);
		else
			one_worker(a);
		close_it(a, b);
		assert_int_equal(sim.type_sent[HIP_CLOSE], 0);
		hip_jobs_destroy(&a->h);
		assert_int_equal(sim.type_sent[HIP_CLOSE], 0);
		sim_stop(a, false);
		assert_int_equal(sim.type_sent[HIP_CLOSE], 1);
		assert_int_equal(HASH_COUNT(a->kernel.by_id), 0);
		sim_run(&sim, HIP_SEC);
		assert_int_equal(sim_state(b, a), HIP_CLOSED);
		sim_exit(&sim);
	}
}

/* The workers go away and others come. */
static void test_abandoned(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	one_worker(a);
	close_it(a, b);
	one_worker(a);
	assert_int_equal(hip_jobs_pending(&a->h), 0);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 0);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 1);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* While a worker signs: the association is removed, or wanted again. */
static void test_overtaken(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	bring_up(&sim);
	one_worker(a);
	close_it(a, b);
	hip_assoc_destroy(sim_assoc(a, b));
	sim_work(a);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 1);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	close_it(a, b);
	hip_host_acquire(&a->h, &a->hit, &b->hit);
	assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_int_equal(sim.type_sent[HIP_CLOSE], 1);
	assert_int_equal(sim_drops(a) + sim_drops(b), 1);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple),
		cmocka_unit_test(test_both_at_once),
		cmocka_unit_test(test_lost_ack),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_idle_off),
		cmocka_unit_test(test_data_in_closing),
		cmocka_unit_test(test_data_in_closed),
		cmocka_unit_test(test_attempt_in_closed_fails),
		cmocka_unit_test(test_close_in_i2_sent),
		cmocka_unit_test(test_stop_in_closing),
		cmocka_unit_test(test_without_keys),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_replay_changed),
		cmocka_unit_test(test_other_nonce),
		cmocka_unit_test(test_replay_old),
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_stop_unsent),
		cmocka_unit_test(test_abandoned),
		cmocka_unit_test(test_overtaken),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
