// SPDX-License-Identifier: GPL-2.0
/*
 * Memory ends while a table grows: the daemon goes on, what could not be taken
 * is refused, what was there before is there still.
 */
#include <errno.h>

#include "util.h"

#include "host.h"
#include "kif_null.h"
#include "kpath.h"

#define MANY 1500		/* tables grow at about 320 and 640 */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static long left = -1;		/* allocations until one fails; -1: none */
static unsigned int failed;

static bool fails(void)
{
	if (!left) {
		failed++;
		return true;
	}
	if (left > 0)
		left--;
	return false;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

/* Compilers make it of malloc() and memset(). */
void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

/* Every second allocation of what is under test fails. */
static void *try(void *(*make)(void *arg, uint32_t n), void *arg, uint32_t n)
{
	void *made;

	left = n & 1;
	made = make(arg, n);
	left = -1;
	return made;
}

static struct in6_addr hit_of(uint32_t n)
{
	struct in6_addr a = addr("2001:21::");

	hip_put32(a.s6_addr + 12, n);
	return a;
}

static uint64_t env_now(void *ctx)
{
	return HIP_SEC;
}

struct host {
	struct hip_host h;
	struct hip_identity id;
};

static void setup(struct host *t)
{
	memset(t, 0, sizeof(*t));
	t->h.env.now = env_now;
	t->h.kif = hip_kif_null_create(&t->h);
	assert_non_null(t->h.kif);
	t->id.hit = addr("2001:21::ffff:0:0");
	failed = 0;
}

static void *make_assoc(void *arg, uint32_t n)
{
	struct in6_addr peer = hit_of(n);
	struct host *t = arg;

	return hip_assoc_create(&t->h, &t->id, &peer);
}

static void test_assocs(void **state)
{
	struct hip_assoc *found;
	unsigned int none = 0;
	struct in6_addr peer;
	struct host t;
	uint32_t n;

	setup(&t);
	for (n = 0; n < MANY; n++) {
		void *made = try(make_assoc, &t, n);

		peer = hit_of(n);
		found = hip_assoc_find(&t.h.assocs, &t.id.hit, &peer);
		assert_ptr_equal(found, made);
		none += !made;
	}
	assert_true(failed > 0);
	assert_true(none > 0);
	assert_int_equal(HASH_COUNT(t.h.assocs.by_pair), MANY - none);
	for (n = 0; n < MANY; n++) {
		peer = hit_of(n);
		if (!hip_assoc_find(&t.h.assocs, &t.id.hit, &peer))
			assert_non_null(make_assoc(&t, n));
	}
	hip_host_stop(&t.h);
}

static void *make_peer(void *arg, uint32_t n)
{
	struct in6_addr hit = hit_of(n), locator = addr("192.0.2.1");
	char name[32], other[32];
	const char *const names[] = { name, other };
	struct host *t = arg;

	snprintf(name, sizeof(name), "peer-%u", n);
	snprintf(other, sizeof(other), "other-%u", n);
	return hip_peer_add(&t->h.peers, &hit, names, 2, &locator, 1,
			    HIP_PEER_COMMAND) ? NULL : t;
}

/* A peer has all its names or is not there; one that cannot be replaced
 * stays.
 */
static void test_peers(void **state)
{
	struct in6_addr hit;
	struct hip_peer *peer;
	unsigned int none = 0;
	struct host t;
	char name[32];
	uint32_t n;

	setup(&t);
	for (n = 0; n < MANY; n++) {
		void *made = try(make_peer, &t, n);

		hit = hit_of(n);
		peer = hip_peer_by_hit(&t.h.peers, &hit);
		snprintf(name, sizeof(name), "other-%u", n);
		assert_int_equal(!peer, !made);
		assert_ptr_equal(hip_peer_by_name(&t.h.peers, name), peer);
		none += !made;
	}
	assert_true(none > 0);
	for (n = 0; n < MANY; n++) {
		hit = hit_of(n);
		peer = hip_peer_by_hit(&t.h.peers, &hit);
		try(make_peer, &t, n);
		assert_true(!peer || hip_peer_by_hit(&t.h.peers, &hit));
	}
	hip_host_stop(&t.h);
}

static void *make_leap(void *arg, uint32_t n)
{
	struct in6_addr hit = hit_of(n), at = addr("2001:db8::");
	struct host *t = arg;

	hip_put32(at.s6_addr + 12, n);
	return hip_leap_set(&t->h.leaps, &at, &hit) ? NULL : t;
}

static void test_leaps(void **state)
{
	unsigned int none = 0;
	struct in6_addr hit;
	struct host t;
	uint32_t n;

	setup(&t);
	for (n = 0; n < MANY; n++) {
		void *made = try(make_leap, &t, n);

		hit = hit_of(n);
		none += !made;
		if (n % 16 == 0)
			assert_int_equal(!hip_leap_of(&t.h.leaps, &hit),
					 !made);
	}
	assert_true(none > 0);
	assert_int_equal(HASH_COUNT(t.h.leaps.by_addr), MANY - none);
	hip_host_stop(&t.h);
}

static void *make_kpath(void *arg, uint32_t n)
{
	struct hip_path p = {
		.id = n + 1,
		.local_hit = hit_of(0),
		.peer_hit = hit_of(n % 700 + 1),	/* some pairs twice */
	};
	struct hip_kpath *kp = hip_kpath_note(arg, &p);

	if (kp)
		hip_kpath_note_in(arg, kp, 1000 + n);
	return kp;
}

static void test_kpaths(void **state)
{
	struct hip_kpaths ks = { NULL };
	struct hip_kpath *kp, *tmp;
	unsigned int none = 0;
	uint32_t n;

	failed = 0;
	for (n = 0; n < MANY; n++) {
		kp = try(make_kpath, &ks, n);
		assert_ptr_equal(hip_kpath_find(&ks, n + 1), kp);
		none += !kp;
	}
	assert_true(failed > 0);
	assert_true(none > 0);
	assert_int_equal(HASH_CNT(by_id, ks.by_id), MANY - none);
	left = 0;
	HASH_ITER(by_id, ks.by_id, kp, tmp) {
		hip_kpath_forget(&ks, kp);
	}
	left = -1;
	assert_null(ks.by_id);
	assert_null(ks.by_spi);
	assert_null(ks.by_pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_assocs),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_leaps),
		cmocka_unit_test(test_kpaths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
