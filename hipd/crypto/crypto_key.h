/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What crypto_key.c, crypto_hi.c and crypto_sign.c share; nobody else
 * includes it.
 */
#ifndef HIP_CRYPTO_KEY_H
#define HIP_CRYPTO_KEY_H

#include <openssl/types.h>

#include "crypto.h"
#include "crypto_group.h"

#define HIP_CURVE_MAX 48
#define HIP_RSA_BITS_MIN 2048
#define HIP_RSA_BITS_MAX 4096

/* Curves of ECDSA and ECDSA_LOW Host Identities (RFC 7401 section 5.2.9). */
struct hip_curve {
	unsigned int alg, id;
	unsigned int bits;
	size_t len;			/* octets of a coordinate */
	size_t order_len;		/* of r and of s */
	enum hip_group group;
	const char *name;		/* OpenSSL's */
};

const struct hip_curve *hip_curve_by_bits(unsigned int alg,
					  unsigned int bits);
/* The curve of an HI; NULL for one of RSA and for an unknown curve. */
const struct hip_curve *hip_hi_curve(unsigned int alg, const uint8_t *hi,
				     size_t len);

/* A key's algorithm and HI octets; 0 when it is not one that we support. */
size_t hip_hi_encode(EVP_PKEY *pkey, unsigned int *alg, uint8_t *hi);
/* A public key from its HI; NULL for what is no valid key. */
EVP_PKEY *hip_hi_decode(unsigned int alg, const uint8_t *hi, size_t len);

struct hip_key {
	unsigned int refs;		/* atomic */
	unsigned int alg, bits;
	bool private;
	EVP_PKEY *pkey;			/* NULL: the key rests */
	const struct hip_curve *curve;	/* NULL: RSA */
	uint8_t *hi;			/* malloc'ed */
	size_t hi_len;
	struct in6_addr hit;
};

/* OpenSSL's key, a reference; made from the HI when the key rests. NULL: no
 * memory.
 */
EVP_PKEY *hip_key_pkey(const struct hip_key *key);

#endif
