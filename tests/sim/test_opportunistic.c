// SPDX-License-Identifier: GPL-2.0
/*
 * Opportunistic mode (RFC 7401 section 4.1.8): an exchange with whoever
 * answers at a locator, and the leap of faith that remembers who it was.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "forge.h"
#include "log.h"
#include "opportunistic.h"
#include "sim.h"

/* Two hosts that know nothing of each other. */
static void begin(struct sim *sim)
{
	if (!sim->now)
		sim_prepare(sim);
	sim->config.opportunistic = true;
	sim->config.dh_groups.n = 1;
	sim_start(&sim->host[0]);
	sim_start(&sim->host[1]);
}

static struct hip_assoc *ask(struct sim_host *from, const struct in6_addr *at)
{
	struct hip_assoc *assoc = NULL;

	assert_int_equal(hip_opportunistic_connect(&from->h, NULL, at, &assoc),
			 0);
	assert_non_null(assoc);
	return assoc;
}

static const struct in6_addr *learned(struct sim_host *host,
				      const struct in6_addr *at)
{
	const struct hip_leap *leap = hip_leap_find(&host->h.leaps, at);

	return leap ? &leap->hit : NULL;
}

static void assert_learned(struct sim_host *host, const struct sim_host *peer)
{
	const struct in6_addr *hit = learned(host, sim_addr(peer));
	const struct hip_peer *p;

	assert_non_null(hit);
	assert_memory_equal(hit, &peer->hit, sizeof(*hit));
	p = hip_peer_by_hit(&host->h.peers, hit);
	assert_non_null(p);
	assert_int_equal(p->source, HIP_PEER_LEARNED);
	assert_memory_equal(&p->locator[0], sim_addr(peer), sizeof(*hit));
}

static void exchange(bool v6, unsigned int alg)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_assoc *assoc;

	sim_prepare(&sim);
	sim.v6 = v6;
	a->key = sim_key(alg, 0);
	b->key = sim_key(alg, 1);
	begin(&sim);
	assoc = ask(a, sim_addr(b));
	assert_true(hip_opportunistic_pending(assoc));
	assert_int_equal(assoc->state, HIP_I1_SENT);
	assert_null(learned(a, sim_addr(b)));
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_ptr_equal(sim_assoc(a, b), assoc);
	assert_int_equal(HASH_COUNT(a->h.assocs.by_pair), 1);
	assert_learned(a, b);
	assert_null(learned(b, sim_addr(a)));
	assert_int_equal(sim_drops(a) + sim_drops(b), 0);
	/* asked again, it is found */
	assert_ptr_equal(ask(a, sim_addr(b)), assoc);
	assert_int_equal(sim.type_sent[HIP_I1], 1);
	sim_exit(&sim);
}

static void test_exchange(void **state)
{
	exchange(false, HIP_HI_ECDSA);
	exchange(true, HIP_HI_RSA);
}

static void test_off(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_assoc *assoc;

	begin(&sim);
	a->h.config.opportunistic = false;
	assert_int_equal(hip_opportunistic_connect(&a->h, NULL, sim_addr(b),
						   &assoc), -EPERM);
	a->h.config.opportunistic = true;
	b->h.config.opportunistic = false;
	assoc = ask(a, sim_addr(b));
	sim_run(&sim, 30 * HIP_SEC);
	assert_int_equal(assoc->state, HIP_E_FAILED);
	assert_int_equal(sim_stat(b, DROP_NULL_HIT), 5);
	assert_int_equal(sim_drops(b), 5);
	/* nobody waits for a packet to what is no HIT */
	assert_int_equal(sim_find_op(a, "acquire_fail", 0), -1);
	sim_run(&sim, 20 * HIP_SEC);
	sim_assert_empty(a);
	sim_assert_empty(b);
	sim_exit(&sim);
}

/* The Responder answers with a HIT of the Initiator's suite, else of suite 1,
 * else with what it has.
 */
static void test_choice(void **state)
{
	struct hip_host host = { 0 };
	struct in6_addr rsa, ecdsa, low;
	struct hip_identity *e, *r;

	hip_addr_parse(&rsa, "2001:21::1");
	hip_addr_parse(&ecdsa, "2001:22::1");
	hip_addr_parse(&low, "2001:23::1");
	assert_null(hip_opportunistic_identity(&host, &rsa));
	e = hip_identity_add(&host.identities, "a", sim_key(HIP_HI_ECDSA, 0));
	assert_ptr_equal(hip_opportunistic_identity(&host, &rsa), e);
	r = hip_identity_add(&host.identities, "b", sim_key(HIP_HI_RSA, 0));
	assert_ptr_equal(hip_opportunistic_identity(&host, &rsa), r);
	assert_ptr_equal(hip_opportunistic_identity(&host, &ecdsa), e);
	assert_ptr_equal(hip_opportunistic_identity(&host, &low), r);
	hip_identities_exit(&host.identities);
}

/* Another host at the locator: refused until it is trusted. */
static void test_changed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_assoc *assoc;
	struct in6_addr before;
	struct hip_leap *leap;

	begin(&sim);
	ask(a, sim_addr(b));
	sim_run(&sim, HIP_SEC);
	before = b->hit;
	hip_assoc_destroy(sim_assoc(a, b));
	sim_stop(b, true);
	b->key = sim_key(HIP_HI_ECDSA, 2);
	sim_start(b);

	assoc = ask(a, sim_addr(b));
	sim_run(&sim, 30 * HIP_SEC);
	assert_int_equal(assoc->state, HIP_E_FAILED);
	assert_int_equal(sim_stat(a, DROP_HIT_CHANGED), 5);
	assert_memory_equal(learned(a, sim_addr(b)), &before, sizeof(before));
	leap = hip_leap_of(&a->h.leaps, &before);
	assert_non_null(leap);
	assert_memory_equal(&leap->refused, &b->hit, sizeof(b->hit));
	sim_assert_empty(b);

	assert_int_equal(hip_opportunistic_trust(&a->h, leap), 0);
	assert_int_equal(hip_opportunistic_trust(&a->h, leap), -ENOENT);
	assert_null(hip_peer_by_hit(&a->h.peers, &before));
	ask(a, sim_addr(b));
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_learned(a, b);
	sim_exit(&sim);
}

/* As the RFC has it: no expectation. */
static void test_no_leap(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct in6_addr other;

	sim_prepare(&sim);
	sim.config.leap_of_faith = false;
	begin(&sim);
	hip_addr_parse(&other, "2001:22::1");
	assert_int_equal(hip_leap_set(&a->h.leaps, sim_addr(b), &other), 0);
	ask(a, sim_addr(b));
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* It turns out to be a peer that has an association, by another address: that
 * one stays, untouched; the same with one that failed, which is tried anew.
 */
static void test_known(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_assoc *assoc;
	uint32_t spi;

	begin(&sim);
	sim_know(a, b);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	spi = sim_assoc(a, b)->path->spi_in;
	assert_true(hip_opportunistic_pending(ask(a, &b->v6)));
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_int_equal(sim_assoc(a, b)->path->spi_in, spi);
	assert_int_equal(HASH_COUNT(a->h.assocs.by_pair), 1);
	assert_int_equal(sim.type_sent[HIP_I2], 1);

	hip_host_close(&a->h, sim_assoc(a, b));
	sim_run(&sim, HIP_SEC);
	assoc = hip_assoc_create(&a->h, hip_identity_default(&a->h.identities),
				 &b->hit);
	assert_non_null(assoc);
	hip_assoc_enter(assoc, HIP_E_FAILED);
	ask(a, &b->v6);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_memory_equal(&sim_assoc(a, b)->peer, &b->v6, 16);
	assert_memory_equal(learned(a, &b->v6), &b->hit, 16);
	sim_exit(&sim);
}

/* On a bad network an attempt ends well or not at all. */
static void test_loss(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i, up = 0;

	for (i = 0; i < 100; i++) {
		sim_prepare(&sim);
		sim.rng += i;
		sim.loss = 200;
		sim.dup = 200;
		sim.corrupt = 50;
		sim.jitter = 50 * HIP_MSEC;
		begin(&sim);
		ask(a, sim_addr(b));
		if (i & 1)
			ask(b, sim_addr(a));
		sim_run(&sim, 100 * HIP_SEC);
		sim.loss = sim.dup = sim.corrupt = 0;
		sim_settle(&sim);
		if (sim_state(a, b) == HIP_ESTABLISHED &&
		    sim_state(b, a) == HIP_ESTABLISHED) {
			sim_assert_up(a, b);
			up++;
		}
		assert_true(HASH_COUNT(a->h.assocs.by_pair) <= 1);
		assert_true(HASH_COUNT(b->h.assocs.by_pair) <= 1);
		sim_exit(&sim);
	}
	assert_true(up > 80);
}

/* Both ask at once, neither knows whom. */
static void test_both(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	begin(&sim);
	ask(a, sim_addr(b));
	ask(b, sim_addr(a));
	sim_run(&sim, 20 * HIP_SEC);
	sim_assert_up(a, b);
	assert_int_equal(HASH_COUNT(a->h.assocs.by_pair), 1);
	assert_int_equal(HASH_COUNT(b->h.assocs.by_pair), 1);
	sim_exit(&sim);
}

/* An R1 from elsewhere, with the A bit, or with a broken signature. */
static void test_bad_r1(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet r1, bad;
	struct hip_assoc *assoc;

	begin(&sim);
	assoc = ask(a, sim_addr(b));
	forge_catch(&sim, HIP_R1, &r1);
	bad = r1;
	hip_addr_parse(&bad.src, "192.0.2.77");
	forge_checksum(&bad);
	assert_drop(a, DROP_NO_ASSOC, 1, forge_inject(&sim, &bad));
	bad = r1;
	((struct hip_header *)bad.buf)->controls[1] |= HIP_CONTROL_ANON;
	forge_checksum(&bad);
	assert_drop(a, DROP_ANONYMOUS_R1, 1, forge_inject(&sim, &bad));
	bad = r1;
	bad.buf[bad.len - 9] ^= 1;
	forge_checksum(&bad);
	assert_drop(a, DROP_SIGNATURE, 1, forge_inject(&sim, &bad));
	assert_true(hip_opportunistic_pending(assoc));
	forge_inject(&sim, &r1);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);
}

/* The R1 comes from a HIT of a suite that nobody knows, with @list. */
static void forge_foreign(struct sim_packet *out, const struct sim_packet *r1,
			  const uint8_t *list, size_t len)
{
	const struct forge_change c = {
		.without = HIP_PARAM_HIT_SUITE_LIST,
		.with = HIP_PARAM_HIT_SUITE_LIST, .data = list, .len = len,
	};

	forge_copy(out, r1, &c);
	((struct hip_header *)out->buf)->sender[3] = 0x27;
	forge_checksum(out);
}

/* a's other HIT asks; the second R1's list must be that of the first. */
static void foreign(const uint8_t *list, size_t len, bool same)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_identity *rsa;
	struct sim_packet r1, bad;
	struct hip_assoc *assoc;

	begin(&sim);
	rsa = hip_identity_add(&a->h.identities, "rsa", sim_key(HIP_HI_RSA, 0));
	assert_int_equal(hip_host_identity_added(&a->h, rsa), 0);
	assoc = ask(a, sim_addr(b));
	forge_catch(&sim, HIP_R1, &r1);
	forge_foreign(&bad, &r1, list, len);
	assert_drop(a, DROP_HIT_SUITE, 1, forge_inject(&sim, &bad));
	assert_int_equal(assoc->state, HIP_E_FAILED);
	assoc = hip_assoc_find(&a->h.assocs, &rsa->hit, sim_addr(b));
	assert_non_null(assoc);
	assert_int_equal(assoc->bex->n_suites, len);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim_stat(a, DROP_HIT_SUITE), same ? 1 : 2);
	assoc = hip_assoc_find(&a->h.assocs, &rsa->hit, &b->hit);
	if (!assoc)	/* anew, with what the verified list had first */
		assoc = sim_assoc(a, b);
	assert_non_null(assoc);
	assert_int_equal(assoc->state, HIP_ESTABLISHED);
	assert_memory_equal(learned(a, sim_addr(b)), &b->hit, 16);
	sim_exit(&sim);
}

static void test_foreign_suite(void **state)
{
	static const uint8_t lie[] = { 0x10, 0x70 };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const struct hip_param *suites;
	uint8_t truth[16];
	struct sim_packet r1, bad;
	struct hip_packet p;
	size_t len;

	/* without another HIT of ours such an R1 changes nothing */
	begin(&sim);
	ask(a, sim_addr(b));
	forge_catch(&sim, HIP_R1, &r1);
	forge_parse(&p, &r1);
	suites = hip_packet_get(&p, HIP_PARAM_HIT_SUITE_LIST);
	len = suites->len;
	assert_true(len <= sizeof(truth));
	memcpy(truth, suites->data, len);
	forge_foreign(&bad, &r1, lie, sizeof(lie));
	assert_drop(a, DROP_HIT_SUITE, 1, forge_inject(&sim, &bad));
	forge_inject(&sim, &r1);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	sim_exit(&sim);

	foreign(truth, len, true);
	foreign(lie, sizeof(lie), false);
}

/* The file: written whole, read again, refused when it is not ours. */
static void test_file(void **state)
{
	char dir[] = "/tmp/hip-test-leap-XXXXXX", file[64], err[256] = "";
	struct hip_leaps leaps = { 0 };
	struct in6_addr at, hit;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/peers", dir);
	hip_addr_parse(&at, "192.0.2.1");
	hip_addr_parse(&hit, "2001:22::1");
	assert_int_equal(hip_leaps_load(&leaps, file, err, sizeof(err)), 0);
	assert_int_equal(hip_leap_set(&leaps, &at, &hit), 0);
	hip_leaps_exit(&leaps);
	assert_int_equal(hip_leaps_load(&leaps, file, err, sizeof(err)), 0);
	assert_non_null(hip_leap_find(&leaps, &at));
	assert_int_equal(hip_leap_forget(&leaps, &hit), 0);
	hip_leaps_exit(&leaps);
	assert_int_equal(hip_leaps_load(&leaps, file, err, sizeof(err)), 0);
	assert_null(leaps.by_addr);

	f = fopen(file, "w");
	assert_non_null(f);
	fputs("2001:22::1 192.0.2.1\n2001:22::2 192.0.2.1\n", f);
	fclose(f);
	assert_int_equal(hip_leaps_load(&leaps, file, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, "/peers:2: expected each locator once"));
	assert_null(leaps.by_addr);
	f = fopen(file, "w");
	assert_non_null(f);
	fputs("192.0.2.1 2001:22::1\n", f);
	fclose(f);
	assert_int_equal(hip_leaps_load(&leaps, file, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, ":1: expected a HIT and its locator"));
	unlink(file);
	rmdir(dir);
	/* the change holds although it cannot be written */
	assert_true(hip_leap_set(&leaps, &at, &hit) < 0);
	assert_non_null(hip_leap_find(&leaps, &at));
	hip_leaps_exit(&leaps);
}

/* A file that cannot be written, the disk being full, say: what it should hold
 * counts all the same and is written when that is possible.
 */
static void test_unsaved(void **state)
{
	char dir[] = "/tmp/hip-test-leap-XXXXXX", sub[64], err[256] = "";
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const uint64_t *errors = &a->h.stats.v[HIP_STAT_STATE_ERROR];
	struct hip_leaps read = { 0 };
	struct hip_leaps *leaps = &a->h.leaps;

	assert_non_null(mkdtemp(dir));
	snprintf(sub, sizeof(sub), "%s/later", dir);
	begin(&sim);
	snprintf(leaps->file, sizeof(leaps->file), "%s/peers", sub);
	ask(a, sim_addr(b));
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_memory_equal(learned(a, sim_addr(b)), &b->hit, 16);
	assert_int_equal(*errors, 1);
	sim_run(&sim, 11 * HIP_SEC);
	assert_int_equal(*errors, 3);
	assert_int_equal(mkdir(sub, 0700), 0);
	sim_run(&sim, 5 * HIP_SEC);
	assert_int_equal(*errors, 3);
	assert_int_equal(hip_leaps_load(&read, leaps->file, err, sizeof(err)),
			 0);
	assert_non_null(hip_leap_find(&read, sim_addr(b)));
	hip_leaps_exit(&read);

	/* who asks again to forget is not told that it is forgotten */
	unlink(leaps->file);
	rmdir(sub);
	assert_true(hip_opportunistic_forget(&a->h, &b->hit) < 0);
	assert_true(hip_opportunistic_forget(&a->h, &b->hit) < 0);
	assert_int_equal(mkdir(sub, 0700), 0);
	hip_opportunistic_stop(&a->h);
	assert_int_equal(hip_leaps_load(&read, leaps->file, err, sizeof(err)),
			 0);
	assert_null(read.by_addr);
	assert_int_equal(unlink(leaps->file), 0);
	sim_exit(&sim);
	rmdir(sub);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_no_leap),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_bad_r1),
		cmocka_unit_test(test_foreign_suite),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_unsaved),
	};

	char err[64];

	/* what is learned is a notice each time */
	hip_log_setup("err", err, sizeof(err));
	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
