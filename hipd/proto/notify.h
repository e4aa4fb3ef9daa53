/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NOTIFY: what went wrong, for the peer's people. It never changes a state
 * (RFC 7401 sections 5.2.19, 5.3.6 and 6.13).
 */
#ifndef HIP_NOTIFY_H
#define HIP_NOTIFY_H

#include "fsm.h"

/* NOTIFICATION's Notify Message Types. Below 16384 they are errors. */
enum hip_notify {
	HIP_NOTIFY_UNSUPPORTED_CRITICAL = 1,
	HIP_NOTIFY_INVALID_SYNTAX = 7,
	HIP_NOTIFY_NO_DH = 14,
	HIP_NOTIFY_INVALID_DH = 15,
	HIP_NOTIFY_NO_HIP_PROPOSAL = 16,
	HIP_NOTIFY_INVALID_HIP_CIPHER = 17,
	HIP_NOTIFY_NO_ESP_PROPOSAL = 18,
	HIP_NOTIFY_INVALID_ESP_TRANSFORM = 19,
	HIP_NOTIFY_UNSUPPORTED_HIT_SUITE = 20,
	HIP_NOTIFY_AUTHENTICATION_FAILED = 24,
	HIP_NOTIFY_MAC_FAILED = 28,
	HIP_NOTIFY_ENCRYPTION_FAILED = 32,
	HIP_NOTIFY_INVALID_HIT = 40,
	HIP_NOTIFY_BLOCKED = 42,
	HIP_NOTIFY_BUSY = 44,
};

/* "NO_DH_PROPOSAL_CHOSEN", or NULL for a type that we do not know. */
const char *hip_notify_name(unsigned int type);

/**
 * hip_notify_send() - tell a peer, signed with our key
 * @host: few a second go to one address, the rest is counted and not sent
 * @msg: what it is about: it goes back to where that came from. Whoever sends
 *	it must have solved our puzzle or hold an association (section 5.3.6)
 * @type: enum hip_notify, or another number
 * @data: of the type, or NULL
 * @len: its octets
 */
void hip_notify_send(struct hip_host *host, const struct hip_msg *msg,
		     unsigned int type, const void *data, size_t len);
/* The same for the counter under which @msg is dropped; nothing for most. */
void hip_notify_drop(struct hip_host *host, const struct hip_msg *msg,
		     int drop);
/* The same about a packet that only claims to be of @assoc, because it does
 * not verify or parse: the NOTIFY goes where the peer is, not where the packet
 * came from, and all associations share what one address gets. Nothing in
 * states in which the peer could not check it.
 */
void hip_notify_suspect(struct hip_assoc *assoc, int drop);
void hip_notify_critical(struct hip_assoc *assoc, uint16_t param);
/* The same after a job: @drop is of what comes after MAC and signature, or
 * of one of these.
 */
void hip_notify_drop_held(struct hip_host *host, const struct hip_held *held,
			  int drop);

/* Step of the state machine. */
void hip_notify_rx(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg);

#endif
