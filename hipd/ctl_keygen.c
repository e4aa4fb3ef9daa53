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
#include "ctl_keygen.h"
#include "log.h"
#include "names.h"

struct hip_ctl_keygen {
	struct hip_ctl *ctl;
	struct hip_ctl_call *call;	/* NULL: the client has left */
	struct hip_ctl_keyspec spec;
	pthread_t thread;
	struct event *done;
	int fd;
	/* the thread's until fd is readable */
	struct hip_identities ids;
	struct hip_identity *id;
	int ret;
	char err[256];
};

static void free_name(const struct hip_identities *ids, const char *type,
		      char *name)
{
	snprintf(name, HIP_NAME_MAX + 1, "%s", type);
	for (int i = 2; hip_identity_by_name(ids, name); i++)
		snprintf(name, HIP_NAME_MAX + 1, "%s%d", type, i);
}

int hip_ctl_keyspec(const struct hip_identities *ids, const char *name,
		    const char *type, int bits, struct hip_ctl_keyspec *spec,
		    char *err, size_t err_len)
{
	if (!strcmp(type, hip_names_hi_alg(HIP_HI_ECDSA))) {
		spec->alg = HIP_HI_ECDSA;
		spec->bits = bits ? (unsigned int)bits : 256;
	} else if (!strcmp(type, hip_names_hi_alg(HIP_HI_RSA))) {
		spec->alg = HIP_HI_RSA;
		spec->bits = bits ? (unsigned int)bits : 2048;
	} else {
		snprintf(err, err_len,
			 "type: found '%.32s', expected ecdsa or rsa", type);
		return -EINVAL;
	}
	if (spec->alg == HIP_HI_ECDSA ?
	    spec->bits != 256 && spec->bits != 384 :
	    spec->bits < 2048 || spec->bits > 4096 || spec->bits % 8) {
		snprintf(err, err_len,
			 "bits: found %d, expected %s", bits,
			 spec->alg == HIP_HI_ECDSA ? "256 or 384" :
			 "2048 to 4096 in steps of 8");
		return -EINVAL;
	}
	if (name && strlen(name) > HIP_NAME_MAX) {
		snprintf(err, err_len, "name: expected at most %d characters",
			 HIP_NAME_MAX);
		return -EINVAL;
	}
	if (name && hip_identity_by_name(ids, name)) {
		snprintf(err, err_len, "identity '%s' exists", name);
		return -EEXIST;
	}
	if (name)
		strcpy(spec->name, name);
	else
		free_name(ids, type, spec->name);
	return 0;
}

static void *work(void *arg)
{
	struct hip_ctl_keygen *gen = arg;

	gen->ret = hip_identity_create(&gen->ids, gen->spec.name,
				       gen->spec.alg, gen->spec.bits, &gen->id,
				       gen->err, sizeof(gen->err));
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
			  const struct hip_ctl_keyspec *spec)
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
