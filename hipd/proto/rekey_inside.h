/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of rekeying share (rekey*.c). */
#ifndef HIP_REKEY_INSIDE_H
#define HIP_REKEY_INSIDE_H

#include "rekey.h"

/* A running one, of one association. */
struct hip_rekey {
	struct hip_assoc *assoc;
	uint32_t serial;		/* tells it from another one to a job */
	uint32_t id;			/* of our UPDATE with ESP_INFO */
	bool sent;			/* there is such an UPDATE */
	bool acked;			/* and the peer has it */
	bool heard;			/* the peer's ESP_INFO is here */
	bool drawing;			/* a job has the two, or makes @dh */
	bool ready;			/* keys and inbound SA are there */
	uint16_t index, peer_index;	/* of the ESP_INFOs */
	uint16_t drawn;			/* where the keys were drawn */
	struct hip_path path;		/* with both new SPIs */
	bool with_dh;			/* a new value of ours belongs to it */
	struct hip_dh *dh;		/* it, or NULL: a job makes it */
	uint8_t *peer_dh;		/* the peer's new one, or NULL */
	size_t peer_dh_len;
	struct hip_keymat keymat;	/* with the keys drawn */
	struct hip_timer timer;		/* tries the end again, gives up */
	uint64_t deadline;		/* ns */
};

/* An UPDATE of a rekey. */
struct hip_rekey_tx {
	struct hip_update_tx tx;
	uint32_t serial;		/* of the rekey */
	struct hip_dh *dh;		/* our new value, or NULL */
	unsigned int dh_group;
	bool with_dh;			/* there is one, or will be */
	bool put_dh;			/* the peer does not have it */
};

/* Gives up, says why, and tries again later. */
void hip_rekey_failed(struct hip_assoc *assoc, const char *why);
/* After one that failed. */
void hip_rekey_later(struct hip_assoc *assoc);
/* The last step; -EAGAIN: the kernel refused, the timer tries again. */
int hip_rekey_finalise(struct hip_assoc *assoc);

/* Frees what the struct has; create() sets it. */
void hip_rekey_tx_release(struct hip_update_tx *tx);
/* @size: of the struct that begins with struct hip_rekey_tx. */
void *hip_rekey_tx_create(struct hip_assoc *assoc, size_t size,
			  const struct hip_held *request);
/* Its ESP_INFO, a SEQ and, when it answers one, an ACK. */
void hip_rekey_tx_ask(struct hip_assoc *assoc, struct hip_rekey_tx *t);
/* Any thread: our new value is there, and in the packet if the peer needs it.
 * 0 or the counter of the drop.
 */
int hip_rekey_tx_dh(struct hip_rekey_tx *t);
/* Its rekey, when that is still the one; NULL for @assoc NULL. It has what the
 * job made of our new value then.
 */
struct hip_rekey *hip_rekey_tx_of(const struct hip_assoc *assoc,
				  const struct hip_rekey_tx *t);
/* hip_update_tx's functions of an UPDATE of a rekey. */
void hip_rekey_acked(struct hip_assoc *assoc, uint32_t id);
bool hip_rekey_implied(struct hip_assoc *assoc);
/* The peer's ESP_INFO is in assoc->rekey: draws the keys and answers, in a job.
 * 0 or -ENOMEM.
 */
int hip_rekey_answer(struct hip_assoc *assoc, const struct hip_held *held);

#endif
