// SPDX-License-Identifier: GPL-2.0
/*
 * The host's own identities: the list, and what `hip id` does to it. The
 * files are identity_file.c's business. The loop's thread owns all of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "identity_file.h"
#include "wire.h"

/* RFC 7401 section 5.2.9 */
void hip_identity_set_domain(struct hip_identity *id, const char *domain)
{
	enum hip_domain_type type = HIP_DOMAIN_NONE;
	size_t len, contents, di_len = 0;
	uint8_t di[HIP_DOMAIN_MAX];
	const uint8_t *hi;
	uint8_t *p = id->host_id;

	if (*domain && !id->anonymous)
		di_len = hip_domain_encode(domain, di, &type);
	hi = hip_key_hi(id->key, &len);
	contents = 6 + len + di_len;
	memset(p, 0, sizeof(id->host_id));
	hip_put16(p, HIP_PARAM_HOST_ID);
	hip_put16(p + 2, (uint16_t)contents);
	hip_put16(p + 4, (uint16_t)len);
	if (di_len)
		hip_put16(p + 6, (uint16_t)(type << 12 | di_len));
	hip_put16(p + 8, (uint16_t)hip_key_alg(id->key));
	memcpy(p + 10, hi, len);
	memcpy(p + 10 + len, di, di_len);
	id->host_id_len = (4 + contents + 7) & ~(size_t)7;
}

/* The default one first, then by name. */
static bool before(const struct hip_identity *a, const struct hip_identity *b)
{
	if (a->is_default != b->is_default)
		return a->is_default;
	return strcmp(a->name, b->name) < 0;
}

static void insert(struct hip_identities *ids, struct hip_identity *id)
{
	struct hip_identity **at = &ids->first;

	while (*at && before(*at, id))
		at = &(*at)->next;
	id->next = *at;
	*at = id;
}

static void unlink_from(struct hip_identities *ids, struct hip_identity *id)
{
	struct hip_identity **at = &ids->first;

	while (*at != id)
		at = &(*at)->next;
	*at = id->next;
}

static void destroy(struct hip_identity *id)
{
	hip_key_put(id->key);
	free(id);
}

/* Whoever is the default one stops being it; @id becomes it. */
static void make_default(struct hip_identities *ids, struct hip_identity *id)
{
	struct hip_identity *old = ids->first;

	if (old && old->is_default) {
		unlink_from(ids, old);
		old->is_default = false;
		insert(ids, old);
	}
	unlink_from(ids, id);
	id->is_default = true;
	insert(ids, id);
}

struct hip_identity *hip_identity_add(struct hip_identities *ids,
				      const char *name, struct hip_key *key)
{
	struct hip_identity *id;

	if (!hip_identity_name_valid(name) ||
	    hip_identity_by_name(ids, name) ||
	    hip_identity_by_hit(ids, hip_key_hit(key)))
		return NULL;
	id = calloc(1, sizeof(*id));
	if (!id)
		return NULL;
	strcpy(id->name, name);
	id->key = hip_key_get(key);
	id->hit = *hip_key_hit(key);
	id->is_default = !ids->first;
	hip_identity_set_domain(id, "");
	insert(ids, id);
	return id;
}

static int load_one(struct hip_identities *ids, const char *name, char *err,
		    size_t err_len)
{
	const struct hip_identity *twin;
	struct hip_identity *id;
	struct hip_key *key;
	bool anonymous;

	key = hip_identity_file_read(ids->dir, name, &anonymous, err, err_len);
	if (!key)
		return -EINVAL;
	twin = hip_identity_by_hit(ids, hip_key_hit(key));
	id = twin ? NULL : hip_identity_add(ids, name, key);
	hip_key_put(key);
	if (twin)
		snprintf(err, err_len,
			 "%s/%s.pem: the same key as in %s.pem: remove one of them",
			 ids->dir, name, twin->name);
	else if (!id)
		snprintf(err, err_len, "no memory");
	if (!id)
		return -EINVAL;
	id->anonymous = anonymous;
	return 0;
}

static int load_default(struct hip_identities *ids, char *err, size_t err_len)
{
	char name[HIP_NAME_MAX + 1];
	struct hip_identity *id;
	int ret;

	ret = hip_identity_link_read(ids->dir, name, err, err_len);
	/* Not chosen: the first one listed, which is the first by name. */
	if (ret == -ENOENT)
		return 0;
	if (ret)
		return ret;
	id = hip_identity_by_name(ids, name);
	if (!id) {
		snprintf(err, err_len,
			 "%s/default: names %s.pem, which is not there: make it point to one of the key files or remove it",
			 ids->dir, name);
		return -EINVAL;
	}
	make_default(ids, id);
	return 0;
}

int hip_identities_load(struct hip_identities *ids, const char *dir, char *err,
			size_t err_len)
{
	char **names = NULL;
	int n, i, ret = 0;

	if (strlen(dir) >= sizeof(ids->dir)) {
		snprintf(err, err_len, "%s: the name is too long", dir);
		return -EINVAL;
	}
	strcpy(ids->dir, dir);
	n = hip_identity_dir_list(dir, &names, err, err_len);
	if (n < 0)
		return n;
	for (i = 0; i < n && !ret; i++)
		ret = load_one(ids, names[i], err, err_len);
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	if (!ret)
		ret = load_default(ids, err, err_len);
	if (ret)
		hip_identities_exit(ids);
	return ret;
}

void hip_identities_exit(struct hip_identities *ids)
{
	struct hip_identity *id;

	while ((id = ids->first)) {
		ids->first = id->next;
		destroy(id);
	}
}

int hip_identity_create(struct hip_identities *ids, const char *name,
			unsigned int alg, unsigned int bits, bool anonymous,
			struct hip_identity **out, char *err, size_t err_len)
{
	struct hip_identity *id;
	struct hip_key *key;
	int ret;

	if (!hip_identity_name_valid(name)) {
		snprintf(err, err_len,
			 "\"%s\" is no name for an identity: 1 to %d letters, digits, '-', '_' or '.', not beginning with '.'",
			 name, HIP_NAME_MAX);
		return -EINVAL;
	}
	if (hip_identity_by_name(ids, name)) {
		snprintf(err, err_len, "identity %s exists", name);
		return -EEXIST;
	}
	key = hip_key_generate(alg, bits);
	if (!key) {
		snprintf(err, err_len,
			 "no such key: ECDSA has 256 or 384 bits, RSA 2048 to 4096 in steps of 8");
		return -EINVAL;
	}
	ret = hip_identity_file_write(ids->dir, name, key, anonymous, err,
				      err_len);
	if (ret)
		goto put_key;
	id = hip_identity_add(ids, name, key);
	if (!id) {
		hip_identity_file_remove(ids->dir, name, err, err_len);
		snprintf(err, err_len, "no memory");
		ret = -ENOMEM;
		goto put_key;
	}
	id->anonymous = anonymous;
	*out = id;
put_key:
	hip_key_put(key);
	return ret;
}

int hip_identity_delete(struct hip_identities *ids, struct hip_identity *id,
			char *err, size_t err_len)
{
	bool was_default = id->is_default;
	struct hip_identity *heir;
	int ret;

	if (ids->dir[0]) {
		if (was_default) {
			ret = hip_identity_link_remove(ids->dir, err, err_len);
			if (ret)
				return ret;
		}
		ret = hip_identity_file_remove(ids->dir, id->name, err,
					       err_len);
		if (ret)
			return ret;
	}
	unlink_from(ids, id);
	destroy(id);
	heir = ids->first;
	if (was_default && heir)
		make_default(ids, heir);
	return 0;
}

int hip_identity_set_default(struct hip_identities *ids,
			     struct hip_identity *id, char *err,
			     size_t err_len)
{
	int ret;

	if (ids->dir[0]) {
		ret = hip_identity_link_write(ids->dir, id->name, err,
					      err_len);
		if (ret)
			return ret;
	}
	make_default(ids, id);
	return 0;
}

struct hip_identity *hip_identity_by_hit(const struct hip_identities *ids,
					 const struct in6_addr *hit)
{
	struct hip_identity *id;

	for (id = ids->first; id; id = id->next)
		if (hip_addr_eq(&id->hit, hit))
			return id;
	return NULL;
}

struct hip_identity *hip_identity_by_name(const struct hip_identities *ids,
					  const char *name)
{
	struct hip_identity *id;

	for (id = ids->first; id; id = id->next)
		if (!strcmp(id->name, name))
			return id;
	return NULL;
}

struct hip_identity *hip_identity_default(const struct hip_identities *ids)
{
	return ids->first;
}
