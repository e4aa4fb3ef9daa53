// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel side that speaks netlink: xfrm for ESP (kxfrm.c), hip.ko
 * (kgenl.c), rtnetlink for the device, the HITs and the locators (krtnl.c).
 *
 * It remembers which SAs it made, so that it removes no others: an SPI that
 * was taken belongs to somebody else.
 */
#include "kif.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <uthash.h>

#include "host.h"
#include "kgenl.h"
#include "krtnl.h"
#include "kxfrm.h"
#include "log.h"

#define SPI_MIN 256		/* RFC 4303 section 2.1 reserves the rest */
#define DUMP_TRIES 5

/* One path that has something in the kernel. */
struct kpath {
	UT_hash_handle by_id;
	UT_hash_handle by_spi;	/* in the table while in_up */
	struct hip_path p;	/* without keys */
	bool in_up, out_up;	/* SAs that are ours */
};

struct kernel {
	struct hip_kif kif;
	struct event_base *base;
	struct hip_kxfrm xfrm;
	struct hip_kgenl genl;
	struct hip_krtnl rtnl;
	struct event *events;	/* hip.ko's */
	struct event *settle;	/* once, when the loop runs; lost events */
	bool reopen;		/* hip.ko was loaded anew */
	struct kpath *paths;	/* by id */
	struct kpath *spis;	/* by inbound SPI */
};

static struct kernel *to_kernel(struct hip_kif *kif)
{
	return (struct kernel *)kif;	/* kif is the first member */
}

/* ---- what we made ---- */

static struct kpath *find_path(const struct kernel *k, uint32_t id)
{
	struct kpath *kp;

	HASH_FIND(by_id, k->paths, &id, sizeof(id), kp);
	return kp;
}

static struct kpath *find_spi(const struct kernel *k, uint32_t spi)
{
	struct kpath *kp;

	HASH_FIND(by_spi, k->spis, &spi, sizeof(spi), kp);
	return kp;
}

static void remember_public(struct kpath *kp, const struct hip_path *p)
{
	kp->p.id = p->id;
	kp->p.if_id = p->if_id;
	kp->p.local_hit = p->local_hit;
	kp->p.peer_hit = p->peer_hit;
	kp->p.local = p->local;
	kp->p.peer = p->peer;
	kp->p.spi_out = p->spi_out;
}

static struct kpath *note_path(struct kernel *k, const struct hip_path *p)
{
	struct kpath *kp = find_path(k, p->id);

	if (!kp) {
		kp = calloc(1, sizeof(*kp));
		if (!kp)
			return NULL;
		kp->p.id = p->id;
		HASH_ADD(by_id, k->paths, p.id, sizeof(kp->p.id), kp);
	}
	remember_public(kp, p);
	return kp;
}

static void note_in(struct kernel *k, struct kpath *kp, uint32_t spi)
{
	if (kp->in_up)
		HASH_DELETE(by_spi, k->spis, kp);
	kp->in_up = true;
	kp->p.spi_in = spi;
	HASH_ADD(by_spi, k->spis, p.spi_in, sizeof(kp->p.spi_in), kp);
}

static void forget_path(struct kernel *k, struct kpath *kp)
{
	if (kp->in_up)
		HASH_DELETE(by_spi, k->spis, kp);
	HASH_DELETE(by_id, k->paths, kp);
	free(kp);
}

static int refused(struct kernel *k, const struct hip_nl *nl,
		   const char *what, int ret)
{
	if (!ret)
		return 0;
	k->kif.host->stats.v[HIP_STAT_KERNEL_ERROR]++;
	hip_log_limited(KIF, WARNING, "%s: %s: %s%s%s", what, nl->name,
			strerror(-ret), nl->sentence[0] ? ": " : "",
			nl->sentence);
	return ret;
}

/* ---- events ---- */

static void on_acquire(void *arg, const struct in6_addr *local,
		       const struct in6_addr *peer)
{
	struct kernel *k = arg;

	hip_host_acquire(k->kif.host, local, peer);
}

static void on_family(void *arg, bool present)
{
	struct kernel *k = arg;

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
	struct kernel *k = arg;
	int ret = hip_kgenl_read_events(&k->genl, &handler, k);

	if (!ret)
		return;
	refused(k, &k->genl.nl, "events", ret);
	if (ret == -ENOBUFS)
		event_active(k->settle, EV_TIMEOUT, 0);
}

static int watch_events(struct kernel *k)
{
	k->events = event_new(k->base, nl_socket_get_fd(k->genl.events),
			      EV_READ | EV_PERSIST, on_events, k);
	return !k->events || event_add(k->events, NULL) ? -ENOMEM : 0;
}

static void on_links(void *arg);

/* hip.ko's tables are empty: fill them from ours. */
static int reopen(struct kernel *k)
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
	for (struct kpath *kp = k->paths; kp; kp = kp->by_id.next)
		if (kp->out_up)
			refused(k, &k->genl.nl, "path",
				hip_kgenl_up(&k->genl, &kp->p));
	hip_notice(KIF, "hip.ko is there again, its tables filled");
	return 0;
}

/* Asks hip.ko for the pairs that wait: those whose event was lost, and at the
 * start those that an earlier run did not answer.
 */
static void on_settle(evutil_socket_t fd, short what, void *arg)
{
	struct kernel *k = arg;
	int ret;

	if (k->reopen) {
		k->reopen = false;
		if (reopen(k))
			return;
	}
	ret = hip_kgenl_waiting(&k->genl, on_acquire, k);
	if (ret != -EAGAIN)
		refused(k, &k->genl.nl, "waiting pairs", ret);
	refused(k, &k->rtnl.nl, "HITs of an earlier run",
		hip_krtnl_settle(&k->rtnl));
}

static void on_locator_add(void *arg, const struct in6_addr *addr,
			   unsigned int ifindex)
{
	struct kernel *k = arg;

	hip_host_locator_add(k->kif.host, addr, ifindex);
}

static void on_locator_del(void *arg, const struct in6_addr *addr,
			   unsigned int ifindex)
{
	struct kernel *k = arg;

	hip_host_locator_del(k->kif.host, addr, ifindex);
}

/* Inside devices are named in the configuration and come and go. */
static void on_links(void *arg)
{
	struct kernel *k = arg;
	const struct hip_config *c = &k->kif.host->config;
	uint32_t ifindex[sizeof(c->inside) / sizeof(c->inside[0])];
	size_t n = 0;

	for (size_t i = 0; i < c->n_inside; i++) {
		ifindex[n] = if_nametoindex(c->inside[i]);
		if (ifindex[n])
			n++;
		else
			hip_debug(KIF, "inside device %s is not there",
				  c->inside[i]);
	}
	refused(k, &k->genl.nl, "inside devices",
		hip_kgenl_inside_sync(&k->genl, ifindex, n));
}

static const struct hip_krtnl_ops rtnl_ops = {
	.add = on_locator_add,
	.del = on_locator_del,
	.links = on_links,
};

/* ---- opening ---- */

static int adopt(void *arg, const struct hip_path *p)
{
	struct kernel *k = arg;
	struct kpath *kp = note_path(k, p);

	if (!kp)
		return -ENOMEM;
	note_in(k, kp, p->spi_in);
	kp->out_up = p->spi_out;
	return 0;
}

static bool owned(void *arg, uint32_t id, const struct in6_addr *local,
		  const struct in6_addr *peer)
{
	struct kernel *k = arg;

	if (id)
		return find_path(k, id);
	for (struct kpath *kp = k->paths; kp; kp = kp->by_id.next)
		if (hip_addr_eq(&kp->p.local_hit, local) &&
		    hip_addr_eq(&kp->p.peer_hit, peer))
			return true;
	return false;
}

/* Learns the paths of an earlier run; what else lies in xfrm goes. */
static int take_over(struct kernel *k)
{
	int ret, tries = 0;

	do {
		ret = hip_kgenl_paths(&k->genl, adopt, k);
	} while (ret == -EAGAIN && ++tries < DUMP_TRIES);
	if (ret)
		return refused(k, &k->genl.nl, "paths of an earlier run", ret);
	ret = hip_kxfrm_sweep(&k->xfrm, owned, k);
	if (ret > 0)
		hip_info(KIF, "removed %d SAs and policies that nobody owns",
			 ret);
	return ret < 0 ? refused(k, &k->xfrm.nl, "SAs of an earlier run",
				 ret) : 0;
}

static int probe_suites(struct kernel *k, char *err, size_t err_len)
{
	const struct hip_list *suites = &k->kif.host->config.esp_suites;
	int ret;

	for (size_t i = 0; i < suites->n; i++) {
		const struct hip_esp_alg *alg = hip_esp_alg(suites->v[i]);

		if (!alg)
			continue;	/* config.c refuses those */
		ret = hip_kxfrm_probe(&k->xfrm, alg);
		if (!ret)
			continue;
		snprintf(err, err_len,
			 "ESP suite %s: the kernel cannot do it: %s%s%s",
			 alg->name, strerror(-ret),
			 k->xfrm.nl.sentence[0] ? ": " : "",
			 k->xfrm.nl.sentence);
		return ret;
	}
	return 0;
}

static int watch(struct kernel *k)
{
	k->settle = event_new(k->base, -1, 0, on_settle, k);
	if (!k->settle || watch_events(k))
		return -ENOMEM;
	event_active(k->settle, EV_TIMEOUT, 0);
	return hip_klocator_watch(&k->rtnl, k->base, &rtnl_ops, k);
}

static void shut(struct kernel *k)
{
	struct kpath *kp, *tmp;

	if (k->events)
		event_free(k->events);
	if (k->settle)
		event_free(k->settle);
	k->events = NULL;
	k->settle = NULL;
	hip_krtnl_close(&k->rtnl);
	hip_kxfrm_close(&k->xfrm);
	hip_kgenl_close(&k->genl);
	HASH_ITER(by_id, k->paths, kp, tmp)
		forget_path(k, kp);
}

static int kernel_open(struct hip_kif *kif, char *err, size_t err_len)
{
	struct kernel *k = to_kernel(kif);
	const struct hip_config *c = &kif->host->config;
	const char *what = "netlink";
	int ret;

	/* hip.ko first: nothing is made on a host that cannot work */
	ret = hip_kgenl_open(&k->genl, err, err_len);
	if (ret)
		return ret;
	ret = hip_krtnl_open(&k->rtnl);
	if (!ret)
		ret = hip_kxfrm_open(&k->xfrm, c->replay_window, c->n_inside);
	if (ret)
		goto err_sentence;
	ret = hip_krtnl_device(&k->rtnl, c->device, c->mtu, err, err_len);
	if (ret)
		goto err_shut;
	ret = probe_suites(k, err, err_len);
	if (ret)
		goto err_shut;
	what = "kernel's tables";
	ret = take_over(k);
	if (ret)
		goto err_sentence;
	what = "locators";
	ret = watch(k);
	if (ret)
		goto err_sentence;
	return 0;

err_sentence:
	snprintf(err, err_len, "%s: %s", what, strerror(-ret));
err_shut:
	shut(k);
	return ret;
}

static void kernel_close(struct hip_kif *kif)
{
	shut(to_kernel(kif));
	free(kif);
}

/* ---- HITs ---- */

static int kernel_hit_add(struct hip_kif *kif, const struct in6_addr *hit,
			  bool is_default)
{
	struct kernel *k = to_kernel(kif);

	return refused(k, &k->rtnl.nl, "HIT",
		       hip_krtnl_hit_add(&k->rtnl, hit, is_default));
}

static int kernel_hit_del(struct hip_kif *kif, const struct in6_addr *hit)
{
	struct kernel *k = to_kernel(kif);

	return refused(k, &k->rtnl.nl, "HIT",
		       hip_krtnl_hit_del(&k->rtnl, hit));
}

/* ---- paths ---- */

static int kernel_spi_alloc(struct hip_kif *kif, const struct hip_path *path,
			    uint32_t *spi)
{
	struct kernel *k = to_kernel(kif);

	do {
		hip_crypto_random(spi, sizeof(*spi));
	} while (*spi < SPI_MIN || find_spi(k, *spi));
	return 0;
}

static int kernel_path_in(struct hip_kif *kif, const struct hip_path *path)
{
	struct kernel *k = to_kernel(kif);
	struct kpath *kp = note_path(k, path);
	int ret;

	if (!kp)
		return -ENOMEM;
	ret = hip_kxfrm_in(&k->xfrm, path);
	if (!ret)
		note_in(k, kp, path->spi_in);
	else if (!kp->in_up && !kp->out_up)
		forget_path(k, kp);
	/* the caller takes another SPI: RFC 7402 section 4.1 */
	return ret == -EEXIST ? ret :
				refused(k, &k->xfrm.nl, "inbound SA", ret);
}

static int kernel_path_up(struct hip_kif *kif, const struct hip_path *path)
{
	struct kernel *k = to_kernel(kif);
	struct kpath *kp = note_path(k, path);
	int ret;

	if (!kp)
		return -ENOMEM;
	ret = hip_kxfrm_out(&k->xfrm, path);
	if (ret)
		return refused(k, &k->xfrm.nl, "outbound SA", ret);
	kp->out_up = true;
	return refused(k, &k->genl.nl, "path",
		       hip_kgenl_up(&k->genl, path));
}

static int kernel_path_down(struct hip_kif *kif, const struct hip_path *path,
			    bool last)
{
	struct kernel *k = to_kernel(kif);
	struct kpath *kp = find_path(k, path->id);
	struct hip_path ours = kp ? kp->p : *path;
	int ret, ret2;

	if (!kp && !last)
		return 0;	/* an SPI that came to nothing */
	if (!kp || !kp->in_up)
		ours.spi_in = 0;
	if (!kp || !kp->out_up)
		ours.spi_out = 0;
	ret = refused(k, &k->genl.nl, "path",
		      hip_kgenl_down(&k->genl, &ours, last));
	ret2 = refused(k, &k->xfrm.nl, "SAs",
		       hip_kxfrm_down(&k->xfrm, &ours, last));
	if (kp)
		forget_path(k, kp);
	return ret ? ret : ret2;
}

static int kernel_path_stats(struct hip_kif *kif, const struct hip_path *path,
			     struct hip_path_stats *stats)
{
	struct kernel *k = to_kernel(kif);
	int ret = hip_kgenl_path_stats(&k->genl, path->id, stats);

	/* not yet in hip.ko: no traffic yet */
	return ret == -ENOENT ? 0 :
				refused(k, &k->genl.nl, "path", ret);
}

static struct kpath *default_path(const struct kernel *k,
				  const struct in6_addr *local,
				  const struct in6_addr *peer)
{
	struct kpath *best = NULL;

	/* the newest, as that took the default policy over */
	for (struct kpath *kp = k->paths; kp; kp = kp->by_id.next)
		if (kp->out_up && !kp->p.if_id &&
		    hip_addr_eq(&kp->p.local_hit, local) &&
		    hip_addr_eq(&kp->p.peer_hit, peer))
			best = kp;
	return best;
}

static int kernel_assoc_state(struct hip_kif *kif,
			      const struct in6_addr *local,
			      const struct in6_addr *peer,
			      enum hip_kif_assoc_state state)
{
	struct hip_path pair = { .local_hit = *local, .peer_hit = *peer };
	struct kernel *k = to_kernel(kif);
	struct kpath *kp;
	int ret;

	if (state == HIP_KIF_ASSOC_CLOSING) {
		/* hip.ko first: without the policy packets come to it */
		ret = refused(k, &k->genl.nl, "association",
			      hip_kgenl_assoc_state(&k->genl, local, peer,
						    state, 0));
		if (ret)
			return ret;
		return refused(k, &k->xfrm.nl, "policy",
			       hip_kxfrm_policy_del(&k->xfrm, &pair));
	}
	kp = default_path(k, local, peer);
	if (!kp)
		return -ENOENT;
	ret = refused(k, &k->xfrm.nl, "policy",
		      hip_kxfrm_policy_add(&k->xfrm, &kp->p));
	if (ret)
		return ret;
	return refused(k, &k->genl.nl, "association",
		       hip_kgenl_assoc_state(&k->genl, local, peer, state,
					     kp->p.id));
}

static int kernel_acquire_fail(struct hip_kif *kif,
			       const struct in6_addr *local,
			       const struct in6_addr *peer,
			       enum hip_kif_failure why)
{
	struct kernel *k = to_kernel(kif);

	return refused(k, &k->genl.nl, "association",
		       hip_kgenl_fail(&k->genl, local, peer, why));
}

static int kernel_paths_left(struct hip_kif *kif, hip_kif_path_cb cb,
			     void *arg)
{
	struct kernel *k = to_kernel(kif);
	struct kpath *kp, *tmp;
	int ret = 0;

	/* those learned by open(); @cb may take one down */
	HASH_ITER(by_id, k->paths, kp, tmp) {
		struct hip_path p = kp->p;

		ret = cb(arg, &p);
		if (ret)
			break;
	}
	return ret;
}

/* ---- counters ---- */

static int xfrm_counters(hip_kif_counter_cb cb, void *arg)
{
	unsigned long long v;
	char name[64];
	FILE *f;
	int ret = 0;

	/* a kernel may be built without CONFIG_XFRM_STATISTICS */
	f = fopen("/proc/self/net/xfrm_stat", "re");
	if (!f)
		return 0;
	while (!ret && fscanf(f, "%63s %llu", name, &v) == 2)
		ret = cb(arg, name, v,
			 "IPsec in the kernel, this network namespace");
	fclose(f);
	return ret;
}

static int kernel_counters(struct hip_kif *kif, hip_kif_counter_cb cb,
			   void *arg)
{
	struct kernel *k = to_kernel(kif);
	int ret = hip_kgenl_counters(&k->genl, cb, arg);

	if (ret)
		return refused(k, &k->genl.nl, "counters", ret);
	return xfrm_counters(cb, arg);
}

static int kernel_route_source(struct hip_kif *kif,
			       const struct in6_addr *peer,
			       struct in6_addr *local)
{
	return hip_krtnl_source(&to_kernel(kif)->rtnl, peer, local);
}

static const struct hip_kif_ops kernel_ops = {
	.name = "kernel",
	.open = kernel_open,
	.close = kernel_close,
	.hit_add = kernel_hit_add,
	.hit_del = kernel_hit_del,
	.spi_alloc = kernel_spi_alloc,
	.path_in = kernel_path_in,
	.path_up = kernel_path_up,
	.path_down = kernel_path_down,
	.path_stats = kernel_path_stats,
	.assoc_state = kernel_assoc_state,
	.acquire_fail = kernel_acquire_fail,
	.paths_left = kernel_paths_left,
	.counters = kernel_counters,
	.route_source = kernel_route_source,
};

struct hip_kif *hip_kif_kernel_create(struct hip_host *host,
				      struct event_base *base)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->kif.ops = &kernel_ops;
	k->kif.host = host;
	k->base = base;
	return &k->kif;
}
