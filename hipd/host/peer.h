/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Known peers: HIT, names and locators, from /etc/hip/hosts ("HIT NAME...
 * LOCATOR...", '#' comments) and from `hip peer add`.
 */
#ifndef HIP_PEER_H
#define HIP_PEER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include "hash.h"

#define HIP_PEER_LOCATORS 16
#define HIP_PEER_NAMES 8
#define HIP_PEER_NAME_MAX 253
#define HIP_PEER_UNUSED_MAX 604800	/* as unused-lifetime's */

/* LEARNED: by a leap of faith (leap.h). */
enum hip_peer_source { HIP_PEER_HOSTS, HIP_PEER_COMMAND, HIP_PEER_LEARNED };

struct hip_peer;

struct hip_peer_name {
	UT_hash_handle hh;		/* by text, lower case */
	struct hip_peer *peer;
	char text[];
};

struct hip_peer {
	UT_hash_handle hh;		/* by hit */
	struct in6_addr hit;
	enum hip_peer_source source;
	long unused_lifetime;		/* s, 0: never; -1: as configured */
	size_t n_names;
	struct hip_peer_name *name[HIP_PEER_NAMES];
	size_t n_locators;
	struct in6_addr locator[];	/* at most HIP_PEER_LOCATORS */
};

struct hip_peers {
	struct hip_peer *by_hit;
	struct hip_peer_name *by_name;
};

/**
 * hip_peers_load() - read a hosts file, all or nothing
 * @peers: those from a hosts file are replaced, those added by command stay
 * @file: "HIT NAME... LOCATOR..." a line, with unused-lifetime=SECONDS anywhere
 *	behind the HIT; a missing file is an empty one
 * @err: on error FILE:LINE, what stands there and what was expected
 * @err_len: its room
 *
 * Pointers to peers are not valid any more afterwards.
 *
 * Return: 0 or a negative errno; then @peers is unchanged.
 */
int hip_peers_load(struct hip_peers *peers, const char *file, char *err,
		   size_t err_len);
/* The same into @out, which was empty; peers added by command are copied from
 * @old. On error @out is not touched.
 */
int hip_peers_read(struct hip_peers *out, const struct hip_peers *old,
		   const char *file, char *err, size_t err_len);
void hip_peers_exit(struct hip_peers *peers);
struct hip_peer *hip_peer_by_hit(const struct hip_peers *peers,
				 const struct in6_addr *hit);
/* Upper and lower case are the same. */
struct hip_peer *hip_peer_by_name(const struct hip_peers *peers,
				  const char *name);
/**
 * hip_peer_add() - add a peer, or replace the one of the same HIT
 * @peers: the table
 * @hit: the peer's HIT, the key of the table
 * @names: @n_names of them, copied in lower case
 * @n_names: at most HIP_PEER_NAMES
 * @locators: @n_locators of them, best first
 * @n_locators: at most HIP_PEER_LOCATORS
 * @source: what hip_peers_load() goes by
 *
 * Return: 0; -EINVAL for what is not a HIT, a name or a locator, for too many
 * of them and for a name given twice; -EEXIST for a name of another peer;
 * -ENOMEM. On error nothing is changed.
 */
int hip_peer_add(struct hip_peers *peers, const struct in6_addr *hit,
		 const char *const *names, size_t n_names,
		 const struct in6_addr *locators, size_t n_locators,
		 enum hip_peer_source source);
void hip_peer_del(struct hip_peers *peers, struct hip_peer *peer);

/* Letters, at least one, digits, '.', '-' and '_', not first '-' or '.'. */
bool hip_peer_name_valid(const char *name);
/* A unicast address that may stand in an outer header, and no HIT. */
bool hip_peer_locator_valid(const struct in6_addr *a);

#endif
