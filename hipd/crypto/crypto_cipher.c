// SPDX-License-Identifier: GPL-2.0
/*
 * The ciphers of ENCRYPTED (RFC 7401 sections 5.2.8 and 5.2.18). Fetched
 * once, immutable afterwards.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "crypto.h"

#define BLOCK 16

static const struct {
	unsigned int id;
	const char *name;
	size_t key_len, block;		/* block: octets of the IV, too */
} ciphers[] = {
	{ HIP_CIPHER_NULL, "NULL", 0, 0 },
	{ HIP_CIPHER_AES128_CBC, "AES-128-CBC", 16, BLOCK },
	{ HIP_CIPHER_AES256_CBC, "AES-256-CBC", 32, BLOCK },
};

#define N_CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

static EVP_CIPHER *fetched[N_CIPHERS];
static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;

static void fetch_all(void)
{
	size_t i;

	for (i = 0; i < N_CIPHERS; i++)
		fetched[i] = EVP_CIPHER_fetch(NULL, ciphers[i].name, NULL);
}

/* Index into ciphers[], or -1. */
static int find(unsigned int cipher)
{
	size_t i;

	for (i = 0; i < N_CIPHERS; i++)
		if (ciphers[i].id == cipher)
			return (int)i;
	return -1;
}

size_t hip_cipher_key_len(unsigned int cipher)
{
	int i = find(cipher);

	return i < 0 ? 0 : ciphers[i].key_len;
}

size_t hip_cipher_iv_len(unsigned int cipher)
{
	int i = find(cipher);

	return i < 0 ? 0 : ciphers[i].block;
}

bool hip_cipher_supported(unsigned int cipher)
{
	return find(cipher) >= 0;
}

static int crypt(unsigned int cipher, const uint8_t *key, const uint8_t *iv,
		 const uint8_t *in, size_t len, uint8_t *out, size_t *out_len,
		 int encrypt)
{
	int i = find(cipher), ok, n = 0, tail = 0;
	EVP_CIPHER_CTX *ctx;

	if (i < 0 || len > INT32_MAX - BLOCK)
		return -EINVAL;
	pthread_once(&fetch_once, fetch_all);
	if (!fetched[i])
		return -EIO;
	ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		return -ENOMEM;
	ok = EVP_CipherInit_ex2(ctx, fetched[i], key, iv, encrypt, NULL);
	if (ok == 1)
		ok = EVP_CIPHER_CTX_set_padding(ctx, encrypt &&
						ciphers[i].block);
	if (ok == 1)
		ok = EVP_CipherUpdate(ctx, out, &n, in, (int)len);
	if (ok == 1)
		ok = EVP_CipherFinal_ex(ctx, out + n, &tail);
	EVP_CIPHER_CTX_free(ctx);
	*out_len = (size_t)n + (size_t)tail;
	return ok == 1 ? 0 : -EIO;
}

int hip_crypto_encrypt(unsigned int cipher, const uint8_t *key,
		       const uint8_t *iv, const uint8_t *in, size_t len,
		       uint8_t *out, size_t *out_len)
{
	return crypt(cipher, key, iv, in, len, out, out_len, 1);
}

int hip_crypto_decrypt(unsigned int cipher, const uint8_t *key,
		       const uint8_t *iv, const uint8_t *in, size_t len,
		       uint8_t *out)
{
	size_t block = hip_cipher_iv_len(cipher), out_len;

	if (!len || (block && len % block))
		return -EINVAL;
	return crypt(cipher, key, iv, in, len, out, &out_len, 0);
}
