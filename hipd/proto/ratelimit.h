/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A rate limit for each address in a table of fixed size: answers to packets
 * that anybody can send with anybody's source address (RFC 7401 section 6.7),
 * and work for those whose address holds.
 */
#ifndef HIP_RATELIMIT_H
#define HIP_RATELIMIT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct hip_ratelimit;

/* @rate events a second for each address, as many at once; NULL: no memory. */
struct hip_ratelimit *hip_ratelimit_create(unsigned int rate);
/* Another rate from now on; at least 1. */
void hip_ratelimit_set(struct hip_ratelimit *rl, unsigned int rate);
void hip_ratelimit_destroy(struct hip_ratelimit *rl);
/* May one more event for @addr happen at @now (ns)? */
bool hip_ratelimit_allow(struct hip_ratelimit *rl, const struct in6_addr *addr,
			 uint64_t now);

#endif
