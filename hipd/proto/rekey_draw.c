// SPDX-License-Identifier: GPL-2.0
/*
 * Rekeying, the part that costs: a new KEYMAT where there is a new
 * Diffie-Hellman value, the ESP keys out of it, and the answer (RFC 7402
 * sections 6.9 and 6.10). Owns nothing: a job has copies.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keylog.h"
#include "rekey_inside.h"

/* The job that draws the keys and answers. */
struct draw {
	struct hip_rekey_tx rekey;	/* with a new value of ours or none */
	bool new_keymat;
	struct hip_dh_halves halves;	/* of the new Kij */
	struct hip_keymat keymat;
	uint16_t index;
	struct hip_path path;
};

static int new_keymat(struct draw *d)
{
	uint8_t secret[HIP_DH_SECRET_MAX], i[HIP_HASH_MAX], j[HIP_HASH_MAX];
	struct hip_keymat *km = &d->keymat;
	struct hip_dh *dh;
	int err;

	dh = d->rekey.dh ? hip_dh_get(d->rekey.dh) :
			   hip_dh_halves_own(&d->halves, d->rekey.dh_group);
	if (!dh)
		return HIP_STAT_DROP_DH;
	err = hip_dh_derive(dh, d->halves.peer, d->halves.peer_len, secret);
	if (!err) {
		memcpy(i, km->i, sizeof(i));
		memcpy(j, km->j, sizeof(j));
		hip_keymat_init(km, km->hash, i, j, &d->rekey.tx.pair.local,
				&d->rekey.tx.pair.peer, secret,
				hip_dh_secret_len(hip_dh_group(dh)));
	}
	hip_crypto_wipe(secret, sizeof(secret));
	hip_dh_put(dh);
	return err ? HIP_STAT_DROP_DH : 0;
}

static int prepare(struct hip_update_tx *tx)
{
	struct draw *d = (struct draw *)tx;
	int drop = hip_rekey_tx_dh(&d->rekey);

	if (!drop && d->new_keymat)
		drop = new_keymat(d);
	if (!drop && hip_keymat_esp(&d->keymat, d->path.alg, d->index,
				    &tx->pair.local, &d->path.out,
				    &d->path.in))
		drop = HIP_STAT_DROP_ESP_INFO;
	return drop;
}

static int commit(struct hip_assoc *assoc, struct hip_update_tx *tx)
{
	struct draw *d = (struct draw *)tx;
	struct hip_host *host = assoc->host;
	struct hip_rekey *r = hip_rekey_tx_of(assoc, &d->rekey);

	if (!r)
		return HIP_STAT_DROP_STATE;
	r->path.in = d->path.in;
	r->path.out = d->path.out;
	r->keymat = d->keymat;
	r->drawn = d->index;
	r->drawing = false;
	if (host->kif->ops->path_in(host->kif, &r->path))
		return HIP_STAT_DROP_KERNEL;
	r->ready = true;
	if (d->new_keymat)
		hip_keylog_write(host->keylog,
				 assoc->initiator ? &assoc->pair.local :
						    &assoc->pair.peer,
				 assoc->initiator ? &assoc->pair.peer :
						    &assoc->pair.local,
				 &r->keymat);
	if (r->acked)
		hip_rekey_finalise(assoc);
	return 0;
}

/* Without our ESP_INFO on its way all may begin anew. Else the peer's UPDATE
 * counts as not received, and it comes again.
 */
static void not_sent(struct hip_assoc *assoc, struct hip_update_tx *tx)
{
	struct hip_rekey *r =
		hip_rekey_tx_of(assoc, (struct hip_rekey_tx *)tx);

	if (r && tx->seq)
		hip_rekey_failed(assoc, "no answer could be made");
	if (!r || tx->seq)
		return;
	assoc->host->kif->ops->path_down(assoc->host->kif, &r->path, false);
	free(r->peer_dh);
	r->peer_dh = NULL;
	r->heard = false;
	r->drawing = false;
}

static void release(struct hip_update_tx *tx)
{
	struct draw *d = (struct draw *)tx;

	hip_rekey_tx_release(tx);
	hip_dh_halves_exit(&d->halves);
	hip_crypto_wipe(&d->keymat, sizeof(d->keymat));
	hip_crypto_wipe(&d->path, sizeof(d->path));
}

/* A new value of one side alone goes with the old one of the other (section
 * 6.10, step 1).
 */
static int halves(const struct hip_assoc *assoc, struct draw *d)
{
	const struct hip_rekey *r = assoc->rekey;

	d->new_keymat = r->with_dh || r->peer_dh;
	if (!d->new_keymat) {
		d->index = r->index > r->peer_index ? r->index : r->peer_index;
		return 0;
	}
	if (hip_dh_halves_copy(&d->halves, &assoc->dh))
		return -ENOMEM;
	return hip_dh_halves_set(&d->halves, NULL, r->peer_dh,
				 r->peer_dh_len);
}

/* All is known: draw, and answer with our ESP_INFO or, when the peer has that
 * already, with the ACK alone.
 */
int hip_rekey_answer(struct hip_assoc *assoc, const struct hip_held *held)
{
	struct hip_rekey *r = assoc->rekey;
	struct draw *d = hip_rekey_tx_create(assoc, sizeof(*d), held);
	struct hip_update_tx *tx;

	if (!d)
		return -ENOMEM;
	tx = &d->rekey.tx;
	tx->prepare = prepare;
	tx->commit = commit;
	tx->failed = not_sent;
	tx->release = release;
	d->keymat = assoc->keymat;
	d->path = r->path;
	if (halves(assoc, d)) {
		hip_update_drop(tx);
		return -ENOMEM;
	}
	r->drawing = true;
	if (!r->sent)
		hip_rekey_tx_ask(assoc, &d->rekey);
	else
		hip_update_put_ack(tx);
	hip_update_run(assoc, tx);
	return 0;
}
