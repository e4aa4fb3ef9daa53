// SPDX-License-Identifier: GPL-2.0
/*
 * Paths: pairs of ESP SAs (RFC 7402) between two HITs, and the way of a packet
 * into one. The SAs and policies themselves are xfrm's; a path only knows
 * their names, for display, and the if_id by which xfrm finds them.
 *
 * xfrm builds a new bundle (route, state lookup, allocation) for each lookup,
 * so each path keeps one per CPU. A slot is a pointer that is exchanged
 * atomically; packets read it under RCU, dst memory goes after a grace period,
 * so a slot may be emptied from any CPU at any time. dst_check() sees changes
 * of SAs, policies and routes.
 *
 * Counters and times of last use are read from the SAs when somebody asks.
 */
#include <linux/percpu.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/netlink.h>
#include <net/xfrm.h>

#include "hip.h"
#include "trace.h"

/**
 * hip_path_lookup() - find a path
 * @hn: network namespace
 * @id: its id
 *
 * Context: RCU read section or hip_net.lock.
 * Return: the path, valid until the section or lock ends, or NULL.
 */
struct hip_path *hip_path_lookup(struct hip_net *hn, u32 id)
{
	return xa_load(&hn->paths, id);
}
EXPORT_SYMBOL_IF_KUNIT(hip_path_lookup);

static void bundle_set(struct dst_entry __rcu **slot, struct dst_entry *dst)
{
	dst_release(unrcu_pointer(xchg(slot, RCU_INITIALIZER(dst))));
}

static void bundles_drop(struct hip_path *path)
{
	int cpu;

	for_each_possible_cpu(cpu)
		bundle_set(per_cpu_ptr(path->bundle, cpu), NULL);
}

static void path_free(struct hip_path *path)
{
	bundles_drop(path);
	free_percpu(path->bundle);
	pr_debug("hip: path destroy %p\n", path);
	kfree(path);
}

static void path_free_rcu(struct rcu_head *rcu)
{
	path_free(container_of(rcu, struct hip_path, rcu));
}

static struct hip_path *path_create(u32 id, const struct hip_pair *pair)
{
	struct hip_path *path;

	path = kzalloc(sizeof(*path), GFP_KERNEL_ACCOUNT);
	if (!path)
		return NULL;
	path->bundle = alloc_percpu_gfp(struct dst_entry __rcu *,
					GFP_KERNEL_ACCOUNT);
	if (!path->bundle) {
		kfree(path);
		return NULL;
	}
	path->id = id;
	path->pair = *pair;
	INIT_LIST_HEAD(&path->list);
	pr_debug("hip: path create %p\n", path);
	return path;
}

/* The SAs go: their association keeps what they counted. */
static void traffic_keep(struct hip_net *hn, const struct hip_path *path)
{
	struct hip_assoc *assoc;

	if (list_empty(&path->list))
		return;
	assoc = hip_assoc_lookup(hn, &path->pair);
	if (!WARN_ON_ONCE(!assoc))
		hip_path_traffic(hn, path, &assoc->past);
}

/**
 * hip_path_set() - make a path, or change one
 * @hn: network namespace
 * @id: its id
 * @pair: its HITs, which cannot change
 * @config: the rest
 * @extack: where a refusal is explained
 *
 * Traffic of the SAs that were there before stays in the counters of the
 * association.
 *
 * Context: process; hip_net.lock held.
 * Return: 0, -ENOMEM, or -EEXIST when the path belongs to another pair.
 */
int hip_path_set(struct hip_net *hn, u32 id, const struct hip_pair *pair,
		 const struct hip_path_config *config,
		 struct netlink_ext_ack *extack)
{
	struct hip_path *path;
	int err;

	lockdep_assert_held(&hn->lock);
	path = hip_path_lookup(hn, id);
	if (path && memcmp(&path->pair, pair, sizeof(*pair))) {
		NL_SET_ERR_MSG(extack, "path id is in use between other HITs");
		return -EEXIST;
	}
	if (!path) {
		path = path_create(id, pair);
		if (!path)
			return -ENOMEM;
		path->config = *config;
		err = xa_err(xa_store(&hn->paths, id, path, GFP_KERNEL));
		if (err) {
			path_free(path);
			return err;
		}
	} else {
		/* Same SAs: what they counted is not past. */
		if (path->config.spi_in != config->spi_in ||
		    path->config.spi_out != config->spi_out)
			traffic_keep(hn, path);
		WRITE_ONCE(path->config.if_id, config->if_id);
		path->config = *config;
		bundles_drop(path);
	}
	trace_hip_path(path, true);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hip_path_set);

/**
 * hip_path_del() - forget a path
 * @hn: network namespace
 * @id: its id
 * @extack: where a refusal is explained
 *
 * Its SAs must still be there for the association to keep what they counted.
 *
 * Context: process; hip_net.lock held.
 * Return: 0, -ENOENT, or -EBUSY when an association that is up uses it.
 */
int hip_path_del(struct hip_net *hn, u32 id, struct netlink_ext_ack *extack)
{
	struct hip_assoc *assoc;
	struct hip_path *path;

	lockdep_assert_held(&hn->lock);
	path = hip_path_lookup(hn, id);
	if (!path) {
		NL_SET_ERR_MSG(extack, "no path with this id");
		return -ENOENT;
	}
	assoc = hip_assoc_lookup(hn, &path->pair);
	if (assoc && rcu_access_pointer(assoc->path) == path) {
		if (assoc->state == HIP_ASSOC_UP) {
			NL_SET_ERR_MSG(extack, "path is the default path of an association that is up");
			return -EBUSY;
		}
		RCU_INIT_POINTER(assoc->path, NULL);
	}
	traffic_keep(hn, path);
	list_del(&path->list);
	xa_erase(&hn->paths, id);
	trace_hip_path(path, false);
	call_rcu(&path->rcu, path_free_rcu);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hip_path_del);

/**
 * hip_path_flush() - forget all cached bundles of a network namespace
 * @hn: network namespace
 *
 * Context: process.
 */
void hip_path_flush(struct hip_net *hn)
{
	struct hip_path *path;
	unsigned long id;

	mutex_lock(&hn->lock);
	xa_for_each(&hn->paths, id, path)
		bundles_drop(path);
	mutex_unlock(&hn->lock);
}

/**
 * hip_path_exit() - free all paths
 * @hn: network namespace; no packet can reach it any more, and associations
 *	are gone
 *
 * Context: process.
 */
void hip_path_exit(struct hip_net *hn)
{
	struct hip_path *path;
	unsigned long id;

	xa_for_each(&hn->paths, id, path)
		path_free(path);
	xa_destroy(&hn->paths);
}

/* The bundle that leads into the path's outbound SA, with a reference, or
 * NULL. Routes give the dst that xfrm starts from and consumes, also when it
 * fails; a dst that comes back without BEET leads elsewhere or nowhere.
 */
static struct dst_entry *bundle_make(struct hip_net *hn, struct hip_path *path)
{
	struct flowi6 fl6 = {
		.saddr = path->pair.local,
		.daddr = path->pair.peer,
	};
	struct dst_entry *dst;

	dst = ip6_route_output(hn->net, NULL, &fl6);
	if (dst->error)
		goto err_release;
	dst = xfrm_lookup_with_ifid(hn->net, dst, flowi6_to_flowi(&fl6), NULL,
				    0, READ_ONCE(path->config.if_id));
	if (IS_ERR(dst))
		return NULL;
	if (!dst->xfrm || dst->xfrm->props.mode != XFRM_MODE_BEET)
		goto err_release;
	return dst;

err_release:
	dst_release(dst);
	return NULL;
}

/* The cached bundle, renewed when it is stale; with a reference, or NULL. */
static struct dst_entry *bundle_get(struct hip_net *hn, struct hip_path *path)
{
	struct dst_entry __rcu **slot;
	struct dst_entry *dst;

	/* Whichever CPU's slot: it is for speed, not for exclusion. */
	slot = raw_cpu_ptr(path->bundle);
	dst = rcu_dereference(*slot);
	if (dst && dst_check(dst, 0) && dst_hold_safe(dst))
		return dst;
	dst = bundle_make(hn, path);
	if (dst)
		dst_hold(dst);
	bundle_set(slot, dst);
	hip_stats_add(hn, HIP_STAT_BUNDLE, 1);
	return dst;
}

/**
 * hip_path_bundle() - what leads packets into a path
 * @hn: network namespace
 * @path: which; NULL when it went away meanwhile
 *
 * Context: hook, RCU read section.
 * Return: a reference, or NULL when there is no SA, policy or route.
 */
struct dst_entry *hip_path_bundle(struct hip_net *hn, struct hip_path *path)
{
	return path ? bundle_get(hn, path) : NULL;
}

/**
 * hip_path_enter() - lead a packet into a path
 * @hn: network namespace
 * @dst: the path's bundle, consumed
 * @skb: the packet
 * @state: where the hook is called from
 *
 * Context: hook, RCU read section.
 * Return: the verdict; NF_ACCEPT: the packet has the path's dst.
 */
unsigned int hip_path_enter(struct hip_net *hn, struct dst_entry *dst,
			    struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	hip_compat_used(dst->xfrm);
	return hip_pmtu_check(hn, skb, state->hook == NF_INET_LOCAL_OUT);
}

/**
 * hip_path_route() - lead a packet into a path, or drop it
 * @hn: network namespace
 * @path: which; NULL when it went away meanwhile
 * @skb: the packet
 * @state: where the hook is called from
 *
 * Context: hook, RCU read section.
 * Return: the verdict; NF_ACCEPT: the packet has the path's dst.
 */
unsigned int hip_path_route(struct hip_net *hn, struct hip_path *path,
			    struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct dst_entry *dst = hip_path_bundle(hn, path);

	if (!dst)
		return hip_stats_drop(hn, skb, HIP_STAT_OUT_NO_SA,
				      EHOSTUNREACH);
	return hip_path_enter(hn, dst, skb, state);
}

/**
 * hip_path_send() - send a packet that waited
 * @hn: network namespace
 * @path: through which
 * @skb: consumed
 *
 * Context: process.
 */
void hip_path_send(struct hip_net *hn, struct hip_path *path,
		   struct sk_buff *skb)
{
	struct nf_hook_state state = {
		.hook = skb->dev->flags & IFF_LOOPBACK ? NF_INET_LOCAL_OUT :
			NF_INET_FORWARD,
		.net = hn->net,
	};
	unsigned int verdict;

	local_bh_disable();
	rcu_read_lock();
	verdict = hip_path_route(hn, path, skb, &state);
	if (verdict == NF_ACCEPT) {
		skb->dev = skb_dst(skb)->dev;
		dst_output(hn->net, skb_to_full_sk(skb), skb);
	} else if (verdict != NF_STOLEN) {
		kfree_skb(skb);
	}
	rcu_read_unlock();
	local_bh_enable();
}

/* Add what an SA counted; SAs are found as xfrm finds them for packets. */
static void sa_count(struct net *net, const struct in6_addr *daddr,
		     __be32 spi, u64 *packets, u64 *bytes, u64 *last)
{
	bool v4 = ipv6_addr_v4mapped(daddr);
	xfrm_address_t addr = {};
	struct xfrm_state *x;

	if (v4)
		addr.a4 = daddr->s6_addr32[3];
	else
		addr.in6 = *daddr;
	x = xfrm_state_lookup(net, 0, &addr, spi, IPPROTO_ESP,
			      v4 ? AF_INET : AF_INET6);
	if (!x)
		return;
	spin_lock_bh(&x->lock);
	*packets += x->curlft.packets;
	*bytes += x->curlft.bytes;
	*last = max_t(u64, *last, x->lastused);
	spin_unlock_bh(&x->lock);
	xfrm_state_put(x);
}

/**
 * hip_path_traffic() - add what went through the SAs of a path
 * @hn: network namespace
 * @path: which
 * @sum: what it is added to
 *
 * Context: process; hip_net.lock held.
 */
void hip_path_traffic(struct hip_net *hn, const struct hip_path *path,
		      struct hip_traffic *sum)
{
	const struct hip_path_config *config = &path->config;

	lockdep_assert_held(&hn->lock);
	sa_count(hn->net, &config->local, config->spi_in, &sum->rx_packets,
		 &sum->rx_bytes, &sum->last_in);
	sa_count(hn->net, &config->peer, config->spi_out, &sum->tx_packets,
		 &sum->tx_bytes, &sum->last_out);
}

/**
 * hip_path_mtu() - the largest packet that a path carries unfragmented
 * @hn: network namespace
 * @path: which
 *
 * Context: process.
 * Return: octets, the IPv6 header included; 0 when it has no usable SA, policy
 * or route.
 */
u32 hip_path_mtu(struct hip_net *hn, struct hip_path *path)
{
	struct dst_entry *dst;
	u32 mtu = 0;

	local_bh_disable();
	rcu_read_lock();
	dst = bundle_make(hn, path);
	if (dst)
		mtu = dst_mtu(dst);
	dst_release(dst);
	rcu_read_unlock();
	local_bh_enable();
	return mtu;
}
