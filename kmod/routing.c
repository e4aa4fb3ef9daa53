// SPDX-License-Identifier: GPL-2.0
/*
 * Routing headers (RFC 8200 section 4.4). Their addresses become the packet's
 * destination on its way, behind the hooks here: a HIT among them is a HIT in
 * clear, whatever the base header says.
 */
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

#include "hip.h"

/* Octets before the first address, in the types that Linux makes or takes. */
#define FIXED	8

static bool lists_hit(const struct sk_buff *skb, unsigned int at,
		      unsigned int end)
{
	const struct in6_addr *addr;
	struct in6_addr buf;

	for (at += FIXED; at + sizeof(*addr) <= end; at += sizeof(*addr)) {
		addr = skb_header_pointer(skb, at, sizeof(buf), &buf);
		if (!addr)
			return false;
		if (hip_is_hit(addr))
			return true;
	}
	return false;
}

/**
 * hip_routing_lists_hit() - whether a routing header has a HIT among its
 *	addresses
 * @skb: an IPv6 packet, whose base header is in the linear part
 *
 * A fragment header in front of a routing header is looked behind, too: it may
 * not be there, but Linux would take it. Bounded by the packet's length.
 *
 * Context: any. Return: true for an address in the part that is there.
 */
bool hip_routing_lists_hit(const struct sk_buff *skb)
{
	unsigned int at = skb_network_offset(skb) + sizeof(struct ipv6hdr);
	u8 next = ipv6_hdr(skb)->nexthdr;
	const struct ipv6_opt_hdr *hdr;
	struct ipv6_opt_hdr buf;
	unsigned int len;

	while (next < 64 && hip_may_have_options(next)) {
		hdr = skb_header_pointer(skb, at, sizeof(buf), &buf);
		if (!hdr)
			return false;
		len = next == NEXTHDR_FRAGMENT ? sizeof(struct frag_hdr) :
						 ipv6_optlen(hdr);
		if (next == NEXTHDR_ROUTING && lists_hit(skb, at, at + len))
			return true;
		next = hdr->nexthdr;
		at += len;
	}
	return false;
}
