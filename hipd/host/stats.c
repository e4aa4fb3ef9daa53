// SPDX-License-Identifier: GPL-2.0
/*
 * Names and help of the daemon's counters, from the one table in stats.h.
 */
#include <stddef.h>

#include "stats.h"

static const struct {
	const char *name;
	const char *help;
} rows[HIP_N_STATS] = {
#define X(id, name, help) [HIP_STAT_##id] = { name, help },
	HIP_STATS(X)
#undef X
};

const char *hip_stat_name(enum hip_stat s)
{
	return (unsigned int)s < HIP_N_STATS ? rows[s].name : NULL;
}

const char *hip_stat_help(enum hip_stat s)
{
	return (unsigned int)s < HIP_N_STATS ? rows[s].help : NULL;
}
