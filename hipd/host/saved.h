/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An association as octets: all that a daemon needs to go on with it whose
 * SAs are in the kernel. The ESP keys are there, too, and not here.
 */
#ifndef HIP_SAVED_H
#define HIP_SAVED_H

#include "assoc.h"

/* Grows with each change of what the octets mean. */
#define HIP_SAVED_VERSION 2

struct hip_saved {
	struct hip_pair pair;
	bool initiator;
	struct hip_update update;	/* sequence numbers */
	struct hip_session session;	/* path.in and path.out are empty */
};

/* Writes @assoc, which is ESTABLISHED; NULL: only counts. Returns octets. */
size_t hip_saved_put(uint8_t *buf, const struct hip_assoc *assoc);

/**
 * hip_saved_next() - walk over the octets of several associations
 * @buf: moved behind the record
 * @left: octets of @buf; what is left of them
 * @pair: whose record it is
 * @record: where it is
 *
 * Return: its length; 0: none is left, or what is left is none.
 */
size_t hip_saved_next(const uint8_t **buf, size_t *left,
		      struct hip_pair *pair, const uint8_t **record);

/* Reads one record: 0, -EBADMSG or -ENOMEM. @s->session is the caller's to
 * empty (hip_session_exit).
 */
int hip_saved_get(struct hip_saved *s, const uint8_t *record, size_t len);

#endif
