/* SPDX-License-Identifier: GPL-2.0 */
/*
 * uthash for the daemon: where memory ends, an element stays outside of its
 * table and the caller says so to whoever asked. By itself uthash would end
 * the process.
 */
#ifndef HIP_HASH_H
#define HIP_HASH_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Behind HASH_ADD(): is @elt in the table? Before, of a zeroed one: no. */
#define hip_hash_added(hh, elt) ((elt)->hh.tbl != NULL)

#endif
