// SPDX-License-Identifier: GPL-2.0
/*
 * An association as octets. A record is its length (2 octets), the pair of
 * HITs, and the fields in the order of put_all(); numbers are big-endian,
 * strings have their length before them. No state.
 *
 * The octets come from a sealed file. Yet each length is checked, and the
 * peer's HI must make its HIT (RFC 7343 section 2).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "saved.h"
#include "update.h"
#include "wire.h"

#define SKIP 8			/* Update IDs; a peer takes 31 above the last */

/* ---- writing ---- */

struct writer {
	uint8_t *p;		/* NULL: only count */
	size_t len;
};

static void put(struct writer *w, const void *data, size_t len)
{
	if (w->p && len)
		memcpy(w->p + w->len, data, len);
	w->len += len;
}

static void put_number(struct writer *w, uint64_t v, size_t octets)
{
	uint8_t b[8];

	hip_put64(b, v);
	put(w, b + 8 - octets, octets);
}

static void put_string(struct writer *w, const void *data, size_t len)
{
	put_number(w, len, 2);
	put(w, data, len);
}

static void put_path(struct writer *w, const struct hip_path *p)
{
	put_number(w, p->id, 4);
	put_number(w, p->if_id, 4);
	put_number(w, p->spi_in, 4);
	put_number(w, p->spi_out, 4);
	put_number(w, p->alg ? p->alg->suite : 0, 2);
	put(w, &p->local, sizeof(p->local));
	put(w, &p->peer, sizeof(p->peer));
}

static void put_keys(struct writer *w, const struct hip_hipkeys *k)
{
	put_string(w, k->enc, k->enc_len);
	put_string(w, k->mac, k->mac_len);
}

static void put_update(struct writer *w, const struct hip_update *u)
{
	put_number(w, hip_update_oldest(u), 4);
	put_number(w, u->next_id - u->skipped, 4);
	put_number(w, u->peer_next, 4);
	put_number(w, u->peer_seen, 4);
	put_number(w, u->peer_wrapped, 1);
}

static void put_all(struct writer *w, const struct hip_assoc *a)
{
	const struct hip_keymat *km = &a->keymat;
	size_t h = hip_hash_len(km->hash);

	put(w, &a->pair.local, sizeof(a->pair.local));
	put(w, &a->pair.peer, sizeof(a->pair.peer));
	put_path(w, a->path);
	put_number(w, a->initiator | a->peer_anonymous << 1, 1);
	put_number(w, a->dh_group, 2);
	put_number(w, a->cipher, 2);
	put_number(w, a->keymat_index, 2);
	put_number(w, km->hash, 1);
	put(w, km->i, h);
	put(w, km->j, h);
	put_string(w, km->secret, km->secret_len);
	put_number(w, km->next, 4);
	put_keys(w, &a->own_keys);
	put_keys(w, &a->peer_keys);
	put_string(w, a->dh.own, a->dh.own_len);
	put_string(w, a->dh.peer, a->dh.peer_len);
	put_update(w, &a->update);
	put_string(w, a->peer_host_id, a->peer_host_id_len);
}

size_t hip_saved_put(uint8_t *buf, const struct hip_assoc *assoc)
{
	struct writer w = { .p = buf, .len = 2 };

	put_all(&w, assoc);
	if (buf)
		hip_put16(buf, (uint16_t)(w.len - 2));
	return w.len;
}

/* ---- reading ---- */

struct reader {
	const uint8_t *p;
	size_t left;
	bool bad;
};

static const uint8_t *get(struct reader *r, size_t len)
{
	const uint8_t *p = r->p;

	if (r->bad || len > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += len;
	r->left -= len;
	return p;
}

/* Zeroes stand for what is not there; the caller looks at r->bad. */
static void get_octets(struct reader *r, void *to, size_t len)
{
	const uint8_t *p = get(r, len);

	if (p)
		memcpy(to, p, len);
	else
		memset(to, 0, len);
}

static uint64_t get_number(struct reader *r, size_t octets)
{
	uint8_t b[8] = { 0 };

	get_octets(r, b + 8 - octets, octets);
	return hip_get64(b);
}

/* A copy; none for an empty one. */
static uint8_t *get_copy(struct reader *r, size_t max, size_t *len)
{
	size_t n = (size_t)get_number(r, 2);
	const uint8_t *p = get(r, n);
	uint8_t *copy;

	*len = 0;
	if (n > max)
		r->bad = true;
	if (!p || !n || r->bad)
		return NULL;
	copy = malloc(n);
	if (!copy) {
		r->bad = true;
		return NULL;
	}
	memcpy(copy, p, n);
	*len = n;
	return copy;
}

static size_t get_string(struct reader *r, void *to, size_t room)
{
	size_t len = (size_t)get_number(r, 2);

	if (len > room)
		r->bad = true;
	get_octets(r, to, r->bad ? 0 : len);
	return r->bad ? 0 : len;
}

static void get_path(struct reader *r, struct hip_saved *s)
{
	struct hip_path *p = &s->session.path;

	p->local_hit = s->pair.local;
	p->peer_hit = s->pair.peer;
	p->id = (uint32_t)get_number(r, 4);
	p->if_id = (uint32_t)get_number(r, 4);
	p->spi_in = (uint32_t)get_number(r, 4);
	p->spi_out = (uint32_t)get_number(r, 4);
	p->alg = hip_esp_alg((unsigned int)get_number(r, 2));
	get_octets(r, &p->local, sizeof(p->local));
	get_octets(r, &p->peer, sizeof(p->peer));
	if (!p->alg || !p->id)
		r->bad = true;
}

static void get_keys(struct reader *r, struct hip_hipkeys *k)
{
	k->enc_len = get_string(r, k->enc, sizeof(k->enc));
	k->mac_len = get_string(r, k->mac, sizeof(k->mac));
	if (!k->mac_len)	/* the NULL cipher has no key */
		r->bad = true;
}

static void get_keymat(struct reader *r, struct hip_saved *s)
{
	uint8_t i[HIP_HASH_MAX] = { 0 }, j[HIP_HASH_MAX] = { 0 };
	struct hip_keymat *km = &s->session.keymat;
	enum hip_hash hash = (enum hip_hash)get_number(r, 1);
	uint8_t secret[HIP_DH_SECRET_MAX];
	size_t len, h = hip_hash_len(hash);

	get_octets(r, i, h);
	get_octets(r, j, h);
	len = get_string(r, secret, sizeof(secret));
	if (!h || !len)
		r->bad = true;
	if (!r->bad)
		hip_keymat_init(km, hash, i, j, &s->pair.local, &s->pair.peer,
				secret, len);
	km->next = (size_t)get_number(r, 4);
	hip_crypto_wipe(secret, sizeof(secret));
}

static void get_halves(struct reader *r, struct hip_dh_halves *h)
{
	h->own = get_copy(r, HIP_DH_PUB_MAX, &h->own_len);
	h->peer = get_copy(r, HIP_DH_PUB_MAX, &h->peer_len);
}

/* Some UPDATEs may have gone out after this was saved: an Update ID that the
 * peer has seen would be lost on it (RFC 7401 section 6.12). Of those, and of
 * those that were on their way, nobody knows any more what they said.
 */
static void get_update(struct reader *r, struct hip_update *u)
{
	uint32_t oldest = (uint32_t)get_number(r, 4);

	u->next_id = (uint32_t)get_number(r, 4) + SKIP;
	u->skipped = SKIP;
	u->forgotten = u->next_id - oldest;
	u->peer_next = (uint32_t)get_number(r, 4);
	u->peer_seen = (uint32_t)get_number(r, 4);
	u->peer_wrapped = get_number(r, 1);
}

/* HOST_ID: type, length, HI length, DI, algorithm, HI (RFC 7401 section
 * 5.2.9).
 */
static int get_host_id(struct reader *r, struct hip_saved *s)
{
	size_t len = (size_t)get_number(r, 2), hi;
	const uint8_t *tlv = get(r, len);
	struct in6_addr made;

	if (!tlv || len < 10)
		return -EBADMSG;
	hi = hip_get16(tlv + 4);
	if (10 + hi > len ||
	    hip_hi_to_hit(hip_get16(tlv + 8), tlv + 10, hi, &made) ||
	    memcmp(&made, &s->pair.peer, sizeof(made)))
		return -EBADMSG;
	s->session.peer_key = hip_key_from_hi(hip_get16(tlv + 8), tlv + 10,
					      hi);
	s->session.peer_host_id = malloc(len);
	if (!s->session.peer_key || !s->session.peer_host_id)
		return s->session.peer_key ? -ENOMEM : -EBADMSG;
	memcpy(s->session.peer_host_id, tlv, len);
	s->session.peer_host_id_len = len;
	return 0;
}

static void get_pair(struct reader *r, struct hip_pair *pair)
{
	get_octets(r, &pair->local, sizeof(pair->local));
	get_octets(r, &pair->peer, sizeof(pair->peer));
}

int hip_saved_get(struct hip_saved *s, const uint8_t *record, size_t len)
{
	struct reader r = { .p = record, .left = len };
	unsigned int flags;
	int ret;

	memset(s, 0, sizeof(*s));
	get_pair(&r, &s->pair);
	get_path(&r, s);
	flags = (unsigned int)get_number(&r, 1);
	s->initiator = flags & 1;
	s->session.peer_anonymous = flags & 2;
	s->session.dh_group = (unsigned int)get_number(&r, 2);
	s->session.cipher = (unsigned int)get_number(&r, 2);
	s->session.keymat_index = (uint16_t)get_number(&r, 2);
	get_keymat(&r, s);
	get_keys(&r, &s->session.own_keys);
	get_keys(&r, &s->session.peer_keys);
	get_halves(&r, &s->session.dh);
	get_update(&r, &s->update);
	ret = get_host_id(&r, s);
	if (r.bad || r.left)
		ret = -EBADMSG;
	if (ret)
		hip_session_exit(&s->session);
	return ret;
}

size_t hip_saved_next(const uint8_t **buf, size_t *left,
		      struct hip_pair *pair, const uint8_t **record)
{
	struct reader r = { .p = *buf, .left = *left };
	size_t len = (size_t)get_number(&r, 2);
	struct reader in = { .p = get(&r, len), .left = len };

	in.bad = r.bad;
	*record = in.p;
	get_pair(&in, pair);
	if (in.bad)
		return 0;
	*buf = r.p;
	*left = r.left;
	return len;
}
