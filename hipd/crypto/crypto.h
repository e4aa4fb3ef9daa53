/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cryptography, the only user of OpenSSL (EVP of version 3, nothing
 * deprecated): digests, HMAC, HKDF, ciphers, Diffie-Hellman, signatures.
 *
 * Functions return 0 or a negative errno: -EINVAL for what the caller or a
 * peer gave, -EBADMSG for a MAC or signature that does not verify, -ENOMEM
 * and -EIO for OpenSSL's own failures. All may be called from any thread;
 * an object belongs to one thread at a time.
 */
#ifndef HIP_CRYPTO_H
#define HIP_CRYPTO_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define HIP_HASH_MAX 48
#define HIP_HI_MAX 1024		/* RSA-4096 is 516 */
#define HIP_SIG_MAX 512
#define HIP_DH_PUB_MAX 384	/* group 4 */
#define HIP_DH_SECRET_MAX 384
#define HIP_CIPHER_KEY_MAX 32
#define HIP_CIPHER_IV_MAX 16

/* Host Identity algorithms (RFC 7401 section 5.2.9) */
enum hip_hi_alg {
	HIP_HI_RSA = 5,
	HIP_HI_ECDSA = 7,
	HIP_HI_ECDSA_LOW = 9,		/* of peers only */
};

/* HIT suites = ORCHID generation algorithms (RFC 7401 section 5.2.10) */
enum hip_hit_suite {
	HIP_SUITE_RSA_SHA256 = 1,
	HIP_SUITE_ECDSA_SHA384 = 2,
	HIP_SUITE_ECDSA_LOW_SHA1 = 3,
};

enum hip_hash {
	HIP_HASH_NONE,
	HIP_HASH_SHA1,
	HIP_HASH_SHA256,
	HIP_HASH_SHA384,
};

/* DH groups (RFC 7401 section 5.2.7) */
enum hip_dh_group {
	HIP_DH_MODP1536 = 3,
	HIP_DH_MODP3072 = 4,
	HIP_DH_P256 = 7,
	HIP_DH_P384 = 8,
	HIP_DH_P521 = 9,
	HIP_DH_SECP160R1 = 10,
	HIP_DH_MODP2048 = 11,
};

/* HIP_CIPHER (RFC 7401 section 5.2.8) */
enum hip_cipher {
	HIP_CIPHER_NULL = 1,		/* encrypts nothing */
	HIP_CIPHER_AES128_CBC = 2,
	HIP_CIPHER_AES256_CBC = 4,
};

/* The suite of a HIT or of a HI algorithm, and the hash that goes with it:
 * RHASH, HMAC and HIT generation (RFC 7401 section 3.2). HIP_HASH_NONE for a
 * suite that is not supported.
 */
unsigned int hip_hit_suite(const struct in6_addr *hit);
unsigned int hip_hi_suite(unsigned int hi_alg);
enum hip_hash hip_suite_hash(unsigned int suite);
bool hip_suite_supported(unsigned int suite);

size_t hip_hash_len(enum hip_hash hash);
int hip_crypto_digest(enum hip_hash hash, const struct iovec *iov, size_t n,
		      uint8_t *out);
int hip_crypto_hmac(enum hip_hash hash, const uint8_t *key, size_t key_len,
		    const void *data, size_t len, uint8_t *out);
/* Constant time. */
bool hip_crypto_equal(const void *a, const void *b, size_t len);
void hip_crypto_random(void *buf, size_t len);
void hip_crypto_wipe(void *buf, size_t len);

/* HKDF with @hash (RFC 5869): the first @out_len octets of the output keying
 * material. -EINVAL when @out_len > 255 * hash length.
 */
int hip_crypto_hkdf(enum hip_hash hash, const uint8_t *secret,
		    size_t secret_len, const uint8_t *salt, size_t salt_len,
		    const uint8_t *info, size_t info_len, uint8_t *out,
		    size_t out_len);

size_t hip_cipher_key_len(unsigned int cipher);
size_t hip_cipher_iv_len(unsigned int cipher);
bool hip_cipher_supported(unsigned int cipher);

/* CBC with PKCS#7 padding, always added (RFC 7401 section 5.2.18), or a copy
 * without padding for the NULL cipher.
 * @out of hip_crypto_encrypt() has room for len + 16. @out_len is set.
 */
int hip_crypto_encrypt(unsigned int cipher, const uint8_t *key,
		       const uint8_t *iv, const uint8_t *in, size_t len,
		       uint8_t *out, size_t *out_len);
/* The padding is left in place and not judged: the caller reads the TLVs
 * inside by their own lengths. @out has room for @len.
 */
int hip_crypto_decrypt(unsigned int cipher, const uint8_t *key,
		       const uint8_t *iv, const uint8_t *in, size_t len,
		       uint8_t *out);

/* ---- Diffie-Hellman ---- */
struct hip_dh;

bool hip_dh_supported(unsigned int group);
size_t hip_dh_public_len(unsigned int group);
size_t hip_dh_secret_len(unsigned int group);
struct hip_dh *hip_dh_create(unsigned int group);	/* NULL: no memory */
/* Another reference; NULL of NULL. */
struct hip_dh *hip_dh_get(struct hip_dh *dh);
void hip_dh_put(struct hip_dh *dh);		/* wipes; NULL is fine */
unsigned int hip_dh_group(const struct hip_dh *dh);
const uint8_t *hip_dh_public(const struct hip_dh *dh);
/* Kij, left-padded to hip_dh_secret_len(); -EINVAL for a public value that is
 * not a valid point of the group (RFC 7401 section 5.2.7).
 */
int hip_dh_derive(const struct hip_dh *dh, const uint8_t *peer, size_t len,
		  uint8_t *secret);

/* What a Kij was made of, kept without the weight of a struct hip_dh: a rekey
 * in which one side has a new value goes with the other side's old one (RFC
 * 7402 section 6.10). All zero: nothing is kept.
 */
struct hip_dh_halves {
	uint8_t *own, *peer;		/* private and public value */
	size_t own_len, peer_len;
};

/* Keeps @dh and @peer in the place of what was there; NULL: that half stays.
 * Returns 0, -ENOMEM or -EIO; then nothing changed.
 */
int hip_dh_halves_set(struct hip_dh_halves *h, const struct hip_dh *dh,
		      const uint8_t *peer, size_t peer_len);
int hip_dh_halves_copy(struct hip_dh_halves *to,
		       const struct hip_dh_halves *from);
void hip_dh_halves_exit(struct hip_dh_halves *h);	/* wipes */
/* Our half, for hip_dh_derive() alone: it has no public value. NULL: there is
 * none, or no memory.
 */
struct hip_dh *hip_dh_halves_own(const struct hip_dh_halves *h,
				 unsigned int group);

/* ---- sealing (crypto_seal.c) ---- */
#define HIP_SEAL_SECRET 32
#define HIP_SEAL_SALT 32
#define HIP_SEAL_TAG 16
#define HIP_SEAL_MAX (1 << 28)		/* octets, far more than is saved */

/* Encrypts @buf in place and writes HIP_SEAL_TAG octets behind @len; @aad is
 * authenticated only. @salt is random, never the same for two sealings with
 * one @secret.
 */
int hip_crypto_seal(const uint8_t *secret, const uint8_t *salt,
		    const void *aad, size_t aad_len, uint8_t *buf, size_t len);
/* The reverse; -EBADMSG: not sealed so, and @buf is wiped. */
int hip_crypto_unseal(const uint8_t *secret, const uint8_t *salt,
		      const void *aad, size_t aad_len, uint8_t *buf,
		      size_t len);

/* ---- Host Identity keys ---- */
struct hip_key;

struct hip_key *hip_key_generate(unsigned int alg, unsigned int bits);
/* From PKCS#8 PEM text; *err is a sentence for the user when NULL returns. */
struct hip_key *hip_key_from_pem(const char *pem, size_t len,
				 const char **err);
/* PKCS#8 PEM; the caller wipes and frees. NULL: no memory or no private key. */
char *hip_key_to_pem(const struct hip_key *key, size_t *len);
/* A public key from HOST_ID's algorithm and HI (RFC 7401 section 5.2.9,
 * RFC 3110). ECDSA points are accepted with and without the octet 0x04.
 */
struct hip_key *hip_key_from_hi(unsigned int alg, const uint8_t *hi,
				size_t len);
struct hip_key *hip_key_get(struct hip_key *key);
void hip_key_put(struct hip_key *key);			/* NULL is fine */
/* A public key of which we hold the only reference will not be used for a
 * while: it keeps its HI and gives back what OpenSSL made of it, which is ten
 * times as much. It still verifies, somewhat slower. NULL is fine.
 */
void hip_key_rest(struct hip_key *key);
unsigned int hip_key_alg(const struct hip_key *key);	/* enum hip_hi_alg */
unsigned int hip_key_bits(const struct hip_key *key);
/* The HI octets, as they stand in HOST_ID. */
const uint8_t *hip_key_hi(const struct hip_key *key, size_t *len);
/* The HIT of this key (RFC 7343 section 2, RFC 7401 section 3.2). */
const struct in6_addr *hip_key_hit(const struct hip_key *key);
int hip_hi_to_hit(unsigned int alg, const uint8_t *hi, size_t len,
		  struct in6_addr *hit);

size_t hip_key_sig_len(const struct hip_key *key);
/* RSASSA-PSS, or ECDSA as r|s; the digest is that of the key's HIT suite. */
int hip_key_sign(const struct hip_key *key, const void *data, size_t len,
		 uint8_t *sig, size_t *sig_len);
int hip_key_verify(const struct hip_key *key, const void *data, size_t len,
		   const uint8_t *sig, size_t sig_len);

#endif
