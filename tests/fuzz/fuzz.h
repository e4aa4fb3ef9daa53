/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share: an input that is taken apart octet by octet,
 * files in memory, and random numbers that repeat, those of OpenSSL too, so
 * that an input does the same each time.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_input {
	const uint8_t *p;
	size_t left;
};

/* The next octet or two; 0 when there is none left. */
uint8_t fuzz_u8(struct fuzz_input *in);
uint16_t fuzz_u16(struct fuzz_input *in);

/* From here on all random numbers follow from @seed alone. */
void fuzz_random(uint64_t seed);

/* Overwrites a file in memory; the result is its path, good until the next
 * call.
 */
const char *fuzz_file(const uint8_t *data, size_t size);

/* Stops with the place when it does not hold: a finding. */
#define fuzz_check(condition) \
do { \
	if (!(condition)) \
		fuzz_fail(__FILE__, __LINE__, #condition); \
} while (0)
void fuzz_fail(const char *file, int line, const char *what)
	__attribute__((noreturn));

#endif
