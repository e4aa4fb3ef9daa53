// SPDX-License-Identifier: GPL-2.0
/* What the fuzz targets share; see fuzz.h. */
#define _GNU_SOURCE

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

uint8_t fuzz_u8(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

uint16_t fuzz_u16(struct fuzz_input *in)
{
	uint8_t high = fuzz_u8(in);

	return (uint16_t)(high << 8 | fuzz_u8(in));
}

/* ---- random numbers ---- */

static uint64_t state;

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static int bytes(unsigned char *buf, int num)
{
	while (num-- > 0)
		*buf++ = (unsigned char)next();
	return 1;
}

static int status(void)
{
	return 1;
}

void fuzz_random(uint64_t seed)
{
	static const RAND_METHOD method = {
		.bytes = bytes,
		.pseudorand = bytes,
		.status = status,
	};

	RAND_set_rand_method(&method);
	state = seed;
}

/* ---- files ---- */

const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	fuzz_check(fd >= 0 && !ftruncate(fd, 0) &&
		   pwrite(fd, data, size, 0) == (ssize_t)size);
	return path;
}

void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}
