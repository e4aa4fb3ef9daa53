// SPDX-License-Identifier: GPL-2.0
/*
 * Saved state: the sealed file, when it is written and what is taken from it.
 * What an association is made of is saved.c's business, how a file is replaced
 * file.c's.
 *
 * The file: magic, version, boot, salt (authenticated), then the records
 * (encrypted), then the tag. The loop's thread owns all of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "host.h"
#include "log.h"
#include "saved.h"
#include "store.h"

#define PAUSE (100 * HIP_MSEC)	/* between two writes, at least */
#define SHARE 64		/* of the time that writing may take */
#define RETRY (5 * HIP_SEC)

static const uint8_t magic[8] = "HIPSTATE";

struct header {
	uint8_t magic[sizeof(magic)];
	uint8_t version[4];
	uint8_t boot[HIP_STORE_BOOT];
	uint8_t salt[HIP_SEAL_SALT];
};

_Static_assert(sizeof(struct header) == 60, "octets only, no padding");

/* A record of the file that was read; points into hip_store.plain. */
struct record {
	UT_hash_handle hh;
	struct hip_pair pair;
	const uint8_t *data;
	size_t len;
};

struct hip_store {
	struct hip_host *host;
	char file[HIP_CONFIG_PATH];
	uint8_t secret[HIP_SEAL_SECRET];
	uint8_t boot[HIP_STORE_BOOT];
	struct hip_timer timer;
	bool dirty;
	uint64_t next;			/* ns, no write before */
	uint8_t *plain;			/* what was read, until resumed */
	size_t plain_len;
	struct record *records, *by_pair;
};

/* ---- writing ---- */

static bool worth_saving(const struct hip_assoc *assoc)
{
	return assoc->state == HIP_ESTABLISHED && assoc->path &&
	       hip_assoc_has_keys(assoc);
}

static size_t size_of_all(const struct hip_host *host)
{
	const struct hip_assoc *assoc;
	size_t n = sizeof(struct header) + HIP_SEAL_TAG;

	for (assoc = host->assocs.by_pair; assoc; assoc = assoc->hh.next)
		if (worth_saving(assoc))
			n += hip_saved_put(NULL, assoc);
	return n;
}

static int seal(const struct hip_store *st, uint8_t *buf, size_t len)
{
	struct header *h = (struct header *)buf;
	uint8_t *at = buf + sizeof(*h);
	const struct hip_assoc *assoc;

	memcpy(h->magic, magic, sizeof(magic));
	hip_put32(h->version, HIP_SAVED_VERSION);
	memcpy(h->boot, st->boot, sizeof(h->boot));
	hip_crypto_random(h->salt, sizeof(h->salt));
	for (assoc = st->host->assocs.by_pair; assoc; assoc = assoc->hh.next)
		if (worth_saving(assoc))
			at += hip_saved_put(at, assoc);
	return hip_crypto_seal(st->secret, h->salt, h, sizeof(*h),
			       buf + sizeof(*h),
			       len - sizeof(*h) - HIP_SEAL_TAG);
}

static int write_all(const struct hip_store *st)
{
	size_t len = size_of_all(st->host);
	uint8_t *buf = malloc(len);
	int ret;

	if (!buf)
		return -ENOMEM;
	ret = seal(st, buf, len);
	if (!ret)
		ret = hip_file_replace(st->file, buf, len, false);
	hip_crypto_wipe(buf, len);
	free(buf);
	return ret;
}

int hip_store_save(struct hip_host *host)
{
	struct hip_store *st = host->store;
	uint64_t start, end, pause;
	int ret;

	if (!st || !st->dirty)
		return 0;
	start = hip_host_now(host);
	ret = write_all(st);
	end = hip_host_now(host);
	pause = (end - start) * SHARE;
	st->next = end + (pause > PAUSE ? pause : PAUSE);
	hip_timer_stop(&host->timers, &st->timer);
	if (!ret) {
		st->dirty = false;
		host->stats.v[HIP_STAT_STATE_SAVED]++;
		return 0;
	}
	host->stats.v[HIP_STAT_STATE_ERROR]++;
	hip_log_limited(MAIN, ERR,
			"%s: associations are not saved, a restart would need new exchanges: %s",
			st->file, strerror(-ret));
	hip_timer_set(&host->timers, &st->timer, hip_host_now(host) + RETRY);
	return ret;
}

static void on_timer(struct hip_timer *t)
{
	struct hip_store *st =
		(void *)((char *)t - offsetof(struct hip_store, timer));

	hip_store_save(st->host);
}

void hip_store_changed(struct hip_host *host)
{
	struct hip_store *st = host->store;
	uint64_t now = hip_host_now(host);

	if (!st || st->dirty)
		return;
	st->dirty = true;
	hip_timer_set(&host->timers, &st->timer,
		      st->next > now ? st->next : now);
}

/* ---- reading ---- */

static void forget(struct hip_store *st)
{
	HASH_CLEAR(hh, st->by_pair);
	free(st->records);
	st->records = NULL;
	if (st->plain)
		hip_crypto_wipe(st->plain, st->plain_len);
	free(st->plain);
	st->plain = NULL;
	st->plain_len = 0;
}

static size_t count(const uint8_t *at, size_t left)
{
	struct hip_pair pair;
	const uint8_t *data;
	size_t n = 0;

	while (hip_saved_next(&at, &left, &pair, &data))
		n++;
	return left ? 0 : n;
}

/* One record of each pair; NULL: all went well, else what is wrong. */
static const char *index_records(struct hip_store *st)
{
	const uint8_t *at = st->plain + sizeof(struct header);
	size_t left = st->plain_len - sizeof(struct header) - HIP_SEAL_TAG;
	size_t n = count(at, left);
	struct record *r, *twin;

	if (!left)
		return NULL;
	if (!n)
		return "its records make no sense";
	st->records = calloc(n, sizeof(*st->records));
	if (!st->records)
		return "no memory";
	for (r = st->records; n--; r++) {
		r->len = hip_saved_next(&at, &left, &r->pair, &r->data);
		HASH_FIND(hh, st->by_pair, &r->pair, sizeof(r->pair), twin);
		if (twin)
			return "two records of one pair";
		HASH_ADD(hh, st->by_pair, pair, sizeof(r->pair), r);
		if (!hip_hash_added(hh, r))
			return "no memory";
	}
	return NULL;
}

/* NULL: opened, else what is wrong. */
static const char *unseal(struct hip_store *st)
{
	struct header *h = (struct header *)st->plain;
	size_t rest = sizeof(*h) + HIP_SEAL_TAG;

	if (st->plain_len < rest || memcmp(h->magic, magic, sizeof(magic)))
		return "it is no saved state";
	if (hip_get32(h->version) != HIP_SAVED_VERSION)
		return "another version of hipd wrote it";
	if (memcmp(h->boot, st->boot, sizeof(h->boot)))
		return "it is from another boot, whose SAs are gone";
	if (hip_crypto_unseal(st->secret, h->salt, h, sizeof(*h),
			      st->plain + sizeof(*h), st->plain_len - rest))
		return "it is damaged, or another host's";
	return index_records(st);
}

static void load(struct hip_store *st)
{
	const char *wrong;

	st->plain = hip_file_read(st->file, HIP_SEAL_MAX, &st->plain_len);
	if (!st->plain && errno == ENOENT)
		return;
	if (!st->plain && errno == EPERM)
		wrong = "others may read or write it, or it is another user's";
	else
		wrong = st->plain ? unseal(st) : strerror(errno);
	if (!wrong)
		return;
	st->host->stats.v[HIP_STAT_STATE_REFUSED]++;
	hip_warn(MAIN, "%s: not used, SAs of the earlier run get new keys: %s",
		 st->file, wrong);
	forget(st);
}

bool hip_store_resume(struct hip_store *st, struct hip_assoc *assoc)
{
	const struct hip_path *path = assoc->path;
	struct hip_saved s;
	struct record *r;

	HASH_FIND(hh, st->by_pair, &assoc->pair, sizeof(assoc->pair), r);
	if (!r || hip_saved_get(&s, r->data, r->len))
		return false;
	if (s.session.path.id != path->id ||
	    s.session.path.if_id != path->if_id ||
	    s.session.path.spi_in != path->spi_in ||
	    s.session.path.spi_out != path->spi_out ||
	    !hip_addr_eq(&s.session.path.local, &path->local) ||
	    !hip_addr_eq(&s.session.path.peer, &path->peer)) {
		hip_session_exit(&s.session);
		return false;
	}
	assoc->initiator = s.initiator;
	hip_assoc_resume(assoc, &s.session);
	assoc->update = s.update;
	return true;
}

void hip_store_resumed(struct hip_store *st)
{
	forget(st);
	/* what was not resumed is not saved again */
	hip_store_changed(st->host);
}

/* ---- opening ---- */

static int read_secret(struct hip_store *st, const char *path)
{
	size_t len = 0;
	uint8_t *octets = hip_file_read(path, sizeof(st->secret), &len);
	int ret = octets ? 0 : -errno;

	if (octets) {
		if (len == sizeof(st->secret))
			memcpy(st->secret, octets, len);
		else
			ret = -EINVAL;
		hip_crypto_wipe(octets, len);
		free(octets);
	}
	if (ret != -ENOENT)
		return ret;
	hip_crypto_random(st->secret, sizeof(st->secret));
	return hip_file_replace(path, st->secret, sizeof(st->secret), true);
}

struct hip_store *hip_store_open(struct hip_host *host, const char *file,
				 const char *key_file, const uint8_t *boot,
				 char *err, size_t err_len)
{
	struct hip_store *st = calloc(1, sizeof(*st));
	int ret = st ? 0 : -ENOMEM;

	if (st)
		ret = read_secret(st, key_file);
	if (ret) {
		snprintf(err, err_len, "%s: %s", key_file, ret == -EINVAL ?
			 "not a secret of 32 octets: remove it" :
			 strerror(-ret));
		hip_store_close(st);
		return NULL;
	}
	st->host = host;
	snprintf(st->file, sizeof(st->file), "%s", file);
	memcpy(st->boot, boot, sizeof(st->boot));
	hip_timer_init(&st->timer, on_timer);
	load(st);
	return st;
}

void hip_store_close(struct hip_store *st)
{
	if (!st)
		return;
	if (st->host)
		hip_timer_stop(&st->host->timers, &st->timer);
	forget(st);
	hip_crypto_wipe(st, sizeof(*st));
	free(st);
}
