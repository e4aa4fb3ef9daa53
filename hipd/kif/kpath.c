// SPDX-License-Identifier: GPL-2.0
/*
 * The paths that have something in the kernel. Belongs to the event loop's
 * thread.
 */
#include "kpath.h"

#include <stddef.h>
#include <stdlib.h>

struct hip_kpath *hip_kpath_find(const struct hip_kpaths *ks, uint32_t id)
{
	struct hip_kpath *kp;

	HASH_FIND(by_id, ks->by_id, &id, sizeof(id), kp);
	return kp;
}

struct hip_kpath *hip_kpath_by_spi(const struct hip_kpaths *ks, uint32_t spi)
{
	struct hip_kpath *kp;

	HASH_FIND(by_spi, ks->by_spi, &spi, sizeof(spi), kp);
	return kp;
}

/* The HITs stand side by side in a path. */
#define PAIR_LEN (2 * sizeof(struct in6_addr))

_Static_assert(offsetof(struct hip_path, peer_hit) ==
	       offsetof(struct hip_path, local_hit) + sizeof(struct in6_addr),
	       "the key of by_pair is both HITs");

struct hip_kpath *hip_kpath_newest(const struct hip_kpaths *ks,
				   const struct in6_addr *local,
				   const struct in6_addr *peer)
{
	struct in6_addr pair[2] = { *local, *peer };
	struct hip_kpath *kp;

	HASH_FIND(by_pair, ks->by_pair, pair, sizeof(pair), kp);
	return kp;
}

/* The new one goes in first: without memory all is as it was. */
static bool pair_add(struct hip_kpaths *ks, struct hip_kpath *kp)
{
	kp->older = hip_kpath_newest(ks, &kp->p.local_hit, &kp->p.peer_hit);
	HASH_ADD(by_pair, ks->by_pair, p.local_hit, PAIR_LEN, kp);
	if (!hip_hash_added(by_pair, kp))
		return false;
	if (kp->older)
		HASH_DELETE(by_pair, ks->by_pair, kp->older);
	return true;
}

static void pair_del(struct hip_kpaths *ks, struct hip_kpath *kp)
{
	struct hip_kpath *head, *older = kp->older;

	head = hip_kpath_newest(ks, &kp->p.local_hit, &kp->p.peer_hit);
	if (head == kp) {
		if (older)
			HASH_ADD(by_pair, ks->by_pair, p.local_hit, PAIR_LEN,
				 older);
		HASH_DELETE(by_pair, ks->by_pair, kp);
		return;
	}
	while (head && head->older != kp)
		head = head->older;
	if (head)
		head->older = older;
}

static void remember_public(struct hip_kpath *kp, const struct hip_path *p)
{
	kp->p.if_id = p->if_id;
	kp->p.local = p->local;
	kp->p.peer = p->peer;
	kp->p.spi_out = p->spi_out;
}

struct hip_kpath *hip_kpath_note(struct hip_kpaths *ks,
				 const struct hip_path *p)
{
	struct hip_kpath *kp = hip_kpath_find(ks, p->id);

	if (!kp) {
		kp = calloc(1, sizeof(*kp));
		if (!kp)
			return NULL;
		kp->p.id = p->id;
		kp->p.local_hit = p->local_hit;
		kp->p.peer_hit = p->peer_hit;
		HASH_ADD(by_id, ks->by_id, p.id, sizeof(kp->p.id), kp);
		if (!hip_hash_added(by_id, kp))
			goto err_free;
		if (!pair_add(ks, kp))
			goto err_delete;
	}
	remember_public(kp, p);
	return kp;

err_delete:
	HASH_DELETE(by_id, ks->by_id, kp);
err_free:
	free(kp);
	return NULL;
}

static void spi_del(struct hip_kpaths *ks, struct hip_kpath *kp)
{
	if (!hip_hash_added(by_spi, kp))
		return;
	HASH_DELETE(by_spi, ks->by_spi, kp);
	kp->by_spi.tbl = NULL;
}

void hip_kpath_note_in(struct hip_kpaths *ks, struct hip_kpath *kp,
		       uint32_t spi)
{
	spi_del(ks, kp);
	kp->in_up = true;
	kp->p.spi_in = spi;
	/* without memory an SPI may be tried twice; the kernel refuses it */
	HASH_ADD(by_spi, ks->by_spi, p.spi_in, sizeof(kp->p.spi_in), kp);
}

void hip_kpath_forget(struct hip_kpaths *ks, struct hip_kpath *kp)
{
	spi_del(ks, kp);
	HASH_DELETE(by_id, ks->by_id, kp);
	pair_del(ks, kp);
	free(kp);
}

struct hip_kpath *hip_kpath_default(const struct hip_kpaths *ks,
				    const struct in6_addr *local,
				    const struct in6_addr *peer)
{
	struct hip_kpath *kp;

	/* the newest, as that took the default policy over */
	for (kp = hip_kpath_newest(ks, local, peer); kp; kp = kp->older)
		if (kp->out_up && !kp->p.if_id)
			break;
	return kp;
}
