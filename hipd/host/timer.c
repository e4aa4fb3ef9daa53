// SPDX-License-Identifier: GPL-2.0
/*
 * Timers of one host: a binary heap of pointers by deadline. Each timer knows
 * its slot, so that stopping and re-arming cost O(log n) without a search.
 */
#include <errno.h>
#include <stdlib.h>

#include "timer.h"

#define SPARE 64	/* timers of the host itself, which reserve no room */

static void put(struct hip_timers *ts, size_t i, struct hip_timer *t)
{
	ts->heap[i] = t;
	t->slot = i + 1;
}

static void sift_up(struct hip_timers *ts, size_t i, struct hip_timer *t)
{
	while (i && t->when < ts->heap[(i - 1) / 2]->when) {
		put(ts, i, ts->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(ts, i, t);
}

static void sift_down(struct hip_timers *ts, size_t i, struct hip_timer *t)
{
	size_t child;

	while ((child = 2 * i + 1) < ts->n) {
		if (child + 1 < ts->n &&
		    ts->heap[child + 1]->when < ts->heap[child]->when)
			child++;
		if (t->when <= ts->heap[child]->when)
			break;
		put(ts, i, ts->heap[child]);
		i = child;
	}
	put(ts, i, t);
}

/* Puts @t into slot @i, which is free, and restores the order around it. */
static void place(struct hip_timers *ts, size_t i, struct hip_timer *t)
{
	if (i && t->when < ts->heap[(i - 1) / 2]->when)
		sift_up(ts, i, t);
	else
		sift_down(ts, i, t);
}

static int grow(struct hip_timers *ts, size_t need)
{
	size_t room = ts->room ? ts->room : SPARE;
	struct hip_timer **heap;

	while (room < need)
		room *= 2;
	if (room == ts->room)
		return 0;
	heap = reallocarray(ts->heap, room, sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	ts->heap = heap;
	ts->room = room;
	return 0;
}

int hip_timers_reserve(struct hip_timers *ts, size_t n)
{
	int err = grow(ts, ts->reserved + n + SPARE);

	if (!err)
		ts->reserved += n;
	return err;
}

void hip_timers_release(struct hip_timers *ts, size_t n)
{
	ts->reserved -= n;
}

void hip_timer_init(struct hip_timer *t, void (*fire)(struct hip_timer *))
{
	t->when = 0;
	t->slot = 0;
	t->fire = fire;
}

int hip_timer_set(struct hip_timers *ts, struct hip_timer *t, uint64_t when)
{
	size_t i;
	int err;

	if (t->slot) {
		i = t->slot - 1;
	} else {
		if (ts->n == ts->room) {
			err = grow(ts, ts->n + 1);
			if (err)
				return err;
		}
		i = ts->n++;
	}
	t->when = when;
	place(ts, i, t);
	return 0;
}

void hip_timer_stop(struct hip_timers *ts, struct hip_timer *t)
{
	struct hip_timer *last;
	size_t i;

	if (!t->slot)
		return;
	i = t->slot - 1;
	t->slot = 0;
	last = ts->heap[--ts->n];
	if (last != t)
		place(ts, i, last);
}

bool hip_timer_armed(const struct hip_timer *t)
{
	return t->slot;
}

uint64_t hip_timers_next(const struct hip_timers *ts)
{
	return ts->n ? ts->heap[0]->when : HIP_NEVER;
}

void hip_timers_run(struct hip_timers *ts, uint64_t now)
{
	while (ts->n && ts->heap[0]->when <= now) {
		struct hip_timer *t = ts->heap[0];

		/* Stopped before it fires: it may re-arm or free itself. */
		hip_timer_stop(ts, t);
		t->fire(t);
	}
}

void hip_timers_exit(struct hip_timers *ts)
{
	while (ts->n)
		ts->heap[--ts->n]->slot = 0;
	free(ts->heap);
	ts->heap = NULL;
	ts->room = ts->reserved = 0;
}
