/* SPDX-License-Identifier: GPL-2.0 */
/* SA pairs that an earlier run of the daemon left working. */
#ifndef HIP_ADOPT_H
#define HIP_ADOPT_H

#include "host.h"

/* Makes an association record for each, and where no saved state belongs to
 * its SAs plans a new base exchange; the old SAs carry traffic until it ends.
 * 0 or a negative errno.
 */
int hip_adopt_start(struct hip_host *host);
/* Plans a new base exchange for @assoc, which has lost its SAs: when many have,
 * the exchanges begin a few at a time. 0 or -ENOMEM.
 */
int hip_adopt_queue(struct hip_assoc *assoc);
void hip_adopt_stop(struct hip_host *host);

#endif
