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

static bool owned(void *arg, uint32_t id, const struct in6_addr *local,
		  const struct in6_addr *peer)
{
	struct hip_kernel *k = arg;

	if (id)
		return hip_kpath_find(&k->paths, id);
	for (struct hip_kpath *kp = k->paths.by_id; kp; kp = kp->by_id.next)
		if (hip_addr_eq(&kp->p.local_hit, local) &&
		    hip_addr_eq(&kp->p.peer_hit, peer))
			return true;
	return false;
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
	ret = hip_kxfrm_sweep(&k->xfrm, owned, k);
	if (ret > 0)
		hip_info(KIF, "removed %d SAs and policies that nobody owns",
			 ret);
	if (ret > 0)
		ret = 0;
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
