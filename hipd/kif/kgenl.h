/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hip.ko's generic netlink family "hip"
 * (Documentation/netlink/specs/hip.yaml): associations, paths, inside devices,
 * counters, and its events.
 */
#ifndef HIP_KGENL_H
#define HIP_KGENL_H

#include "kif.h"
#include "nl.h"

struct hip_kgenl {
	struct hip_nl nl;
	uint16_t family;
	struct nl_sock *events;		/* of group "events", non-blocking */
	struct nl_sock *families;	/* of those that come and go, too */
};

/* -ENOENT: no such family, hip.ko is not loaded; @err says what to do. */
int hip_kgenl_open(struct hip_kgenl *k, char *err, size_t err_len);
void hip_kgenl_close(struct hip_kgenl *k);

/* The path and, for a default path, the association: what waited goes out. */
int hip_kgenl_up(struct hip_kgenl *k, const struct hip_path *p);
/* What is absent is fine. */
int hip_kgenl_down(struct hip_kgenl *k, const struct hip_path *p, bool last);
/* @default_path: 0 leaves it as it is. */
int hip_kgenl_assoc_state(struct hip_kgenl *k, const struct in6_addr *local,
			  const struct in6_addr *peer,
			  enum hip_kif_assoc_state state,
			  uint32_t default_path);
int hip_kgenl_fail(struct hip_kgenl *k, const struct in6_addr *local,
		   const struct in6_addr *peer, enum hip_kif_failure why);
/* @out's policy and SAs are left alone. An absent pair is state NONE. */
int hip_kgenl_pair(struct hip_kgenl *k, const struct in6_addr *local,
		   const struct in6_addr *peer, struct hip_kif_pair *out);
int hip_kgenl_path_stats(struct hip_kgenl *k, uint32_t id,
			 struct hip_path_stats *stats);
/* An enum hip_kif_path_state, or a negative errno. */
int hip_kgenl_path_state(struct hip_kgenl *k, uint32_t id);
/* All 0 for an absent pair. */
int hip_kgenl_assoc_stats(struct hip_kgenl *k, const struct in6_addr *local,
			  const struct in6_addr *peer,
			  struct hip_path_stats *stats);

/* Dumps. -EAGAIN: the table changed meanwhile, entries may be missing or
 * come twice; ask again.
 */
int hip_kgenl_paths(struct hip_kgenl *k, hip_kif_path_cb cb, void *arg);
int hip_kgenl_counters(struct hip_kgenl *k, hip_kif_counter_cb cb, void *arg);

typedef void (*hip_kgenl_acquire)(void *arg, const struct in6_addr *local,
				  const struct in6_addr *peer);
/* The pairs that wait in the kernel's table. */
int hip_kgenl_waiting(struct hip_kgenl *k, hip_kgenl_acquire cb, void *arg);

struct hip_kgenl_handler {
	hip_kgenl_acquire acquire;	/* a packet waits */
	/* hip.ko was removed, or is there anew with empty tables: then all of
	 * @k must be opened again, though not from within this call
	 */
	void (*family)(void *arg, bool present);
};

/**
 * hip_kgenl_read_events() - take what the two sockets for events hold
 * @k: the family
 * @handler: called for each event
 * @arg: its functions' first argument
 *
 * Return: 0, or -ENOBUFS when events were lost: acquires, which
 * hip_kgenl_waiting() finds again, or those of the family, for which there is
 * hip_kgenl_check(); or another negative errno.
 */
int hip_kgenl_read_events(struct hip_kgenl *k,
			  const struct hip_kgenl_handler *handler, void *arg);
/* 0 when hip.ko is still the one that @k was opened for, -ESTALE when it was
 * loaded anew, -ENOENT when it is gone, or another negative errno.
 */
int hip_kgenl_check(struct hip_kgenl *k);

/* For the files kgenl_*.c: a request with command @cmd, and a dump. */
struct nl_msg *hip_kgenl_add(struct hip_kgenl *k, struct hip_nlbatch *b,
			     uint8_t cmd, uint16_t flags);
int hip_kgenl_dump(struct hip_kgenl *k, uint8_t cmd, hip_nl_cb cb, void *arg);

/* kgenl_inside.c: exactly these devices are inside. */
int hip_kgenl_inside_sync(struct hip_kgenl *k, const uint32_t *ifindex,
			  size_t n);

#endif
