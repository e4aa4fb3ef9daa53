// SPDX-License-Identifier: GPL-2.0
/*
 * After a restart the kernel still has the SAs of the run before. Where the
 * saved state (store.h) belongs to them the association simply goes on. Where
 * the keys of HIP are lost (RFC 7401 sections 4.5.4, 6.16) a new base exchange
 * replaces the SAs under traffic. Exchanges start a few at a time, so that a
 * host with many peers does not flood its network.
 */
#include <errno.h>
#include <stdlib.h>

#include "access.h"
#include "adopt.h"
#include "fsm.h"
#include "log.h"
#include "store.h"

#define BATCH 16
#define PAUSE (20 * HIP_MSEC)

static void use(struct hip_assoc *assoc, const struct hip_path *path)
{
	assoc->path = &assoc->path_store;
	*assoc->path = *path;
	assoc->local = path->local;
	assoc->peer = path->peer;
}

/* A daemon that was killed may leave the SAs before the last beside them: the
 * peer knows the newer ones, the older receive for a while.
 */
static void add_second(struct hip_assoc *assoc, const struct hip_path *path)
{
	struct hip_path older = *path;

	if (path->id > assoc->path->id) {
		older = *assoc->path;
		use(assoc, path);
	}
	hip_assoc_retire(assoc, &older);
}

static int push(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;
	struct hip_assoc **list;

	list = realloc(host->adopted, (host->n_adopted + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	host->adopted = list;
	list[host->n_adopted++] = assoc;
	assoc->queued = true;
	return 0;
}

static int adopt(void *arg, const struct hip_path *path)
{
	struct hip_host *host = arg;
	struct hip_identity *id;
	struct hip_assoc *assoc;

	/* its id must not be given to another */
	if (path->id > host->assocs.next_path_id)
		host->assocs.next_path_id = path->id;
	id = hip_identity_by_hit(&host->identities, &path->local_hit);
	if (!id) {		/* not our HIT any more */
		host->kif->ops->path_down(host->kif, path, true);
		return 0;
	}
	assoc = hip_assoc_find(&host->assocs, &id->hit, &path->peer_hit);
	if (assoc) {
		add_second(assoc, path);
		return 0;
	}
	assoc = hip_assoc_create(host, id, &path->peer_hit);
	if (!assoc)
		return -ENOMEM;
	use(assoc, path);
	return push(assoc);
}

/* Those whose saved state fits leave the list; the others stay on it. */
static void resume(struct hip_host *host)
{
	size_t n = 0;

	for (size_t i = 0; i < host->n_adopted; i++) {
		struct hip_assoc *assoc = host->adopted[i];

		/* of SAs that are gone nothing is left to receive */
		if (!assoc->path->spi_in)
			hip_assoc_path_down(assoc, false);
		if (assoc->path && host->store &&
		    hip_store_resume(host->store, assoc)) {
			host->stats.v[HIP_STAT_RESUMED]++;
			assoc->queued = false;
		} else {
			host->adopted[n++] = assoc;
		}
	}
	if (host->n_adopted)
		hip_info(MAIN, "of %zu associations of an earlier run %zu go on, %zu get a new exchange",
			 host->n_adopted, host->n_adopted - n, n);
	host->n_adopted = n;
	host->stats.v[HIP_STAT_REESTABLISHED] += n;
	if (host->store)
		hip_store_resumed(host->store);
}

static void start_some(struct hip_timer *t)
{
	struct hip_host *host =
		(void *)((char *)t - offsetof(struct hip_host, adopt));
	struct hip_assoc *assoc;
	unsigned int i;

	for (i = 0; i < BATCH && host->n_adopted; i++) {
		assoc = host->adopted[--host->n_adopted];
		if (!assoc)
			continue;
		assoc->queued = false;
		/* else somebody was faster */
		if (assoc->state == HIP_UNASSOCIATED || !assoc->path)
			hip_fsm_run(host, assoc, HIP_EV_DATA, NULL);
	}
	if (host->n_adopted)
		hip_timer_set(&host->timers, t, hip_host_now(host) + PAUSE);
}

int hip_adopt_start(struct hip_host *host)
{
	int err;

	hip_timer_init(&host->adopt, start_some);
	err = host->kif->ops->paths_left(host->kif, adopt, host);
	resume(host);
	hip_access_enforce(host);	/* they may have changed meanwhile */
	if (!err && host->n_adopted)
		err = hip_timer_set(&host->timers, &host->adopt,
				    hip_host_now(host));
	return err;
}

int hip_adopt_queue(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;
	int err;

	if (assoc->queued)
		return 0;
	err = push(assoc);
	if (!err && !hip_timer_armed(&host->adopt))
		err = hip_timer_set(&host->timers, &host->adopt,
				    hip_host_now(host));
	return err;
}

void hip_adopt_stop(struct hip_host *host)
{
	hip_timer_stop(&host->timers, &host->adopt);
	free(host->adopted);
	host->adopted = NULL;
	host->n_adopted = 0;
}
