/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A received packet on its way through the state machine, and the copy that a
 * job keeps of it.
 */
#ifndef HIP_MSG_H
#define HIP_MSG_H

#include "wire.h"

struct hip_identity;

/* Lives as long as the call that handles it. */
struct hip_msg {
	const struct hip_packet *p;
	struct in6_addr src, dst;	/* locators, as received */
	struct hip_identity *identity;	/* ours, by the Receiver's HIT */
};

/* The same with its own octets. */
struct hip_held {
	struct hip_packet p;
	struct in6_addr src, dst;
	uint8_t buf[HIP_MAX_PACKET];
};

void hip_msg_hold(struct hip_held *held, const struct hip_msg *msg);

#endif
