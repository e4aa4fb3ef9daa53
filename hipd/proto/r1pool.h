/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The R1 packets of a host: for each identity and Diffie-Hellman group one
 * that is given out and one in reserve, and those given out earlier as long as
 * answers to them are accepted (RFC 7401 sections 5.3.2 and 6.7.1).
 */
#ifndef HIP_R1POOL_H
#define HIP_R1POOL_H

#include "r1.h"

struct hip_r1pool *hip_r1pool_create(struct hip_host *host);
void hip_r1pool_destroy(struct hip_r1pool *pool);
/* Signs R1s for @id, one for each configured group. 0 or a negative errno. */
int hip_r1pool_add(struct hip_r1pool *pool, struct hip_identity *id);
/* New R1s as config is now; answers to the old ones are still taken. */
int hip_r1pool_renew(struct hip_r1pool *pool, struct hip_identity *id);
/* After the puzzle difficulty changed: R1s that have it, as soon as they are
 * signed.
 */
void hip_r1pool_check(struct hip_r1pool *pool);
void hip_r1pool_del(struct hip_r1pool *pool, const struct in6_addr *hit);

/* The R1 to answer an I1 with: the first of our groups that is in @list, else
 * the first of ours (RFC 7401 section 5.2.6). NULL: not our identity.
 */
struct hip_r1 *hip_r1pool_offer(struct hip_r1pool *pool,
				const struct in6_addr *hit_r,
				const uint8_t *list, size_t n);
/* The R1 with this counter, as long as answers to it are accepted. */
struct hip_r1 *hip_r1pool_find(struct hip_r1pool *pool,
			       const struct in6_addr *hit_r, uint64_t counter);
/* After a valid I2: the solution is spent, the R1 gives way to its reserve. */
void hip_r1pool_accept(struct hip_r1pool *pool, const struct in6_addr *hit_r,
		       uint64_t counter, const struct in6_addr *hit_i,
		       const uint8_t *j);

#endif
