// SPDX-License-Identifier: GPL-2.0
/*
 * The codec: vectors, every error and the values beside each boundary,
 * truncation at every length, random damage. Packets are parsed from a copy
 * of exactly their length, so that AddressSanitizer sees an octet too far.
 */
#include <errno.h>

#include "util.h"
#include "wire.h"

static struct in6_addr src6, dst6, hit_i, hit_r;

static int setup(void **state)
{
	src6 = addr("2001:db8::1");
	dst6 = addr("2001:db8::2");
	hit_i = addr("2001:21::1");
	hit_r = addr("2001:21::2");
	return 0;
}

static enum hip_wire_error parse(struct hip_packet *p, const uint8_t *buf,
				 size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum hip_wire_error err;
	size_t i;

	memcpy(copy, buf, len);
	err = hip_wire_parse(p, copy, len, &src6, &dst6);
	for (i = 0; !err && i < p->n_params; i++) {
		const struct hip_param *t = &p->param[i];

		assert_ptr_equal(t->data, copy + t->off + 4);
		assert_true((size_t)t->off + 4 + t->len <= p->len);
		assert_true((size_t)t->off + t->total <= p->len);
		assert_true(!i || t->type >= t[-1].type);
	}
	free(copy);
	return err;
}

/* Sets length and checksum as they should be, whatever stands inside. */
static void seal(uint8_t *buf, size_t len)
{
	buf[1] = (uint8_t)(len / 8 - 1);
	hip_build_checksum(buf, len, &src6, &dst6);
}

static size_t finish(struct hip_builder *b)
{
	assert_int_equal(hip_build_end(b), 0);
	seal(b->buf, b->len);
	return b->len;
}

static void start(struct hip_builder *b, enum hip_packet_type type)
{
	hip_build_start(b, type, 0, &hit_i, &hit_r);
}

/* ---- vectors ---- */

static void check_i1(const char *from, const char *to, const char *want)
{
	struct in6_addr src = addr(from), dst = addr(to);
	struct in6_addr s = addr("2001:20::1"), r = addr("2001:20::2");
	const uint8_t groups[] = { 3, 4, 8 };
	const struct hip_param *list;
	struct hip_builder b;
	struct hip_packet p;

	hip_build_start(&b, HIP_I1, 0, &s, &r);
	hip_build_u8s(&b, HIP_PARAM_DH_GROUP_LIST, groups, sizeof(groups));
	assert_int_equal(hip_build_end(&b), 0);
	hip_build_checksum(b.buf, b.len, &src, &dst);
	assert_int_equal(b.len, 48);
	assert_hex(b.buf, want);

	assert_int_equal(hip_wire_parse(&p, b.buf, b.len, &src, &dst), 0);
	assert_int_equal(p.type, HIP_I1);
	assert_int_equal(p.len, 48);
	assert_true(hip_addr_eq(&p.sender, &s) && hip_addr_eq(&p.receiver, &r));
	list = hip_packet_get(&p, HIP_PARAM_DH_GROUP_LIST);
	assert_non_null(list);
	assert_int_equal(list->len, 3);
	assert_memory_equal(list->data, groups, 3);
	assert_null(hip_packet_next(&p, list));
	assert_null(hip_packet_get(&p, HIP_PARAM_SEQ));
}

/* RFC 7401 appendix C. */
static void test_i1(void **state)
{
	check_i1("2001:db8::1", "2001:db8::2",
		 "3b0501211a5e0000200100200000000000000000000000012001002000000000"
		 "000000000000000201ff000303040800");
	check_i1("192.0.2.1", "192.0.2.2",
		 "3b050121f1ce0000200100200000000000000000000000012001002000000000"
		 "000000000000000201ff000303040800");
}

static void check_tlv(uint16_t type, const char *contents, const char *want)
{
	uint8_t data[256];
	size_t len = unhex(data, contents);
	struct hip_builder b;
	struct hip_packet p;

	start(&b, HIP_UPDATE);
	hip_build_copy(&b, type, data, len);
	assert_int_equal(2 * (finish(&b) - HIP_HDR_LEN), strlen(want));
	assert_hex(b.buf + HIP_HDR_LEN, want);
	assert_int_equal(parse(&p, b.buf, b.len), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 1);
	assert_int_equal(p.param[0].type, type);
	assert_int_equal(p.param[0].len, len);
	assert_int_equal(p.param[0].total, b.len - HIP_HDR_LEN);
}

static void test_tlvs(void **state)
{
	const uint16_t suites[] = { 0, 9, 8, 13 };
	struct hip_builder b;

	check_tlv(HIP_PARAM_ESP_INFO, "000000600000000012345678",
		  "0041000c000000600000000012345678");
	check_tlv(HIP_PARAM_ESP_TRANSFORM, "000000090008000d",
		  "0fff0008000000090008000d00000000");
	check_tlv(HIP_PARAM_LOCATOR_SET,
		  "0001050100000e101234567800000000000000000000ffffc0000207",
		  "00c1001c0001050100000e101234567800000000000000000000ffff"
		  "c0000207");
	check_tlv(HIP_PARAM_REG_INFO, "5b9f01cbcd",
		  "03a200055b9f01cbcd00000000000000");

	start(&b, HIP_UPDATE);
	hip_build_u16s(&b, HIP_PARAM_ESP_TRANSFORM, suites, 4);
	finish(&b);
	assert_hex(b.buf + HIP_HDR_LEN, "0fff0008000000090008000d00000000");
}

/* Whatever the padding holds, the parameter is the same. */
static void test_padding(void **state)
{
	static const uint8_t groups[] = { 3, 4, 8 };
	struct hip_builder b;
	struct hip_packet p;

	start(&b, HIP_I1);
	hip_build_u8s(&b, HIP_PARAM_DH_GROUP_LIST, groups, sizeof(groups));
	finish(&b);
	b.buf[b.len - 1] = 0x5a;
	seal(b.buf, b.len);
	assert_int_equal(parse(&p, b.buf, b.len), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 1);
	assert_int_equal(p.param[0].len, 3);
}

static void test_checksum(void **state)
{
	uint8_t buf[HIP_MAX_PACKET];
	uint64_t s = seed();
	struct hip_builder t;
	struct hip_packet p;
	uint16_t a, b;
	size_t i, bit;

	/* What stands in the field does not count. */
	memset(buf, 0x5a, sizeof(buf));
	a = hip_wire_checksum(buf, 48, &src6, &dst6);
	buf[4] = buf[5] = 0xff;
	b = hip_wire_checksum(buf, 48, &src6, &dst6);
	assert_int_equal(a, b);

	/* One flipped bit anywhere is found, in the locators too. */
	for (i = 0; i < 400; i++) {
		start(&t, HIP_UPDATE);
		hip_build_param(&t, HIP_PARAM_SEQ, 4);
		finish(&t);
		bit = rnd(&s) % (8 * t.len);
		if (bit / 8 == 1 || bit / 8 == 3)	/* length, version */
			continue;
		t.buf[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		assert_int_equal(parse(&p, t.buf, t.len), HIP_WIRE_CHECKSUM);
	}
	start(&t, HIP_UPDATE);
	finish(&t);
	src6.s6_addr[15] ^= 4;
	assert_int_equal(parse(&p, t.buf, t.len), HIP_WIRE_CHECKSUM);
}

/* ---- what must be refused, and what just not ---- */

static void test_header(void **state)
{
	static const struct {
		size_t off;
		uint8_t value;
		enum hip_wire_error want;
	} rows[] = {
		{ 0, 59, HIP_WIRE_OK },
		{ 0, 6, HIP_WIRE_OK },		/* a payload is ignored */
		{ 2, 0, HIP_WIRE_TYPE },
		{ 2, 1, HIP_WIRE_OK },
		{ 2, 4, HIP_WIRE_OK },
		{ 2, 5, HIP_WIRE_TYPE },
		{ 2, 15, HIP_WIRE_TYPE },
		{ 2, 19, HIP_WIRE_OK },
		{ 2, 20, HIP_WIRE_TYPE },
		{ 2, 32, HIP_WIRE_TYPE },
		{ 2, 127, HIP_WIRE_TYPE },
		{ 2, 0x80 | 1, HIP_WIRE_OK },	/* fixed bit */
		{ 3, 0x21, HIP_WIRE_OK },
		{ 3, 0x20, HIP_WIRE_OK },	/* fixed bit */
		{ 3, 0x2f, HIP_WIRE_OK },	/* reserved bits */
		{ 3, 0x11, HIP_WIRE_VERSION },
		{ 3, 0x31, HIP_WIRE_VERSION },
		{ 3, 0x01, HIP_WIRE_VERSION },
		{ 6, 0xff, HIP_WIRE_OK },	/* unknown controls */
		{ 7, 0xff, HIP_WIRE_OK },
	};
	struct hip_builder b;
	struct hip_packet p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		start(&b, HIP_UPDATE);
		hip_build_param(&b, HIP_PARAM_SEQ, 4);
		finish(&b);
		b.buf[rows[i].off] = rows[i].value;
		seal(b.buf, b.len);
		assert_int_equal(parse(&p, b.buf, b.len), rows[i].want);
		if (rows[i].want == HIP_WIRE_OK) {
			assert_int_equal(p.type, b.buf[2] & 0x7f);
			assert_int_equal(p.controls, hip_get16(b.buf + 6));
		}
	}
}

static void test_length(void **state)
{
	uint8_t buf[HIP_MAX_PACKET + 16] = { 0 };
	struct hip_builder b;
	struct hip_packet p;
	size_t len;

	start(&b, HIP_UPDATE);
	hip_build_param(&b, HIP_PARAM_SEQ, 4);
	len = finish(&b);
	memcpy(buf, b.buf, len);
	assert_int_equal(parse(&p, buf, 0), HIP_WIRE_SHORT);
	assert_int_equal(parse(&p, buf, HIP_HDR_LEN - 1), HIP_WIRE_SHORT);
	assert_int_equal(parse(&p, buf, len - 1), HIP_WIRE_SHORT);
	assert_int_equal(parse(&p, buf, len), HIP_WIRE_OK);
	/* More octets than the header says: ignored. */
	assert_int_equal(parse(&p, buf, len + 7), HIP_WIRE_OK);
	assert_int_equal(p.len, len);

	buf[1] = 3;			/* less than a header */
	hip_build_checksum(buf, 32, &src6, &dst6);
	assert_int_equal(parse(&p, buf, len), HIP_WIRE_SHORT);
	seal(buf, HIP_HDR_LEN);
	assert_int_equal(parse(&p, buf, len), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 0);

	/* The longest there is. */
	start(&b, HIP_UPDATE);
	hip_build_param(&b, HIP_PARAM_LOCATOR_SET,
			HIP_MAX_PACKET - HIP_HDR_LEN - 4);
	assert_int_equal(finish(&b), HIP_MAX_PACKET);
	assert_int_equal(b.buf[1], 255);
	assert_int_equal(parse(&p, b.buf, b.len), HIP_WIRE_OK);
	assert_int_equal(parse(&p, b.buf, b.len - 1), HIP_WIRE_SHORT);
}

/* One parameter as it comes, with lies in its length field if wanted. */
static enum hip_wire_error one(struct hip_packet *p, uint16_t type,
			       uint16_t claimed, size_t real)
{
	struct hip_builder b;

	start(&b, HIP_UPDATE);
	hip_build_param(&b, type, real);
	hip_put16(b.buf + HIP_HDR_LEN + 2, claimed);
	finish(&b);
	return parse(p, b.buf, b.len);
}

static void test_param_length(void **state)
{
	struct hip_packet p;

	assert_int_equal(one(&p, HIP_PARAM_CERT, 4, 4), HIP_WIRE_OK);
	assert_int_equal(one(&p, HIP_PARAM_CERT, 12, 4),
			 HIP_WIRE_PARAM_LENGTH);
	assert_int_equal(p.culprit, HIP_PARAM_CERT);
	assert_int_equal(one(&p, HIP_PARAM_CERT, 13, 12),
			 HIP_WIRE_PARAM_LENGTH);
	assert_int_equal(one(&p, HIP_PARAM_CERT, 0xffff, 12),
			 HIP_WIRE_PARAM_LENGTH);
	assert_int_equal(one(&p, HIP_PARAM_CERT, 0xfff9, 12),
			 HIP_WIRE_PARAM_LENGTH);
	/* An unknown one is ignored only as long as it lies within. */
	assert_int_equal(one(&p, 40002, 12, 12), HIP_WIRE_OK);
	assert_int_equal(one(&p, 40002, 13, 12), HIP_WIRE_PARAM_LENGTH);
}

/* The lengths of RFC 7401 section 5.2, written down once more. */
static void test_param_size(void **state)
{
	static const struct {
		uint16_t type;
		uint16_t good[4], bad[4];	/* 0xffff = none */
	} rows[] = {
#define NONE 0xffff
		{ 65, { 12, NONE }, { 0, 11, 13, 16 } },
		{ 129, { 12, NONE }, { 0, 11, 13, NONE } },
		{ 193, { 0, 24, 28, 36 }, { 1, 23, 25, NONE } },
		{ 257, { 24, 36, 52, NONE }, { 12, 23, 35, 56 } },
		{ 321, { 44, 68, 100, NONE }, { 20, 43, 67, 104 } },
		{ 385, { 4, NONE }, { 0, 3, 5, 8 } },
		{ 449, { 4, 8, 400, NONE }, { 0, 3, 5, 7 } },
		{ 511, { 1, 2, 250, NONE }, { 0, NONE } },
		{ 513, { 4, 67, 387, NONE }, { 0, 3, NONE } },
		{ 579, { 2, 4, 12, 40 }, { 0, 1, 3, 13 } },
		{ 608, { 4, 6, NONE }, { 0, 2, 3, 5 } },
		{ 610, { 4, NONE }, { 0, 3, 5, NONE } },
		{ 641, { 12, 36, 164, NONE }, { 0, 4, 11, 37 } },
		{ 705, { 7, 73, 266, NONE }, { 0, 6, NONE } },
		{ 715, { 1, 3, NONE }, { 0, NONE } },
		{ 768, { 4, 500, NONE }, { 0, 3, NONE } },
		{ 832, { 4, 5, 300, NONE }, { 0, 3, NONE } },
		{ 897, { 0, 1, 16, 300 }, { NONE } },
		{ 930, { 2, 3, NONE }, { 0, 1, NONE } },
		{ 932, { 1, 4, NONE }, { 0, NONE } },
		{ 934, { 1, 4, NONE }, { 0, NONE } },
		{ 936, { 1, 4, NONE }, { 0, NONE } },
		{ 950, { 20, NONE }, { 19, 21, NONE } },
		{ 961, { 0, 1, 16, 300 }, { NONE } },
		{ 2049, { 2, 4, NONE }, { 0, 1, 3, NONE } },
		{ 4095, { 4, 6, 14, 30 }, { 0, 2, 3, 5 } },
		{ 61505, { 20, 32, 48, NONE }, { 0, 19, 31, 52 } },
		{ 61569, { 20, 32, 48, NONE }, { 0, 19, 31, 52 } },
		{ 61633, { 3, 66, 258, 514 }, { 0, 2, NONE } },
		{ 61697, { 3, 66, 258, 514 }, { 0, 2, NONE } },
		{ 63425, { 0, 1, 300, NONE }, { NONE } },
		{ 63661, { 0, 1, 300, NONE }, { NONE } },
		{ 63998, { 20, NONE }, { 0, 19, 21, NONE } },
		{ 64002, { 20, NONE }, { 0, 19, 21, NONE } },
		{ 65498, { 16, NONE }, { 0, 15, 17, 32 } },
		{ 65500, { 20, 32, 48, NONE }, { 0, 19, 31, 52 } },
		{ 65502, { 16, 32, NONE }, { 0, 15, 17, NONE } },
		{ 65520, { 20, 32, 48, NONE }, { 0, 19, 31, 52 } },
	};
	struct hip_packet p;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_not_equal(hip_wire_param_name(rows[i].type),
					"unknown");
		for (k = 0; k < 4 && rows[i].good[k] != NONE; k++)
			assert_int_equal(one(&p, rows[i].type, rows[i].good[k],
					     rows[i].good[k]), HIP_WIRE_OK);
		for (k = 0; k < 4 && rows[i].bad[k] != NONE; k++) {
			assert_int_equal(one(&p, rows[i].type, rows[i].bad[k],
					     rows[i].bad[k]),
					 HIP_WIRE_PARAM_SIZE);
			assert_int_equal(p.culprit, rows[i].type);
		}
	}
}

/* Two of each; only these may occur again. */
static void test_repeated(void **state)
{
	static const uint16_t may[] = {
		768, 832, 932, 934, 936, 63425, 63661, 65498, 65502,
	};
	static const struct {
		uint16_t type, len;
	} rows[] = {
		{ 65, 12 }, { 129, 12 }, { 193, 24 }, { 257, 36 },
		{ 321, 68 }, { 385, 4 }, { 449, 4 }, { 511, 1 }, { 513, 67 },
		{ 579, 2 }, { 641, 36 }, { 705, 73 }, { 715, 1 }, { 897, 16 },
		{ 961, 16 }, { 2049, 2 }, { 4095, 4 }, { 61505, 32 },
		{ 61569, 32 }, { 61633, 66 }, { 61697, 66 }, { 768, 8 },
		{ 832, 4 }, { 932, 2 }, { 934, 2 }, { 936, 2 },
		{ 63425, 4 }, { 63661, 4 }, { 65498, 16 }, { 65502, 16 },
	};
	const struct hip_param *first;
	struct hip_builder b;
	struct hip_packet p;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool again = false;

		for (k = 0; k < ARRAY_SIZE(may); k++)
			again |= rows[i].type == may[k];
		start(&b, HIP_UPDATE);
		hip_build_param(&b, rows[i].type, rows[i].len);
		hip_build_param(&b, rows[i].type, rows[i].len);
		finish(&b);
		assert_int_equal(parse(&p, b.buf, b.len), again ? HIP_WIRE_OK :
				 HIP_WIRE_PARAM_REPEATED);
		if (!again)
			continue;
		first = hip_packet_get(&p, rows[i].type);
		assert_ptr_equal(hip_packet_next(&p, first), first + 1);
		assert_null(hip_packet_next(&p, first + 1));
	}
}

static void test_order(void **state)
{
	static const struct {
		uint16_t type[3];
		enum hip_wire_error want;
	} rows[] = {
		{ { 385, 449, 897 }, HIP_WIRE_OK },
		{ { 449, 385, 897 }, HIP_WIRE_PARAM_ORDER },
		{ { 449, 897, 385 }, HIP_WIRE_PARAM_ORDER },
		/* equal types that are not adjacent */
		{ { 832, 834, 832 }, HIP_WIRE_PARAM_ORDER },
		/* unknown ones count for the order, too */
		{ { 385, 386, 449 }, HIP_WIRE_OK },
		{ { 386, 385, 449 }, HIP_WIRE_PARAM_ORDER },
		{ { 386, 386, 449 }, HIP_WIRE_OK },
		/* the first wrong thing counts */
		{ { 449, 387, 897 }, HIP_WIRE_PARAM_ORDER },
	};
	struct hip_builder b;
	struct hip_packet p;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		start(&b, HIP_UPDATE);
		for (k = 0; k < 3; k++) {
			b.last = 0;
			hip_build_param(&b, rows[i].type[k], 4);
		}
		finish(&b);
		assert_int_equal(parse(&p, b.buf, b.len), rows[i].want);
	}
}

static void test_critical(void **state)
{
	/* 577: HIP_TRANSFORM of version 1; 4481: SEQ_DATA of RFC 6078 */
	static const uint16_t odd[] = { 1, 67, 577, 4481, 40001, 65535 };
	static const uint16_t even[] = { 0, 2, 128, 4580, 40122, 65534 };
	struct hip_packet p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		assert_int_equal(one(&p, odd[i], 4, 4), HIP_WIRE_CRITICAL);
		assert_int_equal(p.culprit, odd[i]);
		assert_string_equal(hip_wire_param_name(odd[i]), "unknown");
	}
	for (i = 0; i < ARRAY_SIZE(even); i++) {
		assert_int_equal(one(&p, even[i], 4, 4), HIP_WIRE_OK);
		assert_int_equal(p.n_params, 0);
		assert_null(hip_packet_get(&p, even[i]));
	}
}

/* The most parameters that fit. */
static void test_many(void **state)
{
	struct hip_builder b;
	struct hip_packet p;
	int i;

	start(&b, HIP_NOTIFY);
	for (i = 0; i < HIP_MAX_PARAMS; i++)
		hip_build_param(&b, HIP_PARAM_ECHO_REQUEST_UNSIGNED, 0);
	assert_int_equal(finish(&b), HIP_MAX_PACKET);
	assert_int_equal(parse(&p, b.buf, b.len), HIP_WIRE_OK);
	assert_int_equal(p.n_params, HIP_MAX_PARAMS);
}

static void test_names(void **state)
{
	int i;

	assert_string_equal(hip_wire_type_name(HIP_CLOSE_ACK), "CLOSE_ACK");
	assert_string_equal(hip_wire_type_name(5), "unknown");
	assert_string_equal(hip_wire_type_name(255), "unknown");
	assert_string_equal(hip_wire_param_name(705), "HOST_ID");
	for (i = HIP_WIRE_OK; i <= HIP_WIRE_CRITICAL; i++)
		assert_non_null(hip_wire_strerror((enum hip_wire_error)i));
	assert_string_equal(hip_wire_strerror(99), "unknown error");
}

/* ---- damage ---- */

/* An I2 with everything in it. */
static size_t big_packet(struct hip_builder *b)
{
	static const struct {
		uint16_t type, len;
	} rows[] = {
		{ 65, 12 }, { 129, 12 }, { 193, 28 }, { 321, 100 },
		{ 513, 67 }, { 579, 2 }, { 641, 132 }, { 768, 40 },
		{ 832, 6 }, { 932, 3 }, { 961, 16 }, { 2049, 2 },
		{ 4095, 4 }, { 40122, 9 }, { 61505, 48 }, { 61697, 98 },
		{ 63425, 5 }, { 63425, 0 }, { 65502, 32 },
	};
	uint8_t *data;
	size_t i, k;

	start(b, HIP_I2);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		data = hip_build_param(b, rows[i].type, rows[i].len);
		for (k = 0; k < rows[i].len; k++)
			data[k] = (uint8_t)(i + k);
	}
	return finish(b);
}

static void test_truncated(void **state)
{
	struct hip_builder b;
	struct hip_packet p;
	size_t len, cut, whole = 0;

	len = big_packet(&b);
	assert_int_equal(parse(&p, b.buf, len), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 18);
	for (cut = 0; cut < len; cut++)
		assert_int_equal(parse(&p, b.buf, cut), HIP_WIRE_SHORT);
	/* The same with a header that agrees: good only between two TLVs. */
	for (cut = HIP_HDR_LEN; cut < len; cut += 8) {
		enum hip_wire_error err;

		seal(b.buf, cut);
		err = parse(&p, b.buf, cut);
		assert_true(err == HIP_WIRE_OK || err == HIP_WIRE_PARAM_LENGTH);
		whole += err == HIP_WIRE_OK;
	}
	assert_int_equal(whole, 19);
}

static void test_damaged(void **state)
{
	enum hip_wire_error err;
	uint64_t s = seed();
	struct hip_builder b;
	struct hip_packet p;
	size_t len, i, n;
	uint32_t errors = 0;

	for (i = 0; i < 100000; i++) {
		len = big_packet(&b);
		for (n = 1 + rnd(&s) % 4; n; n--) {
			size_t off = rnd(&s) % len;

			/* Mostly where it hurts: types and lengths. */
			if (rnd(&s) % 2)
				off = HIP_HDR_LEN +
				      (rnd(&s) % ((len - HIP_HDR_LEN) / 8)) * 8
				      + rnd(&s) % 4;
			b.buf[off] = (uint8_t)rnd(&s);
		}
		if (rnd(&s) % 8)
			len = HIP_HDR_LEN +
			      rnd(&s) % ((len - HIP_HDR_LEN) / 8 + 1) * 8;
		if (rnd(&s) % 16) {
			b.buf[3] = 0x21;
			seal(b.buf, len);
		}
		err = parse(&p, b.buf, len);
		assert_true(err <= HIP_WIRE_CRITICAL);
		errors |= 1u << err;
	}
	/* Otherwise the damage would miss what it is for. */
	assert_int_equal(errors, (1u << (HIP_WIRE_CRITICAL + 1)) - 1);
}

static void test_noise(void **state)
{
	uint8_t buf[512];
	uint64_t s = seed();
	struct hip_packet p;
	size_t i, k, len;

	for (i = 0; i < 50000; i++) {
		len = rnd(&s) % sizeof(buf);
		for (k = 0; k < len; k++)
			buf[k] = (uint8_t)rnd(&s);
		if (len >= HIP_HDR_LEN && rnd(&s) % 2) {
			len &= ~(size_t)7;
			buf[2] = HIP_UPDATE;
			buf[3] = 0x21;
			seal(buf, len);
		}
		parse(&p, buf, len);
	}
}

/* ---- inside ENCRYPTED ---- */

static enum hip_wire_error inside(struct hip_packet *p, const char *hex)
{
	uint8_t data[512], *copy;
	size_t len = unhex(data, hex);
	enum hip_wire_error err;

	copy = malloc(len + 1);
	memcpy(copy, data, len);
	err = hip_wire_parse_params(p, copy, len);
	free(copy);
	return err;
}

/* REG_REQUEST and CERT stand for HOST_ID here: they are shorter. */
static void test_encrypted(void **state)
{
	static const char one_tlv[] = "03a4000201020000";
	struct hip_packet p;
	char hex[256];

	assert_int_equal(inside(&p, ""), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 0);
	assert_int_equal(inside(&p, one_tlv), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 1);
	assert_int_equal(p.param[0].len, 2);

	/* PKCS#7 padding of 8 and 16 octets, and zeros. */
	snprintf(hex, sizeof(hex), "%s0808080808080808", one_tlv);
	assert_int_equal(inside(&p, hex), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 1);
	snprintf(hex, sizeof(hex), "%s%s10101010101010101010101010101010",
		 one_tlv, one_tlv);
	assert_int_equal(inside(&p, hex), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 2);
	snprintf(hex, sizeof(hex), "%s0000000000000000", one_tlv);
	assert_int_equal(inside(&p, hex), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 1);

	/* More than a block is no padding, nor is it in the first place. */
	snprintf(hex, sizeof(hex),
		 "%s000000000000000000000000000000000000000000000000", one_tlv);
	assert_int_equal(inside(&p, hex), HIP_WIRE_PARAM_ORDER);
	assert_int_equal(inside(&p, "0808080808080808"),
			 HIP_WIRE_PARAM_LENGTH);
	assert_int_equal(inside(&p, "03a40002"), HIP_WIRE_PARAM_LENGTH);
	assert_int_equal(inside(&p, "03a400"), HIP_WIRE_PARAM_LENGTH);
	assert_int_equal(inside(&p, "03"), HIP_WIRE_PARAM_LENGTH);
	/* The checks of the table hold inside as well. */
	assert_int_equal(inside(&p, "03a4000001020000"), HIP_WIRE_PARAM_SIZE);
	assert_int_equal(inside(&p, "0001000001020000"), HIP_WIRE_CRITICAL);
	snprintf(hex, sizeof(hex), "%s0181000400000000", one_tlv);
	assert_int_equal(inside(&p, hex), HIP_WIRE_OK);
	assert_int_equal(p.n_params, 1);
}

static void test_encrypted_noise(void **state)
{
	uint64_t s = seed();
	struct hip_packet p;
	uint8_t *buf;
	size_t i, k, len;

	for (i = 0; i < 50000; i++) {
		len = rnd(&s) % 200;
		buf = malloc(len + 1);
		for (k = 0; k < len; k++)
			buf[k] = (uint8_t)(rnd(&s) % (k % 8 < 4 ? 4 : 256));
		hip_wire_parse_params(&p, buf, len);
		free(buf);
	}
	buf = calloc(1, HIP_MAX_PACKET + 8);
	assert_int_equal(hip_wire_parse_params(&p, buf, HIP_MAX_PACKET + 1),
			 HIP_WIRE_PARAM_LENGTH);
	assert_int_equal(hip_wire_parse_params(&p, buf, HIP_MAX_PACKET),
			 HIP_WIRE_OK);
	/* without a header there is room for more than a packet can hold */
	for (i = 0; i < HIP_MAX_PACKET; i += 8)
		hip_put16(buf + i, HIP_PARAM_ECHO_REQUEST_UNSIGNED);
	assert_int_equal(hip_wire_parse_params(&p, buf, 8 * HIP_MAX_PARAMS),
			 HIP_WIRE_OK);
	assert_int_equal(p.n_params, HIP_MAX_PARAMS);
	assert_int_equal(hip_wire_parse_params(&p, buf, HIP_MAX_PACKET),
			 HIP_WIRE_PARAM_LENGTH);
	free(buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_i1, setup),
		cmocka_unit_test_setup(test_tlvs, setup),
		cmocka_unit_test_setup(test_padding, setup),
		cmocka_unit_test_setup(test_checksum, setup),
		cmocka_unit_test_setup(test_header, setup),
		cmocka_unit_test_setup(test_length, setup),
		cmocka_unit_test_setup(test_param_length, setup),
		cmocka_unit_test_setup(test_param_size, setup),
		cmocka_unit_test_setup(test_repeated, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_critical, setup),
		cmocka_unit_test_setup(test_many, setup),
		cmocka_unit_test_setup(test_names, setup),
		cmocka_unit_test_setup(test_truncated, setup),
		cmocka_unit_test_setup(test_damaged, setup),
		cmocka_unit_test_setup(test_noise, setup),
		cmocka_unit_test_setup(test_encrypted, setup),
		cmocka_unit_test_setup(test_encrypted_noise, setup),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
