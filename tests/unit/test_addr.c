// SPDX-License-Identifier: GPL-2.0
/* Addresses: text both ways, families, order of HITs. */
#include <arpa/inet.h>
#include <errno.h>

#include "util.h"

static void test_text(void **state)
{
	static const struct {
		const char *in, *out;
		int family;
		size_t octets;
	} rows[] = {
		{ "192.0.2.7", "192.0.2.7", AF_INET, 4 },
		{ "::ffff:192.0.2.7", "192.0.2.7", AF_INET, 4 },
		{ "2001:db8::1", "2001:db8::1", AF_INET6, 16 },
		{ "2001:0022:F482:7b66:edea:73a8:1796:00b6",
		  "2001:22:f482:7b66:edea:73a8:1796:b6", AF_INET6, 16 },
		{ "::", "::", AF_INET6, 16 },
	};
	static const char *const bad[] = {
		"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "2001::1::2", "g::",
		"2001:db8::1%eth0", "2001:db8::1/64", " ::1", "host",
	};
	char buf[HIP_ADDRSTRLEN];
	struct in6_addr a;
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(hip_addr_parse(&a, rows[i].in), 0);
		assert_string_equal(hip_addr_str(&a, buf), rows[i].out);
		assert_int_equal(hip_addr_family(&a), rows[i].family);
		hip_addr_octets(&a, &len);
		assert_int_equal(len, rows[i].octets);
	}
	a = addr("::1");
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(hip_addr_parse(&a, bad[i]), -EINVAL);
	assert_string_equal(hip_addr_str(&a, buf), "::1");
}

static void test_kinds(void **state)
{
	static const struct {
		const char *text;
		bool hit, v4, zero;
	} rows[] = {
		{ "2001:20::", true, false, false },
		{ "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", true, false, false },
		{ "2001:1f:ffff::1", false, false, false },
		{ "2001:30::", false, false, false },
		{ "2001:120::", false, false, false },
		{ "2002:20::", false, false, false },
		{ "10.0.0.1", false, true, false },
		{ "0.0.0.0", false, true, false },
		{ "::", false, false, true },
		{ "::1", false, false, false },
	};
	struct in6_addr a;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		a = addr(rows[i].text);
		assert_int_equal(hip_addr_is_hit(&a), rows[i].hit);
		assert_int_equal(hip_addr_is_v4(&a), rows[i].v4);
		assert_int_equal(hip_addr_is_zero(&a), rows[i].zero);
	}
}

static void test_v4_octets(void **state)
{
	const uint8_t v4[4] = { 192, 0, 2, 7 };
	struct in6_addr a;
	size_t len;

	memset(&a, 0x5a, sizeof(a));
	hip_addr_from_v4(&a, v4);
	assert_hex(a.s6_addr, "00000000000000000000ffffc0000207");
	assert_memory_equal(hip_addr_octets(&a, &len), v4, 4);
	assert_int_equal(len, 4);
}

/* HITs compare as unsigned numbers: the top bit of an octet is no sign. */
static void test_order(void **state)
{
	struct in6_addr a = addr("2001:21:7fff::"), b = addr("2001:21:8000::");

	assert_true(hip_addr_cmp(&a, &b) < 0);
	assert_true(hip_addr_cmp(&b, &a) > 0);
	assert_int_equal(hip_addr_cmp(&a, &a), 0);
	assert_true(hip_addr_eq(&a, &a));
	assert_false(hip_addr_eq(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_v4_octets),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
