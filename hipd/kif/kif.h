/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel side as hipd sees it: "kernel" speaks netlink to xfrm, rtnetlink
 * and hip.ko; "null" only remembers, for signalling without a data path.
 *
 * All calls are synchronous and come from the event loop. They return 0 or a
 * negative errno; an implementation counts what the kernel refuses
 * (kernel_error) and says why in the log.
 */
#ifndef HIP_KIF_H
#define HIP_KIF_H

#include "keymat.h"

struct event_base;
struct hip_host;
struct hip_kif;
struct hip_list;

/* One SA pair of an association. Owner: the association. */
struct hip_path {
	uint32_t id;			/* ours; also the xfrm reqid, never 0 */
	uint32_t if_id;			/* 0 = the association's default path */
	struct in6_addr local_hit, peer_hit;
	struct in6_addr local, peer;	/* locators */
	uint32_t spi_in, spi_out;	/* host byte order; 0 = not yet known */
	const struct hip_esp_alg *alg;
	struct hip_espkeys in, out;	/* wiped once installed */
	/* hip_host_path_worn() is called when an SA has carried so much; 0 =
	 * no limit
	 */
	uint64_t soft_bytes, soft_packets;
};

struct hip_path_stats {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t last_rx, last_tx;	/* seconds since the epoch, 0 = never */
};

/* Whether packets go out through a path. */
enum hip_kif_path_state {
	HIP_KIF_PATH_SPARE,		/* another path or none takes them */
	HIP_KIF_PATH_UP,
	HIP_KIF_PATH_UNUSABLE,		/* no outbound SA, policy or route */
};

enum hip_kif_assoc_state {
	HIP_KIF_ASSOC_UP,
	HIP_KIF_ASSOC_CLOSING,		/* no new packets: they wait again */
};

/* What the kernel holds of a pair of HITs and one of its paths. */
struct hip_kif_pair {
	enum hip_kif_pair_state {
		HIP_KIF_PAIR_NONE,
		HIP_KIF_PAIR_ACQUIRE,	/* packets wait */
		HIP_KIF_PAIR_UP,
		HIP_KIF_PAIR_CLOSING,	/* as NONE for new packets */
	} state;
	uint32_t path;			/* the default one, 0 = none */
	uint32_t queued;		/* packets that wait */
	bool policy, sa_in, sa_out;	/* are there */
};

/* Why packets that wait for a peer are given up; the sender gets ICMPv6
 * destination unreachable with the code named.
 */
enum hip_kif_failure {
	HIP_KIF_NO_LOCATOR,		/* code 0, no route */
	HIP_KIF_NO_ANSWER,		/* code 3, address unreachable */
	HIP_KIF_REFUSED,	/* code 1, administratively prohibited */
};

typedef int (*hip_kif_path_cb)(void *arg, const struct hip_path *path);
typedef int (*hip_kif_counter_cb)(void *arg, const char *name,
				  uint64_t value, const char *help);

struct hip_kif_ops {
	const char *name;

	/* Device hip0, route 2001:20::/28, sockets, event sources. On failure
	 * @err is a sentence that tells the user what to do (modprobe hip).
	 */
	int (*open)(struct hip_kif *kif, char *err, size_t err_len);
	void (*close)(struct hip_kif *kif);
	/* Takes off the list, with a warning, the ESP suites that the kernel
	 * cannot do; open() has done it for the configuration. An error, and
	 * a sentence about the last one, when none is left.
	 */
	int (*suites)(struct hip_kif *kif, struct hip_list *suites, char *err,
		      size_t err_len);

	int (*hit_add)(struct hip_kif *kif, const struct in6_addr *hit,
		       bool is_default);
	int (*hit_del)(struct hip_kif *kif, const struct in6_addr *hit);

	/* A random SPI in 256..2^32-1 that no SA of this host uses. */
	int (*spi_alloc)(struct hip_kif *kif, const struct hip_path *path,
			 uint32_t *spi);
	/* Inbound SA and policy; before the packet that lets the peer send. */
	int (*path_in)(struct hip_kif *kif, const struct hip_path *path);
	/* Outbound SA and policy, then hip.ko's path and association: packets
	 * that waited go out.
	 */
	int (*path_up)(struct hip_kif *kif, const struct hip_path *path);
	/* Removes what path_in and path_up made; unknown parts are no error.
	 * @last: no other path of the HIT pair is left, the policies and the
	 * association go too; they go alone when the id is 0. Without it,
	 * when this was the default path and none has taken its place, packets
	 * wait again.
	 */
	int (*path_down)(struct hip_kif *kif, const struct hip_path *path,
			 bool last);
	/* -ENOENT: there is none, or somebody else removed its SAs. */
	int (*path_stats)(struct hip_kif *kif, const struct hip_path *path,
			  struct hip_path_stats *stats);
	/* An enum hip_kif_path_state; -ENOENT: hip.ko does not know it. */
	int (*path_state)(struct hip_kif *kif, const struct hip_path *path);
	/* The sum over all paths that the association of these HITs has and
	 * had; 0 when there is none.
	 */
	int (*assoc_stats)(struct hip_kif *kif, const struct in6_addr *local,
			   const struct in6_addr *peer,
			   struct hip_path_stats *stats);

	int (*assoc_state)(struct hip_kif *kif, const struct in6_addr *local,
			   const struct in6_addr *peer,
			   enum hip_kif_assoc_state state);
	/* For `hip explain`: what decides about a packet of @path's HITs.
	 * @path with id 0: only its HITs are known.
	 */
	int (*pair)(struct hip_kif *kif, const struct hip_path *path,
		    struct hip_kif_pair *out);
	/* The packets that wait for @peer are dropped and answered. */
	int (*acquire_fail)(struct hip_kif *kif, const struct in6_addr *local,
			    const struct in6_addr *peer,
			    enum hip_kif_failure why);

	/* SA pairs that an earlier run left. spi_in 0: somebody removed them;
	 * spi_out 0: they work, but the peer may have newer ones.
	 */
	int (*paths_left)(struct hip_kif *kif, hip_kif_path_cb cb, void *arg);
	/* hip.ko's and xfrm's counters, for `hip stats`. */
	int (*counters)(struct hip_kif *kif, hip_kif_counter_cb cb,
			void *arg);
	/* The source locator that the routing table gives towards @peer. */
	int (*route_source)(struct hip_kif *kif, const struct in6_addr *peer,
			    struct in6_addr *local);
};

/* Base of every implementation; embedded first. */
struct hip_kif {
	const struct hip_kif_ops *ops;
	struct hip_host *host;
};

/* Constructors; the result is freed by ops->close(). */
struct hip_kif *hip_kif_null_create(struct hip_host *host);
struct hip_kif *hip_kif_kernel_create(struct hip_host *host,
				      struct event_base *base);

/* What an implementation reports (host.c):
 * a packet waits for @peer; SAs are gone; an SA has reached its path's soft
 * limit; the host's locators changed.
 */
void hip_host_acquire(struct hip_host *host, const struct in6_addr *local,
		      const struct in6_addr *peer);
/* Somebody removed SAs of this pair. */
void hip_host_path_lost(struct hip_host *host, const struct in6_addr *local,
			const struct in6_addr *peer);
void hip_host_path_worn(struct hip_host *host, const struct hip_path *path);
void hip_host_locator_add(struct hip_host *host, const struct in6_addr *addr,
			  unsigned int ifindex);
void hip_host_locator_del(struct hip_host *host, const struct in6_addr *addr,
			  unsigned int ifindex);

#endif
