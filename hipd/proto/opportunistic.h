/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opportunistic mode (RFC 7401 section 4.1.8): an exchange with whoever
 * answers at a locator. Off unless `opportunistic = yes`.
 *
 * Until an R1 the association stands in the table under our HIT and the
 * locator in place of the peer's HIT: no locator is a HIT, so the two cannot
 * be mixed up. hip_assoc.asked holds the locator, then and later.
 */
#ifndef HIP_OPPORTUNISTIC_H
#define HIP_OPPORTUNISTIC_H

#include "bex.h"

/* Is the peer's HIT not known yet? */
bool hip_opportunistic_pending(const struct hip_assoc *assoc);

/* Initiator: as hip_host_connect(); -EPERM when the mode is off. An
 * association that is up with whoever speaks from @addr is found instead.
 */
int hip_opportunistic_connect(struct hip_host *host,
			      const struct in6_addr *local,
			      const struct in6_addr *addr,
			      struct hip_assoc **out);
/* The attempt that an R1 may belong to, or NULL. */
struct hip_assoc *hip_opportunistic_find(const struct hip_host *host,
					 const struct hip_msg *msg);
/* An R1 for a pending association: whether it may go on. What may not is
 * counted; HIT_SUITE_LIST of an R1 that we cannot verify leads to another of
 * our HITs.
 */
bool hip_opportunistic_take_r1(struct hip_assoc *assoc,
			       const struct hip_msg *msg);
/**
 * hip_opportunistic_settle() - the R1's signature holds: who is the peer?
 * @assoc: pending; takes the peer's HIT, or is gone when the peer is one that
 *	has an association already or needs another HIT of ours
 * @offer: what the R1 led to
 *
 * Return: 0, then @assoc goes on with its I2; or the counter of the drop.
 */
int hip_opportunistic_settle(struct hip_assoc *assoc,
			     struct hip_offer *offer);
/* The R2 holds: the peer at the locator is remembered. */
void hip_opportunistic_learn(struct hip_assoc *assoc);

/* Responder: which HIT answers an I1 without one; NULL: none. */
struct hip_identity *hip_opportunistic_identity(const struct hip_host *host,
						const struct in6_addr *peer);

/* `hip peer trust`: what was refused at @leap is taken from now on. 0,
 * -ENOENT when nothing was refused, or the errno of writing the file.
 */
int hip_opportunistic_trust(struct hip_host *host, struct hip_leap *leap);
/* No locator is known to have had @hit. 0, or the errno of writing the file:
 * as with the others, that is tried again.
 */
int hip_opportunistic_forget(struct hip_host *host, const struct in6_addr *hit);
/* The last attempt, before the host stops. */
void hip_opportunistic_stop(struct hip_host *host);

#endif
