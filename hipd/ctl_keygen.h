/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making an identity for `hip id add`: what is asked for, and the thread that
 * makes it while the loop goes on.
 */
#ifndef HIP_CTL_KEYGEN_H
#define HIP_CTL_KEYGEN_H

#include "identity.h"

struct hip_ctl_call;

struct hip_ctl_keyspec {
	char name[HIP_NAME_MAX + 1];
	unsigned int alg, bits;
};

/* @name NULL: one after @type that is free; @bits 0: the usual number.
 * Returns -EINVAL or -EEXIST with a sentence.
 */
int hip_ctl_keyspec(const struct hip_identities *ids, const char *name,
		    const char *type, int bits, struct hip_ctl_keyspec *spec,
		    char *err, size_t err_len);
/* Answers @call when the key is there. */
void hip_ctl_keygen_start(struct hip_ctl_call *call,
			  const struct hip_ctl_keyspec *spec);

#endif
