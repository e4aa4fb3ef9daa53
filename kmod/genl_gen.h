/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/hip.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_HIP_GEN_H
#define _LINUX_HIP_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/hip.h>

extern const struct nla_policy hip_assoc_get_nl_policy[HIP_A_ASSOC_PEER_HIT + 1];

extern const struct nla_policy hip_assoc_new_nl_policy[HIP_A_ASSOC_DEFAULT_PATH + 1];

extern const struct nla_policy hip_assoc_del_nl_policy[HIP_A_ASSOC_PEER_HIT + 1];

extern const struct nla_policy hip_assoc_fail_nl_policy[HIP_A_ASSOC_REASON + 1];

extern const struct nla_policy hip_path_get_nl_policy[HIP_A_PATH_ID + 1];

extern const struct nla_policy hip_path_new_nl_policy[HIP_A_PATH_PEER + 1];

extern const struct nla_policy hip_path_del_nl_policy[HIP_A_PATH_ID + 1];

extern const struct nla_policy hip_inside_get_nl_policy[HIP_A_INSIDE_IFINDEX + 1];

extern const struct nla_policy hip_inside_new_nl_policy[HIP_A_INSIDE_IFINDEX + 1];

extern const struct nla_policy hip_inside_del_nl_policy[HIP_A_INSIDE_IFINDEX + 1];

extern const struct nla_policy hip_stat_get_nl_policy[HIP_A_STAT_NAME + 1];

/* Ops table for hip */
extern const struct genl_ops hip_nl_ops[11];

int hip_nl_assoc_get_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_assoc_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int hip_nl_assoc_new_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_assoc_del_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_assoc_fail_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_path_get_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_path_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int hip_nl_path_new_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_path_del_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_inside_get_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_inside_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int hip_nl_inside_new_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_inside_del_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_stat_get_doit(struct sk_buff *skb, struct genl_info *info);
int hip_nl_stat_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

enum {
	HIP_NLGRP_MGMT,
	HIP_NLGRP_EVENTS,
};

#endif /* _LINUX_HIP_GEN_H */
