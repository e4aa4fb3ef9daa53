/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Groups as OpenSSL holds them; only crypto_*.c include it.
 */
#ifndef HIP_CRYPTO_GROUP_H
#define HIP_CRYPTO_GROUP_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hip_group {
	HIP_GROUP_SECP160R1,
	HIP_GROUP_P256,
	HIP_GROUP_P384,
	HIP_GROUP_P521,
	HIP_GROUP_MODP1536,
	HIP_GROUP_MODP2048,
	HIP_GROUP_MODP3072,
	HIP_N_GROUPS,
};

bool hip_group_is_ec(enum hip_group group);
/* Distributors leave groups out of OpenSSL, SECP160R1 above all. */
bool hip_group_available(enum hip_group group);
/* A new key pair, or NULL. */
EVP_PKEY *hip_group_generate(enum hip_group group);
/* A public key from 04|x|y, or from the number padded to the prime's length.
 * NULL for anything else and for a point that is not on the curve.
 */
EVP_PKEY *hip_group_import(enum hip_group group, const uint8_t *octets,
			   size_t len);
/* A private key without its public value, from a big-endian number. */
EVP_PKEY *hip_group_private(enum hip_group group, const uint8_t *octets,
			    size_t len);

#endif
