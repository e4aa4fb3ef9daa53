// SPDX-License-Identifier: GPL-2.0
/*
 * UPDATE packets, both ways (RFC 7401 sections 5.3.5, 6.11, 6.12).
 *
 * Received: an Update ID that lies WINDOW or more ahead or behind is dropped;
 * one that was processed before is acknowledged again, but not more often
 * than each REACK; the ACK is processed before the SEQ. Sent: several may be
 * outstanding, each is repeated unchanged; after update-retries the
 * association is closed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "bex.h"
#include "close.h"
#include "life.h"
#include "log.h"
#include "notify.h"
#include "rekey.h"
#include "send.h"
#include "store.h"
#include "update.h"
#include "verify.h"

#define WINDOW 32		/* bits of hip_update.peer_seen */
#define REACK (100 * HIP_MSEC)
#define RTO_FIRST (500 * HIP_MSEC)
#define RTO_MAX (8 * HIP_SEC)

/* Ours, not yet acknowledged. */
struct hip_update_out {
	struct hip_update_out *next;
	struct hip_assoc *assoc;
	struct hip_retransmit rtx;
	struct hip_timer timer;
	struct in6_addr src, dst;
	uint64_t sent_at;		/* ns */
	uint32_t id, acked_id;
	bool ack;			/* it has an ACK of acked_id */
	hip_update_acked_fn *acked;
	hip_update_implied_fn *implied;
};

/* What the parameters of the peer's UPDATE ask for. */
static const struct handler {
	uint16_t param;
	int (*check)(const struct hip_assoc *assoc,
		     const struct hip_packet *p);
	int (*rx)(struct hip_assoc *assoc, const struct hip_held *held);
} handlers[] = {
	{ HIP_PARAM_ESP_INFO, hip_rekey_check, hip_rekey_rx },
};

/* ---- outstanding ---- */

static void out_free(struct hip_update_out *out)
{
	struct hip_update_out **at = &out->assoc->update.out;

	while (*at != out)
		at = &(*at)->next;
	*at = out->next;
	hip_timer_stop(&out->assoc->host->timers, &out->timer);
	hip_retransmit_clear(&out->rtx);
	free(out);
}

void hip_update_reset(struct hip_assoc *assoc)
{
	while (assoc->update.out)
		out_free(assoc->update.out);
	memset(&assoc->update, 0, sizeof(assoc->update));
}

void hip_update_cancel(struct hip_assoc *assoc, uint32_t id)
{
	struct hip_update_out *out;

	for (out = assoc->update.out; out; out = out->next)
		if (out->id == id)
			break;
	if (out)
		out_free(out);
}

uint64_t hip_update_patience(const struct hip_config *config)
{
	uint64_t wait = RTO_FIRST, sum = 0;
	unsigned int i;

	for (i = 0; i <= config->update_retries; i++) {
		sum += wait;
		wait = wait * 2 > RTO_MAX ? RTO_MAX : wait * 2;
	}
	return sum;
}

static void out_acked(struct hip_update_out *out)
{
	struct hip_assoc *assoc = out->assoc;
	hip_update_acked_fn *acked = out->acked;
	uint32_t id = out->id;

	if (out->rtx.tries == 1)	/* Karn: else which was answered? */
		assoc->rtt = hip_host_now(assoc->host) - out->sent_at;
	out_free(out);
	if (acked)
		acked(assoc, id);
}

static void out_again(struct hip_timer *t)
{
	struct hip_update_out *out =
		(void *)((char *)t - offsetof(struct hip_update_out, timer));
	struct hip_assoc *assoc = out->assoc;
	struct hip_host *host = assoc->host;
	char peer[HIP_ADDRSTRLEN];

	if (out->implied && out->implied(assoc)) {
		out_acked(out);
		return;
	}
	if (out->rtx.tries > host->config.update_retries) {
		host->stats.v[HIP_STAT_UPDATE_FAILED]++;
		hip_log_limited(BEX, NOTICE,
				"%s does not acknowledge UPDATEs: closed",
				hip_addr_str(&assoc->pair.peer, peer));
		hip_close_start(host, assoc, NULL);	/* frees @out */
		return;
	}
	hip_retransmit_send(host, &out->rtx, &out->src, &out->dst);
	hip_timer_set(&host->timers, t,
		      hip_host_now(host) +
			      hip_retransmit_wait(&out->rtx, RTO_MAX));
}

static int out_add(struct hip_assoc *assoc, const struct hip_update_tx *tx)
{
	struct hip_update_out *out = calloc(1, sizeof(*out));
	uint64_t rto = 2 * assoc->rtt;

	if (!out)
		return HIP_STAT_DROP_MEMORY;
	if (hip_retransmit_set(&out->rtx, tx->b.buf, tx->b.len,
			       rto > RTO_FIRST ? rto : RTO_FIRST)) {
		free(out);
		return HIP_STAT_DROP_MEMORY;
	}
	out->assoc = assoc;
	out->src = tx->src;
	out->dst = tx->dst;
	out->id = tx->id;
	out->ack = tx->ack;
	out->acked_id = tx->acked_id;
	out->acked = tx->acked;
	out->implied = tx->implied;
	out->next = assoc->update.out;
	out->sent_at = hip_host_now(assoc->host);
	assoc->update.out = out;
	hip_timer_init(&out->timer, out_again);
	out_again(&out->timer);
	return 0;
}

/* ---- making one ---- */

void *hip_update_create(struct hip_assoc *assoc, size_t size,
			const struct hip_held *request)
{
	struct hip_update_tx *tx = calloc(1, size);

	if (!tx)
		return NULL;
	if (request) {
		tx->request = malloc(sizeof(*tx->request));
		if (!tx->request) {
			free(tx);
			return NULL;
		}
		hip_msg_hold(tx->request,
			     &(struct hip_msg){ .p = &request->p,
						.src = request->src,
						.dst = request->dst });
	}
	tx->pair = assoc->pair;
	tx->life = assoc->life;
	tx->src = assoc->local;
	tx->dst = assoc->peer;
	tx->hash = assoc->keymat.hash;
	tx->keys = assoc->own_keys;
	tx->key = hip_key_get(assoc->identity->key);
	hip_build_start(&tx->b, HIP_UPDATE, 0, &tx->pair.local,
			&tx->pair.peer);
	return tx;
}

void hip_update_put_seq(struct hip_assoc *assoc, struct hip_update_tx *tx)
{
	uint8_t *data = hip_build_param(&tx->b, HIP_PARAM_SEQ, 4);

	tx->seq = true;
	tx->id = assoc->update.next_id++;
	assoc->update.making++;
	assoc->update.skipped = 0;
	assoc->update.forgotten = 0;
	hip_store_changed(assoc->host);
	if (data)
		hip_put32(data, tx->id);
}

void hip_update_put_ack(struct hip_update_tx *tx)
{
	const struct hip_param *seq;
	uint8_t *data = hip_build_param(&tx->b, HIP_PARAM_ACK, 4);

	seq = hip_packet_get(&tx->request->p, HIP_PARAM_SEQ);
	tx->ack = true;
	tx->acked_id = hip_get32(seq->data);
	if (data)
		hip_put32(data, tx->acked_id);
}

static void compute(struct hip_job *job)
{
	struct hip_update_tx *tx = (struct hip_update_tx *)job;
	int err;

	if (tx->prepare)
		tx->drop = tx->prepare(tx);
	if (tx->drop)
		return;
	err = hip_auth_mac(&tx->b, HIP_PARAM_HIP_MAC, tx->hash, &tx->keys,
			   NULL, 0);
	if (!err)
		err = hip_auth_sign(&tx->b, HIP_PARAM_HIP_SIGNATURE, tx->key);
	if (!err && tx->request)
		hip_auth_echo_unsigned(&tx->b, &tx->request->p);
	if (!err)
		err = hip_build_end(&tx->b);
	tx->drop = hip_auth_drop(err);
}

void hip_update_drop(struct hip_update_tx *tx)
{
	if (tx->release)
		tx->release(tx);
	hip_key_put(tx->key);
	hip_crypto_wipe(&tx->keys, sizeof(tx->keys));
	free(tx->request);
	free(tx);
}

static bool is_up(const struct hip_assoc *assoc)
{
	return assoc->state == HIP_ESTABLISHED || assoc->state == HIP_R2_SENT;
}

/* A bit of the window, from the newest Update ID down; -1: outside. */
static int bit_of(const struct hip_update *u, uint32_t id)
{
	uint32_t back = u->peer_next - 1 - id;

	return back < WINDOW ? (int)back : -1;
}

static void unmark(struct hip_update *u, uint32_t id)
{
	int bit = bit_of(u, id);

	if (bit >= 0)
		u->peer_seen &= ~(1u << bit);
}

static void commit(struct hip_job *job)
{
	struct hip_update_tx *tx = (struct hip_update_tx *)job;
	struct hip_assoc *assoc;

	if (job->abandoned) {
		hip_update_drop(tx);
		return;
	}
	assoc = hip_assoc_find(&job->host->assocs, &tx->pair.local,
			       &tx->pair.peer);
	if (assoc && (assoc->life != tx->life || !is_up(assoc)))
		assoc = NULL;
	if (assoc && tx->ack)
		assoc->update.busy--;
	if (assoc && tx->seq)
		assoc->update.making--;
	if (!assoc)
		tx->drop = HIP_STAT_DROP_STATE;
	if (!tx->drop && tx->commit)
		tx->drop = tx->commit(assoc, tx);
	if (!tx->drop && tx->seq)
		tx->drop = out_add(assoc, tx);
	else if (!tx->drop)
		hip_send(job->host, &tx->src, &tx->dst, tx->b.buf, tx->b.len);
	if (tx->drop) {
		/* what it answers may come again and is then new */
		if (assoc && tx->ack)
			unmark(&assoc->update, tx->acked_id);
		job->host->stats.v[tx->drop]++;
		if (tx->failed)
			tx->failed(assoc, tx);
	}
	hip_update_drop(tx);
}

void hip_update_run(struct hip_assoc *assoc, struct hip_update_tx *tx)
{
	const struct hip_param *echo = NULL;

	if (tx->request)
		echo = hip_packet_get(&tx->request->p,
				      HIP_PARAM_ECHO_REQUEST_SIGNED);
	if (echo)
		hip_build_copy(&tx->b, HIP_PARAM_ECHO_RESPONSE_SIGNED,
			       echo->data, echo->len);
	if (tx->ack)
		assoc->update.busy++;
	tx->job = (struct hip_job){ .host = assoc->host, .compute = compute,
				    .commit = commit, .pair = &tx->pair };
	hip_job_run(&tx->job);
}

uint32_t hip_update_oldest(const struct hip_update *u)
{
	uint32_t back = u->forgotten > u->making ? u->forgotten : u->making;
	const struct hip_update_out *out;

	for (out = u->out; out; out = out->next)
		if (u->next_id - out->id > back)
			back = u->next_id - out->id;
	return u->next_id - back;
}

/* ---- received ---- */

enum verdict { ID_NEW, ID_SEEN, ID_OUTSIDE };

static enum verdict judge(const struct hip_update *u, uint32_t id)
{
	int bit = bit_of(u, id);

	/* IDs start at 0: nothing lies below the first (section 6.11) */
	if (id - u->peer_next < WINDOW)
		return ID_NEW;
	if (bit < 0 || (!u->peer_wrapped && id > u->peer_next))
		return ID_OUTSIDE;
	return u->peer_seen & 1u << bit ? ID_SEEN : ID_NEW;
}

static void mark(struct hip_update *u, uint32_t id)
{
	uint32_t ahead = id - u->peer_next;

	if (ahead < WINDOW) {
		u->peer_seen = ahead + 1 < WINDOW ?
				       u->peer_seen << (ahead + 1) : 0;
		if (u->peer_next + ahead + 1 < u->peer_next)
			u->peer_wrapped = true;
		u->peer_next += ahead + 1;
	}
	u->peer_seen |= 1u << bit_of(u, id);
}

/* A repeat costs us at most one signature each REACK, and nothing while the
 * first answer is still being made.
 */
static bool too_soon(const struct hip_assoc *assoc)
{
	const struct hip_update *u = &assoc->update;

	return u->busy || (u->reacked_at && hip_host_now(assoc->host) <
						    u->reacked_at + REACK);
}

static int check(const struct hip_assoc *assoc, const struct hip_packet *p)
{
	const struct hip_param *seq = hip_packet_get(p, HIP_PARAM_SEQ);

	if (!seq)
		return hip_packet_get(p, HIP_PARAM_ACK) ?
			       0 : HIP_STAT_DROP_MISSING;
	switch (judge(&assoc->update, hip_get32(seq->data))) {
	case ID_OUTSIDE:
		return HIP_STAT_DROP_UPDATE_ID;
	case ID_SEEN:
		return too_soon(assoc) ? HIP_STAT_DROP_UPDATE_AGAIN : 0;
	default:
		return 0;
	}
}

static int acknowledge(struct hip_assoc *assoc, const struct hip_held *held)
{
	struct hip_update_tx *tx;

	tx = hip_update_create(assoc, sizeof(*tx), held);
	if (!tx)
		return -ENOMEM;
	hip_update_put_ack(tx);
	hip_update_run(assoc, tx);
	return 0;
}

/* It was processed before: our answer was lost, and that goes out again when
 * it waits for an ACK itself.
 */
static void acknowledge_again(struct hip_assoc *assoc,
			      const struct hip_held *held, uint32_t id)
{
	struct hip_host *host = assoc->host;
	struct hip_update_out *out;

	assoc->update.reacked_at = hip_host_now(host);
	host->stats.v[HIP_STAT_UPDATE_AGAIN]++;
	for (out = assoc->update.out; out; out = out->next)
		if (out->ack && out->acked_id == id)
			break;
	if (out)
		hip_retransmit_send(host, &out->rtx, &out->src, &out->dst);
	else if (acknowledge(assoc, held))
		host->stats.v[HIP_STAT_DROP_MEMORY]++;
}

/* ACKs are not cumulative, and there may be several (section 5.2.17). What
 * is not outstanding is redundant.
 */
static bool take_acks(struct hip_assoc *assoc, const struct hip_param *ack)
{
	struct hip_update_out *out;
	bool any = false;
	size_t i;

	for (i = 0; i + 4 <= ack->len; i += 4) {
		for (out = assoc->update.out; out; out = out->next)
			if (out->id == hip_get32(ack->data + i))
				break;
		if (!out)
			continue;
		any = true;
		out_acked(out);
	}
	return any;
}

static void take_seq(struct hip_assoc *assoc, const struct hip_held *held,
		     uint32_t id)
{
	const struct handler *h = NULL;
	int drop, ret;
	size_t i;

	for (i = 0; !h && i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (hip_packet_get(&held->p, handlers[i].param))
			h = &handlers[i];
	drop = h ? h->check(assoc, &held->p) : 0;
	if (drop) {
		assoc->host->stats.v[drop]++;
		hip_notify_drop_held(assoc->host, held, drop);
		return;
	}
	mark(&assoc->update, id);
	hip_store_changed(assoc->host);
	ret = h ? h->rx(assoc, held) : 0;
	if (!ret)
		ret = acknowledge(assoc, held);
	if (ret < 0) {
		unmark(&assoc->update, id);
		assoc->host->stats.v[ret == -EAGAIN ? HIP_STAT_DROP_STATE :
						HIP_STAT_DROP_MEMORY]++;
	}
}

/* Does it answer an UPDATE that was on its way when an earlier run of hipd was
 * killed? The peer may have new keys by now that nobody here knows.
 */
static bool forgotten(const struct hip_assoc *assoc,
		      const struct hip_param *ack)
{
	const struct hip_update *u = &assoc->update;
	size_t i;

	for (i = 0; i + 4 <= ack->len; i += 4)
		if (hip_get32(ack->data + i) - (u->next_id - u->forgotten) <
		    u->forgotten)
			return true;
	return false;
}

static void verified(struct hip_assoc *assoc, const struct hip_held *held)
{
	struct hip_host *host = assoc->host;
	const struct hip_param *seq, *ack;
	bool useful = false;
	uint32_t id;
	int drop;

	/* once more: others may have been processed meanwhile */
	drop = check(assoc, &held->p);
	if (drop) {
		host->stats.v[drop]++;
		return;
	}
	if (assoc->state == HIP_R2_SENT)
		hip_life_established(host, assoc, NULL);
	ack = hip_packet_get(&held->p, HIP_PARAM_ACK);
	seq = hip_packet_get(&held->p, HIP_PARAM_SEQ);
	if (ack && forgotten(assoc, ack)) {
		host->stats.v[HIP_STAT_REESTABLISHED]++;
		hip_bex_begin(assoc);
		return;
	}
	if (ack)
		useful = take_acks(assoc, ack);
	if (!seq) {
		if (!useful)
			host->stats.v[HIP_STAT_DROP_UPDATE_ACK]++;
		return;
	}
	id = hip_get32(seq->data);
	if (judge(&assoc->update, id) == ID_SEEN)
		acknowledge_again(assoc, held, id);
	else
		take_seq(assoc, held, id);
}

void hip_update_rx(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg)
{
	const struct hip_verify_keys with = {
		.hash = assoc->keymat.hash,
		.keys = &assoc->peer_keys,
		.key = assoc->peer_key,
	};
	int drop = check(assoc, msg->p);

	if (drop)
		host->stats.v[drop]++;
	else
		hip_verify_run(assoc, msg, HIP_PARAM_HIP_MAC, &with, verified);
}
