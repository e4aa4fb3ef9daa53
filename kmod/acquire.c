// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that wait for the daemon. The first packet to a HIT without an
 * association raises an event and waits, like a packet that waits for a
 * neighbour's link address: it stays charged to its socket, so a sender cannot
 * run ahead of its send buffer. It waits without dst, so it pins no device; of
 * forwarded packets those of a vanished device are dropped.
 *
 * hip_assoc.waiting is true from the first packet that joins until the last
 * one is sent or dropped. While it is true packets join the queue even when
 * they could leave at once: none overtakes. Neither do they leave through the
 * SA of an association that is closing. hip_net.waiting counts both, so that
 * otherwise nobody has to look.
 *
 * The reaper repeats the event each second as long as packets wait (events may
 * be lost, daemons restarted), sends those whose SAs are back, ends the wait
 * after HIP_QUEUE_LIFETIME and frees acquire objects a second after their last
 * event: that remembers when the next event is due.
 */
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst.h>

#include "hip.h"
#include "trace.h"

/* Run the reaper @delay jiffies from now at the latest. */
static void reap_within(struct hip_net *hn, unsigned long delay)
{
	/* A timer that is due earlier stays: the reaper sets itself anew. */
	queue_delayed_work(system_power_efficient_wq, &hn->reaper, delay);
}

static bool room(struct hip_net *hn, unsigned int truesize)
{
	if (atomic_inc_return(&hn->queued) > HIP_QUEUE_PACKETS)
		goto err_packets;
	if (atomic_long_add_return(truesize, &hn->queued_bytes) >
	    HIP_QUEUE_BYTES)
		goto err_bytes;
	return true;

err_bytes:
	atomic_long_sub(truesize, &hn->queued_bytes);
err_packets:
	atomic_dec(&hn->queued);
	return false;
}

static void leave(struct hip_net *hn, const struct sk_buff *skb)
{
	atomic_long_sub(skb->truesize, &hn->queued_bytes);
	atomic_dec(&hn->queued);
}

/* The packet joins the queue, or the verdict tells why not. */
static unsigned int __join(struct hip_net *hn, struct hip_assoc *assoc,
			   struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	lockdep_assert_held(&assoc->lock);
	if (assoc->draining ? assoc->joined >= HIP_QUEUE_DRAIN :
	    skb_queue_len(&assoc->queue) >= HIP_QUEUE_PAIR)
		return hip_stats_drop(hn, skb, HIP_STAT_PAIR_FULL, ENOBUFS);
	if (!room(hn, skb->truesize))
		return hip_stats_drop(hn, skb, HIP_STAT_QUEUE_FULL, ENOBUFS);

	skb_dst_drop(skb);
	/* For ICMPv6 errors, and of a local packet it means nothing yet. */
	if (state->hook == NF_INET_LOCAL_OUT)
		skb->dev = hn->net->loopback_dev;
	if (!assoc->waiting) {
		assoc->waiting = true;
		assoc->since = jiffies;
		assoc->proto = ipv6_hdr(skb)->nexthdr;
		atomic_inc(&hn->waiting);
	}
	assoc->joined += assoc->draining;
	__skb_queue_tail(&assoc->queue, skb);
	hip_stats_add(hn, HIP_STAT_QUEUED, 1);
	return NF_STOLEN;
}

static bool __ask_due(const struct hip_assoc *assoc)
{
	return assoc->waiting && !assoc->draining &&
	       time_after_eq(jiffies, assoc->asked + HIP_ACQUIRE_INTERVAL);
}

/* Nothing waits any more. */
static void __wait_over(struct hip_net *hn, struct hip_assoc *assoc)
{
	lockdep_assert_held(&assoc->lock);
	if (!assoc->waiting)
		return;
	assoc->waiting = false;
	atomic_dec(&hn->waiting);
}

static struct hip_assoc *find_or_create(struct hip_net *hn,
					const struct hip_pair *pair)
{
	struct hip_assoc *assoc;

	assoc = hip_assoc_lookup(hn, pair);
	if (assoc)
		return assoc;
	return hip_assoc_create(hn, pair, HIP_QUEUE_PAIRS,
				GFP_ATOMIC | __GFP_NOWARN);
}

static unsigned int no_daemon(struct hip_net *hn, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	if (state->hook == NF_INET_LOCAL_OUT)
		skb->dev = hn->net->loopback_dev;
	hip_output_unreach(hn, skb, ICMPV6_NOROUTE);
	return hip_stats_drop(hn, skb, HIP_STAT_NO_DAEMON, ENETUNREACH);
}

static unsigned int no_room(struct hip_net *hn, struct sk_buff *skb, int err)
{
	return hip_stats_drop(hn, skb, err == -ENOSPC ? HIP_STAT_PAIRS_FULL :
			      HIP_STAT_NO_MEMORY, ENOBUFS);
}

/* That somebody listens is known of all namespaces together; that nobody does
 * in this one shows only when the event is sent. The reaper asks once more, at
 * once, and gives up: it may take hip_net.lock.
 */
static void nobody_heard(struct hip_net *hn, struct hip_assoc *assoc)
{
	spin_lock_bh(&assoc->lock);
	assoc->asked = jiffies - HIP_ACQUIRE_INTERVAL;
	spin_unlock_bh(&assoc->lock);
	mod_delayed_work(system_power_efficient_wq, &hn->reaper, 0);
}

/**
 * hip_acquire_packet() - a packet whose pair is not up, or drains its queue
 * @hn: network namespace
 * @skb: the packet
 * @pair: its HITs
 * @state: where the hook is called from
 * @lost: the pair is up, but its path leads nowhere: if a daemon listens, the
 *	packet waits for it to make new SAs or to say that all is well
 *
 * Context: hook, RCU read section.
 * Return: the verdict; NF_STOLEN when it waits.
 */
unsigned int hip_acquire_packet(struct hip_net *hn, struct sk_buff *skb,
				const struct hip_pair *pair,
				const struct nf_hook_state *state, bool lost)
{
	bool ask = false, gone, up, wait, listens;
	struct hip_assoc *assoc;
	unsigned int verdict;
	u8 proto;

	listens = hip_netlink_listens(hn);
	do {
		assoc = listens ? find_or_create(hn, pair) :
			hip_assoc_lookup(hn, pair);
		if (IS_ERR(assoc))
			return no_room(hn, skb, PTR_ERR(assoc));
		if (!assoc)
			return no_daemon(hn, skb, state);

		verdict = NF_DROP;
		spin_lock_bh(&assoc->lock);
		gone = assoc->dead;
		up = assoc->state == HIP_ASSOC_UP;
		wait = up && !lost ? assoc->waiting : listens;
		if (!gone && wait) {
			verdict = __join(hn, assoc, skb, state);
			ask = (!up || lost) && __ask_due(assoc);
			if (ask)
				assoc->asked = jiffies;
		}
		proto = assoc->proto;
		spin_unlock_bh(&assoc->lock);
	} while (gone);

	if (ask && hip_netlink_acquire(hn, pair, proto) == -ESRCH)
		nobody_heard(hn, assoc);
	if (verdict == NF_STOLEN && (!up || lost))
		reap_within(hn, HIP_ACQUIRE_INTERVAL);
	if (verdict != NF_DROP)
		return verdict;
	/* Up, and the queue ran dry before we had the lock. */
	if (up)
		return hip_path_route(hn, rcu_dereference(assoc->path), skb,
				      state);
	return no_daemon(hn, skb, state);
}
EXPORT_SYMBOL_IF_KUNIT(hip_acquire_packet);

/**
 * hip_acquire_joins() - whether packets of a pair must join a queue
 * @hn: network namespace in which some packets wait
 * @pair: the HITs
 *
 * Context: hook, RCU read section.
 * Return: true when an earlier packet of the pair waits or is being sent, or
 * the association is closing.
 */
bool hip_acquire_joins(struct hip_net *hn, const struct hip_pair *pair)
{
	const struct hip_assoc *assoc;

	assoc = hip_assoc_lookup(hn, pair);
	return assoc && (READ_ONCE(assoc->waiting) ||
			 READ_ONCE(assoc->state) == HIP_ASSOC_CLOSING);
}

/* Take the whole queue; false, and the wait is over, when it is empty. */
static bool next_batch(struct hip_net *hn, struct hip_assoc *assoc,
		       struct sk_buff_head *batch)
{
	bool more;

	spin_lock_bh(&assoc->lock);
	more = !skb_queue_empty(&assoc->queue);
	assoc->draining = more;
	skb_queue_splice_init(&assoc->queue, batch);
	if (!more)
		__wait_over(hn, assoc);
	spin_unlock_bh(&assoc->lock);
	return more;
}

/**
 * hip_acquire_release() - send the packets that wait, in order
 * @hn: network namespace
 * @assoc: in state up
 * @path: through which
 *
 * Ends although packets may keep joining: after HIP_QUEUE_DRAIN of them the
 * others are dropped until the queue is empty.
 *
 * Context: process; hip_net.lock held.
 */
void hip_acquire_release(struct hip_net *hn, struct hip_assoc *assoc,
			 struct hip_path *path)
{
	struct sk_buff_head batch;
	unsigned int sent = 0;
	struct sk_buff *skb;

	lockdep_assert_held(&hn->lock);
	__skb_queue_head_init(&batch);
	assoc->joined = 0;
	while (next_batch(hn, assoc, &batch)) {
		while ((skb = __skb_dequeue(&batch))) {
			leave(hn, skb);
			hip_path_send(hn, path, skb);
			sent++;
		}
		cond_resched();
	}
	if (!sent)
		return;
	hip_stats_add(hn, HIP_STAT_RELEASED, sent);
	trace_hip_wait(&assoc->pair, sent, HIP_STAT_RELEASED);
}

/* Drop @batch and tell each sender, unless @code is above 255. */
static void fail_batch(struct hip_net *hn, const struct hip_pair *pair,
		       struct sk_buff_head *batch, unsigned int code,
		       enum hip_stat why)
{
	unsigned int n = skb_queue_len(batch);
	struct sk_buff *skb;

	if (!n)
		return;
	while ((skb = __skb_dequeue(batch))) {
		leave(hn, skb);
		if (code <= U8_MAX)
			hip_output_unreach(hn, skb, code);
		trace_hip_drop(skb, why);
		kfree_skb(skb);
	}
	hip_stats_add(hn, why, n);
	trace_hip_wait(pair, n, why);
}

/**
 * hip_acquire_fail() - drop the packets that wait and tell their senders
 * @hn: network namespace
 * @assoc: not up, or up without SAs
 * @code: of ICMPv6 destination unreachable
 * @why: how to count them
 *
 * Context: process; hip_net.lock held.
 * Return: how many waited.
 */
unsigned int hip_acquire_fail(struct hip_net *hn, struct hip_assoc *assoc,
			      u8 code, enum hip_stat why)
{
	struct sk_buff_head batch;
	unsigned int n;

	lockdep_assert_held(&hn->lock);
	__skb_queue_head_init(&batch);
	spin_lock_bh(&assoc->lock);
	skb_queue_splice_init(&assoc->queue, &batch);
	__wait_over(hn, assoc);
	spin_unlock_bh(&assoc->lock);
	n = skb_queue_len(&batch);
	fail_batch(hn, &assoc->pair, &batch, code, why);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(hip_acquire_fail);

/**
 * hip_acquire_flush() - drop packets that wait, without a word
 * @hn: network namespace
 * @dev: only those that came from this device; NULL: all
 *
 * Context: process.
 */
void hip_acquire_flush(struct hip_net *hn, const struct net_device *dev)
{
	struct sk_buff_head batch;
	struct sk_buff *skb, *next;
	struct hip_assoc *assoc;

	if (!atomic_read(&hn->waiting))
		return;
	mutex_lock(&hn->lock);
	list_for_each_entry_rcu(assoc, &hn->assocs, list,
				lockdep_is_held(&hn->lock)) {
		__skb_queue_head_init(&batch);
		spin_lock_bh(&assoc->lock);
		skb_queue_walk_safe(&assoc->queue, skb, next) {
			if (dev && skb->dev != dev)
				continue;
			__skb_unlink(skb, &assoc->queue);
			__skb_queue_tail(&batch, skb);
		}
		if (skb_queue_empty(&assoc->queue))
			__wait_over(hn, assoc);
		spin_unlock_bh(&assoc->lock);
		fail_batch(hn, &assoc->pair, &batch, U8_MAX + 1,
			   HIP_STAT_WAIT_FLUSHED);
	}
	mutex_unlock(&hn->lock);
}

static struct hip_path *path_of(struct hip_net *hn,
				const struct hip_assoc *assoc)
{
	return rcu_dereference_protected(assoc->path,
					 lockdep_is_held(&hn->lock));
}

/* Up, and packets wait for SAs that were gone: are they back? */
static bool found_again(struct hip_net *hn, const struct hip_assoc *assoc)
{
	struct hip_path *path = path_of(hn, assoc);

	return assoc->state == HIP_ASSOC_UP && READ_ONCE(assoc->waiting) &&
	       path && hip_path_mtu(hn, path);
}

/* One association's turn; false when it needs no reaper any more. */
static bool reap_one(struct hip_net *hn, struct hip_assoc *assoc)
{
	bool ask = false, late = false, keep = true;

	if (found_again(hn, assoc)) {
		hip_acquire_release(hn, assoc, path_of(hn, assoc));
		return false;
	}
	spin_lock_bh(&assoc->lock);
	if (assoc->waiting) {
		late = time_after_eq(jiffies,
				     assoc->since + HIP_QUEUE_LIFETIME);
		ask = !late && __ask_due(assoc);
		if (ask)
			assoc->asked = jiffies;
	} else if (assoc->state != HIP_ASSOC_ACQUIRE) {
		keep = false;
	} else if (time_after_eq(jiffies,
				 assoc->asked + HIP_ACQUIRE_INTERVAL)) {
		__hip_assoc_unlink(hn, assoc);
		keep = false;
	}
	spin_unlock_bh(&assoc->lock);
	if (ask &&
	    hip_netlink_acquire(hn, &assoc->pair, assoc->proto) == -ESRCH)
		hip_acquire_fail(hn, assoc, ICMPV6_NOROUTE,
				 HIP_STAT_NO_DAEMON);
	if (late)
		hip_acquire_fail(hn, assoc, ICMPV6_ADDR_UNREACH,
				 HIP_STAT_WAIT_EXPIRED);
	return keep;
}

/**
 * hip_acquire_reap() - repeat events, end waits, free what packets made
 * @work: hip_net.reaper
 *
 * Context: process.
 */
void hip_acquire_reap(struct work_struct *work)
{
	struct hip_net *hn = container_of(work, struct hip_net, reaper.work);
	struct hip_assoc *assoc, *next;
	bool again = false;

	mutex_lock(&hn->lock);
	list_for_each_entry_safe(assoc, next, &hn->assocs, list)
		again |= reap_one(hn, assoc);
	mutex_unlock(&hn->lock);
	if (again)
		reap_within(hn, HIP_ACQUIRE_INTERVAL / 4);
}
EXPORT_SYMBOL_IF_KUNIT(hip_acquire_reap);
