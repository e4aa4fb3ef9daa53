// SPDX-License-Identifier: GPL-2.0
/* The puzzle: vectors, every K around an octet, going on after a pause. */
#include <errno.h>

#include "puzzle.h"
#include "timer.h"
#include "util.h"

static uint8_t number_i[HIP_HASH_MAX];
static struct in6_addr hit_i, hit_r;

static int setup(void **state)
{
	memset(number_i, 0xaa, sizeof(number_i));
	hit_i = addr("2001:21::1");
	hit_r = addr("2001:21::2");
	return 0;
}

static void number(uint8_t *j, enum hip_hash hash, uint32_t value)
{
	size_t len = hip_hash_len(hash);

	memset(j, 0, HIP_HASH_MAX);
	j[len - 4] = (uint8_t)(value >> 24);
	j[len - 3] = (uint8_t)(value >> 16);
	j[len - 2] = (uint8_t)(value >> 8);
	j[len - 1] = (uint8_t)value;
}

static bool check(unsigned int k, uint32_t value)
{
	uint8_t j[HIP_HASH_MAX];

	number(j, HIP_HASH_SHA256, value);
	return hip_puzzle_check(HIP_HASH_SHA256, k, number_i, &hit_i, &hit_r,
				j);
}

/* First solutions counted from 0, computed independently. */
static void test_vectors(void **state)
{
	static const struct {
		unsigned int k;
		uint32_t first;
	} rows[] = { { 1, 1 }, { 8, 251 }, { 16, 31219 } };
	uint8_t j[HIP_HASH_MAX], want[HIP_HASH_MAX];
	uint32_t v;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (v = 0; v < rows[i].first; v++)
			assert_false(check(rows[i].k, v));
		assert_true(check(rows[i].k, rows[i].first));

		if (rows[i].first == 1)
			continue;
		/* All zeros would ask for a random start. */
		number(j, HIP_HASH_SHA256, 1);
		assert_int_equal(hip_puzzle_solve(HIP_HASH_SHA256, rows[i].k,
						  number_i, &hit_i, &hit_r, j,
						  100000), 1);
		number(want, HIP_HASH_SHA256, rows[i].first);
		assert_memory_equal(j, want, 32);
	}
}

/* The digest of J = 31219 ends in ...30497180000: 19 zero bits. */
static void test_k_boundary(void **state)
{
	assert_true(check(17, 31219));
	assert_true(check(19, 31219));
	assert_false(check(20, 31219));
	assert_false(check(24, 31219));
	assert_false(check(256, 31219));
	assert_false(check(257, 31219));
	assert_true(check(0, 12345));
}

static void test_roles_matter(void **state)
{
	uint8_t j[HIP_HASH_MAX];

	number(j, HIP_HASH_SHA256, 31219);
	assert_false(hip_puzzle_check(HIP_HASH_SHA256, 16, number_i, &hit_r,
				      &hit_i, j));
	number_i[31] ^= 1;
	assert_false(check(16, 31219));
}

static void test_resume(void **state)
{
	uint8_t j[HIP_HASH_MAX], want[HIP_HASH_MAX];
	int ret, rounds = 0;

	number(j, HIP_HASH_SHA256, 1);
	do {
		ret = hip_puzzle_solve(HIP_HASH_SHA256, 16, number_i, &hit_i,
				       &hit_r, j, 1000);
		rounds++;
	} while (!ret);
	number(want, HIP_HASH_SHA256, 31219);
	assert_int_equal(ret, 1);
	assert_memory_equal(j, want, 32);
	assert_int_equal(rounds, 32);
}

static void test_carry(void **state)
{
	uint8_t j[HIP_HASH_MAX], zero[HIP_HASH_MAX] = { 0 };

	/* From ff...ff the search goes on at 0; the solution is 31219. */
	memset(j, 0xff, sizeof(j));
	assert_int_equal(hip_puzzle_solve(HIP_HASH_SHA256, 16, number_i,
					  &hit_i, &hit_r, j, 1), 0);
	assert_memory_equal(j, zero, 32);
}

static void test_random_start(void **state)
{
	static const enum hip_hash hashes[] = {
		HIP_HASH_SHA1, HIP_HASH_SHA256, HIP_HASH_SHA384,
	};
	uint8_t a[HIP_HASH_MAX], b[HIP_HASH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hashes); i++) {
		memset(a, 0, sizeof(a));
		memset(b, 0, sizeof(b));
		assert_int_equal(hip_puzzle_solve(hashes[i], 10, number_i,
						  &hit_i, &hit_r, a,
						  UINT64_MAX), 1);
		assert_int_equal(hip_puzzle_solve(hashes[i], 10, number_i,
						  &hit_i, &hit_r, b,
						  UINT64_MAX), 1);
		assert_memory_not_equal(a, b, hip_hash_len(hashes[i]));
		assert_true(hip_puzzle_check(hashes[i], 10, number_i, &hit_i,
					     &hit_r, a));
	}
	/* K = 0 is solved at once, by a J that nobody can guess. */
	memset(a, 0, sizeof(a));
	assert_int_equal(hip_puzzle_solve(HIP_HASH_SHA256, 0, number_i, &hit_i,
					  &hit_r, a, 0), 1);
	memset(b, 0, sizeof(b));
	assert_memory_not_equal(a, b, 32);
}

static void test_refused(void **state)
{
	uint8_t j[HIP_HASH_MAX] = { 1 };

	assert_int_equal(hip_puzzle_solve(HIP_HASH_SHA256, HIP_PUZZLE_K_MAX + 1,
					  number_i, &hit_i, &hit_r, j, 1),
			 -EINVAL);
	assert_int_equal(hip_puzzle_solve(HIP_HASH_NONE, 1, number_i, &hit_i,
					  &hit_r, j, 1), -EINVAL);
}

static void test_lifetime(void **state)
{
	assert_true(hip_puzzle_lifetime(32) == HIP_SEC);
	assert_true(hip_puzzle_lifetime(37) == 32 * HIP_SEC);
	assert_true(hip_puzzle_lifetime(31) == HIP_SEC / 2);
	assert_true(hip_puzzle_lifetime(0) == 0);
	assert_true(hip_puzzle_lifetime(66) == HIP_SEC << 34);
	assert_true(hip_puzzle_lifetime(67) == HIP_NEVER);
	assert_true(hip_puzzle_lifetime(255) == HIP_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_vectors, setup),
		cmocka_unit_test_setup(test_k_boundary, setup),
		cmocka_unit_test_setup(test_roles_matter, setup),
		cmocka_unit_test_setup(test_resume, setup),
		cmocka_unit_test_setup(test_carry, setup),
		cmocka_unit_test_setup(test_random_start, setup),
		cmocka_unit_test_setup(test_refused, setup),
		cmocka_unit_test(test_lifetime),
	};

	return cmocka_run_group_tests_name("puzzle", tests, NULL, NULL);
}
