// SPDX-License-Identifier: GPL-2.0
/*
 * Signatures of Host Identities (RFC 7401 section 5.2.14): RSASSA-PSS with
 * SHA-256, MGF1 with SHA-256 and a salt of 32 octets; ECDSA as r|s of fixed
 * width. The digest is that of the signer's HIT suite. Owns no state.
 */
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto_key.h"

#define DER_MAX (2 * (HIP_CURVE_MAX + 3) + 4)	/* SEQUENCE of two INTEGERs */

size_t hip_key_sig_len(const struct hip_key *key)
{
	return key->curve ? 2 * key->curve->order_len : (key->bits + 7) / 8;
}

static int digest(enum hip_hash hash, const void *data, size_t len,
		  uint8_t *out)
{
	struct iovec iov = { (void *)data, len };

	return hip_crypto_digest(hash, &iov, 1, out);
}

/* A context ready to sign or to verify a digest of the key's suite. */
static EVP_PKEY_CTX *open_ctx(const struct hip_key *key,
			      int (*init)(EVP_PKEY_CTX *ctx,
					  const OSSL_PARAM *params))
{
	int salt = 32;
	const OSSL_PARAM pss[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE,
				OSSL_PKEY_RSA_PAD_MODE_PSS, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST,
				"SHA256", 0),
		OSSL_PARAM_construct_utf8_string(
				OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA256", 0),
		OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN,
					 &salt),
		OSSL_PARAM_END,
	};
	EVP_PKEY *pkey = hip_key_pkey(key);
	EVP_PKEY_CTX *ctx;

	if (!pkey)
		return NULL;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	EVP_PKEY_free(pkey);		/* @ctx has its own reference */
	if (ctx && init(ctx, key->curve ? NULL : pss) != 1) {
		EVP_PKEY_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

static int der_to_rs(const struct hip_curve *c, const uint8_t *der, size_t len,
		     uint8_t *rs)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	int ok;

	if (!sig)
		return -EIO;
	ok = BN_bn2binpad(ECDSA_SIG_get0_r(sig), rs, (int)c->order_len) > 0 &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), rs + c->order_len,
			  (int)c->order_len) > 0;
	ECDSA_SIG_free(sig);
	return ok ? 0 : -EIO;
}

/* Returns the length of @der (DER_MAX) or a negative errno. */
static int rs_to_der(const struct hip_curve *c, const uint8_t *rs,
		     uint8_t *der)
{
	BIGNUM *r = BN_bin2bn(rs, (int)c->order_len, NULL);
	BIGNUM *s = BN_bin2bn(rs + c->order_len, (int)c->order_len, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int len = -ENOMEM;

	if (!r || !s || !sig || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else {
		len = i2d_ECDSA_SIG(sig, &der);
	}
	ECDSA_SIG_free(sig);
	return len;
}

int hip_key_sign(const struct hip_key *key, const void *data, size_t len,
		 uint8_t *sig, size_t *sig_len)
{
	enum hip_hash hash = hip_suite_hash(hip_hi_suite(key->alg));
	uint8_t md[HIP_HASH_MAX], der[DER_MAX];
	uint8_t *out = key->curve ? der : sig;
	const size_t room = key->curve ? sizeof(der) : HIP_SIG_MAX;
	size_t out_len = room;
	EVP_PKEY_CTX *ctx;
	int err;

	if (!key->private)
		return -EINVAL;
	err = digest(hash, data, len, md);
	if (err)
		return err;
	ctx = open_ctx(key, EVP_PKEY_sign_init_ex);
	if (!ctx)
		return -EIO;
	/* Out of memory, OpenSSL 3.0 calls an ECDSA signature that it could
	 * not encode a success, of -1 octets.
	 */
	if (EVP_PKEY_sign(ctx, out, &out_len, md, hip_hash_len(hash)) != 1 ||
	    out_len > room)
		err = -EIO;
	else if (key->curve)
		err = der_to_rs(key->curve, der, out_len, sig);
	EVP_PKEY_CTX_free(ctx);
	*sig_len = hip_key_sig_len(key);
	ERR_clear_error();
	return err;
}

static int verify(const struct hip_key *key, enum hip_hash hash,
		  const void *data, size_t len, const uint8_t *sig,
		  size_t sig_len)
{
	uint8_t md[HIP_HASH_MAX];
	EVP_PKEY_CTX *ctx;
	int err;

	err = digest(hash, data, len, md);
	if (err)
		return err;
	ctx = open_ctx(key, EVP_PKEY_verify_init_ex);
	if (!ctx)
		return -EIO;
	if (EVP_PKEY_verify(ctx, sig, sig_len, md, hip_hash_len(hash)) != 1)
		err = -EBADMSG;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return err;
}

int hip_key_verify(const struct hip_key *key, const void *data, size_t len,
		   const uint8_t *sig, size_t sig_len)
{
	enum hip_hash hash = hip_suite_hash(hip_hi_suite(key->alg));
	uint8_t der[DER_MAX];
	int err, der_len;

	if (sig_len != hip_key_sig_len(key))
		return -EBADMSG;
	if (!key->curve)
		return verify(key, hash, data, len, sig, sig_len);
	der_len = rs_to_der(key->curve, sig, der);
	if (der_len < 0)
		return -ENOMEM;
	err = verify(key, hash, data, len, der, (size_t)der_len);
	/* RFC 4754, read alone, ties P-256 to SHA-256. */
	if (err == -EBADMSG && key->curve->bits == 256)
		err = verify(key, HIP_HASH_SHA256, data, len, der,
			     (size_t)der_len);
	return err;
}
