/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: one row each, the name that people see and what it counts.
 * Documentation/counters.md is checked against this table.
 */
#ifndef _HIP_STATS_H
#define _HIP_STATS_H

#include <linux/types.h>

struct hip_net;
struct sk_buff;

#define HIP_STATS(X) \
	X(OUT_CLEAR, "out_clear", "dropped: a HIT would have left the host in clear") \
	X(IN_CLEAR, "in_clear", "dropped: a HIT arrived from outside without ESP") \
	X(OUT_SOURCE, "out_source", "dropped: sent to a HIT from an address that is no HIT") \
	X(OUT_NO_SA, "out_no_sa", "dropped: the path has no usable SA, policy or route") \
	X(OUT_TOO_BIG, "out_too_big", "dropped: larger than the path carries, the sender is told") \
	X(OUT_FRAGMENTED, "out_fragmented", "packets cut into fragments before ESP") \
	X(BUNDLE, "bundle", "SA lookups for the per-CPU cache of a path") \
	X(ACQUIRE, "acquire", "events that ask the daemon for an association") \
	X(ACQUIRE_LOST, "acquire_lost", "events that found no memory or no room; repeated a second later") \
	X(NO_DAEMON, "no_daemon", "dropped: no association and no daemon that listens") \
	X(QUEUED, "queued", "packets that began to wait for an association") \
	X(RELEASED, "released", "waiting packets sent when the association came up") \
	X(WAIT_FAILED, "wait_failed", "dropped: waited until the daemon gave the peer up") \
	X(WAIT_EXPIRED, "wait_expired", "dropped: waited 30 seconds") \
	X(WAIT_FLUSHED, "wait_flushed", "dropped: waited when its device or the module went") \
	X(PAIR_FULL, "pair_full", "dropped: 64 packets of the pair wait already") \
	X(QUEUE_FULL, "queue_full", "dropped: 8192 packets or 16 MiB wait already") \
	X(PAIRS_FULL, "pairs_full", "dropped: 4096 pairs wait already") \
	X(NO_MEMORY, "no_memory", "dropped: no memory to let the packet wait")

enum hip_stat {
#define X(id, name, help) HIP_STAT_##id,
	HIP_STATS(X)
#undef X
	__HIP_STAT_MAX,
};

struct hip_stats {
	unsigned long value[__HIP_STAT_MAX];
};

const char *hip_stats_name(enum hip_stat stat);
const char *hip_stats_help(enum hip_stat stat);
u64 hip_stats_read(const struct hip_net *hn, enum hip_stat stat);
void hip_stats_add(struct hip_net *hn, enum hip_stat stat, unsigned int n);
unsigned int hip_stats_drop(struct hip_net *hn, const struct sk_buff *skb,
			    enum hip_stat why, int err);

#endif
