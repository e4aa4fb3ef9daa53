// SPDX-License-Identifier: GPL-2.0
/*
 * What hip.ko checks about itself when it is loaded, if built with DEBUG: for
 * stock kernels, which have no KUnit. Works on tables of its own.
 */
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "hip.h"

static const struct {
	struct in6_addr addr;
	bool hit;
} prefixes[] = {
	{ { .s6_addr = { 0x20, 0x01, 0x00, 0x20 } }, true },
	{ { .s6_addr = { 0x20, 0x01, 0x00, 0x2f, [15] = 0xff } }, true },
	{ { .s6_addr = { 0x20, 0x01, 0x00, 0x1f } }, false },
	{ { .s6_addr = { 0x20, 0x01, 0x00, 0x30 } }, false },
	/* ORCHIDs of RFC 4843, which HIPv1 used */
	{ { .s6_addr = { 0x20, 0x01, 0x00, 0x10 } }, false },
	{ { .s6_addr = { 0x20, 0x01, 0x10, 0x20 } }, false },
	{ { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8 } }, false },
	{ { .s6_addr = { 0 } }, false },
};

static bool check_prefix(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (hip_is_hit(&prefixes[i].addr) != prefixes[i].hit)
			return false;
	return true;
}

/* Both directions of a pair are different associations. */
static int check_table(struct hip_net *hn)
{
	struct hip_pair there = { prefixes[0].addr, prefixes[1].addr };
	struct hip_pair back = { prefixes[1].addr, prefixes[0].addr };
	struct hip_assoc *assoc;
	bool found;

	rcu_read_lock();
	assoc = hip_assoc_create(hn, &there, 1, GFP_ATOMIC);
	found = !IS_ERR(assoc) && hip_assoc_lookup(hn, &there) == assoc &&
		!hip_assoc_lookup(hn, &back) &&
		PTR_ERR(hip_assoc_create(hn, &back, 1, GFP_ATOMIC)) == -ENOSPC;
	rcu_read_unlock();
	if (PTR_ERR(assoc) == -ENOMEM)
		return -ENOMEM;
	return found ? 0 : -EINVAL;
}

static bool check_names(void)
{
	int i, j;

	for (i = 0; i < __HIP_STAT_MAX; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(hip_stats_name(i), hip_stats_name(j)))
				return false;
	return true;
}

/**
 * hip_selftest() - check the prefix test, the table and the counters' names
 *
 * Context: process.
 * Return: 0, -ENOMEM, or -EINVAL when something does not work.
 */
int __init hip_selftest(void)
{
	struct hip_net *hn;
	int err;

	hn = kzalloc(sizeof(*hn), GFP_KERNEL);
	if (!hn)
		return -ENOMEM;
	err = hip_net_setup(hn, &init_net);
	if (err)
		goto err_free;
	err = check_prefix() && check_names() ? check_table(hn) : -EINVAL;
	if (err != -ENOMEM)
		pr_info("hip: selftest: %s\n", err ? "failed" : "passed");
	hip_net_cleanup(hn);
err_free:
	kfree(hn);
	return err;
}
