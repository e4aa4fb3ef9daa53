// SPDX-License-Identifier: GPL-2.0
/*
 * When to rekey: by time and by volume, before a sequence number or a key wears
 * out (RFC 7402 sections 3.3.6, 3.3.7 and 6.8). Owns assoc->rekey_timer.
 */
#include "rekey_inside.h"

#define AGAIN (60 * HIP_SEC)	/* after one that failed */

static void next_at(struct hip_assoc *assoc, uint64_t wait)
{
	hip_timer_set(&assoc->host->timers, &assoc->rekey_timer,
		      hip_host_now(assoc->host) + wait);
}

void hip_rekey_later(struct hip_assoc *assoc)
{
	next_at(assoc, AGAIN);
}

/* Up to a fifth earlier, so that the two ends seldom begin at once. */
static uint64_t early(uint64_t limit)
{
	uint16_t r;

	hip_crypto_random(&r, sizeof(r));
	return limit - limit / 5 / UINT16_MAX * r -
	       limit / 5 % UINT16_MAX * r / UINT16_MAX;
}

void hip_rekey_arm(struct hip_assoc *assoc)
{
	unsigned int limit = assoc->host->config.rekey_time;

	hip_timer_stop(&assoc->host->timers, &assoc->rekey_timer);
	if (limit)
		next_at(assoc, early(limit * HIP_SEC));
}

void hip_rekey_limits(const struct hip_config *config, struct hip_path *path)
{
	path->soft_bytes = early(config->rekey_bytes);
	path->soft_packets = early(config->rekey_packets);
}

bool hip_rekey_worn(const struct hip_path *path,
		    const struct hip_path_stats *st)
{
	uint64_t packets = path->soft_packets, bytes = path->soft_bytes;

	return (packets && (st->rx_packets >= packets ||
			    st->tx_packets >= packets)) ||
	       (bytes && (st->rx_bytes >= bytes || st->tx_bytes >= bytes));
}

void hip_rekey_now(struct hip_assoc *assoc)
{
	if (hip_rekey_start(assoc, HIP_REKEY_CONFIGURED))
		hip_rekey_later(assoc);
}

void hip_rekey_changed(struct hip_host *host)
{
	struct hip_assoc *assoc;

	for (assoc = host->assocs.by_pair; assoc; assoc = assoc->hh.next)
		if (assoc->state == HIP_ESTABLISHED ||
		    assoc->state == HIP_R2_SENT)
			hip_rekey_arm(assoc);
}

void hip_rekey_timer(struct hip_timer *t)
{
	struct hip_assoc *assoc =
		(void *)((char *)t - offsetof(struct hip_assoc, rekey_timer));
	struct hip_kif *kif = assoc->host->kif;
	struct hip_path_stats st;

	if (!assoc->path)
		return;		/* its SAs were lost; new ones set it again */
	/* keys that have protected nothing are as good as new */
	if (!kif->ops->path_stats(kif, assoc->path, &st) &&
	    !st.rx_packets && !st.tx_packets)
		hip_rekey_arm(assoc);
	else
		hip_rekey_now(assoc);
}
