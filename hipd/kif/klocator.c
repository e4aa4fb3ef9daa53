// SPDX-License-Identifier: GPL-2.0
/*
 * The host's locators: every address of global scope of every device that is
 * up and has a carrier, but no HIT. Any report of rtnetlink makes us read the
 * tables anew and tell the difference: no state to get out of step, and lost
 * reports (ENOBUFS) are only counted.
 */
#include "krtnl.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "log.h"

#define EVENTS_RCVBUF (1 << 20)
#define RETRY_USEC 100000	/* after a dump that was interrupted */
#define DUMP_TRIES 5

struct hip_krtnl_locator {
	struct in6_addr addr;
	unsigned int ifindex;
};

/* What one reading of the tables finds. */
struct reading {
	unsigned int device;		/* hip0, left out */
	unsigned int *up;		/* indices of devices that are up */
	size_t n_up;
	struct hip_krtnl_locator *v;
	size_t n;
};

/* Room for one more in doubling steps; NULL leaves the old array alone. */
static void *grow(void *v, size_t n, size_t size)
{
	if (n && (n & (n - 1)))
		return v;
	return reallocarray(v, n ? n * 2 : 1, size);
}

static int one_link(void *arg, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = nlmsg_data(nlh);
	const unsigned int want = IFF_UP | IFF_RUNNING;
	struct reading *r = arg;
	void *v;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    nlh->nlmsg_len < NLMSG_HDRLEN + sizeof(*ifi) ||
	    (ifi->ifi_flags & want) != want ||
	    (unsigned int)ifi->ifi_index == r->device)
		return 0;
	v = grow(r->up, r->n_up, sizeof(*r->up));
	if (!v)
		return -ENOMEM;
	r->up = v;
	r->up[r->n_up++] = (unsigned int)ifi->ifi_index;
	return 0;
}

static bool is_up(const struct reading *r, unsigned int ifindex)
{
	for (size_t i = 0; i < r->n_up; i++)
		if (r->up[i] == ifindex)
			return true;
	return false;
}

/* 127/8 and ::1 have scope host, fe80::/10 link. */
static bool is_locator(const struct in6_addr *a)
{
	return !hip_addr_is_hit(a) && !hip_addr_is_zero(a) &&
	       !IN6_IS_ADDR_MULTICAST(a) && !IN6_IS_ADDR_LOOPBACK(a);
}

static int one_addr(void *arg, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = nlmsg_data(nlh);
	struct nlattr *tb[IFA_MAX + 1];
	struct reading *r = arg;
	struct nlattr *attr;
	uint32_t flags;
	struct in6_addr a;
	void *v;

	if (nlh->nlmsg_type != RTM_NEWADDR ||
	    hip_nl_parse(nlh, sizeof(*ifa), tb, IFA_MAX, NULL))
		return 0;
	flags = tb[IFA_FLAGS] && nla_len(tb[IFA_FLAGS]) == 4 ?
		nla_get_u32(tb[IFA_FLAGS]) : ifa->ifa_flags;
	/* point to point: LOCAL is ours, ADDRESS the other end's */
	attr = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!attr || ifa->ifa_scope != RT_SCOPE_UNIVERSE ||
	    flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED) ||
	    !is_up(r, ifa->ifa_index))
		return 0;
	if (ifa->ifa_family == AF_INET && nla_len(attr) == 4)
		hip_addr_from_v4(&a, nla_data(attr));
	else if (ifa->ifa_family == AF_INET6 && nla_len(attr) == sizeof(a))
		memcpy(&a, nla_data(attr), sizeof(a));
	else
		return 0;
	if (!is_locator(&a))
		return 0;
	v = grow(r->v, r->n, sizeof(*r->v));
	if (!v)
		return -ENOMEM;
	r->v = v;
	r->v[r->n].addr = a;
	r->v[r->n++].ifindex = ifa->ifa_index;
	return 0;
}

static int compare(const void *va, const void *vb)
{
	const struct hip_krtnl_locator *a = va, *b = vb;
	int ret = memcmp(&a->addr, &b->addr, sizeof(a->addr));

	if (ret)
		return ret;
	return a->ifindex < b->ifindex ? -1 : a->ifindex > b->ifindex;
}

static int dump(struct hip_krtnl *k, uint16_t type, size_t hdr_len,
		hip_nl_cb cb, struct reading *r)
{
	union {
		struct ifinfomsg ifi;
		struct ifaddrmsg ifa;
	} any = { 0 };
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	hip_nlbatch_add(&b, type, NLM_F_DUMP, &any, hdr_len);
	return hip_nl_ask(&k->nl, &b, cb, r);
}

static int read_tables(struct hip_krtnl *k, struct reading *r)
{
	int ret, tries = 0;

	do {
		free(r->up);
		free(r->v);
		memset(r, 0, sizeof(*r));
		r->device = k->device;
		ret = dump(k, RTM_GETLINK, sizeof(struct ifinfomsg), one_link,
			   r);
		if (!ret)
			ret = dump(k, RTM_GETADDR, sizeof(struct ifaddrmsg),
				   one_addr, r);
	} while (ret == -EAGAIN && ++tries < DUMP_TRIES);
	if (!ret && r->n)
		qsort(r->v, r->n, sizeof(*r->v), compare);
	return ret;
}

/* Merges the two sorted lists. New ones are told first: a host that moves
 * has somewhere to go before it loses where it was.
 */
static void tell(struct hip_krtnl *k, const struct reading *r, bool added)
{
	const struct hip_krtnl_locator *old = k->locators, *new = r->v;
	const struct hip_krtnl_locator *old_end = old + k->n_locators;
	const struct hip_krtnl_locator *new_end = new + r->n;

	while (old < old_end || new < new_end) {
		int c = old == old_end ? 1 :
			new == new_end ? -1 : compare(old, new);

		if (c < 0 && !added)
			k->ops->del(k->arg, &old->addr, old->ifindex);
		if (c > 0 && added)
			k->ops->add(k->arg, &new->addr, new->ifindex);
		old += c <= 0;
		new += c >= 0;
	}
}

static int resync(struct hip_krtnl *k)
{
	struct reading r = { 0 };
	int ret = read_tables(k, &r);

	if (!ret) {
		if (r.n || k->n_locators) {
			tell(k, &r, true);
			tell(k, &r, false);
		}
		free(k->locators);
		k->locators = r.v;
		k->n_locators = r.n;
		r.v = NULL;
		if (k->ops->links)
			ret = k->ops->links(k->arg);
	}
	free(r.up);
	free(r.v);
	return ret;
}

static void resync_or_retry(struct hip_krtnl *k)
{
	const struct timeval tv = { .tv_usec = RETRY_USEC };
	int ret = resync(k);

	if (!ret)
		return;
	hip_log_limited(KIF, WARNING, "locators: %s, trying again",
			strerror(-ret));
	event_add(k->retry, &tv);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct hip_krtnl *k = arg;

	/* the contents do not matter, only that something changed */
	if (hip_nl_drain(k->events, NULL, NULL) == -ENOBUFS && k->ops->lost)
		k->ops->lost(k->arg);
	resync_or_retry(k);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	resync_or_retry(arg);
}

static int open_events(struct hip_krtnl *k, struct event_base *base)
{
	k->events = nl_socket_alloc();
	if (!k->events)
		return -ENOMEM;
	if (nl_connect(k->events, NETLINK_ROUTE) < 0)
		return -errno;
	nl_socket_set_buffer_size(k->events, EVENTS_RCVBUF, 0);
	if (nl_socket_add_memberships(k->events, RTNLGRP_LINK,
				      RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR, 0) < 0)
		return -errno;
	k->event = event_new(base, nl_socket_get_fd(k->events),
			     EV_READ | EV_PERSIST, on_event, k);
	k->retry = event_new(base, -1, 0, on_retry, k);
	if (!k->event || !k->retry || event_add(k->event, NULL))
		return -ENOMEM;
	return 0;
}

int hip_klocator_watch(struct hip_krtnl *k, struct event_base *base,
		       const struct hip_krtnl_ops *ops, void *arg)
{
	int ret;

	k->ops = ops;
	k->arg = arg;
	ret = open_events(k, base);
	if (!ret)
		ret = resync(k);
	if (ret)
		hip_klocator_stop(k);
	return ret;
}

void hip_klocator_stop(struct hip_krtnl *k)
{
	if (k->event)
		event_free(k->event);
	if (k->retry)
		event_free(k->retry);
	if (k->events)
		nl_socket_free(k->events);
	free(k->locators);
	k->event = NULL;
	k->retry = NULL;
	k->events = NULL;
	k->locators = NULL;
	k->n_locators = 0;
}
