// SPDX-License-Identifier: GPL-2.0
/*
 * Initiator, the part that costs: from an R1 to an I2 (RFC 7401 section 6.8,
 * steps 4 to 17; RFC 7402 section 3.3.1). A pure function of the offer: it
 * may run in any thread.
 */
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "bex.h"

/* Hashes at a stretch, some 20 ms: the loop is not held up longer. */
#define TRIES (1u << 15)
#define AES_BLOCK 16

static int verify(struct hip_offer *o)
{
	const struct hip_packet *p = &o->r1.p;
	const struct hip_param *host_id, *suites;
	struct hip_session *s = &o->session;
	uint8_t own_suite;
	int drop;

	host_id = hip_packet_get(p, HIP_PARAM_HOST_ID);
	drop = hip_auth_host_id(host_id, &p->sender, &s->peer_key);
	if (drop)
		return drop;
	drop = hip_auth_check_signature(p, HIP_PARAM_HIP_SIGNATURE_2,
					s->peer_key);
	if (drop)
		return drop;
	suites = hip_packet_get(p, HIP_PARAM_HIT_SUITE_LIST);
	own_suite = (uint8_t)(hip_hit_suite(&o->pair.local) << 4);
	if (!hip_list_has8(suites->data, suites->len, own_suite)) {
		o->suite_missing = true;
		return HIP_STAT_DROP_HIT_SUITE;
	}
	s->peer_host_id = malloc(host_id->total);
	if (!s->peer_host_id)
		return HIP_STAT_DROP_MEMORY;
	memcpy(s->peer_host_id, p->buf + host_id->off, host_id->total);
	s->peer_host_id_len = host_id->total;
	o->verified = true;
	return 0;
}

static int derive(struct hip_offer *o, const uint8_t *i)
{
	const struct hip_param *dh;
	uint8_t secret[HIP_DH_SECRET_MAX];
	struct hip_session *s = &o->session;
	int err;

	if (!o->dh)
		o->dh = hip_dh_create(s->dh_group);
	if (!o->dh)
		return HIP_STAT_DROP_MEMORY;
	dh = hip_packet_get(&o->r1.p, HIP_PARAM_DIFFIE_HELLMAN);
	err = hip_dh_derive(o->dh, dh->data + 3, hip_get16(dh->data + 1),
			    secret);
	if (err)
		return HIP_STAT_DROP_DH;
	hip_keymat_init(&s->keymat, s->keymat.hash, i, o->j, &o->pair.local,
			&o->pair.peer, secret,
			hip_dh_secret_len(s->dh_group));
	hip_crypto_wipe(secret, sizeof(secret));
	if (hip_dh_halves_set(&s->dh, o->dh, dh->data + 3,
			      hip_get16(dh->data + 1)))
		return HIP_STAT_DROP_MEMORY;
	err = hip_keymat_both(&s->keymat, s->cipher, s->path.alg,
			      &o->pair.local, &s->own_keys, &s->peer_keys,
			      &s->path.out, &s->path.in);
	s->keymat_index = (uint16_t)(2 * (s->own_keys.enc_len +
					  s->own_keys.mac_len));
	return err ? HIP_STAT_DROP_CRYPTO : 0;
}

static void put_solution(struct hip_offer *o, const struct hip_param *puzzle)
{
	size_t h = hip_hash_len(o->session.keymat.hash);
	uint8_t *data;

	data = hip_build_param(&o->i2, HIP_PARAM_SOLUTION, 4 + 2 * h);
	if (!data)
		return;
	data[0] = puzzle->data[0];
	memcpy(data + 2, puzzle->data + 2, 2 + h);
	memcpy(data + 4 + h, o->j, h);
}

static void put_dh(struct hip_offer *o)
{
	size_t len = hip_dh_public_len(o->session.dh_group);
	uint8_t *data;

	data = hip_build_param(&o->i2, HIP_PARAM_DIFFIE_HELLMAN, 3 + len);
	if (!data)
		return;
	data[0] = (uint8_t)o->session.dh_group;
	hip_put16(data + 1, (uint16_t)len);
	memcpy(data + 3, hip_dh_public(o->dh), len);
}

/* ENCRYPTED: reserved, IV, the padded TLV (RFC 7401 section 5.2.18). */
static int put_host_id(struct hip_offer *o)
{
	size_t iv_len = hip_cipher_iv_len(o->session.cipher), n;
	uint8_t out[sizeof(o->host_id) + AES_BLOCK];
	uint8_t *data;
	uint8_t iv[HIP_CIPHER_IV_MAX];

	if (!o->encrypt) {
		hip_build_copy(&o->i2, HIP_PARAM_HOST_ID, o->host_id + 4,
			       hip_get16(o->host_id + 2));
		return 0;
	}
	hip_crypto_random(iv, iv_len);
	if (hip_crypto_encrypt(o->session.cipher, o->session.own_keys.enc, iv,
			       o->host_id, o->host_id_len, out, &n))
		return HIP_STAT_DROP_CRYPTO;
	data = hip_build_param(&o->i2, HIP_PARAM_ENCRYPTED, 4 + iv_len + n);
	if (data) {
		memcpy(data + 4, iv, iv_len);
		memcpy(data + 4 + iv_len, out, n);
	}
	return 0;
}

static void put_esp_info(struct hip_builder *b, const struct hip_session *s)
{
	uint8_t *data = hip_build_param(b, HIP_PARAM_ESP_INFO, 12);

	if (!data)
		return;
	hip_put16(data + 2, s->keymat_index);
	hip_put32(data + 8, s->path.spi_in);
}

static int build(struct hip_offer *o)
{
	const uint16_t format = HIP_PARAM_ESP_TRANSFORM;
	const struct hip_packet *p = &o->r1.p;
	uint16_t cipher = (uint16_t)o->session.cipher;
	const struct hip_param *param;
	struct hip_session *s = &o->session;
	struct hip_builder *b = &o->i2;
	uint8_t *data;
	int drop, err;

	hip_build_start(b, HIP_I2, o->controls, &o->pair.local, &o->pair.peer);
	put_esp_info(b, s);
	param = hip_packet_get(p, HIP_PARAM_R1_COUNTER);
	if (param)
		hip_build_copy(b, HIP_PARAM_R1_COUNTER, param->data,
			       param->len);
	put_solution(o, hip_packet_get(p, HIP_PARAM_PUZZLE));
	put_dh(o);
	hip_build_u16s(b, HIP_PARAM_HIP_CIPHER, &cipher, 1);
	drop = put_host_id(o);
	if (drop)
		return drop;
	param = hip_packet_get(p, HIP_PARAM_ECHO_REQUEST_SIGNED);
	if (param)
		hip_build_copy(b, HIP_PARAM_ECHO_RESPONSE_SIGNED, param->data,
			       param->len);
	hip_build_u16s(b, HIP_PARAM_TRANSPORT_FORMAT_LIST, &format, 1);
	data = hip_build_param(b, HIP_PARAM_ESP_TRANSFORM, 4);
	if (data)
		hip_put16(data + 2, s->path.alg->suite);
	err = hip_auth_mac(b, HIP_PARAM_HIP_MAC, s->keymat.hash, &s->own_keys,
			   NULL, 0);
	if (!err)
		err = hip_auth_sign(b, HIP_PARAM_HIP_SIGNATURE, o->key);
	if (err)
		return hip_auth_drop(err);
	hip_auth_echo_unsigned(b, p);
	return hip_build_end(b) ? HIP_STAT_DROP_ANSWER_SIZE : 0;
}

void hip_offer_compute(struct hip_job *job)
{
	struct hip_offer *o = (struct hip_offer *)job;
	const struct hip_param *puzzle;
	int solved;

	o->result = HIP_OFFER_FAILED;
	o->drop = o->verified ? 0 : verify(o);
	if (o->drop)
		return;
	puzzle = hip_packet_get(&o->r1.p, HIP_PARAM_PUZZLE);
	solved = hip_puzzle_solve(o->session.keymat.hash, puzzle->data[0],
				  puzzle->data + 4, &o->pair.local,
				  &o->pair.peer, o->j, TRIES);
	if (!solved) {
		o->result = HIP_OFFER_UNSOLVED;
		return;
	}
	o->drop = solved < 0 ? HIP_STAT_DROP_CRYPTO :
			       derive(o, puzzle->data + 4);
	if (!o->drop)
		o->drop = build(o);
	if (!o->drop)
		o->result = HIP_OFFER_READY;
}
