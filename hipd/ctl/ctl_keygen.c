// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that makes one identity's key and writes its file; the loop then
 * takes it over. The thread sees nothing but its own struct; the eventfd
 * hands that back to the loop. One key at a time.
 */
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ctl_call.h"
#include "ctl_identity.h"
#include "log.h"

struct hip_ctl_keygen {
	struct hip_ctl *ctl;
	struct hip_ctl_call *call;	/* NULL: the client has left */
	struct hip_identity_spec spec;
	pthread_t thread;
	struct event *done;
	int fd;
	/* the thread's until fd is readable */
	struct hip_identities ids;
	struct hip_identity *id;
	int ret;
	char err[256];
};

static void *work(void *arg)
{
	struct hip_ctl_keygen *gen = arg;

	gen->ret = hip_identity_create(&gen->ids, gen->spec.name,
				       gen->spec.alg, gen->spec.bits,
				       gen->spec.anonymous, &gen->id, gen->err,
				       sizeof(gen->err));
	if (eventfd_write(gen->fd, 1))
		hip_err(CTL, "eventfd: %s", strerror(errno));
	return NULL;
}

static void destroy(struct hip_ctl_keygen *gen)
{
	gen->ctl->keygen = NULL;
	if (gen->done)
		event_free(gen->done);
	if (gen->fd >= 0)
		close(gen->fd);
	hip_identities_exit(&gen->ids);
	free(gen);
}

/* Puts the new key among the host's; it comes with one reference of ours. */
static struct hip_identity *adopt(struct hip_ctl_keygen *gen)
{
	struct hip_host *host = gen->ctl->host;
	struct hip_identity *id;
	int ret;

	if (gen->ret)
		return NULL;
	id = hip_identity_add(&host->identities, gen->spec.name, gen->id->key);
	if (id)
		id->anonymous = gen->spec.anonymous;
	ret = id ? hip_host_identity_added(host, id) : -EEXIST;
	if (!ret)
		return id;
	snprintf(gen->err, sizeof(gen->err),
		 "identity '%s' cannot be used: %s", gen->spec.name,
		 strerror(-ret));
	if (id)
		hip_identity_delete(&host->identities, id, gen->err,
				    sizeof(gen->err));
	return NULL;
}

static void on_done(evutil_socket_t fd, short what, void *arg)
{
	struct hip_ctl_keygen *gen = arg;
	struct hip_ctl_call *call = gen->call;
	struct hip_identity *id;

	pthread_join(gen->thread, NULL);
	id = adopt(gen);
	if (call)
		call->release = NULL;
	if (call && id)
		hip_ctl_reply(call, json_pack("{s:o}", "id",
					      hip_ctl_identity_json(id)));
	else if (call)
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", gen->err);
	else if (!id)
		hip_err(CTL, "%s", gen->err);
	destroy(gen);
}

static void release(struct hip_ctl_call *call)
{
	struct hip_ctl_keygen *gen = call->data;

	gen->call = NULL;
}

/* Signals are for the loop's thread. */
static int start_thread(struct hip_ctl_keygen *gen)
{
	sigset_t all, old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&gen->thread, NULL, work, gen);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -ret;
}

void hip_ctl_keygen_start(struct hip_ctl_call *call,
			  const struct hip_identity_spec *spec)
{
	struct hip_ctl *ctl = call->ctl;
	struct hip_ctl_keygen *gen;

	if (ctl->keygen) {
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "another key is being made, try again");
		return;
	}
	gen = calloc(1, sizeof(*gen));
	if (!gen) {
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", strerror(ENOMEM));
		return;
	}
	gen->ctl = ctl;
	gen->spec = *spec;
	memcpy(gen->ids.dir, call->host->identities.dir,
	       sizeof(gen->ids.dir));
	gen->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	gen->done = event_new(ctl->base, gen->fd, EV_READ, on_done, gen);
	if (gen->fd < 0 || !gen->done || event_add(gen->done, NULL) ||
	    start_thread(gen)) {
		hip_ctl_error(call, HIP_CTL_FAILED, "no thread to be had");
		destroy(gen);
		return;
	}
	ctl->keygen = gen;
	gen->call = call;
	call->data = gen;
	call->release = release;
}

/* The key that is being made stays as a file. */
void hip_ctl_keygen_stop(struct hip_ctl *ctl)
{
	struct hip_ctl_keygen *gen = ctl->keygen;

	if (!gen)
		return;
	if (gen->call)
		gen->call->release = NULL;
	pthread_join(gen->thread, NULL);
	destroy(gen);
}
