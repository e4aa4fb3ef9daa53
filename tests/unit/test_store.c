// SPDX-License-Identifier: GPL-2.0
/*
 * Saved state: octets of associations there and back, whatever was done to
 * them; the sealed file; the R1 counter; files that are not ours.
 */
#define _GNU_SOURCE		/* memmem() */

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#include "counter.h"
#include "file.h"
#include "host.h"
#include "kif_null.h"
#include "saved.h"
#include "store.h"

#define MANY 10000

static char dir[32], file[64], key_file[64], counter_file[64];
static const uint8_t boot[HIP_STORE_BOOT] = "this boot";
static uint64_t now;

static uint64_t env_now(void *ctx)
{
	return now;
}

static uint64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * HIP_SEC + (uint64_t)ts.tv_nsec;
}

static int folder(void **state)
{
	strcpy(dir, "/tmp/hip-store.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/associations", dir);
	snprintf(key_file, sizeof(key_file), "%s/key", dir);
	snprintf(counter_file, sizeof(counter_file), "%s/r1", dir);
	return 0;
}

static int folder_gone(void **state)
{
	unlink(file);
	unlink(key_file);
	unlink(counter_file);
	return rmdir(dir);
}

/* ---- a host with associations that no packet made ---- */

struct world {
	struct hip_host h;
	struct hip_key *peer;		/* all associations are with it */
	uint8_t host_id[HIP_HI_MAX];
	size_t host_id_len;
	struct hip_identity id;		/* its HIT is changed for each */
};

static void make_host_id(struct world *w)
{
	size_t len;
	const uint8_t *hi = hip_key_hi(w->peer, &len);

	hip_put16(w->host_id, HIP_PARAM_HOST_ID);
	hip_put16(w->host_id + 2, (uint16_t)(6 + len));
	hip_put16(w->host_id + 4, (uint16_t)len);
	hip_put16(w->host_id + 8, (uint16_t)hip_key_alg(w->peer));
	memcpy(w->host_id + 10, hi, len);
	w->host_id_len = (10 + len + 7) & ~(size_t)7;
}

static void setup(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->h.env.now = env_now;
	w->h.kif = hip_kif_null_create(&w->h);
	w->peer = hip_key_generate(HIP_HI_ECDSA, 256);
	assert_non_null(w->peer);
	make_host_id(w);
	w->id.hit = addr("2001:21::");
}

static void set_path(struct hip_assoc *assoc, uint32_t n)
{
	assoc->path = &assoc->path_store;
	assoc->path->id = n + 1;
	assoc->path->spi_in = 0x1000 + n;
	assoc->path->spi_out = 0x2000 + n;
	assoc->path->local = addr("192.0.2.1");
	assoc->path->peer = addr("2001:db8::1");
}

static struct hip_assoc *nth(struct world *w, uint32_t n)
{
	struct hip_assoc *assoc;

	hip_put32(w->id.hit.s6_addr + 12, n);
	assoc = hip_assoc_create(&w->h, &w->id, hip_key_hit(w->peer));
	assert_non_null(assoc);
	set_path(assoc, n);
	return assoc;
}

static struct hip_assoc *established(struct world *w, uint32_t n)
{
	struct hip_assoc *assoc = nth(w, n);
	uint8_t octets[HIP_HASH_MAX + 1];
	struct hip_keymat *km = &assoc->keymat;

	hip_crypto_random(octets, sizeof(octets));
	hip_keymat_init(km, HIP_HASH_SHA384, octets, octets + 1,
			&assoc->pair.local, &assoc->pair.peer, octets, 32);
	assert_int_equal(hip_keymat_hip(km, HIP_CIPHER_AES128_CBC,
					&assoc->pair.local, &assoc->own_keys,
					&assoc->peer_keys), 0);
	assoc->path->alg = hip_esp_alg(HIP_ESP_AES128_GCM_16);
	assoc->cipher = HIP_CIPHER_AES128_CBC;
	assoc->dh_group = HIP_DH_P256;
	assoc->keymat_index = 224;
	assoc->initiator = n & 1;
	assoc->update.next_id = 5;
	assoc->update.peer_next = n;
	assoc->update.peer_seen = 7;
	assoc->update.peer_wrapped = n & 1;
	assoc->dh.own = malloc(32);
	assert_non_null(assoc->dh.own);
	memcpy(assoc->dh.own, octets, 32);
	assoc->dh.own_len = 32;
	assoc->peer_key = hip_key_get(w->peer);
	assoc->peer_host_id = malloc(w->host_id_len);
	assert_non_null(assoc->peer_host_id);
	memcpy(assoc->peer_host_id, w->host_id, w->host_id_len);
	assoc->peer_host_id_len = w->host_id_len;
	hip_assoc_enter(assoc, HIP_ESTABLISHED);
	return assoc;
}

static void open_store(struct world *w)
{
	char err[256] = "";

	w->h.store = hip_store_open(&w->h, file, key_file, boot, err,
				    sizeof(err));
	if (!w->h.store)
		fail_msg("%s", err);
}

static void teardown(struct world *w)
{
	hip_host_stop(&w->h);
	hip_key_put(w->peer);
}

/* ---- octets ---- */

static void assert_same(const struct hip_assoc *a, const struct hip_saved *s)
{
	const struct hip_session *t = &s->session;

	assert_memory_equal(&a->pair, &s->pair, sizeof(a->pair));
	assert_int_equal(a->initiator, s->initiator);
	assert_int_equal(a->dh_group, t->dh_group);
	assert_int_equal(a->cipher, t->cipher);
	assert_int_equal(a->keymat_index, t->keymat_index);
	assert_memory_equal(&a->keymat, &t->keymat, sizeof(a->keymat));
	assert_memory_equal(&a->own_keys, &t->own_keys, sizeof(a->own_keys));
	assert_memory_equal(&a->peer_keys, &t->peer_keys,
			    sizeof(a->peer_keys));
	/* not one that the peer may have seen after this was saved */
	assert_true(s->update.next_id > a->update.next_id);
	assert_int_equal(s->update.next_id - s->update.skipped,
			 a->update.next_id);
	assert_int_equal(a->update.peer_next, s->update.peer_next);
	assert_int_equal(a->update.peer_seen, s->update.peer_seen);
	assert_int_equal(a->update.peer_wrapped, s->update.peer_wrapped);
	assert_int_equal(a->dh.own_len, t->dh.own_len);
	assert_memory_equal(a->dh.own, t->dh.own, t->dh.own_len);
	assert_int_equal(t->dh.peer_len, 0);
	assert_int_equal(a->peer_host_id_len, t->peer_host_id_len);
	assert_memory_equal(a->peer_host_id, t->peer_host_id,
			    a->peer_host_id_len);
	assert_memory_equal(hip_key_hit(a->peer_key),
			    hip_key_hit(t->peer_key), 16);
	assert_ptr_equal(a->path->alg, t->path.alg);
	assert_int_equal(a->path->id, t->path.id);
	assert_int_equal(a->path->spi_in, t->path.spi_in);
	assert_int_equal(a->path->spi_out, t->path.spi_out);
	assert_true(hip_addr_eq(&a->path->local, &t->path.local));
	assert_true(hip_addr_eq(&a->path->peer, &t->path.peer));
}

static void test_octets(void **state)
{
	const uint8_t *at, *record;
	struct hip_saved s;
	struct hip_pair pair;
	struct hip_assoc *a;
	struct world w;
	uint8_t buf[2048];
	size_t len, left;

	setup(&w);
	a = established(&w, 1);
	a->peer_anonymous = true;
	left = hip_saved_put(NULL, a);
	assert_true(left < sizeof(buf));
	assert_int_equal(hip_saved_put(buf, a), left);
	at = buf;
	len = hip_saved_next(&at, &left, &pair, &record);
	assert_int_not_equal(len, 0);
	assert_int_equal(left, 0);
	assert_int_equal(hip_saved_get(&s, record, len), 0);
	assert_memory_equal(&pair, &a->pair, sizeof(pair));
	assert_same(a, &s);
	assert_true(s.session.peer_anonymous);
	/* started again without an UPDATE between: not further ahead */
	a->update = s.update;
	hip_session_exit(&s.session);
	hip_saved_put(buf, a);
	assert_int_equal(hip_saved_get(&s, record, len), 0);
	assert_int_equal(s.update.next_id, a->update.next_id);
	hip_session_exit(&s.session);
	assert_int_equal(hip_saved_next(&at, &left, &pair, &record), 0);
	teardown(&w);
}

/* Each shorter record is refused, and of changed ones none does harm: a
 * sanitizer watches, and what is read fits its place.
 */
static void test_octets_hostile(void **state)
{
	uint64_t random = seed();
	uint8_t buf[2048], *copy;
	struct hip_assoc *a;
	struct hip_saved s;
	struct world w;
	unsigned int i;
	size_t len;

	setup(&w);
	a = established(&w, 1);
	len = hip_saved_put(buf, a) - 2;
	for (i = 0; i < len + 4000; i++) {
		size_t n = i < len ? i : len;

		copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, buf + 2, n);
		if (i > len)
			copy[rnd(&random) % n] = (uint8_t)rnd(&random);
		if (!hip_saved_get(&s, copy, n)) {
			assert_true(i >= len);
			assert_true(s.session.keymat.secret_len <=
				    HIP_DH_SECRET_MAX);
			assert_true(s.session.own_keys.enc_len <=
				    HIP_CIPHER_KEY_MAX);
			hip_session_exit(&s.session);
		}
		free(copy);
	}
	/* nor is there more behind it */
	buf[2 + len] = 0;
	assert_int_equal(hip_saved_get(&s, buf + 2, len + 1), -EBADMSG);
	/* somebody else's HI */
	buf[2 + 31] ^= 1;
	assert_int_equal(hip_saved_get(&s, buf + 2, len), -EBADMSG);
	teardown(&w);
}

/* ---- the file ---- */

/* An octet changed anywhere, and the file is refused as a whole. */
static void test_sealed(void **state)
{
	struct hip_assoc *a;
	struct world w;
	uint8_t *octets;
	size_t len, i;

	setup(&w);
	open_store(&w);
	established(&w, 1);
	assert_int_equal(hip_store_save(&w.h), 0);
	octets = hip_file_read(file, 1 << 20, &len);
	assert_non_null(octets);
	hip_store_close(w.h.store);
	for (i = 0; i < len; i++) {
		octets[i] ^= 0x40;
		assert_int_equal(hip_file_replace(file, octets, len, false),
				 0);
		octets[i] ^= 0x40;
		w.h.stats.v[HIP_STAT_STATE_REFUSED] = 0;
		open_store(&w);
		assert_int_equal(w.h.stats.v[HIP_STAT_STATE_REFUSED], 1);
		a = w.h.assocs.by_pair;
		assert_false(hip_store_resume(w.h.store, a));
		hip_store_close(w.h.store);
	}
	free(octets);
	w.h.store = NULL;
	teardown(&w);
}

#define HEADER 60		/* magic, version at 8, boot, salt at 28 */

/* A store opens what we sealed with the right secret. */
static void assert_refused(struct world *w, const uint8_t *secret,
			   uint8_t *octets, size_t len, unsigned int refused)
{
	assert_int_equal(hip_crypto_seal(secret, octets + 28, octets, HEADER,
					 octets + HEADER, len - HEADER), 0);
	assert_int_equal(hip_file_replace(file, octets, len + HIP_SEAL_TAG,
					  false), 0);
	assert_int_equal(hip_crypto_unseal(secret, octets + 28, octets, HEADER,
					   octets + HEADER, len - HEADER), 0);
	w->h.stats.v[HIP_STAT_STATE_REFUSED] = 0;
	open_store(w);
	assert_int_equal(w->h.stats.v[HIP_STAT_STATE_REFUSED], refused);
	hip_store_close(w->h.store);
	w->h.store = NULL;
}

/* Genuine, but of another version of hipd; or with two records of one pair. */
static void test_genuine(void **state)
{
	uint8_t *octets, *secret, *twice;
	struct world w;
	size_t len, n;

	setup(&w);
	open_store(&w);
	established(&w, 1);
	assert_int_equal(hip_store_save(&w.h), 0);
	hip_store_close(w.h.store);
	secret = hip_file_read(key_file, HIP_SEAL_SECRET, &n);
	octets = hip_file_read(file, 1 << 20, &len);
	assert_non_null(secret);
	assert_non_null(octets);
	len -= HIP_SEAL_TAG;
	assert_int_equal(hip_crypto_unseal(secret, octets + 28, octets, HEADER,
					   octets + HEADER, len - HEADER), 0);
	assert_refused(&w, secret, octets, len, 0);
	octets[8 + 3]++;
	assert_refused(&w, secret, octets, len, 1);
	octets[8 + 3]--;
	n = len - HEADER;
	twice = malloc(len + n + HIP_SEAL_TAG);
	assert_non_null(twice);
	memcpy(twice, octets, len);
	memcpy(twice + len, octets + HEADER, n);
	assert_refused(&w, secret, twice, len + n, 1);
	free(twice);
	free(octets);
	free(secret);
	teardown(&w);
}

/* What is not up is not saved, and what was saved serves the SAs that it was
 * saved with, not others of the same pair.
 */
static void test_belongs(void **state)
{
	struct hip_path other, *path;
	struct hip_assoc *a;
	struct world w;
	unsigned int i;

	setup(&w);
	open_store(&w);
	established(&w, 1);
	established(&w, 2)->state = HIP_R2_SENT;
	assert_int_equal(hip_store_save(&w.h), 0);
	hip_host_stop(&w.h);
	w.h.kif = hip_kif_null_create(&w.h);
	open_store(&w);
	assert_false(hip_store_resume(w.h.store, nth(&w, 2)));
	a = nth(&w, 1);
	path = a->path;
	for (i = 0; i < 6; i++) {
		other = *path;
		path->id += i == 0;
		path->if_id += i == 1;
		path->spi_in += i == 2;
		path->spi_out += i == 3;
		path->local.s6_addr[15] += i == 4;
		path->peer.s6_addr[15] += i == 5;
		assert_false(hip_store_resume(w.h.store, a));
		*path = other;
	}
	assert_true(hip_store_resume(w.h.store, a));
	teardown(&w);
}

/* The same associations written twice: no octet behind the header is where it
 * was, and no key of theirs is to be seen.
 */
static void test_secret(void **state)
{
	uint8_t *one, *two;
	struct hip_assoc *a;
	size_t len, i, same = 0;
	struct world w;

	setup(&w);
	open_store(&w);
	a = established(&w, 1);
	assert_int_equal(hip_store_save(&w.h), 0);
	one = hip_file_read(file, 1 << 20, &len);
	hip_store_changed(&w.h);
	assert_int_equal(hip_store_save(&w.h), 0);
	two = hip_file_read(file, 1 << 20, &len);
	assert_non_null(one);
	assert_non_null(two);
	for (i = 60; i < len; i++)
		same += one[i] == two[i];
	assert_true(same < len / 16);
	assert_null(memmem(one, len, a->keymat.secret, 16));
	assert_null(memmem(one, len, a->own_keys.mac, 16));
	free(one);
	free(two);
	teardown(&w);
}

static void test_foreign_secret(void **state)
{
	char err[256];
	struct world w;

	setup(&w);
	assert_int_equal(hip_file_replace(key_file, "short", 5, false), 0);
	assert_null(hip_store_open(&w.h, file, key_file, boot, err,
				   sizeof(err)));
	assert_non_null(strstr(err, "not a secret of 32 octets"));
	assert_int_equal(unlink(key_file), 0);
	assert_int_equal(symlink("/dev/zero", key_file), 0);
	assert_null(hip_store_open(&w.h, file, key_file, boot, err,
				   sizeof(err)));
	assert_int_equal(unlink(key_file), 0);
	open_store(&w);
	teardown(&w);
}

static void test_many(void **state)
{
	uint64_t start, saved, loaded;
	struct hip_assoc *a;
	struct world w;
	struct stat st;
	uint32_t i;

	setup(&w);
	open_store(&w);
	for (i = 0; i < MANY; i++)
		established(&w, i);
	start = wall_ns();
	assert_int_equal(hip_store_save(&w.h), 0);
	saved = wall_ns() - start;
	hip_host_stop(&w.h);
	assert_int_equal(stat(file, &st), 0);

	w.h.kif = hip_kif_null_create(&w.h);
	start = wall_ns();
	open_store(&w);
	for (i = 0; i < MANY; i++) {
		a = nth(&w, i);
		assert_true(hip_store_resume(w.h.store, a));
		assert_int_equal(a->state, HIP_ESTABLISHED);
	}
	hip_store_resumed(w.h.store);
	loaded = wall_ns() - start;
	print_message("# %d associations: saved in %llu ms, resumed in %llu ms, %lld octets each\n",
		      MANY, (unsigned long long)(saved / HIP_MSEC),
		      (unsigned long long)(loaded / HIP_MSEC),
		      (long long)st.st_size / MANY);
	/* a tenth of this on an idle machine, without sanitizers */
	assert_true(loaded < 20 * HIP_SEC);
	teardown(&w);
}

/* ---- the R1 counter ---- */

static uint64_t first_counter(uint64_t wall)
{
	struct hip_host h = { 0 };

	snprintf(h.config.r1_counter, sizeof(h.config.r1_counter), "%s",
		 counter_file);
	hip_counter_open(&h, wall);
	/* some R1s, then killed */
	hip_counter_reserve(&h, h.r1_counter + 1000);
	return h.r1_counter;
}

static void write_counter(const char *text)
{
	assert_int_equal(hip_file_replace(counter_file, text, strlen(text),
					  true), 0);
}

static void test_counter(void **state)
{
	uint64_t a, b, i;
	struct hip_host h = { 0 };

	a = first_counter(5000000);
	assert_int_equal(a, 5000000);
	/* the clock went back: never below what may have been used */
	b = first_counter(4000000);
	assert_true(b > a + 1000);
	assert_int_equal(first_counter(9000000), 9000000);
	/* more R1s than were reserved at once */
	strcpy(h.config.r1_counter, counter_file);
	hip_counter_open(&h, 0);
	for (i = 0; i < 200000; i++)
		hip_counter_reserve(&h, h.r1_counter + i);
	assert_true(first_counter(0) >= h.r1_counter + i);
}

static void test_counter_hostile(void **state)
{
	static const char *const bad[] = {
		"", "\n", "x", "-5", "12x", "18446744073709551615",
		"99999999999999999999", "123456789012345678901",
	};
	struct hip_host h = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		write_counter(bad[i]);
		assert_int_equal(first_counter(7000000), 7000000);
	}
	/* nowhere to write: said and counted, the clock serves */
	snprintf(h.config.r1_counter, sizeof(h.config.r1_counter),
		 "%s/none/r1", dir);
	hip_counter_open(&h, 42);
	assert_int_equal(h.r1_counter, 42);
	assert_int_equal(h.stats.v[HIP_STAT_STATE_ERROR], 1);
	/* and soon tried again */
	hip_counter_reserve(&h, 42 + 63);
	assert_int_equal(h.stats.v[HIP_STAT_STATE_ERROR], 1);
	hip_counter_reserve(&h, 42 + 64);
	assert_int_equal(h.stats.v[HIP_STAT_STATE_ERROR], 2);
}

/* ---- files ---- */

static void test_files(void **state)
{
	struct stat st;
	size_t len;
	uint8_t *p;

	assert_int_equal(hip_file_replace(file, "one", 3, false), 0);
	assert_int_equal(hip_file_replace(file, "other", 5, true), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	p = hip_file_read(file, 5, &len);
	assert_non_null(p);
	assert_int_equal(len, 5);
	assert_memory_equal(p, "other", 5);
	free(p);
	assert_null(hip_file_read(file, 4, &len));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(chmod(file, 0640), 0);
	assert_null(hip_file_read(file, 5, &len));
	assert_int_equal(errno, EPERM);
	assert_int_equal(rename(file, key_file), 0);
	assert_int_equal(chmod(key_file, 0600), 0);
	assert_int_equal(symlink(key_file, file), 0);
	assert_null(hip_file_read(file, 5, &len));
	assert_int_equal(errno, ELOOP);
	assert_int_equal(unlink(file), 0);
	assert_null(hip_file_read(file, 5, &len));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_null(hip_file_read(file, 5, &len));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(hip_file_replace("/none/at/all", "x", 1, true),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_octets, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_octets_hostile, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_sealed, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_genuine, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_belongs, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_secret, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_foreign_secret, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_many, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_counter, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_counter_hostile, folder,
						folder_gone),
		cmocka_unit_test_setup_teardown(test_files, folder,
						folder_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
