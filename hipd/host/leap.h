/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leap of faith: which HIT a locator had when this host first asked there
 * without knowing one (opportunistic mode, RFC 7401 section 4.1.8). Kept in a
 * file of hipd's own, "HIT LOCATOR" a line, so that a change is noticed.
 */
#ifndef HIP_LEAP_H
#define HIP_LEAP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "hash.h"

struct hip_peers;

struct hip_leap {
	UT_hash_handle hh;
	struct in6_addr addr;		/* the key: a locator */
	struct in6_addr hit;
	struct in6_addr refused;	/* what it claims to be now, or zero */
};

struct hip_leaps {
	struct hip_leap *by_addr;
	char file[HIP_CONFIG_PATH];	/* "" = nothing is kept */
	bool unsaved;			/* the file is not what the table is */
};

/* Reads @file; a missing one is an empty one. 0, or a negative errno with
 * FILE:LINE, what stands there and what was expected in @err.
 */
int hip_leaps_load(struct hip_leaps *leaps, const char *file, char *err,
		   size_t err_len);
void hip_leaps_exit(struct hip_leaps *leaps);
/* The learned peers of @peers become what @leaps says; a HIT that the hosts
 * file or a command names stays as it is.
 */
void hip_leaps_tell(const struct hip_leaps *leaps, struct hip_peers *peers);

struct hip_leap *hip_leap_find(const struct hip_leaps *leaps,
			       const struct in6_addr *addr);
/* A locator of @hit where another HIT was refused, or any one; NULL. */
struct hip_leap *hip_leap_of(const struct hip_leaps *leaps,
			     const struct in6_addr *hit);
/* These write the file: 0 or a negative errno; then the change holds all the
 * same and hip_leaps_save() is to be tried again.
 */
int hip_leap_set(struct hip_leaps *leaps, const struct in6_addr *addr,
		 const struct in6_addr *hit);
int hip_leap_forget(struct hip_leaps *leaps, const struct in6_addr *hit);
/* Writes what could not be written; 0 also when there is nothing. */
int hip_leaps_save(struct hip_leaps *leaps);

#endif
