// SPDX-License-Identifier: GPL-2.0
/*
 * Diffie-Hellman (RFC 7401 section 5.2.7), one row per group.
 *
 * Public values are x|y of fixed width for elliptic curves (RFC 5903) and the
 * number padded to the prime's length for MODP groups (RFC 3526).
 */
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "crypto_group.h"

static const struct group {
	unsigned int id;
	enum hip_group ossl;
	size_t public_len, secret_len;
} groups[] = {
	{ HIP_DH_MODP1536, HIP_GROUP_MODP1536, 192, 192 },
	{ HIP_DH_MODP3072, HIP_GROUP_MODP3072, 384, 384 },
	{ HIP_DH_P256, HIP_GROUP_P256, 64, 32 },
	{ HIP_DH_P384, HIP_GROUP_P384, 96, 48 },
	{ HIP_DH_P521, HIP_GROUP_P521, 132, 66 },
	{ HIP_DH_SECP160R1, HIP_GROUP_SECP160R1, 40, 20 },
	{ HIP_DH_MODP2048, HIP_GROUP_MODP2048, 256, 256 },
};

struct hip_dh {
	const struct group *group;
	unsigned int refs;		/* atomic */
	EVP_PKEY *key;
	uint8_t public[HIP_DH_PUB_MAX];
};

static bool is_ec(const struct group *g)
{
	return hip_group_is_ec(g->ossl);
}

static const struct group *find(unsigned int id)
{
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

bool hip_dh_supported(unsigned int group)
{
	const struct group *g = find(group);

	return g && hip_group_available(g->ossl);
}

size_t hip_dh_public_len(unsigned int group)
{
	const struct group *g = find(group);

	return g ? g->public_len : 0;
}

size_t hip_dh_secret_len(unsigned int group)
{
	const struct group *g = find(group);

	return g ? g->secret_len : 0;
}

/* OpenSSL writes an elliptic point as 04|x|y. */
static int export_public(struct hip_dh *dh)
{
	size_t skip = is_ec(dh->group) ? 1 : 0, len;
	unsigned char *octets;

	len = EVP_PKEY_get1_encoded_public_key(dh->key, &octets);
	if (!len)
		return -EIO;
	if (len == skip + dh->group->public_len)
		memcpy(dh->public, octets + skip, dh->group->public_len);
	OPENSSL_free(octets);
	return len == skip + dh->group->public_len ? 0 : -EIO;
}

struct hip_dh *hip_dh_create(unsigned int group)
{
	const struct group *g = find(group);
	struct hip_dh *dh;

	if (!g)
		return NULL;
	dh = calloc(1, sizeof(*dh));
	if (!dh)
		return NULL;
	dh->group = g;
	dh->refs = 1;
	dh->key = hip_group_generate(g->ossl);
	if (!dh->key || export_public(dh)) {
		hip_dh_put(dh);
		return NULL;
	}
	return dh;
}

struct hip_dh *hip_dh_get(struct hip_dh *dh)
{
	if (dh)
		__atomic_add_fetch(&dh->refs, 1, __ATOMIC_RELAXED);
	return dh;
}

void hip_dh_put(struct hip_dh *dh)
{
	if (!dh || __atomic_sub_fetch(&dh->refs, 1, __ATOMIC_ACQ_REL))
		return;
	EVP_PKEY_free(dh->key);		/* wipes the private value */
	free(dh);
}

unsigned int hip_dh_group(const struct hip_dh *dh)
{
	return dh->group->id;
}

const uint8_t *hip_dh_public(const struct hip_dh *dh)
{
	return dh->public;
}

/* The peer's key, or NULL. A point that is not on the curve is refused here,
 * and our form cannot express infinity: with a cofactor of one that is full
 * validation. MODP values are judged in derive().
 */
static EVP_PKEY *import_public(const struct group *g, const uint8_t *peer,
			       size_t len)
{
	uint8_t octets[1 + HIP_DH_PUB_MAX] = { 0 };
	size_t skip = is_ec(g) ? 1 : 0;

	if (skip)
		octets[0] = 0x04;
	memcpy(octets + skip + g->public_len - len, peer, len);
	return hip_group_import(g->ossl, octets, skip + g->public_len);
}

static int derive(EVP_PKEY_CTX *ctx, EVP_PKEY *peer, const struct group *g,
		  uint8_t *secret)
{
	size_t len = g->secret_len;
	unsigned int pad = 1;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad),
		OSSL_PARAM_END,
	};

	if (EVP_PKEY_derive_init_ex(ctx, is_ec(g) ? NULL : params) != 1)
		return -EIO;
	if (EVP_PKEY_derive_set_peer_ex(ctx, peer, !is_ec(g)) != 1) {
		ERR_clear_error();
		return -EINVAL;
	}
	if (EVP_PKEY_derive(ctx, secret, &len) != 1 || len != g->secret_len) {
		ERR_clear_error();
		return -EINVAL;
	}
	return 0;
}

int hip_dh_derive(const struct hip_dh *dh, const uint8_t *peer, size_t len,
		  uint8_t *secret)
{
	const struct group *g = dh->group;
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key;
	int err;

	/* Some send MODP values without leading zeros. */
	if (!len || len > g->public_len || (is_ec(g) && len != g->public_len))
		return -EINVAL;
	key = import_public(g, peer, len);
	if (!key)
		return -EINVAL;
	err = -ENOMEM;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->key, NULL);
	if (ctx)
		err = derive(ctx, key, g, secret);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return err;
}

/* ---- halves that are kept ---- */

static int private_value(const struct hip_dh *dh, uint8_t **out, size_t *len)
{
	BIGNUM *n = NULL;
	int err = -EIO;

	if (EVP_PKEY_get_bn_param(dh->key, OSSL_PKEY_PARAM_PRIV_KEY, &n) != 1)
		return err;
	*len = (size_t)BN_num_bytes(n);
	*out = malloc(*len);
	if (!*out)
		err = -ENOMEM;
	else if (BN_bn2binpad(n, *out, (int)*len) == (int)*len)
		err = 0;
	BN_clear_free(n);
	return err;
}

static void own_free(struct hip_dh_halves *h)
{
	if (h->own)
		hip_crypto_wipe(h->own, h->own_len);
	free(h->own);
	h->own = NULL;
}

int hip_dh_halves_set(struct hip_dh_halves *h, const struct hip_dh *dh,
		      const uint8_t *peer, size_t peer_len)
{
	struct hip_dh_halves new = { 0 };
	int err;

	if (peer) {
		new.peer = malloc(peer_len);
		if (!new.peer)
			return -ENOMEM;
		memcpy(new.peer, peer, peer_len);
	}
	err = dh ? private_value(dh, &new.own, &new.own_len) : 0;
	if (err) {
		free(new.own);
		free(new.peer);
		return err;
	}
	if (dh) {
		own_free(h);
		h->own = new.own;
		h->own_len = new.own_len;
	}
	if (peer) {
		free(h->peer);
		h->peer = new.peer;
		h->peer_len = peer_len;
	}
	return 0;
}

int hip_dh_halves_copy(struct hip_dh_halves *to,
		       const struct hip_dh_halves *from)
{
	memset(to, 0, sizeof(*to));
	if (!from->own || !from->peer)
		return 0;
	to->own = malloc(from->own_len);
	to->peer = malloc(from->peer_len);
	if (!to->own || !to->peer) {
		free(to->own);
		free(to->peer);
		memset(to, 0, sizeof(*to));
		return -ENOMEM;
	}
	to->own_len = from->own_len;
	to->peer_len = from->peer_len;
	memcpy(to->own, from->own, to->own_len);
	memcpy(to->peer, from->peer, to->peer_len);
	return 0;
}

void hip_dh_halves_exit(struct hip_dh_halves *h)
{
	own_free(h);
	free(h->peer);
	memset(h, 0, sizeof(*h));
}

struct hip_dh *hip_dh_halves_own(const struct hip_dh_halves *h,
				 unsigned int group)
{
	const struct group *g = find(group);
	struct hip_dh *dh;

	if (!h->own || !g)
		return NULL;
	dh = calloc(1, sizeof(*dh));
	if (!dh)
		return NULL;
	dh->group = g;
	dh->refs = 1;
	dh->key = hip_group_private(g->ossl, h->own, h->own_len);
	if (!dh->key) {
		hip_dh_put(dh);
		return NULL;
	}
	return dh;
}
