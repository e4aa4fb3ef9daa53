// SPDX-License-Identifier: GPL-2.0
/* Counters: every one has a name of its own and a sentence. */
#include "kxfrm_stats.h"
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

/* Those of Linux 6.12, in the order of /proc/net/xfrm_stat. */
static const char *const xfrm_names[] = {
	"XfrmInError", "XfrmInBufferError", "XfrmInHdrError",
	"XfrmInNoStates", "XfrmInStateProtoError", "XfrmInStateModeError",
	"XfrmInStateSeqError", "XfrmInStateExpired", "XfrmInStateMismatch",
	"XfrmInStateInvalid", "XfrmInTmplMismatch", "XfrmInNoPols",
	"XfrmInPolBlock", "XfrmInPolError", "XfrmOutError",
	"XfrmOutBundleGenError", "XfrmOutBundleCheckError",
	"XfrmOutNoStates", "XfrmOutStateProtoError",
	"XfrmOutStateModeError", "XfrmOutStateSeqError",
	"XfrmOutStateExpired", "XfrmOutPolBlock", "XfrmOutPolDead",
	"XfrmOutPolError", "XfrmFwdHdrError", "XfrmOutStateInvalid",
	"XfrmAcquireError", "XfrmOutStateDirError", "XfrmInStateDirError",
};

static void test_xfrm(void **state)
{
	const char *unknown = hip_kxfrm_stats_help("XfrmNoSuchError");

	for (size_t a = 0; a < sizeof(xfrm_names) / sizeof(*xfrm_names); a++) {
		const char *help = hip_kxfrm_stats_help(xfrm_names[a]);

		assert_true(strlen(help) > 0);
		if (!strcmp(help, unknown))
			fail_msg("%s has no sentence", xfrm_names[a]);
		for (size_t b = 0; b < a; b++)
			assert_string_not_equal(
				help, hip_kxfrm_stats_help(xfrm_names[b]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_xfrm),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
