// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that runs out. Two hosts live a life (start, base exchange, rest,
 * rekey, close, stop) in which the n-th allocation fails, for each n in turn,
 * hipd's own and then OpenSSL's; and some in a row. Nobody crashes, what was
 * begun comes to its end once there is memory, nothing is left over in the
 * kernel or on the heap. Nor are secrets left in what was freed.
 *
 * The Makefile wraps hipd's calls of malloc() and its like; the ones of the
 * test itself keep their own.
 */
#define _GNU_SOURCE		/* memmem */

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "r1pool.h"
#include "rekey.h"
#include "sim.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void __wrap_free(void *p);

enum { HIPD, OPENSSL };

static struct {
	unsigned int whose;
	bool armed;
	uint64_t seen;			/* allocations since it was armed */
	uint64_t first, last;		/* these fail, counted from 1 */
	uint64_t failed;
	int64_t balance;		/* hipd's allocations that live */
} mem;

/* Is this allocation one that fails? */
static bool fails(unsigned int whose)
{
	if (!mem.armed || whose != mem.whose)
		return false;
	mem.seen++;
	if (mem.seen < mem.first || mem.seen > mem.last)
		return false;
	mem.failed++;
	return true;
}

static void *count(void *p)
{
	if (p)
		mem.balance++;
	return p;
}

void *__wrap_malloc(size_t size)
{
	return fails(HIPD) ? NULL : count(malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails(HIPD) ? NULL : count(calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	if (fails(HIPD))
		return NULL;
	return p ? realloc(p, size) : count(malloc(size));
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	if (fails(HIPD))
		return NULL;
	return p ? reallocarray(p, n, size) : count(calloc(n, size));
}

/* What hipd's blocks held when they were freed. */
static struct {
	bool on;
	uint8_t *octets;
	size_t len, room;
} freed;

static void keep(void *p)
{
	size_t len = malloc_usable_size(p);

	if (freed.len + len > freed.room) {
		freed.room = 2 * (freed.room + len);
		freed.octets = realloc(freed.octets, freed.room);
		assert_non_null(freed.octets);
	}
	memcpy(freed.octets + freed.len, p, len);
	freed.len += len;
}

void __wrap_free(void *p)
{
	if (p && freed.on)
		keep(p);
	if (p)
		mem.balance--;
	free(p);
}

static void *ssl_malloc(size_t size, const char *file, int line)
{
	return !size || fails(OPENSSL) ? NULL : malloc(size);
}

static void *ssl_realloc(void *p, size_t size, const char *file, int line)
{
	if (!size) {
		free(p);
		return NULL;
	}
	return fails(OPENSSL) ? NULL : realloc(p, size);
}

static void ssl_free(void *p, const char *file, int line)
{
	free(p);
}

/* ---- a life ---- */

/* A daemon that cannot start says so and goes; the next one can. */
static void begin(struct sim_host *host)
{
	uint64_t failed = 0;
	char err[256] = "";

	while (sim_try_start(host, err, sizeof(err))) {
		assert_true(mem.failed != failed);
		assert_true(err[0]);
		hip_host_stop(&host->h);
		failed = mem.failed;
	}
	/* A locator that there was no memory for comes with the next event. */
	hip_host_locator_add(&host->h, &host->v4, 1);
}

static void know(struct sim_host *host, const struct sim_host *peer)
{
	int i;

	for (i = 0; i < 10; i++)
		if (!hip_peer_add(&host->h.peers, &peer->hit, NULL, 0,
				  sim_addr(peer), 1, HIP_PEER_COMMAND))
			return;
	fail_msg("a peer cannot be added");
}

static bool is_up(const struct hip_assoc *assoc)
{
	return assoc && assoc->path && (assoc->state == HIP_ESTABLISHED ||
					assoc->state == HIP_R2_SENT);
}

static bool both_up(struct sim *sim)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	return is_up(sim_assoc(a, b)) && is_up(sim_assoc(b, a)) &&
	       sim_data(a, b) == 1 && sim_data(b, a) == 1;
}

/* An application that wants to talk goes on trying. */
static void talk(struct sim *sim)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];
	int i;

	for (i = 0; i < 300; i++) {
		sim_data(a, b);
		sim_run(sim, HIP_SEC);
		if (both_up(sim))
			return;
	}
	sim_print_stats(a);
	sim_print_stats(b);
	fail_msg("failure %llu: no association, states %s and %s",
		 (unsigned long long)mem.first,
		 hip_state_name(sim_state(a, b)),
		 hip_state_name(sim_state(b, a)));
}

/* A rekey may fail; the association is what it was, or has new keys. */
static void rekey(struct sim *sim)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	hip_rekey_start(sim_assoc(a, b), HIP_REKEY_NEW_DH);
	sim_run(sim, 60 * HIP_SEC);
	talk(sim);
	sim_run(sim, 20 * HIP_SEC);
	assert_true(both_up(sim));
	sim_assert_up(a, b);
}

static void leave(struct sim *sim)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	/* What the peer never hears ends with its unused associations. */
	assert_int_equal(hip_host_close(&a->h, sim_assoc(a, b)), 0);
	sim_run(sim, 4000 * HIP_SEC);
	if (sim_assoc(a, b) || sim_assoc(b, a))
		fail_msg("failure %llu: states %s and %s after CLOSE",
			 (unsigned long long)mem.first,
			 hip_state_name(sim_state(a, b)),
			 hip_state_name(sim_state(b, a)));
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 0);
	assert_int_equal(HASH_COUNT(b->kernel.by_id), 0);
}

/* Returns whether an allocation failed. */
static bool life(unsigned int whose, uint64_t first, uint64_t n)
{
	static struct sim sim;
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	int64_t balance;

	memset(&sim, 0, sizeof(sim));
	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	/* R1s are not made anew all the time */
	sim.config.r1_lifetime = 3600;
	a->key = sim_key(HIP_HI_ECDSA, 0);
	b->key = sim_key(HIP_HI_ECDSA, 1);
	a->hit = *hip_key_hit(a->key);
	b->hit = *hip_key_hit(b->key);
	balance = mem.balance;
	mem.whose = whose;
	mem.first = first;
	mem.last = first + n - 1;
	mem.seen = mem.failed = 0;
	mem.armed = true;
	begin(a);
	begin(b);
	know(a, b);
	know(b, a);
	talk(&sim);
	sim_run(&sim, 20 * HIP_SEC);
	assert_true(both_up(&sim));
	sim_assert_up(a, b);
	rekey(&sim);
	leave(&sim);
	mem.armed = false;
	sim_exit(&sim);
	if (mem.balance != balance)
		fail_msg("failure %llu: %lld allocations are left",
			 (unsigned long long)first,
			 (long long)(mem.balance - balance));
	return mem.failed;
}

static void each(unsigned int whose, unsigned int step)
{
	/* each run of the tests begins at another one */
	uint64_t n = 1 + sim_seed() % step;

	while (life(whose, n, 1))
		n += step;
	print_message("# %llu allocations failed one by one\n",
		      (unsigned long long)(n / step));
	assert_true(n > 50);
}

static void test_hipd(void **state)
{
	each(HIPD, 1);
}

static void test_openssl(void **state)
{
	each(OPENSSL, 11);
}

/* No memory at all for a while, beginning anywhere. */
static void test_burst(void **state)
{
	uint64_t first;

	for (first = 20; life(HIPD, first, 8); first += 3)
		;
}

struct secrets {
	uint8_t kij[32], enc[16], mac[32], dh[24];
};

static struct secrets secrets_of(const struct hip_assoc *assoc)
{
	struct secrets s;

	assert_true(assoc->dh.own_len >= sizeof(s.dh));
	memcpy(s.kij, assoc->keymat.secret, sizeof(s.kij));
	memcpy(s.enc, assoc->own_keys.enc, sizeof(s.enc));
	memcpy(s.mac, assoc->own_keys.mac, sizeof(s.mac));
	memcpy(s.dh, assoc->dh.own, sizeof(s.dh));
	return s;
}

static void assert_wiped(const struct secrets *s)
{
	assert_null(memmem(freed.octets, freed.len, s->kij, sizeof(s->kij)));
	assert_null(memmem(freed.octets, freed.len, s->enc, sizeof(s->enc)));
	assert_null(memmem(freed.octets, freed.len, s->mac, sizeof(s->mac)));
	assert_null(memmem(freed.octets, freed.len, s->dh, sizeof(s->dh)));
}

/* What makes the puzzles of the R1 that b gives out. */
static void secret_of_r1(const struct sim_host *b, uint8_t *secret)
{
	static const uint8_t group = HIP_DH_P256;
	const struct hip_r1 *r1 = hip_r1pool_offer(b->h.r1pool, &b->hit,
						   &group, 1);

	memcpy(secret, r1->secret, sizeof(r1->secret));
}

/* The daemon ends and another goes on, with what the first saved. */
static void go_on(struct sim *sim, struct sim_host *a, struct sim_host *b)
{
	char path[64];

	sim_stop(a, false);
	sim_start(a);
	sim_know(a, b);
	assert_int_equal(sim_stat(a, RESUMED), 1);
	talk(sim);
	snprintf(path, sizeof(path), "%s/key", a->folder);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/associations", a->folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(a->folder), 0);
}

/* A life without failures: an exchange, two rekeys, a restart, the end. */
static void test_wiped(void **state)
{
	static struct sim sim;
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct secrets s[3][2];
	uint8_t r1[32];
	unsigned int i;

	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	strcpy(a->folder, "/tmp/hip-sim.XXXXXX");
	assert_non_null(mkdtemp(a->folder));
	freed.on = true;
	sim_init(&sim);
	secret_of_r1(b, r1);
	for (i = 0; i < 3; i++) {
		if (i)
			hip_rekey_start(sim_assoc(a, b), HIP_REKEY_NEW_DH);
		talk(&sim);
		sim_run(&sim, 20 * HIP_SEC);
		s[i][0] = secrets_of(sim_assoc(a, b));
		s[i][1] = secrets_of(sim_assoc(b, a));
	}
	go_on(&sim, a, b);
	leave(&sim);
	sim_exit(&sim);
	freed.on = false;
	assert_true(freed.len > 1000);
	assert_null(memmem(freed.octets, freed.len, r1, sizeof(r1)));
	assert_memory_not_equal(s[0][0].kij, s[2][0].kij, sizeof(s[0][0].kij));
	for (i = 0; i < 3; i++) {
		assert_wiped(&s[i][0]);
		assert_wiped(&s[i][1]);
	}
	free(freed.octets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wiped),
		cmocka_unit_test(test_hipd),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_openssl),
	};
	char err[64];

	CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free);
	sim_seed();
	hip_log_setup("err", err, sizeof(err));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
