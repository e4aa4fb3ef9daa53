// SPDX-License-Identifier: GPL-2.0
/*
 * Events of hip.ko, and of generic netlink about hip.ko.
 */
#include "kgenl.h"

#include <errno.h>
#include <string.h>

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

struct reader {
	const struct hip_kgenl *k;
	const struct hip_kgenl_handler *handler;
	void *arg;
};

static int one_event(void *arg, const struct nlmsghdr *nlh)
{
	const struct reader *r = arg;

	if (nlh->nlmsg_type == r->k->family)
		one_acquire(nlh, r->handler, r->arg);
	else if (nlh->nlmsg_type == GENL_ID_CTRL)
		one_family(nlh, r->handler, r->arg);
	return 0;
}

int hip_kgenl_read_events(struct hip_kgenl *k,
			  const struct hip_kgenl_handler *handler, void *arg)
{
	struct reader r = { k, handler, arg };
	int ret = hip_nl_drain(k->families, one_event, &r);
	int ret2 = hip_nl_drain(k->events, one_event, &r);

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
