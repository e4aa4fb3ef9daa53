// SPDX-License-Identifier: GPL-2.0
/*
 * How many workers there are, and their way back into the event loop. No
 * state of its own.
 */
#define _GNU_SOURCE		/* sched_getaffinity(), CPU_COUNT() */

#include "workers.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "host.h"
#include "job.h"
#include "log.h"

#define WORKERS_MAX 64
#define KEEP_FREE (4 << 20)

/* Those that this process may run on, not those that the machine has. */
static unsigned int processors(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	n = CPU_COUNT(&set);
	return n > WORKERS_MAX ? WORKERS_MAX : (unsigned int)n;
}

static void on_done(evutil_socket_t fd, short what, void *arg)
{
	hip_jobs_complete(arg);
}

int hip_workers_start(struct hip_host *host, struct event_base *base,
		      struct event **ev, char *err, size_t err_len)
{
	unsigned int n = host->config.workers, have;
	int ret;

	*ev = NULL;
	/* what an exchange frees, in any thread, the next one wants again */
	mallopt(M_TRIM_THRESHOLD, KEEP_FREE);
	mallopt(M_TOP_PAD, KEEP_FREE / 16);
	if (n == HIP_CONFIG_AUTO)
		n = processors();
	if (!n)
		return 0;
	ret = hip_jobs_create(host, n);
	if (ret) {
		hip_warn(MAIN, "no worker threads: %s: everything is computed in the loop",
			 strerror(-ret));
		return 0;
	}
	have = hip_jobs_threads(host->jobs);
	*ev = event_new(base, hip_jobs_fd(host->jobs), EV_READ | EV_PERSIST,
			on_done, host);
	if (*ev && !event_add(*ev, NULL)) {
		if (have < n)
			hip_warn(MAIN, "%u workers: the system gives no more, %u were wanted",
				 have, n);
		else
			hip_info(MAIN, "%u workers", n);
		return 0;
	}
	hip_workers_stop(host, *ev);
	*ev = NULL;
	snprintf(err, err_len, "workers: %s", strerror(ENOMEM));
	return -ENOMEM;
}

void hip_workers_stop(struct hip_host *host, struct event *ev)
{
	if (ev)
		event_free(ev);
	hip_jobs_destroy(host);
}
