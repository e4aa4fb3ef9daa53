// SPDX-License-Identifier: GPL-2.0
/*
 * Packets made with care: of a man in the middle, of a peer that breaks the
 * rules although it has the right keys, of an attacker with keys of his own.
 * Each is dropped under its name (RFC 7401 sections 5.2.6, 6.8 to 6.10, 6.15;
 * RFC 7402 section 3.3).
 */
#include <stdlib.h>
#include <string.h>

#include "bex.h"
#include "forge.h"
#include "ratelimit.h"

static void drops_only(struct sim_host *host, enum hip_stat drop,
		       struct sim *sim, const struct sim_packet *p)
{
	uint64_t one = host->h.stats.v[drop], all = sim_drops(host);

	forge_inject(sim, p);
	assert_int_equal(host->h.stats.v[drop], one + 1);
	assert_int_equal(sim_drops(host), all + 1);
}

/* ---- R1 ---- */

static void test_r1(void **state)
{
	static struct forge_record r;
	static const uint8_t lower[] = { HIP_DH_P384 };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet r1, p;
	struct hip_key *foreign = sim_key(HIP_HI_ECDSA, 2);
	struct forge_change resigned = { .key = foreign };
	struct forge_change group = { .without = HIP_PARAM_DH_GROUP_LIST,
				      .with = HIP_PARAM_DH_GROUP_LIST,
				      .data = lower, .len = 1 };
	struct forge_change bare = { .without = HIP_PARAM_HIT_SUITE_LIST };
	unsigned int i;

	forge_begin(&sim, &r);
	group.key = b->key;
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	forge_copy(&p, &r1, &resigned);
	assert_drop(a, DROP_SIGNATURE, 1, forge_inject(&sim, &p));
	forge_copy(&p, &r1, &group);
	assert_drop(a, DROP_DH, 1, forge_inject(&sim, &p));
	forge_copy(&p, &r1, &bare);
	assert_drop(a, DROP_MISSING, 1, forge_inject(&sim, &p));
	/* many forgeries take one key and one SPI in all */
	forge_copy(&p, &r1, &resigned);
	for (i = 0; i < 100; i++)
		forge_inject(&sim, &p);
	assert_int_equal(HASH_COUNT(a->kernel.by_spi), 1);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 0);
	assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	/* the true one still leads on, from whatever address it comes */
	forge_inject(&sim, &r1);
	assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	/* and a second one does not */
	assert_drop(a, DROP_R1_COUNTER, 1, forge_inject(&sim, &r1));
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(a, b);
	assert_drop(a, DROP_STATE, 1, forge_inject(&sim, &r1));
	sim_exit(&sim);
}

/* Middleboxes and the Responder ask for echoes: I2 carries them. */
static void test_echo(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet r1, p, q;
	uint8_t counter[12];
	struct forge_change box = { .with = HIP_PARAM_ECHO_REQUEST_UNSIGNED,
				    .data = "middlebox", .len = 9 };
	struct forge_change asked = { .with = HIP_PARAM_ECHO_REQUEST_SIGNED,
				      .data = "responder", .len = 9 };
	struct forge_change count = { .without = HIP_PARAM_R1_COUNTER,
				      .with = HIP_PARAM_R1_COUNTER,
				      .data = counter, .len = 12 };
	const struct hip_param *e;
	struct hip_packet i2;

	forge_begin(&sim, &r);
	asked.key = b->key;
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	/* R1_COUNTER goes back with its reserved field */
	forge_parse(&i2, &r1);
	memcpy(counter, hip_packet_get(&i2, HIP_PARAM_R1_COUNTER)->data, 12);
	memcpy(counter, "\x12\x34\x56\x78", 4);
	count.key = b->key;
	forge_copy(&q, &r1, &count);
	forge_copy(&p, &q, &asked);
	forge_copy(&q, &p, &box);
	box.data = "another";
	box.len = 7;
	forge_copy(&p, &q, &box);
	forge_inject(&sim, &p);
	forge_parse(&i2, forge_kept(&r, HIP_I2));
	assert_memory_equal(hip_packet_get(&i2, HIP_PARAM_R1_COUNTER)->data,
			    counter, 12);
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
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_key *rsa = sim_key(HIP_HI_RSA, 0);
	struct forge_change suites = { .without = HIP_PARAM_HIT_SUITE_LIST,
				       .with = HIP_PARAM_HIT_SUITE_LIST,
				       .data = only_rsa, .len = 1 };
	struct sim_packet r1, p;
	struct hip_identity *id;
	struct hip_assoc *other;

	forge_begin(&sim, &r);
	suites.key = b->key;
	id = hip_identity_add(&a->h.identities, "other", rsa);
	assert_int_equal(hip_host_identity_added(&a->h, id), 0);
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	forge_copy(&p, &r1, &suites);
	/* not with a wrong signature */
	p.buf[p.len - 9] ^= 1;
	forge_checksum(&p);
	assert_drop(a, DROP_SIGNATURE, 1, forge_inject(&sim, &p));
	assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	forge_copy(&p, &r1, &suites);
	assert_drop(a, DROP_HIT_SUITE, 1, forge_inject(&sim, &p));
	other = hip_assoc_find(&a->h.assocs, hip_key_hit(rsa), &b->hit);
	assert_non_null(other);
	assert_int_equal(other->state, HIP_I1_SENT);
	assert_true(sim_find_op(a, "fail refused", 0) >= 0);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(other->state, HIP_ESTABLISHED);
	sim_exit(&sim);
}

/* Low bits that are not 0 make no suite of an ID: neither ours nor that of
 * another identity.
 */
static void test_suite_bits(void **state)
{
	static const uint8_t odd[] = { HIP_SUITE_RSA_SHA256 << 4 | 8,
				       HIP_SUITE_ECDSA_SHA384 << 4 | 1 };
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_key *rsa = sim_key(HIP_HI_RSA, 0);
	struct forge_change suites = { .without = HIP_PARAM_HIT_SUITE_LIST,
				       .with = HIP_PARAM_HIT_SUITE_LIST,
				       .data = odd, .len = sizeof(odd) };
	struct sim_packet r1, p;
	struct hip_identity *id;

	forge_begin(&sim, &r);
	suites.key = b->key;
	id = hip_identity_add(&a->h.identities, "other", rsa);
	assert_int_equal(hip_host_identity_added(&a->h, id), 0);
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	forge_copy(&p, &r1, &suites);
	assert_drop(a, DROP_HIT_SUITE, 1, forge_inject(&sim, &p));
	assert_null(hip_assoc_find(&a->h.assocs, hip_key_hit(rsa), &b->hit));
	assert_int_equal(sim.type_sent[HIP_I2], 0);
	sim_exit(&sim);
}

/* The same with a Responder that says so itself, and means it. */
static void test_hit_suites(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_key *rsa = sim_key(HIP_HI_RSA, 0);
	struct hip_config config;
	struct hip_identity *id;
	struct sim_packet i2;

	forge_begin(&sim, &r);
	id = hip_identity_add(&a->h.identities, "other", rsa);
	assert_int_equal(hip_host_identity_added(&a->h, id), 0);
	/* an I2 that was on its way when the Responder changed its mind */
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	config = b->h.config;
	config.hit_suites = (struct hip_list){ 1, { HIP_SUITE_RSA_SHA256 } };
	assert_int_equal(hip_host_configure(&b->h, &config), 0);
	assert_drop(b, DROP_HIT_SUITE, 1, forge_inject(&sim, &i2));
	hip_assoc_destroy(sim_assoc(a, b));
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	assert_null(sim_assoc(b, a));
	assert_int_equal(hip_assoc_find(&a->h.assocs, hip_key_hit(rsa),
					&b->hit)->state, HIP_ESTABLISHED);
	/* and we do not take an R1 of a suite that we do not want */
	hip_assoc_destroy(hip_assoc_find(&a->h.assocs, hip_key_hit(rsa),
					 &b->hit));
	hip_assoc_destroy(sim_assoc(a, b));
	a->h.config.hit_suites = config.hit_suites;
	assert_drop(a, DROP_HIT_SUITE, 1, sim_data(a, b);
		    sim_run(&sim, HIP_SEC / 2));
	sim_exit(&sim);
}

/* ---- I2 ---- */

/* HOST_ID of a DSA key: T, Q, P, G, Y (RFC 2536). */
static void test_dsa(void **state)
{
	static uint8_t dsa[6 + 1 + 20 + 3 * 64];
	static struct forge_record r;
	struct forge_change change = { .without = HIP_PARAM_HOST_ID,
				       .with = HIP_PARAM_HOST_ID,
				       .data = dsa, .len = sizeof(dsa) };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i2, p;

	hip_put16(dsa, sizeof(dsa) - 6);
	hip_put16(dsa + 4, 3);
	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	forge_copy(&p, &i2, &change);
	assert_drop(b, DROP_HI_ALG, 1, forge_inject(&sim, &p));
	sim_assert_empty(b);
	sim_exit(&sim);
}

static void test_i2(void **state)
{
	static struct forge_record r;
	static const uint8_t two[] = { 0, 2, 0, 4 };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_change ciphers = { .without = HIP_PARAM_HIP_CIPHER,
					.with = HIP_PARAM_HIP_CIPHER,
					.data = two, .len = 4 };
	struct forge_change nobody = { .without = HIP_PARAM_HOST_ID };
	struct forge_change uncounted = { .without = HIP_PARAM_R1_COUNTER };
	struct forge_change cut = { .without = HIP_PARAM_HIP_MAC,
				    .with = HIP_PARAM_HIP_MAC, .len = 20 };
	const struct hip_param *mac, *dh, *sol;
	struct sim_packet i2, p;
	struct hip_packet q;
	unsigned int i;

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	forge_parse(&q, &i2);
	mac = hip_packet_get(&q, HIP_PARAM_HIP_MAC);
	dh = hip_packet_get(&q, HIP_PARAM_DIFFIE_HELLMAN);
	/* a spoofed source: not the address that the R1 went to */
	p = i2;
	p.src = sim.host[2].v4;
	forge_checksum(&p);
	assert_drop(b, DROP_PUZZLE, 1, forge_inject(&sim, &p));
	forge_copy(&p, &i2, &ciphers);
	assert_drop(b, DROP_CIPHER, 1, forge_inject(&sim, &p));
	forge_copy(&p, &i2, &nobody);
	assert_drop(b, DROP_MISSING, 1, forge_inject(&sim, &p));
	p.buf[dh->off + 4 + 3] ^= 1;	/* which is dearer to find out */
	forge_checksum(&p);
	assert_drop(b, DROP_MISSING, 1, forge_inject(&sim, &p));
	forge_copy(&p, &i2, &uncounted);
	assert_drop(b, DROP_MISSING, 1, forge_inject(&sim, &p));
	p = i2;
	p.buf[dh->off + 4 + 3] ^= 1;	/* not on the curve */
	forge_checksum(&p);
	assert_drop(b, DROP_DH, 1, forge_inject(&sim, &p));
	/* K is not what the R1 said */
	sol = hip_packet_get(&q, HIP_PARAM_SOLUTION);
	p = i2;
	p.buf[sol->off + 4] ^= 1;
	forge_checksum(&p);
	assert_drop(b, DROP_PUZZLE, 1, forge_inject(&sim, &p));
	/* a MAC that is right as far as it goes */
	cut.data = mac->data;
	cut.key = a->key;
	forge_copy(&p, &i2, &cut);
	assert_drop(b, DROP_MAC, 1, forge_inject(&sim, &p));
	/* right solutions under a wrong MAC: no state, however often */
	hip_ratelimit_set(b->h.i2_limit, 1000);
	p = i2;
	p.buf[mac->off + 4] ^= 1;
	forge_checksum(&p);
	assert_drop(b, DROP_MAC, 500, for (i = 0; i < 500; i++) {
		p.buf[sol->off + 4 + sol->len - 1]++;	/* J; K is 0 */
		forge_checksum(&p);
		forge_inject(&sim, &p);
	});
	sim_assert_empty(b);
	/* and the true one is still good */
	forge_inject(&sim, &i2);
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* ---- a man in the middle ---- */

static enum sim_verdict weaken(struct sim *sim, struct sim_packet *p)
{
	static const uint8_t lower[] = { HIP_DH_P384 };
	struct forge_change c = { .without = HIP_PARAM_DH_GROUP_LIST,
				  .with = HIP_PARAM_DH_GROUP_LIST,
				  .data = lower, .len = 1 };
	struct sim_packet i1 = *p;

	if (sim_type(p) == HIP_I1)
		forge_copy(p, &i1, &c);
	return SIM_PASS;
}

/* The I1's group list is cut down on the way: the Responder's signed list
 * tells (RFC 7401 section 4.1.7).
 */
static void test_downgrade(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_prepare(&sim);
	sim.filter = weaken;
	sim_init(&sim);
	sim_data(a, b);
	sim_run(&sim, 5 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	assert_true(sim_stat(a, DROP_DH) >= 3);
	assert_int_equal(sim_drops(a), sim_stat(a, DROP_DH));
	sim.filter = NULL;
	sim_run(&sim, 10 * HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* ---- another's name ---- */

/* HOST_ID's contents of @key. */
static size_t host_id(const struct hip_key *key, uint8_t *out)
{
	const uint8_t *hi;
	size_t len;

	hi = hip_key_hi(key, &len);
	hip_put16(out, (uint16_t)len);
	hip_put16(out + 2, 0);
	hip_put16(out + 4, (uint16_t)hip_key_alg(key));
	memcpy(out + 6, hi, len);
	return 6 + len;
}

/* The attacker has a key and signs with it, but the HIT is the victim's. */
static void test_impostor(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_key *foreign = sim_key(HIP_HI_ECDSA, 2);
	uint8_t id[HIP_HI_MAX + 6];
	struct forge_change c = { .without = HIP_PARAM_HOST_ID,
				  .with = HIP_PARAM_HOST_ID, .data = id };
	struct sim_packet r1, i2, p;

	forge_begin(&sim, &r);
	c.len = host_id(foreign, id);
	c.key = foreign;
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	forge_copy(&p, &r1, &c);
	assert_drop(a, DROP_HOST_ID, 1, forge_inject(&sim, &p));
	forge_inject(&sim, &r1);
	forge_catch(&sim, HIP_I2, &i2);
	c.keys = &sim_assoc(a, b)->bex->offer->session.own_keys;
	c.hash = HIP_HASH_SHA384;
	forge_copy(&p, &i2, &c);
	assert_drop(b, DROP_HOST_ID, 1, forge_inject(&sim, &p));
	sim_assert_empty(b);
	forge_inject(&sim, &i2);
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* ---- the right keys, the wrong contents ---- */

struct wrong {
	uint16_t type;
	const void *data;
	size_t len;
	enum hip_stat drop;
};

#define ESP_INFO(index, old, new) \
	(const uint8_t[]){ 0, 0, (index) >> 8, (index) & 0xff, \
			   0, 0, (old) >> 8, (old) & 0xff, \
			   0, 0, (new) >> 8, (new) & 0xff }, 12

static const uint8_t nothing[4 + 2 * HIP_HASH_MAX];

/* b has P-256 alone, RSA would have a puzzle of 4 + 32 octets */
static const struct wrong wrong_r1[] = {
	{ HIP_PARAM_PUZZLE, nothing, 4 + 32, HIP_STAT_DROP_PUZZLE },
	{ HIP_PARAM_PUZZLE, (uint8_t[4 + 48]){ HIP_PUZZLE_K_MAX + 1, 37 },
	  4 + 48, HIP_STAT_DROP_PUZZLE },
	{ HIP_PARAM_DH_GROUP_LIST, (uint8_t[]){ HIP_DH_P384 }, 1,
	  HIP_STAT_DROP_DH },
	{ HIP_PARAM_DIFFIE_HELLMAN, (uint8_t[3 + 64]){ HIP_DH_P384, 0, 64 },
	  3 + 64, HIP_STAT_DROP_DH },
	{ HIP_PARAM_DIFFIE_HELLMAN, (uint8_t[3 + 63]){ HIP_DH_P256, 0, 64 },
	  3 + 63, HIP_STAT_DROP_DH },
	{ HIP_PARAM_HIP_CIPHER, (uint8_t[]){ 0, 1 }, 2,
	  HIP_STAT_DROP_CIPHER },
	/* the seventh and what follows do not count */
	{ HIP_PARAM_HIP_CIPHER,
	  (uint8_t[]){ 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 2 }, 14,
	  HIP_STAT_DROP_CIPHER },
	{ HIP_PARAM_TRANSPORT_FORMAT_LIST, (uint8_t[]){ 0x08, 0x02 }, 2,
	  HIP_STAT_DROP_TRANSPORT },
	{ HIP_PARAM_ESP_TRANSFORM, (uint8_t[]){ 0, 0, 0, 7 }, 4,
	  HIP_STAT_DROP_ESP_SUITE },
};

/* Seen before the signature, which costs more and is wrong too. */
static void test_wrong_r1(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_change c = { .key = sim_key(HIP_HI_ECDSA, 2) };
	struct sim_packet r1, p;
	size_t i;

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_R1, &r1);
	for (i = 0; i < sizeof(wrong_r1) / sizeof(wrong_r1[0]); i++) {
		c.without = c.with = wrong_r1[i].type;
		c.data = wrong_r1[i].data;
		c.len = wrong_r1[i].len;
		forge_copy(&p, &r1, &c);
		drops_only(a, wrong_r1[i].drop, &sim, &p);
		assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	}
	a->h.config.hit_suites =
		(struct hip_list){ 1, { HIP_SUITE_RSA_SHA256 } };
	drops_only(a, HIP_STAT_DROP_HIT_SUITE, &sim, &p);
	a->h.config.hit_suites = b->h.config.hit_suites;
	forge_inject(&sim, &r1);
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* AES-128 and SHA-384: the HIP keys end at 128 */
static const struct wrong wrong_i2[] = {
	{ HIP_PARAM_ESP_INFO, ESP_INFO(128, 1, 999), HIP_STAT_DROP_ESP_INFO },
	{ HIP_PARAM_ESP_INFO, ESP_INFO(128, 0, 255), HIP_STAT_DROP_ESP_INFO },
	{ HIP_PARAM_ESP_INFO, ESP_INFO(128, 0, 0), HIP_STAT_DROP_ESP_INFO },
	{ HIP_PARAM_ESP_INFO, ESP_INFO(127, 0, 999), HIP_STAT_DROP_ESP_INFO },
	{ HIP_PARAM_ESP_INFO, ESP_INFO(12240, 0, 999),
	  HIP_STAT_DROP_ESP_INFO },
	{ HIP_PARAM_ESP_TRANSFORM, (uint8_t[]){ 0, 0, 0, 13, 0, 8 }, 6,
	  HIP_STAT_DROP_ESP_SUITE },
	{ HIP_PARAM_ESP_TRANSFORM, (uint8_t[]){ 0, 0, 0, 7 }, 4,
	  HIP_STAT_DROP_ESP_SUITE },
	{ HIP_PARAM_TRANSPORT_FORMAT_LIST, (uint8_t[]){ 0x08, 0x02 }, 2,
	  HIP_STAT_DROP_TRANSPORT },
	{ HIP_PARAM_TRANSPORT_FORMAT_LIST,
	  (uint8_t[]){ 0x0f, 0xff, 0x08, 0x02 }, 4, HIP_STAT_DROP_TRANSPORT },
	{ HIP_PARAM_HIP_CIPHER, (uint8_t[]){ 0, 1 }, 2,
	  HIP_STAT_DROP_CIPHER },
	{ HIP_PARAM_HIP_CIPHER, (uint8_t[]){ 0, 2, 0, 4 }, 4,
	  HIP_STAT_DROP_CIPHER },
};

static void test_wrong_i2(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_change c = { .hash = HIP_HASH_SHA384 };
	const struct wrong *w;
	struct sim_packet i2, p;
	size_t i;

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	c.key = a->key;
	c.keys = &sim_assoc(a, b)->bex->offer->session.own_keys;
	for (i = 0; i < sizeof(wrong_i2) / sizeof(wrong_i2[0]); i++) {
		w = &wrong_i2[i];
		c.without = c.with = w->type;
		c.data = w->data;
		c.len = w->len;
		forge_copy(&p, &i2, &c);
		drops_only(b, w->drop, &sim, &p);
		sim_assert_empty(b);
	}
	forge_inject(&sim, &i2);
	sim_run(&sim, HIP_SEC / 2);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* Who has the right keys is blamed as well: five are looked at. */
static void test_blamed(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_change c = { .hash = HIP_HASH_SHA384 };
	struct sim_packet i2, p;
	unsigned int i;

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	c.key = a->key;
	c.keys = &sim_assoc(a, b)->bex->offer->session.own_keys;
	c.without = c.with = HIP_PARAM_ESP_INFO;
	c.data = (const uint8_t[]){ 0, 0, 0, 127, 0, 0, 0, 0, 0, 0, 9, 9 };
	c.len = 12;
	forge_copy(&p, &i2, &c);
	assert_drop(b, DROP_ESP_INFO, 5, for (i = 0; i < 5; i++)
			forge_inject(&sim, &p));
	assert_drop(b, DROP_BLACKLIST, 1, forge_inject(&sim, &p));
	sim_exit(&sim);
}

static const struct wrong wrong_r2[] = {
	{ HIP_PARAM_ESP_INFO, ESP_INFO(128, 1, 999), HIP_STAT_DROP_ESP_INFO },
	{ HIP_PARAM_ESP_INFO, ESP_INFO(128, 0, 255), HIP_STAT_DROP_ESP_INFO },
	{ HIP_PARAM_ESP_INFO, ESP_INFO(127, 0, 999), HIP_STAT_DROP_ESP_INFO },
	{ HIP_PARAM_ESP_INFO, ESP_INFO(12240, 0, 999),
	  HIP_STAT_DROP_ESP_INFO },
};

/* b's answer on the way to a, and what b would protect another with. */
static void catch_r2(struct sim *sim, struct sim_packet *r2,
		     struct forge_change *c)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];
	struct hip_identity *id = hip_identity_default(&b->h.identities);

	sim_data(a, b);
	forge_catch(sim, HIP_R2, r2);
	memset(c, 0, sizeof(*c));
	c->hash = HIP_HASH_SHA384;
	c->key = b->key;
	c->keys = &sim_assoc(b, a)->own_keys;
	c->host_id = id->host_id;
	c->host_id_len = id->host_id_len;
	c->without = c->with = HIP_PARAM_ESP_INFO;
	c->len = 12;
}

static void test_wrong_r2(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_change c;
	struct sim_packet r2, p;
	size_t i;

	forge_begin(&sim, &r);
	catch_r2(&sim, &r2, &c);
	for (i = 0; i < sizeof(wrong_r2) / sizeof(wrong_r2[0]); i++) {
		c.data = wrong_r2[i].data;
		forge_copy(&p, &r2, &c);
		drops_only(a, wrong_r2[i].drop, &sim, &p);
		assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	}
	/* only one of the two that protect it */
	c.without = c.with = 0;
	c.keys = &sim_assoc(b, a)->peer_keys;
	forge_copy(&p, &r2, &c);
	assert_drop(a, DROP_MAC, 1, forge_inject(&sim, &p));
	c.keys = &sim_assoc(b, a)->own_keys;
	c.key = sim_key(HIP_HI_ECDSA, 2);
	forge_copy(&p, &r2, &c);
	assert_drop(a, DROP_SIGNATURE, 1, forge_inject(&sim, &p));
	assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	forge_inject(&sim, &r2);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* A Responder that draws its ESP keys further on: we draw there too. */
static void test_greater_index(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const struct hip_esp_alg *alg = hip_esp_alg(HIP_ESP_AES128_GCM_16);
	struct hip_espkeys out, in;
	struct forge_change c;
	struct sim_packet r2, p;
	struct hip_null_path *path;
	struct hip_keymat km;

	forge_begin(&sim, &r);
	catch_r2(&sim, &r2, &c);
	c.data = (const uint8_t[]){ 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 9, 9 };
	forge_copy(&p, &r2, &c);
	forge_inject(&sim, &p);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	km = sim_assoc(b, a)->keymat;
	assert_int_equal(hip_keymat_esp(&km, alg, 200, &a->hit, &out, &in), 0);
	path = hip_null_kernel_path(&a->kernel, sim_assoc(a, b)->path->id);
	assert_true(path->in && path->out);
	assert_memory_equal(path->path.in.enc, in.enc, in.enc_len);
	assert_memory_equal(path->path.out.enc, out.enc, out.enc_len);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1);
	sim_exit(&sim);
}

/* And an Initiator that wants them drawn there. */
static void test_greater_index_i2(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const struct hip_esp_alg *alg = hip_esp_alg(HIP_ESP_AES128_GCM_16);
	struct forge_change c = {
		.without = HIP_PARAM_ESP_INFO, .with = HIP_PARAM_ESP_INFO,
		.data = (const uint8_t[]){ 0, 0, 0, 200, 0, 0, 0, 0,
					   0, 0, 9, 9 }, .len = 12,
	};
	struct hip_espkeys out, in;
	const struct hip_param *info;
	struct hip_null_path *path;
	struct hip_keymat km;
	struct sim_packet i2, r2;
	struct hip_packet p;

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	c.key = a->key;
	c.keys = &sim_assoc(a, b)->bex->offer->session.own_keys;
	c.hash = HIP_HASH_SHA384;
	forge_copy(&r2, &i2, &c);
	forge_inject(&sim, &r2);
	forge_catch(&sim, HIP_R2, &r2);
	forge_parse(&p, &r2);
	info = hip_packet_get(&p, HIP_PARAM_ESP_INFO);
	assert_int_equal(hip_get16(info->data + 2), 200);
	km = sim_assoc(b, a)->keymat;
	assert_int_equal(hip_keymat_esp(&km, alg, 200, &b->hit, &out, &in), 0);
	path = hip_null_kernel_path(&b->kernel, sim_assoc(b, a)->path->id);
	assert_memory_equal(path->path.in.enc, in.enc, in.enc_len);
	assert_memory_equal(path->path.out.enc, out.enc, out.enc_len);
	sim_exit(&sim);
}

/* @from's, with an echo of zeros. */
static void close_ack(struct sim_packet *p, const struct sim_host *from,
		      const struct sim_host *to, const struct hip_assoc *x)
{
	static const uint8_t zeros[16];
	struct hip_builder b;

	hip_build_start(&b, HIP_CLOSE_ACK, 0, &from->hit, &to->hit);
	hip_build_copy(&b, HIP_PARAM_ECHO_RESPONSE_SIGNED, zeros, 16);
	assert_int_equal(hip_auth_mac(&b, HIP_PARAM_HIP_MAC, x->keymat.hash,
				      &x->own_keys, NULL, 0), 0);
	assert_int_equal(hip_auth_sign(&b, HIP_PARAM_HIP_SIGNATURE, from->key),
			 0);
	assert_int_equal(hip_build_end(&b), 0);
	*p = (struct sim_packet){ .src = from->v4, .dst = to->v4,
				  .len = b.len };
	memcpy(p->buf, b.buf, b.len);
	forge_checksum(p);
}

/* A CLOSE_ACK of the right peer, but to no CLOSE of ours. */
static void test_wrong_echo(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_change c = { .hash = HIP_HASH_SHA384 };
	uint8_t echo[17] = { 0 };
	struct sim_packet ack, p;
	struct hip_assoc *x;

	forge_begin(&sim, &r);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	hip_host_close(&a->h, sim_assoc(a, b));
	forge_catch(&sim, HIP_CLOSE_ACK, &ack);
	c.key = b->key;
	c.keys = &sim_assoc(b, a)->own_keys;
	c.without = c.with = HIP_PARAM_ECHO_RESPONSE_SIGNED;
	c.data = "0123456789abcdef";
	c.len = 16;
	forge_copy(&p, &ack, &c);
	assert_drop(a, DROP_ECHO, 1, forge_inject(&sim, &p));
	/* the right one, cut short or with more behind it */
	x = sim_assoc(a, b);
	memcpy(echo, x->close_nonce, 16);
	c.data = echo;
	for (c.len = 0; c.len < 18; c.len += c.len ? 2 : 15) {
		forge_copy(&p, &ack, &c);
		assert_drop(a, DROP_ECHO, 1, forge_inject(&sim, &p));
	}
	assert_int_equal(sim_state(a, b), HIP_CLOSING);
	/* nor is there one that fits when no CLOSE of ours was sent */
	close_ack(&p, a, b, x);
	assert_drop(b, DROP_ECHO, 1, forge_inject(&sim, &p));
	assert_int_equal(sim_state(b, a), HIP_CLOSED);
	forge_inject(&sim, &ack);
	sim_assert_empty(a);
	sim_exit(&sim);
}

/* A CLOSE before the R2, without anything to echo, and the right one. */
static void test_early_close(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_change c;
	struct sim_packet r2, close, p;

	forge_begin(&sim, &r);
	catch_r2(&sim, &r2, &c);
	c.without = HIP_PARAM_ECHO_REQUEST_SIGNED;
	c.with = 0;
	assert_int_equal(hip_host_close(&b->h, sim_assoc(b, a)), 0);
	forge_catch(&sim, HIP_CLOSE, &close);
	forge_copy(&p, &close, &c);
	assert_drop(a, DROP_MISSING, 1, forge_inject(&sim, &p));
	assert_int_equal(sim_state(a, b), HIP_I2_SENT);
	/* the answer goes where it came from */
	close.src = b->v6;
	close.dst = a->v6;
	forge_checksum(&close);
	forge_inject(&sim, &close);
	assert_int_equal(sim_state(a, b), HIP_CLOSED);
	forge_catch(&sim, HIP_CLOSE_ACK, &p);
	assert_memory_equal(&p.src, &a->v6, sizeof(p.src));
	assert_memory_equal(&p.dst, &b->v6, sizeof(p.dst));
	sim_exit(&sim);
}

/* Each octet of a HIT counts. */
static void test_hit(void **state)
{
	struct hip_key *mine = sim_key(HIP_HI_ECDSA, 0), *key = NULL;
	struct in6_addr hit = *hip_key_hit(mine);
	uint8_t id[HIP_HI_MAX + 6];
	struct hip_param param = { .data = id, .len = host_id(mine, id) };
	unsigned int i;

	for (i = 0; i < sizeof(hit); i++) {
		hit.s6_addr[i] ^= 1;
		assert_int_equal(hip_auth_host_id(&param, &hit, &key),
				 HIP_STAT_DROP_HOST_ID);
		assert_null(key);
		hit.s6_addr[i] ^= 1;
	}
	assert_int_equal(hip_auth_host_id(&param, &hit, &key), 0);
	hip_key_put(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_r1),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_hit_suite),
		cmocka_unit_test(test_suite_bits),
		cmocka_unit_test(test_hit_suites),
		cmocka_unit_test(test_dsa),
		cmocka_unit_test(test_i2),
		cmocka_unit_test(test_downgrade),
		cmocka_unit_test(test_impostor),
		cmocka_unit_test(test_wrong_r1),
		cmocka_unit_test(test_wrong_i2),
		cmocka_unit_test(test_blamed),
		cmocka_unit_test(test_wrong_r2),
		cmocka_unit_test(test_greater_index),
		cmocka_unit_test(test_greater_index_i2),
		cmocka_unit_test(test_wrong_echo),
		cmocka_unit_test(test_early_close),
		cmocka_unit_test(test_hit),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
