// SPDX-License-Identifier: GPL-2.0
/*
 * The devices on whose links HITs may travel in clear (a gateway's inside):
 * hip.ko's list is made equal to the configuration's.
 */
#include <linux/genetlink.h>
#include <linux/hip.h>

#include "kgenl.h"

#define INSIDE_MAX 64

struct inside {
	uint32_t v[INSIDE_MAX];
	size_t n;
};

static int one_inside(void *arg, const struct nlmsghdr *nlh)
{
	static const struct nla_policy policy[HIP_A_INSIDE_MAX + 1] = {
		[HIP_A_INSIDE_IFINDEX] = { .type = NLA_U32 },
	};
	struct nlattr *tb[HIP_A_INSIDE_MAX + 1];
	struct inside *in = arg;
	int ret = hip_nl_parse(nlh, GENL_HDRLEN, tb, HIP_A_INSIDE_MAX, policy);

	if (ret)
		return ret;
	if (in->n < INSIDE_MAX && tb[HIP_A_INSIDE_IFINDEX])
		in->v[in->n++] = nla_get_u32(tb[HIP_A_INSIDE_IFINDEX]);
	return 0;
}

static bool among(uint32_t x, const uint32_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == x)
			return true;
	return false;
}

static int inside_set(struct hip_kgenl *k, uint8_t cmd, uint32_t ifindex)
{
	struct hip_nlbatch b;
	struct nl_msg *msg;

	hip_nlbatch_init(&b);
	b.absent_ok = cmd == HIP_CMD_INSIDE_DEL;
	msg = hip_kgenl_add(k, &b, cmd, 0);
	hip_nlbatch_put_u32(&b, msg, HIP_A_INSIDE_IFINDEX, ifindex);
	return hip_nl_commit(&k->nl, &b);
}

int hip_kgenl_inside_sync(struct hip_kgenl *k, const uint32_t *ifindex,
			  size_t n)
{
	struct inside now = { 0 };
	int ret = hip_kgenl_dump(k, HIP_CMD_INSIDE_GET, one_inside, &now);

	for (size_t i = 0; i < now.n && !ret; i++)
		if (!among(now.v[i], ifindex, n))
			ret = inside_set(k, HIP_CMD_INSIDE_DEL, now.v[i]);
	for (size_t i = 0; i < n && !ret; i++)
		if (!among(ifindex[i], now.v, now.n))
			ret = inside_set(k, HIP_CMD_INSIDE_NEW, ifindex[i]);
	return ret;
}
