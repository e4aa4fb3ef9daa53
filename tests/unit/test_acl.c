// SPDX-License-Identifier: GPL-2.0
/*
 * The file of access rules: what each condition matches, which rule decides,
 * and the exact sentence for each mistake.
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

#include "acl.h"
#include "addr.h"
#include "peer.h"

#define RSA "2001:21:1:2:3:4:5:6"
#define ECDSA "2001:22:1:2:3:4:5:6"
#define LOW "2001:23:1:2:3:4:5:6"

static char file[] = "/tmp/hip-test-acl-XXXXXX";
static struct hip_peers peers;

static struct in6_addr addr(const char *text)
{
	struct in6_addr a;

	assert_int_equal(hip_addr_parse(&a, text), 0);
	return a;
}

static int setup(void **state)
{
	const char *name = "bob";
	struct in6_addr hit = addr(ECDSA);
	int fd = mkstemp(file);

	if (fd < 0)
		return -1;
	close(fd);
	return hip_peer_add(&peers, &hit, &name, 1, NULL, 0, HIP_PEER_COMMAND);
}

static void write_octets(const char *text, size_t len)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void load(struct hip_acl *acl, const char *text)
{
	char err[512] = "";

	write_octets(text, strlen(text));
	if (hip_acl_load(acl, file, &peers, err, sizeof(err)))
		fail_msg("%s", err);
}

/* The line of the rule that decides, 0 for none. */
static unsigned int line(const struct hip_acl *acl, const char *hit,
			 const char *from, bool known, int anonymous)
{
	struct in6_addr h = addr(hit), f = addr(from ?: "::");
	const struct hip_acl_query q = { &h, from ? &f : NULL, known,
					 anonymous };
	const struct hip_acl_rule *rule = hip_acl_find(acl, &q);

	return rule ? rule->line : 0;
}

static void test_conditions(void **state)
{
	struct hip_acl acl = { 0 };

	load(&acl, "# who\n\nallow known suite rsa # both\n"
	     "deny\tfrom 203.0.113.128/25\r\nallow hit 2001:23::/44\n"
	     "deny from 2001:db8::/33\nallow anonymous\nallow peer BOB\n");
	assert_int_equal(acl.n, 6);
	assert_string_equal(acl.rule[0].text, "allow known suite rsa");
	assert_string_equal(acl.rule[1].text, "deny from 203.0.113.128/25");
	assert_int_equal(line(&acl, RSA, NULL, true, HIP_ACL_NAMED), 3);
	assert_int_equal(line(&acl, RSA, NULL, false, HIP_ACL_NAMED), 0);
	assert_int_equal(line(&acl, LOW, "203.0.113.129", true, 0), 4);
	assert_int_equal(line(&acl, LOW, "203.0.113.127", true, 0), 5);
	assert_int_equal(line(&acl, "2001:23:f::1", NULL, true, 0), 5);
	assert_int_equal(line(&acl, "2001:23:10::1", NULL, true, 0), 0);
	assert_int_equal(line(&acl, RSA, "2001:db8:7fff::1", false, 0), 6);
	assert_int_equal(line(&acl, RSA, "2001:db8:8000::1", false, 0), 0);
	assert_int_equal(line(&acl, RSA, NULL, false, HIP_ACL_ANONYMOUS), 7);
	assert_int_equal(line(&acl, RSA, NULL, false, HIP_ACL_UNTOLD), 7);
	assert_int_equal(line(&acl, ECDSA, NULL, true, 0), 8);
	assert_int_equal(line(&acl, "2001:22:1:2:3:4:5:7", NULL, true, 0), 0);
	/* without a locator no rule about locators matches */
	load(&acl, "deny from 0.0.0.0/0\nallow any\n");
	assert_int_equal(line(&acl, RSA, "10.0.0.1", false, 0), 1);
	assert_int_equal(line(&acl, RSA, "2001:db8::1", false, 0), 2);
	assert_int_equal(line(&acl, RSA, NULL, false, 0), 2);
	hip_acl_exit(&acl);
}

/* As many as there may be, and one more. */
static void test_most(void **state)
{
	static char text[(HIP_ACL_RULES + 1) * 11];
	struct hip_acl acl = { 0 };
	char err[512] = "";
	size_t i;

	for (i = 0; i <= HIP_ACL_RULES; i++)
		memcpy(text + i * 11, "deny known\n", 11);
	write_octets(text, HIP_ACL_RULES * 11);
	assert_int_equal(hip_acl_load(&acl, file, &peers, err, sizeof(err)),
			 0);
	assert_int_equal(acl.n, HIP_ACL_RULES);
	write_octets(text, sizeof(text));
	assert_int_equal(hip_acl_load(&acl, file, &peers, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, ":4097: found another rule, expected at "
			       "most 4096"));
	assert_int_equal(acl.n, HIP_ACL_RULES);
	hip_acl_exit(&acl);
}

/* A reload keeps what rules have counted, wherever they stand now. */
static void test_counters(void **state)
{
	struct hip_acl acl = { 0 };

	load(&acl, "allow known\ndeny suite rsa\nallow any\n");
	acl.rule[0].hits = 1;
	acl.rule[1].hits = 2;
	acl.rule[2].hits = 3;
	load(&acl, "deny from 10.0.0.0/8\nallow  known\nallow any\n");
	assert_int_equal(acl.rule[0].hits, 0);
	assert_int_equal(acl.rule[1].hits, 1);
	assert_int_equal(acl.rule[2].hits, 3);
	/* each rule its own, also of two that say the same */
	load(&acl, "deny known\nallow suite rsa\ndeny known\n");
	acl.rule[0].hits = 5;
	acl.hits = 7;
	load(&acl, "deny known\nallow suite rsa\ndeny known\n");
	assert_int_equal(acl.rule[0].hits, 5);
	assert_int_equal(acl.rule[2].hits, 0);
	assert_int_equal(acl.hits, 7);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(hip_acl_load(&acl, file, &peers, NULL, 0), 0);
	assert_int_equal(acl.n, 0);
	hip_acl_exit(&acl);
	hip_peers_exit(&peers);
}

#define CONDITIONS "expected 'any', 'known', 'anonymous', 'peer NAME', " \
	"'hit HIT[/BITS]', 'suite NAME' or 'from ADDRESS[/BITS]'"
#define HIT_WANTED "expected a HIT (2001:20::/28) or a prefix of one, HIT/BITS"
#define FROM "expected a locator or a prefix of locators, ADDRESS/BITS"

static const struct {
	const char *text;
	const char *sentence;
} bad[] = {
	{ "permit any\n", "1: found 'permit', expected 'allow' or 'deny'" },
	{ "\nallow\n", "2: found 'allow' alone, " CONDITIONS },
	{ "allow everybody\n", "1: found 'everybody', " CONDITIONS },
	{ "allow any known\n", "1: found 'known' after 'any', expected no more" },
	{ "allow known any\n", "1: found 'any', " CONDITIONS },
	{ "allow known known\n", "1: found 'known' again, expected it once" },
	{ "allow hit\n", "1: hit: found nothing after it, " CONDITIONS },
	{ "allow hit 2001:db8::1\n", "1: hit: found '2001:db8::1', " HIT_WANTED },
	{ "allow hit 2001:21::1/64\n",
	  "1: hit: found '2001:21::1/64', " HIT_WANTED },
	{ "allow hit 2001:20::/27\n",
	  "1: hit: found '2001:20::/27', " HIT_WANTED },
	{ "allow hit 2001:21::/129\n",
	  "1: hit: found '2001:21::/129', " HIT_WANTED },
	{ "allow hit " RSA " peer bob\n",
	  "1: found 'hit' and 'peer', expected one of them" },
	{ "allow peer alice\n",
	  "1: peer: found 'alice', expected a name of the hosts file" },
	{ "allow from 10.0.0.0/33\n", "1: from: found '10.0.0.0/33', " FROM },
	{ "allow from 10.0.0.1/8\n", "1: from: found '10.0.0.1/8', " FROM },
	{ "allow from 10.0.0.0/\n", "1: from: found '10.0.0.0/', " FROM },
	{ "allow from 10.0.0.0/-1\n", "1: from: found '10.0.0.0/-1', " FROM },
	{ "allow from ::/0\n", "1: from: found '::/0', " FROM },
	{ "allow from " RSA "\n", "1: from: found '" RSA "', " FROM },
	{ "allow suite dsa\n", "1: suite: found 'dsa', expected 'rsa', 'ecdsa', "
	  "'ecdsa-low' or 'eddsa'" },
};

static void test_bad_input(void **state)
{
	char want[512], err[512], longest[400];
	struct hip_acl acl = { 0 };

	load(&acl, "deny any\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		write_octets(bad[i].text, strlen(bad[i].text));
		snprintf(want, sizeof(want), "%s:%s", file, bad[i].sentence);
		*err = '\0';
		assert_int_equal(hip_acl_load(&acl, file, &peers, err,
					      sizeof(err)), -EINVAL);
		assert_string_equal(err, want);
		assert_int_equal(acl.n, 1);
		assert_string_equal(acl.rule[0].text, "deny any");
	}
	write_octets("allow any\0\n", 11);
	assert_int_equal(hip_acl_load(&acl, file, &peers, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, ":1: found a NUL, expected text"));
	memset(longest, 'x', sizeof(longest));
	write_octets(longest, sizeof(longest));
	assert_int_equal(hip_acl_load(&acl, file, &peers, err, sizeof(err)),
			 -EINVAL);
	assert_true(hip_acl_load(&acl, "/tmp", &peers, err, sizeof(err)) < 0);
	assert_memory_equal(err, "/tmp: ", 6);
	hip_acl_exit(&acl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_most),
		cmocka_unit_test(test_counters),
	};

	/* the last test removes the file itself */
	if (setup(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
