// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Stats: the counters of hipd, hip.ko and xfrm.
 */
#include <errno.h>
#include <string.h>

#include "ctl_call.h"

static void append(json_t *counters, const char *source, const char *name,
		   uint64_t value, const char *help)
{
	json_array_append_new(counters,
			      json_pack("{s:s,s:s,s:I,s:s}", "source", source,
					"name", name, "value",
					(json_int_t)value, "help",
					help ?: ""));
}

static int append_kernel(void *arg, const char *name, uint64_t value,
			 const char *help)
{
	append(arg, "kernel", name, value, help);
	return 0;
}

static void stats_get(struct hip_ctl_call *call)
{
	struct hip_kif *kif = call->host->kif;
	json_t *counters;
	int ret;

	if (!hip_ctl_params(call, "{}"))
		return;
	counters = json_array();
	for (int i = 0; i < HIP_N_STATS; i++)
		append(counters, "hipd", hip_stat_name(i),
		       call->host->stats.v[i], hip_stat_help(i));
	ret = kif->ops->counters(kif, append_kernel, counters);
	if (ret) {
		json_decref(counters);
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "the kernel's counters cannot be read: %s",
			      strerror(-ret));
		return;
	}
	hip_ctl_reply(call, json_pack("{s:o}", "counters", counters));
}

const struct hip_ctl_method hip_ctl_stats_methods[] = {
	{ "io.hip.Stats.Get", false, stats_get },
	{ NULL, false, NULL },
};
