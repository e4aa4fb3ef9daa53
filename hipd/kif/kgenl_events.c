// SPDX-License-Identifier: GPL-2.0
/*
 * Events of hip.ko, and of generic netlink about hip.ko.
 *
 * When the socket's queue is full the kernel says so once (ENOBUFS), and drops
 * in silence what comes until the queue was read empty. So it is, before
 * anybody is told: what is looked up after that misses nothing.
 */
#include "kgenl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/hip.h>

static void one_acquire(const struct nlmsghdr *nlh,
			const struct hip_kgenl_handler *handler, void *arg)
{
	static const struct nla_policy policy[HIP_A_ASSOC_MAX + 1] = {
		[HIP_A_ASSOC_LOCAL_HIT] = { .minlen = 16, .maxlen = 16 },
		[HIP_A_ASSOC_PEER_HIT] = { .minlen = 16, .maxlen = 16 },
	};
	const struct genlmsghdr *gh = nlmsg_data(nlh);
	struct nlattr *tb[HIP_A_ASSOC_MAX + 1];

	if (hip_nl_parse(nlh, GENL_HDRLEN, tb, HIP_A_ASSOC_MAX, policy) ||
	    gh->cmd != HIP_CMD_ACQUIRE || !tb[HIP_A_ASSOC_LOCAL_HIT] ||
	    !tb[HIP_A_ASSOC_PEER_HIT])
		return;
	handler->acquire(arg, nla_data(tb[HIP_A_ASSOC_LOCAL_HIT]),
			 nla_data(tb[HIP_A_ASSOC_PEER_HIT]));
}

static void one_family(const struct nlmsghdr *nlh,
		       const struct hip_kgenl_handler *handler, void *arg)
{
	static const struct nla_policy policy[CTRL_ATTR_MAX + 1] = {
		[CTRL_ATTR_FAMILY_NAME] = { .type = NLA_NUL_STRING },
	};
	const struct genlmsghdr *gh = nlmsg_data(nlh);
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	if (hip_nl_parse(nlh, GENL_HDRLEN, tb, CTRL_ATTR_MAX, policy) ||
	    !tb[CTRL_ATTR_FAMILY_NAME] ||
	    strcmp(nla_get_string(tb[CTRL_ATTR_FAMILY_NAME]), HIP_GENL_NAME))
		return;
	if (gh->cmd == CTRL_CMD_NEWFAMILY || gh->cmd == CTRL_CMD_DELFAMILY)
		handler->family(arg, gh->cmd == CTRL_CMD_NEWFAMILY);
}

static int read_all(struct hip_kgenl *k, struct nl_sock *sk,
		    const struct hip_kgenl_handler *handler, void *arg)
{
	uint8_t buf[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	struct sockaddr_nl from;
	socklen_t from_len;
	int left, lost = 0;
	ssize_t len;

	for (;;) {
		from_len = sizeof(from);
		len = recvfrom(nl_socket_get_fd(sk), buf, sizeof(buf), 0,
			       (void *)&from, &from_len);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == ENOBUFS) {
			lost = -ENOBUFS;
			continue;
		}
		if (len < 0)
			return errno == EAGAIN ? lost : -errno;
		if (from.nl_pid)
			continue;	/* not from the kernel */
		left = (int)len;
		nlh = (const void *)buf;
		for (; nlmsg_ok(nlh, left);
		     nlh = nlmsg_next((struct nlmsghdr *)nlh, &left)) {
			if (nlh->nlmsg_type == k->family)
				one_acquire(nlh, handler, arg);
			else if (nlh->nlmsg_type == GENL_ID_CTRL)
				one_family(nlh, handler, arg);
		}
	}
}

int hip_kgenl_read_events(struct hip_kgenl *k,
			  const struct hip_kgenl_handler *handler, void *arg)
{
	int ret = read_all(k, k->families, handler, arg);
	int ret2 = read_all(k, k->events, handler, arg);

	return ret ? ret : ret2;
}

/* ---- is it still the one that we opened? ---- */

static int take_id(void *arg, const struct nlmsghdr *nlh)
{
	static const struct nla_policy policy[CTRL_ATTR_MAX + 1] = {
		[CTRL_ATTR_FAMILY_ID] = { .type = NLA_U16 },
	};
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	uint16_t *id = arg;
	int ret = hip_nl_parse(nlh, GENL_HDRLEN, tb, CTRL_ATTR_MAX, policy);

	if (!ret && tb[CTRL_ATTR_FAMILY_ID])
		*id = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	return ret;
}

int hip_kgenl_check(struct hip_kgenl *k)
{
	struct genlmsghdr gh = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	struct hip_nlbatch b;
	struct nl_msg *msg;
	uint16_t id = 0;
	int ret;

	hip_nlbatch_init(&b);
	msg = hip_nlbatch_add(&b, GENL_ID_CTRL, 0, &gh, sizeof(gh));
	hip_nlbatch_put(&b, msg, CTRL_ATTR_FAMILY_NAME, HIP_GENL_NAME,
			sizeof(HIP_GENL_NAME));
	ret = hip_nl_ask(&k->nl, &b, take_id, &id);
	return ret || id == k->family ? ret : -ESTALE;
}
