// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Monitor: events as they happen. A watcher that reads too slowly
 * misses events and is told how many.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl_call.h"

struct watch {
	unsigned int lost;
};

static json_t *now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return json_real((double)ts.tv_sec +
			 (double)(ts.tv_nsec / 1000000) / 1000);
}

static json_t *event_json(struct hip_ctl_call *call,
			  const struct hip_assoc *assoc, const char *what)
{
	const size_t prefix = strlen(HIP_EVENT_NOTIFY);
	bool notify = !strncmp(what, HIP_EVENT_NOTIFY, prefix);
	json_t *o;

	o = json_pack("{s:o,s:s,s:o}", "time", now(),
		      "event", notify ? "notify" : "assoc", "assoc",
		      hip_ctl_assoc_json(call->host, assoc, false));
	if (o && notify)
		json_object_set_new(o, "notify", json_string(what + prefix));
	return o;
}

static void on_event(struct hip_ctl_call *call, const struct hip_assoc *assoc,
		     const char *what)
{
	struct watch *watch = call->data;

	if (hip_ctl_pending(call) > HIP_CTL_BACKLOG) {
		watch->lost++;
		return;
	}
	if (watch->lost)
		hip_ctl_continue(call, json_pack("{s:o,s:s,s:I}", "time",
						 now(), "event", "lost",
						 "lost",
						 (json_int_t)watch->lost));
	watch->lost = 0;
	hip_ctl_continue(call, event_json(call, assoc, what));
}

static void release(struct hip_ctl_call *call)
{
	free(call->data);
}

static void monitor_watch(struct hip_ctl_call *call)
{
	if (!hip_ctl_params(call, "{}"))
		return;
	if (!call->more || call->oneway) {
		hip_ctl_error(call, HIP_CTL_EXPECTED_MORE,
			      "events have no end: call with 'more'");
		return;
	}
	call->data = calloc(1, sizeof(struct watch));
	if (!call->data) {
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", strerror(ENOMEM));
		return;
	}
	call->release = release;
	call->event = on_event;
	/* So that the caller knows from when on nothing is missed. */
	hip_ctl_continue(call, json_pack("{s:o,s:s}", "time", now(), "event",
					 "watching"));
}

const struct hip_ctl_method hip_ctl_monitor_methods[] = {
	{ "io.hip.Monitor.Watch", false, monitor_watch },
	{ NULL, false, NULL },
};
