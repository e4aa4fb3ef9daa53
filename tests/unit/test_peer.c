// SPDX-License-Identifier: GPL-2.0
/*
 * The table of peers and the hosts file.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "addr.h"
#include "peer.h"

#define HIT_A "2001:22:1:2:3:4:5:6"
#define HIT_B "2001:21:1:2:3:4:5:6"
#define HIT_C "2001:22:1:2:3:4:5:7"

static char file[] = "/tmp/hip-test-hosts-XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(file);

	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	return unlink(file);
}

static void write_octets(const char *text, size_t len)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static struct in6_addr addr(const char *text)
{
	struct in6_addr a;

	assert_int_equal(hip_addr_parse(&a, text), 0);
	return a;
}

static void load(struct hip_peers *peers, const char *text)
{
	char err[512] = "";

	write_octets(text, strlen(text));
	if (hip_peers_load(peers, file, err, sizeof(err)))
		fail_msg("%s", err);
}

static const struct hip_peer *get(const struct hip_peers *peers,
				  const char *hit)
{
	struct in6_addr a = addr(hit);

	return hip_peer_by_hit(peers, &a);
}

static void test_load(void **state)
{
	struct hip_peers peers = { NULL, NULL };
	const struct hip_peer *p;
	struct in6_addr v4 = addr("192.0.2.1"), v6 = addr("2001:db8::1");

	load(&peers,
	     "# peers\n\n"
	     HIT_A " Alice alice.example 192.0.2.1 2001:db8::1 # home\n"
	     "\t" HIT_B "\tbob\n"
	     HIT_C " 192.0.2.3\r\n");
	assert_int_equal(HASH_COUNT(peers.by_hit), 3);
	assert_int_equal(HASH_CNT(hh, peers.by_name), 3);
	p = get(&peers, HIT_A);
	assert_non_null(p);
	assert_int_equal(p->source, HIP_PEER_HOSTS);
	assert_int_equal(p->n_names, 2);
	assert_string_equal(p->name[0]->text, "alice");
	assert_int_equal(p->n_locators, 2);
	assert_true(hip_addr_eq(&p->locator[0], &v4));
	assert_true(hip_addr_eq(&p->locator[1], &v6));
	assert_ptr_equal(hip_peer_by_name(&peers, "ALICE.example"), p);
	assert_ptr_equal(hip_peer_by_name(&peers, "bob"), get(&peers, HIT_B));
	assert_null(hip_peer_by_name(&peers, "carol"));
	assert_int_equal(get(&peers, HIT_C)->n_names, 0);

	/* A new file takes the place of the old one. */
	load(&peers, HIT_B " robert 192.0.2.9\n");
	assert_int_equal(HASH_COUNT(peers.by_hit), 1);
	assert_null(hip_peer_by_name(&peers, "bob"));
	assert_non_null(hip_peer_by_name(&peers, "robert"));
	hip_peers_exit(&peers);
	assert_null(peers.by_hit);
	assert_null(peers.by_name);
}

/* A lifetime of its own, which a peer added by command has not. */
static void test_unused(void **state)
{
	struct hip_peers peers = { NULL, NULL };
	struct in6_addr hit = addr(HIT_C);

	load(&peers, HIT_A " a unused-lifetime=0 192.0.2.1\n"
	     HIT_B " b 192.0.2.2\n" HIT_C " unused-lifetime=604800 c\n");
	assert_int_equal(get(&peers, HIT_A)->unused_lifetime, 0);
	assert_int_equal(get(&peers, HIT_A)->n_locators, 1);
	assert_int_equal(get(&peers, HIT_B)->unused_lifetime, -1);
	assert_int_equal(get(&peers, HIT_C)->unused_lifetime, 604800);
	assert_int_equal(hip_peer_add(&peers, &hit, NULL, 0, NULL, 0,
				      HIP_PEER_COMMAND), 0);
	assert_int_equal(get(&peers, HIT_C)->unused_lifetime, -1);
	hip_peers_exit(&peers);
}

#define NAME "expected a name of letters, digits, '.', '-' and '_' with a " \
	"letter in it, or a locator"

static const struct {
	const char *text;
	const char *sentence;
} bad[] = {
	{ "alice 192.0.2.1\n",
	  "1: found 'alice', expected a HIT (2001:20::/28)" },
	{ "2001:db8::1 alice\n",
	  "1: found '2001:db8::1', expected a HIT (2001:20::/28)" },
	{ "\n" HIT_A "\n", "2: found a HIT alone, expected names and locators "
	  "after it" },
	{ HIT_A " a\n" HIT_A " b\n",
	  "2: found HIT " HIT_A " again, expected it once" },
	{ HIT_A " a\n" HIT_B " b A\n",
	  "2: found name 'A' again, expected it once" },
	{ HIT_A " a unused-lifetime=\n", "1: found 'unused-lifetime=', "
	  "expected a number from 0 to 604800" },
	{ HIT_A " a unused-lifetime=-1\n", "1: found 'unused-lifetime=-1', "
	  "expected a number from 0 to 604800" },
	{ HIT_A " a unused-lifetime=604801\n", "1: found "
	  "'unused-lifetime=604801', expected a number from 0 to 604800" },
	{ HIT_A " a unused-lifetime=1 unused-lifetime=1\n", "1: found "
	  "'unused-lifetime=1', expected it once" },
	{ HIT_A " a a\n", "1: found name 'a' again, expected it once" },
	{ HIT_A " a A\n", "1: found name 'A' again, expected it once" },
	{ HIT_A " 192.0.2.1 a\n", "1: found 'a', expected a locator" },
	{ HIT_A " a 192.0.2.256\n", "1: found '192.0.2.256', " NAME },
	{ HIT_A " a 2001:db8::g\n", "1: found '2001:db8::g', " NAME },
	{ HIT_A " a_ü\n", "1: found 'a_ü', " NAME },
	{ HIT_A " -a\n", "1: found '-a', " NAME },
	{ HIT_A " a ::\n", "1: found '::', expected a locator: a unicast "
	  "address that is no HIT" },
	{ HIT_A " a ff02::1\n", "1: found 'ff02::1', expected a locator: a "
	  "unicast address that is no HIT" },
	{ HIT_A " a 224.0.0.1\n", "1: found '224.0.0.1', expected a locator: "
	  "a unicast address that is no HIT" },
	{ HIT_A " a fe80::1\n", "1: found 'fe80::1', expected a locator: a "
	  "unicast address that is no HIT" },
	{ HIT_A " a 255.255.255.255\n", "1: found '255.255.255.255', expected "
	  "a locator: a unicast address that is no HIT" },
	{ HIT_A " a " HIT_B "\n", "1: found '" HIT_B "', expected a locator: "
	  "a unicast address that is no HIT" },
	{ HIT_A " a b c d e f g h i\n",
	  "1: found 'i', expected at most 8 names" },
	{ HIT_A " 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 "
	  "10.0.0.7 10.0.0.8 10.0.0.9 10.0.0.10 10.0.0.11 10.0.0.12 10.0.0.13 "
	  "10.0.0.14 10.0.0.15 10.0.0.16 10.0.0.17\n",
	  "1: found '10.0.0.17', expected at most 16 locators" },
};

static void test_bad_input(void **state)
{
	struct hip_peers peers = { NULL, NULL };
	char want[512], err[512];

	load(&peers, HIT_C " kept 192.0.2.1\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		write_octets(bad[i].text, strlen(bad[i].text));
		snprintf(want, sizeof(want), "%s:%s", file, bad[i].sentence);
		*err = '\0';
		assert_int_equal(hip_peers_load(&peers, file, err,
						sizeof(err)), -EINVAL);
		assert_string_equal(err, want);
		assert_int_equal(HASH_COUNT(peers.by_hit), 1);
		assert_non_null(hip_peer_by_name(&peers, "kept"));
	}
	write_octets(HIT_A " a\0b\n", strlen(HIT_A) + 5);
	assert_int_equal(hip_peers_load(&peers, file, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, ":1: found a NUL, expected text"));
	hip_peers_exit(&peers);
}

static void test_longest_name(void **state)
{
	char name[HIP_PEER_NAME_MAX + 2];

	memset(name, 'a', sizeof(name));
	name[HIP_PEER_NAME_MAX + 1] = '\0';
	assert_false(hip_peer_name_valid(name));
	name[HIP_PEER_NAME_MAX] = '\0';
	assert_true(hip_peer_name_valid(name));
}

static void test_missing_file(void **state)
{
	struct hip_peers peers = { NULL, NULL };
	char err[256] = "";

	assert_int_equal(hip_peers_load(&peers, "/nonexistent/hosts", err,
					sizeof(err)), 0);
	assert_null(peers.by_hit);
	assert_true(hip_peers_load(&peers, "/tmp", err, sizeof(err)) < 0);
	assert_memory_equal(err, "/tmp: ", 6);
}

static int add(struct hip_peers *peers, const char *hit, const char *name,
	       const char *locator)
{
	struct in6_addr h = addr(hit), l = addr(locator ?: "::");

	return hip_peer_add(peers, &h, &name, !!name, &l, !!locator,
			    HIP_PEER_COMMAND);
}

static void test_add_and_delete(void **state)
{
	struct hip_peers peers = { NULL, NULL };
	struct hip_peer *p;

	assert_int_equal(add(&peers, HIT_A, "alice", "192.0.2.1"), 0);
	assert_int_equal(add(&peers, HIT_B, "Alice", NULL), -EEXIST);
	assert_int_equal(add(&peers, HIT_B, "a b", NULL), -EINVAL);
	assert_int_equal(add(&peers, HIT_B, "192.0.2.1", NULL), -EINVAL);
	assert_int_equal(add(&peers, "2001:db8::1", "b", NULL), -EINVAL);
	assert_int_equal(add(&peers, HIT_B, "b", "ff02::1"), -EINVAL);
	assert_int_equal(HASH_COUNT(peers.by_hit), 1);

	/* Replaced: the old name is free again. */
	assert_int_equal(add(&peers, HIT_A, "anne", "192.0.2.2"), 0);
	assert_int_equal(HASH_COUNT(peers.by_hit), 1);
	assert_null(hip_peer_by_name(&peers, "alice"));
	assert_int_equal(add(&peers, HIT_B, "alice", NULL), 0);
	p = hip_peer_by_name(&peers, "alice");
	assert_non_null(p);
	hip_peer_del(&peers, p);
	assert_null(hip_peer_by_name(&peers, "alice"));
	assert_int_equal(HASH_COUNT(peers.by_hit), 1);
	hip_peers_exit(&peers);
}

static void test_reload_keeps_commands(void **state)
{
	struct hip_peers peers = { NULL, NULL };
	char err[256] = "", want[256];
	struct in6_addr v4 = addr("192.0.2.7");

	load(&peers, HIT_A " alice 192.0.2.1\n" HIT_B " bob 192.0.2.2\n");
	assert_int_equal(add(&peers, HIT_C, "carol", "192.0.2.3"), 0);
	assert_int_equal(add(&peers, HIT_A, "alice", "192.0.2.7"), 0);
	load(&peers, HIT_A " alice 192.0.2.1\n");
	assert_int_equal(HASH_COUNT(peers.by_hit), 2);
	assert_null(hip_peer_by_name(&peers, "bob"));
	assert_non_null(hip_peer_by_name(&peers, "carol"));
	assert_true(hip_addr_eq(&get(&peers, HIT_A)->locator[0], &v4));

	write_octets(HIT_B " carol\n", strlen(HIT_B) + 7);
	assert_true(hip_peers_load(&peers, file, err, sizeof(err)) < 0);
	snprintf(want, sizeof(want), "%s: name 'carol' belongs to a peer "
		 "added by command, delete that first", file);
	assert_string_equal(err, want);
	assert_null(get(&peers, HIT_B));
	hip_peers_exit(&peers);
}

static void test_many(void **state)
{
	struct hip_peers peers = { NULL, NULL };
	char err[256] = "";
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	for (int i = 0; i < 10000; i++)
		fprintf(f, "2001:22:%x::%x host%d 10.%d.%d.1\n", i + 1, i + 1,
			i, i / 256, i % 256);
	fclose(f);
	if (hip_peers_load(&peers, file, err, sizeof(err)))
		fail_msg("%s", err);
	assert_int_equal(HASH_COUNT(peers.by_hit), 10000);
	assert_non_null(hip_peer_by_name(&peers, "host9999"));
	hip_peers_exit(&peers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_unused),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_add_and_delete),
		cmocka_unit_test(test_reload_keeps_commands),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("peer", tests, setup, teardown);
}
