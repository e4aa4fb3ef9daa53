/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel side that only remembers: signalling without a data path, for
 * load tests (kernel = null) and for tests that ask what the kernel would
 * have been told, and in which order.
 */
#ifndef HIP_KIF_NULL_H
#define HIP_KIF_NULL_H

#include "hash.h"

#include "kif.h"

/* An SA pair, keys included: tests compare those of two hosts. */
struct hip_null_path {
	UT_hash_handle hh;		/* by path.id */
	struct hip_null_pair *pair;
	struct hip_null_path *next;	/* of the pair */
	struct hip_path path;
	bool in, out;			/* which SAs are installed */
	bool unfinished;		/* an exchange did not end */
	struct hip_path_stats stats;	/* set by a test that sends data */
};

/* Two HITs between which there are paths. */
struct hip_null_pair {
	UT_hash_handle hh;		/* by hits */
	struct in6_addr hits[2];	/* ours, the peer's */
	struct hip_null_path *paths;
	struct hip_path_stats past;	/* of paths that went */
};

struct hip_null_spi {
	UT_hash_handle hh;
	uint32_t spi;
	uint32_t id;			/* of the path it was given to */
};

/* What stays when the daemon goes. */
struct hip_null_kernel {
	struct hip_null_path *by_id;
	struct hip_null_spi *by_spi;
	struct hip_null_pair *by_pair;
	/* Called after each operation on a path, and for acquire_fail with a
	 * path that holds the HITs alone; NULL = nobody looks.
	 */
	void (*observe)(void *arg, const char *op,
			const struct hip_path *path);
	void *arg;
	int fail;			/* errno of the next path_in, path_up */
};

/* A kif upon @kernel, which stays the caller's; NULL: no memory. */
struct hip_kif *hip_kif_null_attach(struct hip_host *host,
				    struct hip_null_kernel *kernel);
void hip_null_kernel_exit(struct hip_null_kernel *kernel);
struct hip_null_path *hip_null_kernel_path(const struct hip_null_kernel *kernel,
					   uint32_t id);

#endif
