// SPDX-License-Identifier: GPL-2.0
/*
 * Digests, HMAC, HKDF and ciphers against published vectors; Diffie-Hellman
 * in every group, with public values that must be refused.
 */
#include <errno.h>

#include "crypto.h"
#include "util.h"

static void test_digest(void **state)
{
	static const struct {
		enum hip_hash hash;
		size_t len;
		const char *abc;		/* FIPS 180 */
	} rows[] = {
		{ HIP_HASH_SHA1, 20,
		  "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ HIP_HASH_SHA256, 32,
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
		  "15ad" },
		{ HIP_HASH_SHA384, 48,
		  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff"
		  "5bed8086072ba1e7cc2358baeca134c825a7" },
	};
	struct iovec whole = { "abc", 3 };
	struct iovec parts[3] = { { "a", 1 }, { "", 0 }, { "bc", 2 } };
	uint8_t out[HIP_HASH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(hip_hash_len(rows[i].hash), rows[i].len);
		assert_int_equal(hip_crypto_digest(rows[i].hash, &whole, 1,
						   out), 0);
		assert_hex(out, rows[i].abc);
		assert_int_equal(hip_crypto_digest(rows[i].hash, parts, 3,
						   out), 0);
		assert_hex(out, rows[i].abc);
	}
	assert_int_equal(hip_crypto_digest(HIP_HASH_NONE, &whole, 1, out),
			 -EINVAL);
	assert_int_equal(hip_crypto_digest(99, &whole, 1, out), -EINVAL);
	assert_int_equal(hip_hash_len(HIP_HASH_NONE), 0);
	assert_int_equal(hip_hash_len(99), 0);
}

/* RFC 4231 section 4.3, RFC 2202 case 2. */
static void test_hmac(void **state)
{
	static const char text[] = "what do ya want for nothing?";
	static const struct {
		enum hip_hash hash;
		const char *want;
	} rows[] = {
		{ HIP_HASH_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		{ HIP_HASH_SHA256,
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec"
		  "3843" },
		{ HIP_HASH_SHA384,
		  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322"
		  "445e8e2240ca5e69e2c78b3239ecfab21649" },
	};
	uint8_t out[HIP_HASH_MAX];
	size_t i, k;

	/* Twice: the template must not keep the first key. */
	for (k = 0; k < 2; k++) {
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			assert_int_equal(hip_crypto_hmac(rows[i].hash,
					(const uint8_t *)"Jefe", 4, text,
					strlen(text), out), 0);
			assert_hex(out, rows[i].want);
		}
		assert_int_equal(hip_crypto_hmac(HIP_HASH_SHA256,
				(const uint8_t *)"other", 5, text, 4, out), 0);
	}
	assert_int_equal(hip_crypto_hmac(HIP_HASH_NONE, out, 4, text, 4, out),
			 -EINVAL);
}

/* RFC 5869 appendix A.1. */
static void test_hkdf(void **state)
{
	uint8_t ikm[22], salt[16], info[16], out[8192];
	size_t info_len, salt_len;

	memset(ikm, 0x0b, sizeof(ikm));
	salt_len = unhex(salt, "000102030405060708090a0b0c");
	info_len = unhex(info, "f0f1f2f3f4f5f6f7f8f9");
	assert_int_equal(hip_crypto_hkdf(HIP_HASH_SHA256, ikm, 22, salt,
					 salt_len, info, info_len, out, 42), 0);
	assert_hex(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db0"
		   "2d56ecc4c5bf34007208d5b887185865");
	assert_int_equal(hip_crypto_hkdf(HIP_HASH_SHA256, ikm, 22, salt,
					 salt_len, info, info_len, out, 8160),
			 0);
	assert_hex(out, "3cb25f25");
	assert_int_equal(hip_crypto_hkdf(HIP_HASH_SHA256, ikm, 22, salt,
					 salt_len, info, info_len, out, 8161),
			 -EINVAL);
	assert_int_equal(hip_crypto_hkdf(HIP_HASH_SHA256, ikm, 22, salt,
					 salt_len, info, info_len, out, 0),
			 -EINVAL);
	assert_int_equal(hip_crypto_hkdf(HIP_HASH_NONE, ikm, 22, salt, 13,
					 info, 10, out, 16), -EINVAL);
}

/* NIST SP 800-38A, F.2.1 and F.2.5: the first blocks. */
static void test_cipher(void **state)
{
	static const struct {
		unsigned int cipher;
		size_t key_len;
		const char *key, *want;
	} rows[] = {
		{ HIP_CIPHER_AES128_CBC, 16,
		  "2b7e151628aed2a6abf7158809cf4f3c",
		  "7649abac8119b246cee98e9b12e9197d"
		  "5086cb9b507219ee95db113a917678b2" },
		{ HIP_CIPHER_AES256_CBC, 32,
		  "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a309"
		  "14dff4",
		  "f58c4c04d6e5f1ba779eabfb5f7bfbd6"
		  "9cfc4e967edb808d679f777bc6702c7d" },
	};
	uint8_t key[32], iv[16], in[48], out[64], back[64];
	size_t i, len, n;

	unhex(iv, "000102030405060708090a0b0c0d0e0f");
	len = unhex(in, "6bc1bee22e409f96e93d7e117393172a"
		    "ae2d8a571e03ac9c9eb76fac45af8e51");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(hip_cipher_supported(rows[i].cipher));
		assert_int_equal(hip_cipher_key_len(rows[i].cipher),
				 rows[i].key_len);
		assert_int_equal(hip_cipher_iv_len(rows[i].cipher), 16);
		unhex(key, rows[i].key);
		assert_int_equal(hip_crypto_encrypt(rows[i].cipher, key, iv,
						    in, len, out, &n), 0);
		assert_int_equal(n, len + 16);
		assert_hex(out, rows[i].want);
		assert_int_equal(hip_crypto_decrypt(rows[i].cipher, key, iv,
						    out, n, back), 0);
		assert_memory_equal(back, in, len);
		/* The padding stays, unjudged. */
		assert_hex(back + len, "10101010101010101010101010101010");
		out[n - 1] ^= 1;
		assert_int_equal(hip_crypto_decrypt(rows[i].cipher, key, iv,
						    out, n, back), 0);
		assert_memory_equal(back, in, len - 16);

		/* In place, and of a length that TLVs have. */
		memcpy(out, in, 24);
		assert_int_equal(hip_crypto_encrypt(rows[i].cipher, key, iv,
						    out, 24, out, &n), 0);
		assert_int_equal(n, 32);
		assert_int_equal(hip_crypto_decrypt(rows[i].cipher, key, iv,
						    out, n, out), 0);
		assert_memory_equal(out, in, 24);
		assert_hex(out + 24, "0808080808080808");
	}
}

static void test_cipher_refused(void **state)
{
	static const unsigned int none[] = { 0, 3, 5, 65535 };
	uint8_t buf[64] = { 0 };
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		assert_false(hip_cipher_supported(none[i]));
		assert_int_equal(hip_cipher_key_len(none[i]), 0);
		assert_int_equal(hip_cipher_iv_len(none[i]), 0);
		assert_int_equal(hip_crypto_encrypt(none[i], buf, buf, buf, 16,
						    buf, &n), -EINVAL);
	}
	assert_int_equal(hip_crypto_decrypt(2, buf, buf, buf, 0, buf),
			 -EINVAL);
	assert_int_equal(hip_crypto_decrypt(2, buf, buf, buf, 15, buf),
			 -EINVAL);
	assert_int_equal(hip_crypto_decrypt(2, buf, buf, buf, 17, buf),
			 -EINVAL);
}

/* NULL: what goes in comes out, without IV and padding. */
static void test_cipher_null(void **state)
{
	uint8_t in[25] = "some octets of any length", out[41], back[25];
	size_t n;

	assert_true(hip_cipher_supported(HIP_CIPHER_NULL));
	assert_int_equal(hip_cipher_key_len(HIP_CIPHER_NULL), 0);
	assert_int_equal(hip_cipher_iv_len(HIP_CIPHER_NULL), 0);
	assert_int_equal(hip_crypto_encrypt(HIP_CIPHER_NULL, NULL, NULL, in,
					    sizeof(in), out, &n), 0);
	assert_int_equal(n, sizeof(in));
	assert_memory_equal(out, in, sizeof(in));
	assert_int_equal(hip_crypto_decrypt(HIP_CIPHER_NULL, NULL, NULL, out,
					    n, back), 0);
	assert_memory_equal(back, in, sizeof(in));
}

/* What is not authentic is not shown, whichever octet of it changed. */
static void test_seal(void **state)
{
	static const uint8_t zero[24];
	uint8_t secret[HIP_SEAL_SECRET] = { 1 }, salt[HIP_SEAL_SALT] = { 2 };
	uint8_t sealed[sizeof(zero) + HIP_SEAL_TAG], buf[sizeof(sealed)];
	uint8_t aad[3] = { 7, 8, 9 };
	size_t i;

	memset(sealed, 0x55, sizeof(sealed));
	assert_int_equal(hip_crypto_seal(secret, salt, aad, sizeof(aad),
					 sealed, sizeof(zero)), 0);
	memcpy(buf, sealed, sizeof(buf));
	assert_int_equal(hip_crypto_unseal(secret, salt, aad, sizeof(aad),
					   buf, sizeof(zero)), 0);
	assert_hex(buf, "555555555555555555555555555555555555555555555555");
	for (i = 0; i < sizeof(aad) + sizeof(sealed); i++) {
		memcpy(buf, sealed, sizeof(buf));
		if (i < sizeof(aad))
			aad[i] ^= 1;
		else
			buf[i - sizeof(aad)] ^= 1;
		assert_int_equal(hip_crypto_unseal(secret, salt, aad,
						   sizeof(aad), buf,
						   sizeof(zero)), -EBADMSG);
		assert_memory_equal(buf, zero, sizeof(zero));
		if (i < sizeof(aad))
			aad[i] ^= 1;
	}
}

static void test_small_things(void **state)
{
	uint8_t a[64], b[64];

	hip_crypto_random(a, sizeof(a));
	hip_crypto_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_true(hip_crypto_equal(a, b, sizeof(a)));
	b[63] ^= 0x80;
	assert_false(hip_crypto_equal(a, b, sizeof(a)));
	assert_true(hip_crypto_equal(a, b, 63));
	memset(b, 0, sizeof(b));
	hip_crypto_wipe(a, sizeof(a));
	assert_memory_equal(a, b, sizeof(a));
}

/* ---- Diffie-Hellman ---- */

static const struct {
	unsigned int id;
	size_t public_len, secret_len;
	bool ec;
} groups[] = {
	{ HIP_DH_MODP1536, 192, 192, false },
	{ HIP_DH_MODP3072, 384, 384, false },
	{ HIP_DH_P256, 64, 32, true },
	{ HIP_DH_P384, 96, 48, true },
	{ HIP_DH_P521, 132, 66, true },
	{ HIP_DH_SECP160R1, 40, 20, true },
	{ HIP_DH_MODP2048, 256, 256, false },
};

static void test_dh(void **state)
{
	uint8_t ab[HIP_DH_SECRET_MAX], ba[HIP_DH_SECRET_MAX];
	struct hip_dh *a, *b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		unsigned int id = groups[i].id;

		assert_true(hip_dh_supported(id));
		assert_int_equal(hip_dh_public_len(id), groups[i].public_len);
		assert_int_equal(hip_dh_secret_len(id), groups[i].secret_len);
		assert_true(groups[i].public_len <= HIP_DH_PUB_MAX);
		a = hip_dh_create(id);
		b = hip_dh_create(id);
		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal(hip_dh_group(a), id);
		assert_memory_not_equal(hip_dh_public(a), hip_dh_public(b),
					groups[i].public_len);
		memset(ab, 0, sizeof(ab));
		assert_int_equal(hip_dh_derive(a, hip_dh_public(b),
					       groups[i].public_len, ab), 0);
		assert_int_equal(hip_dh_derive(b, hip_dh_public(a),
					       groups[i].public_len, ba), 0);
		assert_memory_equal(ab, ba, groups[i].secret_len);
		/* A reference more keeps it alive. */
		hip_dh_get(a);
		hip_dh_put(a);
		assert_int_equal(hip_dh_derive(a, hip_dh_public(b),
					       groups[i].public_len, ab), 0);
		hip_dh_put(a);
		hip_dh_put(b);
	}
	hip_dh_put(NULL);
}

static void test_dh_unknown(void **state)
{
	static const unsigned int none[] = { 0, 1, 2, 5, 6, 12, 255 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		assert_false(hip_dh_supported(none[i]));
		assert_int_equal(hip_dh_public_len(none[i]), 0);
		assert_int_equal(hip_dh_secret_len(none[i]), 0);
		assert_null(hip_dh_create(none[i]));
	}
}

static void refuse(struct hip_dh *dh, const uint8_t *public, size_t len)
{
	uint8_t secret[HIP_DH_SECRET_MAX];

	assert_int_equal(hip_dh_derive(dh, public, len, secret), -EINVAL);
}

/* Points that are not on the curve, infinity's stand-in, wrong lengths. */
static void test_dh_points(void **state)
{
	uint8_t public[HIP_DH_PUB_MAX];
	struct hip_dh *a, *b;
	size_t i, k, len;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (!groups[i].ec)
			continue;
		len = groups[i].public_len;
		a = hip_dh_create(groups[i].id);
		b = hip_dh_create(groups[i].id);
		for (k = 0; k < len; k += 7) {
			memcpy(public, hip_dh_public(b), len);
			public[k] ^= 0x01;
			refuse(a, public, len);
		}
		memset(public, 0, sizeof(public));
		refuse(a, public, len);
		memset(public, 0xff, sizeof(public));
		refuse(a, public, len);
		memcpy(public, hip_dh_public(b), len);
		refuse(a, public, len - 1);
		refuse(a, public, len + 1);
		refuse(a, public, len / 2);
		refuse(a, public, 1);
		refuse(a, public, 0);
		hip_dh_put(a);
		hip_dh_put(b);
	}
}

/* Only numbers may come without leading zeros: a point whose x begins with
 * one, and comes without it, is of a wrong length.
 */
static void test_dh_short_point(void **state)
{
	struct hip_dh *a = hip_dh_create(HIP_DH_P256), *b = NULL;
	int i;

	for (i = 0; i < 10000 && (!b || hip_dh_public(b)[0]); i++) {
		hip_dh_put(b);
		b = hip_dh_create(HIP_DH_P256);
	}
	assert_int_equal(hip_dh_public(b)[0], 0);
	refuse(a, hip_dh_public(b) + 1, 63);
	hip_dh_put(a);
	hip_dh_put(b);
}

/* A point of another curve (y^2 = x^3 - 3x + b with another b) would leak the
 * private key; here the generator of P-256 with y + 1. The generator itself
 * gives the x of our own public value.
 */
static void test_dh_foreign_curve(void **state)
{
	struct hip_dh *a = hip_dh_create(HIP_DH_P256);
	uint8_t public[64];

	unhex(public, "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945"
	      "d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb640"
	      "6837bf51f6");
	refuse(a, public, 64);
	public[63] = 0xf5;
	assert_int_equal(hip_dh_derive(a, public, 64, public), 0);
	assert_memory_equal(public, hip_dh_public(a), 32);
	hip_dh_put(a);
}

/* 2 <= y <= p - 2, and y of the subgroup of prime order. */
static void test_dh_modp(void **state)
{
	/* RFC 3526 section 2: the prime of group 3. */
	static const char prime[] =
		"ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67"
		"cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6d"
		"f25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff"
		"5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3d"
		"c2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3"
		"ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08"
		"ca237327ffffffffffffffff";
	struct hip_dh *a = hip_dh_create(HIP_DH_MODP1536);
	uint8_t public[193] = { 0 }, p[192], secret[192], four[192] = { 0 };

	assert_int_equal(unhex(p, prime), 192);
	refuse(a, public, 192);			/* 0 */
	public[191] = 1;
	refuse(a, public, 192);
	refuse(a, p, 192);
	p[191]--;				/* p - 1: order 2 */
	refuse(a, p, 192);
	p[191]--;				/* p - 2: no square */
	refuse(a, p, 192);
	memset(public, 0xff, sizeof(public));
	refuse(a, public, 192);
	refuse(a, public, 193);
	refuse(a, public, 0);

	/* Some send numbers without leading zeros: 4 = 2^2. */
	public[0] = four[191] = 4;
	assert_int_equal(hip_dh_derive(a, public, 1, secret), 0);
	assert_int_equal(hip_dh_derive(a, four, 192, p), 0);
	assert_memory_equal(secret, p, 192);
	hip_dh_put(a);
}

/* Exchanges until one in 256 gives a secret that begins with a zero, which
 * must stay in its place.
 */
static void leading_zero(unsigned int group)
{
	uint8_t ab[HIP_DH_SECRET_MAX], ba[HIP_DH_SECRET_MAX];
	size_t len = hip_dh_public_len(group);
	struct hip_dh *a = hip_dh_create(group), *b;
	bool zero = false;
	int i;

	for (i = 0; i < 10000 && !zero; i++) {
		b = hip_dh_create(group);
		memset(ab, 0xee, sizeof(ab));
		assert_int_equal(hip_dh_derive(a, hip_dh_public(b), len, ab),
				 0);
		zero = !ab[0];
		if (zero) {
			assert_int_equal(hip_dh_derive(b, hip_dh_public(a),
						       len, ba), 0);
			assert_memory_equal(ab, ba, hip_dh_secret_len(group));
		}
		hip_dh_put(b);
	}
	assert_true(zero);
	hip_dh_put(a);
}

static void test_dh_padding(void **state)
{
	leading_zero(HIP_DH_P256);
	leading_zero(HIP_DH_MODP1536);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_hkdf),
		cmocka_unit_test(test_cipher),
		cmocka_unit_test(test_cipher_refused),
		cmocka_unit_test(test_cipher_null),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_small_things),
		cmocka_unit_test(test_dh),
		cmocka_unit_test(test_dh_unknown),
		cmocka_unit_test(test_dh_points),
		cmocka_unit_test(test_dh_short_point),
		cmocka_unit_test(test_dh_foreign_curve),
		cmocka_unit_test(test_dh_modp),
		cmocka_unit_test(test_dh_padding),
	};

	return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
