/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests share: cmocka with what it needs, hexadecimal text,
 * addresses, a seed that can be repeated.
 */
#ifndef HIP_TEST_UTIL_H
#define HIP_TEST_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "addr.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline struct in6_addr addr(const char *text)
{
	struct in6_addr a;

	if (hip_addr_parse(&a, text))
		fail_msg("%s is no address", text);
	return a;
}

/* Hexadecimal text to octets; returns how many. */
static inline size_t unhex(uint8_t *out, const char *hex)
{
	size_t n = 0;

	for (; hex[0] && hex[1]; hex += 2) {
		char pair[3] = { hex[0], hex[1] };
		char *end;

		out[n++] = (uint8_t)strtoul(pair, &end, 16);
		assert_true(*end == '\0');
	}
	return n;
}

static inline void assert_hex(const uint8_t *data, const char *hex)
{
	uint8_t want[4096];
	size_t len = unhex(want, hex);

	assert_memory_equal(data, want, len);
}

/* xorshift64*: enough for tests, the same everywhere. */
static inline uint64_t rnd(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

/* HIP_SEED, or one from the clock; printed, so that a failure repeats. */
static inline uint64_t seed(void)
{
	const char *text = getenv("HIP_SEED");
	struct timespec ts;
	uint64_t s;

	clock_gettime(CLOCK_REALTIME, &ts);
	s = text ? strtoull(text, NULL, 0) :
		   (uint64_t)ts.tv_sec * 1000000007ull + (uint64_t)ts.tv_nsec;
	printf("# HIP_SEED=%llu\n", (unsigned long long)s);
	return s ? s : 1;
}

#endif
