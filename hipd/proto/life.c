// SPDX-License-Identifier: GPL-2.0
/*
 * Timers of the states, and what the SAs' counters tell: the data path itself
 * reports nothing, so that it costs nothing (RFC 7401 sections 4.4.2, 4.4.3;
 * RFC 7402 section 5.2).
 */
#include <errno.h>

#include "bex.h"
#include "life.h"
#include "rekey.h"

#define POLL_FIRST (100 * HIP_MSEC)
#define FAILED_TIME (10 * HIP_SEC)
#define ADOPTED_TIME (10 * HIP_SEC)	/* between attempts */
#define UAL_DEFAULT (900 * HIP_SEC)
#define IDLE_LOOKS 8		/* at an association in its lifetime */

static void arm_at(struct hip_assoc *assoc, uint64_t when)
{
	hip_timer_set(&assoc->host->timers, &assoc->timer, when);
}

/* Seconds; 0: never. */
static uint64_t unused(const struct hip_assoc *assoc)
{
	const struct hip_peer *peer;

	peer = hip_peer_by_hit(&assoc->host->peers, &assoc->pair.peer);
	if (peer && peer->unused_lifetime >= 0)
		return (uint64_t)peer->unused_lifetime;
	return assoc->host->config.unused_lifetime;
}

uint64_t hip_life_ual(const struct hip_assoc *assoc)
{
	uint64_t t = unused(assoc);

	return t ? t * HIP_SEC : UAL_DEFAULT;
}

static uint64_t idle_interval(const struct hip_assoc *assoc)
{
	uint64_t t = hip_life_ual(assoc) / IDLE_LOOKS;

	return t < HIP_SEC ? HIP_SEC : t;
}

void hip_life_arm(struct hip_assoc *assoc)
{
	uint64_t now = hip_host_now(assoc->host);

	hip_timer_stop(&assoc->host->timers, &assoc->timer);
	switch (assoc->state) {
	case HIP_UNASSOCIATED:
		if (hip_assoc_adopted(assoc))
			arm_at(assoc, now + ADOPTED_TIME);
		break;
	case HIP_R2_SENT:
		assoc->poll = POLL_FIRST;
		arm_at(assoc, now + assoc->poll);
		break;
	case HIP_ESTABLISHED:
		assoc->used_at = now;
		assoc->used_packets = 0;
		if (unused(assoc))
			arm_at(assoc, now + idle_interval(assoc));
		break;
	case HIP_CLOSED:
		arm_at(assoc, now + hip_life_ual(assoc) +
				      2 * HIP_MSL);
		break;
	case HIP_E_FAILED:
		arm_at(assoc, now + FAILED_TIME);
		break;
	default:	/* the base exchange and CLOSE have their own */
		break;
	}
}

void hip_life_changed(struct hip_host *host)
{
	uint64_t now = hip_host_now(host);
	struct hip_assoc *assoc;

	for (assoc = host->assocs.by_pair; assoc; assoc = assoc->hh.next) {
		if (assoc->state != HIP_ESTABLISHED)
			continue;
		hip_timer_stop(&host->timers, &assoc->timer);
		if (unused(assoc))
			arm_at(assoc, now + idle_interval(assoc));
	}
}

static int look(struct hip_assoc *assoc, struct hip_path_stats *st)
{
	struct hip_kif *kif = assoc->host->kif;

	return assoc->path ? kif->ops->path_stats(kif, assoc->path, st) : -1;
}

static void look_for_esp(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;
	uint64_t end = assoc->since + hip_bex_complete_time(&host->config);
	uint64_t now = hip_host_now(host);
	struct hip_path_stats st;

	if (!look(assoc, &st) && st.rx_packets) {
		hip_fsm_run(host, assoc, HIP_EV_ESP, NULL);
		return;
	}
	if (now >= end) {
		hip_fsm_run(host, assoc, HIP_EV_TIMEOUT, NULL);
		return;
	}
	assoc->poll *= 2;
	arm_at(assoc, now + assoc->poll < end ? now + assoc->poll : end);
}

/* A rekey is no use of the association. */
void hip_life_path_changes(struct hip_assoc *assoc)
{
	struct hip_path_stats st;

	if (!look(assoc, &st) &&
	    st.rx_packets + st.tx_packets != assoc->used_packets)
		assoc->used_at = hip_host_now(assoc->host);
	assoc->used_packets = 0;
}

static void look_for_use(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;
	uint64_t now = hip_host_now(host);
	struct hip_path_stats st = { 0 };
	uint64_t end;

	if (!look(assoc, &st) &&
	    st.rx_packets + st.tx_packets != assoc->used_packets) {
		assoc->used_packets = st.rx_packets + st.tx_packets;
		assoc->used_at = now;
	}
	if (assoc->path && hip_rekey_worn(assoc->path, &st))
		hip_rekey_now(assoc);
	end = assoc->used_at + hip_life_ual(assoc);
	if (!unused(assoc))
		return;
	if (now >= end)
		hip_fsm_run(host, assoc, HIP_EV_TIMEOUT, NULL);
	else
		arm_at(assoc, now + idle_interval(assoc) < end ?
				      now + idle_interval(assoc) : end);
}

/* SAs of an earlier run, and the peer did not answer: they stay as long as
 * something comes through them, and new attempts are made.
 */
static void look_at_adopted(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;
	uint64_t now = hip_host_now(host);
	struct hip_path_stats st;
	int err = look(assoc, &st);

	if (!assoc->used_at || (!err && st.rx_packets != assoc->used_packets)) {
		assoc->used_packets = err ? 0 : st.rx_packets;
		assoc->used_at = now;
	}
	if (err == -ENOENT ||
	    now - assoc->used_at >= hip_life_ual(assoc))
		hip_assoc_destroy(assoc);
	else
		hip_fsm_run(host, assoc, HIP_EV_DATA, NULL);
}

void hip_life_timer(struct hip_timer *t)
{
	struct hip_assoc *assoc =
		(void *)((char *)t - offsetof(struct hip_assoc, timer));

	switch (assoc->state) {
	case HIP_UNASSOCIATED:
		look_at_adopted(assoc);
		break;
	case HIP_R2_SENT:
		look_for_esp(assoc);
		break;
	case HIP_ESTABLISHED:
		look_for_use(assoc);
		break;
	default:
		hip_fsm_run(assoc->host, assoc, HIP_EV_TIMEOUT, NULL);
		break;
	}
}

void hip_life_established(struct hip_host *host, struct hip_assoc *assoc,
			  const struct hip_msg *msg)
{
	hip_assoc_enter(assoc, HIP_ESTABLISHED);
}

/*
 * The kernel asks although we are up. Either it asked before it heard of the
 * SAs, then it is told again; or somebody removed the SAs, whose keys nobody
 * has any more: then only a new exchange helps.
 */
void hip_life_data(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg)
{
	struct hip_path_stats st;

	if (!look(assoc, &st)) {
		host->kif->ops->assoc_state(host->kif, &assoc->pair.local,
					    &assoc->pair.peer,
					    HIP_KIF_ASSOC_UP);
		return;
	}
	hip_assoc_path_down(assoc, false);
	hip_bex_data(host, assoc, msg);
}
