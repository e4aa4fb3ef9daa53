// SPDX-License-Identifier: GPL-2.0
/* Keying material: vectors for both hashes, both roles, drawing further. */
#include <errno.h>

#include "keymat.h"
#include "util.h"

struct vector {
	enum hip_hash hash;
	size_t index;			/* first octet behind the HIP keys */
	const char *key[8];		/* gl enc, int, lg enc, int; then ESP */
};

static const struct vector vectors[] = {
	{
		HIP_HASH_SHA256, 96, {
		"3a23a1c9a32936ef1cda611003137928",
		"425eb93d41cfd1cee2bd06d18203d81c86df100c603ddf96892fb0787e47be6a",
		"9ada6c762d57eb44b39928f4c40ae5e7",
		"38d037f41d3509bc2c3a51a49220568d33828484581d1d0729822ab0654d8bb2",
		"3bf860fcaaaeb59756d2dfbeafc323c8",
		"5f957b1e80ace4f1e31a0f2393c3cd9c3fe63fa59030b2f16e6b5056959f0387",
		"8da9e0fa94a840dc3d8e5c8789f1821d",
		"4d3941659676b7581fda8093faa1ad8e62ed84274c784785ea2773c12120418d",
		},
	}, {
		HIP_HASH_SHA384, 128, {
		"28d34a78c8f2f2376284644b23fa26a6",
		"bb4e948ecb4bc100c966f4d4a86b7ac68c72cabdca2e3b0b93c400be05e409a1"
		"1a0dd7b2d94082bbbb41b94caeebe8f8",
		"c4c9193f2b9d480c3887b6cdcadf691a",
		"b6ddc8cd82121aa88fd5c260192352a9ff52dd2e4567c785d328836891cecf2d"
		"1454d4092e8e13eb280b5399b82dcf76",
		"1bb871b510acca695247253f537d0e2e",
		"9aae12c7a739b612cfdf8cdbd3ae11a08091d7bc34f28e57874623f16889d0e3",
		"3c85697ecc9b3f3f2738ecd5f99c4fcb",
		"bc37829bcb4fb5d6a850d85e5b8664ea2ea34903644373b7bf4a20e631bac692",
		},
	},
};

static struct in6_addr low, high;

static void make(struct hip_keymat *km, enum hip_hash hash, bool swapped)
{
	uint8_t i[HIP_HASH_MAX], j[HIP_HASH_MAX], secret[192];

	low = addr("2001:21::1");
	high = addr("2001:21::2");
	memset(i, 0xaa, sizeof(i));
	memset(j, 0xbb, sizeof(j));
	memset(secret, 0x11, sizeof(secret));
	hip_keymat_init(km, hash, i, j, swapped ? &high : &low,
			swapped ? &low : &high, secret, sizeof(secret));
}

static void check_hip(const struct vector *v, const struct hip_hipkeys *gl,
		      const struct hip_hipkeys *lg)
{
	assert_int_equal(gl->enc_len, 16);
	assert_int_equal(lg->enc_len, 16);
	assert_int_equal(gl->mac_len, hip_hash_len(v->hash));
	assert_int_equal(lg->mac_len, hip_hash_len(v->hash));
	assert_hex(gl->enc, v->key[0]);
	assert_hex(gl->mac, v->key[1]);
	assert_hex(lg->enc, v->key[2]);
	assert_hex(lg->mac, v->key[3]);
}

static void check_esp(const struct vector *v, const struct hip_espkeys *gl,
		      const struct hip_espkeys *lg)
{
	assert_int_equal(gl->enc_len, 16);
	assert_int_equal(gl->auth_len, 32);
	assert_hex(gl->enc, v->key[4]);
	assert_hex(gl->auth, v->key[5]);
	assert_hex(lg->enc, v->key[6]);
	assert_hex(lg->auth, v->key[7]);
}

/* Which HIT is ours decides which keys send; who gave the HITs first, not. */
static void test_vectors(void **state)
{
	struct hip_hipkeys own, peer;
	struct hip_espkeys out, in;
	struct hip_keymat km;
	size_t n;

	for (n = 0; n < 2 * ARRAY_SIZE(vectors); n++) {
		const struct vector *v = &vectors[n / 2];

		make(&km, v->hash, n & 1);
		assert_int_equal(hip_keymat_hip(&km, HIP_CIPHER_AES128_CBC,
						&high, &own, &peer), 0);
		assert_int_equal(km.next, v->index);
		check_hip(v, &own, &peer);
		assert_int_equal(hip_keymat_hip(&km, HIP_CIPHER_AES128_CBC,
						&low, &own, &peer), 0);
		check_hip(v, &peer, &own);

		assert_int_equal(hip_keymat_esp(&km,
				hip_esp_alg(HIP_ESP_AES128_CBC_SHA256),
				v->index, &high, &out, &in), 0);
		assert_int_equal(km.next, v->index + 96);
		check_esp(v, &out, &in);
		assert_int_equal(hip_keymat_esp(&km,
				hip_esp_alg(HIP_ESP_AES128_CBC_SHA256),
				v->index, &low, &out, &in), 0);
		check_esp(v, &in, &out);

		make(&km, v->hash, n & 1);
		assert_int_equal(hip_keymat_both(&km, HIP_CIPHER_AES128_CBC,
				hip_esp_alg(HIP_ESP_AES128_CBC_SHA256),
				&high, &own, &peer, &out, &in), 0);
		check_hip(v, &own, &peer);
		check_esp(v, &out, &in);
		assert_int_equal(km.next, v->index + 96);
	}
}

/* Octets drawn for the HIP keys = the initial KEYMAT index. */
static void test_index(void **state)
{
	static const struct {
		enum hip_hash hash;
		unsigned int cipher;
		size_t index;
	} rows[] = {
		{ HIP_HASH_SHA1, HIP_CIPHER_AES128_CBC, 72 },
		{ HIP_HASH_SHA1, HIP_CIPHER_AES256_CBC, 104 },
		{ HIP_HASH_SHA256, HIP_CIPHER_AES128_CBC, 96 },
		{ HIP_HASH_SHA256, HIP_CIPHER_AES256_CBC, 128 },
		{ HIP_HASH_SHA1, HIP_CIPHER_NULL, 40 },
		{ HIP_HASH_SHA256, HIP_CIPHER_NULL, 64 },
		{ HIP_HASH_SHA384, HIP_CIPHER_NULL, 96 },
		{ HIP_HASH_SHA384, HIP_CIPHER_AES128_CBC, 128 },
		{ HIP_HASH_SHA384, HIP_CIPHER_AES256_CBC, 160 },
	};
	struct hip_hipkeys own, peer;
	struct hip_keymat km;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		make(&km, rows[i].hash, false);
		assert_int_equal(hip_keymat_hip(&km, rows[i].cipher, &low,
						&own, &peer), 0);
		assert_int_equal(km.next, rows[i].index);
	}
	assert_int_equal(hip_keymat_hip(&km, 3, &low, &own, &peer), -EINVAL);
}

/* GCM draws 16 octets of key and 4 of salt in one piece, and no more. */
static void test_gcm(void **state)
{
	const struct hip_esp_alg *gcm = hip_esp_alg(HIP_ESP_AES128_GCM_16);
	struct hip_espkeys out, in;
	struct hip_keymat km;

	make(&km, HIP_HASH_SHA256, false);
	assert_int_equal(hip_keymat_esp(&km, gcm, 96, &high, &out, &in), 0);
	assert_int_equal(out.enc_len, 20);
	assert_int_equal(out.auth_len, 0);
	assert_int_equal(km.next, 96 + 40);
	assert_hex(out.enc, "3bf860fcaaaeb59756d2dfbeafc323c85f957b1e");
	assert_hex(in.enc, "80ace4f1e31a0f2393c3cd9c3fe63fa59030b2f1");
}

/* HKDF ends after 255 blocks; the KEYMAT index field does not know that. */
static void test_limit(void **state)
{
	const struct hip_esp_alg *gcm = hip_esp_alg(HIP_ESP_AES128_GCM_16);
	struct hip_espkeys out, in;
	struct hip_keymat km;

	make(&km, HIP_HASH_SHA256, false);
	assert_int_equal(hip_keymat_esp(&km, gcm, 8160 - 40, &low, &out, &in),
			 0);
	assert_int_equal(km.next, 8160);
	assert_int_equal(hip_keymat_esp(&km, gcm, 8160 - 39, &low, &out, &in),
			 -EINVAL);
	make(&km, HIP_HASH_SHA384, false);
	assert_int_equal(hip_keymat_esp(&km, gcm, 12240 - 40, &low, &out, &in),
			 0);
	assert_int_equal(hip_keymat_esp(&km, gcm, 12240 - 39, &low, &out, &in),
			 -EINVAL);
	assert_int_equal(hip_keymat_esp(&km, gcm, 65535, &low, &out, &in),
			 -EINVAL);
}

/* The table of RFC 7402 section 5.1.2 with the lengths of RFC 4106, 4309, 4543
 * and 4868, and the names that Linux has for it.
 */
static void test_algs(void **state)
{
	static const unsigned int none[] = { 0, 1, 2, 6, 16, 4095 };
	static const struct {
		unsigned int suite, enc, auth, icv;
		const char *aead, *cipher, *mac;
	} rows[] = {
		{ 7, 0, 32, 128, NULL, "ecb(cipher_null)", "hmac(sha256)" },
		{ 8, 16, 32, 128, NULL, "cbc(aes)", "hmac(sha256)" },
		{ 9, 32, 32, 128, NULL, "cbc(aes)", "hmac(sha256)" },
		{ 10, 19, 0, 64, "rfc4309(ccm(aes))", NULL, NULL },
		{ 11, 19, 0, 128, "rfc4309(ccm(aes))", NULL, NULL },
		{ 12, 20, 0, 64, "rfc4106(gcm(aes))", NULL, NULL },
		{ 13, 20, 0, 128, "rfc4106(gcm(aes))", NULL, NULL },
		{ 14, 0, 16, 96, NULL, "ecb(cipher_null)", "cmac(aes)" },
		{ 15, 0, 20, 128, "rfc4543(gcm(aes))", NULL, NULL },
	};
	const struct hip_esp_alg *alg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		assert_null(hip_esp_alg(none[i]));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		alg = hip_esp_alg(rows[i].suite);
		assert_non_null(alg);
		assert_int_equal(alg->suite, rows[i].suite);
		assert_int_equal(alg->enc_len, rows[i].enc);
		assert_int_equal(alg->auth_len, rows[i].auth);
		assert_int_equal(alg->icv_bits, rows[i].icv);
		assert_string_equal(alg->aead ?: "", rows[i].aead ?: "");
		assert_string_equal(alg->enc ?: "", rows[i].cipher ?: "");
		assert_string_equal(alg->auth ?: "", rows[i].mac ?: "");
	}
}

/* GMAC's key and salt come out of the slot of the authentication key. */
static void test_gmac(void **state)
{
	const struct hip_esp_alg *gmac = hip_esp_alg(HIP_ESP_AES128_GMAC);
	struct hip_espkeys out, in;
	struct hip_keymat km;

	make(&km, HIP_HASH_SHA256, false);
	assert_int_equal(hip_keymat_esp(&km, gmac, 96, &high, &out, &in), 0);
	assert_int_equal(out.enc_len, 0);
	assert_int_equal(out.auth_len, 20);
	assert_hex(out.auth, "3bf860fcaaaeb59756d2dfbeafc323c85f957b1e");
	assert_hex(in.auth, "80ace4f1e31a0f2393c3cd9c3fe63fa59030b2f1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_gcm),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_algs),
		cmocka_unit_test(test_gmac),
	};

	return cmocka_run_group_tests_name("keymat", tests, NULL, NULL);
}
