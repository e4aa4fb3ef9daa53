/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What crypto_key.c and crypto_sign.c share. Nobody else includes it.
 */
#ifndef HIP_CRYPTO_KEY_H
#define HIP_CRYPTO_KEY_H

#include <openssl/types.h>

#include "crypto.h"
#include "crypto_group.h"

#define HIP_CURVE_MAX 48

/* Curves of ECDSA Host Identities (RFC 7401 section 5.2.9). */
struct hip_curve {
	unsigned int id;
	unsigned int bits;
	size_t len;			/* octets of a coordinate and of r, s */
	enum hip_group group;
	const char *name;		/* OpenSSL's */
};

extern const struct hip_curve hip_curves[];	/* ends with id 0 */

struct hip_key {
	unsigned int refs;		/* atomic */
	unsigned int alg, bits;
	bool private;
	EVP_PKEY *pkey;
	const struct hip_curve *curve;	/* NULL: RSA */
	uint8_t hi[HIP_HI_MAX];
	size_t hi_len;
	struct in6_addr hit;
};

#endif
