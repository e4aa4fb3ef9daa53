// SPDX-License-Identifier: GPL-2.0
/*
 * UPDATE's sequence numbers and acknowledgements (RFC 7401 sections 5.3.5,
 * 6.11, 6.12), and its ESP_INFO (RFC 7402 sections 5.1.1, 6.9): packets of a
 * peer with keys that does not keep to the rules.
 */
#include <stdlib.h>
#include <string.h>

#include "forge.h"
#include "rekey.h"

#define A (&sim.host[0])
#define B (&sim.host[1])

static void bring_up(struct sim *sim)
{
	sim_prepare(sim);
	sim->config.dh_groups.n = 1;
	sim->config.r1_lifetime = 86400;
	sim->config.rekey_time = 0;
	sim->config.rekey_dh = false;
	sim_init(sim);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_run(sim, 20 * HIP_SEC);
	sim_assert_up(&sim->host[0], &sim->host[1]);
	sim->manual = true;
}

struct param {
	uint16_t type;
	uint8_t data[100];
	size_t len;
};

#define SEQ(id) { HIP_PARAM_SEQ, { 0, 0, (id) >> 8, (id) & 0xff }, 4 }
#define ACK(id) { HIP_PARAM_ACK, { 0, 0, (id) >> 8, (id) & 0xff }, 4 }
#define END { 0, { 0 }, 0 }

/* An UPDATE of b, protected as it must be, goes to a. */
static void from_b(struct sim *sim, const struct param *v)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];
	struct hip_assoc *y = sim_assoc(b, a);
	struct sim_packet p = { .src = b->v4, .dst = a->v4 };
	struct hip_builder build;

	hip_build_start(&build, HIP_UPDATE, 0, &b->hit, &a->hit);
	for (; v->type && v->type < HIP_PARAM_HIP_MAC; v++)
		hip_build_copy(&build, v->type, v->data, v->len);
	assert_int_equal(hip_auth_mac(&build, HIP_PARAM_HIP_MAC,
				      y->keymat.hash, &y->own_keys, NULL, 0),
			 0);
	assert_int_equal(hip_auth_sign(&build, HIP_PARAM_HIP_SIGNATURE,
				       b->key), 0);
	for (; v->type; v++)
		hip_build_copy(&build, v->type, v->data, v->len);
	assert_int_equal(hip_build_end(&build), 0);
	p.len = build.len;
	memcpy(p.buf, build.buf, p.len);
	forge_checksum(&p);
	forge_inject(sim, &p);
}

#define from_b(sim, ...) \
	(from_b)(sim, (const struct param[]){ __VA_ARGS__, END })

/* a's answer, taken from the network; its ACK. -1: there is none. */
static long answer(struct sim *sim, struct hip_packet *p,
		   struct sim_packet *keep)
{
	struct sim_packet *q = sim->flight;
	const struct hip_param *ack;

	if (!q)
		return -1;
	sim->flight = q->next;
	*keep = *q;
	free(q);
	forge_parse(p, keep);
	ack = hip_packet_get(p, HIP_PARAM_ACK);
	return ack ? (long)hip_get32(ack->data) : -1;
}

static void wait_reack(struct sim *sim)
{
	sim->now += 150 * HIP_MSEC;
}

/* ---- Update IDs ---- */

static void test_window(void **state)
{
	struct sim_packet keep;
	struct sim sim = { 0 };
	struct hip_packet p;

	bring_up(&sim);
	from_b(&sim, SEQ(0));
	assert_int_equal(answer(&sim, &p, &keep), 0);
	assert_null(hip_packet_get(&p, HIP_PARAM_SEQ));
	/* ahead, then what was left out, in any order */
	from_b(&sim, SEQ(5));
	assert_int_equal(answer(&sim, &p, &keep), 5);
	from_b(&sim, SEQ(3));
	assert_int_equal(answer(&sim, &p, &keep), 3);
	/* 31 ahead of the next is the last that is taken */
	assert_drop(A, DROP_UPDATE_ID, 1, from_b(&sim, SEQ(6 + 32)));
	from_b(&sim, SEQ(6 + 31));
	assert_int_equal(answer(&sim, &p, &keep), 37);
	/* 32 IDs are remembered: 6 to 37 */
	from_b(&sim, SEQ(6));
	assert_int_equal(answer(&sim, &p, &keep), 6);
	assert_drop(A, DROP_UPDATE_ID, 1, from_b(&sim, SEQ(5)));
	assert_drop(A, DROP_UPDATE_ID, 1, from_b(&sim, SEQ(4)));
	assert_null(sim.flight);
	sim_exit(&sim);
}

/* They start at 0, and come back to it: circular comparison. */
static void test_wrap(void **state)
{
	static const struct param last = { HIP_PARAM_SEQ,
					   { 0xff, 0xff, 0xff, 0xff }, 4 };
	struct sim_packet keep;
	struct sim sim = { 0 };
	struct hip_assoc *x;
	struct hip_packet p;

	bring_up(&sim);
	x = sim_assoc(A, B);
	assert_drop(A, DROP_UPDATE_ID, 1, from_b(&sim, last));
	x->update.peer_next = 0xfffffff0;
	from_b(&sim, last);
	assert_int_equal(answer(&sim, &p, &keep), 0xffffffff);
	from_b(&sim, SEQ(0));
	assert_int_equal(answer(&sim, &p, &keep), 0);
	wait_reack(&sim);
	from_b(&sim, last);
	assert_int_equal(answer(&sim, &p, &keep), 0xffffffff);
	assert_int_equal(sim_stat(A, UPDATE_AGAIN), 1);
	sim_exit(&sim);
}

/* What was processed is acknowledged again, not processed again, and a flood
 * of it costs nothing.
 */
static void test_again(void **state)
{
	struct sim_packet keep;
	struct sim sim = { 0 };
	struct hip_packet p;
	unsigned int i;

	bring_up(&sim);
	from_b(&sim, SEQ(0));
	assert_int_equal(answer(&sim, &p, &keep), 0);
	wait_reack(&sim);
	from_b(&sim, SEQ(0));
	assert_int_equal(answer(&sim, &p, &keep), 0);
	for (i = 0; i < 10; i++)
		assert_drop(A, DROP_UPDATE_AGAIN, 1, from_b(&sim, SEQ(0)));
	assert_null(sim.flight);
	assert_int_equal(sim_stat(A, UPDATE_AGAIN), 1);
	sim_exit(&sim);
}

/* A request of b came, our answer was lost: the same octets go out again. */
static void test_answer_again(void **state)
{
	struct sim_packet first, again;
	struct sim sim = { 0 };
	struct hip_packet p;
	uint32_t spi;

	bring_up(&sim);
	spi = sim_assoc(A, B)->path->spi_out;
	for (unsigned int i = 0; i < 2; i++) {
		from_b(&sim, { HIP_PARAM_ESP_INFO,
			       { 0, 0, sim_assoc(A, B)->keymat.next >> 8,
				 sim_assoc(A, B)->keymat.next & 0xff,
				 spi >> 24, spi >> 16 & 0xff, spi >> 8 & 0xff,
				 spi & 0xff, 1, 2, 3, 4 }, 12 }, SEQ(0));
		assert_int_equal(answer(&sim, &p, i ? &again : &first), 0);
		wait_reack(&sim);
	}
	assert_int_equal(first.len, again.len);
	assert_memory_equal(first.buf, again.buf, first.len);
	sim_exit(&sim);
}

/* ---- ACK ---- */

/* Several in one parameter, also of what is not outstanding; the ACK is taken
 * before the SEQ; an ACK alone is not answered, a useless one is dropped.
 */
static void test_ack(void **state)
{
	struct sim_packet keep;
	struct sim sim = { 0 };
	struct hip_assoc *x;
	struct hip_packet p;

	bring_up(&sim);
	x = sim_assoc(A, B);
	assert_int_equal(hip_rekey_start(x, HIP_REKEY_CONFIGURED), 0);
	sim_work(A);
	answer(&sim, &p, &keep);
	assert_non_null(x->update.out);
	assert_drop(A, DROP_UPDATE_ACK, 1, from_b(&sim, ACK(7)));
	from_b(&sim, SEQ(0), { HIP_PARAM_ACK, { 0, 0, 0, 9, 0, 0, 0, 0,
						0, 0, 0, 3 }, 12 });
	assert_null(x->update.out);
	assert_int_equal(answer(&sim, &p, &keep), 0);
	assert_drop(A, DROP_UPDATE_ACK, 1, from_b(&sim, ACK(0)));
	assert_null(sim.flight);
	sim_exit(&sim);
}

static void test_neither(void **state)
{
	struct sim sim = { 0 };

	bring_up(&sim);
	assert_drop(A, DROP_MISSING, 1, from_b(&sim, {
		HIP_PARAM_ECHO_REQUEST_SIGNED, { 1 }, 8 }));
	assert_null(sim.flight);
	sim_exit(&sim);
}

/* Back-off, the same octets each time; nothing more after the ACK. */
static void test_retransmit(void **state)
{
	struct sim_packet first, again;
	struct sim sim = { 0 };
	struct hip_packet p;
	uint64_t was;
	unsigned int i;

	bring_up(&sim);
	hip_rekey_start(sim_assoc(A, B), HIP_REKEY_CONFIGURED);
	sim_work(A);
	answer(&sim, &p, &first);
	was = sim.now;
	for (i = 0; i < 4; i++) {
		while (!sim.flight)
			sim_run(&sim, 10 * HIP_MSEC);
		answer(&sim, &p, &again);
		assert_in_range((sim.now - was) / HIP_MSEC, (500u << i),
				(500u << i) + 20);
		was = sim.now;
		assert_int_equal(first.len, again.len);
		assert_memory_equal(first.buf, again.buf, first.len);
	}
	from_b(&sim, ACK(0));
	sim_run(&sim, 30 * HIP_SEC);
	assert_null(sim.flight);
	sim_exit(&sim);
}

/* ---- echoes ---- */

static void test_echo(void **state)
{
	const struct hip_param *q;
	struct sim_packet keep;
	struct sim sim = { 0 };
	struct hip_packet p;

	bring_up(&sim);
	from_b(&sim, SEQ(0),
	       { HIP_PARAM_ECHO_REQUEST_SIGNED, "signed nonce", 12 },
	       { HIP_PARAM_ECHO_REQUEST_UNSIGNED, "one", 3 },
	       { HIP_PARAM_ECHO_REQUEST_UNSIGNED, "two", 3 });
	assert_int_equal(answer(&sim, &p, &keep), 0);
	q = hip_packet_get(&p, HIP_PARAM_ECHO_RESPONSE_SIGNED);
	assert_non_null(q);
	assert_int_equal(q->len, 12);
	assert_memory_equal(q->data, "signed nonce", 12);
	q = hip_packet_get(&p, HIP_PARAM_ECHO_RESPONSE_UNSIGNED);
	assert_non_null(q);
	assert_memory_equal(q->data, "one", 3);
	q = hip_packet_next(&p, q);
	assert_non_null(q);
	assert_memory_equal(q->data, "two", 3);
	sim_exit(&sim);
}

/* ---- forged ---- */

static void test_forged(void **state)
{
	struct forge_change c = { .without = HIP_PARAM_HIP_MAC };
	struct sim sim = { 0 };
	struct sim_packet p, out;
	struct hip_packet parsed;

	bring_up(&sim);
	hip_rekey_start(sim_assoc(B, A), HIP_REKEY_CONFIGURED);
	sim_work(B);
	p = *sim.flight;
	forge_copy(&out, &p, &c);
	assert_drop(A, DROP_MISSING, 1, forge_inject(&sim, &out));
	c.without = HIP_PARAM_HIP_SIGNATURE;
	forge_copy(&out, &p, &c);
	assert_drop(A, DROP_MISSING, 1, forge_inject(&sim, &out));
	forge_parse(&parsed, &p);
	out = p;
	out.buf[hip_packet_get(&parsed, HIP_PARAM_HIP_MAC)->off + 8] ^= 1;
	forge_checksum(&out);
	assert_drop(A, DROP_MAC, 1, forge_inject(&sim, &out));
	out = p;
	out.buf[hip_packet_get(&parsed, HIP_PARAM_HIP_SIGNATURE)->off + 9] ^= 1;
	forge_checksum(&out);
	assert_drop(A, DROP_SIGNATURE, 1, forge_inject(&sim, &out));
	assert_null(sim_assoc(A, B)->rekey);
	forge_inject(&sim, &p);
	assert_non_null(sim_assoc(A, B)->rekey);
	sim_exit(&sim);
}

/* ---- ESP_INFO ---- */

struct info {
	int old;		/* added to the real one */
	uint32_t new;
	int index;		/* added to the next octet; or ... */
	bool zero;		/* 0 */
	unsigned int group;	/* of a DIFFIE_HELLMAN, 0 = none */
	enum hip_stat drop;
};

static void inject_info(struct sim *sim, const struct info *i)
{
	struct hip_assoc *x = sim_assoc(&sim->host[0], &sim->host[1]);
	struct param info = { HIP_PARAM_ESP_INFO, { 0 }, 12 };
	struct param dh = { HIP_PARAM_DIFFIE_HELLMAN, { 0 }, 3 + 64 };
	struct hip_dh *key = hip_dh_create(HIP_DH_P256);

	hip_put16(info.data + 2,
		  i->zero ? 0 : (uint16_t)(x->keymat.next + i->index));
	hip_put32(info.data + 4, x->path->spi_out + i->old);
	hip_put32(info.data + 8, i->new);
	dh.data[0] = (uint8_t)i->group;
	hip_put16(dh.data + 1, 64);
	memcpy(dh.data + 3, hip_dh_public(key), 64);
	hip_dh_put(key);
	if (i->group)
		from_b(sim, info, SEQ(0), dh);
	else
		from_b(sim, info, SEQ(0));
}

static void test_esp_info(void **state)
{
	static const struct info bad[] = {
		{ 1, 0x1234, 0, false, 0, HIP_STAT_DROP_ESP_INFO },
		{ 0, 255, 0, false, 0, HIP_STAT_DROP_ESP_INFO },
		{ 0, 0, 0, false, 0, HIP_STAT_DROP_ESP_INFO },
		{ 0, 0x1234, -1, false, 0, HIP_STAT_DROP_ESP_INFO },
		{ 0, 0x1234, 0, true, 0, HIP_STAT_DROP_ESP_INFO },
		{ 0, 0x1234, 255 * 48, false, 0, HIP_STAT_DROP_ESP_INFO },
		{ 0, 0x1234, 0, false, 7, HIP_STAT_DROP_DH },
		{ 0, 0x1234, 0, true, 8, HIP_STAT_DROP_DH },
	};
	static const struct info good = { 0, 0x1234, 0, true, 7, 0 };
	struct sim sim = { 0 };
	unsigned int i;
	uint32_t spi;

	bring_up(&sim);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t was = A->h.stats.v[bad[i].drop];

		inject_info(&sim, &bad[i]);
		assert_int_equal(A->h.stats.v[bad[i].drop], was + 1);
		assert_null(sim_assoc(A, B)->rekey);
	}
	/* a value that ends behind its parameter */
	spi = sim_assoc(A, B)->path->spi_out;
	assert_drop(A, DROP_DH, 1, from_b(&sim, {
		HIP_PARAM_ESP_INFO, { [4] = spi >> 24, spi >> 16 & 0xff,
				      spi >> 8 & 0xff, spi & 0xff, 1, 2, 3, 4 },
		12 }, SEQ(0), { HIP_PARAM_DIFFIE_HELLMAN,
				{ HIP_DH_P256, 0, 65 }, 3 + 64 }));
	assert_int_equal(sim_stat(A, REKEY_FAILED), 0);
	/* none of them counts as received: the same Update ID is new */
	inject_info(&sim, &good);
	assert_non_null(sim_assoc(A, B)->rekey);
	sim_exit(&sim);
}

/* Two indices: both draw at the greater (RFC 7402 section 6.10). */
static void test_index(void **state)
{
	struct sim_packet keep;
	struct sim sim = { 0 };
	struct hip_assoc *x;
	struct hip_packet p;
	size_t next;
	uint32_t spi;

	bring_up(&sim);
	x = sim_assoc(A, B);
	next = x->keymat.next + 50;
	spi = x->path->spi_out;
	assert_int_equal(hip_rekey_start(x, HIP_REKEY_CONFIGURED), 0);
	sim_work(A);
	answer(&sim, &p, &keep);
	from_b(&sim, { HIP_PARAM_ESP_INFO,
		       { 0, 0, next >> 8, next & 0xff, spi >> 24,
			 spi >> 16 & 0xff, spi >> 8 & 0xff, spi & 0xff,
			 1, 2, 3, 4 }, 12 }, SEQ(0), ACK(0));
	assert_int_equal(x->n_rekeys, 1);
	assert_int_equal(x->keymat_index, next);
	assert_int_equal(x->path->spi_out, 0x01020304);
	sim_exit(&sim);
}

/* OLD SPI = NEW SPI tells middleboxes, and is no rekey. */
static void test_informational(void **state)
{
	struct sim_packet keep;
	struct sim sim = { 0 };
	struct hip_packet p;
	struct info i = { 0 };

	bring_up(&sim);
	i.new = sim_assoc(A, B)->path->spi_out;
	inject_info(&sim, &i);
	assert_int_equal(answer(&sim, &p, &keep), 0);
	assert_null(hip_packet_get(&p, HIP_PARAM_ESP_INFO));
	assert_null(sim_assoc(A, B)->rekey);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_answer_again),
		cmocka_unit_test(test_ack),
		cmocka_unit_test(test_neither),
		cmocka_unit_test(test_retransmit),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_esp_info),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_informational),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
