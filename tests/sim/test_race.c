// SPDX-License-Identifier: GPL-2.0
/*
 * Simultaneous initiation (RFC 7401 sections 4.4.3, 6.7 and 6.9): every order
 * in which the packets in flight may arrive ends with one association, the
 * same at both ends.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"

#define DEPTH 64

/* A walk through all orders: which packet in flight came next, each time. */
struct walk {
	unsigned int n;			/* choices made in this run */
	unsigned int choice[DEPTH], options[DEPTH];
	unsigned long runs;
};

static unsigned int count(const struct sim *sim)
{
	const struct sim_packet *p;
	unsigned int n = 0;

	for (p = sim->flight; p; p = p->next)
		n++;
	return n;
}

static struct sim_packet *nth(const struct sim *sim, unsigned int n)
{
	struct sim_packet *p = sim->flight;

	while (n--)
		p = p->next;
	return p;
}

static void walk_step(struct walk *w, struct sim *sim)
{
	unsigned int options = count(sim);

	assert_true(w->n < DEPTH);
	if (w->options[w->n] != options) {
		w->options[w->n] = options;
		w->choice[w->n] = 0;
	}
	sim_deliver(sim, nth(sim, w->choice[w->n++]));
}

/* The next order, as an odometer; false after the last. */
static bool walk_next(struct walk *w)
{
	unsigned int n = w->n;

	while (n--) {
		if (++w->choice[n] < w->options[n]) {
			memset(&w->options[n + 1], 0,
			       (DEPTH - n - 1) * sizeof(w->options[0]));
			return true;
		}
		w->choice[n] = 0;
	}
	return false;
}

static void check_end(struct sim *sim)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	sim->manual = false;
	sim_run(sim, 60 * HIP_SEC);
	sim_assert_up(a, b);
	sim_run(sim, 20 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	assert_int_equal(sim_state(b, a), HIP_ESTABLISHED);
	assert_null(sim_assoc(a, b)->bex);
	assert_null(sim_assoc(b, a)->bex);
}

/* Both start before anything arrives; with @late the second a packet later. */
static unsigned long all_orders(unsigned int first, bool late)
{
	struct walk w = { 0 };

	do {
		struct sim sim = { 0 };

		sim_prepare(&sim);
		sim.manual = true;
		sim_init(&sim);
		sim_data(&sim.host[first], &sim.host[!first]);
		w.n = 0;
		if (!late)
			sim_data(&sim.host[!first], &sim.host[first]);
		while (sim.flight) {
			walk_step(&w, &sim);
			/* the other wants to speak once an R1 is under way */
			if (late && w.n == 1)
				sim_data(&sim.host[!first], &sim.host[first]);
		}
		check_end(&sim);
		sim_exit(&sim);
		w.runs++;
	} while (walk_next(&w));
	return w.runs;
}

static void test_together(void **state)
{
	unsigned long runs = all_orders(0, false);

	print_message("# %lu orders\n", runs);
	assert_true(runs >= 10);
}

/* One began earlier: with either host first, so with either HIT greater. */
static void test_late_0(void **state)
{
	assert_true(all_orders(0, true) > 5);
}

static void test_late_1(void **state)
{
	assert_true(all_orders(1, true) > 5);
}

/* Who is Responder when both I1s cross: the greater HIT. */
static void test_roles(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_host *great, *small;

	sim_init(&sim);
	great = hip_addr_cmp(&a->hit, &b->hit) > 0 ? a : b;
	small = great == a ? b : a;
	sim_data(a, b);
	sim_data(b, a);
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(a, b);
	assert_true(sim_assoc(small, great)->initiator);
	assert_int_equal(sim_stat(small, DROP_RACE), 1);
	assert_int_equal(sim.n_sent, 5);
	sim_exit(&sim);
}

/* Both have sent I2: the greater HIT gives way, the smaller drops the I2. */
static void test_both_i2(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_host *great, *small;

	sim_prepare(&sim);
	sim.manual = true;
	sim_init(&sim);
	great = hip_addr_cmp(&a->hit, &b->hit) > 0 ? a : b;
	small = great == a ? b : a;
	sim_data(great, small);
	sim_deliver(&sim, nth(&sim, 0));	/* I1 of great; R1 flies */
	sim_data(small, great);
	sim_deliver(&sim, nth(&sim, 1));	/* I1 of small; two R1s fly */
	sim_deliver(&sim, nth(&sim, 0));
	assert_int_equal(sim_state(great, small), HIP_I2_SENT);
	sim_deliver(&sim, nth(&sim, 0));
	assert_int_equal(sim_state(small, great), HIP_I2_SENT);
	assert_int_equal(count(&sim), 2);
	sim_deliver(&sim, nth(&sim, 0));	/* I2 of great, at small */
	assert_int_equal(sim_state(small, great), HIP_I2_SENT);
	assert_int_equal(sim_stat(small, DROP_RACE), 1);
	sim_deliver(&sim, nth(&sim, 0));	/* I2 of small, at great */
	assert_int_equal(sim_state(great, small), HIP_R2_SENT);
	check_end(&sim);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_late_0),
		cmocka_unit_test(test_late_1),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_both_i2),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
