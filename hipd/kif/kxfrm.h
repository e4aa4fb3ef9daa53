/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ESP in the kernel: SAs and policies of NETLINK_XFRM. One SA pair for each
 * path, in BEET mode (RFC 7402 appendix B), and for each pair of HITs one
 * outbound policy per if_id and one inbound policy that takes every SA of the
 * pair.
 */
#ifndef HIP_KXFRM_H
#define HIP_KXFRM_H

#include <linux/xfrm.h>

#include "kif.h"
#include "nl.h"

struct hip_kxfrm {
	struct hip_nl nl;
	unsigned int replay_window;	/* packets */
	bool forward;			/* HITs behind us: policies fwd too */
	struct nl_sock *events;		/* what others do, non-blocking */
};

int hip_kxfrm_open(struct hip_kxfrm *k, unsigned int replay_window,
		   bool forward);
void hip_kxfrm_close(struct hip_kxfrm *k);

/* Makes an SA of this kind and removes it: has the kernel the algorithms? It
 * loads and tests them at their first use, which would take the time of the
 * first base exchange.
 */
int hip_kxfrm_probe(struct hip_kxfrm *k, const struct hip_esp_alg *alg);

/* Inbound SA and policies. -EEXIST: the SPI is taken. */
int hip_kxfrm_in(struct hip_kxfrm *k, const struct hip_path *p);
/* Outbound SA and policy. When one is refused no SA is left, but the policy
 * may name the SA that is not there: the caller puts it right.
 */
int hip_kxfrm_out(struct hip_kxfrm *k, const struct hip_path *p);
/* The outbound policy alone: what it lets through goes to ESP, what it does
 * not waits in hip.ko.
 */
int hip_kxfrm_policy_add(struct hip_kxfrm *k, const struct hip_path *p);
int hip_kxfrm_policy_del(struct hip_kxfrm *k, const struct hip_path *p);
/* Both SAs; with @last the policies of the HIT pair. What is absent is fine. */
int hip_kxfrm_down(struct hip_kxfrm *k, const struct hip_path *p, bool last);

/**
 * hip_kxfrm_sweep() - remove SAs and policies that nobody owns
 * @k: socket
 * @owned: does this SA or policy belong to a path?
 * @arg: its first argument
 *
 * A daemon that was killed between the inbound SA and the path in hip.ko, or
 * a hip.ko loaded anew, leaves SAs and policies between HITs behind; an
 * outbound policy whose peer has lost the keys would swallow packets for ever.
 *
 * Return: how many were removed, or a negative errno.
 */
struct hip_kxfrm_found {
	uint32_t id;			/* reqid; 0: for the HIT pair alone */
	uint32_t spi;			/* 0: a policy */
	bool out;			/* a policy's direction */
	bool worn;			/* an SA at a soft limit */
	struct in6_addr from, to;	/* HITs */
};

typedef bool (*hip_kxfrm_owned)(void *arg, const struct hip_kxfrm_found *f);
int hip_kxfrm_sweep(struct hip_kxfrm *k, hip_kxfrm_owned owned, void *arg);

/* The inbound policies alone, after somebody removed them. */
int hip_kxfrm_policy_in_add(struct hip_kxfrm *k, const struct hip_path *p);

/* Which of @p's outbound policy and SAs are there: @out's alone are set. */
int hip_kxfrm_look(struct hip_kxfrm *k, const struct hip_path *p,
		   struct hip_kif_pair *out);

/* ---- what others do (kxfrm_watch.c) ---- */

/* SAs or policies that are gone; NULL HITs and SPI 0: all. The HITs are those
 * of the selector, in either order.
 */
struct hip_kxfrm_handler {
	void (*sa_gone)(void *arg, uint32_t spi);
	/* An SA of the path @id has reached its soft limit. */
	void (*sa_worn)(void *arg, uint32_t id);
	void (*policy_gone)(void *arg, const struct in6_addr *from,
			    const struct in6_addr *to);
};

int hip_kxfrm_watch(struct hip_kxfrm *k);
/* Takes what the events socket holds, but not what we did ourselves. 0 or a
 * negative errno; -ENOBUFS: events were lost.
 */
int hip_kxfrm_read_events(struct hip_kxfrm *k,
			  const struct hip_kxfrm_handler *handler, void *arg);

/* Is this a selector between two HITs? */
bool hip_kxfrm_is_ours(const struct xfrm_selector *sel);

/* ---- messages (kxfrm_msg.c) ---- */
void hip_kxfrm_put_sa(struct hip_nlbatch *b, const struct hip_path *p,
		      bool out, unsigned int replay_window);
void hip_kxfrm_put_sa_del(struct hip_nlbatch *b, const struct hip_path *p,
			  bool out);
void hip_kxfrm_put_sa_get(struct hip_nlbatch *b, const struct hip_path *p,
			  bool out);
/* @dir: XFRM_POLICY_OUT, _IN or _FWD */
void hip_kxfrm_put_policy(struct hip_nlbatch *b, const struct hip_path *p,
			  int dir);
void hip_kxfrm_put_policy_del(struct hip_nlbatch *b, const struct hip_path *p,
			      int dir);
void hip_kxfrm_put_policy_get(struct hip_nlbatch *b, const struct hip_path *p,
			      int dir);

#endif
