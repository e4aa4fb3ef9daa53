/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hip.ko: what the files of the module share.
 *
 * All state belongs to a network namespace (struct hip_net) or to an object in
 * one of its tables. Packets read under RCU; changes come from generic netlink
 * and from the reaper, both under hip_net.lock, and, for waiting packets only,
 * from the hooks.
 *
 * Lock order, outer first:
 *   hip_net.lock        mutex: paths, inside, removal from and state of assocs,
 *                       their paths and past traffic
 *   hip_assoc.lock      bh: the fields of hip_assoc below it
 *   hip_net.list_lock   bh: hip_net.assocs, hip_net.serial
 */
#ifndef _HIP_H
#define _HIP_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <uapi/linux/hip.h>

#include "compat.h"
#include "stats.h"

struct netlink_ext_ack;

/* Limits of what packets can make the module hold; one more, HIP_QUEUE_PAIR,
 * is in the uapi header.
 */
#define HIP_QUEUE_DRAIN		1024		/* joining while it drains */
#define HIP_QUEUE_PACKETS	8192		/* waiting packets in all */
#define HIP_QUEUE_BYTES		(16 << 20)	/* their truesize in all */
#define HIP_QUEUE_PAIRS		4096		/* pairs made by packets */
#define HIP_QUEUE_LIFETIME	(30 * HZ)
#define HIP_ACQUIRE_INTERVAL	HZ		/* between events of a pair */

enum hip_hook {
	HIP_HOOK_OUTPUT,
	HIP_HOOK_INPUT,
	HIP_HOOK_FORWARD,
	HIP_HOOKS,
};

/* The two ends of an association; the key of its table. */
struct hip_pair {
	struct in6_addr local;
	struct in6_addr peer;
};

/**
 * struct hip_net - the module's state in one network namespace
 * @net: the namespace
 * @lock: serialises changes of the tables; taken by netlink and the reaper
 * @assoc_table: struct hip_assoc by struct hip_pair; RCU readers
 * @list_lock: protects @serial and changes of @assocs
 * @assocs: the same objects in order of @serial, for dumps and the reaper, who
 *	hold @lock: then objects only join, at the end
 * @serial: last number given to an association
 * @paths: struct hip_path by id; RCU readers, changed under @lock
 * @inside: ifindex of the devices inside; RCU readers, changed under @lock
 * @hooks: bits by enum hip_hook, those that are there; under @lock
 * @hook_ops: what they were registered with, by enum hip_hook
 * @waiting: associations with packets that wait or drain, and those that are
 *	closing: while it is not zero, packets that could leave at once look
 *	whether they must wait
 * @acquiring: associations in state acquire, which packets make
 * @queued: packets that wait
 * @queued_bytes: their truesize
 * @generation: changes that netlink made to the tables
 * @reaper: ends the wait of packets and the life of acquire objects
 * @stats: counters, per CPU
 */
struct hip_net {
	struct net *net;
	struct mutex lock;		/* see above */
	struct rhashtable assoc_table;
	spinlock_t list_lock;		/* see above */
	struct list_head assocs;
	u64 serial;
	struct xarray paths;
	struct xarray inside;
	unsigned long hooks;
	struct nf_hook_ops hook_ops[HIP_HOOKS];
	atomic_t waiting;
	atomic_t acquiring;
	atomic_t queued;
	atomic_long_t queued_bytes;
	atomic_t generation;
	struct delayed_work reaper;
	struct hip_stats __percpu *stats;
};

/* Traffic of SAs, summed. Times are the newest, seconds since the epoch, 0
 * never.
 */
struct hip_traffic {
	u64 rx_packets;
	u64 rx_bytes;
	u64 tx_packets;
	u64 tx_bytes;
	u64 last_in;
	u64 last_out;
};

/* What netlink says of a path. */
struct hip_path_config {
	u32 if_id;
	__be32 spi_in;
	__be32 spi_out;
	struct in6_addr local;
	struct in6_addr peer;
};

/**
 * struct hip_path - one pair of SAs between two HITs
 * @id: chosen by the daemon
 * @pair: the HITs, never changed
 * @config: if_id is read by packets, the rest is under hip_net.lock
 * @list: in hip_assoc.paths, or empty; under hip_net.lock
 * @bundle: per CPU, the xfrm bundle that leads here, or NULL; set by packets,
 *	taken by whoever finds it stale
 * @rcu: for freeing
 */
struct hip_path {
	u32 id;
	struct hip_pair pair;
	struct hip_path_config config;
	struct list_head list;
	struct dst_entry __rcu * __percpu *bundle;
	struct rcu_head rcu;
};

/**
 * struct hip_assoc - a pair of HITs between which packets flow or wait
 * @node: in hip_net.assoc_table
 * @pair: key
 * @list: in hip_net.assocs
 * @serial: position in that list
 * @born: when it was made, milliseconds since boot
 * @path: default path; changed under hip_net.lock
 * @paths: those that are or were the default path and are there yet; under
 *	hip_net.lock
 * @past: traffic of those that went, and of SAs that were replaced; under
 *	hip_net.lock
 * @state: enum hip_assoc_state; changed under hip_net.lock and @lock
 * @lock: protects what follows
 * @dead: out of the table: look again
 * @waiting: packets must join @queue
 * @draining: @queue is being sent
 * @joined: packets that joined since it drains
 * @proto: of the first packet that waits
 * @asked: when the last acquire went out, jiffies
 * @since: when the first packet began to wait, jiffies
 * @queue: packets that wait, in order, without dst
 * @rcu: for freeing
 */
struct hip_assoc {
	struct rhash_head node;
	struct hip_pair pair;
	struct list_head list;
	u64 serial;
	u64 born;
	struct hip_path __rcu *path;
	struct list_head paths;
	struct hip_traffic past;
	u8 state;
	spinlock_t lock;		/* see above */
	bool dead;
	bool waiting;
	bool draining;
	u8 proto;
	unsigned int joined;
	unsigned long asked;
	unsigned long since;
	struct sk_buff_head queue;
	struct rcu_head rcu;
};

/* 2001:20::/28, RFC 7343 section 2. */
static inline bool hip_is_hit(const struct in6_addr *addr)
{
	return (addr->s6_addr32[0] & htonl(0xfffffff0)) == htonl(0x20010020);
}

/* Whether another header may stand behind this one, a routing header among
 * them. Asked of each packet, so some protocols above 63 are taken along.
 */
static inline bool hip_may_have_options(u8 nexthdr)
{
	const u64 those = BIT_ULL(NEXTHDR_HOP) | BIT_ULL(NEXTHDR_ROUTING) |
			  BIT_ULL(NEXTHDR_FRAGMENT) | BIT_ULL(NEXTHDR_DEST);

	return those >> (nexthdr & 63) & 1;
}

/* main.c */
struct hip_net *hip_net(const struct net *net);
int hip_net_setup(struct hip_net *hn, struct net *net);
void hip_net_flush(struct hip_net *hn);
void hip_net_cleanup(struct hip_net *hn);

/* assoc.c */
int hip_assoc_init(struct hip_net *hn);
void hip_assoc_exit(struct hip_net *hn);
struct hip_assoc *hip_assoc_lookup(struct hip_net *hn,
				   const struct hip_pair *pair);
struct hip_assoc *hip_assoc_create(struct hip_net *hn,
				   const struct hip_pair *pair, int limit,
				   gfp_t gfp);
void __hip_assoc_state(struct hip_net *hn, struct hip_assoc *assoc, u8 state);
int hip_assoc_up(struct hip_net *hn, const struct hip_pair *pair,
		 struct hip_path *path);
int hip_assoc_close(struct hip_net *hn, const struct hip_pair *pair);
int hip_assoc_del(struct hip_net *hn, const struct hip_pair *pair);
void __hip_assoc_unlink(struct hip_net *hn, struct hip_assoc *assoc);
void hip_assoc_traffic(struct hip_net *hn, const struct hip_assoc *assoc,
		       struct hip_traffic *sum);

/* acquire.c */
unsigned int hip_acquire_packet(struct hip_net *hn, struct sk_buff *skb,
				const struct hip_pair *pair,
				const struct nf_hook_state *state, bool lost);
bool hip_acquire_joins(struct hip_net *hn, const struct hip_pair *pair);
void hip_acquire_release(struct hip_net *hn, struct hip_assoc *assoc,
			 struct hip_path *path);
unsigned int hip_acquire_fail(struct hip_net *hn, struct hip_assoc *assoc,
			      u8 code, enum hip_stat why);
void hip_acquire_flush(struct hip_net *hn, const struct net_device *dev);
void hip_acquire_reap(struct work_struct *work);

/* path.c */
struct hip_path *hip_path_lookup(struct hip_net *hn, u32 id);
int hip_path_set(struct hip_net *hn, u32 id, const struct hip_pair *pair,
		 const struct hip_path_config *config,
		 struct netlink_ext_ack *extack);
int hip_path_del(struct hip_net *hn, u32 id, struct netlink_ext_ack *extack);
void hip_path_flush(struct hip_net *hn);
void hip_path_exit(struct hip_net *hn);
struct dst_entry *hip_path_bundle(struct hip_net *hn, struct hip_path *path);
unsigned int hip_path_enter(struct hip_net *hn, struct dst_entry *dst,
			    struct sk_buff *skb,
			    const struct nf_hook_state *state);
unsigned int hip_path_route(struct hip_net *hn, struct hip_path *path,
			    struct sk_buff *skb,
			    const struct nf_hook_state *state);
void hip_path_send(struct hip_net *hn, struct hip_path *path,
		   struct sk_buff *skb);
void hip_path_traffic(struct hip_net *hn, const struct hip_path *path,
		      struct hip_traffic *sum);
u32 hip_path_mtu(struct hip_net *hn, struct hip_path *path);

/* pmtu.c */
unsigned int hip_pmtu_check(struct hip_net *hn, struct sk_buff *skb,
			    bool local);

/* output.c, input.c; to be copied, with the namespace's state as priv */
extern const struct nf_hook_ops hip_output_hook;
extern const struct nf_hook_ops hip_forward_hook;
extern const struct nf_hook_ops hip_input_hook;
void hip_output_unreach(struct hip_net *hn, struct sk_buff *skb, u8 code);

/* routing.c */
bool hip_routing_lists_hit(const struct sk_buff *skb);

/* hooks.c */
int hip_hooks_add(struct hip_net *hn, enum hip_hook hook);
void hip_hooks_exit(struct hip_net *hn);
int hip_hooks_watch(void);
void hip_hooks_unwatch(void);

/* inside.c */
bool hip_inside(struct hip_net *hn, const struct net_device *dev);
int hip_inside_add(struct hip_net *hn, u32 ifindex,
		   struct netlink_ext_ack *extack);
int hip_inside_del(struct hip_net *hn, u32 ifindex,
		   struct netlink_ext_ack *extack);
void hip_inside_exit(struct hip_net *hn);

/* netlink.c */
int hip_netlink_init(void);
void hip_netlink_exit(void);
bool hip_netlink_listens(struct hip_net *hn);
int hip_netlink_acquire(struct hip_net *hn, const struct hip_pair *pair,
			u8 proto);
u32 hip_netlink_group(void);

#ifdef DEBUG
int hip_selftest(void);
#else
static inline int hip_selftest(void) { return 0; }
#endif

#endif
