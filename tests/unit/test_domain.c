// SPDX-License-Identifier: GPL-2.0
/*
 * Domain Identifiers: names to octets and back, and what peers may send that
 * nobody wants on a terminal.
 */
#include <stdlib.h>

#include "domain.h"
#include "util.h"
#include "wire.h"

#define L63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"

/* HOST_ID with a HI of four octets and this DI; its text, or NULL. */
static const char *shown(unsigned int type, const void *di, size_t len)
{
	static char text[HIP_DOMAIN_TEXT];
	uint8_t *tlv = calloc(1, 14 + len + 7);	/* so that ASan sees its end */
	const char *out;

	assert_non_null(tlv);
	hip_put16(tlv, HIP_PARAM_HOST_ID);
	hip_put16(tlv + 2, (uint16_t)(10 + len));
	hip_put16(tlv + 4, 4);
	hip_put16(tlv + 6, (uint16_t)(type << 12 | len));
	memcpy(tlv + 14, di, len);
	memset(text, '#', sizeof(text));
	out = hip_domain_of(tlv, 14 + len, text);
	free(tlv);
	return out;
}

static void round_trip(const char *name, unsigned int want, const char *hex)
{
	uint8_t octets[HIP_DOMAIN_MAX];
	enum hip_domain_type type;
	size_t len;

	len = hip_domain_encode(name, octets, &type);
	assert_int_equal(len, strlen(hex) / 2);
	assert_hex(octets, hex);
	assert_int_equal(type, want);
	assert_string_equal(shown(type, octets, len), name);
}

static void test_names(void **state)
{
	uint8_t octets[HIP_DOMAIN_MAX];
	enum hip_domain_type type;

	round_trip("host", HIP_DOMAIN_FQDN, "04686f737400");
	round_trip("a.example.org", HIP_DOMAIN_FQDN,
		   "0161076578616d706c65036f726700");
	round_trip("joe.x+y@example.org", HIP_DOMAIN_NAI,
		   "6a6f652e782b79406578616d706c652e6f7267");
	/* the last dot is the root's and goes without saying */
	assert_int_equal(hip_domain_encode("a.b.", octets, &type), 5);
	assert_hex(octets, "0161016200");
}

static void test_no_names(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", "a..b", ".a", "a b", "a/b", "a\n", "ä.org",
		"x" L63, "@", "a@", "@b", "a@b@c", "a b@c", "a@b..c",
		L63 "." L63 "." L63 "." L63,
	};
	uint8_t octets[HIP_DOMAIN_MAX];
	enum hip_domain_type type;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(hip_domain_encode(bad[i], octets, &type), 0);
	/* 3 * 64 + 62 + 1 = 255 octets just fit */
	assert_int_equal(hip_domain_encode(L63 "." L63 "." L63 "."
					   "abcdefghijklmnopqrstuvwxyz01234567"
					   "89abcdefghijklmnopqrstuvwxy",
					   octets, &type), 255);
}

static void test_hostile(void **state)
{
	static const struct {
		unsigned int type;
		const char *di;
		size_t len;
	} rows[] = {
		{ 0, "", 0 },
		{ 1, "", 0 },
		{ 1, "\0", 1 },
		{ 1, "\4host", 5 },		/* no end */
		{ 1, "\4host\0x", 7 },		/* more behind it */
		{ 1, "\5host\0", 6 },		/* a label too long */
		{ 1, "\xc0\x0c", 2 },		/* compression */
		{ 1, "\4h\33[m\0", 6 },		/* a terminal's commands */
		{ 1, "\3a.b\0", 5 },		/* a dot in a label */
		{ 2, "a@b\0c", 5 },
		{ 2, "nobody", 6 },
		{ 2, "a@\33[2J", 6 },
		{ 3, "\4host\0", 6 },		/* no such type */
	};
	char text[HIP_DOMAIN_TEXT];
	uint8_t tlv[17] = { [14] = 1, 'a', 0 };
	char large[600];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_null(shown(rows[i].type, rows[i].di, rows[i].len));
	memset(large, 'a', sizeof(large));
	large[1] = '@';
	assert_null(shown(2, large, sizeof(large)));
	for (i = 0; i < sizeof(large); i += 2)
		memcpy(large + i, "\1a", 2);
	assert_null(shown(1, large, sizeof(large)));
	/* lengths that lie */
	hip_put16(tlv + 4, 4);
	hip_put16(tlv + 6, 1 << 12 | 3);
	assert_string_equal(hip_domain_of(tlv, 17, text), "a");
	assert_null(hip_domain_of(tlv, 16, text));
	assert_null(hip_domain_of(tlv, 9, text));
	assert_null(hip_domain_of(tlv, 0, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
