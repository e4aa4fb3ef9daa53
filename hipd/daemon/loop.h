/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event loop: the host's timers on the monotonic clock, signals, the
 * service manager's watchdog.
 */
#ifndef HIP_LOOP_H
#define HIP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct event_base;
struct hip_timers;

#define HIP_LOOP_SIGNALS 3

struct hip_loop {
	struct event_base *base;
	struct hip_timers *timers;
	struct event *timer;
	struct event *watchdog;		/* NULL = not asked for */
	struct event *signal[HIP_LOOP_SIGNALS];
	void (*reload)(void *arg);	/* SIGHUP */
	bool (*alive)(void *arg);	/* or NULL: asked for the watchdog */
	void *arg;
	bool stop;
};

/* 0 or -ENOMEM. SIGTERM and SIGINT end the loop, SIGHUP calls @reload. */
int hip_loop_init(struct hip_loop *loop, struct hip_timers *timers,
		  void (*reload)(void *arg), void *arg);
void hip_loop_exit(struct hip_loop *loop);

/* Runs until a signal; 0 or -EIO when waiting itself fails. */
int hip_loop_run(struct hip_loop *loop);

/* CLOCK_MONOTONIC in ns, as hip_env.now. */
uint64_t hip_loop_now(void *ctx);

#endif
