// SPDX-License-Identifier: GPL-2.0
/*
 * Host Identity keys: HITs against vectors, HI octets there and back, PEM,
 * signatures and what must not verify, public keys that must be refused.
 */
#include <errno.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "crypto.h"
#include "util.h"

#define G256 \
	"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define G384 \
	"aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38" \
	"5502f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29" \
	"f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"

enum { ECDSA256, ECDSA384, ECDSA160, RSA2048, RSA4096, N_KEYS };

static const struct {
	unsigned int alg, bits;
	size_t hi_len, sig_len;
	enum hip_hit_suite suite;
} kinds[N_KEYS] = {
	{ HIP_HI_ECDSA, 256, 2 + 65, 64, HIP_SUITE_ECDSA_SHA384 },
	{ HIP_HI_ECDSA, 384, 2 + 97, 96, HIP_SUITE_ECDSA_SHA384 },
	{ HIP_HI_ECDSA_LOW, 160, 2 + 41, 42, HIP_SUITE_ECDSA_LOW_SHA1 },
	{ HIP_HI_RSA, 2048, 1 + 3 + 256, 256, HIP_SUITE_RSA_SHA256 },
	{ HIP_HI_RSA, 4096, 1 + 3 + 512, 512, HIP_SUITE_RSA_SHA256 },
};

static struct hip_key *keys[N_KEYS];

static int make_keys(void **state)
{
	int i;

	for (i = 0; i < N_KEYS; i++)
		keys[i] = hip_key_generate(kinds[i].alg, kinds[i].bits);
	return 0;
}

static int put_keys(void **state)
{
	int i;

	for (i = 0; i < N_KEYS; i++)
		hip_key_put(keys[i]);
	hip_key_put(NULL);
	return 0;
}

/* ---- HITs ---- */

static void check_hit(unsigned int alg, const uint8_t *hi, size_t len,
		      const char *want)
{
	struct in6_addr hit, expected = addr(want);

	assert_int_equal(hip_hi_to_hit(alg, hi, len, &hit), 0);
	assert_memory_equal(&hit, &expected, sizeof(hit));
	assert_true(hip_addr_is_hit(&hit));
	assert_int_equal(hip_hit_suite(&hit), hip_hi_suite(alg));
}

static void test_hits(void **state)
{
	uint8_t hi[512] = { 3, 1, 0, 1 };
	struct in6_addr hit;
	size_t i, len;

	for (i = 0; i < 256; i++)
		hi[4 + i] = (uint8_t)(i ^ 0x80);
	check_hit(HIP_HI_RSA, hi, 260,
		  "2001:21:f126:2cc6:d1bc:659b:d142:84e1");
	len = unhex(hi, "000104" G256);
	check_hit(HIP_HI_ECDSA, hi, len,
		  "2001:22:f482:7b66:edea:73a8:1796:b6");
	len = unhex(hi, "0001" G256);
	check_hit(HIP_HI_ECDSA, hi, len,
		  "2001:22:549b:5c1a:ac37:1ebc:cf8c:885");
	len = unhex(hi, "000204" G384);
	check_hit(HIP_HI_ECDSA, hi, len,
		  "2001:22:fa11:1755:9b40:ee42:9793:f282");
	len = unhex(hi, "000104" "1111111111111111111111111111111111111111"
		    "1111111111111111111111111111111111111111");
	check_hit(HIP_HI_ECDSA_LOW, hi, len,
		  "2001:23:3df4:1eee:6577:e5a5:a4ee:d4c5");
	assert_int_equal(hip_hi_to_hit(3, hi, len, &hit), -EINVAL);
	assert_int_equal(hip_hi_to_hit(13, hi, len, &hit), -EINVAL);
	assert_int_equal(hip_hi_to_hit(0, hi, len, &hit), -EINVAL);
}

static void test_suites(void **state)
{
	struct in6_addr hit = addr("2001:25::1");
	unsigned int s;

	assert_int_equal(hip_hit_suite(&hit), 5);
	assert_int_equal(hip_suite_hash(1), HIP_HASH_SHA256);
	assert_int_equal(hip_suite_hash(2), HIP_HASH_SHA384);
	assert_int_equal(hip_suite_hash(3), HIP_HASH_SHA1);
	for (s = 0; s < 16; s++) {
		assert_int_equal(hip_suite_supported(s), s >= 1 && s <= 3);
		if (!hip_suite_supported(s))
			assert_int_equal(hip_suite_hash(s), HIP_HASH_NONE);
	}
	assert_int_equal(hip_hi_suite(3), 0);
}

/* ---- HI ---- */

static void test_hi_round(void **state)
{
	const uint8_t *hi, *again;
	struct hip_key *public;
	size_t len, len2;
	int i;

	for (i = 0; i < N_KEYS; i++) {
		assert_non_null(keys[i]);
		assert_int_equal(hip_key_alg(keys[i]), kinds[i].alg);
		assert_int_equal(hip_key_bits(keys[i]), kinds[i].bits);
		assert_int_equal(hip_key_sig_len(keys[i]), kinds[i].sig_len);
		hi = hip_key_hi(keys[i], &len);
		assert_int_equal(len, kinds[i].hi_len);
		assert_int_equal(hip_hit_suite(hip_key_hit(keys[i])),
				 kinds[i].suite);

		public = hip_key_from_hi(kinds[i].alg, hi, len);
		assert_non_null(public);
		again = hip_key_hi(public, &len2);
		assert_int_equal(len2, len);
		assert_memory_equal(again, hi, len);
		assert_memory_equal(hip_key_hit(public), hip_key_hit(keys[i]),
				    16);
		assert_int_equal(hip_key_bits(public), kinds[i].bits);
		assert_int_equal(hip_key_alg(public), kinds[i].alg);
		hip_key_put(public);
	}
	hi = hip_key_hi(keys[ECDSA256], &len);
	assert_hex(hi, "000104");
	hi = hip_key_hi(keys[ECDSA384], &len);
	assert_hex(hi, "000204");
	hi = hip_key_hi(keys[ECDSA160], &len);
	assert_hex(hi, "000104");
	hi = hip_key_hi(keys[RSA2048], &len);
	assert_hex(hi, "03010001");
}

/* x|y without 04 is the same key, and another HIT. */
static void test_hi_bare_point(void **state)
{
	uint8_t hi[128], sig[HIP_SIG_MAX];
	const uint8_t *full, *kept;
	struct hip_key *public;
	size_t len, n;
	int i;

	for (i = ECDSA256; i <= ECDSA160; i++) {
		full = hip_key_hi(keys[i], &len);
		memcpy(hi, full, 2);
		memcpy(hi + 2, full + 3, len - 3);
		public = hip_key_from_hi(kinds[i].alg, hi, len - 1);
		assert_non_null(public);
		kept = hip_key_hi(public, &n);
		assert_int_equal(n, len - 1);
		assert_memory_equal(kept, hi, n);
		assert_memory_not_equal(hip_key_hit(public),
					hip_key_hit(keys[i]), 16);
		assert_int_equal(hip_key_sign(keys[i], "x", 1, sig, &n), 0);
		assert_int_equal(hip_key_verify(public, "x", 1, sig, n), 0);
		/* There is nothing to sign with. */
		assert_int_equal(hip_key_sign(public, "x", 1, sig, &n),
				 -EINVAL);
		assert_null(hip_key_to_pem(public, &n));
		hip_key_put(public);
	}
}

static void test_ec_refused(void **state)
{
	static const char *const bad[] = {
		"", "00", "0001", "000104",
		"000004" G256,			/* no such curve */
		"000304" G256,
		"000204" G256,			/* too short for P-384 */
		"000104" G384,
		"000102" G256,			/* not 04 */
		"00010400" G256,
		/* y + 1, y = 0, both 0, x beyond the prime */
		"0001046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a139"
		"45d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececb"
		"b6406837bf51f6",
		"0001046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a139"
		"45d898c29600000000000000000000000000000000000000000000000000"
		"00000000000000",
		"000100000000000000000000000000000000000000000000000000000000"
		"000000000000000000000000000000000000000000000000000000000000"
		"000000000000",
		"0001ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ffffffff4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6"
		"406837bf51f5",
	};
	uint8_t hi[256];
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		len = unhex(hi, bad[i]);
		assert_null(hip_key_from_hi(HIP_HI_ECDSA, hi, len));
	}
	len = unhex(hi, "000104" G256);
	assert_null(hip_key_from_hi(9, hi, len));
	assert_null(hip_key_from_hi(0, hi, len));
	assert_null(hip_key_from_hi(HIP_HI_ECDSA, hi, len - 1));
	hip_key_put(hip_key_from_hi(HIP_HI_ECDSA, hi, len));
}

/* An RSA HI from parts; the octets of n are 0x80 01 01 .. @last. */
static bool rsa_ok(const char *e_hex, size_t n_len, uint8_t first,
		   uint8_t last)
{
	uint8_t hi[HIP_HI_MAX + 16];
	struct hip_key *key;
	size_t len;

	len = unhex(hi, e_hex);
	memset(hi + len, 1, n_len);
	if (n_len) {
		hi[len] = first;
		hi[len + n_len - 1] = last;
	}
	key = hip_key_from_hi(HIP_HI_RSA, hi, len + n_len);
	hip_key_put(key);
	return key;
}

static void test_rsa_refused(void **state)
{
	assert_true(rsa_ok("03010001", 256, 0x80, 1));
	assert_true(rsa_ok("0103", 256, 0x80, 1));
	assert_true(rsa_ok("0103", 512, 0xff, 1));
	assert_true(rsa_ok("080100000000000001", 256, 0x80, 1));

	assert_false(rsa_ok("", 0, 0, 0));
	assert_false(rsa_ok("03", 0, 0, 0));
	assert_false(rsa_ok("03010001", 0, 0, 0));
	assert_false(rsa_ok("03010001", 255, 0xff, 1));	/* 2040 bits */
	assert_false(rsa_ok("03010001", 256, 0x7f, 1));	/* 2047 bits */
	assert_false(rsa_ok("03010001", 128, 0xff, 1));
	assert_false(rsa_ok("03010001", 513, 0x80, 1));
	assert_false(rsa_ok("03010001", 257, 0x00, 1));	/* leading zero */
	assert_false(rsa_ok("03010001", 256, 0x80, 2));	/* even */
	assert_false(rsa_ok("0101", 256, 0x80, 1));	/* e = 1 */
	assert_false(rsa_ok("0100", 256, 0x80, 1));	/* e = 0 */
	assert_false(rsa_ok("0102", 256, 0x80, 1));	/* e even */
	assert_false(rsa_ok("020003", 256, 0x80, 1));	/* leading zero */
	assert_false(rsa_ok("00", 256, 0x80, 1));	/* e_len 0 = long form */
	assert_false(rsa_ok("000003010001", 256, 0x80, 1));
	assert_false(rsa_ok("09010000000000000001", 256, 0x80, 1));
}

static void test_generate_refused(void **state)
{
	assert_null(hip_key_generate(HIP_HI_ECDSA, 0));
	assert_null(hip_key_generate(HIP_HI_ECDSA, 521));
	assert_null(hip_key_generate(HIP_HI_RSA, 1024));
	assert_null(hip_key_generate(HIP_HI_RSA, 2047));
	assert_null(hip_key_generate(HIP_HI_RSA, 2049));
	assert_null(hip_key_generate(HIP_HI_RSA, 4104));
	assert_null(hip_key_generate(3, 1024));
}

/* ---- signatures ---- */

static void test_sign(void **state)
{
	uint8_t data[700], sig[HIP_SIG_MAX];
	uint64_t s = seed();
	size_t len, bit;
	int i, k;

	for (i = 0; i < N_KEYS; i++) {
		hip_crypto_random(data, sizeof(data));
		assert_int_equal(hip_key_sign(keys[i], data, sizeof(data),
					      sig, &len), 0);
		assert_int_equal(len, kinds[i].sig_len);
		assert_int_equal(hip_key_verify(keys[i], data, sizeof(data),
						sig, len), 0);
		assert_int_equal(hip_key_verify(keys[i], data,
						sizeof(data) - 1, sig, len),
				 -EBADMSG);
		assert_int_equal(hip_key_verify(keys[i], data, sizeof(data),
						sig, len - 1), -EBADMSG);
		assert_int_equal(hip_key_verify(keys[i], data, sizeof(data),
						sig, 0), -EBADMSG);
		for (k = 0; k < 40; k++) {
			bit = rnd(&s) % (8 * len);
			sig[bit / 8] ^= (uint8_t)(1 << (bit % 8));
			assert_int_equal(hip_key_verify(keys[i], data,
					sizeof(data), sig, len), -EBADMSG);
			sig[bit / 8] ^= (uint8_t)(1 << (bit % 8));
			bit = rnd(&s) % (8 * sizeof(data));
			data[bit / 8] ^= (uint8_t)(1 << (bit % 8));
			assert_int_equal(hip_key_verify(keys[i], data,
					sizeof(data), sig, len), -EBADMSG);
			data[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		}
		assert_int_equal(hip_key_verify(keys[i], data, sizeof(data),
						sig, len), 0);
	}
}

static void test_wrong_key(void **state)
{
	struct hip_key *other = hip_key_generate(HIP_HI_ECDSA, 256);
	uint8_t sig[HIP_SIG_MAX] = { 0 };
	size_t len;

	assert_int_equal(hip_key_sign(keys[ECDSA256], "data", 4, sig, &len),
			 0);
	assert_int_equal(hip_key_verify(other, "data", 4, sig, len),
			 -EBADMSG);
	/* r = 0, s = 0; and both at their greatest. */
	memset(sig, 0, sizeof(sig));
	assert_int_equal(hip_key_verify(other, "data", 4, sig, 64), -EBADMSG);
	memset(sig, 0xff, sizeof(sig));
	assert_int_equal(hip_key_verify(other, "data", 4, sig, 64), -EBADMSG);
	assert_int_equal(hip_key_verify(keys[RSA2048], "data", 4, sig, 256),
			 -EBADMSG);
	hip_key_put(other);
}

/* r and s keep their width, one in 128 signatures beginning with a zero. */
static void test_fixed_width(void **state)
{
	uint8_t sig[HIP_SIG_MAX];
	int i, zeros = 0;
	size_t len;

	for (i = 0; i < 20000 && zeros < 2; i++) {
		assert_int_equal(hip_key_sign(keys[ECDSA256], &i, sizeof(i),
					      sig, &len), 0);
		assert_int_equal(len, 64);
		if (sig[0] && sig[32])
			continue;
		zeros++;
		assert_int_equal(hip_key_verify(keys[ECDSA256], &i, sizeof(i),
						sig, len), 0);
	}
	assert_int_equal(zeros, 2);
}

static EVP_PKEY *as_pkey(const struct hip_key *key)
{
	size_t len;
	char *pem = hip_key_to_pem(key, &len);
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	free(pem);
	assert_non_null(pkey);
	return pkey;
}

/* Signs with OpenSSL's own idea of (digest, padding). */
static size_t foreign_sign(EVP_PKEY *pkey, const char *md, bool pss, int salt,
			   uint8_t *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	size_t len = 1024;

	assert_int_equal(EVP_DigestSignInit_ex(ctx, &pctx, md, NULL, NULL,
					       pkey, NULL), 1);
	if (pss) {
		EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt);
	}
	assert_int_equal(EVP_DigestSign(ctx, sig, &len,
					(const uint8_t *)"data", 4), 1);
	EVP_MD_CTX_free(ctx);
	return len;
}

static int foreign_rsa(const char *md, bool pss, int salt)
{
	EVP_PKEY *pkey = as_pkey(keys[RSA2048]);
	uint8_t sig[1024];
	size_t len;

	len = foreign_sign(pkey, md, pss, salt, sig);
	EVP_PKEY_free(pkey);
	return hip_key_verify(keys[RSA2048], "data", 4, sig, len);
}

static void test_rsa_scheme(void **state)
{
	assert_int_equal(foreign_rsa("SHA256", true, 32), 0);
	assert_int_equal(foreign_rsa("SHA256", true, 20), -EBADMSG);
	assert_int_equal(foreign_rsa("SHA256", false, 0), -EBADMSG);
	assert_int_equal(foreign_rsa("SHA384", true, 32), -EBADMSG);
}

static int foreign_ec(int which, const char *md)
{
	size_t width = kinds[which].sig_len / 2, len;
	EVP_PKEY *pkey = as_pkey(keys[which]);
	uint8_t der[1024], rs[128];
	const uint8_t *p = der;
	ECDSA_SIG *sig;

	len = foreign_sign(pkey, md, false, 0, der);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), rs, (int)width);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), rs + width, (int)width);
	ECDSA_SIG_free(sig);
	EVP_PKEY_free(pkey);
	return hip_key_verify(keys[which], "data", 4, rs, 2 * width);
}

/* SHA-384 is suite 2's, SHA-1 suite 3's; P-256 with SHA-256 is RFC 4754's
 * reading.
 */
static void test_ec_scheme(void **state)
{
	assert_int_equal(foreign_ec(ECDSA256, "SHA384"), 0);
	assert_int_equal(foreign_ec(ECDSA256, "SHA256"), 0);
	assert_int_equal(foreign_ec(ECDSA256, "SHA512"), -EBADMSG);
	assert_int_equal(foreign_ec(ECDSA384, "SHA384"), 0);
	assert_int_equal(foreign_ec(ECDSA384, "SHA256"), -EBADMSG);
	assert_int_equal(foreign_ec(ECDSA160, "SHA1"), 0);
	assert_int_equal(foreign_ec(ECDSA160, "SHA384"), -EBADMSG);
}

/* ---- PEM ---- */

static void test_pem(void **state)
{
	struct hip_key *back;
	const char *err;
	size_t len;
	char *pem;
	int i;

	for (i = 0; i < N_KEYS; i++) {
		pem = hip_key_to_pem(keys[i], &len);
		assert_non_null(pem);
		assert_int_equal(strlen(pem), len);
		assert_ptr_equal(strstr(pem, "-----BEGIN PRIVATE KEY-----"),
				 pem);
		back = hip_key_from_pem(pem, len, &err);
		assert_non_null(back);
		assert_memory_equal(hip_key_hit(back), hip_key_hit(keys[i]),
				    16);
		hip_key_put(back);
		assert_null(hip_key_from_pem(pem, len / 2, &err));
		assert_non_null(strstr(err, "PKCS#8"));
		free(pem);
	}
	assert_null(hip_key_from_pem("", 0, &err));
	assert_null(hip_key_from_pem("hello", 5, &err));
}

/* PEM of any EVP_PKEY through hip_key_from_pem(); the sentence, or NULL. */
static const char *pem_error(EVP_PKEY *pkey, bool traditional,
			     const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *err = NULL;
	struct hip_key *key;
	char *text;
	long len;

	if (traditional)
		PEM_write_bio_PrivateKey_traditional(bio, pkey, NULL, NULL, 0,
						     NULL, NULL);
	else
		PEM_write_bio_PKCS8PrivateKey(bio, pkey, password ?
			EVP_aes_128_cbc() : NULL, password,
			password ? (int)strlen(password) : 0, NULL, NULL);
	len = BIO_get_mem_data(bio, &text);
	key = hip_key_from_pem(text, (size_t)len, &err);
	if (key)
		err = NULL;
	hip_key_put(key);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return err;
}

static EVP_PKEY *pkey_of(const char *type, const char *arg, size_t bits)
{
	return arg ? EVP_PKEY_Q_keygen(NULL, NULL, type, arg) :
		     bits ? EVP_PKEY_Q_keygen(NULL, NULL, type, bits) :
			    EVP_PKEY_Q_keygen(NULL, NULL, type);
}

static void test_pem_refused(void **state)
{
	assert_null(pem_error(pkey_of("EC", "P-256", 0), false, NULL));
	assert_non_null(strstr(pem_error(pkey_of("EC", "P-521", 0), false,
					 NULL), "neither"));
	assert_non_null(strstr(pem_error(pkey_of("EC", "secp256k1", 0), false,
					 NULL), "neither"));
	assert_non_null(strstr(pem_error(pkey_of("ED25519", NULL, 0), false,
					 NULL), "neither"));
	assert_non_null(strstr(pem_error(pkey_of("RSA", NULL, 1024), false,
					 NULL), "neither"));
	assert_non_null(strstr(pem_error(pkey_of("EC", "P-256", 0), true,
					 NULL), "PKCS#8"));
	/* Must not ask for the passphrase, which would hang a daemon. */
	assert_non_null(strstr(pem_error(pkey_of("EC", "P-256", 0), false,
					 "secret"), "PKCS#8"));
}

/* A key whose public half is another one's. */
static void test_pem_damaged(void **state)
{
	EVP_PKEY *a = as_pkey(keys[ECDSA256]);
	EVP_PKEY *b = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	uint8_t public[65];
	size_t len;

	assert_int_equal(EVP_PKEY_get_octet_string_param(b,
			OSSL_PKEY_PARAM_PUB_KEY, public, sizeof(public),
			&len), 1);
	assert_int_equal(EVP_PKEY_set1_encoded_public_key(a, public, len), 1);
	assert_non_null(strstr(pem_error(a, false, NULL), "damaged"));
	EVP_PKEY_free(b);
}

/* An RSA key whose private exponents are others'. */
static void test_pem_damaged_rsa(void **state)
{
	static const char *const spoil[] = { OSSL_PKEY_PARAM_RSA_D,
					     OSSL_PKEY_PARAM_RSA_EXPONENT1 };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *a = as_pkey(keys[RSA2048]), *b = NULL;
	OSSL_PARAM *params, *param;
	int i;

	assert_int_equal(EVP_PKEY_todata(a, EVP_PKEY_KEYPAIR, &params), 1);
	for (i = 0; i < 2; i++) {
		param = OSSL_PARAM_locate(params, spoil[i]);
		assert_non_null(param);
		((uint8_t *)param->data)[8] ^= 1;
	}
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &b, EVP_PKEY_KEYPAIR, params),
			 1);
	assert_non_null(strstr(pem_error(b, false, NULL), "damaged"));
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(a);
}

/* A peer's key that has given OpenSSL's object back verifies as before. */
static void test_rest(void **state)
{
	uint8_t sig[HIP_SIG_MAX];
	struct hip_key *key;
	const uint8_t *hi;
	size_t len, sig_len;
	int i;

	for (i = 0; i < N_KEYS; i++) {
		hi = hip_key_hi(keys[i], &len);
		key = hip_key_from_hi(hip_key_alg(keys[i]), hi, len);
		assert_int_equal(hip_key_sign(keys[i], "text", 4, sig,
					      &sig_len), 0);
		hip_key_rest(key);
		hip_key_rest(key);
		assert_int_equal(hip_key_verify(key, "text", 4, sig, sig_len),
				 0);
		assert_int_equal(hip_key_verify(key, "Text", 4, sig, sig_len),
				 -EBADMSG);
		assert_int_equal(hip_key_bits(key), kinds[i].bits);
		hip_key_put(key);
		/* a private key keeps what it cannot make again */
		hip_key_rest(keys[i]);
		assert_int_equal(hip_key_sign(keys[i], "text", 4, sig,
					      &sig_len), 0);
	}
	hip_key_rest(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hits),
		cmocka_unit_test(test_suites),
		cmocka_unit_test(test_hi_round),
		cmocka_unit_test(test_hi_bare_point),
		cmocka_unit_test(test_ec_refused),
		cmocka_unit_test(test_rsa_refused),
		cmocka_unit_test(test_generate_refused),
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_fixed_width),
		cmocka_unit_test(test_rsa_scheme),
		cmocka_unit_test(test_ec_scheme),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_pem),
		cmocka_unit_test(test_pem_refused),
		cmocka_unit_test(test_pem_damaged),
		cmocka_unit_test(test_pem_damaged_rsa),
	};

	return cmocka_run_group_tests_name("key", tests, make_keys, put_keys);
}
