// SPDX-License-Identifier: GPL-2.0
/*
 * NOTIFY: received ones are checked, told, and change nothing; those that we
 * send answer what went wrong, only to who solved a puzzle, and not too often
 * (RFC 7401 sections 5.2.19, 5.3.6, 6.13).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bex.h"
#include "forge.h"
#include "notify.h"
#include "send.h"

static char last[128];
static unsigned int n_told;

static void told(struct hip_host *host, const struct hip_assoc *assoc,
		 const char *what)
{
	if (strncmp(what, HIP_EVENT_NOTIFY, strlen(HIP_EVENT_NOTIFY)))
		return;
	n_told++;
	snprintf(last, sizeof(last), "%s", what + strlen(HIP_EVENT_NOTIFY));
}

static void bring_up(struct sim *sim, struct forge_record *r)
{
	forge_begin(sim, r);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_run(sim, 20 * HIP_SEC);
	sim_assert_up(&sim->host[0], &sim->host[1]);
	sim->host[0].h.event = told;
	n_told = 0;
	last[0] = 0;
}

static void notify(struct sim_host *from, struct sim_host *to,
		   unsigned int type, const void *data, size_t len)
{
	struct hip_packet p = { .sender = to->hit, .receiver = from->hit };
	struct hip_msg msg = { &p, to->v4, from->v4,
			       hip_identity_default(&from->h.identities) };

	hip_notify_send(&from->h, &msg, type, data, len);
	sim_work(from);
}

/* Told by its name, counted, and nothing else happens. */
static void test_told(void **state)
{
	static const uint8_t type[2] = { 0x12, 0x35 };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_record r;

	bring_up(&sim, &r);
	notify(b, a, HIP_NOTIFY_UNSUPPORTED_CRITICAL, type, sizeof(type));
	sim_run(&sim, HIP_SEC);
	assert_string_equal(last, "UNSUPPORTED_CRITICAL_PARAMETER_TYPE");
	/* an unknown error is told too, an unknown status is not */
	notify(b, a, 16000, NULL, 0);
	sim_run(&sim, HIP_SEC);
	assert_string_equal(last, "UNKNOWN");
	notify(b, a, 20000, NULL, 0);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(n_told, 2);
	assert_int_equal(sim_stat(a, NOTIFY_RX), 3);
	assert_int_equal(sim_stat(b, NOTIFY_TX), 3);
	assert_int_equal(sim_drops(a), 0);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	sim_assert_up(a, b);
	assert_null(sim.flight);
	sim_exit(&sim);
}

static void test_forged(void **state)
{
	struct forge_change c = { .without = HIP_PARAM_NOTIFICATION };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_record r;
	struct sim_packet p, out;

	bring_up(&sim, &r);
	sim.manual = true;
	notify(b, a, HIP_NOTIFY_BUSY, NULL, 0);
	p = *sim.flight;
	p.buf[HIP_HDR_LEN + 7] ^= 1;		/* another type */
	forge_checksum(&p);
	assert_drop(a, DROP_SIGNATURE, 1, forge_inject(&sim, &p));
	c.key = b->key;
	forge_copy(&out, sim.flight, &c);
	assert_drop(a, DROP_MISSING, 1, forge_inject(&sim, &out));
	c.without = HIP_PARAM_HIP_SIGNATURE;
	forge_copy(&out, sim.flight, &c);
	assert_drop(a, DROP_MISSING, 1, forge_inject(&sim, &out));
	assert_int_equal(n_told, 0);
	/* and is not answered by another */
	assert_int_equal(sim_stat(a, NOTIFY_TX), 0);
	sim_exit(&sim);
}

/* A replay is as good as the first: so many a second are looked at. */
static void test_flood(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct forge_record r;
	struct sim_packet p;
	unsigned int i;

	bring_up(&sim, &r);
	sim.manual = true;
	for (i = 0; i < 100; i++)
		notify(b, a, HIP_NOTIFY_BUSY, NULL, 0);
	assert_in_range(sim_stat(b, NOTIFY_TX), 1, 11);
	assert_int_equal(sim_stat(b, NOTIFY_TX) + sim_stat(b, NOTIFY_LIMITED),
			 100);
	p = *sim.flight;
	for (i = 0; i < 1000; i++)
		forge_inject(&sim, &p);
	assert_in_range(n_told, 1, 11);
	assert_int_equal(n_told + sim_stat(a, DROP_NOTIFY_RATE), 1000);
	sim_exit(&sim);
}

/* ---- what is answered ---- */

/* The NOTIFY that @host has sent, taken off the network; its type, or 0. */
static unsigned int sent_by(struct sim *sim, const struct sim_host *host,
			    struct hip_packet *p, struct sim_packet *keep)
{
	struct sim_packet *q = sim->flight;

	if (!q)
		return 0;
	sim->flight = q->next;
	*keep = *q;
	free(q);
	assert_int_equal(sim_type(keep), HIP_NOTIFY);
	/* to the peer, wherever the cause came from */
	assert_memory_equal(&keep->src, &host->v4, 16);
	assert_memory_equal(&keep->dst, &sim->host[1].v4, 16);
	forge_parse(p, keep);
	assert_int_equal(hip_auth_check_signature(p, HIP_PARAM_HIP_SIGNATURE,
						  host->key), 0);
	return hip_get16(hip_packet_get(p, HIP_PARAM_NOTIFICATION)->data + 2);
}

/* b's CLOSE, caught on its way; from elsewhere, so that nobody is answered
 * there. b goes back to where it was.
 */
static void catch_close(struct sim *sim, struct sim_packet *p)
{
	struct hip_assoc *y = sim_assoc(&sim->host[1], &sim->host[0]);

	assert_int_equal(hip_host_close(&sim->host[1].h, y), 0);
	forge_catch(sim, HIP_CLOSE, p);
	hip_retransmit_clear(&y->rtx);
	hip_assoc_enter(y, HIP_ESTABLISHED);
	p->src = sim->host[2].v4;
	forge_checksum(p);
}

static unsigned int answer_in(struct sim *sim, const struct sim_packet *p,
			      struct hip_packet *parsed,
			      struct sim_packet *keep)
{
	forge_inject(sim, p);
	sim_work(&sim->host[0]);
	return sent_by(sim, &sim->host[0], parsed, keep);
}

/* In an association the peer hears of packets that claim to be its own and do
 * not verify, or hold a critical parameter that is not known (section 4.3).
 */
static void test_association(void **state)
{
	struct forge_change c = { .with = 0x0fe1, .data = "x", .len = 1 };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet close, p, keep;
	struct hip_packet q;
	struct forge_record r;
	unsigned int i, n;

	bring_up(&sim, &r);
	b->h.event = told;
	catch_close(&sim, &close);
	sim.manual = true;
	forge_parse(&q, &close);
	p = close;
	p.buf[hip_packet_get(&q, HIP_PARAM_HIP_MAC)->off + 8] ^= 1;
	forge_checksum(&p);
	assert_int_equal(answer_in(&sim, &p, &q, &keep),
			 HIP_NOTIFY_MAC_FAILED);
	forge_inject(&sim, &keep);
	assert_string_equal(last, "HIP_MAC_FAILED");
	p = close;
	p.buf[p.len - 9] ^= 1;
	forge_checksum(&p);
	assert_int_equal(answer_in(&sim, &p, &q, &keep),
			 HIP_NOTIFY_AUTHENTICATION_FAILED);
	forge_copy(&p, &close, &c);
	assert_int_equal(answer_in(&sim, &p, &q, &keep),
			 HIP_NOTIFY_UNSUPPORTED_CRITICAL);
	assert_memory_equal(hip_packet_get(&q, HIP_PARAM_NOTIFICATION)->data +
			    4, "\x0f\xe1", 2);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	/* forgeries in many associations get no more than those in one */
	n = sim_stat(a, NOTIFY_TX);
	for (i = 0; i < 200; i++) {
		sim_assoc(a, b)->peer.s6_addr[15] = (uint8_t)i;
		forge_inject(&sim, &p);
		sim_work(a);
	}
	assert_in_range(sim_stat(a, NOTIFY_TX) - n, 1, 10);
	sim_assoc(a, b)->peer = b->v4;
	/* who closes says no more */
	sim_run(&sim, HIP_SEC);
	assert_int_equal(hip_host_close(&a->h, sim_assoc(a, b)), 0);
	n = sim_stat(a, NOTIFY_TX);
	forge_inject(&sim, &p);
	sim_work(a);
	assert_int_equal(sim_stat(a, NOTIFY_TX), n);
	sim_exit(&sim);
}

/* An I2 whose @type has other contents, with all that protects it. */
static unsigned int answer_to(uint16_t type, const void *data, size_t len)
{
	struct hip_packet parsed;
	struct forge_change c = { .without = type, .with = type,
				  .data = data, .len = len };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const struct hip_session *s;
	struct forge_record r;
	struct sim_packet i2, out, *sent;
	unsigned int found = 0;

	forge_begin(&sim, &r);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	s = &sim_assoc(a, b)->bex->offer->session;
	c.key = a->key;
	c.keys = &s->own_keys;
	c.hash = s->keymat.hash;
	forge_copy(&out, &i2, &c);
	forge_inject(&sim, &out);
	for (sent = sim.flight; sent; sent = sent->next) {
		if (sim_type(sent) != HIP_NOTIFY)
			continue;
		forge_parse(&parsed, sent);
		found = hip_get16(hip_packet_get(
			&parsed, HIP_PARAM_NOTIFICATION)->data + 2);
		assert_int_equal(hip_auth_check_signature(
			&parsed, HIP_PARAM_HIP_SIGNATURE, b->key), 0);
	}
	assert_null(sim_assoc(b, a));
	sim_exit(&sim);
	return found;
}

static void test_i2(void **state)
{
	static const uint8_t dh[3 + 64] = { 7, 0, 64, 1, 2, 3 };
	static const uint8_t group[3 + 96] = { 8, 0, 96, 1, 2, 3 };
	static const uint8_t cipher[2] = { 0, 99 };
	static const uint8_t esp[4] = { 0, 0, 0, 99 };
	static const uint8_t mac[48];
	static const uint8_t solution[4 + 96];
	static const uint8_t index[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9 };
	static const uint8_t signature[2 + 64] = { 0, HIP_HI_ECDSA };
	const struct hip_identity *id;
	struct sim sim = { 0 };

	assert_int_equal(answer_to(HIP_PARAM_DIFFIE_HELLMAN, group,
				   sizeof(group)), HIP_NOTIFY_INVALID_DH);
	assert_int_equal(answer_to(HIP_PARAM_HIP_CIPHER, cipher, 2),
			 HIP_NOTIFY_INVALID_HIP_CIPHER);
	assert_int_equal(answer_to(HIP_PARAM_ESP_TRANSFORM, esp, 4),
			 HIP_NOTIFY_INVALID_ESP_TRANSFORM);
	assert_int_equal(answer_to(HIP_PARAM_HIP_MAC, mac, 48),
			 HIP_NOTIFY_MAC_FAILED);
	assert_int_equal(answer_to(HIP_PARAM_ESP_INFO, index, 12),
			 HIP_NOTIFY_INVALID_SYNTAX);
	/* no point of the curve: the exchange ends in silence (5.3.2) */
	assert_int_equal(answer_to(HIP_PARAM_DIFFIE_HELLMAN, dh, sizeof(dh)),
			 0);
	assert_int_equal(answer_to(HIP_PARAM_HIP_SIGNATURE, signature,
				   sizeof(signature)),
			 HIP_NOTIFY_AUTHENTICATION_FAILED);
	/* another's name */
	sim_init(&sim);
	id = hip_identity_default(&sim.host[1].h.identities);
	assert_int_equal(answer_to(HIP_PARAM_HOST_ID, id->host_id + 4,
				   hip_get16(id->host_id + 2)),
			 HIP_NOTIFY_INVALID_HIT);
	sim_exit(&sim);
	/* without a solved puzzle nobody is told anything */
	assert_int_equal(answer_to(HIP_PARAM_SOLUTION, solution, 100), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_association),
		cmocka_unit_test(test_i2),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
