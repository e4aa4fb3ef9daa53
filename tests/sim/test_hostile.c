// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that no honest host sends, or sends at another time: replays,
 * forgeries, floods, nonsense. They are dropped under their names, and no
 * state is left of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "sim.h"

/* ---- tools ---- */

#define KEPT 64

struct record {
	size_t n;
	struct sim_packet p[KEPT];
};

static enum sim_verdict keep(struct sim *sim, struct sim_packet *p)
{
	struct record *r = sim->arg;

	if (r && r->n < KEPT)
		r->p[r->n++] = *p;
	return SIM_PASS;
}

static struct sim_packet *kept(struct record *r, uint8_t type)
{
	size_t i;

	for (i = r->n; i--;)
		if (sim_type(&r->p[i]) == type)
			return &r->p[i];
	fail_msg("no %s was kept", hip_wire_type_name(type));
	return NULL;
}

static void inject(struct sim *sim, const struct sim_packet *p)
{
	sim_inject(sim, &p->src, &p->dst, p->buf, p->len);
}

static void parse(struct hip_packet *p, const struct sim_packet *from)
{
	assert_int_equal(hip_wire_parse(p, from->buf, from->len, &from->src,
					&from->dst), HIP_WIRE_OK);
}

/* What a forger changes while he copies a packet. */
struct change {
	uint16_t without, with;		/* parameter types, 0 = none */
	const void *data;
	size_t len;
	const struct hip_key *sign_r1;	/* makes HIP_SIGNATURE_2 anew */
};

static void forge(struct sim_packet *out, const struct sim_packet *in,
		  const struct change *c)
{
	const uint16_t sig = HIP_PARAM_HIP_SIGNATURE_2;
	bool added = !c->with, was_signed = !c->sign_r1;
	const struct hip_param *q;
	struct hip_builder b;
	struct hip_packet p;
	uint16_t i;

	parse(&p, in);
	hip_build_start(&b, p.type, p.controls, &p.sender, &p.receiver);
	for (i = 0; i < p.n_params; i++) {
		q = &p.param[i];
		if (!added && q->type > c->with) {
			hip_build_copy(&b, c->with, c->data, c->len);
			added = true;
		}
		if (q->type == c->without)
			continue;
		if (q->type == sig && c->sign_r1) {
			assert_int_equal(hip_auth_sign(&b, sig, c->sign_r1), 0);
			was_signed = true;
		} else {
			hip_build_copy(&b, q->type, q->data, q->len);
		}
	}
	if (!added)
		hip_build_copy(&b, c->with, c->data, c->len);
	assert_true(was_signed);
	assert_int_equal(hip_build_end(&b), 0);
	*out = *in;
	out->len = b.len;
	memcpy(out->buf, b.buf, b.len);
	hip_build_checksum(out->buf, out->len, &out->src, &out->dst);
}

static void fix(struct sim_packet *p)
{
	hip_build_checksum(p->buf, p->len, &p->src, &p->dst);
}

static void begin(struct sim *sim, struct record *r)
{
	memset(r, 0, sizeof(*r));
	sim_prepare(sim);
	sim->config.dh_groups.n = 1;
	sim->filter = keep;
	sim->arg = r;
	sim_init(sim);
}

/* Runs until a packet of @type is in flight, and takes it out. */
static void catch(struct sim *sim, uint8_t type, struct sim_packet *out)
{
	struct sim_packet *p;

	while (!(p = sim->flight) || sim_type(p) != type)
		assert_true(sim_step(sim, sim->now + HIP_SEC));
	*out = *p;
	sim->flight = p->next;
	free(p);
}

#define assert_drop(host, id, n, action) \
do { \
	uint64_t was_ = sim_stat(host, id), all_ = sim_drops(host); \
	action; \
	assert_int_equal(sim_stat(host, id) - was_, n); \
	assert_int_equal(sim_drops(host) - all_, n); \
} while (0)

/* ---- replays ---- */

static void test_replay(void **state)
{
	static struct record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_keymat km;
	size_t i, n;

	begin(&sim, &r);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	hip_host_close(&a->h, sim_assoc(a, b));
	sim_run(&sim, HIP_SEC);
	sim_assert_empty(a);
	n = r.n;
	sim.arg = NULL;
	/* into CLOSED and UNASSOCIATED */
	for (i = 0; i < n; i++)
		if (sim_type(&r.p[i]) != HIP_I1)
			inject(&sim, &r.p[i]);
	sim_settle(&sim);
	sim_assert_empty(a);
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	assert_int_equal(sim_stat(b, DROP_REPLAY), 1);
	hip_assoc_destroy(sim_assoc(b, a));
	assert_drop(b, DROP_REPLAY, 1, inject(&sim, kept(&r, HIP_I2)));
	assert_drop(a, DROP_NO_ASSOC, 1, inject(&sim, kept(&r, HIP_R2)));
	assert_drop(a, DROP_NO_ASSOC, 1, inject(&sim, kept(&r, HIP_R1)));
	assert_drop(b, DROP_NO_ASSOC, 1, inject(&sim, kept(&r, HIP_CLOSE)));
	sim_assert_empty(b);
	/* into a new association: it does not notice */
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	km = sim_assoc(b, a)->keymat;
	for (i = 0; i < n; i++)
		inject(&sim, &r.p[i]);
	sim_settle(&sim);
	sim_assert_up(a, b);
	assert_memory_equal(&km, &sim_assoc(b, a)->keymat, sizeof(km));
	assert_int_equal(sim_stat(b, DROP_MAC), 1);	/* the old CLOSE */
	/* long after: the R1 is forgotten, and so is its solution */
	sim_run(&sim, 600 * HIP_SEC);
	assert_drop(b, DROP_R1_COUNTER, 1, inject(&sim, kept(&r, HIP_I2)));
	sim_exit(&sim);
}

/* An old R1, answered to an I1 of now: the Responder does not take the I2, and
 * the honest R1 still wins.
 */
static void test_replayed_r1(void **state)
{
	static struct record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet old;

	begin(&sim, &r);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	old = *kept(&r, HIP_R1);
	hip_assoc_destroy(sim_assoc(a, b));
	hip_assoc_destroy(sim_assoc(b, a));
	sim_run(&sim, 600 * HIP_SEC);
	sim_data(a, b);
	inject(&sim, &old);
	assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	sim_run(&sim, HIP_SEC / 2);
	/* the true R1 has a larger counter */
	sim_assert_up(a, b);
	assert_int_equal(sim_stat(b, DROP_R1_COUNTER), 1);
	sim_exit(&sim);
}

/* ---- I1 ---- */

static void test_i1(void **state)
{
	static struct record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i1, p;
	struct change critical = { .with = 0x6fff, .data = "x", .len = 1 };
	struct change other = { .with = 0x6ffe, .data = "x", .len = 1 };
	struct change empty = { .without = HIP_PARAM_DH_GROUP_LIST };
	struct in6_addr odd;

	begin(&sim, &r);
	sim.manual = true;
	sim_data(a, b);
	i1 = *kept(&r, HIP_I1);
	forge(&p, &i1, &critical);
	assert_drop(b, DROP_CRITICAL, 1, inject(&sim, &p));
	forge(&p, &i1, &empty);
	assert_drop(b, DROP_MISSING, 1, inject(&sim, &p));
	p = i1;
	p.buf[HIP_HDR_LEN - 1] ^= 1;	/* Receiver's HIT */
	fix(&p);
	assert_drop(b, DROP_HIT, 1, inject(&sim, &p));
	p = i1;
	memset(p.buf + 8, 0, 16);	/* Sender's HIT */
	fix(&p);
	assert_drop(b, DROP_SENDER_HIT, 1, inject(&sim, &p));
	memcpy(p.buf + 8, &b->hit, 16);
	fix(&p);
	assert_drop(b, DROP_SENDER_HIT, 1, inject(&sim, &p));
	p = i1;
	p.buf[3] = 0x11;		/* version 1 */
	fix(&p);
	assert_drop(b, DROP_VERSION, 1, inject(&sim, &p));
	p = i1;
	p.buf[2] = 99;
	fix(&p);
	assert_drop(b, DROP_TYPE, 1, inject(&sim, &p));
	p = i1;
	p.len -= 8;
	assert_drop(b, DROP_SHORT, 1, inject(&sim, &p));
	p = i1;
	hip_addr_parse(&odd, "ff02::1");
	p.src = odd;
	fix(&p);
	assert_drop(b, DROP_LOCATOR, 1, inject(&sim, &p));
	assert_int_equal(sim.type_sent[HIP_R1], 0);
	sim_assert_empty(b);
	/* unknown and not critical: as if it were not there */
	forge(&p, &i1, &other);
	assert_drop(b, DROP_CRITICAL, 0, inject(&sim, &p));
	assert_int_equal(sim.type_sent[HIP_R1], 1);
	sim_assert_empty(b);
	sim_exit(&sim);
}

static void test_i1_flood(void **state)
{
	static struct record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i1;
	unsigned int i;

	begin(&sim, &r);
	sim.manual = true;
	sim_data(a, b);
	i1 = *kept(&r, HIP_I1);
	sim.arg = NULL;
	for (i = 0; i < 3000; i++)
		inject(&sim, &i1);
	assert_int_equal(sim.type_sent[HIP_R1], 1000);
	assert_int_equal(sim_stat(b, DROP_RATE), 2000);
	/* another address is served meanwhile (but for one in 4096) */
	i1.src = a->v6;
	i1.dst = b->v6;
	fix(&i1);
	inject(&sim, &i1);
	assert_int_equal(sim.type_sent[HIP_R1], 1001);
	sim_assert_empty(b);
	sim_exit(&sim);
}

/* ---- R1 ---- */

static void test_r1(void **state)
{
	static struct record r;
	static const uint8_t lower[] = { HIP_DH_P384 };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet r1, p;
	struct hip_key *foreign = sim_key(HIP_HI_ECDSA, 2);
	struct change resigned = { .sign_r1 = foreign };
	struct change group = { .without = HIP_PARAM_DH_GROUP_LIST,
				.with = HIP_PARAM_DH_GROUP_LIST,
				.data = lower, .len = 1, .sign_r1 = b->key };
	struct change bare = { .without = HIP_PARAM_HIT_SUITE_LIST };
	unsigned int i;

	begin(&sim, &r);
	group.sign_r1 = b->key;
	sim_data(a, b);
	catch(&sim, HIP_R1, &r1);
	forge(&p, &r1, &resigned);
	assert_drop(a, DROP_SIGNATURE, 1, inject(&sim, &p));
	forge(&p, &r1, &group);
	assert_drop(a, DROP_DH, 1, inject(&sim, &p));
	forge(&p, &r1, &bare);
	assert_drop(a, DROP_MISSING, 1, inject(&sim, &p));
	/* many forgeries take one key and one SPI in all */
	forge(&p, &r1, &resigned);
	for (i = 0; i < 100; i++)
		inject(&sim, &p);
	assert_int_equal(HASH_COUNT(a->kernel.by_spi), 1);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 0);
	assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	/* the true one still leads on, from whatever address it comes */
	inject(&sim, &r1);
	assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	/* and a second one does not */
	assert_drop(a, DROP_R1_COUNTER, 1, inject(&sim, &r1));
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(a, b);
	assert_drop(a, DROP_STATE, 1, inject(&sim, &r1));
	sim_exit(&sim);
}

/* Middleboxes and the Responder ask for echoes: I2 carries them. */
static void test_echo(void **state)
{
	static struct record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet r1, p, q;
	struct change box = { .with = HIP_PARAM_ECHO_REQUEST_UNSIGNED,
			      .data = "middlebox", .len = 9 };
	struct change asked = { .with = HIP_PARAM_ECHO_REQUEST_SIGNED,
				.data = "responder", .len = 9 };
	const struct hip_param *e;
	struct hip_packet i2;

	begin(&sim, &r);
	asked.sign_r1 = b->key;
	sim_data(a, b);
	catch(&sim, HIP_R1, &r1);
	forge(&p, &r1, &asked);
	forge(&q, &p, &box);
	box.data = "another";
	box.len = 7;
	forge(&p, &q, &box);
	inject(&sim, &p);
	parse(&i2, kept(&r, HIP_I2));
	e = hip_packet_get(&i2, HIP_PARAM_ECHO_RESPONSE_SIGNED);
	assert_non_null(e);
	assert_int_equal(e->len, 9);
	assert_memory_equal(e->data, "responder", 9);
	e = hip_packet_get(&i2, HIP_PARAM_ECHO_RESPONSE_UNSIGNED);
	assert_non_null(e);
	assert_memory_equal(e->data, "middlebox", 9);
	e = hip_packet_next(&i2, e);
	assert_non_null(e);
	assert_memory_equal(e->data, "another", 7);
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* The Responder does not know our HIT's suite: begin again with another HIT. */
static void test_hit_suite(void **state)
{
	static const uint8_t only_rsa[] = { HIP_SUITE_RSA_SHA256 << 4 };
	static struct record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_key *rsa = sim_key(HIP_HI_RSA, 0);
	struct change suites = { .without = HIP_PARAM_HIT_SUITE_LIST,
				 .with = HIP_PARAM_HIT_SUITE_LIST,
				 .data = only_rsa, .len = 1 };
	struct sim_packet r1, p;
	struct hip_identity *id;
	struct hip_assoc *other;

	begin(&sim, &r);
	suites.sign_r1 = b->key;
	id = hip_identity_add(&a->h.identities, "other", rsa);
	assert_int_equal(hip_host_identity_added(&a->h, id), 0);
	sim_data(a, b);
	catch(&sim, HIP_R1, &r1);
	forge(&p, &r1, &suites);
	/* not with a wrong signature */
	p.buf[p.len - 9] ^= 1;
	fix(&p);
	assert_drop(a, DROP_SIGNATURE, 1, inject(&sim, &p));
	assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	forge(&p, &r1, &suites);
	assert_drop(a, DROP_HIT_SUITE, 1, inject(&sim, &p));
	other = hip_assoc_find(&a->h.assocs, hip_key_hit(rsa), &b->hit);
	assert_non_null(other);
	assert_int_equal(other->state, HIP_I1_SENT);
	assert_true(sim_find_op(a, "fail refused", 0) >= 0);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(other->state, HIP_ESTABLISHED);
	sim_exit(&sim);
}

/* ---- I2 ---- */

static void test_i2(void **state)
{
	static struct record r;
	static const uint8_t two[] = { 0, 2, 0, 4 };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct change ciphers = { .without = HIP_PARAM_HIP_CIPHER,
				  .with = HIP_PARAM_HIP_CIPHER,
				  .data = two, .len = 4 };
	struct change nobody = { .without = HIP_PARAM_HOST_ID };
	struct change uncounted = { .without = HIP_PARAM_R1_COUNTER };
	const struct hip_param *mac, *dh;
	struct sim_packet i2, p;
	struct hip_packet q;
	unsigned int i;

	begin(&sim, &r);
	sim_data(a, b);
	catch(&sim, HIP_I2, &i2);
	parse(&q, &i2);
	mac = hip_packet_get(&q, HIP_PARAM_HIP_MAC);
	dh = hip_packet_get(&q, HIP_PARAM_DIFFIE_HELLMAN);
	/* a spoofed source: not the address that the R1 went to */
	p = i2;
	p.src = sim.host[2].v4;
	fix(&p);
	assert_drop(b, DROP_PUZZLE, 1, inject(&sim, &p));
	forge(&p, &i2, &ciphers);
	assert_drop(b, DROP_CIPHER, 1, inject(&sim, &p));
	forge(&p, &i2, &nobody);
	assert_drop(b, DROP_MISSING, 1, inject(&sim, &p));
	forge(&p, &i2, &uncounted);
	assert_drop(b, DROP_MISSING, 1, inject(&sim, &p));
	p = i2;
	p.buf[dh->off + 4 + 3] ^= 1;	/* not on the curve */
	fix(&p);
	assert_drop(b, DROP_DH, 1, inject(&sim, &p));
	/* the right solution under a wrong MAC: no state grows, however often */
	p = i2;
	p.buf[mac->off + 4] ^= 1;
	fix(&p);
	assert_drop(b, DROP_MAC, 500, for (i = 0; i < 500; i++)
					      inject(&sim, &p));
	sim_assert_empty(b);
	/* and the true one is still good */
	inject(&sim, &i2);
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* A kernel that refuses: no R2, no I2, no state; then it works again. */
static void test_kernel_refuses(void **state)
{
	unsigned int who;

	for (who = 0; who < 2; who++) {
		static struct record r;
		struct sim sim = { 0 };
		struct sim_host *a = &sim.host[0], *b = &sim.host[1];

		begin(&sim, &r);
		sim.host[who].kernel.fail = -12;
		sim_data(a, b);
		sim_run(&sim, HIP_SEC / 2);
		assert_true(sim_stat(&sim.host[who], DROP_KERNEL) >= 1);
		assert_int_equal(sim.type_sent[who ? HIP_R2 : HIP_I2], 0);
		sim_assert_empty(b);
		sim.host[who].kernel.fail = 0;
		sim_run(&sim, 4 * HIP_SEC);
		sim_assert_up(a, b);
		sim_exit(&sim);
	}
}

/* ---- nonsense ---- */

/* Damaged copies of real packets, in every state; nothing but drops. */
static void test_nonsense(void **state)
{
	static struct record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet p;
	unsigned int round, i, n;

	begin(&sim, &r);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	hip_host_close(&a->h, sim_assoc(a, b));
	sim_run(&sim, HIP_SEC);
	sim.arg = NULL;
	for (round = 0; round < 20000; round++) {
		p = r.p[sim_random(&sim, r.n)];
		n = 1 + (unsigned int)sim_random(&sim, 4);
		for (i = 0; i < n; i++)
			p.buf[sim_random(&sim, p.len)] =
				(uint8_t)sim_random(&sim, 256);
		if (sim_random(&sim, 4) == 0)
			p.len = sim_random(&sim, p.len + 1);
		if (p.len > 6)
			fix(&p);
		inject(&sim, &p);
		if (sim_random(&sim, 50) == 0)
			sim_data(a, b);
		if (sim_random(&sim, 200) == 0)
			sim_run(&sim, sim_random(&sim, 2 * HIP_SEC));
		if (sim_random(&sim, 400) == 0 && sim_assoc(a, b))
			hip_host_close(&a->h, sim_assoc(a, b));
	}
	sim_run(&sim, 60 * HIP_SEC);
	sim_data(a, b);
	sim_data(b, a);
	sim_run(&sim, 60 * HIP_SEC);
	sim_data(a, b);
	sim_data(b, a);
	sim_run(&sim, 60 * HIP_SEC);
	sim_assert_up(a, b);
	assert_true(sim_drops(a) > 1000 && sim_drops(b) > 1000);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_replayed_r1),
		cmocka_unit_test(test_i1),
		cmocka_unit_test(test_i1_flood),
		cmocka_unit_test(test_r1),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_hit_suite),
		cmocka_unit_test(test_i2),
		cmocka_unit_test(test_kernel_refuses),
		cmocka_unit_test(test_nonsense),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
