// SPDX-License-Identifier: GPL-2.0
/*
 * Sealing of what the daemon keeps in a file: AES-256-GCM (NIST SP 800-38D)
 * under a key that is derived anew for each sealing, so that no pair of key
 * and nonce is used twice. No state.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "crypto.h"

#define KEY 32
#define NONCE 12

struct gcm {
	const uint8_t *aad;
	size_t aad_len;
	uint8_t *buf;
	size_t len;
	uint8_t *tag;
	bool encrypt;
};

/* EVP returns 1 for success. */
static int run(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *aes, const uint8_t *key,
	       const struct gcm *g)
{
	int n, ok;

	ok = EVP_CipherInit_ex2(ctx, aes, key, key + KEY, g->encrypt, NULL);
	if (ok == 1)
		ok = EVP_CipherUpdate(ctx, NULL, &n, g->aad, (int)g->aad_len);
	if (ok == 1 && g->len)
		ok = EVP_CipherUpdate(ctx, g->buf, &n, g->buf, (int)g->len);
	if (ok == 1 && !g->encrypt)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
					 HIP_SEAL_TAG, g->tag);
	if (ok != 1)
		return -EIO;
	if (EVP_CipherFinal_ex(ctx, g->buf + g->len, &n) != 1)
		return g->encrypt ? -EIO : -EBADMSG;
	if (g->encrypt && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
					      HIP_SEAL_TAG, g->tag) != 1)
		return -EIO;
	return 0;
}

static int crypt(const uint8_t *secret, const uint8_t *salt,
		 const struct gcm *g)
{
	static const char info[] = "hipd saved state";
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	uint8_t key[KEY + NONCE];
	int ret = -ENOMEM;

	if (!ctx || !aes || g->len > HIP_SEAL_MAX || g->aad_len > HIP_SEAL_MAX)
		goto out;
	ret = hip_crypto_hkdf(HIP_HASH_SHA256, secret, HIP_SEAL_SECRET, salt,
			      HIP_SEAL_SALT, (const uint8_t *)info,
			      strlen(info), key, sizeof(key));
	if (!ret)
		ret = run(ctx, aes, key, g);
	hip_crypto_wipe(key, sizeof(key));
out:
	EVP_CIPHER_free(aes);
	EVP_CIPHER_CTX_free(ctx);
	return ret;
}

int hip_crypto_seal(const uint8_t *secret, const uint8_t *salt,
		    const void *aad, size_t aad_len, uint8_t *buf, size_t len)
{
	const struct gcm g = { .aad = aad, .aad_len = aad_len, .buf = buf,
			       .len = len, .tag = buf + len, .encrypt = true };

	return crypt(secret, salt, &g);
}

int hip_crypto_unseal(const uint8_t *secret, const uint8_t *salt,
		      const void *aad, size_t aad_len, uint8_t *buf, size_t len)
{
	const struct gcm g = { .aad = aad, .aad_len = aad_len, .buf = buf,
			       .len = len, .tag = buf + len };
	int ret = crypt(secret, salt, &g);

	/* nobody may read what is not authentic */
	if (ret)
		hip_crypto_wipe(buf, len);
	return ret;
}
