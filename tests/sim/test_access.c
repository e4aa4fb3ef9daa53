// SPDX-License-Identifier: GPL-2.0
/*
 * Access rules on the wire (RFC 7401 sections 4.1.5, 6.7, 6.9): who is
 * refused, at which packet, and what is counted; nothing of a refused peer
 * stays.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "access.h"
#include "forge.h"
#include "sim.h"

static void set_rules(struct sim_host *host, const char *text)
{
	char file[] = "/tmp/hip-test-access-XXXXXX", err[256] = "";
	int fd = mkstemp(file);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	if (hip_acl_load(&host->h.acl, file, &host->h.peers, err, sizeof(err)))
		fail_msg("%s", err);
	unlink(file);
}

static void refused(const char *rules, const char *rule)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_access_verdict v;

	sim_init(&sim);
	set_rules(b, rules);
	sim_data(a, b);
	sim_run(&sim, 60 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_UNASSOCIATED);
	assert_int_equal(sim_stat(b, DROP_POLICY), 5);
	assert_int_equal(sim_drops(b), 5);
	assert_int_equal(sim.type_sent[HIP_R1], 0);
	sim_assert_empty(b);
	v = hip_access_judge(&b->h, &a->hit, sim_addr(a), false);
	assert_false(v.allow);
	assert_string_equal(v.rule ? v.rule->text : "default", rule);
	assert_int_equal(v.rule ? v.rule->hits : b->h.acl.hits, 5);
	/* the rules are about who initiates: the other way it goes */
	sim_data(b, a);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

static void test_refused(void **state)
{
	refused("deny suite ecdsa\n", "deny suite ecdsa");
	refused("deny from 192.0.2.0/24\nallow any\n",
		"deny from 192.0.2.0/24");
	refused("allow suite rsa\ndeny known\n", "deny known");
}

/* Who was believed once, because he answered, is nobody that we know. */
static void test_learned(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_init(&sim);
	set_rules(b, "allow known\ndeny any\n");
	assert_true(hip_access_judge(&b->h, &a->hit, &a->v4, false).allow);
	assert_int_equal(hip_peer_add(&b->h.peers, &a->hit, NULL, 0, &a->v4,
				      1, HIP_PEER_LEARNED), 0);
	assert_false(hip_access_judge(&b->h, &a->hit, &a->v4, false).allow);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC / 2);
	assert_int_equal(sim_stat(b, DROP_POLICY), 1);
	sim_exit(&sim);
}

static void test_default(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_prepare(&sim);
	sim.config.access_default = HIP_ACCESS_DENY;
	sim_init(&sim);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC / 2);
	assert_int_equal(sim_stat(b, DROP_POLICY), 1);
	assert_int_equal(b->h.acl.hits, 1);
	set_rules(b, "allow known\n");
	sim_run(&sim, 5 * HIP_SEC);
	sim_assert_up(a, b);
	/* an I1 and an I2 */
	assert_int_equal(b->h.acl.rule[0].hits, 2);
	sim_exit(&sim);
}

/* What becomes forbidden between R1 and I2 is refused before any work. */
static void test_i2(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i2;

	sim_init(&sim);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	set_rules(b, "deny any\n");
	assert_drop(b, DROP_POLICY, 1, forge_inject(&sim, &i2));
	sim_assert_empty(b);
	set_rules(b, "");
	forge_inject(&sim, &i2);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* The A bit stands in the I2 alone; a forged one is not believed. */
static void test_anonymous(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i2, bad;

	sim_init(&sim);
	set_rules(b, "allow anonymous\ndeny any\n");
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	assert_int_equal(b->h.acl.rule[0].hits, 0);
	assert_drop(b, DROP_POLICY, 1, forge_inject(&sim, &i2));
	assert_int_equal(b->h.acl.rule[1].hits, 1);
	bad = i2;
	((struct hip_header *)bad.buf)->controls[1] |= HIP_CONTROL_ANON;
	forge_checksum(&bad);
	assert_drop(b, DROP_MAC, 1, forge_inject(&sim, &bad));
	assert_int_equal(b->h.acl.rule[0].hits, 1);
	set_rules(b, "deny anonymous\n");
	assert_drop(b, DROP_POLICY, 1, forge_inject(&sim, &bad));
	forge_inject(&sim, &i2);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_learned),
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_i2),
		cmocka_unit_test(test_anonymous),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
