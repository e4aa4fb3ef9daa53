/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sending HIP packets, and the packet that is sent again until its answer
 * comes.
 */
#ifndef HIP_SEND_H
#define HIP_SEND_H

#include "host.h"

/* Sets the checksum in @buf and sends; counts. @buf stays the caller's. */
void hip_send(struct hip_host *host, const struct in6_addr *src,
	      const struct in6_addr *dst, uint8_t *buf, size_t len);

/* Copies @buf, replacing what was there. 0 or -ENOMEM. */
int hip_retransmit_set(struct hip_retransmit *r, const void *buf, size_t len,
		       uint64_t interval);
void hip_retransmit_clear(struct hip_retransmit *r);
/* Sends once more; counts it as a retransmission unless it is the first. */
void hip_retransmit_send(struct hip_host *host, struct hip_retransmit *r,
			 const struct in6_addr *src,
			 const struct in6_addr *dst);
/* The time to wait now, in ns; doubles it up to @max for the next call. */
uint64_t hip_retransmit_wait(struct hip_retransmit *r, uint64_t max);

#endif
