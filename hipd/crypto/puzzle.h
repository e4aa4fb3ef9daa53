/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The puzzle (RFC 7401 sections 4.1.2 and 6.3, appendix A): stateless making
 * of #I, solving, verifying.
 */
#ifndef HIP_PUZZLE_H
#define HIP_PUZZLE_H

#include "crypto.h"

#define HIP_PUZZLE_K_MAX 26

struct hip_puzzle {
	uint8_t k;
	uint8_t lifetime;	/* 2^(lifetime - 32) seconds */
	uint16_t opaque;
	uint8_t i[HIP_HASH_MAX];
};

/* One hash: are the low K bits of RHASH(I | HIT-I | HIT-R | J) zero? */
bool hip_puzzle_check(enum hip_hash hash, unsigned int k, const uint8_t *i,
		      const struct in6_addr *hit_i,
		      const struct in6_addr *hit_r, const uint8_t *j);

/* Tries up to @tries values of J, beginning with *j; *j is where to go on. A
 * *j of zeros starts at random. Returns 1 solved, 0 not yet, negative errno;
 * -EINVAL for a K above HIP_PUZZLE_K_MAX.
 */
int hip_puzzle_solve(enum hip_hash hash, unsigned int k, const uint8_t *i,
		     const struct in6_addr *hit_i,
		     const struct in6_addr *hit_r, uint8_t *j,
		     uint64_t tries);

/* Lifetime field to nanoseconds; HIP_NEVER (timer.h) beyond 64 bits. */
uint64_t hip_puzzle_lifetime(uint8_t field);

#endif
