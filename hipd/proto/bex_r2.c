// SPDX-License-Identifier: GPL-2.0
/*
 * Initiator: the R2 ends the exchange (RFC 7401 section 6.10; RFC 7402 section
 * 3.3.3).
 */
#include <string.h>

#include "auth.h"
#include "bex.h"
#include "opportunistic.h"
#include "send.h"
#include "verify.h"

#define SPI_FIRST 256		/* RFC 4303 section 2.1 */

static int check(const struct hip_session *s, const struct hip_packet *p)
{
	const struct hip_param *info = hip_packet_get(p, HIP_PARAM_ESP_INFO);

	if (!info)
		return HIP_STAT_DROP_MISSING;
	if (hip_get32(info->data + 4) ||
	    hip_get32(info->data + 8) < SPI_FIRST ||
	    hip_get16(info->data + 2) < s->keymat_index)
		return HIP_STAT_DROP_ESP_INFO;
	return 0;
}

/* The Responder draws the ESP keys further on: so do we (RFC 7402 section
 * 6.9's rule for rekeying, since section 3.3 is silent).
 */
static int redraw(struct hip_assoc *assoc, struct hip_session *s,
		  uint16_t index)
{
	struct hip_kif *kif = assoc->host->kif;

	if (index == s->keymat_index)
		return 0;
	if (hip_keymat_esp(&s->keymat, s->path.alg, index, &assoc->pair.local,
			   &s->path.out, &s->path.in))
		return HIP_STAT_DROP_ESP_INFO;
	if (kif->ops->path_down(kif, &s->path, false) ||
	    kif->ops->path_in(kif, &s->path))
		return HIP_STAT_DROP_KERNEL;
	s->keymat_index = index;	/* the same R2 may come again */
	return 0;
}

static void complete(struct hip_assoc *assoc, const struct hip_held *held)
{
	const struct hip_param *info;
	struct hip_host *host = assoc->host;
	struct hip_session *s = &assoc->bex->offer->session;
	int drop;

	info = hip_packet_get(&held->p, HIP_PARAM_ESP_INFO);
	drop = redraw(assoc, s, hip_get16(info->data + 2));
	if (drop)
		goto drop;
	s->path.spi_out = hip_get32(info->data + 8);
	if (host->kif->ops->path_up(host->kif, &s->path)) {
		drop = HIP_STAT_DROP_KERNEL;
		goto drop;
	}
	hip_assoc_take(assoc, s);
	hip_retransmit_clear(&assoc->rtx);	/* an R2 of another time */
	assoc->initiator = true;
	/* An I2 to an R1 that we sent before is of an attempt that the peer
	 * gave up when it answered ours; the network may still deliver it.
	 */
	assoc->epoch = ++host->epoch;
	assoc->bex_time = hip_host_now(host) - assoc->bex->started;
	hip_bex_abort(assoc);	/* emptied: its SAs are the association's now */
	hip_opportunistic_learn(assoc);
	host->stats.v[HIP_STAT_BEX_COMPLETED]++;
	hip_assoc_enter(assoc, HIP_ESTABLISHED);
	return;

drop:	/* the I2 goes out again, and so does the R2 */
	host->stats.v[drop]++;
}

void hip_bex_rx_r2(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg)
{
	const struct hip_session *s = hip_bex_session(assoc);
	struct hip_verify_keys with;
	int drop;

	drop = s ? check(s, msg->p) : HIP_STAT_DROP_STATE;
	if (drop) {
		host->stats.v[drop]++;
		return;
	}
	with = (struct hip_verify_keys){
		.hash = s->keymat.hash,
		.keys = &s->peer_keys,
		.key = s->peer_key,
		.host_id = s->peer_host_id,
		.host_id_len = s->peer_host_id_len,
	};
	hip_verify_run(assoc, msg, HIP_PARAM_HIP_MAC_2, &with, complete);
}
