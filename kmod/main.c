// SPDX-License-Identifier: GPL-2.0
/*
 * The module and its state in each network namespace.
 *
 * Coming down: hooks first (pre_exit), then, when no packet is inside them any
 * more, the tables (exit).
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "hip.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static unsigned int hip_net_id __read_mostly;

/**
 * hip_net() - the module's state in a network namespace
 * @net: network namespace
 *
 * Return: the state, valid as long as the namespace.
 */
struct hip_net *hip_net(const struct net *net)
{
	return net_generic(net, hip_net_id);
}
EXPORT_SYMBOL_IF_KUNIT(hip_net);

/**
 * hip_net_setup() - empty tables
 * @hn: zeroed
 * @net: network namespace
 *
 * Return: 0 or -ENOMEM.
 */
int hip_net_setup(struct hip_net *hn, struct net *net)
{
	int err;

	hn->net = net;
	mutex_init(&hn->lock);
	xa_init_flags(&hn->paths, XA_FLAGS_ACCOUNT);
	xa_init_flags(&hn->inside, XA_FLAGS_ACCOUNT);
	/* Zero means "no dump yet" to netlink. */
	atomic_set(&hn->generation, 1);
	INIT_DELAYED_WORK(&hn->reaper, hip_acquire_reap);
	hn->stats = alloc_percpu(struct hip_stats);
	if (!hn->stats)
		return -ENOMEM;
	err = hip_assoc_init(hn);
	if (err) {
		free_percpu(hn->stats);
		return err;
	}
	pr_debug("hip: netns create %llu\n", net->net_cookie);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hip_net_setup);

/**
 * hip_net_flush() - let go of packets and routes
 * @hn: network namespace
 *
 * Context: process.
 */
void hip_net_flush(struct hip_net *hn)
{
	hip_acquire_flush(hn, NULL);
	hip_path_flush(hn);
}

/**
 * hip_net_cleanup() - free the tables
 * @hn: network namespace; no packet can reach it any more
 *
 * Context: process.
 */
void hip_net_cleanup(struct hip_net *hn)
{
	hip_hooks_exit(hn);
	/* Packets that were inside a hook may have started it again. */
	hip_net_flush(hn);
	cancel_delayed_work_sync(&hn->reaper);
	hip_assoc_exit(hn);
	hip_path_exit(hn);
	hip_inside_exit(hn);
	free_percpu(hn->stats);
	pr_debug("hip: netns destroy %llu\n", hn->net->net_cookie);
}
EXPORT_SYMBOL_IF_KUNIT(hip_net_cleanup);

static int __net_init net_init(struct net *net)
{
	struct hip_net *hn = hip_net(net);
	int err;

	err = hip_net_setup(hn, net);
	if (err)
		return err;
	mutex_lock(&hn->lock);
	err = hip_hooks_add(hn, HIP_HOOK_OUTPUT);
	mutex_unlock(&hn->lock);
	if (err)
		hip_net_cleanup(hn);
	return err;
}

static void __net_exit net_pre_exit(struct net *net)
{
	hip_hooks_exit(hip_net(net));
	hip_net_flush(hip_net(net));
}

static void __net_exit net_exit(struct net *net)
{
	hip_net_cleanup(hip_net(net));
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &hip_net_id,
	.size = sizeof(struct hip_net),
};

/* Cached bundles hold the device; forwarded packets point to it. No packet
 * from it is on its way any more, and it gave up its routes.
 */
static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct hip_net *hn = hip_net(dev_net(dev));

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	hip_acquire_flush(hn, dev);
	hip_path_flush(hn);
	xa_erase(&hn->inside, dev->ifindex);
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = {
	.notifier_call = netdev_event,
};

static int __init hip_init(void)
{
	int err;

	err = hip_selftest();
	if (err)
		return err;
	err = register_pernet_subsys(&net_ops);
	if (err)
		return err;
	err = register_netdevice_notifier(&netdev_notifier);
	if (err)
		goto err_pernet;
	err = hip_hooks_watch();
	if (err)
		goto err_notifier;
	err = hip_netlink_init();
	if (err)
		goto err_hooks;
	return 0;

err_hooks:
	hip_hooks_unwatch();
err_notifier:
	unregister_netdevice_notifier(&netdev_notifier);
err_pernet:
	unregister_pernet_subsys(&net_ops);
	return err;
}

static void __exit hip_exit(void)
{
	hip_netlink_exit();
	hip_hooks_unwatch();
	unregister_netdevice_notifier(&netdev_notifier);
	unregister_pernet_subsys(&net_ops);
	/* Paths are freed by call_rcu() with functions of ours. */
	rcu_barrier();
}

module_init(hip_init);
module_exit(hip_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Host Identity Protocol: associations, paths and guards");
MODULE_ALIAS_GENL_FAMILY(HIP_GENL_NAME);
