// SPDX-License-Identifier: GPL-2.0
/*
 * Devices inside: links on which HITs may travel in clear, of a gateway that
 * speaks HIP for the hosts behind it. Changed under hip_net.lock, read by
 * packets under RCU; a device that goes away leaves the set. The first one
 * brings the hooks for packets from outside.
 */
#include <linux/netdevice.h>
#include <linux/netlink.h>

#include "hip.h"

/**
 * hip_inside() - whether HITs may travel in clear on a device's link
 * @hn: network namespace
 * @dev: the device
 *
 * Context: any.
 * Return: true when they may.
 */
bool hip_inside(struct hip_net *hn, const struct net_device *dev)
{
	return !xa_empty(&hn->inside) && xa_load(&hn->inside, dev->ifindex);
}
EXPORT_SYMBOL_IF_KUNIT(hip_inside);

/**
 * hip_inside_add() - let HITs travel in clear on a device's link
 * @hn: network namespace
 * @ifindex: the device
 * @extack: where a refusal is explained
 *
 * Context: process; hip_net.lock held.
 * Return: 0, -ENODEV, -EEXIST or -ENOMEM.
 */
int hip_inside_add(struct hip_net *hn, u32 ifindex,
		   struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err;

	lockdep_assert_held(&hn->lock);
	err = hip_hooks_add(hn, HIP_HOOK_INPUT) ?:
	      hip_hooks_add(hn, HIP_HOOK_FORWARD);
	if (err)
		return err;
	dev = dev_get_by_index(hn->net, ifindex);
	if (!dev) {
		NL_SET_ERR_MSG(extack, "no device with this index");
		return -ENODEV;
	}
	err = xa_insert(&hn->inside, ifindex, xa_mk_value(1), GFP_KERNEL);
	if (err == -EBUSY) {
		NL_SET_ERR_MSG(extack, "device is inside already");
		err = -EEXIST;
	}
	/* It vanished meanwhile, perhaps before the insertion. */
	if (!err && dev->reg_state != NETREG_REGISTERED) {
		xa_erase(&hn->inside, ifindex);
		NL_SET_ERR_MSG(extack, "device is going away");
		err = -ENODEV;
	}
	dev_put(dev);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(hip_inside_add);

/**
 * hip_inside_del() - take that back
 * @hn: network namespace
 * @ifindex: the device
 * @extack: where a refusal is explained
 *
 * Context: process; hip_net.lock held.
 * Return: 0 or -ENOENT.
 */
int hip_inside_del(struct hip_net *hn, u32 ifindex,
		   struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&hn->lock);
	if (!xa_erase(&hn->inside, ifindex)) {
		NL_SET_ERR_MSG(extack, "device is not inside");
		return -ENOENT;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hip_inside_del);

/**
 * hip_inside_exit() - forget all devices
 * @hn: network namespace
 *
 * Context: process.
 */
void hip_inside_exit(struct hip_net *hn)
{
	xa_destroy(&hn->inside);
}
