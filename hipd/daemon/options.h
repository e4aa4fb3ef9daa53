/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options of hipd, in one table: parsing, help and the manual page.
 */
#ifndef HIP_OPTIONS_H
#define HIP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define HIP_OPTIONS_USAGE 2	/* exit status */

struct hip_options {
	const char *config, *keylog, *log;	/* NULL: not given */
	bool check;
};

struct hip_option {
	const char *name;
	char letter;		/* or 0 */
	const char *value;	/* as help calls it; NULL: none */
	const char *help;
};

/* The @i-th, or NULL behind the last. */
const struct hip_option *hip_option(size_t i);
/* -1 to go on, or the exit status. */
int hip_options_parse(int argc, char **argv, struct hip_options *o);

#endif
