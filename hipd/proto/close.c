// SPDX-License-Identifier: GPL-2.0
/*
 * Closing (RFC 7401 sections 4.4.3, 5.3.7, 5.3.8, 6.14, 6.15). The keys stay
 * until UNASSOCIATED, because a CLOSE whose CLOSE_ACK was lost comes again;
 * the SAs go earlier: ours when the peer has closed, both when it has
 * answered. assoc->rtx is our CLOSE in CLOSING, our CLOSE_ACK in CLOSED.
 */
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "bex.h"
#include "close.h"
#include "life.h"
#include "send.h"
#include "verify.h"

#define RTO_FIRST (2 * HIP_SEC)
#define RTO_MAX (60 * HIP_SEC)
#define REACK (100 * HIP_MSEC)
#define CROWDED 50			/* percent of the places of jobs */
#define LATER (100 * HIP_MSEC)
#define STOP_TIME (10 * HIP_SEC)

/* A CLOSE or CLOSE_ACK that is being made. */
struct making {
	struct hip_job job;
	struct hip_pair pair;
	uint32_t life;			/* of the association */
	struct in6_addr src, dst;
	enum hip_hash hash;
	struct hip_hipkeys keys;
	struct hip_key *key;
	struct hip_held *request;	/* what it answers, or NULL */
	struct hip_builder b;
	int drop;
};

static void compute(struct hip_job *job)
{
	struct making *m = (struct making *)job;
	int err;

	err = hip_auth_mac(&m->b, HIP_PARAM_HIP_MAC, m->hash, &m->keys,
			   NULL, 0);
	if (!err)
		err = hip_auth_sign(&m->b, HIP_PARAM_HIP_SIGNATURE, m->key);
	if (!err)
		err = hip_build_end(&m->b);
	m->drop = hip_auth_drop(err);
}

static struct making *create(const struct hip_assoc *assoc,
			     enum hip_packet_type type,
			     void (*commit)(struct hip_job *job))
{
	struct making *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->job = (struct hip_job){ .host = assoc->host, .compute = compute,
				   .commit = commit, .pair = &m->pair };
	m->pair = assoc->pair;
	m->life = assoc->life;
	m->src = assoc->local;
	m->dst = assoc->peer;
	m->hash = assoc->keymat.hash;
	m->keys = assoc->own_keys;
	m->key = hip_key_get(assoc->identity->key);
	hip_build_start(&m->b, type, 0, &m->pair.local, &m->pair.peer);
	return m;
}

static void drop(struct making *m)
{
	hip_key_put(m->key);
	hip_crypto_wipe(&m->keys, sizeof(m->keys));
	free(m->request);
	free(m);
}

/* ---- ours ---- */

static void kernel_closing(struct hip_assoc *assoc)
{
	struct hip_kif *kif = assoc->host->kif;

	kif->ops->assoc_state(kif, &assoc->pair.local, &assoc->pair.peer,
			      HIP_KIF_ASSOC_CLOSING);
}

static void arm(struct hip_assoc *assoc, uint64_t wait)
{
	hip_timer_set(&assoc->host->timers, &assoc->timer,
		      hip_host_now(assoc->host) + wait);
}

static void repeat(struct hip_assoc *assoc)
{
	hip_retransmit_send(assoc->host, &assoc->rtx, &assoc->local,
			    &assoc->peer);
	arm(assoc, hip_retransmit_wait(&assoc->rtx, RTO_MAX));
}

static void made(struct hip_assoc *assoc, struct making *m)
{
	if (m->job.abandoned) {
		arm(assoc, LATER);
	} else if (m->drop) {
		hip_assoc_destroy(assoc);
	} else if (!hip_retransmit_set(&assoc->rtx, m->b.buf, m->b.len,
				       RTO_FIRST)) {
		repeat(assoc);
	} else {
		/* no memory to repeat it: the peer hears it once */
		hip_send(assoc->host, &m->src, &m->dst, m->b.buf, m->b.len);
		hip_assoc_destroy(assoc);
	}
}

static void close_made(struct hip_job *job)
{
	struct making *m = (struct making *)job;
	struct hip_host *host = job->host;
	struct hip_assoc *assoc;

	assoc = hip_assoc_find(&host->assocs, &m->pair.local, &m->pair.peer);
	/* an association that is gone has a peer that should hear of it; one
	 * that goes on does not want to be closed
	 */
	if (assoc && assoc->life == m->life && assoc->state == HIP_CLOSING)
		made(assoc, m);
	else if (!assoc && !job->abandoned && !m->drop)
		hip_send(host, &m->src, &m->dst, m->b.buf, m->b.len);
	drop(m);
}

/* All associations may be closed at once: those that the workers have no time
 * for yet wait without a job, and peers' packets find places.
 */
static void make(struct hip_assoc *assoc)
{
	struct making *m = NULL;

	if (hip_job_fill(assoc->host, HIP_JOB_SHORT) < CROWDED)
		m = create(assoc, HIP_CLOSE, close_made);
	if (!m) {
		arm(assoc, LATER);
		return;
	}
	hip_build_copy(&m->b, HIP_PARAM_ECHO_REQUEST_SIGNED,
		       assoc->close_nonce, sizeof(assoc->close_nonce));
	hip_job_run(&m->job);
}

void hip_close_start(struct hip_host *host, struct hip_assoc *assoc,
		     const struct hip_msg *msg)
{
	hip_crypto_random(assoc->close_nonce, sizeof(assoc->close_nonce));
	assoc->close_sent = true;
	kernel_closing(assoc);
	hip_retransmit_clear(&assoc->rtx);
	hip_assoc_enter(assoc, HIP_CLOSING);
	make(assoc);
}

void hip_close_again(struct hip_host *host, struct hip_assoc *assoc,
		     const struct hip_msg *msg)
{
	uint64_t end = assoc->since + hip_life_ual(assoc) + HIP_MSL;

	if (hip_host_now(host) >= end)
		hip_assoc_destroy(assoc);
	else if (assoc->rtx.buf)
		repeat(assoc);
	else
		make(assoc);
}

void hip_close_stop(struct hip_host *host)
{
	uint64_t end = hip_host_now(host) + STOP_TIME;
	struct hip_assoc *assoc, *tmp;

	HASH_ITER(hh, host->assocs.by_pair, assoc, tmp)
		if (assoc->state == HIP_CLOSING && !assoc->rtx.buf &&
		    hip_host_now(host) < end)
			hip_close_again(host, assoc, NULL);
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

/* ---- the peer's ---- */

/* What middleboxes ask for differs each time, and no signature covers it. */
static void send_ack(struct hip_host *host, struct hip_builder *b,
		     const struct hip_held *held)
{
	hip_auth_echo_unsigned(b, &held->p);
	if (hip_build_end(b))
		host->stats.v[HIP_STAT_DROP_ANSWER_SIZE]++;
	else
		hip_send(host, &held->dst, &held->src, b->buf, b->len);
}

static void ack_made(struct hip_job *job)
{
	struct making *m = (struct making *)job;
	struct hip_host *host = job->host;
	struct hip_assoc *assoc;

	if (job->abandoned) {
		drop(m);
		return;
	}
	assoc = hip_assoc_find(&host->assocs, &m->pair.local, &m->pair.peer);
	/* without memory the next one is signed anew */
	if (!m->drop && assoc && assoc->life == m->life &&
	    assoc->state == HIP_CLOSED)
		hip_retransmit_set(&assoc->rtx, m->b.buf, m->b.len, 0);
	if (m->drop)
		host->stats.v[m->drop]++;
	else
		send_ack(host, &m->b, m->request);
	drop(m);
}

static void answer(struct hip_assoc *assoc, const struct hip_held *held)
{
	const struct hip_msg msg = { .p = &held->p, .src = held->src,
				     .dst = held->dst };
	struct making *m = create(assoc, HIP_CLOSE_ACK, ack_made);
	const struct hip_param *echo;

	if (m)
		m->request = malloc(sizeof(*m->request));
	if (!m || !m->request) {
		assoc->host->stats.v[HIP_STAT_DROP_MEMORY]++;
		if (m)
			drop(m);
		return;
	}
	hip_msg_hold(m->request, &msg);
	echo = hip_packet_get(&held->p, HIP_PARAM_ECHO_REQUEST_SIGNED);
	hip_build_copy(&m->b, HIP_PARAM_ECHO_RESPONSE_SIGNED, echo->data,
		       echo->len);
	hip_job_run(&m->job);
}

/* The nonce is the first parameter of our CLOSE_ACK. */
static bool answered(const struct hip_assoc *assoc, const struct hip_held *held)
{
	const struct hip_param *echo;
	const uint8_t *ours;

	if (!assoc->rtx.buf)
		return false;
	ours = assoc->rtx.buf + HIP_HDR_LEN;
	echo = hip_packet_get(&held->p, HIP_PARAM_ECHO_REQUEST_SIGNED);
	return hip_get16(ours + 2) == echo->len &&
	       !memcmp(ours + 4, echo->data, echo->len);
}

static void answer_again(struct hip_assoc *assoc, const struct hip_held *held)
{
	struct hip_builder b = { .len = assoc->rtx.len,
				 .last = HIP_PARAM_HIP_SIGNATURE };

	memcpy(b.buf, assoc->rtx.buf, b.len);
	assoc->host->stats.v[HIP_STAT_RETRANSMIT]++;
	send_ack(assoc->host, &b, held);
}

/* A replay looks as good as a CLOSE whose CLOSE_ACK was lost. */
static bool too_soon(const struct hip_assoc *assoc)
{
	return assoc->state == HIP_CLOSED && assoc->reclosed_at &&
	       hip_host_now(assoc->host) < assoc->reclosed_at + REACK;
}

/* A valid CLOSE, in every state that has keys: the association is closed
 * whatever becomes of the answer.
 */
static void acknowledge(struct hip_assoc *assoc, const struct hip_held *held)
{
	/* once more: another may have been answered meanwhile */
	if (too_soon(assoc)) {
		assoc->host->stats.v[HIP_STAT_DROP_CLOSE_AGAIN]++;
		return;
	}
	if (assoc->state != HIP_CLOSED) {
		hip_retransmit_clear(&assoc->rtx);
		hip_assoc_path_down(assoc, true);
		hip_assoc_enter(assoc, HIP_CLOSED);
		assoc->reclosed_at = 0;
	} else {
		assoc->reclosed_at = hip_host_now(assoc->host);
	}
	if (answered(assoc, held))
		answer_again(assoc, held);
	else
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
	if (too_soon(assoc))
		host->stats.v[HIP_STAT_DROP_CLOSE_AGAIN]++;
	else
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
