// SPDX-License-Identifier: GPL-2.0
/*
 * The log's levels and its limit, on a clock of our own.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "log.h"

#define SECOND 1000000000ull

static void levels(void **state)
{
	char err[200];

	assert_true(hip_log_wanted(HIP_LOG_BEX, HIP_LOG_INFO));
	assert_false(hip_log_wanted(HIP_LOG_BEX, HIP_LOG_DEBUG));

	assert_int_equal(hip_log_setup("warning,bex=debug", err,
				       sizeof(err)), 0);
	assert_true(hip_log_wanted(HIP_LOG_BEX, HIP_LOG_DEBUG));
	assert_true(hip_log_wanted(HIP_LOG_KIF, HIP_LOG_WARNING));
	assert_false(hip_log_wanted(HIP_LOG_KIF, HIP_LOG_NOTICE));

	assert_int_equal(hip_log_setup("info", err, sizeof(err)), 0);
	assert_false(hip_log_wanted(HIP_LOG_BEX, HIP_LOG_DEBUG));
}

static void bad_levels(void **state)
{
	static const struct {
		const char *spec, *err;
	} table[] = {
		{ "loud",
		  "log: found 'loud', expected err, warning, notice, info or debug" },
		{ "bex=",
		  "log: found '', expected err, warning, notice, info or debug" },
		{ "info,bax=debug",
		  "log: no subsystem 'bax', expected main, bex, kif, io, ctl or config" },
	};
	char err[200];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(hip_log_setup(table[i].spec, err,
					       sizeof(err)), -EINVAL);
		assert_string_equal(err, table[i].err);
	}
}

/* A burst, then silence until the interval is over; how many were left out
 * is known then.
 */
static void limit(void **state)
{
	const uint64_t t = 5 * SECOND;
	struct hip_log_limit l = { 0 };

	for (int i = 0; i < HIP_LOG_BURST; i++)
		assert_true(hip_log_allow(&l, HIP_LOG_BEX, HIP_LOG_DEBUG, t));
	for (int i = 0; i < 3; i++)
		assert_false(hip_log_allow(&l, HIP_LOG_BEX, HIP_LOG_DEBUG,
					   t + SECOND));
	assert_int_equal(l.missed, 3);
	assert_false(hip_log_allow(&l, HIP_LOG_BEX, HIP_LOG_DEBUG,
				   t + HIP_LOG_INTERVAL * SECOND - 1));
	assert_true(hip_log_allow(&l, HIP_LOG_BEX, HIP_LOG_DEBUG,
				  t + HIP_LOG_INTERVAL * SECOND));
	assert_int_equal(l.missed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels),
		cmocka_unit_test(bad_levels),
		cmocka_unit_test(limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
