/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Diffie-Hellman keys made in idle time for exchanges that we initiate. Each
 * is used for one association only (RFC 7401 section 5.3.3).
 */
#ifndef HIP_DHPOOL_H
#define HIP_DHPOOL_H

#include "host.h"

/* A pool for @host's configured groups, filled bit by bit; NULL: no memory. */
struct hip_dhpool *hip_dhpool_create(struct hip_host *host);
void hip_dhpool_destroy(struct hip_dhpool *pool);
/* A fresh key, the caller's reference; NULL: none left, or not of this group.
 * Then the caller's job makes one.
 */
struct hip_dh *hip_dhpool_take(struct hip_dhpool *pool, unsigned int group);

#endif
