/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The JSON schema of what `hip -j` prints: made from the interface definitions
 * of the control socket (ctl_idl.c) and the table of commands.
 */
#ifndef HIP_SCHEMA_H
#define HIP_SCHEMA_H

/* To standard output. 0, or -EINVAL with a message printed. */
int hip_schema_print(void);

#endif
