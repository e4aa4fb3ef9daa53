// SPDX-License-Identifier: GPL-2.0
/*
 * Packets on their way in: the guard that no HIT gets in without ESP. BEET
 * (RFC 7402 appendix B) puts the HITs of the SA into the packet, so a packet
 * whose last transformation was BEET carries the HITs that its SA stands for,
 * and no other packet with a HIT has any business here, unless it comes from
 * this host or from a device inside. The addresses of a routing header count
 * as well, receivers may come to them.
 *
 * It runs before everything else at PRE_ROUTING: forged packets must not make
 * conntrack entries.
 */
#include <linux/ipv6.h>
#include <linux/netfilter_ipv6.h>
#include <net/xfrm.h>

#include "hip.h"

static bool from_beet(const struct sk_buff *skb)
{
	const struct sec_path *sp = skb_sec_path(skb);
	struct xfrm_state *x;

	if (!sp || !sp->len)
		return false;
	x = sp->xvec[sp->len - 1];
	hip_compat_used(x);
	return x->props.mode == XFRM_MODE_BEET;
}

static noinline unsigned int in_clear(struct hip_net *hn, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	if (state->in->flags & IFF_LOOPBACK || hip_inside(hn, state->in))
		return NF_ACCEPT;
	return hip_stats_drop(hn, skb, HIP_STAT_IN_CLEAR, EPERM);
}

static noinline unsigned int with_hit(struct hip_net *hn, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	return from_beet(skb) ? NF_ACCEPT : in_clear(hn, skb, state);
}

static noinline unsigned int with_options(struct hip_net *hn,
					  struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	return hip_routing_lists_hit(skb) ? with_hit(hn, skb, state) :
					    NF_ACCEPT;
}

/* Small and without a stack frame, that packets without HITs pass quickly: the
 * ESP ones among them.
 */
static unsigned int hip_in(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);

	if (hip_is_hit(&hdr->daddr) || hip_is_hit(&hdr->saddr))
		return with_hit(priv, skb, state);
	if (unlikely(hip_may_have_options(hdr->nexthdr)))
		return with_options(priv, skb, state);
	return NF_ACCEPT;
}

const struct nf_hook_ops hip_input_hook = {
	.hook = hip_in,
	.pf = NFPROTO_IPV6,
	.hooknum = NF_INET_PRE_ROUTING,
	.priority = NF_IP6_PRI_FIRST,
};
