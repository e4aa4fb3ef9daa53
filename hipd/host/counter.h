/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The R1 generation counter over restarts (RFC 7401 section 4.1.4: a later R1
 * must not have a smaller one, or Initiators drop it as a replay).
 */
#ifndef HIP_COUNTER_H
#define HIP_COUNTER_H

#include <stdint.h>

struct hip_host;

/* Sets host->r1_counter above all that config.r1_counter says were used, and
 * not below @wall, the wall clock in ns: which is enough when the file is lost.
 */
void hip_counter_open(struct hip_host *host, uint64_t wall);
/* @next will be used; most times nothing is to be done. */
void hip_counter_reserve(struct hip_host *host, uint64_t next);

#endif
