// SPDX-License-Identifier: GPL-2.0
/*
 * Attempts that fail, whatever stands beside them: every one ends, somebody
 * is told, and what worked before goes on working.
 */
#include <errno.h>
#include <string.h>

#include "forge.h"

static enum sim_verdict lose_all(struct sim *sim, struct sim_packet *p)
{
	return SIM_DROP;
}

static enum sim_verdict lose_i2(struct sim *sim, struct sim_packet *p)
{
	return sim_type(p) == HIP_I2 ? SIM_DROP : SIM_PASS;
}

static enum sim_verdict lose_r2(struct sim *sim, struct sim_packet *p)
{
	return sim_type(p) == HIP_R2 ? SIM_DROP : SIM_PASS;
}

static unsigned int events;

static void on_event(struct hip_host *host, const struct hip_assoc *assoc,
		     const char *what)
{
	events++;
}

static void up(struct sim *sim)
{
	sim_init(sim);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_run(sim, 10 * HIP_SEC);
	sim_assert_up(&sim->host[0], &sim->host[1]);
}

static void put_close(struct sim *sim, const struct sim_host *from,
		      const struct hip_assoc *assoc, size_t echo)
{
	uint8_t big[HIP_MAX_PACKET] = { 0 };
	struct hip_builder b;

	hip_build_start(&b, HIP_CLOSE, 0, &assoc->pair.local,
			&assoc->pair.peer);
	hip_build_copy(&b, HIP_PARAM_ECHO_REQUEST_SIGNED, big, echo);
	assert_int_equal(hip_auth_mac(&b, HIP_PARAM_HIP_MAC,
				      assoc->keymat.hash, &assoc->own_keys,
				      NULL, 0), 0);
	assert_int_equal(hip_auth_sign(&b, HIP_PARAM_HIP_SIGNATURE, from->key),
			 0);
	assert_int_equal(hip_build_end(&b), 0);
	hip_build_checksum(b.buf, b.len, &assoc->local, &assoc->peer);
	sim_inject(sim, &assoc->local, &assoc->peer, b.buf, b.len);
}

static void put_r2(struct sim *sim, const struct hip_assoc *assoc)
{
	struct hip_builder b;

	hip_build_start(&b, HIP_R2, 0, &assoc->pair.local, &assoc->pair.peer);
	assert_int_equal(hip_build_end(&b), 0);
	hip_build_checksum(b.buf, b.len, &assoc->local, &assoc->peer);
	sim_inject(sim, &assoc->local, &assoc->peer, b.buf, b.len);
}

/* The peer closes while its R2 is lost, with an echo so long that our longer
 * signature leaves no room for the answer: closed all the same.
 */
static void test_close_without_answer(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];

	sim_prepare(&sim);
	i->key = sim_key(HIP_HI_RSA, 0);
	sim_init(&sim);
	sim.filter = lose_r2;
	sim_data(i, r);
	sim_run(&sim, 100 * HIP_MSEC);
	assert_int_equal(sim_state(i, r), HIP_I2_SENT);
	assert_drop(i, DROP_ANSWER_SIZE, 1,
		    put_close(&sim, r, sim_assoc(r, i), 1700));
	assert_int_equal(sim_state(i, r), HIP_CLOSED);
	assert_int_equal(HASH_COUNT(i->kernel.by_id), 0);
	assert_drop(i, DROP_STATE, 1, put_r2(&sim, sim_assoc(r, i)));
	sim_exit(&sim);
}

/* The same in ESTABLISHED. */
static void test_close_established(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *i = &sim.host[0], *r = &sim.host[1];

	sim_prepare(&sim);
	i->key = sim_key(HIP_HI_RSA, 0);
	up(&sim);
	assert_drop(i, DROP_ANSWER_SIZE, 1,
		    put_close(&sim, r, sim_assoc(r, i), 1700));
	assert_int_equal(sim_state(i, r), HIP_CLOSED);
	assert_int_equal(HASH_COUNT(i->kernel.by_id), 0);
	sim_exit(&sim);
}

/* Beside CLOSED: who asked for the connection hears of its end. */
static void test_closed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_assoc *assoc;

	up(&sim);
	assert_int_equal(hip_host_close(&b->h, sim_assoc(b, a)), 0);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_CLOSED);
	sim.filter = lose_all;
	a->h.event = on_event;
	events = 0;
	assert_int_equal(hip_host_connect(&a->h, NULL, &b->hit, &assoc), 0);
	sim_run(&sim, 60 * HIP_SEC);
	assert_int_equal(sim_stat(a, BEX_FAILED), 1);
	assert_int_equal(events, 1);
	assert_true(assoc->failed && assoc->failure == HIP_KIF_NO_ANSWER);
	assert_int_equal(sim_state(a, b), HIP_CLOSED);
	/* nothing to close, and flush takes it away */
	assert_int_equal(hip_host_close(&a->h, assoc), -ENOTCONN);
	sim_exit(&sim);
}

/* A Responder that sends new R1s for ever and takes no I2. */
static void test_endless(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i;

	sim_init(&sim);
	sim.filter = lose_i2;
	sim_data(a, b);
	for (i = 0; i < 120; i++) {
		sim_run(&sim, HIP_SEC);
		hip_host_config_changed(&b->h);
	}
	assert_int_equal(sim_stat(a, BEX_FAILED), 1);
	assert_true(sim.type_sent[HIP_I2] <= 2 * sim.config.i2_retries);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* The same with an R1 for each I2: it is not our timer that ends it. */
static void test_endless_at_once(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i1;
	unsigned int i;

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_I1, &i1);
	sim.filter = lose_i2;
	for (i = 0; i < 3 * sim.config.i2_retries; i++) {
		forge_inject(&sim, &i1);
		sim_run(&sim, 10 * HIP_MSEC);
		hip_host_config_changed(&b->h);
	}
	assert_int_equal(sim.type_sent[HIP_I2], 2 * sim.config.i2_retries);
	assert_int_equal(sim_stat(a, DROP_STATE), sim.config.i2_retries);
	sim_run(&sim, 20 * HIP_SEC);
	assert_int_equal(sim_stat(a, BEX_FAILED), 1);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* The network is away when the daemon starts again: the SAs of the earlier
 * run carry on when it is back, and are replaced then.
 */
static void test_adopted(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i;

	up(&sim);
	sim_stop(a, false);
	sim.filter = lose_all;
	sim_start(a);
	sim_know(a, b);
	sim_run(&sim, 60 * HIP_SEC);
	assert_true(sim_stat(a, BEX_FAILED) > 0);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	assert_int_equal(sim_data(a, b), 1);
	assert_int_equal(sim_data(b, a), 1);
	sim.filter = NULL;
	for (i = 0; i < 60; i++) {
		assert_int_equal(sim_data(b, a), 1);
		sim_run(&sim, HIP_SEC);
	}
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* Killed while the SAs before the last were still there: both receive, as the
 * peer may not have heard of the newer, which is the one that is kept.
 */
static void test_two_left(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	uint32_t old, new;

	up(&sim);
	old = sim_assoc(a, b)->path->id;
	sim_stop(a, false);
	sim_start(a);
	sim_know(a, b);
	sim_run(&sim, HIP_SEC);
	new = sim_assoc(a, b)->path->id;
	assert_true(new > old);
	sim_kill(a);
	sim.filter = lose_all;
	sim_start(a);
	sim_know(a, b);
	assert_int_equal(sim_assoc(a, b)->path->id, new);
	assert_int_equal(sim_assoc(a, b)->n_old, 1);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 2);
	sim_run(&sim, 10 * HIP_SEC);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	assert_int_equal(sim_data(a, b), 1);
	assert_int_equal(sim_data(b, a), 1);
	sim_exit(&sim);
}

/* The Responder draws the ESP keys further on, and the kernel refuses the SA
 * with them at first: the R2 that comes again installs them.
 */
static void test_redrawn(void **state)
{
	static struct forge_record r;
	const struct hip_identity *id;
	const struct hip_param *info;
	struct forge_change change;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet r2, p;
	struct hip_packet q;
	uint8_t data[12];

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_R2, &r2);
	forge_parse(&q, &r2);
	info = hip_packet_get(&q, HIP_PARAM_ESP_INFO);
	memcpy(data, info->data, sizeof(data));
	hip_put16(data + 2, (uint16_t)(hip_get16(data + 2) + 100));
	id = hip_identity_default(&b->h.identities);
	change = (struct forge_change){
		.without = HIP_PARAM_ESP_INFO, .with = HIP_PARAM_ESP_INFO,
		.data = data, .len = sizeof(data), .key = b->key,
		.keys = &sim_assoc(b, a)->own_keys,
		.hash = sim_assoc(b, a)->keymat.hash,
		.host_id = id->host_id, .host_id_len = id->host_id_len,
	};
	forge_copy(&p, &r2, &change);
	a->kernel.fail = -EINVAL;
	assert_drop(a, DROP_KERNEL, 1, forge_inject(&sim, &p));
	assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	a->kernel.fail = 0;
	forge_inject(&sim, &p);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	assert_true(hip_null_kernel_path(&a->kernel,
					 sim_assoc(a, b)->path->id)->in);
	sim_exit(&sim);
}

/* No route at the start is no reason either. */
static void test_adopted_no_route(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	up(&sim);
	sim_stop(a, false);
	sim_start(a);
	sim_know(a, b);
	hip_host_locator_del(&a->h, &a->v4, 1);
	sim_run(&sim, 15 * HIP_SEC);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	assert_int_equal(sim_stat(a, BEX_INITIATED), 0);
	hip_host_locator_add(&a->h, &a->v4, 1);
	sim_run(&sim, 15 * HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close_without_answer),
		cmocka_unit_test(test_close_established),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_endless_at_once),
		cmocka_unit_test(test_adopted),
		cmocka_unit_test(test_two_left),
		cmocka_unit_test(test_redrawn),
		cmocka_unit_test(test_adopted_no_route),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
