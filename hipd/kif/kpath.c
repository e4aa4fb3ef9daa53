// SPDX-License-Identifier: GPL-2.0
/*
 * The paths that have something in the kernel. Belongs to the event loop's
 * thread.
 */
#include "kpath.h"

#include <stdlib.h>

#include "addr.h"

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

static void remember_public(struct hip_kpath *kp, const struct hip_path *p)
{
	kp->p.id = p->id;
	kp->p.if_id = p->if_id;
	kp->p.local_hit = p->local_hit;
	kp->p.peer_hit = p->peer_hit;
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
		HASH_ADD(by_id, ks->by_id, p.id, sizeof(kp->p.id), kp);
	}
	remember_public(kp, p);
	return kp;
}

void hip_kpath_note_in(struct hip_kpaths *ks, struct hip_kpath *kp,
		       uint32_t spi)
{
	if (kp->in_up)
		HASH_DELETE(by_spi, ks->by_spi, kp);
	kp->in_up = true;
	kp->p.spi_in = spi;
	HASH_ADD(by_spi, ks->by_spi, p.spi_in, sizeof(kp->p.spi_in), kp);
}

void hip_kpath_forget(struct hip_kpaths *ks, struct hip_kpath *kp)
{
	if (kp->in_up)
		HASH_DELETE(by_spi, ks->by_spi, kp);
	HASH_DELETE(by_id, ks->by_id, kp);
	free(kp);
}

struct hip_kpath *hip_kpath_default(const struct hip_kpaths *ks,
				    const struct in6_addr *local,
				    const struct in6_addr *peer)
{
	struct hip_kpath *best = NULL;

	/* the newest, as that took the default policy over */
	for (struct hip_kpath *kp = ks->by_id; kp; kp = kp->by_id.next)
		if (kp->out_up && !kp->p.if_id &&
		    hip_addr_eq(&kp->p.local_hit, local) &&
		    hip_addr_eq(&kp->p.peer_hit, peer))
			best = kp;
	return best;
}
