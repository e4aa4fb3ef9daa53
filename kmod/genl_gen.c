// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/hip.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "genl_gen.h"

#include <uapi/linux/hip.h>

/* HIP_CMD_ASSOC_GET - do */
const struct nla_policy hip_assoc_get_nl_policy[HIP_A_ASSOC_PEER_HIT + 1] = {
	[HIP_A_ASSOC_LOCAL_HIT] = NLA_POLICY_EXACT_LEN(16),
	[HIP_A_ASSOC_PEER_HIT] = NLA_POLICY_EXACT_LEN(16),
};

/* HIP_CMD_ASSOC_NEW - do */
const struct nla_policy hip_assoc_new_nl_policy[HIP_A_ASSOC_DEFAULT_PATH + 1] = {
	[HIP_A_ASSOC_LOCAL_HIT] = NLA_POLICY_EXACT_LEN(16),
	[HIP_A_ASSOC_PEER_HIT] = NLA_POLICY_EXACT_LEN(16),
	[HIP_A_ASSOC_STATE] = NLA_POLICY_MAX(NLA_U32, 2),
	[HIP_A_ASSOC_DEFAULT_PATH] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HIP_CMD_ASSOC_DEL - do */
const struct nla_policy hip_assoc_del_nl_policy[HIP_A_ASSOC_PEER_HIT + 1] = {
	[HIP_A_ASSOC_LOCAL_HIT] = NLA_POLICY_EXACT_LEN(16),
	[HIP_A_ASSOC_PEER_HIT] = NLA_POLICY_EXACT_LEN(16),
};

/* HIP_CMD_ASSOC_FAIL - do */
const struct nla_policy hip_assoc_fail_nl_policy[HIP_A_ASSOC_REASON + 1] = {
	[HIP_A_ASSOC_LOCAL_HIT] = NLA_POLICY_EXACT_LEN(16),
	[HIP_A_ASSOC_PEER_HIT] = NLA_POLICY_EXACT_LEN(16),
	[HIP_A_ASSOC_REASON] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* HIP_CMD_PATH_GET - do */
const struct nla_policy hip_path_get_nl_policy[HIP_A_PATH_ID + 1] = {
	[HIP_A_PATH_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HIP_CMD_PATH_NEW - do */
const struct nla_policy hip_path_new_nl_policy[HIP_A_PATH_PEER + 1] = {
	[HIP_A_PATH_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[HIP_A_PATH_LOCAL_HIT] = NLA_POLICY_EXACT_LEN(16),
	[HIP_A_PATH_PEER_HIT] = NLA_POLICY_EXACT_LEN(16),
	[HIP_A_PATH_IF_ID] = { .type = NLA_U32, },
	[HIP_A_PATH_SPI_IN] = { .type = NLA_U32, },
	[HIP_A_PATH_SPI_OUT] = { .type = NLA_U32, },
	[HIP_A_PATH_LOCAL] = NLA_POLICY_EXACT_LEN(16),
	[HIP_A_PATH_PEER] = NLA_POLICY_EXACT_LEN(16),
};

/* HIP_CMD_PATH_DEL - do */
const struct nla_policy hip_path_del_nl_policy[HIP_A_PATH_ID + 1] = {
	[HIP_A_PATH_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HIP_CMD_INSIDE_GET - do */
const struct nla_policy hip_inside_get_nl_policy[HIP_A_INSIDE_IFINDEX + 1] = {
	[HIP_A_INSIDE_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HIP_CMD_INSIDE_NEW - do */
const struct nla_policy hip_inside_new_nl_policy[HIP_A_INSIDE_IFINDEX + 1] = {
	[HIP_A_INSIDE_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HIP_CMD_INSIDE_DEL - do */
const struct nla_policy hip_inside_del_nl_policy[HIP_A_INSIDE_IFINDEX + 1] = {
	[HIP_A_INSIDE_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HIP_CMD_STAT_GET - do */
const struct nla_policy hip_stat_get_nl_policy[HIP_A_STAT_NAME + 1] = {
	[HIP_A_STAT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* Ops table for hip */
const struct genl_ops hip_nl_ops[11] = {
	{
		.cmd		= HIP_CMD_ASSOC_GET,
		.doit		= hip_nl_assoc_get_doit,
		.dumpit		= hip_nl_assoc_get_dumpit,
		.policy		= hip_assoc_get_nl_policy,
		.maxattr	= HIP_A_ASSOC_PEER_HIT,
	},
	{
		.cmd		= HIP_CMD_ASSOC_NEW,
		.doit		= hip_nl_assoc_new_doit,
		.policy		= hip_assoc_new_nl_policy,
		.maxattr	= HIP_A_ASSOC_DEFAULT_PATH,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= HIP_CMD_ASSOC_DEL,
		.doit		= hip_nl_assoc_del_doit,
		.policy		= hip_assoc_del_nl_policy,
		.maxattr	= HIP_A_ASSOC_PEER_HIT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= HIP_CMD_ASSOC_FAIL,
		.doit		= hip_nl_assoc_fail_doit,
		.policy		= hip_assoc_fail_nl_policy,
		.maxattr	= HIP_A_ASSOC_REASON,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= HIP_CMD_PATH_GET,
		.doit		= hip_nl_path_get_doit,
		.dumpit		= hip_nl_path_get_dumpit,
		.policy		= hip_path_get_nl_policy,
		.maxattr	= HIP_A_PATH_ID,
	},
	{
		.cmd		= HIP_CMD_PATH_NEW,
		.doit		= hip_nl_path_new_doit,
		.policy		= hip_path_new_nl_policy,
		.maxattr	= HIP_A_PATH_PEER,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= HIP_CMD_PATH_DEL,
		.doit		= hip_nl_path_del_doit,
		.policy		= hip_path_del_nl_policy,
		.maxattr	= HIP_A_PATH_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= HIP_CMD_INSIDE_GET,
		.doit		= hip_nl_inside_get_doit,
		.dumpit		= hip_nl_inside_get_dumpit,
		.policy		= hip_inside_get_nl_policy,
		.maxattr	= HIP_A_INSIDE_IFINDEX,
	},
	{
		.cmd		= HIP_CMD_INSIDE_NEW,
		.doit		= hip_nl_inside_new_doit,
		.policy		= hip_inside_new_nl_policy,
		.maxattr	= HIP_A_INSIDE_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= HIP_CMD_INSIDE_DEL,
		.doit		= hip_nl_inside_del_doit,
		.policy		= hip_inside_del_nl_policy,
		.maxattr	= HIP_A_INSIDE_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= HIP_CMD_STAT_GET,
		.doit		= hip_nl_stat_get_doit,
		.dumpit		= hip_nl_stat_get_dumpit,
		.policy		= hip_stat_get_nl_policy,
		.maxattr	= HIP_A_STAT_NAME,
	},
};

static const struct genl_multicast_group hip_nl_mcgrps[] = {
	[HIP_NLGRP_MGMT] = { "mgmt", },
	[HIP_NLGRP_EVENTS] = { "events", },
};
