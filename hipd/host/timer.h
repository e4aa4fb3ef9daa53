/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timers of one host on a clock that the owner turns: the event loop with the
 * monotonic clock, or a test with virtual time. A binary heap by deadline;
 * a timer is embedded in the object it belongs to.
 */
#ifndef HIP_TIMER_H
#define HIP_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIP_MSEC 1000000ull
#define HIP_SEC 1000000000ull
#define HIP_NEVER UINT64_MAX

struct hip_timer {
	uint64_t when;		/* ns */
	size_t slot;		/* 1 + index in the heap, 0 = not armed */
	void (*fire)(struct hip_timer *t);
};

struct hip_timers {
	struct hip_timer **heap;
	size_t n, room;
	size_t reserved;	/* part of room */
};

void hip_timer_init(struct hip_timer *t, void (*fire)(struct hip_timer *));
/* Room for @n timers, until it is released: setting that many does not fail.
 * 0 or -ENOMEM.
 */
int hip_timers_reserve(struct hip_timers *ts, size_t n);
void hip_timers_release(struct hip_timers *ts, size_t n);
/* Arms or re-arms. Returns 0 or -ENOMEM. */
int hip_timer_set(struct hip_timers *ts, struct hip_timer *t, uint64_t when);
void hip_timer_stop(struct hip_timers *ts, struct hip_timer *t);
bool hip_timer_armed(const struct hip_timer *t);
/* Earliest deadline, or HIP_NEVER. */
uint64_t hip_timers_next(const struct hip_timers *ts);
/* Fires what is due at @now, in order of deadline. */
void hip_timers_run(struct hip_timers *ts, uint64_t now);
void hip_timers_exit(struct hip_timers *ts);

#endif
