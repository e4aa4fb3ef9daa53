// SPDX-License-Identifier: GPL-2.0
/*
 * How long one request to xfrm takes on this machine: hipd's own code adds an
 * outbound policy between two HITs, in a network namespace of its own, and
 * takes it back. Policies, other than SAs, exist where the kernel has no ESP,
 * so that the same work can be timed on such a machine and counted in
 * instructions in a VM; the quotient is what an instruction of that work
 * costs.
 *
 *   xfrmops ROUNDS	-> the median in microseconds
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kxfrm.h"

#define ROUNDS_MAX 10000
#define WINDOW	   2048

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int measure(struct hip_kxfrm *k, const struct hip_path *path,
		   uint64_t *t, long rounds)
{
	uint64_t start;
	long i;
	int err;

	for (i = 0; i < rounds; i++) {
		start = now_ns();
		err = hip_kxfrm_policy_add(k, path);
		t[i] = now_ns() - start;
		if (!err)
			err = hip_kxfrm_policy_del(k, path);
		if (err) {
			fprintf(stderr, "xfrmops: policy: %s\n",
				strerror(-err));
			return 1;
		}
	}
	qsort(t, rounds, sizeof(*t), by_value);
	printf("%.2f\n", t[rounds / 2] / 1e3);
	return 0;
}

int main(int argc, char **argv)
{
	static uint64_t t[ROUNDS_MAX];
	struct hip_path path = { .id = 1 };
	struct hip_kxfrm k;
	long rounds;
	int ret;

	rounds = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: xfrmops ROUNDS (1..%d)\n", ROUNDS_MAX);
		return 2;
	}
	inet_pton(AF_INET6, "2001:21::1", &path.local_hit);
	inet_pton(AF_INET6, "2001:22::1", &path.peer_hit);
	inet_pton(AF_INET6, "2001:db8::1", &path.local);
	inet_pton(AF_INET6, "2001:db8::2", &path.peer);
	if (unshare(CLONE_NEWNET)) {
		perror("xfrmops: network namespace");
		return 1;
	}
	if (hip_kxfrm_open(&k, WINDOW, false)) {
		fprintf(stderr, "xfrmops: no xfrm in this kernel\n");
		return 1;
	}
	ret = measure(&k, &path, t, rounds);
	hip_kxfrm_close(&k);
	return ret;
}
