// SPDX-License-Identifier: GPL-2.0
/*
 * The puzzle (RFC 7401 sections 4.1.2 and 6.3). Owns no state.
 */
#include <errno.h>
#include <string.h>

#include "addr.h"
#include "puzzle.h"
#include "timer.h"

/* Are the low @k bits of the big-endian number @digest zero? */
static bool low_bits_zero(const uint8_t *digest, size_t len, unsigned int k)
{
	const uint8_t *p = digest + len;

	for (; k >= 8; k -= 8)
		if (*--p)
			return false;
	return !k || !(*--p & ((1u << k) - 1));
}

/* I | HIT-I | HIT-R | J; returns its length and where J stands. */
static size_t input(uint8_t *buf, enum hip_hash hash, const uint8_t *i,
		    const struct in6_addr *hit_i,
		    const struct in6_addr *hit_r, const uint8_t *j,
		    uint8_t **j_at)
{
	size_t len = hip_hash_len(hash);

	memcpy(buf, i, len);
	memcpy(buf + len, hit_i, 16);
	memcpy(buf + len + 16, hit_r, 16);
	memcpy(buf + len + 32, j, len);
	*j_at = buf + len + 32;
	return 2 * len + 32;
}

/* 1 solved, 0 not, or a negative errno. */
static int try(enum hip_hash hash, unsigned int k, uint8_t *buf, size_t len)
{
	struct iovec iov = { buf, len };
	uint8_t digest[HIP_HASH_MAX];
	int err;

	err = hip_crypto_digest(hash, &iov, 1, digest);
	if (err)
		return err;
	return low_bits_zero(digest, hip_hash_len(hash), k);
}

static void increment(uint8_t *number, size_t len)
{
	while (len-- && !++number[len])
		;
}

bool hip_puzzle_check(enum hip_hash hash, unsigned int k, const uint8_t *i,
		      const struct in6_addr *hit_i,
		      const struct in6_addr *hit_r, const uint8_t *j)
{
	uint8_t buf[2 * HIP_HASH_MAX + 32];
	uint8_t *j_at;
	size_t len;

	if (k > 8 * hip_hash_len(hash))
		return false;
	if (!k)
		return true;
	len = input(buf, hash, i, hit_i, hit_r, j, &j_at);
	return try(hash, k, buf, len) == 1;
}

int hip_puzzle_solve(enum hip_hash hash, unsigned int k, const uint8_t *i,
		     const struct in6_addr *hit_i,
		     const struct in6_addr *hit_r, uint8_t *j, uint64_t tries)
{
	static const uint8_t zero[HIP_HASH_MAX];
	size_t hash_len = hip_hash_len(hash);
	uint8_t buf[2 * HIP_HASH_MAX + 32];
	uint8_t *j_at;
	int ret = 0;
	size_t len;

	if (!hash_len || k > HIP_PUZZLE_K_MAX)
		return -EINVAL;
	if (!memcmp(j, zero, hash_len))
		hip_crypto_random(j, hash_len);
	if (!k)
		return 1;
	len = input(buf, hash, i, hit_i, hit_r, j, &j_at);
	while (tries--) {
		ret = try(hash, k, buf, len);
		if (ret)
			break;
		increment(j_at, hash_len);
	}
	memcpy(j, j_at, hash_len);
	return ret;
}

uint64_t hip_puzzle_lifetime(uint8_t field)
{
	if (field <= 32)
		return HIP_SEC >> (32 - field);
	if (field - 32 > __builtin_clzll(HIP_SEC))
		return HIP_NEVER;
	return HIP_SEC << (field - 32);
}
