// SPDX-License-Identifier: GPL-2.0
/*
 * Host Identity keys: making them, PEM, counted references. Their octets are
 * crypto_hi.c's business, signatures crypto_sign.c's. A key that is shared
 * never changes and is counted atomically, so that threads may use it.
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "crypto_key.h"

/* Takes @pkey over: also when NULL returns, which is for lack of memory. */
static struct hip_key *wrap(EVP_PKEY *pkey, bool private)
{
	struct hip_key *key = pkey ? calloc(1, sizeof(*key)) : NULL;

	if (!key) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	key->refs = 1;
	key->private = private;
	key->pkey = pkey;
	key->bits = (unsigned int)EVP_PKEY_get_bits(pkey);
	return key;
}

/* Fills in algorithm and HI and what follows from them; gives up @key on
 * failure.
 */
static struct hip_key *finish(struct hip_key *key, unsigned int alg,
			      const uint8_t *hi, size_t len)
{
	key->hi = malloc(len);
	if (!key->hi) {
		hip_key_put(key);
		return NULL;
	}
	memcpy(key->hi, hi, len);
	key->hi_len = len;
	key->alg = alg;
	key->curve = hip_hi_curve(key->alg, key->hi, key->hi_len);
	if (key->curve)
		key->bits = key->curve->bits;
	if (!hip_hi_to_hit(key->alg, key->hi, key->hi_len, &key->hit))
		return key;
	hip_key_put(key);
	return NULL;
}

/* Takes @pkey over; NULL when it is not a key that we support. */
static struct hip_key *from_pkey(EVP_PKEY *pkey)
{
	struct hip_key *key = wrap(pkey, true);
	uint8_t hi[HIP_HI_MAX];
	unsigned int alg;
	size_t len;

	if (!key)
		return NULL;
	len = hip_hi_encode(pkey, &alg, hi);
	ERR_clear_error();
	if (len)
		return finish(key, alg, hi, len);
	hip_key_put(key);
	return NULL;
}

struct hip_key *hip_key_generate(unsigned int alg, unsigned int bits)
{
	const struct hip_curve *c;

	switch (alg) {
	case HIP_HI_RSA:
		if (bits < HIP_RSA_BITS_MIN ||
		    bits > HIP_RSA_BITS_MAX || bits % 8)
			return NULL;
		return from_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
						   (size_t)bits));
	case HIP_HI_ECDSA:
	case HIP_HI_ECDSA_LOW:
		c = hip_curve_by_bits(alg, bits);
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

/* Do the private and the public half belong together? EVP_PKEY_check() would
 * look whether an RSA key's factors are prime, too, which takes a third of a
 * second for 4096 bits, at each start and each "hip id".
 */
static bool consistent(const struct hip_key *key)
{
	uint8_t sig[HIP_SIG_MAX];
	size_t len;

	return !hip_key_sign(key, "", 0, sig, &len) &&
	       !hip_key_verify(key, "", 0, sig, len);
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
	*err = "the key is neither ECDSA P-256 or P-384 nor RSA of 2048 to 4096 bits";
	key = from_pkey(pkey);
	if (key && !consistent(key)) {
		*err = "the key is damaged: its halves do not belong together";
		hip_key_put(key);
		key = NULL;
	}
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

struct hip_key *hip_key_from_hi(unsigned int alg, const uint8_t *hi,
				size_t len)
{
	struct hip_key *key;

	if (len > HIP_HI_MAX)
		return NULL;
	key = wrap(hip_hi_decode(alg, hi, len), false);
	if (!key)
		return NULL;
	/* The HIT is that of the octets as they came: both ways to write a
	 * point certify themselves.
	 */
	return finish(key, alg, hi, len);
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
	free(key->hi);
	free(key);
}

void hip_key_rest(struct hip_key *key)
{
	if (!key || key->private ||
	    __atomic_load_n(&key->refs, __ATOMIC_ACQUIRE) != 1)
		return;
	EVP_PKEY_free(key->pkey);
	key->pkey = NULL;
}

EVP_PKEY *hip_key_pkey(const struct hip_key *key)
{
	if (!key->pkey)
		return hip_hi_decode(key->alg, key->hi, key->hi_len);
	EVP_PKEY_up_ref(key->pkey);
	return key->pkey;
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
