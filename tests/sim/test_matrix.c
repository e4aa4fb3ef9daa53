// SPDX-License-Identifier: GPL-2.0
/*
 * The full product: identity of the Responder x Diffie-Hellman group x HIP
 * cipher x ESP suite x outer family. The Initiator's identity is each of them
 * in turn, HOST_ID goes encrypted in every other row. tests/netns/matrix.sh
 * plays a covering part of it with packets on kernels.
 *
 * All of it with HIP_FULL=1, as tests/run sets it; else one row in six, which
 * still has each group with each suite, each of both with each cipher.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bex.h"
#include "forge.h"
#include "rekey.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

static const struct {
	unsigned int alg, bits, suite;
} ids[] = {
	{ HIP_HI_RSA, 2048, HIP_SUITE_RSA_SHA256 },
	{ HIP_HI_ECDSA, 256, HIP_SUITE_ECDSA_SHA384 },
	{ HIP_HI_ECDSA, 384, HIP_SUITE_ECDSA_SHA384 },
	{ HIP_HI_ECDSA_LOW, 160, HIP_SUITE_ECDSA_LOW_SHA1 },
};
static const uint16_t groups[] = { 7, 8, 4, 9, 3, 11, 10 };
static const uint16_t ciphers[] = { 2, 4, 1 };

struct row {
	unsigned int i, r;		/* identities */
	uint16_t group, cipher, suite;
	bool v6, encrypted;
};

static struct hip_key *keys[2][N(ids)];

static int make_keys(void **state)
{
	size_t side, n;

	for (side = 0; side < 2; side++)
		for (n = 0; n < N(ids); n++)
			keys[side][n] = hip_key_generate(ids[n].alg,
							 ids[n].bits);
	return 0;
}

static int put_keys(void **state)
{
	size_t side, n;

	for (side = 0; side < 2; side++)
		for (n = 0; n < N(ids); n++)
			hip_key_put(keys[side][n]);
	return 0;
}

static void only(struct hip_list *list, uint16_t value)
{
	list->n = 1;
	list->v[0] = value;
}

/* Nobody proposes group 10: an Initiator that does is one that we make up. */
static void propose_weak(struct sim *sim, struct hip_assoc *a)
{
	const struct forge_change change = {
		.without = HIP_PARAM_DH_GROUP_LIST,
		.with = HIP_PARAM_DH_GROUP_LIST,
		.data = (uint8_t[]){ HIP_DH_SECP160R1 }, .len = 1,
	};
	struct sim_packet i1, p;

	forge_catch(sim, HIP_I1, &i1);
	forge_copy(&p, &i1, &change);
	a->bex->groups[0] = HIP_DH_SECP160R1;
	forge_inject(sim, &p);
}

/* Two hosts that can do all ciphers and @suites with @row's identities, group
 * and family.
 */
static void meet(struct sim *sim, const struct row *row,
		 const struct hip_list *suites)
{
	sim_prepare(sim);
	only(&sim->config.dh_groups, row->group);
	if (row->group == HIP_DH_SECP160R1) {
		sim->config.dh_groups.n = 2;
		sim->config.dh_groups.v[1] = HIP_DH_P256;
	}
	sim->config.ciphers = (struct hip_list){ 3, { 2, 4, 1 } };
	sim->config.rekey_dh = false;
	sim->config.esp_suites = *suites;
	sim->v6 = row->v6;
	sim->host[0].key = keys[0][row->i];
	sim->host[1].key = keys[1][row->r];
	sim_init(sim);
}

/* New keys from the other side, of the same group, cipher and suite. */
static void rekey(struct sim *sim, bool dh)
{
	struct sim_host *i = &sim->host[0], *r = &sim->host[1];
	struct hip_assoc *a = sim_assoc(i, r);
	const struct hip_assoc was = *a;
	const uint32_t spi = a->path->spi_in;

	assert_int_equal(hip_rekey_start(sim_assoc(r, i), dh ?
					 HIP_REKEY_NEW_DH :
					 HIP_REKEY_CONFIGURED), 0);
	sim_run(sim, HIP_SEC / 2);
	sim_assert_up(i, r);
	assert_int_not_equal(a->path->spi_in, spi);
	assert_int_equal(a->keymat_index, dh ? 0 : was.keymat.next);
	assert_int_equal(a->keymat.secret_len, was.keymat.secret_len);
	assert_int_equal(!dh, !memcmp(a->keymat.secret, was.keymat.secret,
				      was.keymat.secret_len));
	assert_ptr_equal(a->path->alg, hip_esp_alg(a->path->alg->suite));
}

/* One exchange; the Initiator is left no choice. */
static void play(struct sim *sim, const struct row *row)
{
	struct sim_host *i = &sim->host[0], *r = &sim->host[1];
	uint64_t sent = sim->n_sent;
	struct hip_assoc *a;

	only(&i->h.config.ciphers, row->cipher);
	only(&i->h.config.esp_suites, row->suite);
	i->h.config.encrypt_host_id = row->encrypted;
	assert_int_equal(sim_data(i, r), 0);
	if (row->group == HIP_DH_SECP160R1)
		propose_weak(sim, sim_assoc(i, r));
	sim_run(sim, HIP_SEC / 2);
	sim_assert_up(i, r);
	assert_int_equal(sim_drops(i) + sim_drops(r), 0);
	assert_int_equal(sim->n_sent - sent, 4);
	a = sim_assoc(i, r);
	assert_int_equal(a->dh_group, row->group);
	assert_int_equal(a->keymat.secret_len, hip_dh_secret_len(row->group));
	assert_int_equal(a->cipher, row->cipher);
	assert_int_equal(a->path->alg->suite, row->suite);
	/* RHASH is the Responder's (RFC 7401 section 3.2) */
	assert_int_equal(a->keymat.hash, hip_suite_hash(ids[row->r].suite));
	assert_int_equal(hip_addr_is_v4(&a->peer), !row->v6);
	/* of each suite of a list under one of the ciphers, of all in turn */
	if (row->cipher == ciphers[(row->suite + row->group) % N(ciphers)])
		rekey(sim, row->cipher == ciphers[0] &&
			   row->v6);
	hip_assoc_destroy(a);
	hip_assoc_destroy(sim_assoc(r, i));
}

static bool full(void)
{
	return getenv("HIP_FULL");
}

/* Every cipher with every one of @suites. */
static unsigned int play_all(struct row *row, const struct hip_list *suites)
{
	struct sim sim = { 0 };
	unsigned int n = 0;
	size_t c, s;

	meet(&sim, row, suites);
	for (c = 0; c < N(ciphers); c++) {
		for (s = 0; s < suites->n; s++) {
			row->cipher = ciphers[c];
			row->suite = suites->v[s];
			if (!full() && c != (s + row->group) % N(ciphers))
				continue;
			row->encrypted = n & 1;
			play(&sim, row);
			n++;
		}
	}
	sim_exit(&sim);
	return n;
}

static void test_product(void **state)
{
	/* more than six do not fit into one ESP_TRANSFORM */
	static const struct hip_list by_default = {
		6, { 13, 11, 9, 8, 12, 10 }
	}, by_policy = { 3, { 7, 14, 15 } };
	unsigned int n, turn = 0, total = 0;

	for (n = 0; n < N(ids) * N(groups) * 2; n++) {
		struct row row = {
			.v6 = n & 1,
			.group = groups[n / 2 % N(groups)],
			.r = n / 2 / N(groups),
		};

		if (!full() && row.v6 == (row.group + row.r) % 2)
			continue;
		row.i = turn++ % N(ids);
		total += play_all(&row, &by_default);
		row.i = turn++ % N(ids);
		total += play_all(&row, &by_policy);
	}
	assert_int_equal(total, N(ids) * N(groups) * 9 *
				(full() ? N(ciphers) * 2 : 1));
	printf("# %u exchanges\n", total);
}

/* The largest keys, RSA-4096 with group 4, in both roles. */
static void test_large(void **state)
{
	static const struct hip_list list = { 1, { 9 } };
	struct row row = { .group = HIP_DH_MODP3072 };
	unsigned int bits;

	for (bits = 3072; bits <= (full() ? 4096 : 3072); bits += 1024) {
		struct hip_key *was[2] = { keys[0][0], keys[1][0] };

		keys[0][0] = hip_key_generate(HIP_HI_RSA, bits);
		keys[1][0] = hip_key_generate(HIP_HI_RSA, bits);
		assert_int_equal(play_all(&row, &list),
				 full() ? N(ciphers) : 1);
		hip_key_put(keys[0][0]);
		hip_key_put(keys[1][0]);
		keys[0][0] = was[0];
		keys[1][0] = was[1];
	}
}

/* An I1 of ours names every group of ours but SECP160R1. */
static void test_never_proposed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const struct hip_param *list;
	struct sim_packet i1;
	struct hip_packet p;

	sim_prepare(&sim);
	sim.config.dh_groups = (struct hip_list){ 3, { 10, 8, 7 } };
	sim_init(&sim);
	sim_data(a, b);
	forge_catch(&sim, HIP_I1, &i1);
	forge_parse(&p, &i1);
	list = hip_packet_get(&p, HIP_PARAM_DH_GROUP_LIST);
	assert_int_equal(list->len, 2);
	assert_memory_equal(list->data, ((uint8_t[]){ 8, 7 }), 2);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_product),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_never_proposed),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, make_keys, put_keys);
}
