// SPDX-License-Identifier: GPL-2.0
/*
 * Host Identity keys: making, PEM, the HI octets of HOST_ID, the HIT
 * (RFC 7401 sections 3.2 and 5.2.9, RFC 7343 section 2, RFC 3110).
 * Signatures are in crypto_sign.c. A key never changes after it was made and
 * is counted atomically, so that threads may share it.
 */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "crypto_key.h"
#include "wire.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096
#define RSA_E_MAX 8		/* octets; a larger one only costs us time */

const struct hip_curve hip_curves[] = {
	{ 1, 256, 32, HIP_GROUP_P256, "prime256v1" },
	{ 2, 384, 48, HIP_GROUP_P384, "secp384r1" },
	{ 0 },
};

static const struct hip_curve *curve_by_bits(unsigned int bits)
{
	const struct hip_curve *c;

	for (c = hip_curves; c->id; c++)
		if (c->bits == bits)
			return c;
	return NULL;
}

static const struct hip_curve *curve_by_id(unsigned int id)
{
	const struct hip_curve *c;

	for (c = hip_curves; c->id; c++)
		if (c->id == id)
			return c;
	return NULL;
}

static const struct hip_curve *curve_of(const EVP_PKEY *pkey)
{
	const struct hip_curve *c;
	char name[64];

	if (EVP_PKEY_get_group_name(pkey, name, sizeof(name), NULL) != 1)
		return NULL;
	for (c = hip_curves; c->id; c++)
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
	default:
		return HIP_HASH_NONE;
	}
}

bool hip_suite_supported(unsigned int suite)
{
	return hip_suite_hash(suite) != HIP_HASH_NONE;
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

/* Takes @pkey over, also when no memory is left. */
static struct hip_key *wrap(EVP_PKEY *pkey, unsigned int alg, bool private)
{
	struct hip_key *key = pkey ? calloc(1, sizeof(*key)) : NULL;

	if (!key) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	key->refs = 1;
	key->alg = alg;
	key->private = private;
	key->pkey = pkey;
	key->bits = (unsigned int)EVP_PKEY_get_bits(pkey);
	return key;
}

/* What can be told when the HI octets are there. Gives up @key on failure. */
static struct hip_key *finish(struct hip_key *key, int err)
{
	if (!err && !key->curve &&
	    (key->bits < RSA_BITS_MIN || key->bits > RSA_BITS_MAX))
		err = -EINVAL;
	if (!err)
		err = hip_hi_to_hit(key->alg, key->hi, key->hi_len, &key->hit);
	ERR_clear_error();
	if (!err)
		return key;
	hip_key_put(key);
	return NULL;
}

/* e_len, e, n (RFC 3110). */
static int rsa_to_hi(struct hip_key *key)
{
	int err = -EINVAL, e_len, n_len;
	BIGNUM *n = NULL, *e = NULL;

	if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
	    BN_num_bytes(e) <= RSA_E_MAX && BN_num_bits(n) <= RSA_BITS_MAX) {
		e_len = BN_bn2bin(e, key->hi + 1);
		n_len = BN_bn2bin(n, key->hi + 1 + e_len);
		key->hi[0] = (uint8_t)e_len;
		key->hi_len = 1 + (size_t)e_len + (size_t)n_len;
		err = 0;
	}
	BN_free(n);
	BN_free(e);
	return err;
}

/* Curve, then the point as 04|x|y. */
static int ec_to_hi(struct hip_key *key)
{
	const struct hip_curve *c = curve_of(key->pkey);
	BIGNUM *x = NULL, *y = NULL;
	int err = -EINVAL, n;

	if (!c)
		return -EINVAL;
	n = (int)c->len;
	key->curve = c;
	hip_put16(key->hi, (uint16_t)c->id);
	key->hi[2] = 0x04;
	key->hi_len = 3 + 2 * c->len;
	if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X,
				  &x) == 1 &&
	    EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y,
				  &y) == 1 &&
	    BN_bn2binpad(x, key->hi + 3, n) == n &&
	    BN_bn2binpad(y, key->hi + 3 + n, n) == n)
		err = 0;
	BN_free(x);
	BN_free(y);
	return err;
}

/* Takes @pkey over; NULL when it is not a key that we support. */
static struct hip_key *from_pkey(EVP_PKEY *pkey)
{
	bool rsa = pkey && EVP_PKEY_is_a(pkey, "RSA");
	bool ec = pkey && EVP_PKEY_is_a(pkey, "EC");
	struct hip_key *key;

	key = wrap(pkey, rsa ? HIP_HI_RSA : HIP_HI_ECDSA, true);
	if (!key)
		return NULL;
	if (rsa)
		return finish(key, rsa_to_hi(key));
	return finish(key, ec ? ec_to_hi(key) : -EINVAL);
}

struct hip_key *hip_key_generate(unsigned int alg, unsigned int bits)
{
	const struct hip_curve *c;

	switch (alg) {
	case HIP_HI_RSA:
		if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX || bits % 8)
			return NULL;
		return from_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
						   (size_t)bits));
	case HIP_HI_ECDSA:
		c = curve_by_bits(bits);
		return c ? from_pkey(hip_group_generate(c->group)) : NULL;
	default:
		return NULL;
	}
}

/* A daemon asks nobody for a passphrase. */
static int no_passphrase(char *buf, int size, int rwflag, void *u)
{
	return -1;
}

/* Do the private and the public half belong together? */
static bool consistent(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool ok = ctx && EVP_PKEY_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

struct hip_key *hip_key_from_pem(const char *pem, size_t len, const char **err)
{
	PKCS8_PRIV_KEY_INFO *info = NULL;
	struct hip_key *key = NULL;
	EVP_PKEY *pkey = NULL;
	BIO *bio;

	*err = "no memory";
	bio = BIO_new_mem_buf(pem, (int)len);
	if (!bio)
		return NULL;
	*err = "no unencrypted PKCS#8 key (\"BEGIN PRIVATE KEY\") in it";
	info = PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio, NULL, no_passphrase,
						NULL);
	if (!info)
		goto out;
	pkey = EVP_PKCS82PKEY_ex(info, NULL, NULL);
	if (!pkey)
		goto out;
	*err = "the key is damaged: its halves do not belong together";
	if (!consistent(pkey)) {
		EVP_PKEY_free(pkey);
		goto out;
	}
	*err = "the key is neither ECDSA P-256 or P-384 nor RSA of 2048 to 4096 bits";
	key = from_pkey(pkey);
out:
	PKCS8_PRIV_KEY_INFO_free(info);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

char *hip_key_to_pem(const struct hip_key *key, size_t *len)
{
	BIO *bio = key->private ? BIO_new(BIO_s_mem()) : NULL;
	char *text, *pem = NULL;
	long n;

	if (!bio)
		return NULL;
	if (PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL,
					  NULL) == 1) {
		n = BIO_get_mem_data(bio, &text);
		pem = malloc((size_t)n + 1);
		if (pem) {
			memcpy(pem, text, (size_t)n);
			pem[n] = '\0';
			*len = (size_t)n;
		}
	}
	BIO_free(bio);			/* wipes its buffer */
	return pem;
}

/* The curve of an ECDSA HI, or NULL. */
static const struct hip_curve *curve_of_hi(const uint8_t *hi, size_t len)
{
	return len < 2 ? NULL : curve_by_id(hip_get16(hi));
}

/* Curve, then 04|x|y or x|y. OpenSSL refuses what is not on the curve. */
static EVP_PKEY *ec_from_hi(const uint8_t *hi, size_t len)
{
	const struct hip_curve *c = curve_of_hi(hi, len);
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

/* Is this exponent and modulus one that a signature can be checked with? */
static bool rsa_sane(const uint8_t *e, size_t e_len, const uint8_t *n,
		     size_t n_len)
{
	return e_len && e_len <= RSA_E_MAX && e[0] && (e[e_len - 1] & 1) &&
	       !(e_len == 1 && e[0] == 1) && n_len >= RSA_BITS_MIN / 8 &&
	       n_len <= RSA_BITS_MAX / 8 && n[0] && (n[n_len - 1] & 1);
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

struct hip_key *hip_key_from_hi(unsigned int alg, const uint8_t *hi,
				size_t len)
{
	struct hip_key *key = NULL;

	if (len > HIP_HI_MAX)
		return NULL;
	if (alg == HIP_HI_RSA)
		key = wrap(rsa_from_hi(hi, len), alg, false);
	else if (alg == HIP_HI_ECDSA)
		key = wrap(ec_from_hi(hi, len), alg, false);
	if (!key)
		return NULL;
	if (alg == HIP_HI_ECDSA)
		key->curve = curve_of_hi(hi, len);
	/* The HIT is that of the octets as they came: both ways to write a
	 * point certify themselves.
	 */
	memcpy(key->hi, hi, len);
	key->hi_len = len;
	return finish(key, 0);
}

struct hip_key *hip_key_get(struct hip_key *key)
{
	__atomic_add_fetch(&key->refs, 1, __ATOMIC_RELAXED);
	return key;
}

void hip_key_put(struct hip_key *key)
{
	if (!key || __atomic_sub_fetch(&key->refs, 1, __ATOMIC_ACQ_REL))
		return;
	EVP_PKEY_free(key->pkey);	/* wipes the private half */
	free(key);
}

unsigned int hip_key_alg(const struct hip_key *key)
{
	return key->alg;
}

unsigned int hip_key_bits(const struct hip_key *key)
{
	return key->bits;
}

const uint8_t *hip_key_hi(const struct hip_key *key, size_t *len)
{
	*len = key->hi_len;
	return key->hi;
}

const struct in6_addr *hip_key_hit(const struct hip_key *key)
{
	return &key->hit;
}
