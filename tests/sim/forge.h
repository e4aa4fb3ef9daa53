/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tools of an attacker, also of one with keys: packets are kept on their way,
 * taken out, changed, protected anew and put back.
 */
#ifndef FORGE_H
#define FORGE_H

#include "auth.h"
#include "sim.h"

#define FORGE_KEPT 64

/* The first packets that were sent. */
struct forge_record {
	size_t n;
	struct sim_packet p[FORGE_KEPT];
};

/* What is changed while a packet is copied. */
struct forge_change {
	uint16_t without, with;		/* parameter types, 0 = none */
	const void *data;		/* contents of the new one */
	size_t len;
	/* A new signature, and before it a new MAC; NULL = the old one. */
	const struct hip_key *key;
	const struct hip_hipkeys *keys;
	enum hip_hash hash;
	const uint8_t *host_id;		/* for HIP_MAC_2 */
	size_t host_id_len;
};

/* Two hosts with P-256 alone, whose packets go into @r. */
void forge_begin(struct sim *sim, struct forge_record *r);
/* The newest packet of @type. */
struct sim_packet *forge_kept(struct forge_record *r, uint8_t type);
/* Runs until a packet of @type is in flight, and takes it out. */
void forge_catch(struct sim *sim, uint8_t type, struct sim_packet *out);
void forge_copy(struct sim_packet *out, const struct sim_packet *in,
		const struct forge_change *c);
void forge_checksum(struct sim_packet *p);
void forge_parse(struct hip_packet *p, const struct sim_packet *from);
void forge_inject(struct sim *sim, const struct sim_packet *p);

/* @action makes @host drop @n packets, all under this name. */
#define assert_drop(host, id, n, action) \
do { \
	uint64_t was_ = sim_stat(host, id), all_ = sim_drops(host); \
	action; \
	assert_int_equal(sim_stat(host, id) - was_, n); \
	assert_int_equal(sim_drops(host) - all_, n); \
} while (0)

#endif
