// SPDX-License-Identifier: GPL-2.0
/* Timers: order, stop and re-arm, against a model that searches a list. */
#include "timer.h"
#include "util.h"

#define N 200

struct item {
	struct hip_timer timer;
	int id;
};

/* What fired, in order; a timer knows nobody but itself. */
static int fired[16 * N];
static size_t n_fired;

static struct hip_timers *again_in;
static uint64_t again_when;

static void note(struct hip_timer *t)
{
	struct item *item = (struct item *)t;

	assert_false(hip_timer_armed(t));
	assert_true(n_fired < ARRAY_SIZE(fired));
	fired[n_fired++] = item->id;
}

static void note_and_rearm(struct hip_timer *t)
{
	note(t);
	if (again_in)
		hip_timer_set(again_in, t, again_when);
}

static void free_itself(struct hip_timer *t)
{
	note(t);
	free(t);
}

static void test_empty(void **state)
{
	struct hip_timers ts = { 0 };
	struct item a = { .id = 1 };

	n_fired = 0;
	assert_true(hip_timers_next(&ts) == HIP_NEVER);
	hip_timers_run(&ts, HIP_NEVER);
	hip_timer_init(&a.timer, note);
	assert_false(hip_timer_armed(&a.timer));
	hip_timer_stop(&ts, &a.timer);
	assert_int_equal(n_fired, 0);
	hip_timers_exit(&ts);
}

static void test_boundary(void **state)
{
	struct hip_timers ts = { 0 };
	struct item a = { .id = 1 };

	n_fired = 0;
	hip_timer_init(&a.timer, note);
	assert_int_equal(hip_timer_set(&ts, &a.timer, 5 * HIP_SEC), 0);
	assert_true(hip_timers_next(&ts) == 5 * HIP_SEC);
	hip_timers_run(&ts, 5 * HIP_SEC - 1);
	assert_int_equal(n_fired, 0);
	assert_true(hip_timer_armed(&a.timer));
	hip_timers_run(&ts, 5 * HIP_SEC);
	assert_int_equal(n_fired, 1);
	assert_false(hip_timer_armed(&a.timer));
	hip_timers_exit(&ts);
}

static void test_rearm_in_fire(void **state)
{
	struct hip_timers ts = { 0 };
	struct item a = { .id = 1 };

	n_fired = 0;
	again_in = &ts;
	again_when = 20;
	hip_timer_init(&a.timer, note_and_rearm);
	hip_timer_set(&ts, &a.timer, 10);
	hip_timers_run(&ts, 15);
	assert_int_equal(n_fired, 1);
	assert_true(hip_timers_next(&ts) == 20);
	again_in = NULL;
	hip_timers_run(&ts, 20);
	assert_int_equal(n_fired, 2);
	hip_timers_exit(&ts);
}

static void test_free_in_fire(void **state)
{
	struct hip_timers ts = { 0 };
	struct item *item;
	int i;

	n_fired = 0;
	for (i = 0; i < 3; i++) {
		item = calloc(1, sizeof(*item));
		item->id = i;
		hip_timer_init(&item->timer, free_itself);
		hip_timer_set(&ts, &item->timer, 100 - (uint64_t)i);
	}
	hip_timers_run(&ts, 100);
	assert_int_equal(n_fired, 3);
	assert_int_equal(fired[0], 2);
	assert_int_equal(fired[2], 0);
	hip_timers_exit(&ts);
}

static void test_exit_disarms(void **state)
{
	struct hip_timers ts = { 0 };
	struct item a = { .id = 1 };

	hip_timer_init(&a.timer, note);
	hip_timer_set(&ts, &a.timer, 1);
	hip_timers_exit(&ts);
	assert_false(hip_timer_armed(&a.timer));
	assert_true(hip_timers_next(&ts) == HIP_NEVER);
}

/* The model: deadlines in an array, 0 = not armed. */
static uint64_t model_next(const uint64_t *when)
{
	uint64_t min = HIP_NEVER;
	int i;

	for (i = 0; i < N; i++)
		if (when[i] && when[i] < min)
			min = when[i];
	return min;
}

static void check_run(struct hip_timers *ts, uint64_t *when, uint64_t now)
{
	uint64_t last = 0;
	size_t i;

	n_fired = 0;
	hip_timers_run(ts, now);
	for (i = 0; i < n_fired; i++) {
		uint64_t due = when[fired[i]];

		assert_true(due && due <= now && due >= last);
		last = due;
		when[fired[i]] = 0;
	}
	assert_true(model_next(when) > now);
}

static void test_random(void **state)
{
	struct hip_timers ts = { 0 };
	uint64_t when[N] = { 0 }, now = 1, s = seed();
	static struct item items[N];
	int i, k;

	for (i = 0; i < N; i++) {
		items[i].id = i;
		hip_timer_init(&items[i].timer, note);
	}
	for (k = 0; k < 50000; k++) {
		i = (int)(rnd(&s) % N);
		switch (rnd(&s) % 8) {
		case 0:
			now += rnd(&s) % 300;
			check_run(&ts, when, now);
			break;
		case 1:
		case 2:
			hip_timer_stop(&ts, &items[i].timer);
			when[i] = 0;
			break;
		default:
			when[i] = now + 1 + rnd(&s) % 1000;
			hip_timer_set(&ts, &items[i].timer, when[i]);
		}
		assert_int_equal(hip_timer_armed(&items[i].timer), !!when[i]);
		assert_true(hip_timers_next(&ts) == model_next(when));
	}
	hip_timers_exit(&ts);
}

/* Room that was reserved is there without another allocation. */
static void test_reserve(void **state)
{
	static struct hip_timer t[700];
	struct hip_timers ts = { 0 };
	struct hip_timer **heap;
	size_t i;

	assert_int_equal(hip_timers_reserve(&ts, 400), 0);
	assert_int_equal(hip_timers_reserve(&ts, 300), 0);
	assert_true(ts.room > 700);
	heap = ts.heap;
	for (i = 0; i < 700; i++) {
		hip_timer_init(&t[i], NULL);
		assert_int_equal(hip_timer_set(&ts, &t[i], i + 1), 0);
	}
	assert_ptr_equal(ts.heap, heap);
	hip_timers_release(&ts, 700);
	assert_int_equal(ts.reserved, 0);
	hip_timers_exit(&ts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_boundary),
		cmocka_unit_test(test_rearm_in_fire),
		cmocka_unit_test(test_free_in_fire),
		cmocka_unit_test(test_exit_disarms),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_reserve),
	};

	return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
