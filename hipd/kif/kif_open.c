// SPDX-License-Identifier: GPL-2.0
/*
 * Opening the kernel side: sockets, the device, what the kernel can do, what
 * an earlier run left; and closing it, which leaves all of that in place.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "kif_kernel.h"
#include "log.h"

#define DUMP_TRIES 5

static int adopt(void *arg, const struct hip_path *p)
{
	struct hip_kernel *k = arg;
	struct hip_kpath *kp = hip_kpath_note(&k->paths, p);

	if (!kp)
		return -ENOMEM;
	hip_kpath_note_in(&k->paths, kp, p->spi_in);
	kp->out_up = p->spi_out;
	kp->policy = kp->out_up;
	return 0;
}

static bool found_policy(struct hip_kernel *k, const struct hip_kxfrm_found *f)
{
	struct hip_kpath *kp = f->out ? hip_kpath_find(&k->paths, f->id) :
		hip_kpath_newest(&k->paths, &f->to, &f->from);

	if (!kp)
		return false;
	if (f->out)
		kp->found_policy_out = true;
	else
		kp->found_policy_in = true;
	return true;
}

/* An SA that is no path's was made by an exchange that did not end: the peer
 * may have ended it and use new keys already.
 */
static bool found_sa(struct hip_kernel *k, const struct hip_kxfrm_found *f)
{
	struct hip_kpath *kp = hip_kpath_find(&k->paths, f->id);

	if (kp && kp->p.spi_in == f->spi)
		kp->found_in = true;
	else if (kp && kp->p.spi_out == f->spi)
		kp->found_out = true;
	if (kp) {
		kp->worn |= f->worn;
		return true;
	}
	kp = hip_kpath_newest(&k->paths, &f->to, &f->from);
	if (!kp)
		kp = hip_kpath_newest(&k->paths, &f->from, &f->to);
	if (kp)
		kp->unfinished = true;
	return false;
}

bool hip_kernel_found(void *arg, const struct hip_kxfrm_found *f)
{
	return f->spi ? found_sa(arg, f) : found_policy(arg, f);
}

/* What somebody removed while nobody watched. */
static void miss(struct hip_kernel *k)
{
	struct hip_kpath *kp, *head;
	unsigned int lost = 0;

	for (kp = k->paths.by_id; kp; kp = kp->by_id.next) {
		kp->lost = !kp->found_in || !kp->found_out;
		lost += kp->lost;
		head = hip_kpath_newest(&k->paths, &kp->p.local_hit,
					&kp->p.peer_hit);
		if (kp == head && !kp->lost &&
		    (!kp->found_policy_in || !kp->found_policy_out))
			hip_kernel_put_policies(k, kp);
	}
	if (lost)
		hip_warn(KIF, "somebody removed SAs: %u paths made anew", lost);
}

/* Learns the paths of an earlier run; what else lies in xfrm goes. */
static int take_over(struct hip_kernel *k)
{
	int ret, tries = 0;

	do {
		ret = hip_kgenl_paths(&k->genl, adopt, k);
	} while (ret == -EAGAIN && ++tries < DUMP_TRIES);
	if (ret)
		return hip_kernel_genl(k, "paths of an earlier run", ret);
	ret = hip_kxfrm_sweep(&k->xfrm, hip_kernel_found, k);
	if (ret > 0)
		hip_info(KIF, "removed %d SAs and policies that nobody owns",
			 ret);
	if (ret >= 0) {
		miss(k);
		ret = 0;
	}
	return hip_kernel_xfrm(k, "SAs of an earlier run", ret);
}

int hip_kernel_suites(struct hip_kif *kif, struct hip_list *suites, char *err,
		      size_t err_len)
{
	struct hip_kernel *k = (struct hip_kernel *)kif;
	size_t i, n = 0;
	int ret = 0;

	for (i = 0; i < suites->n; i++) {
		ret = hip_kxfrm_probe(&k->xfrm, hip_esp_alg(suites->v[i]));
		if (!ret) {
			suites->v[n++] = suites->v[i];
			continue;
		}
		snprintf(err, err_len,
			 "ESP suite %s: the kernel cannot do it: %s%s%s",
			 hip_esp_alg(suites->v[i])->name, strerror(-ret),
			 k->xfrm.nl.sentence[0] ? ": " : "",
			 k->xfrm.nl.sentence);
		hip_warn(KIF, "%s", err);
	}
	suites->n = n;
	return n ? 0 : ret;
}

static void shut(struct hip_kernel *k)
{
	struct hip_kpath *kp, *tmp;

	hip_kernel_unwatch(k);
	hip_krtnl_close(&k->rtnl);
	hip_kxfrm_close(&k->xfrm);
	hip_kgenl_close(&k->genl);
	HASH_ITER(by_id, k->paths.by_id, kp, tmp)
	{
		hip_kpath_forget(&k->paths, kp);
	}
}

int hip_kernel_open(struct hip_kif *kif, char *err, size_t err_len)
{
	struct hip_kernel *k = (struct hip_kernel *)kif;
	struct hip_config *c = &kif->host->config;
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
	ret = hip_kernel_suites(kif, &c->esp_suites, err, err_len);
	if (ret)
		goto err_shut;
	what = "kernel's tables";
	ret = take_over(k);
	if (ret)
		goto err_sentence;
	what = "locators";
	ret = hip_kernel_watch(k);
	if (ret)
		goto err_sentence;
	return 0;

err_sentence:
	snprintf(err, err_len, "%s: %s", what, strerror(-ret));
err_shut:
	shut(k);
	return ret;
}

void hip_kernel_close(struct hip_kif *kif)
{
	shut((struct hip_kernel *)kif);
	free(kif);
}
