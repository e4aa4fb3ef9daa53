/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What protects a packet and what proves a Host Identity: HIP_MAC,
 * HIP_MAC_2, signatures, HOST_ID (RFC 7401 sections 5.2.9, 6.4), and small
 * helpers for lists. No state; any thread.
 *
 * The functions that judge a packet return 0 or the counter (enum hip_stat)
 * under which it is dropped.
 */
#ifndef HIP_AUTH_H
#define HIP_AUTH_H

#include "keymat.h"
#include "stats.h"
#include "wire.h"

/* These return 0 or a negative errno; -EMSGSIZE: the packet would be too long.
 * Append HIP_MAC, or HIP_MAC_2 with @host_id (TLV with padding). */
int hip_auth_mac(struct hip_builder *b, uint16_t type, enum hip_hash hash,
		 const struct hip_hipkeys *keys, const uint8_t *host_id,
		 size_t host_id_len);
/* Append HIP_SIGNATURE or HIP_SIGNATURE_2. */
int hip_auth_sign(struct hip_builder *b, uint16_t type,
		  const struct hip_key *key);
/* The counter of a drop for what these two return; 0 for 0. */
int hip_auth_drop(int err);

int hip_auth_check_mac(const struct hip_packet *p, uint16_t type,
		       enum hip_hash hash, const struct hip_hipkeys *keys,
		       const uint8_t *host_id, size_t host_id_len);
int hip_auth_check_signature(const struct hip_packet *p, uint16_t type,
			     const struct hip_key *key);

/**
 * hip_auth_host_id() - the key in a HOST_ID, when it makes @hit
 * @param: HOST_ID
 * @hit: the HIT that the packet claims
 * @key: set to a new reference
 *
 * Return: 0 or the counter of the drop.
 */
int hip_auth_host_id(const struct hip_param *param,
		     const struct in6_addr *hit, struct hip_key **key);

/* Answer every ECHO_REQUEST_UNSIGNED of @p as long as there is room; nothing
 * signed may follow (RFC 7401 section 5.2.21).
 */
void hip_auth_echo_unsigned(struct hip_builder *b, const struct hip_packet *p);

bool hip_list_has8(const uint8_t *list, size_t n, uint8_t value);
bool hip_list_has16(const uint8_t *list, size_t n, uint16_t value);

#endif
