// SPDX-License-Identifier: GPL-2.0
/*
 * Host Identities as octets: HIT suites, the HIT (RFC 7343 section 2, RFC
 * 7401 section 3.2), public keys to and from the HI of HOST_ID (RFC 7401
 * section 5.2.9, RFC 3110). Owns no state.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "crypto_key.h"
#include "wire.h"

#define RSA_E_MAX 8		/* octets; a larger one only costs us time */

/* The order of SECP160R1 has 161 bits: 21 octets. */
static const struct hip_curve curves[] = {
	{ HIP_HI_ECDSA, 1, 256, 32, 32, HIP_GROUP_P256, "prime256v1" },
	{ HIP_HI_ECDSA, 2, 384, 48, 48, HIP_GROUP_P384, "secp384r1" },
	{ HIP_HI_ECDSA_LOW, 1, 160, 20, 21, HIP_GROUP_SECP160R1, "secp160r1" },
	{ 0 },
};

const struct hip_curve *hip_curve_by_bits(unsigned int alg, unsigned int bits)
{
	const struct hip_curve *c;

	for (c = curves; c->id; c++)
		if (c->alg == alg && c->bits == bits)
			return c;
	return NULL;
}

static const struct hip_curve *curve_of(const EVP_PKEY *pkey)
{
	const struct hip_curve *c;
	char name[64];

	if (EVP_PKEY_get_group_name(pkey, name, sizeof(name), NULL) != 1)
		return NULL;
	for (c = curves; c->id; c++)
		if (!strcmp(name, c->name))
			return c;
	return NULL;
}

unsigned int hip_hit_suite(const struct in6_addr *hit)
{
	return hit->s6_addr[3] & 0x0f;
}

unsigned int hip_hi_suite(unsigned int hi_alg)
{
	switch (hi_alg) {
	case HIP_HI_RSA:
		return HIP_SUITE_RSA_SHA256;
	case HIP_HI_ECDSA:
		return HIP_SUITE_ECDSA_SHA384;
	case HIP_HI_ECDSA_LOW:
		return HIP_SUITE_ECDSA_LOW_SHA1;
	default:
		return 0;
	}
}

enum hip_hash hip_suite_hash(unsigned int suite)
{
	switch (suite) {
	case HIP_SUITE_RSA_SHA256:
		return HIP_HASH_SHA256;
	case HIP_SUITE_ECDSA_SHA384:
		return HIP_HASH_SHA384;
	case HIP_SUITE_ECDSA_LOW_SHA1:
		return HIP_HASH_SHA1;
	default:
		return HIP_HASH_NONE;
	}
}

bool hip_suite_supported(unsigned int suite)
{
	return hip_suite_hash(suite) != HIP_HASH_NONE &&
	       (suite != HIP_SUITE_ECDSA_LOW_SHA1 ||
		hip_group_available(HIP_GROUP_SECP160R1));
}

int hip_hi_to_hit(unsigned int alg, const uint8_t *hi, size_t len,
		  struct in6_addr *hit)
{
	static const uint8_t context[16] = {
		0xf0, 0xef, 0xf0, 0x2f, 0xbf, 0xf4, 0x3d, 0x0f,
		0xe7, 0x93, 0x0c, 0x3c, 0x6e, 0x61, 0x74, 0xea,
	};
	struct iovec iov[2] = {
		{ (void *)context, sizeof(context) },
		{ (void *)hi, len },
	};
	unsigned int suite = hip_hi_suite(alg);
	enum hip_hash hash = hip_suite_hash(suite);
	uint8_t digest[HIP_HASH_MAX];
	int err;

	err = hip_crypto_digest(hash, iov, 2, digest);
	if (err)
		return err;
	hit->s6_addr[0] = 0x20;
	hit->s6_addr[1] = 0x01;
	hit->s6_addr[2] = 0x00;
	hit->s6_addr[3] = (uint8_t)(0x20 | suite);
	/* Encode_96 is the middle of the digest (RFC 7343 section 2). */
	memcpy(&hit->s6_addr[4], digest + (hip_hash_len(hash) - 12) / 2, 12);
	return 0;
}

/* e_len, e, n (RFC 3110). */
static size_t rsa_to_hi(EVP_PKEY *pkey, uint8_t *hi)
{
	BIGNUM *n = NULL, *e = NULL;
	int e_len, n_len;
	size_t len = 0;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
	    BN_num_bytes(e) <= RSA_E_MAX &&
	    BN_num_bits(n) >= HIP_RSA_BITS_MIN &&
	    BN_num_bits(n) <= HIP_RSA_BITS_MAX) {
		e_len = BN_bn2bin(e, hi + 1);
		n_len = BN_bn2bin(n, hi + 1 + e_len);
		hi[0] = (uint8_t)e_len;
		len = 1 + (size_t)e_len + (size_t)n_len;
	}
	BN_free(n);
	BN_free(e);
	return len;
}

/* Curve, then the point as 04|x|y. */
static size_t ec_to_hi(EVP_PKEY *pkey, unsigned int *alg, uint8_t *hi)
{
	const struct hip_curve *c = curve_of(pkey);
	BIGNUM *x = NULL, *y = NULL;
	size_t len = 0;
	int n;

	if (!c)
		return 0;
	*alg = c->alg;
	n = (int)c->len;
	hip_put16(hi, (uint16_t)c->id);
	hi[2] = 0x04;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
	    BN_bn2binpad(x, hi + 3, n) == n &&
	    BN_bn2binpad(y, hi + 3 + n, n) == n)
		len = 3 + 2 * c->len;
	BN_free(x);
	BN_free(y);
	return len;
}

size_t hip_hi_encode(EVP_PKEY *pkey, unsigned int *alg, uint8_t *hi)
{
	if (EVP_PKEY_is_a(pkey, "RSA")) {
		*alg = HIP_HI_RSA;
		return rsa_to_hi(pkey, hi);
	}
	return EVP_PKEY_is_a(pkey, "EC") ? ec_to_hi(pkey, alg, hi) : 0;
}

const struct hip_curve *hip_hi_curve(unsigned int alg, const uint8_t *hi,
				     size_t len)
{
	const struct hip_curve *c;

	for (c = curves; len >= 2 && c->id; c++)
		if (c->alg == alg && c->id == hip_get16(hi))
			return c;
	return NULL;
}

/* Curve, then 04|x|y or x|y. OpenSSL refuses what is not on the curve. */
static EVP_PKEY *ec_from_hi(unsigned int alg, const uint8_t *hi, size_t len)
{
	const struct hip_curve *c = hip_hi_curve(alg, hi, len);
	uint8_t point[1 + 2 * HIP_CURVE_MAX] = { 0x04 };
	const uint8_t *xy = hi + 2;

	if (!c)
		return NULL;
	if (len == 2 + 1 + 2 * c->len && *xy == 0x04)
		xy++;
	else if (len != 2 + 2 * c->len)
		return NULL;
	memcpy(point + 1, xy, 2 * c->len);
	return hip_group_import(c->group, point, 1 + 2 * c->len);
}

/* Is this a number of @min to @max octets, odd and without leading zeros? */
static bool odd_number(const uint8_t *p, size_t len, size_t min, size_t max)
{
	return len >= min && len <= max && p[0] && (p[len - 1] & 1);
}

/* Can a signature be checked with this exponent and modulus? */
static bool rsa_sane(const uint8_t *e, size_t e_len, const uint8_t *n,
		     size_t n_len)
{
	const size_t min = HIP_RSA_BITS_MIN / 8, max = HIP_RSA_BITS_MAX / 8;

	if (!odd_number(e, e_len, 1, RSA_E_MAX) || (e_len == 1 && e[0] == 1))
		return false;
	return odd_number(n, n_len, min, max) &&
	       (n_len > min || (n[0] & 0x80));
}

static EVP_PKEY *rsa_from_params(OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *rsa_from_hi(const uint8_t *hi, size_t len)
{
	OSSL_PARAM_BLD *bld = NULL;
	BIGNUM *n = NULL, *e = NULL;
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;
	size_t e_len;

	if (!len || len < 1 + (size_t)hi[0])
		return NULL;
	e_len = hi[0];
	if (!rsa_sane(hi + 1, e_len, hi + 1 + e_len, len - 1 - e_len))
		return NULL;
	e = BN_bin2bn(hi + 1, (int)e_len, NULL);
	n = BN_bin2bn(hi + 1 + e_len, (int)(len - 1 - e_len), NULL);
	bld = OSSL_PARAM_BLD_new();
	if (bld && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(bld);
	if (params)
		pkey = rsa_from_params(params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(e);
	return pkey;
}

EVP_PKEY *hip_hi_decode(unsigned int alg, const uint8_t *hi, size_t len)
{
	EVP_PKEY *pkey = NULL;

	if (alg == HIP_HI_RSA)
		pkey = rsa_from_hi(hi, len);
	else
		pkey = ec_from_hi(alg, hi, len);
	ERR_clear_error();
	return pkey;
}
