// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of a network namespace, per CPU, no locks. A reader may miss what
 * another CPU counts at the same moment.
 */
#include <linux/netfilter.h>
#include <linux/percpu.h>

#include "hip.h"
#include "trace.h"

static const struct {
	const char *name;
	const char *help;
} rows[] = {
#define X(id, name, help) [HIP_STAT_##id] = { name, help },
	HIP_STATS(X)
#undef X
};

/**
 * hip_stats_name() - the name of a counter as people see it
 * @stat: which
 *
 * Return: a string that lives as long as the module.
 */
const char *hip_stats_name(enum hip_stat stat)
{
	return rows[stat].name;
}

/**
 * hip_stats_help() - what a counter counts, in one line
 * @stat: which
 *
 * Return: a string that lives as long as the module.
 */
const char *hip_stats_help(enum hip_stat stat)
{
	return rows[stat].help;
}

/**
 * hip_stats_read() - the value of a counter, all CPUs together
 * @hn: network namespace
 * @stat: which
 *
 * Return: the value since the namespace was made.
 */
u64 hip_stats_read(const struct hip_net *hn, enum hip_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(hn->stats, cpu)->value[stat]);
	return sum;
}
EXPORT_SYMBOL_IF_KUNIT(hip_stats_read);

/**
 * hip_stats_add() - count
 * @hn: network namespace
 * @stat: which
 * @n: how many
 *
 * Context: any.
 */
void hip_stats_add(struct hip_net *hn, enum hip_stat stat, unsigned int n)
{
	this_cpu_add(hn->stats->value[stat], n);
}
EXPORT_SYMBOL_IF_KUNIT(hip_stats_add);

/**
 * hip_stats_drop() - count and trace a packet that a hook drops
 * @hn: network namespace
 * @skb: the packet, IPv6; the caller still owns it
 * @why: the counter
 * @err: what a local sender gets, positive errno
 *
 * Context: any.
 * Return: the verdict for the hook to return.
 */
unsigned int hip_stats_drop(struct hip_net *hn, const struct sk_buff *skb,
			    enum hip_stat why, int err)
{
	hip_stats_add(hn, why, 1);
	trace_hip_drop(skb, why);
	return NF_DROP_ERR(-err);
}
