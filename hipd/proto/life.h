/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of an association between its exchanges: R2-SENT until the peer's
 * first ESP, ESTABLISHED until it is idle, and the timers of the other states
 * (RFC 7401 sections 4.4.2 and 4.4.3).
 */
#ifndef HIP_LIFE_H
#define HIP_LIFE_H

#include "fsm.h"

#define HIP_MSL (120 * HIP_SEC)			/* RFC 7401 section 4.4.1 */

/* Sets the timer that @assoc's new state wants. */
void hip_life_arm(struct hip_assoc *assoc);
/* hip_assoc.timer's function. */
void hip_life_timer(struct hip_timer *t);
/* After a change of unused-lifetime or of the peers: timers as it is now. */
void hip_life_changed(struct hip_host *host);
/* Before assoc->path changes: its counters begin again. */
void hip_life_path_changes(struct hip_assoc *assoc);
/* The unused association lifetime, ns, of this peer or as configured; the
 * default when it is switched off.
 */
uint64_t hip_life_ual(const struct hip_assoc *assoc);

/* Steps of the state machine. */
void hip_life_data(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg);
void hip_life_established(struct hip_host *host, struct hip_assoc *assoc,
			  const struct hip_msg *msg);

#endif
