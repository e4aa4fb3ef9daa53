// SPDX-License-Identifier: GPL-2.0
/*
 * One R1: making and signing it, addressing it to an Initiator, recognising
 * its puzzle (RFC 7401 sections 4.1.2, 5.3.2 and appendix A).
 *
 * Each R1 has a secret S of its own, so that a rotation of secrets is the
 * replacement of R1s, and the R1 generation counter says which S an I2
 * belongs to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "r1.h"

#define LIFETIME_MAX 63		/* 2^31 seconds */

static uint8_t lifetime_field(unsigned int seconds)
{
	uint8_t field = 32;

	while (field < LIFETIME_MAX && (1ull << (field - 32)) < seconds)
		field++;
	return field;
}

/* The suite is in the high four bits (RFC 7401 section 5.2.10). */
static void put_suites(struct hip_builder *b, const struct hip_list *suites)
{
	uint8_t list[HIP_CONFIG_LIST];
	size_t i;

	for (i = 0; i < suites->n; i++)
		list[i] = (uint8_t)(suites->v[i] << 4);
	hip_build_u8s(b, HIP_PARAM_HIT_SUITE_LIST, list, suites->n);
}

static void put_groups(struct hip_builder *b, const struct hip_list *groups)
{
	uint8_t list[HIP_CONFIG_LIST];
	size_t i;

	for (i = 0; i < groups->n; i++)
		list[i] = (uint8_t)groups->v[i];
	hip_build_u8s(b, HIP_PARAM_DH_GROUP_LIST, list, groups->n);
}

static void put_esp(struct hip_builder *b, const struct hip_list *suites)
{
	const uint16_t esp = HIP_PARAM_ESP_TRANSFORM;
	uint8_t *data;
	size_t i;

	hip_build_u16s(b, HIP_PARAM_TRANSPORT_FORMAT_LIST, &esp, 1);
	data = hip_build_param(b, HIP_PARAM_ESP_TRANSFORM, 2 + 2 * suites->n);
	for (i = 0; data && i < suites->n; i++)
		hip_put16(data + 2 + 2 * i, suites->v[i]);
}

static int build(struct hip_r1 *r1, const struct hip_config *config,
		 const struct hip_identity *id)
{
	static const struct in6_addr nobody;
	size_t pub_len = hip_dh_public_len(r1->group);
	struct hip_builder b;
	uint8_t *data;
	int err;

	hip_build_start(&b, HIP_R1, id->anonymous ? HIP_CONTROL_ANON : 0,
			&id->hit, &nobody);
	data = hip_build_param(&b, HIP_PARAM_R1_COUNTER, 12);
	if (data)
		hip_put64(data + 4, r1->counter);
	data = hip_build_param(&b, HIP_PARAM_PUZZLE,
			       4 + hip_hash_len(r1->hash));
	if (data) {
		data[0] = r1->k;
		data[1] = lifetime_field(config->puzzle_lifetime);
		r1->puzzle = (uint16_t)(data - b.buf);
	}
	put_groups(&b, &config->dh_groups);
	data = hip_build_param(&b, HIP_PARAM_DIFFIE_HELLMAN, 3 + pub_len);
	if (data) {
		data[0] = (uint8_t)r1->group;
		hip_put16(data + 1, (uint16_t)pub_len);
		memcpy(data + 3, hip_dh_public(r1->dh), pub_len);
	}
	hip_build_u16s(&b, HIP_PARAM_HIP_CIPHER, config->ciphers.v,
		       config->ciphers.n);
	hip_build_copy(&b, HIP_PARAM_HOST_ID, id->host_id + 4,
		       hip_get16(id->host_id + 2));
	put_suites(&b, &config->hit_suites);
	put_esp(&b, &config->esp_suites);
	err = hip_auth_sign(&b, HIP_PARAM_HIP_SIGNATURE_2, id->key);
	if (!err)
		err = hip_build_end(&b);
	if (err)
		return err;
	memcpy(r1->buf, b.buf, b.len);
	r1->len = (uint16_t)b.len;
	return 0;
}

struct hip_r1 *hip_r1_create(const struct hip_config *config,
			     const struct hip_identity *id, unsigned int group,
			     uint64_t counter, unsigned int k)
{
	struct hip_r1 *r1;

	r1 = calloc(1, sizeof(*r1));
	if (!r1)
		return NULL;
	r1->counter = counter;
	r1->group = group;
	r1->hash = hip_suite_hash(hip_hit_suite(&id->hit));
	r1->k = (uint8_t)k;
	hip_crypto_random(r1->secret, sizeof(r1->secret));
	r1->dh = hip_dh_create(group);
	if (!r1->dh || build(r1, config, id)) {
		hip_r1_destroy(r1);
		return NULL;
	}
	return r1;
}

static void solutions_free(struct hip_r1_solution **table)
{
	struct hip_r1_solution *s, *tmp;

	HASH_ITER(hh, *table, s, tmp) {
		HASH_DEL(*table, s);
		free(s);
	}
}

void hip_r1_destroy(struct hip_r1 *r1)
{
	if (!r1)
		return;
	solutions_free(&r1->accepted);
	solutions_free(&r1->watched);
	hip_dh_put(r1->dh);
	hip_crypto_wipe(r1->secret, sizeof(r1->secret));
	free(r1);
}

/*
 * #I = RHASH(S | HIT-I | HIT-R | IP-I | IP-R | Opaque). Opaque, the host's
 * epoch, makes I new after each association that the R1's key took part in, as
 * section 4.1.2 asks. An I2 that may come from another address than the I1
 * (relays, LOCATOR_SET in R1) needs another binding than the addresses.
 */
static int make_i(const struct hip_r1 *r1, uint16_t opaque,
		  const struct in6_addr *hit_i, const struct in6_addr *hit_r,
		  const struct in6_addr *ip_i, const struct in6_addr *ip_r,
		  uint8_t *out)
{
	uint8_t op[2] = { (uint8_t)(opaque >> 8), (uint8_t)opaque };
	const struct iovec iov[] = {
		{ (void *)r1->secret, sizeof(r1->secret) },
		{ (void *)hit_i, sizeof(*hit_i) },
		{ (void *)hit_r, sizeof(*hit_r) },
		{ (void *)ip_i, sizeof(*ip_i) },
		{ (void *)ip_r, sizeof(*ip_r) },
		{ op, sizeof(op) },
	};

	return hip_crypto_digest(r1->hash, iov, sizeof(iov) / sizeof(iov[0]),
				 out);
}

size_t hip_r1_fill(const struct hip_r1 *r1, uint8_t *buf, uint16_t opaque,
		   const struct in6_addr *hit_i, const struct in6_addr *hit_r,
		   const struct in6_addr *ip_i, const struct in6_addr *ip_r)
{
	struct hip_header *h = (struct hip_header *)buf;

	memcpy(buf, r1->buf, r1->len);
	memcpy(h->receiver, hit_i, sizeof(h->receiver));
	hip_put16(buf + r1->puzzle + 2, opaque);
	if (make_i(r1, opaque, hit_i, hit_r, ip_i, ip_r,
		   buf + r1->puzzle + 4))
		return 0;
	return r1->len;
}

bool hip_r1_check_i(const struct hip_r1 *r1, const uint8_t *i, uint16_t opaque,
		    const struct in6_addr *hit_i, const struct in6_addr *hit_r,
		    const struct in6_addr *ip_i, const struct in6_addr *ip_r)
{
	uint8_t ours[HIP_HASH_MAX];

	return !make_i(r1, opaque, hit_i, hit_r, ip_i, ip_r, ours) &&
	       hip_crypto_equal(ours, i, hip_hash_len(r1->hash));
}

static void solution_key(struct hip_r1_solution *s, const struct hip_r1 *r1,
			 const struct in6_addr *hit_i, const uint8_t *j)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->key, hit_i, sizeof(*hit_i));
	memcpy(s->key + sizeof(*hit_i), j, hip_hash_len(r1->hash));
}

bool hip_r1_spent(const struct hip_r1 *r1, const struct in6_addr *hit_i,
		  const uint8_t *j)
{
	struct hip_r1_solution look, *found;

	solution_key(&look, r1, hit_i, j);
	HASH_FIND(hh, r1->accepted, look.key, sizeof(look.key), found);
	return found || HASH_COUNT(r1->accepted) >= HIP_R1_SOLUTIONS;
}

int hip_r1_spend(struct hip_r1 *r1, const struct in6_addr *hit_i,
		 const uint8_t *j)
{
	struct hip_r1_solution *s;

	if (hip_r1_spent(r1, hit_i, j))
		return -EEXIST;
	s = malloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	solution_key(s, r1, hit_i, j);
	HASH_ADD(hh, r1->accepted, key, sizeof(s->key), s);
	if (!hip_hash_added(hh, s)) {
		free(s);
		return -ENOMEM;
	}
	r1->used = true;
	return 0;
}

static struct hip_r1_solution *watched(const struct hip_r1 *r1,
				       const struct in6_addr *hit_i,
				       const uint8_t *j)
{
	struct hip_r1_solution look, *found;

	if (!r1->watched)
		return NULL;
	solution_key(&look, r1, hit_i, j);
	HASH_FIND(hh, r1->watched, look.key, sizeof(look.key), found);
	return found;
}

bool hip_r1_abused(const struct hip_r1 *r1, const struct in6_addr *hit_i,
		   const uint8_t *j)
{
	struct hip_r1_solution *s = watched(r1, hit_i, j);

	return s && s->bad >= HIP_R1_BAD;
}

bool hip_r1_blame(struct hip_r1 *r1, const struct in6_addr *hit_i,
		  const uint8_t *j)
{
	struct hip_r1_solution *s = watched(r1, hit_i, j);

	if (!s) {
		if (HASH_COUNT(r1->watched) >= HIP_R1_WATCHED)
			return false;
		s = malloc(sizeof(*s));
		if (!s)
			return false;
		solution_key(s, r1, hit_i, j);
		HASH_ADD(hh, r1->watched, key, sizeof(s->key), s);
		if (!hip_hash_added(hh, s)) {
			free(s);
			return false;
		}
	}
	return ++s->bad == HIP_R1_BAD;
}
