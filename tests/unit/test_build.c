// SPDX-License-Identifier: GPL-2.0
/* Writing packets, and the octets that MACs and signatures cover. */
#include <errno.h>

#include "crypto.h"
#include "util.h"
#include "wire.h"

static struct in6_addr hit_i, hit_r;

static int setup(void **state)
{
	hit_i = addr("2001:21::1");
	hit_r = addr("2001:21::2");
	return 0;
}

static void start(struct hip_builder *b, enum hip_packet_type type)
{
	hip_build_start(b, type, HIP_CONTROL_ANON, &hit_i, &hit_r);
}

/* Total = 11 + Length - (Length + 3) % 8 (RFC 7401 section 5.2.1). */
static void test_padding(void **state)
{
	struct hip_builder b;
	uint8_t *data;
	size_t len;

	for (len = 0; len < 40; len++) {
		memset(&b, 0xee, sizeof(b));
		start(&b, HIP_UPDATE);
		data = hip_build_param(&b, 832, len);
		assert_ptr_equal(data, b.buf + HIP_HDR_LEN + 4);
		assert_int_equal(b.len - HIP_HDR_LEN,
				 11 + len - (len + 3) % 8);
		memset(data, 0x77, len);
		for (data += len; data < b.buf + b.len; data++)
			assert_int_equal(*data, 0);
		assert_int_equal(hip_get16(b.buf + HIP_HDR_LEN + 2), len);
	}
}

static void test_header(void **state)
{
	struct hip_builder b;

	memset(&b, 0xee, sizeof(b));
	start(&b, HIP_R1);
	assert_int_equal(hip_build_end(&b), 0);
	assert_int_equal(b.len, HIP_HDR_LEN);
	assert_hex(b.buf, "3b04022100000001"
		   "20010021000000000000000000000001"
		   "20010021000000000000000000000002");
}

static void test_order(void **state)
{
	struct hip_builder b;

	start(&b, HIP_UPDATE);
	assert_non_null(hip_build_param(&b, 832, 4));
	assert_non_null(hip_build_param(&b, 832, 4));
	assert_int_equal(hip_build_end(&b), 0);
	assert_null(hip_build_param(&b, 831, 4));
	assert_int_equal(hip_build_end(&b), -EMSGSIZE);
	/* It stays failed. */
	assert_null(hip_build_param(&b, 833, 4));
	assert_int_equal(hip_build_end(&b), -EMSGSIZE);
	/* And starts anew. */
	start(&b, HIP_UPDATE);
	assert_int_equal(hip_build_end(&b), 0);
}

static void test_overflow(void **state)
{
	const size_t room = HIP_MAX_PACKET - HIP_HDR_LEN;
	uint8_t data[16] = { 0 };
	uint16_t v[4] = { 0 };
	struct hip_builder b;

	start(&b, HIP_UPDATE);
	assert_non_null(hip_build_param(&b, 2, room - 4));
	assert_int_equal(hip_build_end(&b), 0);
	assert_int_equal(b.len, HIP_MAX_PACKET);
	assert_null(hip_build_param(&b, 2, 0));
	assert_int_equal(hip_build_end(&b), -EMSGSIZE);
	assert_int_equal(b.len, HIP_MAX_PACKET);

	start(&b, HIP_UPDATE);
	assert_null(hip_build_param(&b, 2, room - 3));
	assert_int_equal(b.len, HIP_HDR_LEN);
	start(&b, HIP_UPDATE);
	assert_null(hip_build_param(&b, 2, SIZE_MAX));
	start(&b, HIP_UPDATE);
	assert_null(hip_build_param(&b, 2, SIZE_MAX - 10));
	start(&b, HIP_UPDATE);
	assert_null(hip_build_param(&b, 2, 65536));

	/* The short forms survive a builder that is full. */
	start(&b, HIP_UPDATE);
	hip_build_param(&b, 2, room - 12);
	hip_build_copy(&b, 4, data, 16);
	hip_build_u8s(&b, 4, data, 1);
	hip_build_u16s(&b, 4, v, 4);
	assert_int_equal(hip_build_end(&b), -EMSGSIZE);
}

/* ---- coverage ---- */

#define HOST_ID_TLV "02c100090003000000070102030000000000000000000000"

/* UPDATE with SEQ 0; HMAC with 32 octets 0x0b, then the signature. */
static void test_hip_mac(void **state)
{
	static const char covered[] =
		"3b0510210000000020010021000000000000000000000001200100210000"
		"000000000000000000020181000400000000";
	static const char mac[] =
		"bf2026c74a4122832cac0be76f84d778b2045f843f7d7c9302cca6032162"
		"744b";
	uint8_t out[HIP_MAX_PACKET], digest[HIP_HASH_MAX], key[32];
	struct hip_builder b;
	int len;

	hip_build_start(&b, HIP_UPDATE, 0, &hit_i, &hit_r);
	hip_build_param(&b, HIP_PARAM_SEQ, 4);
	/* While it is being built ... */
	len = hip_wire_covered(out, b.buf, b.len, HIP_PARAM_HIP_MAC, NULL, 0);
	assert_int_equal(len, 48);
	assert_hex(out, covered);
	memset(key, 0x0b, sizeof(key));
	assert_int_equal(hip_crypto_hmac(HIP_HASH_SHA256, key, sizeof(key),
					 out, (size_t)len, digest), 0);
	assert_hex(digest, mac);
	hip_build_copy(&b, HIP_PARAM_HIP_MAC, digest, 32);

	len = hip_wire_covered(out, b.buf, b.len, HIP_PARAM_HIP_SIGNATURE,
			       NULL, 0);
	assert_int_equal(len, 88);
	assert_hex(out, "3b0a102100000000");
	assert_hex(out + 48, "f0410020");
	assert_hex(out + 52, mac);

	/* ... and when it was received, checksum and all. */
	hip_build_param(&b, HIP_PARAM_HIP_SIGNATURE, 66);
	hip_build_param(&b, HIP_PARAM_ECHO_REQUEST_UNSIGNED, 5);
	hip_build_end(&b);
	hip_build_checksum(b.buf, b.len, &hit_i, &hit_r);
	len = hip_wire_covered(out, b.buf, b.len, HIP_PARAM_HIP_MAC, NULL, 0);
	assert_int_equal(len, 48);
	assert_hex(out, covered);
}

static void test_hip_mac_2(void **state)
{
	uint8_t out[2 * HIP_MAX_PACKET], host_id[64];
	size_t extra = unhex(host_id, HOST_ID_TLV);
	struct hip_builder b;
	int len;

	start(&b, HIP_R2);
	hip_build_param(&b, HIP_PARAM_ESP_INFO, 12);
	hip_build_param(&b, HIP_PARAM_HIP_MAC_2, 32);
	hip_build_param(&b, HIP_PARAM_HIP_SIGNATURE, 66);
	hip_build_end(&b);
	len = hip_wire_covered(out, b.buf, b.len, HIP_PARAM_HIP_MAC_2, host_id,
			       extra);
	assert_int_equal(len, HIP_HDR_LEN + 16 + extra);
	assert_int_equal(out[1], len / 8 - 1);
	assert_memory_equal(out + 56, host_id, extra);
	assert_memory_equal(out + 2, b.buf + 2, 2);
	assert_memory_equal(out + 6, b.buf + 6, 50);
}

static void test_signature_2(void **state)
{
	uint8_t out[HIP_MAX_PACKET], want[HIP_MAX_PACKET];
	struct hip_builder b;
	uint8_t *puzzle;
	int len;

	start(&b, HIP_R1);
	hip_build_param(&b, HIP_PARAM_R1_COUNTER, 12);
	puzzle = hip_build_param(&b, HIP_PARAM_PUZZLE, 36);
	memset(puzzle, 0xa5, 36);
	hip_build_param(&b, HIP_PARAM_DH_GROUP_LIST, 3);
	hip_build_end(&b);
	hip_build_checksum(b.buf, b.len, &hit_i, &hit_r);
	memcpy(want, b.buf, b.len);
	memset(want + 4, 0, 2);			/* checksum */
	memset(want + 24, 0, 16);		/* Receiver's HIT */
	memset(want + 56 + 4 + 2, 0, 34);	/* Opaque and I */
	hip_build_param(&b, HIP_PARAM_HIP_SIGNATURE_2, 66);
	hip_build_end(&b);
	len = hip_wire_covered(out, b.buf, b.len, HIP_PARAM_HIP_SIGNATURE_2,
			       NULL, 0);
	assert_int_equal(len, 56 + 40 + 8);
	assert_memory_equal(out, want, (size_t)len);
	/* K and Lifetime stay. */
	assert_int_equal(out[60], 0xa5);
	assert_int_equal(out[61], 0xa5);
	assert_int_equal(out[62], 0);

	/* No other coverage touches them. */
	len = hip_wire_covered(out, b.buf, b.len, HIP_PARAM_HIP_MAC, NULL, 0);
	assert_int_equal(out[62], 0xa5);
	assert_memory_equal(out + 24, &hit_r, 16);
}

static void test_covered_refuses(void **state)
{
	uint8_t out[2 * HIP_MAX_PACKET], host_id[64] = { 0 };
	struct hip_builder b;

	start(&b, HIP_UPDATE);
	hip_build_param(&b, HIP_PARAM_SEQ, 4);
	hip_build_end(&b);
	assert_int_equal(hip_wire_covered(out, b.buf, HIP_HDR_LEN - 1, 61505,
					  NULL, 0), -EINVAL);
	assert_int_equal(hip_wire_covered(out, b.buf, HIP_MAX_PACKET + 8,
					  61505, NULL, 0), -EINVAL);
	assert_int_equal(hip_wire_covered(out, b.buf, b.len - 8, 61505, NULL,
					  0), HIP_HDR_LEN);
	assert_int_equal(hip_wire_covered(out, b.buf, b.len - 1, 61505, NULL,
					  0), -EINVAL);
	hip_put16(b.buf + HIP_HDR_LEN + 2, 5);
	assert_int_equal(hip_wire_covered(out, b.buf, b.len, 61505, NULL, 0),
			 -EINVAL);
	/* A HOST_ID that no packet could hold, or without its padding. */
	start(&b, HIP_R2);
	hip_build_param(&b, HIP_PARAM_CERT, HIP_MAX_PACKET - HIP_HDR_LEN - 28);
	hip_build_end(&b);
	assert_int_equal(hip_wire_covered(out, b.buf, b.len, 61569, host_id,
					  24), HIP_MAX_PACKET);
	assert_int_equal(out[1], 255);
	assert_int_equal(hip_wire_covered(out, b.buf, b.len, 61569, host_id,
					  32), -EINVAL);
	assert_int_equal(hip_wire_covered(out, b.buf, b.len, 61569, host_id,
					  20), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_padding, setup),
		cmocka_unit_test_setup(test_header, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_overflow, setup),
		cmocka_unit_test_setup(test_hip_mac, setup),
		cmocka_unit_test_setup(test_hip_mac_2, setup),
		cmocka_unit_test_setup(test_signature_2, setup),
		cmocka_unit_test_setup(test_covered_refuses, setup),
	};

	return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
