// SPDX-License-Identifier: GPL-2.0
/*
 * Single UPDATEs, made with the peer's keys: what is acknowledged, what is
 * dropped and under which name; Update IDs that repeat, run ahead or wrap
 * around (RFC 7401 sections 5.3.5, 6.11, 6.12; RFC 7402 section 6.9).
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "forge.h"
#include "rekey.h"

struct update {
	bool seq;
	uint32_t id;
	size_t n_acks;
	uint32_t acks[4];
	const uint8_t *esp_info;	/* contents, 12 octets, or NULL */
	const uint8_t *dh;		/* DIFFIE_HELLMAN's, or NULL */
	size_t dh_len;
	enum { GENUINE, BAD_MAC, BAD_SIGNATURE } forged;
};

static void put_params(struct hip_builder *b, const struct update *u)
{
	uint8_t *data;
	size_t i;

	if (u->esp_info)
		hip_build_copy(b, HIP_PARAM_ESP_INFO, u->esp_info, 12);
	if (u->seq)
		hip_put32(hip_build_param(b, HIP_PARAM_SEQ, 4), u->id);
	if (u->n_acks) {
		data = hip_build_param(b, HIP_PARAM_ACK, 4 * u->n_acks);
		for (i = 0; i < u->n_acks; i++)
			hip_put32(data + 4 * i, u->acks[i]);
	}
	if (u->dh)
		hip_build_copy(b, HIP_PARAM_DIFFIE_HELLMAN, u->dh, u->dh_len);
}

/* An UPDATE of @from arrives at @to now; returns how many it sent at once. */
static unsigned int put(struct sim *sim, struct sim_host *from,
			struct sim_host *to, const struct update *u)
{
	struct hip_assoc *assoc = sim_assoc(from, to);
	unsigned int before = sim->type_sent[HIP_UPDATE];
	struct hip_builder b;
	struct hip_key *key = u->forged == BAD_SIGNATURE ?
			      sim_key(HIP_HI_ECDSA, 2) : from->key;

	hip_build_start(&b, HIP_UPDATE, 0, &assoc->pair.local,
			&assoc->pair.peer);
	put_params(&b, u);
	assert_int_equal(hip_auth_mac(&b, HIP_PARAM_HIP_MAC,
				      assoc->keymat.hash,
				      u->forged == BAD_MAC ?
				      &assoc->peer_keys : &assoc->own_keys,
				      NULL, 0), 0);
	assert_int_equal(hip_auth_sign(&b, HIP_PARAM_HIP_SIGNATURE, key), 0);
	assert_int_equal(hip_build_end(&b), 0);
	hip_build_checksum(b.buf, b.len, &assoc->local, &assoc->peer);
	sim_inject(sim, &assoc->local, &assoc->peer, b.buf, b.len);
	return sim->type_sent[HIP_UPDATE] - before;
}

static void up(struct sim *sim)
{
	sim_prepare(sim);
	sim->config.unused_lifetime = 0;
	sim->config.rekey_time = 0;
	sim_init(sim);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_run(sim, HIP_SEC);
	sim_assert_up(&sim->host[0], &sim->host[1]);
	sim_run(sim, 60 * HIP_SEC);
	/* answers to forged packets are not to be taken by the other */
	sim->manual = true;
}

/* The last UPDATE in flight has an ACK of @id and nothing else of the kind. */
static void assert_acks(struct sim *sim, uint32_t id)
{
	const struct hip_param *ack;
	struct hip_packet parsed;
	struct sim_packet *p;

	for (p = sim->flight; p && p->next; p = p->next)
		;
	assert_non_null(p);
	assert_int_equal(sim_type(p), HIP_UPDATE);
	forge_parse(&parsed, p);
	assert_null(hip_packet_get(&parsed, HIP_PARAM_SEQ));
	ack = hip_packet_get(&parsed, HIP_PARAM_ACK);
	assert_non_null(ack);
	assert_int_equal(ack->len, 4);
	assert_int_equal(hip_get32(ack->data), id);
}

/* SEQ is acknowledged, once; ACK is not; neither is no UPDATE. */
static void test_seq_ack(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	up(&sim);
	assert_int_equal(put(&sim, b, a, &(struct update){ .seq = true }), 1);
	assert_acks(&sim, 0);
	assert_drop(a, DROP_UPDATE_ACK, 1,
		    assert_int_equal(put(&sim, b, a, &(struct update){
				.n_acks = 1 }), 0));
	assert_drop(a, DROP_MISSING, 1,
		    assert_int_equal(put(&sim, b, a, &(struct update){
				.seq = false }), 0));
	/* a redundant ACK does not spoil the SEQ beside it */
	assert_int_equal(put(&sim, b, a, &(struct update){
			.seq = true, .id = 1, .n_acks = 1, .acks = { 9 } }), 1);
	assert_acks(&sim, 1);
	sim_run(&sim, 100 * HIP_SEC);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	sim_exit(&sim);
}

/* Processed once, acknowledged again, not more often than every 100 ms. */
static void test_again(void **state)
{
	struct update u = { .seq = true };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	up(&sim);
	assert_int_equal(put(&sim, b, a, &u), 1);
	assert_int_equal(put(&sim, b, a, &u), 1);
	assert_acks(&sim, 0);
	assert_int_equal(sim_stat(a, UPDATE_AGAIN), 1);
	assert_drop(a, DROP_UPDATE_AGAIN, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	sim_run(&sim, 100 * HIP_MSEC);
	assert_int_equal(put(&sim, b, a, &u), 1);
	assert_int_equal(sim_stat(a, UPDATE_AGAIN), 2);
	/* the MAC of a repeat is verified all the same */
	sim_run(&sim, 100 * HIP_MSEC);
	u.forged = BAD_MAC;
	assert_drop(a, DROP_MAC, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	assert_int_equal(sim_assoc(a, b)->update.peer_next, 1);
	sim_exit(&sim);
}

/* Up to 31 ahead is taken, in any order; more is dropped. */
static void test_window(void **state)
{
	struct update u = { .seq = true, .id = 32 };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	up(&sim);
	assert_drop(a, DROP_UPDATE_ID, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	u.id = 0xffffffff;		/* nothing lies below the first */
	assert_drop(a, DROP_UPDATE_ID, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	u.id = 31;
	assert_int_equal(put(&sim, b, a, &u), 1);
	assert_acks(&sim, 31);
	u.id = 5;			/* late, not yet seen */
	assert_int_equal(put(&sim, b, a, &u), 1);
	assert_acks(&sim, 5);
	assert_int_equal(sim_stat(a, UPDATE_AGAIN), 0);
	u.id = 60;
	assert_int_equal(put(&sim, b, a, &u), 1);
	u.id = 5;			/* behind the window by now */
	assert_drop(a, DROP_UPDATE_ID, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	sim_exit(&sim);
}

/* From 2^32 - 1 to 0, theirs and ours. */
static void test_wrap(void **state)
{
	struct update u = { .seq = true, .id = 0xfffffffe };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	uint32_t spi;

	up(&sim);
	sim_assoc(a, b)->update.peer_next = 0xfffffffe;
	sim_assoc(a, b)->update.peer_seen = 0xffffffff;
	for (; u.id != 3; u.id++) {
		assert_int_equal(put(&sim, b, a, &u), 1);
		assert_acks(&sim, u.id);
	}
	u.id = 0xffffffff;		/* seen before */
	assert_int_equal(put(&sim, b, a, &u), 1);
	assert_int_equal(sim_stat(a, UPDATE_AGAIN), 1);
	sim_exit(&sim);

	up(&sim);
	sim.manual = false;
	sim_assoc(a, b)->update.next_id = 0xffffffff;
	sim_assoc(b, a)->update.peer_next = 0xffffffff;
	sim_assoc(b, a)->update.peer_seen = 0xffffffff;
	for (u.id = 0; u.id < 2; u.id++) {
		spi = sim_assoc(a, b)->path->spi_in;
		assert_int_equal(hip_rekey_start(sim_assoc(a, b),
						 HIP_REKEY_CONFIGURED), 0);
		sim_work(a);
		sim_run(&sim, 60 * HIP_SEC);
		sim_assert_up(a, b);
		assert_int_not_equal(sim_assoc(a, b)->path->spi_in, spi);
	}
	assert_int_equal(sim_assoc(a, b)->update.next_id, 1);
	assert_int_equal(sim_drops(a) + sim_drops(b), 0);
	sim_exit(&sim);
}

/* What does not verify leaves no trace: the genuine one is still new. */
static void test_forged(void **state)
{
	struct update u = { .seq = true, .forged = BAD_MAC };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	up(&sim);
	assert_drop(a, DROP_MAC, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	u.forged = BAD_SIGNATURE;
	assert_drop(a, DROP_SIGNATURE, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	assert_int_equal(sim_assoc(a, b)->update.peer_next, 0);
	u.forged = GENUINE;
	assert_int_equal(put(&sim, b, a, &u), 1);
	assert_int_equal(sim_stat(a, UPDATE_AGAIN), 0);
	/* nor do they acknowledge anything */
	assert_int_equal(hip_rekey_start(sim_assoc(a, b),
					 HIP_REKEY_CONFIGURED), 0);
	sim_work(a);
	assert_non_null(sim_assoc(a, b)->update.out);
	u = (struct update){ .n_acks = 1, .forged = BAD_MAC };
	assert_drop(a, DROP_MAC, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	u.forged = BAD_SIGNATURE;
	assert_drop(a, DROP_SIGNATURE, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	assert_non_null(sim_assoc(a, b)->update.out);
	sim_exit(&sim);
}

/* One ACK parameter with several Update IDs, ours in the middle. */
static void test_acks(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct update u = { .n_acks = 3, .acks = { 7, 0, 0xffffffff } };

	up(&sim);
	assert_int_equal(hip_rekey_start(sim_assoc(a, b),
					 HIP_REKEY_CONFIGURED), 0);
	sim_work(a);
	assert_non_null(sim_assoc(a, b)->update.out);
	assert_int_equal(put(&sim, b, a, &u), 0);
	assert_null(sim_assoc(a, b)->update.out);
	assert_int_equal(sim_drops(a), 0);
	/* and again: it acknowledges nothing new */
	assert_drop(a, DROP_UPDATE_ACK, 1,
		    assert_int_equal(put(&sim, b, a, &u), 0));
	sim_exit(&sim);
}

/* ESP_INFO and DIFFIE_HELLMAN that do not fit together or to the exchange. */
static void test_bad_rekey(void **state)
{
	static uint8_t dh[3 + 64] = { HIP_DH_P384, 0, 64 };
	uint8_t info[12] = { 0 };
	struct update u = { .seq = true, .esp_info = info };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_path *path;
	uint64_t drops;

	up(&sim);
	path = sim_assoc(b, a)->path;
	hip_put32(info + 4, path->spi_in);
	hip_put32(info + 8, 0x12345678);
	/* index 0 without a new DH value: below what is used already */
	drops = sim_drops(a);
	assert_int_equal(put(&sim, b, a, &u), 0);
	assert_int_equal(sim_drops(a), drops + 1);
	/* another group than that of the base exchange */
	u.dh = dh;
	u.dh_len = sizeof(dh);
	assert_int_equal(put(&sim, b, a, &u), 0);
	assert_int_equal(sim_drops(a), drops + 2);
	/* a DH value with an index that is not 0 */
	info[3] = 200;
	dh[0] = (uint8_t)sim_assoc(a, b)->dh_group;
	assert_int_equal(put(&sim, b, a, &u), 0);
	assert_int_equal(sim_drops(a), drops + 3);
	/* an SPI that was never announced is no one to replace */
	u.dh = NULL;
	hip_put32(info + 4, path->spi_in + 1);
	assert_int_equal(put(&sim, b, a, &u), 0);
	assert_int_equal(sim_drops(a), drops + 4);
	assert_null(sim_assoc(a, b)->rekey);
	assert_int_equal(sim_data(a, b), 1);
	sim_exit(&sim);
}

/* What is wrong with a packet of an association is in the log (RFC 7401
 * sections 5.2.19, 6.12.1; RFC 7402 section 6.9). The log is limited: so this
 * comes before the other tests.
 */
static void test_logged(void **state)
{
	static const uint8_t dh[3 + 64] = { HIP_DH_P384, 0, 64 };
	static char text[4096];
	uint8_t info[12] = { 0 };
	struct update bad = { .seq = true, .forged = BAD_SIGNATURE };
	struct update group = { .seq = true, .esp_info = info, .dh = dh,
				.dh_len = sizeof(dh) };
	struct update index = { .seq = true, .esp_info = info };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	FILE *log = tmpfile();
	int was = dup(STDERR_FILENO);

	assert_non_null(log);
	up(&sim);
	hip_put32(info + 4, sim_assoc(b, a)->path->spi_in);
	hip_put32(info + 8, 0x12345678);
	assert_int_equal(dup2(fileno(log), STDERR_FILENO), STDERR_FILENO);
	put(&sim, b, a, &bad);
	put(&sim, b, a, &group);
	put(&sim, b, a, &index);
	sim_work(a);
	assert_int_equal(dup2(was, STDERR_FILENO), STDERR_FILENO);
	close(was);
	rewind(log);
	text[fread(text, 1, sizeof(text) - 1, log)] = '\0';
	fclose(log);
	assert_non_null(strstr(text, "UPDATE in the name of 2001:22:"));
	assert_non_null(strstr(text, ": wrong signature"));
	assert_non_null(strstr(text, "DIFFIE_HELLMAN of group 8, KEYMAT index "
			       "0, expected group 7, index 0"));
	assert_non_null(strstr(text, "dropped: ESP_INFO with an invalid SPI "
			       "or KEYMAT index"));
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logged),
		cmocka_unit_test(test_seq_ack),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_acks),
		cmocka_unit_test(test_bad_rekey),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
