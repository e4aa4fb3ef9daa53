/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hosts in one process on virtual time, with a network between them that
 * loses, doubles, delays, reorders and damages packets, all from one seed, and
 * with kernels that only remember (kif_null.h). With HIP_WORKERS=N each host
 * has N worker threads, otherwise it works in its loop.
 */
#ifndef SIM_H
#define SIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "host.h"
#include "icmp.h"
#include "kif_null.h"

#define SIM_HOSTS 3
#define SIM_OPS 256

struct sim;

/* One thing that a kernel was told, or a packet that left. */
struct sim_op {
	uint64_t at;
	char what[24];		/* "path_in", "path_up", "tx I2", ... */
	uint32_t id, spi_in, spi_out;
};

struct sim_host {
	struct sim *sim;
	unsigned int n;			/* index, part of its addresses */
	struct hip_host h;
	bool running;
	struct hip_key *key;
	struct in6_addr hit, v4, v6;
	struct hip_null_kernel kernel;
	char folder[32];		/* of its saved state; "": none */
	uint64_t r1_counter;		/* the first; 0: by the clock */
	uint8_t boot[16];		/* which boot of the host this is */
	size_t n_ops;
	struct sim_op op[SIM_OPS];
};

struct sim_packet {
	struct sim_packet *next;
	uint64_t at;			/* when it arrives */
	uint64_t serial;
	struct in6_addr src, dst;
	size_t len;
	uint8_t buf[HIP_MAX_PACKET];
};

/* What a test does with a packet that is sent. */
enum sim_verdict { SIM_PASS, SIM_DROP };

struct sim {
	uint64_t now;
	uint64_t seed, rng;
	struct hip_config config;	/* of hosts that are started */
	bool v6;			/* outer family that peers know */
	unsigned int n_hosts;
	struct sim_host host[SIM_HOSTS];
	/* the network: chances in 1000, delay in ns */
	unsigned int loss, dup, corrupt;
	uint64_t delay, jitter;
	enum sim_verdict (*filter)(struct sim *sim, struct sim_packet *p);
	void *arg;
	struct sim_packet *flight;	/* by arrival */
	bool manual;			/* packets wait for sim_deliver() */
	uint64_t n_sent;
	unsigned int type_sent[128];
	struct {			/* the newest ICMP error */
		unsigned int n;		/* in all */
		struct in6_addr src, dst;
		size_t len;
		uint8_t buf[HIP_ICMP_MAX];
	} icmp;
};

/* The seed of this run: HIP_SEED, or random; printed once. */
uint64_t sim_seed(void);
uint64_t sim_random(struct sim *sim, uint64_t below);

/* Keys made once for the process: @which of 0..2 for each algorithm. */
struct hip_key *sim_key(unsigned int alg, unsigned int which);

/* Two hosts, started, knowing each other; P-256 ECDSA unless told otherwise. */
void sim_init(struct sim *sim);
void sim_exit(struct sim *sim);
/* The same in parts: set config and keys between. */
void sim_prepare(struct sim *sim);
void sim_start(struct sim_host *host);
/* The same with a key that is set, and may fail with a sentence; then
 * hip_host_stop() is up to the caller.
 */
int sim_try_start(struct sim_host *host, char *err, size_t err_len);
/* Ends the daemon; its kernel stays, or is emptied by @crash. */
void sim_stop(struct sim_host *host, bool crash);
/* As kill -9: the kernel is told nothing more. */
void sim_kill(struct sim_host *host);
void sim_know(struct sim_host *host, const struct sim_host *peer);
/* Waits for the host's workers, if it has any: no virtual time passes. */
void sim_work(struct sim_host *host);

/* An application on @from sends to @to: 1 arrived through ESP, 0 waits for an
 * association, -1 went into an SA that the other side does not have.
 */
int sim_data(struct sim_host *from, struct sim_host *to);

/* Virtual time: up to @t from now; or until nothing is in flight. */
void sim_run(struct sim *sim, uint64_t t);
void sim_settle(struct sim *sim);
bool sim_step(struct sim *sim, uint64_t until);
/* Delivers this packet now and frees it. */
void sim_deliver(struct sim *sim, struct sim_packet *p);
/* Gives @buf to the host that has @dst, at once. */
void sim_inject(struct sim *sim, const struct in6_addr *src,
		const struct in6_addr *dst, const void *buf, size_t len);

/* The same for an ICMP message. */
void sim_icmp(struct sim *sim, const struct in6_addr *dst, const void *buf,
	      size_t len);

struct hip_assoc *sim_assoc(struct sim_host *host,
			    const struct sim_host *peer);
enum hip_state sim_state(struct sim_host *host, const struct sim_host *peer);
const struct in6_addr *sim_addr(const struct sim_host *host);
/* Sum of all drop_* counters. */
uint64_t sim_drops(const struct sim_host *host);
void sim_print_stats(const struct sim_host *host);
uint8_t sim_type(const struct sim_packet *p);
/* Position of the first operation after @from, or -1. */
int sim_find_op(const struct sim_host *host, const char *what, size_t from);

/* Both ends are up with the same keys and one SA pair. */
void sim_assert_up(struct sim_host *a, struct sim_host *b);
/* Nothing is left of any association. */
void sim_assert_empty(struct sim_host *host);

#define sim_stat(host, id) ((host)->h.stats.v[HIP_STAT_##id])

#endif
