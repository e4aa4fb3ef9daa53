/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The paths that have something in the kernel: which SAs are ours, so that
 * hipd removes no others (an SPI that was taken belongs to somebody else),
 * and what a hip.ko loaded anew is told.
 */
#ifndef HIP_KPATH_H
#define HIP_KPATH_H

#include "hash.h"

#include "kif.h"

struct hip_kpath {
	UT_hash_handle by_id;
	UT_hash_handle by_spi;	/* in the table while in_up, given memory */
	UT_hash_handle by_pair;	/* the newest of the HIT pair is there ... */
	struct hip_kpath *older;	/* ... and leads to the others */
	struct hip_path p;	/* without keys */
	bool in_up, out_up;	/* SAs that are ours */
	bool policy;		/* so is the outbound policy */
	bool lost;		/* somebody else removed an SA */
	/* What of it was there when we looked last; an SA of the pair that is
	 * no path's: an exchange of an earlier run did not end.
	 */
	bool found_in, found_out, found_policy_in, found_policy_out;
	bool unfinished;
	bool worn;		/* so was one with a soft limit reached */
};

/* Owner: the kernel kif. */
struct hip_kpaths {
	struct hip_kpath *by_id;
	struct hip_kpath *by_spi;	/* inbound */
	struct hip_kpath *by_pair;
};

struct hip_kpath *hip_kpath_find(const struct hip_kpaths *ks, uint32_t id);
struct hip_kpath *hip_kpath_by_spi(const struct hip_kpaths *ks, uint32_t spi);
/* The newest default path of a HIT pair that is up, or NULL. */
struct hip_kpath *hip_kpath_default(const struct hip_kpaths *ks,
				    const struct in6_addr *local,
				    const struct in6_addr *peer);
/* The newest path of a HIT pair, or NULL; kpath.older is the one before. */
struct hip_kpath *hip_kpath_newest(const struct hip_kpaths *ks,
				   const struct in6_addr *local,
				   const struct in6_addr *peer);
/* Makes the entry or brings it up to date; NULL: no memory. */
struct hip_kpath *hip_kpath_note(struct hip_kpaths *ks,
				 const struct hip_path *p);
/* Its inbound SA is ours. */
void hip_kpath_note_in(struct hip_kpaths *ks, struct hip_kpath *kp,
		       uint32_t spi);
void hip_kpath_forget(struct hip_kpaths *ks, struct hip_kpath *kp);

#endif
