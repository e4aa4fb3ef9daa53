// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel reports while the loop runs: packets that wait, hip.ko
 * removed or loaded anew, devices, locators.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <event2/event.h>

#include "host.h"
#include "kif_kernel.h"
#include "log.h"

static void on_acquire(void *arg, const struct in6_addr *local,
		       const struct in6_addr *peer)
{
	struct hip_kernel *k = arg;

	hip_host_acquire(k->kif.host, local, peer);
}

static void on_family(void *arg, bool present)
{
	struct hip_kernel *k = arg;

	if (!present) {
		hip_err(KIF, "hip.ko was removed: no new peers until 'modprobe hip'");
		return;
	}
	k->reopen = true;
	event_active(k->settle, EV_TIMEOUT, 0);
}

static void on_events(evutil_socket_t fd, short what, void *arg)
{
	static const struct hip_kgenl_handler handler = {
		.acquire = on_acquire,
		.family = on_family,
	};
	struct hip_kernel *k = arg;
	int ret = hip_kgenl_read_events(&k->genl, &handler, k);

	if (!ret)
		return;
	hip_kernel_genl(k, "events", ret);
	if (ret == -ENOBUFS)
		event_active(k->settle, EV_TIMEOUT, 0);
}

static int watch_events(struct hip_kernel *k)
{
	k->events = event_new(k->base, nl_socket_get_fd(k->genl.events),
			      EV_READ | EV_PERSIST, on_events, k);
	return !k->events || event_add(k->events, NULL) ? -ENOMEM : 0;
}

/* Somebody removed the device, and the HITs with it: make both again. */
static void mend_device(struct hip_kernel *k)
{
	const struct hip_host *host = k->kif.host;
	const struct hip_config *c = &host->config;
	const struct hip_identity *id;
	char err[256];
	int ret;

	if (if_nametoindex(c->device) == k->rtnl.device)
		return;
	ret = hip_krtnl_device(&k->rtnl, c->device, c->mtu, err, sizeof(err));
	if (ret) {
		hip_log_limited(KIF, ERR, "%s", err);
		return;
	}
	for (id = host->identities.first; id; id = id->next)
		hip_kernel_rtnl(
			k, "HIT",
			hip_krtnl_hit_add(&k->rtnl, &id->hit, id->is_default));
	hip_notice(KIF, "device %s was gone: made again", c->device);
}

/* Inside devices are named in the configuration and come and go. */
static void on_links(void *arg)
{
	struct hip_kernel *k = arg;
	const struct hip_config *c = &k->kif.host->config;
	uint32_t ifindex[sizeof(c->inside) / sizeof(c->inside[0])];
	size_t n = 0;

	mend_device(k);
	for (size_t i = 0; i < c->n_inside; i++) {
		ifindex[n] = if_nametoindex(c->inside[i]);
		if (ifindex[n])
			n++;
		else
			hip_debug(KIF, "inside device %s is not there",
				  c->inside[i]);
	}
	hip_kernel_genl(k, "inside devices",
			hip_kgenl_inside_sync(&k->genl, ifindex, n));
}

/* hip.ko's tables are empty: fill them from ours. */
static int reopen(struct hip_kernel *k)
{
	char err[256];
	int ret;

	event_free(k->events);
	k->events = NULL;
	hip_kgenl_close(&k->genl);
	ret = hip_kgenl_open(&k->genl, err, sizeof(err));
	if (ret) {
		hip_err(KIF, "%s", err);
		return ret;
	}
	ret = watch_events(k);
	if (ret)
		return ret;
	on_links(k);
	for (struct hip_kpath *kp = k->paths.by_id; kp; kp = kp->by_id.next)
		if (kp->out_up)
			hip_kernel_genl(k, "path",
					hip_kgenl_up(&k->genl, &kp->p));
	hip_notice(KIF, "hip.ko is there again, its tables filled");
	return 0;
}

/* Asks hip.ko for the pairs that wait: those whose event was lost, and at the
 * start those that an earlier run did not answer.
 */
static void on_settle(evutil_socket_t fd, short what, void *arg)
{
	struct hip_kernel *k = arg;
	int ret;

	if (k->reopen) {
		k->reopen = false;
		if (reopen(k))
			return;
	}
	ret = hip_kgenl_waiting(&k->genl, on_acquire, k);
	if (ret != -EAGAIN)
		hip_kernel_genl(k, "waiting pairs", ret);
	hip_kernel_rtnl(k, "HITs of an earlier run",
			hip_krtnl_settle(&k->rtnl));
}

static void on_locator_add(void *arg, const struct in6_addr *addr,
			   unsigned int ifindex)
{
	struct hip_kernel *k = arg;

	hip_host_locator_add(k->kif.host, addr, ifindex);
}

static void on_locator_del(void *arg, const struct in6_addr *addr,
			   unsigned int ifindex)
{
	struct hip_kernel *k = arg;

	hip_host_locator_del(k->kif.host, addr, ifindex);
}

static const struct hip_krtnl_ops rtnl_ops = {
	.add = on_locator_add,
	.del = on_locator_del,
	.links = on_links,
};

int hip_kernel_watch(struct hip_kernel *k)
{
	k->settle = event_new(k->base, -1, 0, on_settle, k);
	if (!k->settle || watch_events(k))
		return -ENOMEM;
	event_active(k->settle, EV_TIMEOUT, 0);
	return hip_klocator_watch(&k->rtnl, k->base, &rtnl_ops, k);
}

void hip_kernel_unwatch(struct hip_kernel *k)
{
	if (k->events)
		event_free(k->events);
	if (k->settle)
		event_free(k->settle);
	k->events = NULL;
	k->settle = NULL;
	hip_klocator_stop(&k->rtnl);
}
