/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The worker threads of job.h on the event loop.
 */
#ifndef HIP_WORKERS_H
#define HIP_WORKERS_H

#include <stddef.h>

struct event;
struct event_base;
struct hip_host;

/* As many as @host's configuration says, or as the system gives; none is fine:
 * *ev is NULL then.
 * 0, or a negative errno with a sentence in @err.
 */
int hip_workers_start(struct hip_host *host, struct event_base *base,
		      struct event **ev, char *err, size_t err_len);
/* Before hip_host_stop(). @ev may be NULL. */
void hip_workers_stop(struct hip_host *host, struct event *ev);

#endif
