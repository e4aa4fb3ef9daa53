// SPDX-License-Identifier: GPL-2.0
/*
 * Names of algorithm numbers (RFC 7401 sections 5.2.7 to 5.2.9, RFC 7402
 * section 5.1.2). Owns no state.
 */
#include <stddef.h>

#include "config.h"
#include "crypto.h"
#include "keymat.h"
#include "names.h"

const char *hip_names_dh_group(unsigned int group)
{
	static const char *const names[] = {
		[3] = "modp1536", [4] = "modp3072",   [7] = "p256",
		[8] = "p384",	  [9] = "p521",	      [10] = "secp160r1",
		[11] = "modp2048",
	};

	if (group >= sizeof(names) / sizeof(*names) ||
	    !hip_dh_supported(group))
		return NULL;
	return names[group];
}

const char *hip_names_cipher(unsigned int cipher)
{
	if (!hip_cipher_supported(cipher))
		return NULL;
	switch (cipher) {
	case HIP_CIPHER_NULL:
		return "null";
	case HIP_CIPHER_AES128_CBC:
		return "aes-128-cbc";
	case HIP_CIPHER_AES256_CBC:
		return "aes-256-cbc";
	default:
		return NULL;
	}
}

const char *hip_names_esp_suite(unsigned int suite)
{
	const struct hip_esp_alg *alg = hip_esp_alg(suite);

	return alg ? alg->name : NULL;
}

const char *hip_names_hi_alg(unsigned int alg)
{
	switch (alg) {
	case HIP_HI_ECDSA:
		return "ecdsa";
	case HIP_HI_RSA:
		return "rsa";
	case HIP_HI_ECDSA_LOW:
		return "ecdsa-low";
	default:
		return NULL;
	}
}

const char *hip_names_hit_suite(unsigned int suite)
{
	if (!hip_suite_supported(suite))
		return NULL;
	switch (suite) {
	case HIP_SUITE_RSA_SHA256:
		return "rsa-sha256";
	case HIP_SUITE_ECDSA_SHA384:
		return "ecdsa-sha384";
	case HIP_SUITE_ECDSA_LOW_SHA1:
		return "ecdsa-low-sha1";
	default:
		return NULL;
	}
}

const char *hip_names_access(unsigned int value)
{
	switch (value) {
	case HIP_ACCESS_ALLOW:
		return "allow";
	case HIP_ACCESS_DENY:
		return "deny";
	default:
		return NULL;
	}
}

const char *hip_names_refusal(unsigned int value)
{
	switch (value) {
	case HIP_REFUSAL_ICMP:
		return "icmp";
	case HIP_REFUSAL_SILENT:
		return "silent";
	default:
		return NULL;
	}
}
