// SPDX-License-Identifier: GPL-2.0
/*
 * The device that holds the HITs (a stock dummy), the route 2001:20::/28
 * (RFC 7343) through it, and route lookups. Locators are in klocator.c.
 */
#include "krtnl.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_addrlabel.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "addr.h"

/* Of the ORCHIDs: the label that Linux gives their first version, so that
 * source address selection (RFC 6724 rule 6) never prefers a HIT towards an
 * ordinary address.
 */
#define ORCHID_LABEL 7
#define ORCHID_BITS 28

static const struct in6_addr orchid = {
	.s6_addr = { 0x20, 0x01, 0x00, 0x20 }
};

int hip_krtnl_open(struct hip_krtnl *k)
{
	memset(k, 0, sizeof(*k));
	return hip_nl_open(&k->nl, NETLINK_ROUTE, "rtnetlink");
}

void hip_krtnl_close(struct hip_krtnl *k)
{
	hip_klocator_stop(k);
	free(k->stale);
	k->stale = NULL;
	k->n_stale = 0;
	hip_nl_close(&k->nl);
}

/* ---- device ---- */

static int take_index(void *arg, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = nlmsg_data(nlh);
	unsigned int *index = arg;

	if (nlh->nlmsg_type == RTM_NEWLINK &&
	    nlh->nlmsg_len >= NLMSG_HDRLEN + sizeof(*ifi))
		*index = (unsigned int)ifi->ifi_index;
	return 0;
}

int hip_krtnl_index(struct hip_krtnl *k, const char *name,
		    unsigned int *index)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct hip_nlbatch b;
	struct nl_msg *msg;
	int ret;

	*index = 0;
	hip_nlbatch_init(&b);
	msg = hip_nlbatch_add(&b, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	hip_nlbatch_put(&b, msg, IFLA_IFNAME, name, strlen(name) + 1);
	ret = hip_nl_ask(&k->nl, &b, take_index, index);
	return ret == -ENODEV ? 0 : ret;
}

static int make_dummy(struct hip_krtnl *k, const char *name)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct hip_nlbatch b;
	struct nlattr *info;
	struct nl_msg *msg;
	int ret;

	hip_nlbatch_init(&b);
	msg = hip_nlbatch_add(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
			      &ifi, sizeof(ifi));
	hip_nlbatch_put(&b, msg, IFLA_IFNAME, name, strlen(name) + 1);
	info = msg ? nla_nest_start(msg, IFLA_LINKINFO) : NULL;
	if (info) {
		hip_nlbatch_put(&b, msg, IFLA_INFO_KIND, "dummy", 6);
		nla_nest_end(msg, info);
	} else {
		b.failed = true;
	}
	ret = hip_nl_commit(&k->nl, &b);
	return ret == -EEXIST ? 0 : ret;
}

/* No address of its own: nothing on the device talks to a link. */
static void put_no_addrgen(struct hip_nlbatch *b, struct nl_msg *msg)
{
	struct nlattr *spec = msg ? nla_nest_start(msg, IFLA_AF_SPEC) : NULL;
	struct nlattr *inet6 = spec ? nla_nest_start(msg, AF_INET6) : NULL;

	if (!inet6 || nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE,
				 IN6_ADDR_GEN_MODE_NONE)) {
		b->failed = true;
		return;
	}
	nla_nest_end(msg, inet6);
	nla_nest_end(msg, spec);
}

static int set_up(struct hip_krtnl *k, uint32_t mtu)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC,
				 .ifi_index = (int)k->device,
				 .ifi_flags = IFF_UP | IFF_NOARP,
				 .ifi_change = IFF_UP | IFF_NOARP };
	struct ifinfomsg quiet = { .ifi_family = AF_UNSPEC,
				   .ifi_index = (int)k->device };
	struct hip_nlbatch b;
	struct nl_msg *msg;

	hip_nlbatch_init(&b);
	msg = hip_nlbatch_add(&b, RTM_NEWLINK, 0, &quiet, sizeof(quiet));
	put_no_addrgen(&b, msg);
	msg = hip_nlbatch_add(&b, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	hip_nlbatch_put_u32(&b, msg, IFLA_MTU, mtu);
	return hip_nl_commit(&k->nl, &b);
}

/* HITs on the device: of an earlier run, or ours again after a restart. */
static int one_stale(void *arg, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = nlmsg_data(nlh);
	struct nlattr *tb[IFA_MAX + 1];
	struct hip_krtnl *k = arg;
	struct in6_addr a, *v;

	if (hip_nl_parse(nlh, sizeof(*ifa), tb, IFA_MAX, NULL) ||
	    ifa->ifa_index != k->device || ifa->ifa_family != AF_INET6 ||
	    !tb[IFA_ADDRESS] || nla_len(tb[IFA_ADDRESS]) != sizeof(a))
		return 0;
	memcpy(&a, nla_data(tb[IFA_ADDRESS]), sizeof(a));
	if (!hip_addr_is_hit(&a))
		return 0;
	v = reallocarray(k->stale, k->n_stale + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	k->stale = v;
	k->stale[k->n_stale++] = a;
	return 0;
}

static int find_stale(struct hip_krtnl *k)
{
	struct ifaddrmsg ifa = { .ifa_family = AF_INET6 };
	struct hip_nlbatch b;
	int ret;

	hip_nlbatch_init(&b);
	hip_nlbatch_add(&b, RTM_GETADDR, NLM_F_DUMP, &ifa, sizeof(ifa));
	ret = hip_nl_ask(&k->nl, &b, one_stale, k);
	/* interrupted: one too few or twice the same does no harm here */
	return ret == -EAGAIN ? 0 : ret;
}

static void drop_stale(struct hip_krtnl *k, const struct in6_addr *hit)
{
	size_t kept = 0;

	for (size_t i = 0; i < k->n_stale; i++)
		if (!hip_addr_eq(&k->stale[i], hit))
			k->stale[kept++] = k->stale[i];
	k->n_stale = kept;
}

int hip_krtnl_settle(struct hip_krtnl *k)
{
	int ret = 0;

	while (k->n_stale && !ret)
		ret = hip_krtnl_hit_del(k, &k->stale[k->n_stale - 1]);
	return ret;
}

static int set_label(struct hip_krtnl *k)
{
	struct ifaddrlblmsg al = { .ifal_family = AF_INET6,
				   .ifal_prefixlen = ORCHID_BITS };
	struct hip_nlbatch b;
	struct nl_msg *msg;

	hip_nlbatch_init(&b);
	msg = hip_nlbatch_add(&b, RTM_NEWADDRLABEL,
			      NLM_F_CREATE | NLM_F_REPLACE, &al, sizeof(al));
	hip_nlbatch_put(&b, msg, IFAL_ADDRESS, &orchid, sizeof(orchid));
	hip_nlbatch_put_u32(&b, msg, IFAL_LABEL, ORCHID_LABEL);
	return hip_nl_commit(&k->nl, &b);
}

static int refuse(struct hip_krtnl *k, const char *what, int ret, char *err,
		  size_t err_len)
{
	snprintf(err, err_len, "%s: %s%s%s", what, strerror(-ret),
		 k->nl.sentence[0] ? ": " : "", k->nl.sentence);
	return ret;
}

int hip_krtnl_device(struct hip_krtnl *k, const char *name, uint32_t mtu,
		     char *err, size_t err_len)
{
	char what[64];
	int ret;

	snprintf(what, sizeof(what), "device %s", name);
	ret = hip_krtnl_index(k, name, &k->device);
	if (!ret && !k->device) {
		ret = make_dummy(k, name);
		if (!ret)
			ret = hip_krtnl_index(k, name, &k->device);
		if (!ret && !k->device)
			ret = -ENODEV;
	}
	if (!ret)
		ret = set_up(k, mtu);
	if (!ret)
		ret = find_stale(k);
	if (ret)
		return refuse(k, what, ret, err, err_len);
	ret = set_label(k);
	if (ret)
		return refuse(k, "address label of the HITs", ret, err,
			      err_len);
	return 0;
}

/* ---- HITs ---- */

static struct nl_msg *put_hit(struct hip_krtnl *k, struct hip_nlbatch *b,
			      uint16_t type, uint16_t flags,
			      const struct in6_addr *hit)
{
	struct ifaddrmsg ifa = { .ifa_family = AF_INET6,
				 .ifa_prefixlen = 128,
				 .ifa_scope = RT_SCOPE_UNIVERSE,
				 .ifa_index = k->device };
	struct nl_msg *msg = hip_nlbatch_add(b, type, flags, &ifa,
					     sizeof(ifa));

	hip_nlbatch_put(b, msg, IFA_LOCAL, hit, sizeof(*hit));
	return msg;
}

static void put_route(struct hip_krtnl *k, struct hip_nlbatch *b,
		      const struct in6_addr *source)
{
	struct rtmsg rt = { .rtm_family = AF_INET6,
			    .rtm_dst_len = ORCHID_BITS,
			    .rtm_table = RT_TABLE_MAIN,
			    .rtm_protocol = RTPROT_STATIC,
			    .rtm_scope = RT_SCOPE_UNIVERSE,
			    .rtm_type = RTN_UNICAST };
	struct nl_msg *msg = hip_nlbatch_add(b, RTM_NEWROUTE,
					     NLM_F_CREATE | NLM_F_REPLACE,
					     &rt, sizeof(rt));

	hip_nlbatch_put(b, msg, RTA_DST, &orchid, sizeof(orchid));
	hip_nlbatch_put(b, msg, RTA_PREFSRC, source, sizeof(*source));
	hip_nlbatch_put_u32(b, msg, RTA_OIF, k->device);
}

int hip_krtnl_hit_add(struct hip_krtnl *k, const struct in6_addr *hit,
		      bool is_default)
{
	struct hip_nlbatch b;
	struct nl_msg *msg;

	drop_stale(k, hit);
	hip_nlbatch_init(&b);
	msg = put_hit(k, &b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, hit);
	hip_nlbatch_put_u32(&b, msg, IFA_FLAGS,
			    IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
	if (is_default)
		put_route(k, &b, hit);
	return hip_nl_commit(&k->nl, &b);
}

int hip_krtnl_hit_del(struct hip_krtnl *k, const struct in6_addr *hit)
{
	struct in6_addr gone = *hit;	/* may lie in the list itself */
	struct hip_nlbatch b;

	drop_stale(k, &gone);
	hip_nlbatch_init(&b);
	b.absent_ok = true;
	put_hit(k, &b, RTM_DELADDR, 0, &gone);
	return hip_nl_commit(&k->nl, &b);
}

/* ---- routes ---- */

static int take_source(void *arg, const struct nlmsghdr *nlh)
{
	const struct rtmsg *rt = nlmsg_data(nlh);
	struct nlattr *tb[RTA_MAX + 1];
	struct in6_addr *local = arg;
	int len;

	if (hip_nl_parse(nlh, sizeof(*rt), tb, RTA_MAX, NULL) ||
	    nlh->nlmsg_type != RTM_NEWROUTE)
		return 0;
	len = rt->rtm_family == AF_INET ? 4 : 16;
	if ((rt->rtm_type != RTN_UNICAST && rt->rtm_type != RTN_LOCAL) ||
	    !tb[RTA_PREFSRC] || nla_len(tb[RTA_PREFSRC]) != len)
		return 0;
	if (len == 4)
		hip_addr_from_v4(local, nla_data(tb[RTA_PREFSRC]));
	else
		memcpy(local, nla_data(tb[RTA_PREFSRC]), sizeof(*local));
	return 0;
}

int hip_krtnl_source(struct hip_krtnl *k, const struct in6_addr *peer,
		     struct in6_addr *local)
{
	struct rtmsg rt = { .rtm_family =
				(unsigned char)hip_addr_family(peer) };
	struct hip_nlbatch b;
	struct nl_msg *msg;
	const void *octets;
	size_t len;
	int ret;

	memset(local, 0, sizeof(*local));
	octets = hip_addr_octets(peer, &len);
	rt.rtm_dst_len = (unsigned char)(len * 8);
	hip_nlbatch_init(&b);
	msg = hip_nlbatch_add(&b, RTM_GETROUTE, 0, &rt, sizeof(rt));
	hip_nlbatch_put(&b, msg, RTA_DST, octets, len);
	ret = hip_nl_ask(&k->nl, &b, take_source, local);
	if (ret)
		return ret == -ENETUNREACH ? -EHOSTUNREACH : ret;
	if (hip_addr_is_zero(local) || hip_addr_is_hit(local))
		return -EHOSTUNREACH;
	return 0;
}
