/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rtnetlink: the device that holds the HITs with its route, the host's
 * locators, and the routing table's choice of a source locator.
 */
#ifndef HIP_KRTNL_H
#define HIP_KRTNL_H

#include <netinet/in.h>

#include "nl.h"

struct event;
struct event_base;
struct hip_krtnl_locator;

struct hip_krtnl_ops {
	void (*add)(void *arg, const struct in6_addr *addr,
		    unsigned int ifindex);
	void (*del)(void *arg, const struct in6_addr *addr,
		    unsigned int ifindex);
	/* or NULL: devices changed; after an error it is asked again */
	int (*links)(void *arg);
	void (*lost)(void *arg);	/* or NULL: more events than room */
};

struct hip_krtnl {
	struct hip_nl nl;
	unsigned int device;		/* ifindex of hip0, 0 = none */
	struct in6_addr *stale;		/* HITs found on it, not yet added */
	size_t n_stale;
	struct hip_krtnl_locator *locators;	/* as reported, sorted */
	size_t n_locators;
	struct nl_sock *events;
	struct event *event, *retry;
	const struct hip_krtnl_ops *ops;
	void *arg;
};

int hip_krtnl_open(struct hip_krtnl *k);
void hip_krtnl_close(struct hip_krtnl *k);

/**
 * hip_krtnl_device() - make or find the dummy device for the HITs
 * @k: open socket; k->device is set
 * @name: "hip0"
 * @mtu: its MTU, octets
 * @err: a sentence for the user
 * @err_len: its room
 *
 * Up, without a link-local address. The HITs that an earlier run left stay,
 * so that its traffic goes on, until hip_krtnl_settle().
 *
 * Return: 0 or a negative errno.
 */
int hip_krtnl_device(struct hip_krtnl *k, const char *name, uint32_t mtu,
		     char *err, size_t err_len);

/* *@index is 0 when there is no such device. Return: 0 or a negative errno;
 * if_nametoindex() would fail without a descriptor to spare.
 */
int hip_krtnl_index(struct hip_krtnl *k, const char *name,
		    unsigned int *index);

/* HIT/128 on the device; for the default HIT also the route to all HITs with
 * it as preferred source.
 */
int hip_krtnl_hit_add(struct hip_krtnl *k, const struct in6_addr *hit,
		      bool is_default);
int hip_krtnl_hit_del(struct hip_krtnl *k, const struct in6_addr *hit);

/* Removes the HITs that were found at the start and not added since. */
int hip_krtnl_settle(struct hip_krtnl *k);

/* -EHOSTUNREACH without a route or a usable source. */
int hip_krtnl_source(struct hip_krtnl *k, const struct in6_addr *peer,
		     struct in6_addr *local);

/* ---- locators (klocator.c) ---- */

/* Reports the present locators at once and changes from @base's loop. */
int hip_klocator_watch(struct hip_krtnl *k, struct event_base *base,
		       const struct hip_krtnl_ops *ops, void *arg);
void hip_klocator_stop(struct hip_krtnl *k);

#endif
