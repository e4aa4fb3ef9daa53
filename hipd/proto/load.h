/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How hard I2s press this host, and the puzzle difficulty that follows: #K is
 * the configured one in quiet times and rises under load (RFC 7401 section
 * 4.1.2).
 */
#ifndef HIP_LOAD_H
#define HIP_LOAD_H

#include <stdbool.h>

struct hip_host;
struct hip_load;

struct hip_load *hip_load_create(struct hip_host *host);
void hip_load_destroy(struct hip_load *load);		/* NULL is fine */

/* May an I2 that answers a puzzle of difficulty @k have public-key work done
 * for it? Puzzles easier than today's are the first that do not.
 */
bool hip_load_admit(struct hip_host *host, unsigned int k);
/* The difficulty of new puzzles. */
unsigned int hip_load_k(const struct hip_host *host);

#endif
