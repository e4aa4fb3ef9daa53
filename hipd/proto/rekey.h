/* SPDX-License-Identifier: GPL-2.0 */
/*
 * New ESP keys for a running association, with or without new Diffie-Hellman
 * values (RFC 7402 sections 5.3 and 6.8 to 6.10).
 */
#ifndef HIP_REKEY_H
#define HIP_REKEY_H

#include "update.h"

/* Whether new Diffie-Hellman values are made. */
enum hip_rekey_dh {
	HIP_REKEY_CONFIGURED,		/* as rekey-dh says */
	HIP_REKEY_NEW_DH,
};

/**
 * hip_rekey_start() - ask the peer for new keys
 * @assoc: ESTABLISHED or R2-SENT
 * @dh: whether new Diffie-Hellman values must be made. They are made anyway
 *	when the keying material is used up.
 *
 * Return: 0, also when a rekey is running; -ENOTCONN when the association is
 * not up; -ENOMEM, or what the kernel answered.
 */
int hip_rekey_start(struct hip_assoc *assoc, enum hip_rekey_dh dh);
/* The path has carried enough, or is old enough: hip_rekey_start(), later when
 * that fails.
 */
void hip_rekey_now(struct hip_assoc *assoc);
/* How much @path may carry before. */
void hip_rekey_limits(const struct hip_config *config, struct hip_path *path);
/* Has it carried that much? For what no report of the kernel told. */
bool hip_rekey_worn(const struct hip_path *path,
		    const struct hip_path_stats *st);
/* Gives up a running rekey and the SA that it prepared; none is fine. */
void hip_rekey_abort(struct hip_assoc *assoc);
/* Sets the time of the next rekey of @assoc's new path. */
void hip_rekey_arm(struct hip_assoc *assoc);
/* hip_assoc.rekey_timer's function. */
void hip_rekey_timer(struct hip_timer *t);
/* After a change of rekey-time. */
void hip_rekey_changed(struct hip_host *host);

/* Handler of ESP_INFO in UPDATE: may it be processed? 0 or the counter. */
int hip_rekey_check(const struct hip_assoc *assoc, const struct hip_packet *p);
/* Processes it. 1: it sends the ACK, 0: the caller does, negative errno: the
 * packet counts as not received.
 */
int hip_rekey_rx(struct hip_assoc *assoc, const struct hip_held *held);

#endif
