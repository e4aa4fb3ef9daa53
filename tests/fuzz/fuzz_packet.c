// SPDX-License-Identifier: GPL-2.0
/*
 * A packet in each state of an exchange. Two hosts are brought into a state,
 * one of them is given what the input makes of a genuine packet, and answers
 * go their way. No association comes up wrong, and a packet that changes
 * nothing is counted as dropped.
 *
 * Input: state, type of the packet to start from (0: the rest of the input is
 * the packet), flags, then edits (edit()).
 */
#include <stdlib.h>
#include <string.h>

#include "forge.h"
#include "fuzz.h"
#include "log.h"
#include "rekey.h"

#define SHORT (50 * HIP_MSEC)
#define TYPES 128

enum {
	FLAG_RAW_CHECKSUM = 1,		/* leave the checksum wrong */
	FLAG_PROTECT = 2,		/* a peer with keys: new MAC ... */
	FLAG_LONG = 4,			/* minutes pass afterwards */
	FLAG_RAW_HITS = 8,		/* leave the HITs of a raw packet */
	FLAG_TWICE = 16,
};

/* How hosts come there: A begins, packets of a type are held back. */
static const struct situation {
	uint8_t hold;			/* 0 = none */
	bool data, close;
	unsigned int updates;		/* of a rekey let through, + 1 */
	unsigned int victim;
	uint64_t pass;
} situations[] = {
	{ 0, false, false, 0, 1, 0 },			/* UNASSOCIATED */
	{ HIP_R1, true, false, 0, 0, SHORT },		/* I1-SENT */
	{ HIP_R2, true, false, 0, 0, SHORT },		/* I2-SENT */
	{ 0, true, false, 0, 1, SHORT },			/* R2-SENT */
	{ 0, true, false, 0, 0, SHORT },		/* ESTABLISHED */
	{ HIP_CLOSE_ACK, true, true, 0, 0, SHORT },	/* CLOSING */
	{ 0, true, true, 0, 1, SHORT },			/* CLOSED */
	{ HIP_I1, true, false, 0, 0, 120 * HIP_SEC },	/* E-FAILED */
	{ HIP_I2, true, false, 0, 1, SHORT },		/* awaiting an I2 */
	{ HIP_UPDATE, true, false, 1, 1, SHORT },	/* a rekey begins */
	{ HIP_UPDATE, true, false, 2, 0, SHORT },	/* it is answered */
	{ HIP_UPDATE, true, false, 3, 1, SHORT },	/* the last ACK */
};

#define N_SITUATIONS (sizeof(situations) / sizeof(situations[0]))

static struct world {
	struct sim sim;
	unsigned int situation;
	uint64_t used;			/* inputs; 0 = not there */
	uint8_t hold;
	unsigned int passing;		/* of that type, before */
	struct sim_packet seen[TYPES];	/* the newest of each type */
} w;
/* Of a whole exchange of the same hosts before. */
static struct sim_packet earlier[TYPES];

static enum sim_verdict watch(struct sim *sim, struct sim_packet *p)
{
	w.seen[sim_type(p)] = *p;
	if (!w.hold || sim_type(p) != w.hold)
		return SIM_PASS;
	return w.passing && w.passing-- ? SIM_PASS : SIM_DROP;
}

static void world_close(void)
{
	if (w.used)
		sim_exit(&w.sim);
	w.used = 0;
}

static void world_open(unsigned int situation)
{
	const struct situation *s = &situations[situation];
	struct sim_host *a = &w.sim.host[0], *b = &w.sim.host[1];

	world_close();
	memset(&w, 0, sizeof(w));
	fuzz_random(1);
	sim_key(HIP_HI_ECDSA, 0);
	sim_key(HIP_HI_ECDSA, 1);
	fuzz_random(2 + situation);
	sim_prepare(&w.sim);
	w.sim.config.dh_groups.n = 1;
	w.sim.config.r1_rate = 1000000;
	w.sim.delay = HIP_MSEC;
	w.sim.filter = watch;
	w.situation = situation;
	w.hold = s->close ? 0 : s->hold;
	w.passing = s->updates ? s->updates - 1 : 0;
	sim_init(&w.sim);
	if (s->data)
		sim_data(a, b);
	sim_run(&w.sim, s->pass);
	w.hold = s->hold;
	if (s->close) {
		fuzz_check(!hip_host_close(&a->h, sim_assoc(a, b)));
		sim_run(&w.sim, SHORT);
	}
	if (s->updates) {
		fuzz_check(!hip_rekey_start(sim_assoc(a, b),
					    HIP_REKEY_NEW_DH));
		sim_run(&w.sim, SHORT);
	}
	w.hold = 0;
	w.used = 1;
}

/* A base exchange and a rekey, a CLOSE: one of each type. */
static void record(void)
{
	static const unsigned int from[] = { 11, 6 };

	for (size_t i = 0; i < 2; i++) {
		world_open(from[i]);
		for (size_t t = 0; t < TYPES; t++)
			if (w.seen[t].len)
				earlier[t] = w.seen[t];
	}
}

/* ---- from the input to a packet ---- */

static void flip(struct sim_packet *p, size_t at, uint8_t with)
{
	if (at < p->len)
		p->buf[at] ^= with;
}

static void insert(struct sim_packet *p, struct fuzz_input *in)
{
	uint16_t type = fuzz_u16(in), len = fuzz_u8(in);
	size_t total = (4u + len + 7) & ~7u, at = HIP_HDR_LEN, step;

	while (at + 4 <= p->len && hip_get16(p->buf + at) <= type) {
		step = (4u + hip_get16(p->buf + at + 2) + 7) & ~7ul;
		if (at + step > p->len)
			break;
		at += step;
	}
	if (p->len < HIP_HDR_LEN || p->len + total > sizeof(p->buf))
		return;
	memmove(p->buf + at + total, p->buf + at, p->len - at);
	memset(p->buf + at, 0, total);
	hip_put16(p->buf + at, type);
	hip_put16(p->buf + at + 2, len);
	for (size_t i = 0; i < len; i++)
		p->buf[at + 4 + i] = fuzz_u8(in);
	p->len += total;
	p->buf[1] = (uint8_t)(p->len / 8 - 1);
}

static void drop(struct sim_packet *p, unsigned int n)
{
	size_t at = HIP_HDR_LEN, step;

	while (at + 4 <= p->len) {
		step = (4u + hip_get16(p->buf + at + 2) + 7) & ~7ul;
		if (at + step > p->len)
			return;
		if (!n--) {
			memmove(p->buf + at, p->buf + at + step,
				p->len - at - step);
			p->len -= step;
			p->buf[1] = (uint8_t)(p->len / 8 - 1);
			return;
		}
		at += step;
	}
}

static void edit(struct sim_packet *p, struct fuzz_input *in)
{
	uint16_t at;
	uint8_t op;

	while (in->left) {
		op = fuzz_u8(in);
		switch (op >> 6) {
		case 0:
		case 1:
			at = (uint16_t)((op & 7) << 8 | fuzz_u8(in));
			flip(p, at, fuzz_u8(in));
			break;
		case 2:
			insert(p, in);
			break;
		default:
			if (op & 32)
				p->len = (op & 31) * 16u;
			else
				drop(p, op & 31);
		}
	}
}

/* The keys that the sender of @p has with the victim, if any. */
static const struct hip_hipkeys *keys_of(struct sim_host *from,
					 struct sim_host *to,
					 const struct hip_assoc **assoc)
{
	*assoc = sim_assoc(from, to);
	if (*assoc && hip_assoc_has_keys(*assoc))
		return &(*assoc)->own_keys;
	return NULL;
}

static bool is_mac(uint16_t type)
{
	return type == HIP_PARAM_HIP_MAC || type == HIP_PARAM_HIP_MAC_2;
}

static bool is_signature(uint16_t type)
{
	return type == HIP_PARAM_HIP_SIGNATURE ||
	       type == HIP_PARAM_HIP_SIGNATURE_2;
}

/* MACs and signatures anew, as a peer does that means no good. */
static void protect(struct sim_packet *p, struct sim_host *from,
		    struct sim_host *to)
{
	const struct hip_assoc *assoc;
	const struct hip_hipkeys *keys = keys_of(from, to, &assoc);
	const struct hip_identity *id =
		hip_identity_default(&from->h.identities);
	struct hip_builder b;
	struct hip_packet q;

	forge_checksum(p);
	if (hip_wire_parse(&q, p->buf, p->len, &p->src, &p->dst))
		return;
	hip_build_start(&b, q.type, q.controls, &q.sender, &q.receiver);
	for (size_t i = 0; i < q.n_params; i++) {
		const struct hip_param *t = &q.param[i];

		if (is_mac(t->type) && keys)
			hip_auth_mac(&b, t->type, hip_suite_hash(
					hip_hit_suite(&to->hit)), keys,
				     t->type == HIP_PARAM_HIP_MAC_2 ?
					     id->host_id : NULL,
				     t->type == HIP_PARAM_HIP_MAC_2 ?
					     id->host_id_len : 0);
		else if (is_signature(t->type))
			hip_auth_sign(&b, t->type, from->key);
		else
			hip_build_copy(&b, t->type, t->data, t->len);
	}
	if (hip_build_end(&b))
		return;
	p->len = b.len;
	memcpy(p->buf, b.buf, b.len);
}

static void make(struct sim_packet *p, uint8_t base, uint8_t flags,
		 struct fuzz_input *in)
{
	unsigned int victim = situations[w.situation].victim;
	struct sim_host *to = &w.sim.host[victim];
	struct sim_host *from = &w.sim.host[!victim];

	if (base && base < TYPES && earlier[base].len) {
		*p = w.seen[base].len ? w.seen[base] : earlier[base];
		edit(p, in);
	} else {
		p->len = in->left < sizeof(p->buf) ? in->left : sizeof(p->buf);
		if (p->len)
			memcpy(p->buf, in->p, p->len);
		if (!(flags & FLAG_RAW_HITS) && p->len >= HIP_HDR_LEN) {
			memcpy(p->buf + 8, &from->hit, 16);
			memcpy(p->buf + 24, &to->hit, 16);
		}
	}
	p->src = *sim_addr(from);
	p->dst = *sim_addr(to);
	if (p->len < HIP_HDR_LEN)
		return;
	if (flags & FLAG_PROTECT)
		protect(p, from, to);
	if (!(flags & FLAG_RAW_CHECKSUM) && p->buf[1] >= 4 &&
	    8 * (p->buf[1] + 1u) <= p->len)
		hip_build_checksum(p->buf, 8 * (p->buf[1] + 1u), &p->src,
				   &p->dst);
}

/* ---- what must hold ---- */

struct look {
	uint64_t sent, drops;
	enum hip_state state[2];
	struct hip_keymat keymat[2];
	uint32_t path[2];
};

static void look(struct look *l)
{
	memset(l, 0, sizeof(*l));
	l->sent = w.sim.n_sent;
	for (unsigned int i = 0; i < 2; i++) {
		struct hip_assoc *assoc = sim_assoc(&w.sim.host[i],
						    &w.sim.host[!i]);

		l->drops += sim_drops(&w.sim.host[i]);
		if (!assoc)
			continue;
		l->state[i] = assoc->state;
		l->keymat[i] = assoc->keymat;
		l->path[i] = assoc->path ? assoc->path->id : 0;
	}
}

static bool same(const struct look *a, const struct look *b)
{
	return a->sent == b->sent &&
	       !memcmp(a->state, b->state, sizeof(a->state)) &&
	       !memcmp(a->keymat, b->keymat, sizeof(a->keymat)) &&
	       !memcmp(a->path, b->path, sizeof(a->path));
}

static bool up(const struct hip_assoc *assoc)
{
	return assoc && assoc->path &&
	       (assoc->state == HIP_ESTABLISHED ||
		assoc->state == HIP_R2_SENT);
}

/* Whoever has no keys cannot make two ends disagree for good: what they have
 * are the keys of one exchange, and the peer's Host Identity.
 */
static void agree(void)
{
	struct sim_host *a = &w.sim.host[0], *b = &w.sim.host[1];
	struct hip_assoc *x = sim_assoc(a, b), *y = sim_assoc(b, a);

	if (x && x->peer_key)
		fuzz_check(hip_addr_eq(hip_key_hit(x->peer_key), &b->hit));
	if (y && y->peer_key)
		fuzz_check(hip_addr_eq(hip_key_hit(y->peer_key), &a->hit));
	if (up(x) && up(y) && w.sim.type_sent[HIP_I2] < 2)
		sim_assert_up(a, b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	unsigned int situation, times;
	struct look before, after;
	struct sim_packet p;
	uint8_t base, flags;
	char err[64];

	hip_log_setup("err", err, sizeof(err));
	if (!earlier[HIP_I1].len)
		record();
	situation = fuzz_u8(&in) % N_SITUATIONS;
	base = fuzz_u8(&in);
	flags = fuzz_u8(&in);
	if (!w.used || w.situation != situation || w.used == 256)
		world_open(situation);
	w.used++;
	look(&before);
	memset(&p, 0, sizeof(p));
	make(&p, base, flags, &in);
	for (times = flags & FLAG_TWICE ? 2 : 1; times; times--)
		forge_inject(&w.sim, &p);
	look(&after);
	if (same(&before, &after))
		fuzz_check(after.drops > before.drops);
	sim_run(&w.sim, flags & FLAG_LONG ? 300 * HIP_SEC : SHORT);
	/* a rekey that was interrupted goes on after a while */
	if (!(flags & FLAG_PROTECT) &&
	    (!situations[situation].updates || flags & FLAG_LONG))
		agree();
	look(&after);
	if (!same(&before, &after) || flags & FLAG_LONG)
		world_close();
	return 0;
}
