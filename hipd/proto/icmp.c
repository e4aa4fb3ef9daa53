// SPDX-License-Identifier: GPL-2.0
/*
 * Building and reading ICMP errors (RFC 792, RFC 4443; RFC 7401 sections 5.4
 * and 6.6.2). The IP header of the packet that is quoted is made anew: a raw
 * socket of IPv6 does not show it, and after reassembly it was on no wire.
 */
#include <stddef.h>
#include <string.h>

#include "bex.h"
#include "icmp.h"

#define V4_MAX (576 - 20)	/* RFC 1812 section 4.3.2.3, without IPv4 */
#define HDR 8			/* of ICMP */
#define V4_HDR 20
#define V6_HDR 40
#define TTL 64
#define POINTER_MAX 255		/* of IPv4: one octet */

enum {
	V4_UNREACHABLE = 3, V4_NO_PROTOCOL = 2, V4_NET_PROHIBITED = 9,
	V4_HOST_PROHIBITED = 10, V4_PROHIBITED = 13, V4_PROBLEM = 12,
	V6_UNREACHABLE = 1, V6_PROHIBITED = 1, V6_POLICY = 5, V6_PROBLEM = 4,
	V6_NEXT_HEADER = 1,
};

/* ---- sending ---- */

/* One bucket for all, as RFC 4443 section 2.4 (f) has it: what strangers send
 * must not make us flood anybody.
 */
static bool allowed(struct hip_host *host)
{
	uint64_t now = hip_host_now(host);
	uint64_t cost;

	if (!host->config.icmp_rate || !host->env.icmp)
		return false;
	cost = HIP_SEC / host->config.icmp_rate;
	if (host->icmp_spent < now)
		host->icmp_spent = now;
	if (host->icmp_spent + cost > now + HIP_SEC) {
		host->stats.v[HIP_STAT_ICMP_LIMITED]++;
		return false;
	}
	host->icmp_spent += cost;
	return true;
}

static uint16_t sum16(const uint8_t *p, size_t len)
{
	uint32_t acc = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		acc += hip_get16(p + i);
	if (len & 1)
		acc += (uint32_t)p[len - 1] << 8;
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)~acc;
}

static size_t quote(uint8_t *out, size_t room, const struct hip_icmp_cause *c)
{
	size_t len = c->len < room ? c->len : room;

	memcpy(out, c->buf, len);
	return len;
}

static size_t build4(uint8_t *out, uint8_t type, uint8_t code, size_t at,
		     const struct hip_icmp_cause *c)
{
	uint8_t *ip = out + HDR;
	size_t len;

	memset(out, 0, HDR + V4_HDR);
	out[0] = type;
	out[1] = code;
	out[4] = (uint8_t)at;
	ip[0] = 0x45;
	hip_put16(ip + 2, (uint16_t)(V4_HDR + c->len));
	ip[8] = TTL;
	ip[9] = HIP_PROTO;
	memcpy(ip + 12, c->src->s6_addr + 12, 4);
	memcpy(ip + 16, c->dst->s6_addr + 12, 4);
	hip_put16(ip + 10, sum16(ip, V4_HDR));
	len = HDR + V4_HDR + quote(ip + V4_HDR, V4_MAX - HDR - V4_HDR, c);
	hip_put16(out + 2, sum16(out, len));
	return len;
}

/* The kernel sets the checksum of ICMPv6. */
static size_t build6(uint8_t *out, uint8_t type, uint8_t code, size_t at,
		     const struct hip_icmp_cause *c)
{
	uint8_t *ip = out + HDR;

	memset(out, 0, HDR + V6_HDR);
	out[0] = type;
	out[1] = code;
	hip_put32(out + 4, (uint32_t)at);
	ip[0] = 0x60;
	hip_put16(ip + 4, (uint16_t)c->len);
	ip[6] = HIP_PROTO;
	ip[7] = TTL;
	memcpy(ip + 8, c->src, 16);
	memcpy(ip + 24, c->dst, 16);
	return HDR + V6_HDR + quote(ip + V6_HDR, HIP_ICMP_MAX - HDR - V6_HDR,
				    c);
}

static void send_error(struct hip_host *host, const struct hip_icmp_cause *c,
		       const uint8_t *buf, size_t len)
{
	if (host->env.icmp(host->env.ctx, c->dst, c->src, buf, len))
		host->stats.v[HIP_STAT_TX_ERROR]++;
	else
		host->stats.v[HIP_STAT_ICMP_TX]++;
}

static void problem(struct hip_host *host, const struct hip_icmp_cause *c,
		    size_t at)
{
	bool v4 = hip_addr_is_v4(c->src);
	uint8_t buf[HIP_ICMP_MAX];
	size_t len;

	if (v4 && at + V4_HDR > POINTER_MAX)
		return;
	len = v4 ? build4(buf, V4_PROBLEM, 0, V4_HDR + at, c) :
		   build6(buf, V6_PROBLEM, 0, V6_HDR + at, c);
	send_error(host, c, buf, len);
}

void hip_icmp_problem(struct hip_host *host, const struct hip_icmp_cause *c,
		      size_t at)
{
	if (allowed(host))
		problem(host, c, at);
}

static struct hip_icmp_cause cause_of(const struct hip_msg *msg)
{
	return (struct hip_icmp_cause){ &msg->src, &msg->dst, msg->p->buf,
					msg->p->len };
}

void hip_icmp_prohibited(struct hip_host *host, const struct hip_msg *msg)
{
	const struct hip_icmp_cause c = cause_of(msg);
	uint8_t buf[HIP_ICMP_MAX];
	size_t len;

	if (!allowed(host))
		return;
	len = hip_addr_is_v4(c.src) ?
		      build4(buf, V4_UNREACHABLE, V4_PROHIBITED, 0, &c) :
		      build6(buf, V6_UNREACHABLE, V6_PROHIBITED, 0, &c);
	send_error(host, &c, buf, len);
}

void hip_icmp_no_assoc(struct hip_host *host, const struct hip_msg *msg)
{
	const struct hip_icmp_cause c = cause_of(msg);
	const struct hip_assoc *assoc;
	size_t at = offsetof(struct hip_header, sender);

	if (msg->p->type != HIP_UPDATE && msg->p->type != HIP_CLOSE &&
	    msg->p->type != HIP_CLOSE_ACK)
		return;
	if (!allowed(host))
		return;
	/* the first HIT that does not match */
	for (assoc = host->assocs.by_pair; assoc; assoc = assoc->hh.next)
		if (hip_addr_eq(&assoc->pair.peer, &msg->p->sender))
			at = offsetof(struct hip_header, receiver);
	problem(host, &c, at);
}

void hip_icmp_puzzle(struct hip_host *host, const struct hip_msg *msg)
{
	const struct hip_icmp_cause c = cause_of(msg);
	const struct hip_param *sol;

	sol = hip_packet_get(msg->p, HIP_PARAM_SOLUTION);
	/* TLV header, K to Opaque, I; J is as long as I */
	hip_icmp_problem(host, &c, sol->off + 4u + 4 + (sol->len - 4u) / 2);
}

/* ---- receiving ---- */

static enum hip_hint hint4(uint8_t type, uint8_t code)
{
	if (type != V4_UNREACHABLE)
		return HIP_HINT_NONE;
	switch (code) {
	case V4_NO_PROTOCOL:
		return HIP_HINT_NO_HIP;
	case V4_NET_PROHIBITED:
	case V4_HOST_PROHIBITED:
	case V4_PROHIBITED:
		return HIP_HINT_PROHIBITED;
	default:
		return HIP_HINT_UNREACHABLE;
	}
}

static enum hip_hint hint6(uint8_t type, uint8_t code)
{
	if (type == V6_PROBLEM)
		return code == V6_NEXT_HEADER ? HIP_HINT_NO_HIP :
						HIP_HINT_NONE;
	if (type != V6_UNREACHABLE)
		return HIP_HINT_NONE;
	return code == V6_PROHIBITED || code == V6_POLICY ?
		       HIP_HINT_PROHIBITED : HIP_HINT_UNREACHABLE;
}

const char *hip_icmp_hint(enum hip_hint hint)
{
	switch (hint) {
	case HIP_HINT_NO_HIP:
		return "it does not speak HIP";
	case HIP_HINT_PROHIBITED:
		return "it is administratively prohibited";
	case HIP_HINT_UNREACHABLE:
		return "it is unreachable";
	default:
		return NULL;
	}
}

/* Takes the quoted IP header apart: where the I1 went, and the I1. */
static const struct hip_header *quoted(int family, const uint8_t *buf,
				       size_t len, struct in6_addr *dst)
{
	const uint8_t *ip = buf + HDR;
	size_t hdr = V6_HDR;

	if (len < HDR + V4_HDR)
		return NULL;
	if (family == AF_INET) {
		hdr = (ip[0] & 0xfu) * 4;
		if (hdr < V4_HDR || ip[9] != HIP_PROTO)
			return NULL;
		hip_addr_from_v4(dst, ip + 16);
	}
	if (len < HDR + hdr + HIP_HDR_LEN)
		return NULL;
	if (family == AF_INET6) {
		if (ip[6] != HIP_PROTO)
			return NULL;
		memcpy(dst, ip + 24, sizeof(*dst));
	}
	return (const void *)(ip + hdr);
}

static struct hip_assoc *asked_by(const struct hip_host *host,
				  const struct hip_header *h,
				  const struct in6_addr *dst)
{
	struct in6_addr local, peer;

	memcpy(&local, h->sender, sizeof(local));
	memcpy(&peer, h->receiver, sizeof(peer));
	/* opportunistic.h: the locator stands for the peer */
	return hip_assoc_find(&host->assocs, &local,
			      hip_addr_is_zero(&peer) ? dst : &peer);
}

void hip_icmp_receive(struct hip_host *host, int family, const uint8_t *buf,
		      size_t len)
{
	const struct hip_header *h;
	struct hip_assoc *assoc;
	enum hip_hint hint;
	struct in6_addr dst;

	h = quoted(family, buf, len, &dst);
	if (!h)
		return;
	host->stats.v[HIP_STAT_ICMP_RX]++;
	hint = family == AF_INET ? hint4(buf[0], buf[1]) :
				   hint6(buf[0], buf[1]);
	assoc = asked_by(host, h, &dst);
	if (!hint || h->type != HIP_I1 || !assoc ||
	    !hip_bex_sent_i1(assoc, &dst) || assoc->hint == hint)
		return;
	assoc->hint = hint;
	hip_assoc_tell(assoc);
}
