/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's own identities: key files /etc/hip/keys/NAME.pem (PKCS#8, 0600).
 */
#ifndef HIP_IDENTITY_H
#define HIP_IDENTITY_H

#include "crypto.h"
#include "domain.h"

#define HIP_NAME_MAX 63
/* HOST_ID: header and padding, HI, Domain Identifier */
#define HIP_HOST_ID_MAX (18 + HIP_HI_MAX + HIP_DOMAIN_MAX)

struct hip_identity {
	struct hip_identity *next;
	char name[HIP_NAME_MAX + 1];	/* file name without .pem */
	struct hip_key *key;
	struct in6_addr hit;
	bool is_default;		/* source HIT of new flows */
	bool anonymous;			/* says so in R1 and I2, has no DI */
	/* HOST_ID TLV with padding, ready to be copied (RFC 7401 5.2.9) */
	uint8_t host_id[HIP_HOST_ID_MAX];
	size_t host_id_len;
};

/* Owner: the host. Ordered by name, the default one first. */
struct hip_identities {
	struct hip_identity *first;
	char dir[256];
};

/* Errors are a sentence in @err (file, what was found, what to do). */
int hip_identities_load(struct hip_identities *ids, const char *dir,
			char *err, size_t err_len);
void hip_identities_exit(struct hip_identities *ids);
/* Makes a key, writes DIR/NAME.pem with mode 0600 and adds it. */
int hip_identity_create(struct hip_identities *ids, const char *name,
			unsigned int alg, unsigned int bits, bool anonymous,
			struct hip_identity **out, char *err, size_t err_len);
/* HOST_ID with this Domain Identifier (domain.h), "" for none; an anonymous
 * identity gets none. Signed R1s must be made anew.
 */
void hip_identity_set_domain(struct hip_identity *id, const char *domain);
/* Adds a key made elsewhere without writing a file (tests). Takes a
 * reference on @key.
 */
struct hip_identity *hip_identity_add(struct hip_identities *ids,
				      const char *name, struct hip_key *key);
/* Removes the file and the identity. */
int hip_identity_delete(struct hip_identities *ids, struct hip_identity *id,
			char *err, size_t err_len);
/* Makes it the default, remembered as symbolic link DIR/default. */
int hip_identity_set_default(struct hip_identities *ids,
			     struct hip_identity *id, char *err,
			     size_t err_len);

struct hip_identity *hip_identity_by_hit(const struct hip_identities *ids,
					 const struct in6_addr *hit);
struct hip_identity *hip_identity_by_name(const struct hip_identities *ids,
					  const char *name);
struct hip_identity *hip_identity_default(const struct hip_identities *ids);

#endif
