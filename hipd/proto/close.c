// SPDX-License-Identifier: GPL-2.0
/*
 * Closing (RFC 7401 sections 4.4.3, 5.3.7, 5.3.8, 6.14, 6.15). The keys stay
 * until UNASSOCIATED, because a CLOSE whose CLOSE_ACK was lost comes again;
 * the SAs go earlier: ours when the peer has closed, both when it has
 * answered.
 */
#include <string.h>

#include "auth.h"
#include "bex.h"
#include "close.h"
#include "life.h"
#include "send.h"
#include "verify.h"

#define RTO_FIRST (2 * HIP_SEC)
#define RTO_MAX (60 * HIP_SEC)

static int build(struct hip_assoc *assoc, struct hip_builder *b,
		 enum hip_packet_type type, uint16_t echo, const uint8_t *data,
		 size_t len, const struct hip_packet *request)
{
	int err;

	hip_build_start(b, type, 0, &assoc->pair.local, &assoc->pair.peer);
	hip_build_copy(b, echo, data, len);
	err = hip_auth_mac(b, HIP_PARAM_HIP_MAC, assoc->keymat.hash,
			   &assoc->own_keys, NULL, 0);
	if (!err)
		err = hip_auth_sign(b, HIP_PARAM_HIP_SIGNATURE,
				    assoc->identity->key);
	if (err)
		return hip_auth_drop(err);
	if (request)
		hip_auth_echo_unsigned(b, request);
	return hip_build_end(b) ? HIP_STAT_DROP_ANSWER_SIZE : 0;
}

static void kernel_closing(struct hip_assoc *assoc)
{
	struct hip_kif *kif = assoc->host->kif;

	kif->ops->assoc_state(kif, &assoc->pair.local, &assoc->pair.peer,
			      HIP_KIF_ASSOC_CLOSING);
}

static void arm(struct hip_assoc *assoc)
{
	hip_timer_set(&assoc->host->timers, &assoc->timer,
		      hip_host_now(assoc->host) +
			      hip_retransmit_wait(&assoc->rtx, RTO_MAX));
}

void hip_close_start(struct hip_host *host, struct hip_assoc *assoc,
		     const struct hip_msg *msg)
{
	struct hip_builder b;

	hip_crypto_random(assoc->close_nonce, sizeof(assoc->close_nonce));
	assoc->close_sent = true;
	kernel_closing(assoc);
	hip_assoc_enter(assoc, HIP_CLOSING);
	if (build(assoc, &b, HIP_CLOSE, HIP_PARAM_ECHO_REQUEST_SIGNED,
		  assoc->close_nonce, sizeof(assoc->close_nonce), NULL)) {
		hip_assoc_destroy(assoc);
		return;
	}
	if (hip_retransmit_set(&assoc->rtx, b.buf, b.len, RTO_FIRST)) {
		/* no memory to repeat it: the peer hears it once */
		hip_send(host, &assoc->local, &assoc->peer, b.buf, b.len);
		hip_assoc_destroy(assoc);
		return;
	}
	hip_retransmit_send(host, &assoc->rtx, &assoc->local, &assoc->peer);
	arm(assoc);
}

void hip_close_again(struct hip_host *host, struct hip_assoc *assoc,
		     const struct hip_msg *msg)
{
	uint64_t end = assoc->since + hip_life_ual(assoc) + HIP_MSL;

	if (hip_host_now(host) >= end) {
		hip_assoc_destroy(assoc);
		return;
	}
	hip_retransmit_send(host, &assoc->rtx, &assoc->local, &assoc->peer);
	arm(assoc);
}

void hip_close_over(struct hip_host *host, struct hip_assoc *assoc,
		    const struct hip_msg *msg)
{
	/* a new attempt that runs beside CLOSED goes on without the old keys */
	if (assoc->bex)
		hip_assoc_enter(assoc, HIP_I1_SENT);
	else
		hip_assoc_destroy(assoc);
}

static void answer(struct hip_assoc *assoc, const struct hip_held *held)
{
	const struct hip_param *echo;
	struct hip_host *host = assoc->host;
	struct hip_builder b;
	int drop;

	echo = hip_packet_get(&held->p, HIP_PARAM_ECHO_REQUEST_SIGNED);
	drop = build(assoc, &b, HIP_CLOSE_ACK, HIP_PARAM_ECHO_RESPONSE_SIGNED,
		     echo->data, echo->len, &held->p);
	if (drop)
		host->stats.v[drop]++;
	else
		hip_send(host, &held->dst, &held->src, b.buf, b.len);
}

/* A valid CLOSE, in every state that has keys: the association is closed
 * whatever becomes of the answer.
 */
static void acknowledge(struct hip_assoc *assoc, const struct hip_held *held)
{
	if (assoc->state != HIP_CLOSED) {
		hip_retransmit_clear(&assoc->rtx);
		hip_assoc_path_down(assoc, true);
		hip_assoc_enter(assoc, HIP_CLOSED);
	}
	answer(assoc, held);
}

/* In I2-SENT the keys of the I2 become the association's, without SAs. */
static void acknowledge_early(struct hip_assoc *assoc,
			      const struct hip_held *held)
{
	struct hip_bex *bex = assoc->bex;
	struct hip_session s = bex->offer->session;

	memset(&bex->offer->session, 0, sizeof(bex->offer->session));
	bex->offer->session.path = s.path;
	s.path.id = 0;
	hip_assoc_take(assoc, &s);
	hip_bex_abort(assoc);
	acknowledge(assoc, held);
}

static void verify(struct hip_assoc *assoc, const struct hip_msg *msg,
		   uint16_t echo, hip_verified_fn *then)
{
	const struct hip_verify_keys with = {
		.hash = assoc->keymat.hash,
		.keys = &assoc->peer_keys,
		.key = assoc->peer_key,
	};

	if (!hip_packet_get(msg->p, echo))
		assoc->host->stats.v[HIP_STAT_DROP_MISSING]++;
	else
		hip_verify_run(assoc, msg, HIP_PARAM_HIP_MAC, &with, then);
}

void hip_close_rx(struct hip_host *host, struct hip_assoc *assoc,
		  const struct hip_msg *msg)
{
	verify(assoc, msg, HIP_PARAM_ECHO_REQUEST_SIGNED, acknowledge);
}

void hip_close_rx_early(struct hip_host *host, struct hip_assoc *assoc,
			const struct hip_msg *msg)
{
	const struct hip_session *s = hip_bex_session(assoc);
	struct hip_verify_keys with;

	if (!s) {
		host->stats.v[HIP_STAT_DROP_STATE]++;
		return;
	}
	with = (struct hip_verify_keys){
		.hash = s->keymat.hash,
		.keys = &s->peer_keys,
		.key = s->peer_key,
	};
	if (!hip_packet_get(msg->p, HIP_PARAM_ECHO_REQUEST_SIGNED))
		host->stats.v[HIP_STAT_DROP_MISSING]++;
	else
		hip_verify_run(assoc, msg, HIP_PARAM_HIP_MAC, &with,
			       acknowledge_early);
}

static void acknowledged(struct hip_assoc *assoc, const struct hip_held *held)
{
	const struct hip_param *echo;

	echo = hip_packet_get(&held->p, HIP_PARAM_ECHO_RESPONSE_SIGNED);
	if (!assoc->close_sent || echo->len != sizeof(assoc->close_nonce) ||
	    !hip_crypto_equal(echo->data, assoc->close_nonce, echo->len)) {
		assoc->host->stats.v[HIP_STAT_DROP_ECHO]++;
		return;
	}
	assoc->close_sent = false;
	hip_close_over(assoc->host, assoc, NULL);
}

void hip_close_rx_ack(struct hip_host *host, struct hip_assoc *assoc,
		      const struct hip_msg *msg)
{
	verify(assoc, msg, HIP_PARAM_ECHO_RESPONSE_SIGNED, acknowledged);
}
