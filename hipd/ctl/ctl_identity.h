/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HIP_CTL_IDENTITY_H
#define HIP_CTL_IDENTITY_H

#include <jansson.h>

#include "identity.h"

struct hip_locator;

/* {"name", "hit", "type", "bits", "default", "anonymous"}; NULL: no memory. */
json_t *hip_ctl_identity_json(const struct hip_identity *id);
/* The same with "hi", "dns" and "hosts", the latter with @locators. */
json_t *hip_ctl_identity_export(const struct hip_identity *id,
				const struct hip_locator *locators, size_t n);

/* The key that `hip id add` asks for. */
struct hip_identity_spec {
	char name[HIP_NAME_MAX + 1];
	unsigned int alg, bits;
	bool anonymous;
};

/* @name NULL: one after @type that is free; @bits 0: the usual number.
 * Returns -EINVAL or -EEXIST with a sentence.
 */
int hip_ctl_identity_spec(const struct hip_identities *ids, const char *name,
			  const char *type, int bits,
			  struct hip_identity_spec *spec, char *err,
			  size_t err_len);

#endif
