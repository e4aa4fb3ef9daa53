// SPDX-License-Identifier: GPL-2.0
/*
 * A daemon begins anew and has saved state (store.h): its associations go on
 * where they were, without a packet; and where the saved state does not belong
 * to the kernel's SAs, a new exchange replaces them as if there were none.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bex.h"
#include "rekey.h"
#include "sim.h"
#include "store.h"

#define LONG_AGO (300 * HIP_MSEC)	/* what happened then is saved */

static void path_of(const struct sim_host *host, const char *name, char *path)
{
	snprintf(path, 64, "%s/%s", host->folder, name);
}

static void begin(struct sim *sim)
{
	unsigned int i;

	if (!sim->now)
		sim_prepare(sim);
	for (i = 0; i < 2; i++) {
		strcpy(sim->host[i].folder, "/tmp/hip-sim.XXXXXX");
		assert_non_null(mkdtemp(sim->host[i].folder));
	}
	sim_init(sim);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_run(sim, HIP_SEC);
	sim_data(&sim->host[0], &sim->host[1]);
	sim_data(&sim->host[1], &sim->host[0]);
	sim_run(sim, HIP_SEC);
	sim_assert_up(&sim->host[0], &sim->host[1]);
	assert_int_equal(sim_state(&sim->host[0], &sim->host[1]),
			 HIP_ESTABLISHED);
	assert_int_equal(sim_state(&sim->host[1], &sim->host[0]),
			 HIP_ESTABLISHED);
}

static void end(struct sim *sim)
{
	static const char *const names[] = { "associations", "key",
					     "associations.new" };
	char path[64];
	unsigned int i, k;

	sim_exit(sim);
	for (i = 0; i < 2; i++) {
		for (k = 0; k < sizeof(names) / sizeof(*names); k++) {
			path_of(&sim->host[i], names[k], path);
			unlink(path);
		}
		rmdir(sim->host[i].folder);
	}
}

static void begin_anew(struct sim *sim, unsigned int who)
{
	sim_start(&sim->host[who]);
	sim_know(&sim->host[who], &sim->host[!who]);
}

/* Both directions, each millisecond: nothing may be lost or wait. */
static void traffic(struct sim *sim, unsigned int ms)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	while (ms--) {
		assert_int_equal(sim_data(a, b), 1);
		assert_int_equal(sim_data(b, a), 1);
		sim_run(sim, HIP_MSEC);
	}
}

/* All that the octets of an association hold came back. */
static void assert_same(const struct hip_assoc *now,
			const struct hip_keymat *keymat)
{
	assert_memory_equal(&now->keymat, keymat, sizeof(*keymat));
	assert_int_equal(now->state, HIP_ESTABLISHED);
}

static void resumed(unsigned int who, bool killed)
{
	struct sim sim = { 0 };
	struct sim_host *host = &sim.host[who], *peer = &sim.host[!who];
	struct hip_keymat keymat;
	bool initiator;
	uint64_t sent;

	begin(&sim);
	keymat = sim_assoc(host, peer)->keymat;
	initiator = sim_assoc(host, peer)->initiator;
	sent = sim.n_sent;
	if (killed)
		sim_kill(host);
	else
		sim_stop(host, false);
	traffic(&sim, 50);
	begin_anew(&sim, who);
	traffic(&sim, 12000);
	assert_int_equal(sim.n_sent, sent);
	assert_int_equal(sim_stat(host, RESUMED), 1);
	assert_int_equal(sim_stat(host, REESTABLISHED), 0);
	sim_assert_up(&sim.host[0], &sim.host[1]);
	assert_same(sim_assoc(host, peer), &keymat);
	assert_int_equal(sim_assoc(host, peer)->initiator, initiator);
	/* its keys serve: the peer takes its CLOSE */
	assert_int_equal(hip_host_close(&host->h, sim_assoc(host, peer)), 0);
	sim_run(&sim, HIP_SEC);
	assert_null(sim_assoc(host, peer));
	assert_int_equal(sim_state(peer, host), HIP_CLOSED);
	end(&sim);
}

static void test_restart(void **state)
{
	resumed(0, false);
	resumed(1, false);
}

static void test_killed(void **state)
{
	resumed(0, true);
	resumed(1, true);
}

static void test_many_times(void **state)
{
	struct sim sim = { 0 };
	uint64_t sent;
	unsigned int i;

	begin(&sim);
	sent = sim.n_sent;
	for (i = 0; i < 100; i++) {
		sim_kill(&sim.host[i & 1]);
		traffic(&sim, 5);
		begin_anew(&sim, i & 1);
		traffic(&sim, (unsigned int)sim_random(&sim, 300));
		assert_int_equal(sim_stat(&sim.host[i & 1], RESUMED), 1);
	}
	assert_int_equal(sim.n_sent, sent);
	sim_assert_up(&sim.host[0], &sim.host[1]);
	end(&sim);
}

/* Killed before the new association was saved: what is saved is older than
 * the kernel's SAs.
 */
static void test_too_early(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_assoc *assoc;

	begin(&sim);
	/* a new exchange, as the peer begins one after it lost its state */
	sim_stop(b, true);
	begin_anew(&sim, 1);
	assert_int_equal(hip_host_connect(&b->h, NULL, &a->hit, &assoc), 0);
	while (assoc->state != HIP_ESTABLISHED)
		assert_true(sim_step(&sim, sim.now + HIP_SEC));
	sim_kill(b);
	begin_anew(&sim, 1);
	assert_int_equal(sim_stat(b, RESUMED), 0);
	assert_int_equal(sim_stat(b, REESTABLISHED), 1);
	sim_run(&sim, HIP_SEC);
	traffic(&sim, 12000);
	sim_assert_up(a, b);
	end(&sim);
}

/* An exchange that ended a while ago is saved without a stop in order. */
static void test_new_keys_saved(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	begin(&sim);
	sim_stop(b, true);
	begin_anew(&sim, 1);
	sim_data(b, a);
	sim_run(&sim, 12 * HIP_SEC);
	sim_data(a, b);
	sim_data(b, a);
	sim_run(&sim, HIP_SEC);
	sim_kill(a);
	sim_kill(b);
	begin_anew(&sim, 0);
	begin_anew(&sim, 1);
	assert_int_equal(sim_stat(a, RESUMED), 1);
	assert_int_equal(sim_stat(b, RESUMED), 1);
	traffic(&sim, 1000);
	end(&sim);
}

static void refused(void (*spoil)(struct sim_host *host))
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0];

	begin(&sim);
	sim_stop(a, false);
	spoil(a);
	begin_anew(&sim, 0);
	assert_int_equal(sim_stat(a, STATE_REFUSED), 1);
	assert_int_equal(sim_stat(a, RESUMED), 0);
	assert_int_equal(sim_stat(a, REESTABLISHED), 1);
	traffic(&sim, 12000);
	sim_assert_up(&sim.host[0], &sim.host[1]);
	/* and what is saved now serves again */
	sim_stop(a, false);
	begin_anew(&sim, 0);
	assert_int_equal(sim_stat(a, RESUMED), 1);
	end(&sim);
}

static void other_boot(struct sim_host *host)
{
	host->boot[3] ^= 1;
}

static void other_secret(struct sim_host *host)
{
	char path[64];

	path_of(host, "key", path);
	assert_int_equal(unlink(path), 0);
}

static void truncated(struct sim_host *host)
{
	char path[64];
	struct stat st;

	path_of(host, "associations", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
}

static void emptied(struct sim_host *host)
{
	char path[64];

	path_of(host, "associations", path);
	assert_int_equal(truncate(path, 0), 0);
}

static void readable(struct sim_host *host)
{
	char path[64];

	path_of(host, "associations", path);
	assert_int_equal(chmod(path, 0644), 0);
}

static void test_refused(void **state)
{
	refused(other_boot);
	refused(other_secret);
	refused(truncated);
	refused(emptied);
	refused(readable);
}

/* The SAs went while the daemon was away: nothing is resumed, the next packet
 * begins an exchange.
 */
static void test_no_sas(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	begin(&sim);
	sim_stop(a, true);
	begin_anew(&sim, 0);
	assert_int_equal(sim_stat(a, RESUMED), 0);
	assert_null(sim_assoc(a, b));
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	end(&sim);
}

/* A folder that takes nothing, as on a full disk: said, counted, tried again;
 * the association does not notice.
 */
static void test_not_writable(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	char path[64];

	begin(&sim);
	/* a folder in place of the file that would take its place */
	path_of(a, "associations.new", path);
	assert_int_equal(mkdir(path, 0700), 0);
	hip_store_changed(&a->h);
	traffic(&sim, 1000);
	assert_int_equal(sim_stat(a, STATE_ERROR), 1);
	assert_int_equal(rmdir(path), 0);
	traffic(&sim, 6000);
	assert_int_equal(sim_stat(a, STATE_ERROR), 1);
	sim_kill(a);
	begin_anew(&sim, 0);
	assert_int_equal(sim_stat(a, RESUMED), 1);
	sim_assert_up(a, b);
	end(&sim);
}

/* Closed associations are not saved; nothing is left of their keys. */
static void test_closed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct stat before, after;
	char path[64];

	begin(&sim);
	path_of(a, "associations", path);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(hip_host_close(&a->h, sim_assoc(a, b)), 0);
	sim_run(&sim, HIP_SEC);
	assert_int_equal(stat(path, &after), 0);
	assert_true(after.st_size < before.st_size);
	assert_int_equal(after.st_size, 60 + 16);
	end(&sim);
}

/* New keys by UPDATE are saved, too, and the next ones come of them. */
static void test_rekeyed(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i;

	begin(&sim);
	for (i = 0; i < 8; i++) {
		struct sim_host *one = &sim.host[i & 1];
		struct sim_host *other = &sim.host[!(i & 1)];

		assert_int_equal(hip_rekey_start(sim_assoc(one, other),
						 i & 2 ? HIP_REKEY_NEW_DH :
						 HIP_REKEY_CONFIGURED), 0);
		traffic(&sim, 1000);
		assert_int_equal(sim_stat(a, REKEYS), 1);
		assert_int_equal(sim_stat(b, REKEYS), 1);
		sim_kill(a);
		sim_kill(b);
		begin_anew(&sim, 0);
		begin_anew(&sim, 1);
		assert_int_equal(sim_stat(a, RESUMED), 1);
		assert_int_equal(sim_stat(b, RESUMED), 1);
		traffic(&sim, 10);
	}
	traffic(&sim, 12000);
	sim_assert_up(a, b);
	end(&sim);
}

/* For so many seconds data may wait for an exchange, but never go into an SA
 * that the other side has not.
 */
static void not_lost(struct sim *sim, unsigned int seconds)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];
	unsigned int i;

	for (i = 0; i < 10 * seconds; i++) {
		assert_int_not_equal(sim_data(a, b), -1);
		assert_int_not_equal(sim_data(b, a), -1);
		sim_run(sim, 100 * HIP_MSEC);
	}
}

/* Killed anywhere in a rekey: whether the association goes on, begins anew or
 * is closed by the peer, which waits for the rest of the rekey in vain, it is
 * not left with keys that the peer has no more.
 */
static void test_killed_in_rekey(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	unsigned int i, resumed = 0;

	begin(&sim);
	for (i = 0; i < 100; i++) {
		struct sim_host *one = &sim.host[i & 1];
		struct sim_host *other = &sim.host[!(i & 1)];
		unsigned int victim = sim_random(&sim, 2);

		assert_int_equal(hip_rekey_start(sim_assoc(one, other),
						 HIP_REKEY_CONFIGURED), 0);
		sim_run(&sim, sim_random(&sim, 40 * HIP_MSEC));
		sim_kill(&sim.host[victim]);
		sim_run(&sim, sim_random(&sim, 20 * HIP_MSEC));
		begin_anew(&sim, victim);
		resumed += sim_stat(&sim.host[victim], RESUMED);
		sim_run(&sim, 2 * HIP_SEC);
		not_lost(&sim, 60);
		assert_int_equal(sim_data(a, b), 1);
		assert_int_equal(sim_data(b, a), 1);
	}
	sim_run(&sim, 30 * HIP_SEC);
	sim_assert_up(a, b);
	print_message("# %u of 100 went on\n", resumed);
	end(&sim);
}

/* Who must not come in any more does not go on either; whom we asked does. */
static void test_denied(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	begin(&sim);
	sim.config.access_default = HIP_ACCESS_DENY;
	sim_stop(a, false);
	begin_anew(&sim, 0);
	assert_int_equal(sim_stat(a, RESUMED), 1);
	assert_int_equal(sim_state(a, b), HIP_ESTABLISHED);
	sim_stop(b, false);
	begin_anew(&sim, 1);
	assert_int_equal(sim_stat(b, ACCESS_CLOSED), 1);
	assert_int_equal(sim_state(b, a), HIP_CLOSING);
	sim_run(&sim, HIP_SEC);
	sim_assert_empty(b);
	assert_int_equal(sim_state(a, b), HIP_CLOSED);
	end(&sim);
}

/* Nobody remembers how far a peer's R1 counter once was (RFC 7401 sections
 * 4.1.4, 6.16): it may be a smaller one after the peer has lost its files.
 */
static void test_counter_back(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	uint64_t n;

	begin(&sim);
	b->r1_counter = 1;
	sim_kill(b);
	begin_anew(&sim, 1);
	sim_kill(a);
	begin_anew(&sim, 0);
	assert_int_equal(sim_stat(a, RESUMED), 1);
	n = sim_stat(a, BEX_COMPLETED);
	hip_bex_begin(sim_assoc(a, b));
	sim_run(&sim, HIP_SEC);
	assert_int_equal(sim_stat(a, BEX_COMPLETED), n + 1);
	sim_assert_up(a, b);
	end(&sim);
}

/* Changes that come together are written once. */
static void test_coalesced(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0];
	uint64_t saved;
	unsigned int i;

	begin(&sim);
	saved = sim_stat(a, STATE_SAVED);
	for (i = 0; i < 1000; i++)
		hip_store_changed(&a->h);
	sim_run(&sim, LONG_AGO);
	assert_int_equal(sim_stat(a, STATE_SAVED), saved + 1);
	end(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_many_times),
		cmocka_unit_test(test_too_early),
		cmocka_unit_test(test_new_keys_saved),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_sas),
		cmocka_unit_test(test_not_writable),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_rekeyed),
		cmocka_unit_test(test_killed_in_rekey),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_counter_back),
		cmocka_unit_test(test_coalesced),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
