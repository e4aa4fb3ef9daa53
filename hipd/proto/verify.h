/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checking the MAC and the signature of a packet inside an association: R2,
 * CLOSE, CLOSE_ACK, UPDATE, and the signature alone of NOTIFY (RFC 7401 section
 * 6.4). A job: see job.h.
 */
#ifndef HIP_VERIFY_H
#define HIP_VERIFY_H

#include "fsm.h"
#include "job.h"

struct hip_verify;

/* The packet is genuine and the state is the one it arrived in. */
typedef void hip_verified_fn(struct hip_assoc *assoc,
			     const struct hip_held *held);

/* What the peer's packets are checked with. Pointers, for the call alone. */
struct hip_verify_keys {
	enum hip_hash hash;
	const struct hip_hipkeys *keys;		/* the peer's */
	struct hip_key *key;			/* its Host Identity */
	const uint8_t *host_id;			/* for HIP_MAC_2, or NULL */
	size_t host_id_len;
};

/* @mac: HIP_PARAM_HIP_MAC, HIP_PARAM_HIP_MAC_2, or 0 for none. Drops are
 * counted.
 */
void hip_verify_run(struct hip_assoc *assoc, const struct hip_msg *msg,
		    uint16_t mac, const struct hip_verify_keys *with,
		    hip_verified_fn *then);

#endif
