/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Completion of the command hip for bash.
 */
#ifndef HIP_COMPLETION_H
#define HIP_COMPLETION_H

/* To standard output. */
void hip_completion_print(void);

#endif
