/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One HIP host: everything a daemon has. There is no other global state, so
 * that tests run several hosts in one process.
 *
 * The outside reaches it by hip_host_receive() (a HIP packet), the reports of
 * kif.h, its timers and the control socket; it reaches the outside by
 * struct hip_env and struct hip_kif.
 */
#ifndef HIP_HOST_H
#define HIP_HOST_H

#include "acl.h"
#include "addr.h"
#include "assoc.h"
#include "config.h"
#include "identity.h"
#include "kif.h"
#include "leap.h"
#include "peer.h"
#include "stats.h"
#include "timer.h"
#include "wire.h"

/* What differs between the daemon and a test. */
struct hip_env {
	uint64_t (*now)(void *ctx);		/* monotonic, ns */
	/* Sends a HIP packet (header and parameters, checksum set) from
	 * locator @src to @dst. Returns 0 or a negative errno; a packet that
	 * is lost is no error.
	 */
	int (*send)(void *ctx, const struct in6_addr *src,
		    const struct in6_addr *dst, const void *buf, size_t len);
	/* Sends an ICMP or ICMPv6 message, from its header on; that of
	 * ICMPv6 has no checksum yet. NULL: none are sent.
	 */
	int (*icmp)(void *ctx, const struct in6_addr *src,
		    const struct in6_addr *dst, const void *buf, size_t len);
	void *ctx;
};

#define HIP_EVENT_NOTIFY "NOTIFY "

struct hip_locator {
	struct in6_addr addr;
	unsigned int ifindex;
};

struct hip_dhpool;		/* dhpool.h */
struct hip_jobs;		/* job.h */
struct hip_keylog;		/* keylog.h */
struct hip_load;		/* load.h */
struct hip_ratelimit;		/* ratelimit.h */
struct hip_r1pool;		/* r1pool.h */
struct hip_store;		/* store.h */
struct hip_monitor;		/* ctl.h: who listens to events */

struct hip_host {
	struct hip_config config;
	struct hip_env env;
	struct hip_kif *kif;
	struct hip_timers timers;
	struct hip_identities identities;
	struct hip_peers peers;
	struct hip_acl acl;
	struct hip_leaps leaps;
	struct hip_assocs assocs;
	struct hip_stats stats;
	struct hip_jobs *jobs;		/* NULL = work is done in the loop */
	struct hip_r1pool *r1pool;
	struct hip_dhpool *dhpool;
	struct hip_load *load;		/* puzzle difficulty */
	struct hip_ratelimit *r1_limit;	/* R1s per destination address */
	struct hip_ratelimit *i2_limit;	/* I2s per source address */
	uint64_t icmp_spent;		/* ns, see icmp.c */
	struct hip_ratelimit *notify_tx_limit, *notify_rx_limit;
	struct hip_keylog *keylog;	/* NULL = none */
	/* What outlives the daemon; NULL = nothing. Set before the start. */
	struct hip_store *store;
	/* The first R1 generation counter. The owner sets a value that is
	 * never below one of an earlier run (RFC 7401 section 4.1.4): the
	 * wall clock in ns will do. 0 = take the monotonic clock.
	 */
	uint64_t r1_counter;
	uint64_t r1_ceiling;		/* reserved below (counter.h) */
	/* Grows with each exchange completed and each R1 replaced; PUZZLE's
	 * Opaque carries its low bits, so that an I2 tells when its R1 left.
	 */
	uint64_t epoch;
	struct hip_path spare;		/* id and SPI for the next I2 */
	struct hip_timer leaps_retry;	/* their file could not be written */
	struct hip_timer adopt;		/* peers of an earlier run */
	struct hip_assoc **adopted;	/* not yet started */
	size_t n_adopted;
	struct hip_locator *locators;
	size_t n_locators;
	/* @what: the state, or HIP_EVENT_NOTIFY and the type's name. */
	void (*event)(struct hip_host *host, const struct hip_assoc *assoc,
		      const char *what);	/* NULL or ctl's monitor */
	void *event_ctx;
};

/* @host->config, env and kif are set by the caller before. Opens the kif,
 * adds the HITs, fills the R1 pool. @err is a sentence for the user.
 */
int hip_host_start(struct hip_host *host, char *err, size_t err_len);
/* Without telling the peers; working SAs stay for the next run. Frees all
 * that @host owns but config; identities and peers too.
 */
void hip_host_stop(struct hip_host *host);

uint64_t hip_host_now(const struct hip_host *host);

/* A HIP packet from the network; @buf starts with the HIP header. */
void hip_host_receive(struct hip_host *host, const struct in6_addr *src,
		      const struct in6_addr *dst, const void *buf,
		      size_t len);
/* One that came before and had to wait for a job (job.h). */
void hip_host_again(struct hip_host *host, const struct in6_addr *src,
		    const struct in6_addr *dst, const void *buf, size_t len);

/* New or gone identities and R1s made anew. */
int hip_host_identity_added(struct hip_host *host, struct hip_identity *id);
void hip_host_identity_removed(struct hip_host *host,
			       struct hip_identity *id);

/* Takes @config over and does what the difference asks for. */
int hip_host_configure(struct hip_host *host, const struct hip_config *config);
/* New R1s and new Diffie-Hellman keys, as config is now; answers to the old
 * R1s are still taken.
 */
int hip_host_config_changed(struct hip_host *host);

/* `hip assoc connect`: starts a base exchange, or finds one. @local
 * NULL or zero: the default identity. -EHOSTUNREACH without a locator;
 * -ENOENT without an identity.
 */
int hip_host_connect(struct hip_host *host, const struct in6_addr *local,
		     const struct in6_addr *peer, struct hip_assoc **out);
/* `hip assoc close`: sends CLOSE; -ENOTCONN when it is not up. */
int hip_host_close(struct hip_host *host, struct hip_assoc *assoc);

#endif
