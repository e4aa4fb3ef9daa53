// SPDX-License-Identifier: GPL-2.0
/*
 * Responder, the part that costs: from an I2 to an R2 (RFC 7401 section 6.9,
 * steps 10 to 15; RFC 7402 section 3.3.2). A pure function of the answer: it
 * may run in any thread.
 */
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "bex_answer.h"

static int derive(struct hip_answer *a)
{
	const struct hip_param *dh, *solution;
	uint8_t secret[HIP_DH_SECRET_MAX];
	struct hip_session *s = &a->session;
	size_t h = hip_hash_len(s->keymat.hash);
	int err;

	dh = hip_packet_get(&a->i2.p, HIP_PARAM_DIFFIE_HELLMAN);
	solution = hip_packet_get(&a->i2.p, HIP_PARAM_SOLUTION);
	/* the peer's point is checked in there: our key serves several
	 * Initiators under load (RFC 7401 section 5.3.2)
	 */
	err = hip_dh_derive(a->dh, dh->data + 3, hip_get16(dh->data + 1),
			    secret);
	if (err)
		return HIP_STAT_DROP_DH;
	hip_keymat_init(&s->keymat, s->keymat.hash, solution->data + 4,
			solution->data + 4 + h, &a->pair.local, &a->pair.peer,
			secret, hip_dh_secret_len(s->dh_group));
	hip_crypto_wipe(secret, sizeof(secret));
	if (hip_dh_halves_set(&s->dh, a->dh, dh->data + 3,
			      hip_get16(dh->data + 1)))
		return HIP_STAT_DROP_MEMORY;
	err = hip_keymat_both(&s->keymat, s->cipher, s->path.alg,
			      &a->pair.local, &s->own_keys, &s->peer_keys,
			      &s->path.out, &s->path.in);
	s->keymat_index = (uint16_t)(2 * (s->own_keys.enc_len +
					  s->own_keys.mac_len));
	return err ? HIP_STAT_DROP_CRYPTO : 0;
}

/* The ESP keys were drawn right behind the HIP keys, where most Initiators
 * want them; otherwise again.
 */
static int draw_esp(struct hip_answer *a)
{
	const struct hip_param *info;
	struct hip_session *s = &a->session;
	uint16_t index;

	info = hip_packet_get(&a->i2.p, HIP_PARAM_ESP_INFO);
	index = hip_get16(info->data + 2);
	if (index == s->keymat_index)
		return 0;
	if (index < s->keymat_index ||
	    hip_keymat_esp(&s->keymat, s->path.alg, index, &a->pair.local,
			   &s->path.out, &s->path.in))
		return HIP_STAT_DROP_ESP_INFO;
	s->keymat_index = index;
	return 0;
}

static int keep_host_id(struct hip_session *s, const struct hip_param *param,
			const uint8_t *tlv)
{
	s->peer_host_id = malloc(param->total);
	if (!s->peer_host_id)
		return HIP_STAT_DROP_MEMORY;
	memcpy(s->peer_host_id, tlv, param->total);
	s->peer_host_id_len = param->total;
	return 0;
}

static int decrypt(struct hip_answer *a, const struct hip_param *param,
		   uint8_t *plain, struct hip_packet *inner)
{
	struct hip_session *s = &a->session;
	size_t iv_len = hip_cipher_iv_len(s->cipher), len;

	if (param->len < 4 + iv_len)
		return HIP_STAT_DROP_DECRYPT;
	len = param->len - 4 - iv_len;
	if (hip_crypto_decrypt(s->cipher, s->peer_keys.enc, param->data + 4,
			       param->data + 4 + iv_len, len, plain) ||
	    hip_wire_parse_params(inner, plain, len) != HIP_WIRE_OK)
		return HIP_STAT_DROP_DECRYPT;
	return 0;
}

/* HOST_ID in the clear or ENCRYPTED; whose it is. */
static int identify(struct hip_answer *a)
{
	const struct hip_param *param, *encrypted;
	struct hip_session *s = &a->session;
	uint8_t plain[HIP_MAX_PACKET];
	struct hip_packet inner;
	const uint8_t *base;
	int drop;

	param = hip_packet_get(&a->i2.p, HIP_PARAM_HOST_ID);
	base = a->i2.p.buf;
	encrypted = hip_packet_get(&a->i2.p, HIP_PARAM_ENCRYPTED);
	if (!param && encrypted) {
		drop = decrypt(a, encrypted, plain, &inner);
		if (drop)
			return drop;
		param = hip_packet_get(&inner, HIP_PARAM_HOST_ID);
		base = plain;
		if (!param)
			return HIP_STAT_DROP_DECRYPT;
	}
	drop = hip_auth_host_id(param, &a->pair.peer, &s->peer_key);
	return drop ? drop : keep_host_id(s, param, base + param->off);
}

static int build(struct hip_answer *a)
{
	struct hip_session *s = &a->session;
	struct hip_builder *b = &a->r2;
	uint8_t *data;
	int err;

	hip_build_start(b, HIP_R2, 0, &a->pair.local, &a->pair.peer);
	data = hip_build_param(b, HIP_PARAM_ESP_INFO, 12);
	if (data) {
		hip_put16(data + 2, s->keymat_index);
		hip_put32(data + 8, s->path.spi_in);
	}
	err = hip_auth_mac(b, HIP_PARAM_HIP_MAC_2, s->keymat.hash,
			   &s->own_keys, a->host_id, a->host_id_len);
	if (!err)
		err = hip_auth_sign(b, HIP_PARAM_HIP_SIGNATURE, a->key);
	if (err)
		return hip_auth_drop(err);
	hip_auth_echo_unsigned(b, &a->i2.p);
	return hip_build_end(b) ? HIP_STAT_DROP_ANSWER_SIZE : 0;
}

void hip_answer_compute(struct hip_job *job)
{
	struct hip_answer *a = (struct hip_answer *)job;
	const struct hip_packet *p = &a->i2.p;

	a->drop = derive(a);
	if (!a->drop)
		a->drop = identify(a);
	if (!a->drop)
		a->drop = hip_auth_check_mac(p, HIP_PARAM_HIP_MAC,
					     a->session.keymat.hash,
					     &a->session.peer_keys, NULL, 0);
	if (!a->drop)
		a->drop = hip_auth_check_signature(p, HIP_PARAM_HIP_SIGNATURE,
						   a->session.peer_key);
	if (!a->drop)
		a->drop = draw_esp(a);
	if (!a->drop)
		a->drop = build(a);
}
