/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel kif from inside: only kif_kernel.c, kif_open.c and kif_watch.c
 * use it.
 */
#ifndef HIP_KIF_KERNEL_H
#define HIP_KIF_KERNEL_H

#include "kgenl.h"
#include "kif.h"
#include "kpath.h"
#include "krtnl.h"
#include "kxfrm.h"

struct event;
struct event_base;

struct hip_kernel {
	struct hip_kif kif;	/* first: the ops get a pointer to it */
	struct event_base *base;
	struct hip_kxfrm xfrm;
	struct hip_kgenl genl;
	struct hip_krtnl rtnl;
	struct event *events, *families;	/* hip.ko's */
	struct event *xfrm_events;
	struct event *settle;	/* once, when the loop runs; lost events */
	bool reopen;		/* hip.ko was loaded anew */
	bool overrun;		/* events of xfrm were lost */
	bool genl_overrun;	/* those of hip.ko */
	struct hip_kpaths paths;
};

/* Counts and logs a refusal with the kernel's sentence; returns @ret. */
int hip_kernel_refused(struct hip_kernel *k, const struct hip_nl *nl,
		       const char *what, int ret);

static inline int hip_kernel_xfrm(struct hip_kernel *k, const char *what,
				  int ret)
{
	return hip_kernel_refused(k, &k->xfrm.nl, what, ret);
}

static inline int hip_kernel_genl(struct hip_kernel *k, const char *what,
				  int ret)
{
	return hip_kernel_refused(k, &k->genl.nl, what, ret);
}

static inline int hip_kernel_rtnl(struct hip_kernel *k, const char *what,
				  int ret)
{
	return hip_kernel_refused(k, &k->rtnl.nl, what, ret);
}

/* kif_open.c: the kif's open, suites and close */
int hip_kernel_open(struct hip_kif *kif, char *err, size_t err_len);
void hip_kernel_close(struct hip_kif *kif);
int hip_kernel_suites(struct hip_kif *kif, struct hip_list *suites, char *err,
		      size_t err_len);

/* Notes at its path what is there of it; false: it is no path's. */
bool hip_kernel_found(void *arg, const struct hip_kxfrm_found *f);

/* kif_watch.c: events of hip.ko, links and locators, from the loop */
int hip_kernel_watch(struct hip_kernel *k);
void hip_kernel_unwatch(struct hip_kernel *k);
/* The policies of @kp, which somebody removed. */
void hip_kernel_put_policies(struct hip_kernel *k, const struct hip_kpath *kp);

#endif
