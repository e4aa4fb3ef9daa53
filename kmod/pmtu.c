// SPDX-License-Identifier: GPL-2.0
/*
 * Packets larger than the path carries. xfrm never cuts BEET packets before
 * ESP, and middleboxes drop outer fragments, so this is done here, on the way
 * into the SA: what may be cut is cut between the HITs, so that each fragment
 * becomes an ESP packet of its own; of the rest the sender is told (RFC 8200
 * section 5, RFC 8201), as xfrm interfaces do.
 *
 * IPv6 promises 1280 octets. Where a path carries less, what may be cut is cut
 * to fit, and only packets up to 1280 octets that may not have their ESP
 * packets cut instead.
 */
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <net/dst.h>
#include <net/ipv6_stubs.h>
#include <net/xfrm.h>

#include "hip.h"

static bool may_cut(const struct sk_buff *skb)
{
	struct sock *sk = skb_to_full_sk(skb);

	if (skb_is_gso(skb) || !skb->ignore_df)
		return false;
	return !(sk && sk->sk_family == AF_INET6 && hip_compat_dontfrag(sk));
}

static bool fits(const struct sk_buff *skb, u32 mtu)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) :
	       skb->len <= mtu;
}

static unsigned int cut(struct hip_net *hn, struct sk_buff *skb, u32 mtu)
{
	u16 *max = &IP6CB(skb)->frag_max_size;

	/* Else sockets that probe get fragments of the device's MTU. Below
	 * the minimum it would be raised.
	 */
	if (mtu < IPV6_MIN_MTU)
		*max = 0;
	else if (!*max || *max > mtu)
		*max = mtu;
	skb->dev = skb_dst(skb)->dev;
	hip_stats_add(hn, HIP_STAT_OUT_FRAGMENTED, 1);
	ipv6_stub->ipv6_fragment(hn->net, skb_to_full_sk(skb), skb, dst_output);
	return NF_STOLEN;
}

static unsigned int refuse(struct hip_net *hn, struct sk_buff *skb, u32 mtu,
			   bool local)
{
	if (local) {
		skb->dev = hn->net->loopback_dev;
		skb_dst_update_pmtu_no_confirm(skb, mtu);
	}
	icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	return hip_stats_drop(hn, skb, HIP_STAT_OUT_TOO_BIG, EMSGSIZE);
}

static void prepare_gso(struct sk_buff *skb)
{
	/* BEET does not set it, and since 6.12 the queueing layer drops GSO
	 * packets without.
	 */
	skb_set_inner_transport_header(skb, skb_transport_offset(skb));
	/* esp6_offload makes the IVs of a GSO packet's segments from the
	 * number after their own, so the last one and the next packet would
	 * share an IV, which breaks GCM (RFC 4106 section 3). Have the SA
	 * leave one sequence number out behind them.
	 */
	if (skb_dst(skb)->xfrm->props.family == AF_INET6)
		skb_shinfo(skb)->gso_segs++;
}

/**
 * hip_pmtu_check() - make a packet fit the SA that its dst leads into
 * @hn: network namespace
 * @skb: the packet
 * @local: sent by this host, not forwarded
 *
 * Context: hook, RCU read section.
 * Return: the verdict; NF_STOLEN: fragments were sent.
 */
unsigned int hip_pmtu_check(struct hip_net *hn, struct sk_buff *skb,
			    bool local)
{
	u32 mtu = dst_mtu(skb_dst(skb));

	if (skb_is_gso(skb))
		prepare_gso(skb);
	if (fits(skb, mtu))
		return NF_ACCEPT;
	if (may_cut(skb))
		return cut(hn, skb, mtu);
	if (fits(skb, IPV6_MIN_MTU)) {
		/* For the outer header, which would say "don't fragment". */
		skb->ignore_df = 1;
		return NF_ACCEPT;
	}
	return refuse(hn, skb, max_t(u32, mtu, IPV6_MIN_MTU), local);
}
