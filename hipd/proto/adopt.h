/* SPDX-License-Identifier: GPL-2.0 */
/* SA pairs that an earlier run of the daemon left working. */
#ifndef HIP_ADOPT_H
#define HIP_ADOPT_H

#include "host.h"

/* Makes an association record for each and plans a new base exchange; the old
 * SAs carry traffic until it ends. 0 or a negative errno.
 */
int hip_adopt_start(struct hip_host *host);
void hip_adopt_stop(struct hip_host *host);

#endif
