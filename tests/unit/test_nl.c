// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink conversations, with rtnetlink's questions that anybody may ask.
 */
#include <errno.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/rtnetlink.h>

#include "nl.h"

#define NO_SUCH_LINK 0x7ffffff0

static void put_link(struct hip_nlbatch *b, int ifindex, uint16_t flags)
{
	struct ifinfomsg ifi = { .ifi_index = ifindex };

	hip_nlbatch_add(b, RTM_GETLINK, flags, &ifi, sizeof(ifi));
}

static int loopback(void)
{
	int index = (int)if_nametoindex("lo");

	assert_true(index > 0);
	return index;
}

struct seen {
	int n, ret;
	bool lo;
};

static int see(void *arg, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = nlmsg_data(nlh);
	struct nlattr *tb[IFLA_MAX + 1];
	struct seen *s = arg;

	assert_int_equal(nlh->nlmsg_type, RTM_NEWLINK);
	assert_int_equal(hip_nl_parse(nlh, sizeof(*ifi), tb, IFLA_MAX, NULL),
			 0);
	s->n++;
	if (!strcmp(nla_get_string(tb[IFLA_IFNAME]), "lo"))
		s->lo = true;
	return s->ret;
}

static int open_route(void **state)
{
	static struct hip_nl nl;

	*state = &nl;
	return hip_nl_open(&nl, NETLINK_ROUTE, "rtnetlink");
}

static int close_route(void **state)
{
	hip_nl_close(*state);
	return 0;
}

static void ask(struct hip_nl *nl, int ifindex, int want)
{
	struct seen s = { 0 };
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	put_link(&b, ifindex, 0);
	assert_int_equal(hip_nl_ask(nl, &b, see, &s), want);
	assert_int_equal(s.n, !want);
	assert_int_equal(b.n, 0);
}

static void question(void **state)
{
	ask(*state, loopback(), 0);
	ask(*state, NO_SUCH_LINK, -ENODEV);
	ask(*state, loopback(), 0);
}

static void dump(void **state)
{
	struct seen s = { 0 };
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	put_link(&b, 0, NLM_F_DUMP);
	assert_int_equal(hip_nl_ask(*state, &b, see, &s), 0);
	assert_true(s.n >= 1);
	assert_true(s.lo);
}

/* The rest of a dump is read, or it would be taken for the next answer. */
static void dump_stopped(void **state)
{
	struct seen s = { .ret = -ECANCELED };
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	put_link(&b, 0, NLM_F_DUMP);
	assert_int_equal(hip_nl_ask(*state, &b, see, &s), -ECANCELED);
	assert_int_equal(s.n, 1);
	ask(*state, loopback(), 0);
}

/* The first refusal is told, the others run, and nothing is left unread. */
static void batch(void **state)
{
	static const struct {
		bool good[4];
		bool absent_ok;
		int want;
	} table[] = {
		{ { true, true, true, true }, false, 0 },
		{ { false, true, true, true }, false, -ENODEV },
		{ { true, true, true, false }, false, -ENODEV },
		{ { false, false, false, false }, false, -ENODEV },
		/* only what means that a thing to delete is gone is forgiven */
		{ { true, false, true, true }, true, -ENODEV },
	};

	const struct hip_nl *nl = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct hip_nlbatch b;

		hip_nlbatch_init(&b);
		b.absent_ok = table[i].absent_ok;
		for (size_t j = 0; j < 4; j++)
			put_link(&b, table[i].good[j] ? loopback() :
				 NO_SUCH_LINK, 0);
		assert_int_equal(hip_nl_commit(*state, &b), table[i].want);
		if (table[i].want)
			assert_false(table[i].good[nl->refused]);
		for (size_t j = 0; table[i].want && j < nl->refused; j++)
			assert_true(table[i].good[j]);
		ask(*state, loopback(), 0);
	}
}

static void empty_batch(void **state)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	assert_int_equal(hip_nl_commit(*state, &b), 0);
}

static void too_large(void **state)
{
	static const uint8_t data[HIP_NL_MSG];
	struct hip_nlbatch b;
	struct nl_msg *msg;

	hip_nlbatch_init(&b);
	msg = hip_nlbatch_add(&b, RTM_GETLINK, 0, data,
			      sizeof(struct ifinfomsg));
	hip_nlbatch_put(&b, msg, IFLA_IFNAME, data, sizeof(data));
	assert_true(b.failed);
	assert_int_equal(hip_nl_commit(*state, &b), -ENOBUFS);
	ask(*state, loopback(), 0);
}

static void closed(void **state)
{
	struct hip_nl nl = { 0 };
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	put_link(&b, 1, 0);
	assert_int_equal(hip_nl_commit(&nl, &b), -ENOTCONN);
	hip_nl_close(&nl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(question),
		cmocka_unit_test(dump),
		cmocka_unit_test(dump_stopped),
		cmocka_unit_test(batch),
		cmocka_unit_test(empty_batch),
		cmocka_unit_test(too_large),
		cmocka_unit_test(closed),
	};

	return cmocka_run_group_tests(tests, open_route, close_route);
}
