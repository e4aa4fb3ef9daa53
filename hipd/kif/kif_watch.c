// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel reports while the loop runs: packets that wait, hip.ko
 * removed or loaded anew, devices, locators.
 */
#include <errno.h>
#include <stdlib.h>
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

/* A full queue: what it would have told is looked up. */
static void count_overrun(struct hip_kernel *k, const char *whose)
{
	k->kif.host->stats.v[HIP_STAT_KERNEL_OVERRUN]++;
	hip_log_limited(KIF, WARNING,
			"events of %s were lost, more came than can be kept: looking at its tables",
			whose);
}

static void on_events(evutil_socket_t fd, short what, void *arg)
{
	static const struct hip_kgenl_handler handler = {
		.acquire = on_acquire,
		.family = on_family,
	};
	struct hip_kernel *k = arg;
	int ret = hip_kgenl_read_events(&k->genl, &handler, k);

	if (ret != -ENOBUFS) {
		hip_kernel_genl(k, "events", ret);
		return;
	}
	count_overrun(k, "hip.ko");
	k->genl_overrun = true;
	event_active(k->settle, EV_TIMEOUT, 0);
}

static struct event *watch(struct hip_kernel *k, struct nl_sock *sk)
{
	struct event *ev = event_new(k->base, nl_socket_get_fd(sk),
				     EV_READ | EV_PERSIST, on_events, k);

	if (!ev || !event_add(ev, NULL))
		return ev;
	event_free(ev);
	return NULL;
}

static int watch_events(struct hip_kernel *k)
{
	k->events = watch(k, k->genl.events);
	k->families = watch(k, k->genl.families);
	return k->events && k->families ? 0 : -ENOMEM;
}

static void unwatch_events(struct hip_kernel *k)
{
	if (k->events)
		event_free(k->events);
	if (k->families)
		event_free(k->families);
	k->events = NULL;
	k->families = NULL;
}

/* Somebody removed the device, and the HITs with it: make both again. */
static int mend_device(struct hip_kernel *k)
{
	const struct hip_host *host = k->kif.host;
	const struct hip_config *c = &host->config;
	const struct hip_identity *id;
	unsigned int index;
	char err[256];
	int ret;

	ret = hip_krtnl_index(&k->rtnl, c->device, &index);
	if (ret || (index && index == k->rtnl.device))
		return ret;
	ret = hip_krtnl_device(&k->rtnl, c->device, c->mtu, err, sizeof(err));
	if (ret) {
		hip_log_limited(KIF, ERR, "%s", err);
		return ret;
	}
	for (id = host->identities.first; id; id = id->next)
		hip_kernel_rtnl(
			k, "HIT",
			hip_krtnl_hit_add(&k->rtnl, &id->hit, id->is_default));
	hip_notice(KIF, "device %s was gone: made again", c->device);
	return 0;
}

/* Inside devices are named in the configuration and come and go. When it is
 * not known which are there, all stays as it is.
 */
static int on_links(void *arg)
{
	struct hip_kernel *k = arg;
	const struct hip_config *c = &k->kif.host->config;
	uint32_t ifindex[sizeof(c->inside) / sizeof(c->inside[0])];
	size_t n = 0;
	int ret;

	ret = mend_device(k);
	for (size_t i = 0; !ret && i < c->n_inside; i++) {
		ret = hip_krtnl_index(&k->rtnl, c->inside[i], &ifindex[n]);
		if (ifindex[n])
			n++;
		else
			hip_debug(KIF, "inside device %s is not there",
				  c->inside[i]);
	}
	if (!ret)
		hip_kernel_genl(k, "inside devices",
				hip_kgenl_inside_sync(&k->genl, ifindex, n));
	return hip_kernel_rtnl(k, "devices", ret);
}

/* hip.ko's tables are empty: fill them from ours. */
static int reopen(struct hip_kernel *k)
{
	char err[256];
	int ret;

	unwatch_events(k);
	hip_kgenl_close(&k->genl);
	ret = hip_kgenl_open(&k->genl, err, sizeof(err));
	if (!ret)
		ret = watch_events(k);
	else
		hip_log_limited(KIF, ERR, "%s", err);
	if (ret)
		return ret;
	on_links(k);
	/* of one that closes packets wait, without a path too */
	for (struct hip_kpath *kp = k->paths.by_id; kp; kp = kp->by_id.next)
		if (kp->out_up && kp->policy)
			hip_kernel_genl(k, "path",
					hip_kgenl_up(&k->genl, &kp->p));
	hip_notice(KIF, "hip.ko is there again, its tables filled");
	return 0;
}

/* ---- what others do to our SAs and policies ---- */

static bool has_spi(const struct hip_kpath *kp, uint32_t spi)
{
	return !spi || kp->p.spi_in == spi || kp->p.spi_out == spi;
}

typedef bool (*kpath_is)(const struct hip_kpath *kp, uint32_t spi);

/* The ids of those paths of which is() is true: when the host is told of one it
 * may take it down, and others.
 */
static uint32_t *list_paths(struct hip_kernel *k, kpath_is is, uint32_t spi,
			    size_t *n)
{
	struct hip_kpath *kp;
	uint32_t *ids;

	*n = 0;
	ids = calloc(HASH_CNT(by_id, k->paths.by_id) + 1, sizeof(*ids));
	for (kp = k->paths.by_id; ids && kp; kp = kp->by_id.next)
		if (is(kp, spi))
			ids[(*n)++] = kp->p.id;
	return ids;
}

/* The keys are gone with the SA: the host makes new ones. */
static int make_anew(struct hip_kernel *k, kpath_is lost, uint32_t spi)
{
	struct hip_kpath *kp;
	uint32_t *ids;
	size_t n;

	ids = list_paths(k, lost, spi, &n);
	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		hip_kpath_find(&k->paths, ids[i])->lost = true;
	if (n)
		hip_log_limited(KIF, WARNING,
				"somebody removed SAs: %zu paths made anew", n);
	while (n--) {
		kp = hip_kpath_find(&k->paths, ids[n]);
		if (kp)
			hip_host_path_lost(k->kif.host, &kp->p.local_hit,
					   &kp->p.peer_hit);
	}
	free(ids);
	return 0;
}

/* Events were lost, or cannot be heeded now: a look at what there is will
 * do.
 */
static void overrun(struct hip_kernel *k)
{
	k->overrun = true;
	event_active(k->settle, EV_TIMEOUT, 0);
}

static void on_sa_gone(void *arg, uint32_t spi)
{
	struct hip_kernel *k = arg;

	if (make_anew(k, has_spi, spi))
		overrun(k);
}

static void on_sa_worn(void *arg, uint32_t id)
{
	struct hip_kernel *k = arg;
	const struct hip_kpath *kp = hip_kpath_find(&k->paths, id);

	if (kp)
		hip_host_path_worn(k->kif.host, &kp->p);
}

static bool has_pair(const struct hip_kpath *kp, const struct in6_addr *a,
		     const struct in6_addr *b)
{
	const struct in6_addr *l = &kp->p.local_hit, *r = &kp->p.peer_hit;

	return !a || (hip_addr_eq(l, a) && hip_addr_eq(r, b)) ||
	       (hip_addr_eq(l, b) && hip_addr_eq(r, a));
}

void hip_kernel_put_policies(struct hip_kernel *k, const struct hip_kpath *kp)
{
	if (kp->in_up)
		hip_kernel_xfrm(k, "policy",
				hip_kxfrm_policy_in_add(&k->xfrm, &kp->p));
	if (kp->policy)
		hip_kernel_xfrm(k, "policy",
				hip_kxfrm_policy_add(&k->xfrm, &kp->p));
}

static void on_policy_gone(void *arg, const struct in6_addr *from,
			   const struct in6_addr *to)
{
	struct hip_kernel *k = arg;
	struct hip_kpath *kp;
	unsigned int n = 0;

	for (kp = k->paths.by_id; kp; kp = kp->by_id.next) {
		if (!has_pair(kp, from, to))
			continue;
		hip_kernel_put_policies(k, kp);
		n++;
	}
	if (n)
		hip_log_limited(KIF, WARNING,
				"somebody removed policies: those of %u paths made again",
				n);
}

static void on_xfrm_events(evutil_socket_t fd, short what, void *arg)
{
	static const struct hip_kxfrm_handler handler = {
		.sa_gone = on_sa_gone,
		.sa_worn = on_sa_worn,
		.policy_gone = on_policy_gone,
	};
	struct hip_kernel *k = arg;
	int ret = hip_kxfrm_read_events(&k->xfrm, &handler, k);

	if (ret != -ENOBUFS) {
		hip_kernel_xfrm(k, "events", ret);
		return;
	}
	count_overrun(k, "xfrm");
	overrun(k);
}

static bool seen(void *arg, const struct hip_kxfrm_found *f)
{
	hip_kernel_found(arg, f);
	return true;	/* it stays */
}

static bool is_missing(const struct hip_kpath *kp, uint32_t unused)
{
	return !kp->lost && ((kp->in_up && !kp->found_in) ||
			     (kp->out_up && !kp->found_out));
}

static bool is_worn(const struct hip_kpath *kp, uint32_t unused)
{
	return kp->worn && !kp->lost;
}

static int renew_worn(struct hip_kernel *k)
{
	uint32_t *ids;
	size_t n;

	ids = list_paths(k, is_worn, 0, &n);
	if (!ids)
		return -ENOMEM;
	while (n--)
		on_sa_worn(k, ids[n]);
	free(ids);
	return 0;
}

/* Only those that are missing: what we do is an event, too, and all of it
 * together would be the next overrun.
 */
static void mend_policies(struct hip_kernel *k, const struct hip_kpath *kp)
{
	const struct in6_addr *local = &kp->p.local_hit;
	const struct in6_addr *peer = &kp->p.peer_hit;

	if (kp->in_up && !kp->found_policy_in &&
	    kp == hip_kpath_newest(&k->paths, local, peer))
		hip_kernel_xfrm(k, "policy",
				hip_kxfrm_policy_in_add(&k->xfrm, &kp->p));
	if (kp->policy && !kp->found_policy_out &&
	    kp == hip_kpath_default(&k->paths, local, peer))
		hip_kernel_xfrm(k, "policy",
				hip_kxfrm_policy_add(&k->xfrm, &kp->p));
}

/* Events of xfrm were lost: which of our SAs and policies are still there,
 * which SAs have had their time?
 */
static int resync_xfrm(struct hip_kernel *k)
{
	struct hip_kpath *kp;
	int ret;

	for (kp = k->paths.by_id; kp; kp = kp->by_id.next) {
		kp->found_in = kp->found_out = kp->worn = false;
		kp->found_policy_in = kp->found_policy_out = false;
	}
	ret = hip_kxfrm_sweep(&k->xfrm, seen, k);
	if (ret)
		return ret;
	for (kp = k->paths.by_id; kp; kp = kp->by_id.next)
		mend_policies(k, kp);
	ret = make_anew(k, is_missing, 0);
	return ret ? ret : renew_worn(k);
}

/* An overrun of hip.ko's events may have swallowed that it went or came. */
static int resync_genl(struct hip_kernel *k)
{
	int ret = hip_kgenl_check(&k->genl);

	if (ret == -ENOENT)
		on_family(k, false);
	else if (ret == -ESTALE)
		on_family(k, true);
	else
		return hip_kernel_genl(k, "a look at hip.ko", ret);
	return 0;
}

/* Asks hip.ko for the pairs that wait: those whose event was lost, and at the
 * start those that an earlier run did not answer. An answer of which something
 * is missing is asked for again; hip.ko's own reminders would come later.
 */
static int ask_waiting(struct hip_kernel *k)
{
	int ret = hip_kgenl_waiting(&k->genl, on_acquire, k);

	/* gone, or loaded anew: the family's event tells */
	if (ret == -ENOENT)
		return 0;
	return ret == -EAGAIN ? ret : hip_kernel_genl(k, "waiting pairs", ret);
}

static void on_settle(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval later = { .tv_sec = 1 };
	struct hip_kernel *k = arg;
	bool again = false;
	int ret;

	if (k->genl_overrun)
		k->genl_overrun = resync_genl(k);
	if (k->reopen && reopen(k)) {
		event_add(k->settle, &later);
		return;
	}
	k->reopen = false;
	if (k->overrun) {
		ret = resync_xfrm(k);
		k->overrun = ret != 0;
		if (ret != -EAGAIN)
			hip_kernel_xfrm(k, "a look at all SAs", ret);
	}
	if (ask_waiting(k))
		again = true;
	if (again || k->overrun || k->genl_overrun)
		event_add(k->settle, &later);
	hip_kernel_rtnl(k, "HITs of an earlier run",
			hip_krtnl_settle(&k->rtnl));
}

static int watch_xfrm(struct hip_kernel *k)
{
	int ret = hip_kxfrm_watch(&k->xfrm);

	if (ret)
		return ret;
	k->xfrm_events = event_new(k->base,
				   nl_socket_get_fd(k->xfrm.events),
				   EV_READ | EV_PERSIST, on_xfrm_events, k);
	return !k->xfrm_events || event_add(k->xfrm_events, NULL) ? -ENOMEM : 0;
}

/* ---- locators ---- */

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

static void on_rtnl_lost(void *arg)
{
	count_overrun(arg, "rtnetlink");
}

static const struct hip_krtnl_ops rtnl_ops = {
	.add = on_locator_add,
	.del = on_locator_del,
	.links = on_links,
	.lost = on_rtnl_lost,
};

int hip_kernel_watch(struct hip_kernel *k)
{
	int ret;

	k->settle = event_new(k->base, -1, 0, on_settle, k);
	if (!k->settle || watch_events(k))
		return -ENOMEM;
	event_active(k->settle, EV_TIMEOUT, 0);
	ret = watch_xfrm(k);
	if (ret)
		return ret;
	return hip_klocator_watch(&k->rtnl, k->base, &rtnl_ops, k);
}

void hip_kernel_unwatch(struct hip_kernel *k)
{
	unwatch_events(k);
	if (k->xfrm_events)
		event_free(k->xfrm_events);
	if (k->settle)
		event_free(k->settle);
	k->xfrm_events = NULL;
	k->settle = NULL;
	hip_klocator_stop(&k->rtnl);
}
