// SPDX-License-Identifier: GPL-2.0
/* What xfrm counts, for `hip stats`. */
#include "kxfrm_stats.h"

#include <stdio.h>
#include <string.h>

const char *hip_kxfrm_stats_help(const char *name)
{
	static const struct {
		const char *name, *help;
	} rows[] = {
#define ROW(name_, help_) { name_, help_ },
		HIP_KXFRM_STATS(ROW)
#undef ROW
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].help;
	return "IPsec in the kernel, this network namespace";
}

int hip_kxfrm_stats(hip_kif_counter_cb cb, void *arg)
{
	unsigned long long v;
	char name[64];
	FILE *f;
	int ret = 0;

	/* a kernel may be built without CONFIG_XFRM_STATISTICS */
	f = fopen("/proc/self/net/xfrm_stat", "re");
	if (!f)
		return 0;
	while (!ret && fscanf(f, "%63s %llu", name, &v) == 2)
		ret = cb(arg, name, v, hip_kxfrm_stats_help(name));
	fclose(f);
	return ret;
}
