/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One R1 packet signed in advance, and what is needed to recognise the I2 that
 * answers it without any state about its sender (RFC 7401 sections 4.1.2,
 * 4.1.4, 5.3.2, appendix A). The pool of them is r1pool.h.
 */
#ifndef HIP_R1_H
#define HIP_R1_H

#include "host.h"

/* Associations that one R1 may lead to; under load an R1 serves many. */
#define HIP_R1_SOLUTIONS 4096
/* Bad I2s with one solution before it is refused, and solutions of one R1
 * that are watched so: more would cost their owner that many puzzles.
 */
#define HIP_R1_BAD 5
#define HIP_R1_WATCHED 1024

/* A solution that was accepted: a second I2 with it is a replay. Or one that
 * came with bad I2s.
 */
struct hip_r1_solution {
	UT_hash_handle hh;
	uint8_t key[16 + HIP_HASH_MAX];	/* Initiator's HIT, J */
	unsigned int bad;		/* I2s with it that failed */
};

/* The packet but for the addressee, and its Diffie-Hellman key. */
struct hip_r1 {
	UT_hash_handle hh;		/* of the pool, by counter */
	uint64_t counter;		/* R1_COUNTER; names this R1 */
	unsigned int group;
	enum hip_hash hash;		/* RHASH of the identity */
	uint8_t k;
	uint8_t secret[32];		/* S of appendix A */
	struct hip_dh *dh;
	bool used;			/* its key is part of an association */
	uint64_t until;			/* ns: given out, later accepted */
	struct hip_r1_solution *accepted;
	struct hip_r1_solution *watched;
	uint16_t puzzle;		/* offset of PUZZLE's contents */
	uint16_t len;
	uint8_t buf[HIP_MAX_PACKET];
};

/* Makes the key and signs; any thread. NULL: no memory, or the library
 * failed.
 */
struct hip_r1 *hip_r1_create(const struct hip_config *config,
			     const struct hip_identity *id, unsigned int group,
			     uint64_t counter, unsigned int k);
void hip_r1_destroy(struct hip_r1 *r1);		/* NULL is fine */

/* Addresses @r1 to an Initiator in @buf (HIP_MAX_PACKET); returns octets, 0 on
 * failure. The checksum is not set. @opaque comes back with the solution.
 */
size_t hip_r1_fill(const struct hip_r1 *r1, uint8_t *buf, uint16_t opaque,
		   const struct in6_addr *hit_i, const struct in6_addr *hit_r,
		   const struct in6_addr *ip_i, const struct in6_addr *ip_r);
/* Is this the I that hip_r1_fill() gave to these addresses? */
bool hip_r1_check_i(const struct hip_r1 *r1, const uint8_t *i, uint16_t opaque,
		    const struct in6_addr *hit_i, const struct in6_addr *hit_r,
		    const struct in6_addr *ip_i, const struct in6_addr *ip_r);

/* Was this solution used? When too many were, every one counts as used. */
bool hip_r1_spent(const struct hip_r1 *r1, const struct in6_addr *hit_i,
		  const uint8_t *j);
/* Did so many bad I2s come with it that no more are looked at? (RFC 7401
 * section 4.1.2)
 */
bool hip_r1_abused(const struct hip_r1 *r1, const struct in6_addr *hit_i,
		   const uint8_t *j);
/* A bad I2 came with it. True: from now on it is abused. */
bool hip_r1_blame(struct hip_r1 *r1, const struct in6_addr *hit_i,
		  const uint8_t *j);
/* Notes a solution: 0, -EEXIST or -ENOMEM. */
int hip_r1_spend(struct hip_r1 *r1, const struct in6_addr *hit_i,
		 const uint8_t *j);

#endif
