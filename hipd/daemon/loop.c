// SPDX-License-Identifier: GPL-2.0
/*
 * The event loop, on libevent. Any callback may move the earliest timer, so
 * the one timer event is set anew before each wait.
 */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <systemd/sd-daemon.h>

#include "log.h"
#include "timer.h"

#define USEC 1000ull		/* ns */

uint64_t hip_loop_now(void *ctx)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * HIP_SEC + (uint64_t)ts.tv_nsec;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	/* hip_loop_run() fires what is due; the event only ends the wait */
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	const struct hip_loop *loop = arg;

	if (!loop->alive || loop->alive(loop->arg))
		sd_notify(0, "WATCHDOG=1");
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct hip_loop *loop = arg;

	if (sig == SIGHUP)
		loop->reload(loop->arg);
	else
		loop->stop = true;
}

/* Which ends the process after an error of severity "err". */
static void on_libevent(int severity, const char *text)
{
	if (severity >= EVENT_LOG_ERR)
		hip_err(MAIN, "event loop: %s", text);
	else if (severity == EVENT_LOG_WARN)
		hip_warn(MAIN, "event loop: %s", text);
}

static int start_watchdog(struct hip_loop *loop)
{
	struct timeval tv;
	uint64_t usec;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return 0;
	/* sd_watchdog_enabled(3): at half of the time */
	usec /= 2;
	tv.tv_sec = (time_t)(usec / 1000000);
	tv.tv_usec = (suseconds_t)(usec % 1000000);
	loop->watchdog = event_new(loop->base, -1, EV_PERSIST, on_watchdog,
				   loop);
	if (!loop->watchdog || event_add(loop->watchdog, &tv))
		return -ENOMEM;
	return 0;
}

int hip_loop_init(struct hip_loop *loop, struct hip_timers *timers,
		  void (*reload)(void *arg), void *arg)
{
	static const int signals[HIP_LOOP_SIGNALS] = { SIGTERM, SIGINT,
						       SIGHUP };
	struct event_config *cfg = event_config_new();

	event_set_log_callback(on_libevent);
	memset(loop, 0, sizeof(*loop));
	loop->timers = timers;
	loop->reload = reload;
	loop->arg = arg;
	if (!cfg)
		return -ENOMEM;
	/* retransmissions and traffic polls are due in milliseconds */
	event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER);
	loop->base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (!loop->base)
		return -ENOMEM;
	loop->timer = event_new(loop->base, -1, 0, on_timer, loop);
	if (!loop->timer)
		goto err;
	for (int i = 0; i < HIP_LOOP_SIGNALS; i++) {
		loop->signal[i] = evsignal_new(loop->base, signals[i],
					       on_signal, loop);
		if (!loop->signal[i] || event_add(loop->signal[i], NULL))
			goto err;
	}
	if (start_watchdog(loop))
		goto err;
	return 0;

err:
	hip_loop_exit(loop);
	return -ENOMEM;
}

void hip_loop_exit(struct hip_loop *loop)
{
	for (int i = 0; i < HIP_LOOP_SIGNALS; i++)
		if (loop->signal[i])
			event_free(loop->signal[i]);
	if (loop->watchdog)
		event_free(loop->watchdog);
	if (loop->timer)
		event_free(loop->timer);
	if (loop->base)
		event_base_free(loop->base);
	memset(loop, 0, sizeof(*loop));
}

static void arm(struct hip_loop *loop)
{
	uint64_t next = hip_timers_next(loop->timers);
	uint64_t now = hip_loop_now(NULL);
	struct timeval tv;

	if (next == HIP_NEVER) {
		event_del(loop->timer);
		return;
	}
	next = next > now ? next - now : 0;
	/* rounded up: waking too early would spin */
	next = (next + USEC - 1) / USEC;
	tv.tv_sec = (time_t)(next / 1000000);
	tv.tv_usec = (suseconds_t)(next % 1000000);
	event_add(loop->timer, &tv);
}

int hip_loop_run(struct hip_loop *loop)
{
	while (!loop->stop) {
		hip_timers_run(loop->timers, hip_loop_now(NULL));
		arm(loop);
		if (event_base_loop(loop->base, EVLOOP_ONCE) < 0)
			return -EIO;
	}
	return 0;
}
