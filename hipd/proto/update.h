/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UPDATE: sequence numbers and acknowledgements (RFC 7401 sections 5.3.5, 6.11
 * and 6.12). What an UPDATE is about is told by its parameters, and each has a
 * handler: rekey.h.
 *
 * To send one: hip_update_create(), then parameters in the order of their
 * types, hip_update_put_seq() and hip_update_put_ack() in their places, then
 * hip_update_run(). One with a SEQ is sent again until the peer acknowledges
 * it.
 */
#ifndef HIP_UPDATE_H
#define HIP_UPDATE_H

#include "fsm.h"
#include "job.h"

struct hip_update_tx;

/* The peer has acknowledged our Update ID @id. */
typedef void hip_update_acked_fn(struct hip_assoc *assoc, uint32_t id);
/* Before it is sent again: has the peer had it, though its ACK was lost? */
typedef bool hip_update_implied_fn(struct hip_assoc *assoc);

/* An UPDATE that is being made. First member of what its maker needs more. */
struct hip_update_tx {
	struct hip_job job;
	struct hip_pair pair;
	uint32_t life;			/* of the association */
	struct in6_addr src, dst;	/* locators; may be changed */
	enum hip_hash hash;
	struct hip_hipkeys keys;
	struct hip_key *key;
	struct hip_builder b;
	bool seq, ack;
	uint32_t id, acked_id;
	struct hip_held *request;	/* what it answers, or NULL */
	int drop;
	/* Hooks; NULL = none. Any thread, before the packet is protected;
	 * returns 0 or the counter of the drop.
	 */
	int (*prepare)(struct hip_update_tx *tx);
	/* In the loop, before it is sent; likewise. */
	int (*commit)(struct hip_assoc *assoc, struct hip_update_tx *tx);
	/* In the loop: it was not sent; @assoc is NULL when that is gone. */
	void (*failed)(struct hip_assoc *assoc, struct hip_update_tx *tx);
	/* Frees what the maker has; the rest is freed by the caller. */
	void (*release)(struct hip_update_tx *tx);
	hip_update_acked_fn *acked;
	hip_update_implied_fn *implied;
};

/**
 * hip_update_create() - begin an UPDATE
 * @assoc: ESTABLISHED or R2-SENT
 * @size: of the maker's struct that begins with struct hip_update_tx
 * @request: the peer's UPDATE that this one answers, or NULL; its
 *	ECHO_REQUESTs are answered
 *
 * Return: NULL without memory.
 */
void *hip_update_create(struct hip_assoc *assoc, size_t size,
			const struct hip_held *request);
/* SEQ with our next Update ID. */
void hip_update_put_seq(struct hip_assoc *assoc, struct hip_update_tx *tx);
/* ACK of tx->request's SEQ. */
void hip_update_put_ack(struct hip_update_tx *tx);
/* Protects and sends; @tx is no longer the caller's. */
void hip_update_run(struct hip_assoc *assoc, struct hip_update_tx *tx);

/* Frees what was not run. */
void hip_update_drop(struct hip_update_tx *tx);
/* Our Update ID @id is not sent again; none is fine. */
void hip_update_cancel(struct hip_assoc *assoc, uint32_t id);
/* The first of our Update IDs that the peer may yet acknowledge; the next one
 * when there is none.
 */
uint32_t hip_update_oldest(const struct hip_update *update);
/* How long an UPDATE is sent again and again at most, ns. */
uint64_t hip_update_patience(const struct hip_config *config);
/* Nothing is outstanding any more, in either direction. */
void hip_update_reset(struct hip_assoc *assoc);

/* Step of the state machine. */
void hip_update_rx(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg);

#endif
