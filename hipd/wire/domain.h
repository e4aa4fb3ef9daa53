/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Domain Identifier of HOST_ID (RFC 7401 section 5.2.9): a name that a
 * host gives itself. Nothing proves it. No state.
 */
#ifndef HIP_DOMAIN_H
#define HIP_DOMAIN_H

#include <stddef.h>
#include <stdint.h>

#define HIP_DOMAIN_TEXT 256	/* room for any DI as text */
#define HIP_DOMAIN_MAX 255	/* octets of a DI */

enum hip_domain_type {
	HIP_DOMAIN_NONE = 0,
	HIP_DOMAIN_FQDN = 1,	/* as in RFC 1035: labels, then 0 */
	HIP_DOMAIN_NAI = 2,	/* user@realm (RFC 7542), ASCII alone */
};

/**
 * hip_domain_encode() - a name as it stands in HOST_ID
 * @text: user@realm, or a host's full name with or without the last dot
 * @out: HIP_DOMAIN_MAX octets
 * @type: set
 *
 * Return: octets in @out, 0 for what is neither.
 */
size_t hip_domain_encode(const char *text, uint8_t *out,
			 enum hip_domain_type *type);

/* The DI of a HOST_ID (TLV) as text in @text (HIP_DOMAIN_TEXT), or NULL: there
 * is none, or none that can be shown. Peers send it: only letters, digits and
 * a few signs come through.
 */
const char *hip_domain_of(const uint8_t *host_id, size_t len, char *text);

#endif
