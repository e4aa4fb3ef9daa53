// SPDX-License-Identifier: GPL-2.0
/*
 * Which hooks a network namespace has. A hook costs every packet, also those
 * that do not concern it, so each is there from the moment it is needed and
 * stays as long as the namespace:
 *
 * output	always: a HIT must not leave in clear, daemon or not;
 * input	from the first HIT among its addresses, or the first device
 *		inside: before, no packet with a HIT is for this host;
 * forward	from the first device inside: before, the input hook drops what
 *		could be forwarded, and what BEET delivered needs a policy.
 *
 * Routers between HIP hosts pay for none of this but what they send themselves.
 */
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/net_namespace.h>

#include "hip.h"

static const struct nf_hook_ops *const hooks[] = {
	[HIP_HOOK_OUTPUT] = &hip_output_hook,
	[HIP_HOOK_INPUT] = &hip_input_hook,
	[HIP_HOOK_FORWARD] = &hip_forward_hook,
};

/**
 * hip_hooks_add() - have a hook from now on
 * @hn: network namespace
 * @hook: which; nothing happens when it is there
 *
 * Context: process; hip_net.lock held.
 * Return: 0 or -ENOMEM.
 */
int hip_hooks_add(struct hip_net *hn, enum hip_hook hook)
{
	struct nf_hook_ops *ops = &hn->hook_ops[hook];
	int err;

	lockdep_assert_held(&hn->lock);
	if (hn->hooks & BIT(hook))
		return 0;
	*ops = *hooks[hook];
	ops->priv = hn;
	err = nf_register_net_hook(hn->net, ops);
	if (!err)
		hn->hooks |= BIT(hook);
	return err;
}

/**
 * hip_hooks_exit() - remove all hooks
 * @hn: network namespace, on its way out
 *
 * Packets may be inside them until a grace period later.
 *
 * Context: process.
 */
void hip_hooks_exit(struct hip_net *hn)
{
	int i;

	mutex_lock(&hn->lock);
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (hn->hooks & BIT(i))
			nf_unregister_net_hook(hn->net, &hn->hook_ops[i]);
	hn->hooks = 0;
	mutex_unlock(&hn->lock);
}

static int guard_input(struct net *net)
{
	struct hip_net *hn = hip_net(net);
	int err;

	mutex_lock(&hn->lock);
	err = hip_hooks_add(hn, HIP_HOOK_INPUT);
	mutex_unlock(&hn->lock);
	return err;
}

/* Called before the address is there, by whoever may sleep: not for addresses
 * that router advertisements make, and those are no Host Identities.
 */
static int addr_event(struct notifier_block *nb, unsigned long event,
		      void *ptr)
{
	const struct in6_validator_info *info = ptr;

	if (!hip_is_hit(&info->i6vi_addr))
		return NOTIFY_DONE;
	return notifier_from_errno(guard_input(dev_net(info->i6vi_dev->dev)));
}

static struct notifier_block addr_notifier = {
	.notifier_call = addr_event,
};

static bool has_hit(struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	struct inet6_ifaddr *ifa;
	bool found = false;

	if (!idev)
		return false;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifa, &idev->addr_list, if_list)
		found |= hip_is_hit(&ifa->addr);
	read_unlock_bh(&idev->lock);
	return found;
}

/* HITs that were there before the module. */
static int guard_present(void)
{
	struct net_device *dev;
	struct net *net;
	int err = 0;

	rtnl_lock();
	down_read(&net_rwsem);
	for_each_net(net) {
		for_each_netdev(net, dev)
			if (!err && has_hit(dev))
				err = guard_input(net);
	}
	up_read(&net_rwsem);
	rtnl_unlock();
	return err;
}

/**
 * hip_hooks_watch() - guard the namespaces that have HITs, now and later
 *
 * Context: process; the state of all namespaces is there.
 * Return: 0 or -ENOMEM.
 */
int hip_hooks_watch(void)
{
	int err;

	err = register_inet6addr_validator_notifier(&addr_notifier);
	if (err)
		return err;
	err = guard_present();
	if (err)
		hip_hooks_unwatch();
	return err;
}

/**
 * hip_hooks_unwatch() - end that
 *
 * Context: process.
 */
void hip_hooks_unwatch(void)
{
	unregister_inet6addr_validator_notifier(&addr_notifier);
}
