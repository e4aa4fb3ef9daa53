// SPDX-License-Identifier: GPL-2.0
/*
 * Digests, HMAC, HKDF and random numbers. Algorithms are fetched once for
 * the process and never change afterwards, so that any thread may use them:
 * a fetch by name costs more than the hash itself.
 */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

#include "crypto.h"

#define N_HASHES (HIP_HASH_SHA384 + 1)

static const struct {
	const char *name;
	size_t len;
} hashes[N_HASHES] = {
	[HIP_HASH_SHA1] = { "SHA1", 20 },
	[HIP_HASH_SHA256] = { "SHA256", 32 },
	[HIP_HASH_SHA384] = { "SHA384", 48 },
};

/* Immutable after fetch_all(). */
static struct {
	EVP_MD *md[N_HASHES];
	EVP_MAC_CTX *hmac[N_HASHES];	/* digest set, no key: templates */
	EVP_KDF *hkdf;
} ossl;
static pthread_once_t ossl_once = PTHREAD_ONCE_INIT;

static EVP_MAC_CTX *hmac_template(EVP_MAC *mac, const char *digest)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 (char *)digest, 0),
		OSSL_PARAM_END,
	};
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

	if (ctx && EVP_MAC_CTX_set_params(ctx, params) != 1) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

static void fetch_all(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	size_t i;

	for (i = HIP_HASH_NONE + 1; i < N_HASHES; i++) {
		ossl.md[i] = EVP_MD_fetch(NULL, hashes[i].name, NULL);
		if (mac)
			ossl.hmac[i] = hmac_template(mac, hashes[i].name);
	}
	ossl.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_MAC_free(mac);
}

static bool known(enum hip_hash hash)
{
	pthread_once(&ossl_once, fetch_all);
	return hash > HIP_HASH_NONE && hash < N_HASHES;
}

size_t hip_hash_len(enum hip_hash hash)
{
	return (unsigned int)hash < N_HASHES ? hashes[hash].len : 0;
}

int hip_crypto_digest(enum hip_hash hash, const struct iovec *iov, size_t n,
		      uint8_t *out)
{
	EVP_MD_CTX *ctx;
	int ok;

	if (!known(hash))
		return -EINVAL;
	if (!ossl.md[hash])
		return -EIO;
	ctx = EVP_MD_CTX_new();
	if (!ctx)
		return -ENOMEM;
	ok = EVP_DigestInit_ex2(ctx, ossl.md[hash], NULL);
	for (; ok == 1 && n; iov++, n--)
		ok = EVP_DigestUpdate(ctx, iov->iov_base, iov->iov_len);
	if (ok == 1)
		ok = EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok == 1 ? 0 : -EIO;
}

int hip_crypto_hmac(enum hip_hash hash, const uint8_t *key, size_t key_len,
		    const void *data, size_t len, uint8_t *out)
{
	EVP_MAC_CTX *ctx;
	size_t out_len;
	int ok;

	if (!known(hash))
		return -EINVAL;
	if (!ossl.hmac[hash])
		return -EIO;
	ctx = EVP_MAC_CTX_dup(ossl.hmac[hash]);
	if (!ctx)
		return -ENOMEM;
	ok = EVP_MAC_init(ctx, key, key_len, NULL);
	if (ok == 1)
		ok = EVP_MAC_update(ctx, data, len);
	if (ok == 1)
		ok = EVP_MAC_final(ctx, out, &out_len, hashes[hash].len);
	EVP_MAC_CTX_free(ctx);
	return ok == 1 ? 0 : -EIO;
}

int hip_crypto_hkdf(enum hip_hash hash, const uint8_t *secret,
		    size_t secret_len, const uint8_t *salt, size_t salt_len,
		    const uint8_t *info, size_t info_len, uint8_t *out,
		    size_t out_len)
{
	EVP_KDF_CTX *ctx;
	int ok;

	if (!known(hash) || !out_len || out_len > 255 * hashes[hash].len)
		return -EINVAL;
	if (!ossl.hkdf)
		return -EIO;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
				(char *)hashes[hash].name, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
				(void *)secret, secret_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
				(void *)salt, salt_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
				(void *)info, info_len),
		OSSL_PARAM_END,
	};
	ctx = EVP_KDF_CTX_new(ossl.hkdf);
	if (!ctx)
		return -ENOMEM;
	ok = EVP_KDF_derive(ctx, out, out_len, params);
	EVP_KDF_CTX_free(ctx);
	return ok == 1 ? 0 : -EIO;
}

bool hip_crypto_equal(const void *a, const void *b, size_t len)
{
	return !CRYPTO_memcmp(a, b, len);
}

void hip_crypto_random(void *buf, size_t len)
{
	/* Without random numbers nothing that follows would be safe. */
	if (RAND_priv_bytes(buf, (int)len) != 1)
		abort();
}

void hip_crypto_wipe(void *buf, size_t len)
{
	OPENSSL_cleanse(buf, len);
}
