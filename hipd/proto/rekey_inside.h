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
	bool drawing;			/* a job has the two */
	bool ready;			/* keys and inbound SA are there */
	uint16_t index, peer_index;	/* of the ESP_INFOs */
	uint16_t drawn;			/* where the keys were drawn */
	struct hip_path path;		/* with both new SPIs */
	struct hip_dh *dh;		/* new ones, or NULL */
	uint8_t *peer_dh;
	size_t peer_dh_len;
	struct hip_keymat keymat;	/* with the keys drawn */
	struct hip_timer timer;		/* tries the end again, gives up */
	uint64_t deadline;		/* ns */
};

/* Gives up, says why, and tries again later. */
void hip_rekey_failed(struct hip_assoc *assoc, const char *why);
/* After one that failed. */
void hip_rekey_later(struct hip_assoc *assoc);
/* The last step; -EAGAIN: the kernel refused, the timer tries again. */
int hip_rekey_finalise(struct hip_assoc *assoc);

void hip_rekey_put_esp_info(struct hip_builder *b, const struct hip_rekey *r);
void hip_rekey_put_dh(struct hip_builder *b, const struct hip_dh *dh);
/* hip_update_tx's functions of an UPDATE with our ESP_INFO. */
void hip_rekey_acked(struct hip_assoc *assoc, uint32_t id);
bool hip_rekey_implied(struct hip_assoc *assoc);
/* The peer's ESP_INFO is in assoc->rekey: draws the keys and answers, in a job.
 * 0 or -ENOMEM.
 */
int hip_rekey_answer(struct hip_assoc *assoc, const struct hip_held *held);

#endif
