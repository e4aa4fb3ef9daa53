// SPDX-License-Identifier: GPL-2.0
/*
 * What others do to our SAs and policies: another IPsec daemon that starts
 * may flush all of the host's. The kernel tells every listener; reports of our
 * own requests carry our socket's port and are left out.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/ipsec.h>

#include "kxfrm.h"

#define EVENTS_RCVBUF (8 << 20)

int hip_kxfrm_watch(struct hip_kxfrm *k)
{
	int room = EVENTS_RCVBUF, fd;

	k->events = nl_socket_alloc();
	if (!k->events)
		return -ENOMEM;
	if (nl_connect(k->events, NETLINK_XFRM) < 0 ||
	    nl_socket_set_nonblocking(k->events) < 0)
		return -errno;
	fd = nl_socket_get_fd(k->events);
	/* FORCE passes net.core.rmem_max, given CAP_NET_ADMIN */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (nl_socket_add_memberships(k->events, XFRMNLGRP_SA,
				      XFRMNLGRP_POLICY, XFRMNLGRP_EXPIRE,
				      0) < 0)
		return -errno;
	return 0;
}

static void sa_deleted(const struct nlmsghdr *nlh,
		       const struct hip_kxfrm_handler *handler, void *arg)
{
	const struct xfrm_usersa_id *id = nlmsg_data(nlh);

	if (nlh->nlmsg_len < NLMSG_HDRLEN + sizeof(*id))
		return;
	if (id->proto == IPPROTO_ESP && id->spi)
		handler->sa_gone(arg, ntohl(id->spi));
}

static void sas_flushed(const struct nlmsghdr *nlh,
			const struct hip_kxfrm_handler *handler, void *arg)
{
	const struct xfrm_usersa_flush *flush = nlmsg_data(nlh);

	if (nlh->nlmsg_len < NLMSG_HDRLEN + sizeof(*flush))
		return;
	/* zero and IPSEC_PROTO_ANY: of every protocol */
	if (!flush->proto || flush->proto == IPPROTO_ESP ||
	    flush->proto == IPSEC_PROTO_ANY)
		handler->sa_gone(arg, 0);
}

/* Soft: ours have no hard limit. */
static void sa_expired(const struct nlmsghdr *nlh,
		       const struct hip_kxfrm_handler *handler, void *arg)
{
	const struct xfrm_user_expire *e = nlmsg_data(nlh);

	if (nlh->nlmsg_len < NLMSG_HDRLEN + sizeof(*e))
		return;
	if (!e->hard && hip_kxfrm_is_ours(&e->state.sel))
		handler->sa_worn(arg, e->state.reqid);
}

static void policy_deleted(const struct nlmsghdr *nlh,
			   const struct hip_kxfrm_handler *handler, void *arg)
{
	const struct xfrm_userpolicy_id *id = nlmsg_data(nlh);
	const struct xfrm_userpolicy_info *info;
	const struct xfrm_selector *sel;
	struct nlattr *tb[XFRMA_MAX + 1];
	struct in6_addr from, to;

	if (hip_nl_parse(nlh, sizeof(*id), tb, XFRMA_MAX, NULL))
		return;
	sel = &id->sel;
	/* deleted by its index: the selector comes in the policy alone */
	if (tb[XFRMA_POLICY] &&
	    nla_len(tb[XFRMA_POLICY]) >= (int)sizeof(*info)) {
		info = nla_data(tb[XFRMA_POLICY]);
		sel = &info->sel;
	}
	if (!hip_kxfrm_is_ours(sel))
		return;
	memcpy(&from, &sel->saddr, sizeof(from));
	memcpy(&to, &sel->daddr, sizeof(to));
	handler->policy_gone(arg, &from, &to);
}

struct reader {
	uint32_t own;		/* our port: what we asked for */
	const struct hip_kxfrm_handler *handler;
	void *arg;
};

static int one_event(void *arg, const struct nlmsghdr *nlh)
{
	const struct reader *r = arg;

	if (nlh->nlmsg_pid == r->own)
		return 0;
	switch (nlh->nlmsg_type) {
	case XFRM_MSG_DELSA:
		sa_deleted(nlh, r->handler, r->arg);
		break;
	case XFRM_MSG_FLUSHSA:
		sas_flushed(nlh, r->handler, r->arg);
		break;
	case XFRM_MSG_EXPIRE:
		sa_expired(nlh, r->handler, r->arg);
		break;
	case XFRM_MSG_DELPOLICY:
		policy_deleted(nlh, r->handler, r->arg);
		break;
	case XFRM_MSG_FLUSHPOLICY:
		r->handler->policy_gone(r->arg, NULL, NULL);
		break;
	}
	return 0;
}

int hip_kxfrm_read_events(struct hip_kxfrm *k,
			  const struct hip_kxfrm_handler *handler, void *arg)
{
	struct reader r = { nl_socket_get_local_port(k->nl.sk), handler, arg };

	return hip_nl_drain(k->events, one_event, &r);
}
