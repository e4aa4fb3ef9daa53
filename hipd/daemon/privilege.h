/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the process may do: CAP_NET_ADMIN and CAP_NET_RAW and nothing else, no
 * core dumps (they would hold keys).
 */
#ifndef HIP_PRIVILEGE_H
#define HIP_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/* Before anything secret is read. */
void hip_privilege_no_dumps(void);
/* -EPERM with a sentence when a capability is missing; @kernel: the data path
 * is wanted, which needs CAP_NET_ADMIN.
 */
int hip_privilege_check(bool kernel, char *err, size_t err_len);
/* Gives up all others, for good. */
int hip_privilege_drop(char *err, size_t err_len);

#endif
