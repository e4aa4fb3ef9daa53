// SPDX-License-Identifier: GPL-2.0
/*
 * Packets on their way out: which SA takes a packet to a HIT, and the guard
 * that no HIT leaves in clear, neither in the base header nor in a routing
 * header.
 *
 * hip_out runs last at LOCAL_OUT, so what a firewall drops raises no event and
 * does not wait. It stays cheap for the default path, whose policy let the
 * socket cache the bundle already, and for packets that do not concern us: two
 * comparisons. Packets with a HIT are classified in one place, choose(), where
 * rules about flows would select another path than the default one.
 *
 * No locks; readers of the tables are in the hook's RCU section.
 */
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst.h>

#include "hip.h"

/* Fits any path: 576, which every IPv4 link carries, without ESP. */
#define HIP_SMALL	500

/**
 * hip_output_unreach() - tell the sender that the peer cannot be reached
 * @hn: network namespace
 * @skb: its packet, skb->dev set; the caller still owns it
 * @code: of ICMPv6 destination unreachable
 *
 * Context: any.
 */
void hip_output_unreach(struct hip_net *hn, struct sk_buff *skb, u8 code)
{
	icmpv6_send(skb, ICMPV6_DEST_UNREACH, code, 0);
}

static unsigned int no_source(struct hip_net *hn, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	if (state->hook == NF_INET_LOCAL_OUT)
		skb->dev = hn->net->loopback_dev;
	hip_output_unreach(hn, skb, ICMPV6_ADM_PROHIBITED);
	return hip_stats_drop(hn, skb, HIP_STAT_OUT_SOURCE, EADDRNOTAVAIL);
}

/* A packet to a HIT that has no SA yet: its association's default path, or the
 * queue.
 */
static noinline unsigned int choose(struct hip_net *hn, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct hip_assoc *assoc;
	struct dst_entry *dst;
	struct hip_pair pair = {
		.local = ipv6_hdr(skb)->saddr,
		.peer = ipv6_hdr(skb)->daddr,
	};

	if (!hip_is_hit(&pair.local))
		return no_source(hn, skb, state);
	assoc = hip_assoc_lookup(hn, &pair);
	if (!assoc || READ_ONCE(assoc->state) != HIP_ASSOC_UP ||
	    READ_ONCE(assoc->waiting))
		return hip_acquire_packet(hn, skb, &pair, state, false);
	dst = hip_path_bundle(hn, rcu_dereference(assoc->path));
	/* The SAs were removed and the daemon does not know yet. */
	if (!dst)
		return hip_acquire_packet(hn, skb, &pair, state, true);
	return hip_path_enter(hn, dst, skb, state);
}

static bool joins(struct hip_net *hn, const struct sk_buff *skb)
{
	const struct hip_pair pair = {
		.local = ipv6_hdr(skb)->saddr,
		.peer = ipv6_hdr(skb)->daddr,
	};

	return hip_acquire_joins(hn, &pair);
}

static unsigned int enters(struct hip_net *hn, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	hip_compat_used(skb_dst(skb)->xfrm);
	if (skb->len <= HIP_SMALL && !skb_is_gso(skb))
		return NF_ACCEPT;
	return hip_pmtu_check(hn, skb, state->hook == NF_INET_LOCAL_OUT);
}

/* Some packets wait: those of its pair perhaps. */
static noinline unsigned int behind(struct hip_net *hn, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	return joins(hn, skb) ? choose(hn, skb, state) :
				enters(hn, skb, state);
}

/* Whether it leads into an SA of ours: other IPsec, to a VPN gateway for all
 * destinations perhaps, is no association with a HIT.
 */
static bool sealed(const struct dst_entry *dst)
{
	return dst->xfrm && dst->xfrm->props.mode == XFRM_MODE_BEET;
}

/* Whether a packet stays where HITs may travel in clear. */
static bool stays(struct hip_net *hn, const struct dst_entry *dst)
{
	return dst->dev->flags & IFF_LOOPBACK || hip_inside(hn, dst->dev);
}

/* A HIT, but not as the destination: other IPsec may take it, the wire not. */
static noinline unsigned int leaves(struct hip_net *hn, struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);

	if (dst->xfrm || stays(hn, dst))
		return NF_ACCEPT;
	return hip_stats_drop(hn, skb, HIP_STAT_OUT_CLEAR, EPERM);
}

static noinline unsigned int with_options(struct hip_net *hn,
					  struct sk_buff *skb)
{
	return hip_routing_lists_hit(skb) ? leaves(hn, skb) : NF_ACCEPT;
}

/* A packet to a HIT whose dst does not lead into an SA. */
static noinline unsigned int unsealed(struct hip_net *hn, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	return stays(hn, skb_dst(skb)) ? NF_ACCEPT : choose(hn, skb, state);
}

/* A packet to a HIT. The default path: the dst leads into an SA already. */
static noinline unsigned int to_hit(struct hip_net *hn, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	if (!sealed(skb_dst(skb)))
		return unsealed(hn, skb, state);
	if (unlikely(atomic_read(&hn->waiting)))
		return behind(hn, skb, state);
	return enters(hn, skb, state);
}

/* Small and without a stack frame, that packets without HITs pass quickly: the
 * ESP ones among them.
 */
static unsigned int hip_out(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);

	if (hip_is_hit(&hdr->daddr))
		return to_hit(priv, skb, state);
	if (unlikely(hip_is_hit(&hdr->saddr)))
		return leaves(priv, skb);
	if (unlikely(hip_may_have_options(hdr->nexthdr)))
		return with_options(priv, skb);
	return NF_ACCEPT;
}

const struct nf_hook_ops hip_output_hook = {
	.hook = hip_out,
	.pf = NFPROTO_IPV6,
	.hooknum = NF_INET_LOCAL_OUT,
	.priority = NF_IP6_PRI_LAST,
};

const struct nf_hook_ops hip_forward_hook = {
	.hook = hip_out,
	.pf = NFPROTO_IPV6,
	.hooknum = NF_INET_FORWARD,
	.priority = NF_IP6_PRI_LAST,
};
