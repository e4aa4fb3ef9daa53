// SPDX-License-Identifier: GPL-2.0
/* Counters: every one has a name of its own and a sentence. */
#include "stats.h"
#include "util.h"

static void test_names(void **state)
{
	int a, b;

	for (a = 0; a < HIP_N_STATS; a++) {
		const char *name = hip_stat_name((enum hip_stat)a);

		assert_non_null(name);
		assert_true(strlen(name) > 0);
		assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")
			    == strlen(name));
		assert_true(strlen(hip_stat_help((enum hip_stat)a)) > 0);
		for (b = 0; b < a; b++)
			assert_string_not_equal(name,
					hip_stat_name((enum hip_stat)b));
	}
	assert_string_equal(hip_stat_name(HIP_STAT_DROP_CHECKSUM),
			    "drop_checksum");
	assert_null(hip_stat_name(HIP_N_STATS));
	assert_null(hip_stat_help((enum hip_stat)-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
