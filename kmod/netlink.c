// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink family "hip", Documentation/netlink/specs/hip.yaml. Every
 * handler runs under hip_net.lock; dumps resume by key and tell by
 * hip_net.generation when something changed between their parts. Objects that
 * packets make do not count as changes, or a dump would never end while
 * somebody scans addresses.
 */
#include <linux/ktime.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "genl_gen.h"
#include "hip.h"
#include "trace.h"

static struct genl_family family;

/* One reply, notification or part of a dump under construction. */
struct reply {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
};

static void *reply_begin(const struct reply *reply)
{
	void *hdr;

	hdr = genlmsg_put(reply->skb, reply->portid, reply->seq, &family,
			  reply->flags, reply->cmd);
	if (hdr && reply->cb)
		genl_dump_check_consistent(reply->cb, hdr);
	return hdr;
}

static struct reply reply_dump(struct sk_buff *skb,
			       struct netlink_callback *cb, u8 cmd)
{
	return (struct reply) {
		.skb = skb,
		.cb = cb,
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = cmd,
	};
}

static struct reply reply_do(struct genl_info *info, u8 cmd)
{
	return (struct reply) {
		.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL),
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.cmd = cmd,
	};
}

/* Send the answer that @err says whether it was filled. */
static int reply_send(struct reply *reply, struct genl_info *info, int err)
{
	if (!err)
		return genlmsg_reply(reply->skb, info);
	nlmsg_free(reply->skb);
	return err;
}

/* Listeners learn from the error that they must look for themselves, as they
 * do when their buffer is full.
 */
static void reply_lost(struct hip_net *hn, unsigned int group)
{
	genl_set_err(&family, hn->net, 0, group, -ENOBUFS);
}

/* For notifications, when somebody listens to @group. */
static bool reply_notify(struct reply *reply, struct hip_net *hn, u8 cmd,
			 unsigned int group, gfp_t gfp)
{
	if (!genl_has_listeners(&family, hn->net, group))
		return false;
	*reply = (struct reply) {
		.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, gfp),
		.cmd = cmd,
	};
	if (!reply->skb)
		reply_lost(hn, group);
	return reply->skb;
}

static int reply_multicast(struct reply *reply, struct hip_net *hn,
			   unsigned int group, gfp_t gfp, int err)
{
	if (!err)
		return genlmsg_multicast_netns(&family, hn->net, reply->skb, 0,
					       group, gfp);
	nlmsg_free(reply->skb);
	reply_lost(hn, group);
	return err;
}

/* Checks that the policy cannot make. */

static int miss(struct genl_info *info, int attr)
{
	NL_SET_ERR_MSG(info->extack, "a required attribute is missing");
	NL_SET_ERR_ATTR_MISS(info->extack, NULL, attr);
	return -EINVAL;
}

static int get_hit(struct genl_info *info, int attr, struct in6_addr *hit)
{
	if (!info->attrs[attr])
		return miss(info, attr);
	*hit = nla_get_in6_addr(info->attrs[attr]);
	if (hip_is_hit(hit))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
			    "not a HIT: outside 2001:20::/28");
	return -EINVAL;
}

static int get_pair(struct genl_info *info, int local, int peer,
		    struct hip_pair *pair)
{
	int err;

	err = get_hit(info, local, &pair->local);
	if (err)
		return err;
	err = get_hit(info, peer, &pair->peer);
	if (err)
		return err;
	if (!ipv6_addr_equal(&pair->local, &pair->peer))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[peer],
			    "both HITs are the same");
	return -EINVAL;
}

static int get_u32(struct genl_info *info, int attr, u32 *value)
{
	if (!info->attrs[attr])
		return miss(info, attr);
	*value = nla_get_u32(info->attrs[attr]);
	return 0;
}

static int get_spi(struct genl_info *info, int attr, __be32 *spi)
{
	if (!info->attrs[attr])
		return miss(info, attr);
	*spi = nla_get_be32(info->attrs[attr]);
	/* 1 to 255 are reserved, 0 never leaves a host: RFC 4303 2.1. */
	if (ntohl(*spi) > 255)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
			    "SPIs begin at 256");
	return -EINVAL;
}

/* Associations */

static int put_traffic(struct sk_buff *skb, const struct hip_traffic *sum,
		       int last_in, int pad)
{
	/* Both attribute sets have these six in the same order. */
	const u64 value[] = { sum->last_in, sum->last_out, sum->rx_packets,
			      sum->rx_bytes, sum->tx_packets, sum->tx_bytes };
	int i;

	for (i = 0; i < ARRAY_SIZE(value); i++)
		if (nla_put_u64_64bit(skb, last_in + i, value[i], pad))
			return -EMSGSIZE;
	return 0;
}

static int put_pair(struct sk_buff *skb, const struct hip_pair *pair,
		    int local, int peer)
{
	return nla_put_in6_addr(skb, local, &pair->local) ?:
	       nla_put_in6_addr(skb, peer, &pair->peer);
}

static int put_assoc(struct sk_buff *skb, struct hip_net *hn,
		     struct hip_assoc *assoc)
{
	u64 now = ktime_get_boottime_ns() / NSEC_PER_MSEC;
	struct hip_traffic sum;
	struct hip_path *path;

	path = rcu_dereference_protected(assoc->path,
					 lockdep_is_held(&hn->lock));
	if (path && nla_put_u32(skb, HIP_A_ASSOC_DEFAULT_PATH, path->id))
		return -EMSGSIZE;
	hip_assoc_traffic(hn, assoc, &sum);
	if (nla_put_u32(skb, HIP_A_ASSOC_STATE, assoc->state) ||
	    nla_put_u32(skb, HIP_A_ASSOC_QUEUED,
			skb_queue_len_lockless(&assoc->queue)) ||
	    nla_put_u64_64bit(skb, HIP_A_ASSOC_AGE, now - assoc->born,
			      HIP_A_ASSOC_PAD) ||
	    put_traffic(skb, &sum, HIP_A_ASSOC_LAST_IN, HIP_A_ASSOC_PAD))
		return -EMSGSIZE;
	return 0;
}

/* @assoc NULL: of a notification that it is gone. */
static int fill_assoc(const struct reply *reply, struct hip_net *hn,
		      const struct hip_pair *pair, struct hip_assoc *assoc)
{
	void *hdr;

	hdr = reply_begin(reply);
	if (!hdr)
		return -EMSGSIZE;
	if (put_pair(reply->skb, pair, HIP_A_ASSOC_LOCAL_HIT,
		     HIP_A_ASSOC_PEER_HIT) ||
	    nla_put_u32(reply->skb, HIP_A_ASSOC_GENERATION,
			atomic_read(&hn->generation)) ||
	    (assoc && put_assoc(reply->skb, hn, assoc))) {
		genlmsg_cancel(reply->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(reply->skb, hdr);
	return 0;
}

static void notify_assoc(struct hip_net *hn, const struct hip_pair *pair)
{
	struct reply reply;
	int err;

	atomic_inc(&hn->generation);
	if (!reply_notify(&reply, hn, HIP_CMD_ASSOC_NTF, HIP_NLGRP_MGMT,
			  GFP_KERNEL))
		return;
	err = fill_assoc(&reply, hn, pair, hip_assoc_lookup(hn, pair));
	reply_multicast(&reply, hn, HIP_NLGRP_MGMT, GFP_KERNEL, err);
}

int hip_nl_assoc_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hip_net *hn = hip_net(genl_info_net(info));
	struct hip_assoc *assoc;
	struct hip_pair pair;
	struct reply reply;
	int err;

	err = get_pair(info, HIP_A_ASSOC_LOCAL_HIT, HIP_A_ASSOC_PEER_HIT,
		       &pair);
	if (err)
		return err;
	reply = reply_do(info, HIP_CMD_ASSOC_GET);
	if (!reply.skb)
		return -ENOMEM;
	mutex_lock(&hn->lock);
	assoc = hip_assoc_lookup(hn, &pair);
	if (assoc) {
		err = fill_assoc(&reply, hn, &pair, assoc);
	} else {
		NL_SET_ERR_MSG(info->extack, "no association between these HITs");
		err = -ENOENT;
	}
	mutex_unlock(&hn->lock);
	return reply_send(&reply, info, err);
}

int hip_nl_assoc_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct reply reply = reply_dump(skb, cb, HIP_CMD_ASSOC_GET);
	struct hip_net *hn = hip_net(sock_net(cb->skb->sk));
	u64 *last = (u64 *)&cb->ctx[0];
	struct hip_assoc *assoc;

	mutex_lock(&hn->lock);
	cb->seq = atomic_read(&hn->generation);
	list_for_each_entry_rcu(assoc, &hn->assocs, list,
				lockdep_is_held(&hn->lock)) {
		if (assoc->serial <= *last)
			continue;
		if (fill_assoc(&reply, hn, &assoc->pair, assoc))
			break;
		*last = assoc->serial;
	}
	mutex_unlock(&hn->lock);
	return skb->len;
}

/* State up: the path must exist and lead between the same HITs. */
static int set_up(struct hip_net *hn, const struct hip_pair *pair,
		  struct genl_info *info)
{
	struct nlattr *attr = info->attrs[HIP_A_ASSOC_DEFAULT_PATH];
	struct hip_path *path;

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "state up needs a default path");
		NL_SET_ERR_ATTR_MISS(info->extack, NULL,
				     HIP_A_ASSOC_DEFAULT_PATH);
		return -EINVAL;
	}
	path = hip_path_lookup(hn, nla_get_u32(attr));
	if (!path) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "no path with this id");
		return -ENOENT;
	}
	if (memcmp(&path->pair, pair, sizeof(*pair))) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "path leads between other HITs");
		return -EINVAL;
	}
	return hip_assoc_up(hn, pair, path);
}

static int set_closing(struct hip_net *hn, const struct hip_pair *pair,
		       struct genl_info *info)
{
	struct nlattr *attr = info->attrs[HIP_A_ASSOC_DEFAULT_PATH];
	int err;

	if (attr) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "only state up takes a default path");
		return -EINVAL;
	}
	err = hip_assoc_close(hn, pair);
	if (err)
		NL_SET_ERR_MSG(info->extack, "no association between these HITs");
	return err;
}

int hip_nl_assoc_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hip_net *hn = hip_net(genl_info_net(info));
	struct hip_pair pair;
	u32 state;
	int err;

	err = get_pair(info, HIP_A_ASSOC_LOCAL_HIT, HIP_A_ASSOC_PEER_HIT,
		       &pair);
	if (err)
		return err;
	err = get_u32(info, HIP_A_ASSOC_STATE, &state);
	if (err)
		return err;
	if (state == HIP_ASSOC_ACQUIRE) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[HIP_A_ASSOC_STATE],
				    "only packets make state acquire");
		return -EINVAL;
	}
	mutex_lock(&hn->lock);
	err = state == HIP_ASSOC_UP ? set_up(hn, &pair, info) :
		set_closing(hn, &pair, info);
	if (!err)
		notify_assoc(hn, &pair);
	mutex_unlock(&hn->lock);
	return err;
}

int hip_nl_assoc_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hip_net *hn = hip_net(genl_info_net(info));
	struct hip_pair pair;
	int err;

	err = get_pair(info, HIP_A_ASSOC_LOCAL_HIT, HIP_A_ASSOC_PEER_HIT,
		       &pair);
	if (err)
		return err;
	mutex_lock(&hn->lock);
	err = hip_assoc_del(hn, &pair);
	if (err)
		NL_SET_ERR_MSG(info->extack, "no association between these HITs");
	else
		notify_assoc(hn, &pair);
	mutex_unlock(&hn->lock);
	return err;
}

int hip_nl_assoc_fail_doit(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 code[] = {
		[HIP_FAIL_NO_LOCATOR] = ICMPV6_NOROUTE,
		[HIP_FAIL_NO_ANSWER] = ICMPV6_ADDR_UNREACH,
		[HIP_FAIL_REFUSED] = ICMPV6_ADM_PROHIBITED,
	};
	struct hip_net *hn = hip_net(genl_info_net(info));
	struct hip_assoc *assoc;
	struct hip_pair pair;
	u32 reason;
	int err;

	err = get_pair(info, HIP_A_ASSOC_LOCAL_HIT, HIP_A_ASSOC_PEER_HIT,
		       &pair);
	if (err)
		return err;
	err = get_u32(info, HIP_A_ASSOC_REASON, &reason);
	if (err)
		return err;
	mutex_lock(&hn->lock);
	assoc = hip_assoc_lookup(hn, &pair);
	if (!assoc || !hip_acquire_fail(hn, assoc, code[reason],
					HIP_STAT_WAIT_FAILED)) {
		NL_SET_ERR_MSG(info->extack, "no packets wait between these HITs");
		err = -ENOENT;
	}
	mutex_unlock(&hn->lock);
	return err;
}

/* Paths */

static u32 path_state(struct hip_net *hn, const struct hip_path *path, u32 mtu)
{
	struct hip_assoc *assoc = hip_assoc_lookup(hn, &path->pair);

	if (!mtu)
		return HIP_PATH_UNUSABLE;
	return assoc && assoc->state == HIP_ASSOC_UP &&
	       rcu_access_pointer(assoc->path) == path ? HIP_PATH_UP :
							 HIP_PATH_SPARE;
}

static int put_path(struct sk_buff *skb, struct hip_net *hn,
		    struct hip_path *path)
{
	const struct hip_path_config *config = &path->config;
	u32 mtu = hip_path_mtu(hn, path);
	struct hip_traffic sum = {};

	hip_path_traffic(hn, path, &sum);
	if (put_pair(skb, &path->pair, HIP_A_PATH_LOCAL_HIT,
		     HIP_A_PATH_PEER_HIT) ||
	    nla_put_u32(skb, HIP_A_PATH_IF_ID, config->if_id) ||
	    nla_put_be32(skb, HIP_A_PATH_SPI_IN, config->spi_in) ||
	    nla_put_be32(skb, HIP_A_PATH_SPI_OUT, config->spi_out) ||
	    nla_put_in6_addr(skb, HIP_A_PATH_LOCAL, &config->local) ||
	    nla_put_in6_addr(skb, HIP_A_PATH_PEER, &config->peer) ||
	    nla_put_u32(skb, HIP_A_PATH_MTU, mtu) ||
	    nla_put_u32(skb, HIP_A_PATH_STATE, path_state(hn, path, mtu)) ||
	    put_traffic(skb, &sum, HIP_A_PATH_LAST_IN, HIP_A_PATH_PAD))
		return -EMSGSIZE;
	return 0;
}

/* @path NULL: of a notification that it is gone. */
static int fill_path(const struct reply *reply, struct hip_net *hn, u32 id,
		     struct hip_path *path)
{
	void *hdr;

	hdr = reply_begin(reply);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(reply->skb, HIP_A_PATH_ID, id) ||
	    nla_put_u32(reply->skb, HIP_A_PATH_GENERATION,
			atomic_read(&hn->generation)) ||
	    (path && put_path(reply->skb, hn, path))) {
		genlmsg_cancel(reply->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(reply->skb, hdr);
	return 0;
}

static void notify_path(struct hip_net *hn, u32 id)
{
	struct reply reply;
	int err;

	atomic_inc(&hn->generation);
	if (!reply_notify(&reply, hn, HIP_CMD_PATH_NTF, HIP_NLGRP_MGMT,
			  GFP_KERNEL))
		return;
	err = fill_path(&reply, hn, id, hip_path_lookup(hn, id));
	reply_multicast(&reply, hn, HIP_NLGRP_MGMT, GFP_KERNEL, err);
}

int hip_nl_path_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hip_net *hn = hip_net(genl_info_net(info));
	struct hip_path *path;
	struct reply reply;
	int err;
	u32 id;

	err = get_u32(info, HIP_A_PATH_ID, &id);
	if (err)
		return err;
	reply = reply_do(info, HIP_CMD_PATH_GET);
	if (!reply.skb)
		return -ENOMEM;
	mutex_lock(&hn->lock);
	path = hip_path_lookup(hn, id);
	if (path) {
		err = fill_path(&reply, hn, id, path);
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[HIP_A_PATH_ID],
				    "no path with this id");
		err = -ENOENT;
	}
	mutex_unlock(&hn->lock);
	return reply_send(&reply, info, err);
}

int hip_nl_path_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct reply reply = reply_dump(skb, cb, HIP_CMD_PATH_GET);
	struct hip_net *hn = hip_net(sock_net(cb->skb->sk));
	unsigned long id = cb->args[0];
	struct hip_path *path;

	mutex_lock(&hn->lock);
	cb->seq = atomic_read(&hn->generation);
	/* The id of the last one, 0 at first: no path has that. */
	xa_for_each_start(&hn->paths, id, path, id + 1) {
		if (fill_path(&reply, hn, id, path))
			break;
		cb->args[0] = id;
	}
	mutex_unlock(&hn->lock);
	return skb->len;
}

static int get_path_config(struct genl_info *info,
			   struct hip_path_config *config)
{
	struct nlattr **attrs = info->attrs;
	int err;

	err = get_spi(info, HIP_A_PATH_SPI_IN, &config->spi_in);
	if (err)
		return err;
	err = get_spi(info, HIP_A_PATH_SPI_OUT, &config->spi_out);
	if (err)
		return err;
	if (!attrs[HIP_A_PATH_LOCAL])
		return miss(info, HIP_A_PATH_LOCAL);
	if (!attrs[HIP_A_PATH_PEER])
		return miss(info, HIP_A_PATH_PEER);
	config->local = nla_get_in6_addr(attrs[HIP_A_PATH_LOCAL]);
	config->peer = nla_get_in6_addr(attrs[HIP_A_PATH_PEER]);
	if (ipv6_addr_v4mapped(&config->local) !=
	    ipv6_addr_v4mapped(&config->peer)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[HIP_A_PATH_PEER],
				    "locators of different families");
		return -EINVAL;
	}
	if (attrs[HIP_A_PATH_IF_ID])
		config->if_id = nla_get_u32(attrs[HIP_A_PATH_IF_ID]);
	return 0;
}

int hip_nl_path_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hip_net *hn = hip_net(genl_info_net(info));
	struct hip_path_config config = {};
	struct hip_pair pair;
	u32 id;
	int err;

	err = get_u32(info, HIP_A_PATH_ID, &id);
	if (err)
		return err;
	err = get_pair(info, HIP_A_PATH_LOCAL_HIT, HIP_A_PATH_PEER_HIT, &pair);
	if (err)
		return err;
	err = get_path_config(info, &config);
	if (err)
		return err;
	mutex_lock(&hn->lock);
	err = hip_path_set(hn, id, &pair, &config, info->extack);
	if (!err)
		notify_path(hn, id);
	mutex_unlock(&hn->lock);
	return err;
}

int hip_nl_path_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hip_net *hn = hip_net(genl_info_net(info));
	int err;
	u32 id;

	err = get_u32(info, HIP_A_PATH_ID, &id);
	if (err)
		return err;
	mutex_lock(&hn->lock);
	err = hip_path_del(hn, id, info->extack);
	if (!err)
		notify_path(hn, id);
	mutex_unlock(&hn->lock);
	return err;
}

/* Devices inside */

static int fill_inside(const struct reply *reply, u32 ifindex)
{
	void *hdr;

	hdr = reply_begin(reply);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(reply->skb, HIP_A_INSIDE_IFINDEX, ifindex)) {
		genlmsg_cancel(reply->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(reply->skb, hdr);
	return 0;
}

int hip_nl_inside_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hip_net *hn = hip_net(genl_info_net(info));
	struct reply reply;
	u32 ifindex;
	int err;

	err = get_u32(info, HIP_A_INSIDE_IFINDEX, &ifindex);
	if (err)
		return err;
	if (!xa_load(&hn->inside, ifindex)) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[HIP_A_INSIDE_IFINDEX],
				    "device is not inside");
		return -ENOENT;
	}
	reply = reply_do(info, HIP_CMD_INSIDE_GET);
	if (!reply.skb)
		return -ENOMEM;
	return reply_send(&reply, info, fill_inside(&reply, ifindex));
}

int hip_nl_inside_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct reply reply = reply_dump(skb, cb, HIP_CMD_INSIDE_GET);
	struct hip_net *hn = hip_net(sock_net(cb->skb->sk));
	unsigned long ifindex = cb->args[0];
	void *entry;

	mutex_lock(&hn->lock);
	cb->seq = atomic_read(&hn->generation);
	xa_for_each_start(&hn->inside, ifindex, entry, ifindex + 1) {
		if (fill_inside(&reply, ifindex))
			break;
		cb->args[0] = ifindex;
	}
	mutex_unlock(&hn->lock);
	return skb->len;
}

static int change_inside(struct genl_info *info,
			 int (*change)(struct hip_net *hn, u32 ifindex,
				       struct netlink_ext_ack *extack))
{
	struct hip_net *hn = hip_net(genl_info_net(info));
	u32 ifindex;
	int err;

	err = get_u32(info, HIP_A_INSIDE_IFINDEX, &ifindex);
	if (err)
		return err;
	mutex_lock(&hn->lock);
	err = change(hn, ifindex, info->extack);
	if (!err)
		atomic_inc(&hn->generation);
	mutex_unlock(&hn->lock);
	return err;
}

int hip_nl_inside_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return change_inside(info, hip_inside_add);
}

int hip_nl_inside_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return change_inside(info, hip_inside_del);
}

/* Counters */

static int fill_stat(const struct reply *reply, const struct hip_net *hn,
		     enum hip_stat stat)
{
	void *hdr;

	hdr = reply_begin(reply);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(reply->skb, HIP_A_STAT_NAME,
			   hip_stats_name(stat)) ||
	    nla_put_u64_64bit(reply->skb, HIP_A_STAT_VALUE,
			      hip_stats_read(hn, stat), HIP_A_STAT_PAD) ||
	    nla_put_string(reply->skb, HIP_A_STAT_HELP,
			   hip_stats_help(stat))) {
		genlmsg_cancel(reply->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(reply->skb, hdr);
	return 0;
}

int hip_nl_stat_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[HIP_A_STAT_NAME];
	struct hip_net *hn = hip_net(genl_info_net(info));
	struct reply reply;
	int i = 0;

	if (!name)
		return miss(info, HIP_A_STAT_NAME);
	while (i < __HIP_STAT_MAX && nla_strcmp(name, hip_stats_name(i)))
		i++;
	if (i == __HIP_STAT_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, name,
				    "no counter with this name");
		return -ENOENT;
	}
	reply = reply_do(info, HIP_CMD_STAT_GET);
	if (!reply.skb)
		return -ENOMEM;
	return reply_send(&reply, info, fill_stat(&reply, hn, i));
}

int hip_nl_stat_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct reply reply = reply_dump(skb, cb, HIP_CMD_STAT_GET);
	struct hip_net *hn = hip_net(sock_net(cb->skb->sk));

	for (; cb->args[0] < __HIP_STAT_MAX; cb->args[0]++)
		if (fill_stat(&reply, hn, cb->args[0]))
			break;
	return skb->len;
}

/**
 * hip_netlink_listens() - whether a daemon waits for events
 * @hn: network namespace
 *
 * Context: any.
 * Return: true when it does.
 */
bool hip_netlink_listens(struct hip_net *hn)
{
	return genl_has_listeners(&family, hn->net, HIP_NLGRP_EVENTS);
}

/**
 * hip_netlink_acquire() - ask the daemon for an association
 * @hn: network namespace
 * @pair: the HITs
 * @proto: protocol of the first packet that waits
 *
 * Context: any.
 * Return: 0, -ESRCH when nobody in this namespace listens, or another error
 * that may pass.
 */
int hip_netlink_acquire(struct hip_net *hn, const struct hip_pair *pair,
			u8 proto)
{
	struct reply reply;
	int err = hip_netlink_listens(hn) ? -ENOMEM : -ESRCH;
	void *hdr;

	if (!reply_notify(&reply, hn, HIP_CMD_ACQUIRE, HIP_NLGRP_EVENTS,
			  GFP_ATOMIC))
		goto err_lost;
	err = -EMSGSIZE;
	hdr = reply_begin(&reply);
	if (hdr && !put_pair(reply.skb, pair, HIP_A_ASSOC_LOCAL_HIT,
			     HIP_A_ASSOC_PEER_HIT) &&
	    !nla_put_u8(reply.skb, HIP_A_ASSOC_PROTO, proto)) {
		genlmsg_end(reply.skb, hdr);
		err = 0;
	}
	err = reply_multicast(&reply, hn, HIP_NLGRP_EVENTS, GFP_ATOMIC, err);
	if (err)
		goto err_lost;
	hip_stats_add(hn, HIP_STAT_ACQUIRE, 1);
	trace_hip_acquire(pair, proto);
	return 0;

err_lost:
	hip_stats_add(hn, HIP_STAT_ACQUIRE_LOST, 1);
	return err;
}

static const struct genl_multicast_group groups[] = {
	[HIP_NLGRP_MGMT] = { .name = HIP_MCGRP_MGMT },
	[HIP_NLGRP_EVENTS] = { .name = HIP_MCGRP_EVENTS },
};

static struct genl_family family __ro_after_init = {
	.name = HIP_GENL_NAME,
	.version = HIP_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = hip_nl_ops,
	.n_ops = ARRAY_SIZE(hip_nl_ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * hip_netlink_init() - register the family
 *
 * Return: 0 or a negative errno.
 */
int __init hip_netlink_init(void)
{
	return genl_register_family(&family);
}

/**
 * hip_netlink_exit() - take the family away
 *
 * Context: process.
 */
void hip_netlink_exit(void)
{
	genl_unregister_family(&family);
}

#if IS_ENABLED(CONFIG_KUNIT)
/**
 * hip_netlink_group() - number of the group "events"
 *
 * Return: what a socket of the tests joins.
 */
u32 hip_netlink_group(void)
{
	return family.mcgrp_offset + HIP_NLGRP_EVENTS;
}
EXPORT_SYMBOL_IF_KUNIT(hip_netlink_group);
#endif
