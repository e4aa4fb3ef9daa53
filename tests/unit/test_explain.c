// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Explain: in each situation what is foretold, and then what hipd does
 * when hip.ko asks. Asking changes nothing.
 */
#include <errno.h>

#include "ctl_host.h"
#include "fsm.h"

static char told[64];		/* to the kernel, last */

static void observe(void *arg, const char *op, const struct hip_path *path)
{
	snprintf(told, sizeof(told), "%s", op);
}

static json_t *explain(int fd, const char *params)
{
	struct hip_stats before = w.near.stats;
	unsigned int assocs = HASH_COUNT(w.near.assocs.by_pair);
	json_t *flow;

	flow = expect_member(ask(fd, "io.hip.Explain.Flow", params),
			     "explain");
	assert_memory_equal(&before, &w.near.stats, sizeof(before));
	assert_int_equal(HASH_COUNT(w.near.assocs.by_pair), assocs);
	return flow;
}

/* Text of a step, or NULL when it was not reached. */
static const char *step_text(const json_t *flow, const char *name)
{
	json_t *step;
	size_t i;

	json_array_foreach(json_object_get(flow, "steps"), i, step)
		if (!strcmp(text_at(step, "step"), name))
			return text_at(step, "text");
	return NULL;
}

static void expect(int fd, const char *params, const char *verdict,
		   const char *last)
{
	json_t *flow = explain(fd, params);
	json_t *steps = json_object_get(flow, "steps");

	assert_string_equal(text_at(flow, "verdict"), verdict);
	assert_string_equal(text_at(json_array_get(steps,
						   json_array_size(steps) - 1),
				    "step"), last);
	json_decref(flow);
}

static const struct in6_addr *near_hit(void)
{
	return &hip_identity_default(&w.near.identities)->hit;
}

static const struct in6_addr *far_hit(void)
{
	return &hip_identity_default(&w.far.identities)->hit;
}

static void acquire(void)
{
	w.near_kernel.observe = observe;
	*told = '\0';
	hip_host_acquire(&w.near, near_hit(), far_hit());
}

static void test_addresses(void **state)
{
	char params[256], hit[HIP_ADDRSTRLEN];
	int fd = client_open();

	expect(fd, "{\"to\":\"near\"}", "local", "destination");
	expect(fd, "{\"to\":\"192.0.2.99\"}", "clear", "destination");
	expect(fd, "{\"to\":\"192.0.2.99\",\"from\":\"near\"}", "dropped",
	       "destination");
	expect(fd, "{\"to\":\"far\",\"from\":\"192.0.2.1\"}", "dropped",
	       "source");
	hip_addr_str(far_hit(), hit);
	snprintf(params, sizeof(params), "{\"to\":\"2001:20::1\",\"from\":"
		 "\"%s\"}", hit);
	expect(fd, params, "dropped", "source");

	/* as foretold: the kernel is told to refuse it */
	w.near_kernel.observe = observe;
	hip_host_acquire(&w.near, far_hit(), near_hit());
	assert_string_equal(told, "fail refused");
	close(fd);
}

static void test_unknown_peer(void **state)
{
	struct in6_addr hit;
	int fd = client_open();
	json_t *flow;

	flow = explain(fd, "{\"to\":\"2001:20::1\"}");
	assert_string_equal(text_at(flow, "verdict"), "dropped");
	assert_non_null(strstr(step_text(flow, "peer"), "not known"));
	assert_non_null(strstr(step_text(flow, "route"), "no locator"));
	json_decref(flow);

	hip_addr_parse(&hit, "2001:20::1");
	w.near_kernel.observe = observe;
	hip_host_acquire(&w.near, near_hit(), &hit);
	assert_string_equal(told, "fail no-locator");
	close(fd);
}

static void test_known_peer(void **state)
{
	const struct hip_assoc *assoc;
	int fd = client_open();
	json_t *flow;

	flow = explain(fd, "{\"to\":\"far\",\"proto\":\"udp\",\"dport\":53}");
	assert_string_equal(text_at(flow, "verdict"), "waits");
	assert_string_equal(text_at(flow, "proto"), "udp");
	assert_int_equal(json_integer_value(json_object_get(flow, "dport")),
			 53);
	assert_non_null(strstr(step_text(flow, "hipd"), "begins"));
	assert_non_null(strstr(step_text(flow, "access"), "access-default"));
	json_decref(flow);

	w.cut = true;
	acquire();
	assert_string_equal(told, "");
	assoc = hip_assoc_find(&w.near.assocs, near_hit(), far_hit());
	assert_int_equal(assoc->state, HIP_I1_SENT);
	flow = explain(fd, "{\"to\":\"far\"}");
	assert_string_equal(text_at(flow, "verdict"), "waits");
	assert_non_null(strstr(step_text(flow, "association"), "I1-SENT"));
	assert_non_null(strstr(step_text(flow, "hipd"), "under way"));
	json_decref(flow);

	while (assoc->state == HIP_I1_SENT)
		world_pass(HIP_SEC);
	assert_int_equal(assoc->state, HIP_E_FAILED);
	expect(fd, "{\"to\":\"far\"}", "dropped", "hipd");
	acquire();
	assert_string_equal(told, "fail no-answer");
	close(fd);
}

static void test_up(void **state)
{
	struct hip_assoc *assoc;
	int fd = client_open();
	json_t *flow;

	acquire();
	for (int i = 0; i < 200; i++)
		world_pass(10 * HIP_MSEC);
	assoc = hip_assoc_find(&w.near.assocs, near_hit(), far_hit());
	assert_non_null(assoc->path);
	flow = explain(fd, "{\"to\":\"far\"}");
	assert_string_equal(text_at(flow, "verdict"), "sent");
	assert_non_null(strstr(step_text(flow, "path"), "is there"));
	assert_null(step_text(flow, "hipd"));
	json_decref(flow);

	/* somebody removes the outbound SA */
	hip_null_kernel_path(&w.near_kernel, assoc->path->id)->out = false;
	expect(fd, "{\"to\":\"far\"}", "waits", "hipd");
	close(fd);
}

static struct hip_kif_ops ops;
static struct hip_kif_pair pair;

static int pair_is(struct hip_kif *kif, const struct hip_path *path,
		   struct hip_kif_pair *out)
{
	*out = pair;
	return 0;
}

static int no_route(struct hip_kif *kif, const struct in6_addr *peer,
		    struct in6_addr *local)
{
	return -ENETUNREACH;
}

/* As many packets wait as hip.ko keeps of a pair: the next is dropped. */
static void test_queue_full(void **state)
{
	static const struct {
		enum hip_kif_pair_state state;
		uint32_t queued;
		const char *verdict, *last;
	} rows[] = {
		{ HIP_KIF_PAIR_ACQUIRE, 63, "waits", "hipd" },
		{ HIP_KIF_PAIR_ACQUIRE, 64, "dropped", "module" },
		{ HIP_KIF_PAIR_CLOSING, 64, "dropped", "module" },
		/* it sends them, and takes more at the end meanwhile */
		{ HIP_KIF_PAIR_UP, 64, "sent", "path" },
	};
	const struct hip_kif_ops *was = w.near.kif->ops;
	int fd = client_open();

	ops = *was;
	ops.pair = pair_is;
	w.near.kif->ops = &ops;
	w.near.config.kernel = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		pair = (struct hip_kif_pair){
			.state = rows[i].state, .queued = rows[i].queued,
			.sa_out = rows[i].state == HIP_KIF_PAIR_UP,
		};
		expect(fd, "{\"to\":\"far\"}", rows[i].verdict, rows[i].last);
	}
	w.near.config.kernel = false;
	w.near.kif->ops = was;
	close(fd);
}

/* Up, but without SAs and without a way to the peer. */
static void test_lost(void **state)
{
	const struct hip_kif_ops *was = w.near.kif->ops;
	struct hip_assoc *assoc;
	int fd = client_open();

	acquire();
	for (int i = 0; i < 200; i++)
		world_pass(10 * HIP_MSEC);
	assoc = hip_assoc_find(&w.near.assocs, near_hit(), far_hit());
	assert_int_equal(assoc->state, HIP_ESTABLISHED);
	hip_assoc_path_down(assoc, false);
	expect(fd, "{\"to\":\"far\"}", "waits", "hipd");

	ops = *was;
	ops.route_source = no_route;
	w.near.kif->ops = &ops;
	expect(fd, "{\"to\":\"far\"}", "dropped", "hipd");
	acquire();
	assert_string_equal(told, "fail no-locator");
	w.near.kif->ops = was;
	close(fd);
}

static void test_refusals(void **state)
{
	int fd = client_open();

	expect_error(ask(fd, "io.hip.Explain.Flow", "{\"to\":\"nobody\"}"),
		     "io.hip.NotFound",
		     "no peer and no identity is called 'nobody'");
	expect_error(ask(fd, "io.hip.Explain.Flow",
			 "{\"to\":\"far\",\"proto\":\"fish\"}"),
		     "io.hip.InvalidParameter",
		     "proto: found 'fish', expected tcp, udp, udplite, sctp, "
		     "dccp, icmpv6, esp or a number from 0 to 255");
	expect_error(ask(fd, "io.hip.Explain.Flow",
			 "{\"to\":\"far\",\"dport\":53}"),
		     "io.hip.InvalidParameter",
		     "ports: expected proto tcp, udp, sctp or dccp with them");
	expect_error(ask(fd, "io.hip.Explain.Flow",
			 "{\"to\":\"far\",\"proto\":\"udp\",\"dport\":65536}"),
		     "io.hip.InvalidParameter",
		     "port: expected a number from 1 to 65535");
	close(fd);
}

/* Every state has an answer, and it tells begins from refuses. */
static void test_states(void **state)
{
	bool tries;

	for (int s = 0; s < HIP_N_STATES; s++) {
		assert_true(hip_fsm_expects(s, HIP_EV_DATA));
		assert_string_not_equal(hip_fsm_data(s, true, &tries),
					"does nothing");
		assert_int_equal(tries, s == HIP_UNASSOCIATED ||
						s == HIP_CLOSING ||
						s == HIP_CLOSED);
		hip_fsm_data(s, false, &tries);
		assert_int_equal(tries, s == HIP_UNASSOCIATED ||
						s == HIP_R2_SENT ||
						s == HIP_ESTABLISHED ||
						s == HIP_CLOSING ||
						s == HIP_CLOSED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_addresses, world_start,
						world_stop),
		cmocka_unit_test_setup_teardown(test_unknown_peer, world_start,
						world_stop),
		cmocka_unit_test_setup_teardown(test_known_peer, world_start,
						world_stop),
		cmocka_unit_test_setup_teardown(test_up, world_start,
						world_stop),
		cmocka_unit_test_setup_teardown(test_queue_full, world_start,
						world_stop),
		cmocka_unit_test_setup_teardown(test_lost, world_start,
						world_stop),
		cmocka_unit_test_setup_teardown(test_refusals, world_start,
						world_stop),
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
