// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel side that speaks netlink: xfrm for ESP (kxfrm.c), hip.ko
 * (kgenl.c), rtnetlink for the device, the HITs and the locators (krtnl.c).
 * Here is what each operation of kif.h means for the three.
 */
#include "kif_kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "kxfrm_stats.h"
#include "log.h"

#define SPI_MIN 256		/* RFC 4303 section 2.1 reserves the rest */

static struct hip_kernel *to_kernel(struct hip_kif *kif)
{
	return (struct hip_kernel *)kif;
}

int hip_kernel_refused(struct hip_kernel *k, const struct hip_nl *nl,
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

/* ---- HITs ---- */

static int kernel_hit_add(struct hip_kif *kif, const struct in6_addr *hit,
			  bool is_default)
{
	struct hip_kernel *k = to_kernel(kif);

	return hip_kernel_rtnl(k, "HIT",
			       hip_krtnl_hit_add(&k->rtnl, hit, is_default));
}

static int kernel_hit_del(struct hip_kif *kif, const struct in6_addr *hit)
{
	struct hip_kernel *k = to_kernel(kif);

	return hip_kernel_rtnl(k, "HIT", hip_krtnl_hit_del(&k->rtnl, hit));
}

/* ---- paths ---- */

static int kernel_spi_alloc(struct hip_kif *kif, const struct hip_path *path,
			    uint32_t *spi)
{
	struct hip_kernel *k = to_kernel(kif);

	do {
		hip_crypto_random(spi, sizeof(*spi));
	} while (*spi < SPI_MIN || hip_kpath_by_spi(&k->paths, *spi));
	return 0;
}

static int kernel_path_in(struct hip_kif *kif, const struct hip_path *path)
{
	struct hip_kernel *k = to_kernel(kif);
	struct hip_kpath *kp = hip_kpath_note(&k->paths, path);
	int ret;

	if (!kp)
		return -ENOMEM;
	ret = hip_kxfrm_in(&k->xfrm, path);
	if (!ret)
		hip_kpath_note_in(&k->paths, kp, path->spi_in);
	else if (!kp->in_up && !kp->out_up)
		hip_kpath_forget(&k->paths, kp);
	/* the caller takes another SPI: RFC 7402 section 4.1 */
	if (ret == -EEXIST)
		return ret;
	return hip_kernel_xfrm(k, "inbound SA", ret);
}

/* What the pair used before is used again; without such a path packets come to
 * hip.ko, which knows whether they wait.
 */
static void path_up_undo(struct hip_kernel *k, struct hip_kpath *kp)
{
	struct hip_path sa = kp->p;
	struct hip_kpath *was;

	sa.spi_in = 0;
	if (kp->out_up)
		hip_kernel_xfrm(k, "outbound SA",
				hip_kxfrm_down(&k->xfrm, &sa, false));
	kp->out_up = false;
	kp->policy = false;
	was = hip_kpath_default(&k->paths, &kp->p.local_hit, &kp->p.peer_hit);
	if (!kp->p.if_id && was && was->policy)
		hip_kernel_xfrm(k, "policy",
				hip_kxfrm_policy_add(&k->xfrm, &was->p));
	else
		hip_kernel_xfrm(k, "policy",
				hip_kxfrm_policy_del(&k->xfrm, &kp->p));
}

static int kernel_path_up(struct hip_kif *kif, const struct hip_path *path)
{
	struct hip_kernel *k = to_kernel(kif);
	struct hip_kpath *kp = hip_kpath_note(&k->paths, path);
	int ret;

	if (!kp)
		return -ENOMEM;
	ret = hip_kernel_xfrm(k, "outbound SA", hip_kxfrm_out(&k->xfrm, path));
	if (!ret) {
		kp->out_up = true;
		kp->policy = true;
		ret = hip_kernel_genl(k, "path", hip_kgenl_up(&k->genl, path));
	}
	if (ret)
		path_up_undo(k, kp);
	return ret;
}

/* The default path goes and none takes its place: packets wait again. */
static void close_default(struct hip_kernel *k, struct hip_kpath *kp)
{
	const struct in6_addr *local = &kp->p.local_hit;
	const struct in6_addr *peer = &kp->p.peer_hit;

	if (!kp->policy || kp->p.if_id ||
	    hip_kpath_default(&k->paths, local, peer) != kp)
		return;
	hip_kernel_genl(k, "association",
			hip_kgenl_assoc_state(&k->genl, local, peer,
					      HIP_KIF_ASSOC_CLOSING, 0));
	hip_kernel_xfrm(k, "policy", hip_kxfrm_policy_del(&k->xfrm, &kp->p));
}

static int kernel_path_down(struct hip_kif *kif, const struct hip_path *path,
			    bool last)
{
	struct hip_kernel *k = to_kernel(kif);
	struct hip_kpath *kp = hip_kpath_find(&k->paths, path->id);
	struct hip_path ours = { .id = path->id, .if_id = path->if_id,
				 .local_hit = path->local_hit,
				 .peer_hit = path->peer_hit };
	int ret, ret2;

	if (!kp && !last)
		return 0;	/* an SPI that came to nothing */
	if (kp) {
		ours = kp->p;
		ours.spi_in = kp->in_up ? ours.spi_in : 0;
		ours.spi_out = kp->out_up ? ours.spi_out : 0;
	}
	if (kp && !last)
		close_default(k, kp);
	ret = hip_kernel_genl(k, "path", hip_kgenl_down(&k->genl, &ours, last));
	ret2 = hip_kernel_xfrm(k, "SAs", hip_kxfrm_down(&k->xfrm, &ours, last));
	if (kp)
		hip_kpath_forget(&k->paths, kp);
	return ret ? ret : ret2;
}

static int kernel_path_stats(struct hip_kif *kif, const struct hip_path *path,
			     struct hip_path_stats *stats)
{
	struct hip_kernel *k = to_kernel(kif);
	const struct hip_kpath *kp = hip_kpath_find(&k->paths, path->id);
	int ret;

	if (!kp || kp->lost)
		return -ENOENT;
	ret = hip_kgenl_path_stats(&k->genl, path->id, stats);
	/* not yet in hip.ko: no traffic yet */
	if (ret == -ENOENT)
		return 0;
	return hip_kernel_genl(k, "path", ret);
}

static int kernel_path_state(struct hip_kif *kif, const struct hip_path *path)
{
	struct hip_kernel *k = to_kernel(kif);
	int ret = hip_kgenl_path_state(&k->genl, path->id);

	if (ret >= 0 || ret == -ENOENT)
		return ret;
	return hip_kernel_genl(k, "path", ret);
}

static int kernel_assoc_stats(struct hip_kif *kif, const struct in6_addr *local,
			      const struct in6_addr *peer,
			      struct hip_path_stats *stats)
{
	struct hip_kernel *k = to_kernel(kif);

	return hip_kernel_genl(k, "association",
			       hip_kgenl_assoc_stats(&k->genl, local, peer,
						     stats));
}

static int kernel_assoc_state(struct hip_kif *kif, const struct in6_addr *local,
			      const struct in6_addr *peer,
			      enum hip_kif_assoc_state state)
{
	struct hip_path pair = { .local_hit = *local, .peer_hit = *peer };
	struct hip_kernel *k = to_kernel(kif);
	struct hip_kpath *kp = hip_kpath_default(&k->paths, local, peer);
	int ret;

	if (state == HIP_KIF_ASSOC_CLOSING) {
		/* hip.ko first: without the policy packets come to it */
		ret = hip_kernel_genl(
			k, "association",
			hip_kgenl_assoc_state(&k->genl, local, peer, state, 0));
		if (ret)
			return ret;
		if (kp)
			kp->policy = false;
		return hip_kernel_xfrm(k, "policy",
				       hip_kxfrm_policy_del(&k->xfrm, &pair));
	}
	if (!kp)
		return -ENOENT;
	kp->policy = true;
	ret = hip_kernel_xfrm(k, "policy",
			      hip_kxfrm_policy_add(&k->xfrm, &kp->p));
	if (ret)
		return ret;
	return hip_kernel_genl(
		k, "association",
		hip_kgenl_assoc_state(&k->genl, local, peer, state, kp->p.id));
}

static int kernel_pair(struct hip_kif *kif, const struct hip_path *path,
		       struct hip_kif_pair *out)
{
	struct hip_kernel *k = to_kernel(kif);
	int ret;

	ret = hip_kernel_genl(k, "association",
			      hip_kgenl_pair(&k->genl, &path->local_hit,
					     &path->peer_hit, out));
	if (ret)
		return ret;
	return hip_kernel_xfrm(k, "SAs", hip_kxfrm_look(&k->xfrm, path, out));
}

static int kernel_acquire_fail(struct hip_kif *kif,
			       const struct in6_addr *local,
			       const struct in6_addr *peer,
			       enum hip_kif_failure why)
{
	struct hip_kernel *k = to_kernel(kif);

	return hip_kernel_genl(k, "association",
			       hip_kgenl_fail(&k->genl, local, peer, why));
}

static int kernel_paths_left(struct hip_kif *kif, hip_kif_path_cb cb, void *arg)
{
	struct hip_kernel *k = to_kernel(kif);
	struct hip_kpath *kp, *tmp;
	int ret = 0;

	/* those learned by open(); @cb may take one down */
	HASH_ITER(by_id, k->paths.by_id, kp, tmp) {
		struct hip_path p = kp->p;

		if (kp->lost)
			p.spi_in = 0;
		if (kp->lost || kp->unfinished)
			p.spi_out = 0;
		ret = cb(arg, &p);
		if (ret)
			break;
	}
	return ret;
}

/* ---- counters ---- */

static int kernel_counters(struct hip_kif *kif, hip_kif_counter_cb cb,
			   void *arg)
{
	struct hip_kernel *k = to_kernel(kif);
	int ret = hip_kgenl_counters(&k->genl, cb, arg);

	if (ret)
		return hip_kernel_genl(k, "counters", ret);
	return hip_kxfrm_stats(cb, arg);
}

static int kernel_route_source(struct hip_kif *kif, const struct in6_addr *peer,
			       struct in6_addr *local)
{
	return hip_krtnl_source(&to_kernel(kif)->rtnl, peer, local);
}

static const struct hip_kif_ops kernel_ops = {
	.name = "kernel",
	.open = hip_kernel_open,
	.close = hip_kernel_close,
	.suites = hip_kernel_suites,
	.hit_add = kernel_hit_add,
	.hit_del = kernel_hit_del,
	.spi_alloc = kernel_spi_alloc,
	.path_in = kernel_path_in,
	.path_up = kernel_path_up,
	.path_down = kernel_path_down,
	.path_stats = kernel_path_stats,
	.path_state = kernel_path_state,
	.assoc_stats = kernel_assoc_stats,
	.assoc_state = kernel_assoc_state,
	.pair = kernel_pair,
	.acquire_fail = kernel_acquire_fail,
	.paths_left = kernel_paths_left,
	.counters = kernel_counters,
	.route_source = kernel_route_source,
};

struct hip_kif *hip_kif_kernel_create(struct hip_host *host,
				      struct event_base *base)
{
	struct hip_kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->kif.ops = &kernel_ops;
	k->kif.host = host;
	k->base = base;
	return &k->kif;
}
