// SPDX-License-Identifier: GPL-2.0
/*
 * Associations: pairs of HITs (RFC 7401 section 3) that carry packets (state
 * up), for which packets wait (acquire) or which the daemon is taking down
 * (closing). Packets find them by RCU in a keyed hash; packets may also make
 * them, in state acquire only and no more than HIP_QUEUE_PAIRS.
 *
 * An association leaves the table and is marked dead in one section of its
 * lock, so whoever locks a dead one finds a fresh one by looking again.
 */
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "hip.h"
#include "trace.h"

static const struct rhashtable_params params = {
	.key_len = sizeof(struct hip_pair),
	.key_offset = offsetof(struct hip_assoc, pair),
	.head_offset = offsetof(struct hip_assoc, node),
	.automatic_shrinking = true,
};

/**
 * hip_assoc_init() - the empty table of a network namespace
 * @hn: network namespace
 *
 * Return: 0 or -ENOMEM.
 */
int hip_assoc_init(struct hip_net *hn)
{
	spin_lock_init(&hn->list_lock);
	INIT_LIST_HEAD(&hn->assocs);
	return rhashtable_init(&hn->assoc_table, &params);
}

/**
 * hip_assoc_exit() - free all associations
 * @hn: network namespace; no packet can reach it any more
 *
 * Context: process; the reaper is stopped.
 */
void hip_assoc_exit(struct hip_net *hn)
{
	struct hip_assoc *assoc, *next;

	mutex_lock(&hn->lock);
	list_for_each_entry_safe(assoc, next, &hn->assocs, list) {
		spin_lock_bh(&assoc->lock);
		__hip_assoc_unlink(hn, assoc);
		spin_unlock_bh(&assoc->lock);
	}
	mutex_unlock(&hn->lock);
	rhashtable_destroy(&hn->assoc_table);
}

/**
 * hip_assoc_lookup() - find an association
 * @hn: network namespace
 * @pair: its HITs
 *
 * Context: RCU read section or hip_net.lock.
 * Return: the association, valid until the section or lock ends, or NULL.
 */
struct hip_assoc *hip_assoc_lookup(struct hip_net *hn,
				   const struct hip_pair *pair)
{
	return rhashtable_lookup_fast(&hn->assoc_table, pair, params);
}
EXPORT_SYMBOL_IF_KUNIT(hip_assoc_lookup);

/**
 * hip_assoc_create() - make an association in state acquire
 * @hn: network namespace
 * @pair: its HITs
 * @limit: how many may be in that state afterwards
 * @gfp: how to allocate
 *
 * Context: RCU read section or hip_net.lock.
 * Return: the new association, or the one that somebody else made meanwhile,
 * or an ERR_PTR: -ENOSPC for the limit, -ENOMEM.
 */
struct hip_assoc *hip_assoc_create(struct hip_net *hn,
				   const struct hip_pair *pair, int limit,
				   gfp_t gfp)
{
	struct hip_assoc *assoc, *old;
	int err = -ENOSPC;

	if (atomic_inc_return(&hn->acquiring) > limit)
		goto err_count;
	err = -ENOMEM;
	assoc = kzalloc(sizeof(*assoc), gfp);
	if (!assoc)
		goto err_count;
	assoc->pair = *pair;
	assoc->born = ktime_get_boottime_ns() / NSEC_PER_MSEC;
	assoc->state = HIP_ASSOC_ACQUIRE;
	assoc->asked = jiffies - HIP_ACQUIRE_INTERVAL;
	INIT_LIST_HEAD(&assoc->paths);
	spin_lock_init(&assoc->lock);
	__skb_queue_head_init(&assoc->queue);

	/* Nobody may unlink it between table and list. */
	spin_lock_bh(&assoc->lock);
	old = rhashtable_lookup_get_insert_fast(&hn->assoc_table, &assoc->node,
						params);
	if (old) {
		spin_unlock_bh(&assoc->lock);
		goto err_free;
	}
	spin_lock(&hn->list_lock);
	assoc->serial = ++hn->serial;
	/* Who holds hip_net.lock walks without the lock. */
	list_add_tail_rcu(&assoc->list, &hn->assocs);
	spin_unlock(&hn->list_lock);
	spin_unlock_bh(&assoc->lock);
	pr_debug("hip: assoc create %llu.%llu\n", hn->net->net_cookie,
		 assoc->serial);
	trace_hip_assoc(pair, -1, HIP_ASSOC_ACQUIRE);
	return assoc;

err_free:
	kfree(assoc);
	atomic_dec(&hn->acquiring);
	return old;
err_count:
	atomic_dec(&hn->acquiring);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(hip_assoc_create);

/**
 * __hip_assoc_state() - change the state
 * @hn: network namespace
 * @assoc: the association
 * @state: enum hip_assoc_state
 *
 * Context: hip_net.lock and hip_assoc.lock held.
 */
void __hip_assoc_state(struct hip_net *hn, struct hip_assoc *assoc, u8 state)
{
	lockdep_assert_held(&hn->lock);
	lockdep_assert_held(&assoc->lock);
	if (assoc->state == state)
		return;
	/* The limit is for packets: what was an association stays. */
	if (state == HIP_ASSOC_ACQUIRE)
		atomic_inc(&hn->acquiring);
	if (assoc->state == HIP_ASSOC_ACQUIRE)
		atomic_dec(&hn->acquiring);
	/* Sockets still have the SA: they must look. */
	if (state == HIP_ASSOC_CLOSING)
		atomic_inc(&hn->waiting);
	if (assoc->state == HIP_ASSOC_CLOSING)
		atomic_dec(&hn->waiting);
	trace_hip_assoc(&assoc->pair, assoc->state, state);
	WRITE_ONCE(assoc->state, state);
}

/* Its paths may stay, for another association of the pair. */
static void forget_paths(struct hip_assoc *assoc)
{
	struct hip_path *path, *next;

	list_for_each_entry_safe(path, next, &assoc->paths, list)
		list_del_init(&path->list);
	RCU_INIT_POINTER(assoc->path, NULL);
}

/**
 * __hip_assoc_unlink() - take an association out of the tables and free it
 * @hn: network namespace
 * @assoc: without packets that wait
 *
 * Context: hip_net.lock and hip_assoc.lock held; memory goes after a grace
 * period, so the caller may still unlock.
 */
void __hip_assoc_unlink(struct hip_net *hn, struct hip_assoc *assoc)
{
	lockdep_assert_held(&hn->lock);
	lockdep_assert_held(&assoc->lock);
	WARN_ON_ONCE(!skb_queue_empty(&assoc->queue));
	assoc->dead = true;
	rhashtable_remove_fast(&hn->assoc_table, &assoc->node, params);
	spin_lock(&hn->list_lock);
	list_del_rcu(&assoc->list);
	spin_unlock(&hn->list_lock);
	if (assoc->state == HIP_ASSOC_ACQUIRE)
		atomic_dec(&hn->acquiring);
	if (assoc->state == HIP_ASSOC_CLOSING)
		atomic_dec(&hn->waiting);
	forget_paths(assoc);
	trace_hip_assoc(&assoc->pair, assoc->state, -1);
	pr_debug("hip: assoc destroy %llu.%llu\n", hn->net->net_cookie,
		 assoc->serial);
	kfree_rcu(assoc, rcu);
}
EXPORT_SYMBOL_IF_KUNIT(__hip_assoc_unlink);

/* The limit is for packets; who may use netlink has that of its cgroup. */
static struct hip_assoc *find_or_create(struct hip_net *hn,
					const struct hip_pair *pair)
{
	struct hip_assoc *assoc;

	assoc = hip_assoc_lookup(hn, pair);
	return assoc ?: hip_assoc_create(hn, pair, INT_MAX,
					 GFP_KERNEL_ACCOUNT);
}

/**
 * hip_assoc_up() - packets of a pair go out through a path from now on
 * @hn: network namespace
 * @pair: the HITs
 * @path: the default path, of the same pair
 *
 * Packets that wait are sent, in order, before this returns.
 *
 * Context: process; hip_net.lock held.
 * Return: 0 or -ENOMEM.
 */
int hip_assoc_up(struct hip_net *hn, const struct hip_pair *pair,
		 struct hip_path *path)
{
	struct hip_assoc *assoc;

	assoc = find_or_create(hn, pair);
	if (IS_ERR(assoc))
		return PTR_ERR(assoc);
	spin_lock_bh(&assoc->lock);
	rcu_assign_pointer(assoc->path, path);
	__hip_assoc_state(hn, assoc, HIP_ASSOC_UP);
	spin_unlock_bh(&assoc->lock);
	list_move_tail(&path->list, &assoc->paths);
	hip_acquire_release(hn, assoc, path);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hip_assoc_up);

/**
 * hip_assoc_close() - new packets of a pair wait again
 * @hn: network namespace
 * @pair: the HITs
 *
 * Context: process; hip_net.lock held.
 * Return: 0 or -ENOENT.
 */
int hip_assoc_close(struct hip_net *hn, const struct hip_pair *pair)
{
	struct hip_assoc *assoc;

	assoc = hip_assoc_lookup(hn, pair);
	if (!assoc || assoc->state == HIP_ASSOC_ACQUIRE)
		return -ENOENT;
	spin_lock_bh(&assoc->lock);
	__hip_assoc_state(hn, assoc, HIP_ASSOC_CLOSING);
	spin_unlock_bh(&assoc->lock);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hip_assoc_close);

/**
 * hip_assoc_del() - forget an association
 * @hn: network namespace
 * @pair: the HITs
 *
 * When packets wait for a new one already, it goes back to state acquire.
 *
 * Context: process; hip_net.lock held.
 * Return: 0 or -ENOENT.
 */
int hip_assoc_del(struct hip_net *hn, const struct hip_pair *pair)
{
	struct hip_assoc *assoc;

	assoc = hip_assoc_lookup(hn, pair);
	if (!assoc || assoc->state == HIP_ASSOC_ACQUIRE)
		return -ENOENT;
	spin_lock_bh(&assoc->lock);
	if (assoc->waiting) {
		forget_paths(assoc);
		assoc->past = (struct hip_traffic) {};
		__hip_assoc_state(hn, assoc, HIP_ASSOC_ACQUIRE);
	} else {
		__hip_assoc_unlink(hn, assoc);
	}
	spin_unlock_bh(&assoc->lock);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hip_assoc_del);

/**
 * hip_assoc_traffic() - what went through an association
 * @hn: network namespace
 * @assoc: which
 * @sum: the answer
 *
 * Each rekey replaces the path; what the old one carried still counts.
 *
 * Context: process; hip_net.lock held.
 */
void hip_assoc_traffic(struct hip_net *hn, const struct hip_assoc *assoc,
		       struct hip_traffic *sum)
{
	const struct hip_path *path;

	lockdep_assert_held(&hn->lock);
	*sum = assoc->past;
	list_for_each_entry(path, &assoc->paths, list)
		hip_path_traffic(hn, path, sum);
}
EXPORT_SYMBOL_IF_KUNIT(hip_assoc_traffic);
