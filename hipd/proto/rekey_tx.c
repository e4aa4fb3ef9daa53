// SPDX-License-Identifier: GPL-2.0
/*
 * UPDATEs of a rekey: ESP_INFO, SEQ, ACK and DIFFIE_HELLMAN (RFC 7402 section
 * 6.9). Our new value comes from the pool; when that has none left the job that
 * signs the packet makes it.
 */
#include <string.h>

#include "rekey_inside.h"

void hip_rekey_tx_release(struct hip_update_tx *tx)
{
	hip_dh_put(((struct hip_rekey_tx *)tx)->dh);
}

void *hip_rekey_tx_create(struct hip_assoc *assoc, size_t size,
			  const struct hip_held *request)
{
	const struct hip_rekey *r = assoc->rekey;
	struct hip_rekey_tx *t = hip_update_create(assoc, size, request);

	if (!t)
		return NULL;
	t->tx.acked = hip_rekey_acked;
	t->tx.implied = hip_rekey_implied;
	t->tx.release = hip_rekey_tx_release;
	t->serial = r->serial;
	t->with_dh = r->with_dh;
	t->dh_group = assoc->dh_group;
	t->dh = hip_dh_get(r->dh);
	return t;
}

static void put_esp_info(struct hip_builder *b, const struct hip_rekey *r)
{
	uint8_t *data = hip_build_param(b, HIP_PARAM_ESP_INFO, 12);

	if (!data)
		return;
	hip_put16(data + 2, r->index);
	hip_put32(data + 4, r->assoc->path->spi_in);
	hip_put32(data + 8, r->path.spi_in);
}

void hip_rekey_tx_ask(struct hip_assoc *assoc, struct hip_rekey_tx *t)
{
	struct hip_rekey *r = assoc->rekey;

	put_esp_info(&t->tx.b, r);
	hip_update_put_seq(assoc, &t->tx);
	if (t->tx.request)
		hip_update_put_ack(&t->tx);
	t->put_dh = t->with_dh;
	r->id = t->tx.id;
	r->sent = true;
}

static void put_dh(struct hip_builder *b, const struct hip_dh *dh)
{
	size_t len = hip_dh_public_len(hip_dh_group(dh));
	uint8_t *data = hip_build_param(b, HIP_PARAM_DIFFIE_HELLMAN, 3 + len);

	if (!data)
		return;
	data[0] = (uint8_t)hip_dh_group(dh);
	hip_put16(data + 1, (uint16_t)len);
	memcpy(data + 3, hip_dh_public(dh), len);
}

int hip_rekey_tx_dh(struct hip_rekey_tx *t)
{
	if (t->with_dh && !t->dh)
		t->dh = hip_dh_create(t->dh_group);
	if (t->with_dh && !t->dh)
		return HIP_STAT_DROP_MEMORY;
	if (t->put_dh)
		put_dh(&t->tx.b, t->dh);
	return 0;
}

struct hip_rekey *hip_rekey_tx_of(const struct hip_assoc *assoc,
				  const struct hip_rekey_tx *t)
{
	struct hip_rekey *r = assoc ? assoc->rekey : NULL;

	if (!r || r->serial != t->serial)
		return NULL;
	if (!r->dh)
		r->dh = hip_dh_get(t->dh);
	return r;
}
