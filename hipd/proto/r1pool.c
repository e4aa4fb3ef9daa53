// SPDX-License-Identifier: GPL-2.0
/*
 * Which R1 is given out, and for how long (RFC 7401 sections 4.1.4, 5.3.2 and
 * 6.7.1).
 *
 * A Responder's key should serve one association: as soon as a valid I2 used
 * it, the reserve takes its place, and the timer makes a new reserve away from
 * the exchange. While there is no reserve, the used key goes on being offered,
 * as section 5.3.2 allows under load: I2s beyond one each RENEW and group
 * share a key, never a puzzle. An R1 is given out for r1-lifetime at most
 * (Delta T) and its answers are accepted twice the puzzle's lifetime longer,
 * at least 30 s (Delta S).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "job.h"
#include "load.h"
#include "r1pool.h"

#define RENEW (200 * HIP_MSEC)	/* between two new keys of one group */
#define PAUSE (10 * HIP_MSEC)	/* the exchange comes first */
#define ACCEPT_MIN (30 * HIP_SEC)

struct offer {
	unsigned int group;
	struct hip_r1 *current, *reserve;
	uint64_t renewed;		/* ns, when the reserve was made */
	bool making;			/* a reserve, by a job */
};

struct issuer {
	UT_hash_handle hh;		/* by hit */
	struct in6_addr hit;
	struct hip_identity *identity;
	uint64_t counter;		/* of the next R1 */
	unsigned int series;		/* offers of another are history */
	struct hip_r1 *by_counter;
	size_t n_offers;
	struct offer offer[HIP_CONFIG_LIST];
};

struct hip_r1pool {
	struct hip_host *host;
	struct hip_timer timer;
	struct issuer *by_hit;
	unsigned int next_series;
};

/* A reserve in the making. The compute step sees nothing else. */
struct making {
	struct hip_job job;
	unsigned int series, group, k;
	uint64_t counter;
	struct hip_config config;
	struct hip_identity identity;	/* a copy, with a reference */
	struct hip_r1 *r1;
};

static uint64_t accept_time(const struct hip_r1pool *pool)
{
	uint64_t t = 2 * HIP_SEC * pool->host->config.puzzle_lifetime;

	return t < ACCEPT_MIN ? ACCEPT_MIN : t;
}

static struct issuer *issuer_of(const struct hip_r1pool *pool,
				const struct in6_addr *hit)
{
	struct issuer *is;

	HASH_FIND(hh, pool->by_hit, hit, sizeof(*hit), is);
	return is;
}

static struct hip_r1 *sign_one(struct hip_r1pool *pool, struct issuer *is,
			       unsigned int group)
{
	struct hip_r1 *r1;

	hip_counter_reserve(pool->host, is->counter);
	r1 = hip_r1_create(&pool->host->config, is->identity, group,
			   is->counter, hip_load_k(pool->host));
	if (!r1)
		return NULL;
	HASH_ADD(hh, is->by_counter, counter, sizeof(r1->counter), r1);
	if (!hip_hash_added(hh, r1)) {
		hip_r1_destroy(r1);
		return NULL;
	}
	is->counter++;
	return r1;
}

static void make_compute(struct hip_job *job)
{
	struct making *m = (struct making *)job;

	m->r1 = hip_r1_create(&m->config, &m->identity, m->group, m->counter,
			      m->k);
}

static void give_out(struct hip_r1pool *pool, struct offer *o,
		     struct hip_r1 *r1)
{
	uint64_t now = hip_host_now(pool->host);

	if (o->current)
		o->current->until = now + accept_time(pool);
	o->current = r1;
	pool->host->epoch++;
	r1->until = now + HIP_SEC * pool->host->config.r1_lifetime;
}

static void arm(struct hip_r1pool *pool, uint64_t when)
{
	if (!hip_timer_armed(&pool->timer) || pool->timer.when > when)
		hip_timer_set(&pool->host->timers, &pool->timer, when);
}

static struct offer *offer_of(struct issuer *is, unsigned int group)
{
	size_t i;

	for (i = 0; i < is->n_offers; i++)
		if (is->offer[i].group == group)
			return &is->offer[i];
	return NULL;
}

static void take_reserve(struct issuer *is, struct offer *o,
			 struct making *m)
{
	if (!m->r1)
		return;
	HASH_ADD(hh, is->by_counter, counter, sizeof(m->counter), m->r1);
	if (!hip_hash_added(hh, m->r1))
		return;
	o->reserve = m->r1;
	m->r1 = NULL;
}

static void make_commit(struct hip_job *job)
{
	struct hip_r1pool *pool = job->host->r1pool;
	struct making *m = (struct making *)job;
	struct issuer *is = issuer_of(pool, &m->identity.hit);
	struct offer *o = NULL;

	if (is && is->series == m->series)
		o = offer_of(is, m->group);
	if (o && !job->abandoned) {
		o->making = false;
		take_reserve(is, o, m);
		arm(pool, o->reserve ? hip_host_now(pool->host) + PAUSE :
				       o->renewed + RENEW);
	}
	hip_r1_destroy(m->r1);
	hip_key_put(m->identity.key);
	free(m);
}

static void make(struct hip_r1pool *pool, struct issuer *is, struct offer *o)
{
	struct making *m;

	o->renewed = hip_host_now(pool->host);
	m = calloc(1, sizeof(*m));
	if (!m)
		return;		/* later again */
	m->job = (struct hip_job){ .host = pool->host,
				   .compute = make_compute,
				   .commit = make_commit,
				   .class = HIP_JOB_SPARE };
	m->series = is->series;
	m->group = o->group;
	m->k = hip_load_k(pool->host);
	hip_counter_reserve(pool->host, is->counter);
	m->counter = is->counter++;
	m->config = pool->host->config;
	m->identity = *is->identity;
	hip_key_get(m->identity.key);
	o->making = true;
	hip_job_run(&m->job);
}

/* When this offer wants work: a reserve, or a successor for age or because
 * the puzzles changed.
 */
static uint64_t due(const struct hip_r1pool *pool, const struct offer *o)
{
	unsigned int k = hip_load_k(pool->host);

	if (o->making)
		return HIP_NEVER;
	if (o->current->k != k && (!o->reserve || o->reserve->k != k))
		return 0;
	if (!o->reserve)
		return o->renewed + RENEW;
	return o->current->used || o->current->k != k ? 0 : o->current->until;
}

static void forget_reserve(struct issuer *is, struct offer *o)
{
	if (!o->reserve)
		return;
	HASH_DEL(is->by_counter, o->reserve);
	hip_r1_destroy(o->reserve);
	o->reserve = NULL;
}

/* Returns whether it signed, so that a tick does one costly thing. */
static bool renew(struct hip_r1pool *pool, struct issuer *is, struct offer *o)
{
	if (o->reserve && o->reserve->k == hip_load_k(pool->host)) {
		give_out(pool, o, o->reserve);
		o->reserve = NULL;
		return false;
	}
	forget_reserve(is, o);
	make(pool, is, o);
	return true;
}

static bool in_use(const struct issuer *is, const struct hip_r1 *r1)
{
	size_t i;

	for (i = 0; i < is->n_offers; i++)
		if (r1 == is->offer[i].current || r1 == is->offer[i].reserve)
			return true;
	return false;
}

static void drop_expired(struct issuer *is, uint64_t now)
{
	struct hip_r1 *r1, *tmp;

	HASH_ITER(hh, is->by_counter, r1, tmp) {
		if (r1->until > now || in_use(is, r1))
			continue;
		HASH_DEL(is->by_counter, r1);
		hip_r1_destroy(r1);
	}
}

static void tick(struct hip_timer *t)
{
	struct hip_r1pool *pool =
		(void *)((char *)t - offsetof(struct hip_r1pool, timer));
	uint64_t now = hip_host_now(pool->host);
	struct issuer *is, *tmp;
	uint64_t next = HIP_NEVER;
	bool busy = false;
	uint64_t when;
	size_t i;

	HASH_ITER(hh, pool->by_hit, is, tmp) {
		for (i = 0; i < is->n_offers; i++) {
			when = due(pool, &is->offer[i]);
			if (when <= now && !busy) {
				busy = renew(pool, is, &is->offer[i]);
				when = due(pool, &is->offer[i]);
			}
			if (when < next)
				next = when;
		}
		drop_expired(is, now);
	}
	if (next != HIP_NEVER)
		arm(pool, next < now + PAUSE ? now + PAUSE : next);
}

struct hip_r1pool *hip_r1pool_create(struct hip_host *host)
{
	struct hip_r1pool *pool;

	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->host = host;
	hip_timer_init(&pool->timer, tick);
	return pool;
}

static int fill(struct hip_r1pool *pool, struct issuer *is)
{
	const struct hip_list *groups = &pool->host->config.dh_groups;
	struct hip_r1 *r1;
	size_t i;

	is->series = ++pool->next_series;
	for (i = 0; i < groups->n; i++) {
		is->offer[i].group = groups->v[i];
		r1 = sign_one(pool, is, groups->v[i]);
		if (!r1)
			return -ENOMEM;
		is->n_offers++;
		give_out(pool, &is->offer[i], r1);
	}
	arm(pool, hip_host_now(pool->host) + PAUSE);
	return 0;
}

int hip_r1pool_add(struct hip_r1pool *pool, struct hip_identity *id)
{
	struct issuer *is;
	int err;

	is = calloc(1, sizeof(*is));
	if (!is)
		return -ENOMEM;
	is->hit = id->hit;
	is->identity = id;
	is->counter = pool->host->r1_counter;
	HASH_ADD(hh, pool->by_hit, hit, sizeof(is->hit), is);
	if (!hip_hash_added(hh, is)) {
		free(is);
		return -ENOMEM;
	}
	err = fill(pool, is);
	if (err)
		hip_r1pool_del(pool, &id->hit);
	return err;
}

int hip_r1pool_renew(struct hip_r1pool *pool, struct hip_identity *id)
{
	struct issuer *is = issuer_of(pool, &id->hit);
	struct offer *o;

	if (!is)
		return hip_r1pool_add(pool, id);
	while (is->n_offers) {
		o = &is->offer[--is->n_offers];
		o->current->until = hip_host_now(pool->host) +
				    accept_time(pool);
		forget_reserve(is, o);
		memset(o, 0, sizeof(*o));
	}
	return fill(pool, is);
}

void hip_r1pool_check(struct hip_r1pool *pool)
{
	arm(pool, hip_host_now(pool->host));
}

void hip_r1pool_del(struct hip_r1pool *pool, const struct in6_addr *hit)
{
	struct issuer *is = issuer_of(pool, hit);
	struct hip_r1 *r1, *tmp;

	if (!is)
		return;
	/* a later R1 of this identity must not have a smaller counter */
	if (is->counter > pool->host->r1_counter)
		pool->host->r1_counter = is->counter;
	HASH_ITER(hh, is->by_counter, r1, tmp) {
		HASH_DEL(is->by_counter, r1);
		hip_r1_destroy(r1);
	}
	HASH_DEL(pool->by_hit, is);
	free(is);
}

void hip_r1pool_destroy(struct hip_r1pool *pool)
{
	struct issuer *is, *tmp;

	if (!pool)
		return;
	hip_timer_stop(&pool->host->timers, &pool->timer);
	HASH_ITER(hh, pool->by_hit, is, tmp)
		hip_r1pool_del(pool, &is->hit);
	free(pool);
}

struct hip_r1 *hip_r1pool_offer(struct hip_r1pool *pool,
				const struct in6_addr *hit_r,
				const uint8_t *list, size_t n)
{
	struct issuer *is = issuer_of(pool, hit_r);
	size_t i;

	if (!is || !is->n_offers)
		return NULL;
	for (i = 0; i < is->n_offers; i++)
		if (memchr(list, (int)is->offer[i].group, n))
			return is->offer[i].current;
	return is->offer[0].current;
}

struct hip_r1 *hip_r1pool_find(struct hip_r1pool *pool,
			       const struct in6_addr *hit_r, uint64_t counter)
{
	struct issuer *is = issuer_of(pool, hit_r);
	struct hip_r1 *r1;

	if (!is)
		return NULL;
	HASH_FIND(hh, is->by_counter, &counter, sizeof(counter), r1);
	/* until is 0 for a reserve, which nobody has seen yet */
	if (!r1 || !r1->until)
		return NULL;
	return r1->until > hip_host_now(pool->host) || in_use(is, r1) ? r1 :
									NULL;
}

static void replace_used(struct hip_r1pool *pool, struct offer *o)
{
	uint64_t soon = hip_host_now(pool->host) + PAUSE;

	if (o->current->used && o->reserve) {
		give_out(pool, o, o->reserve);
		o->reserve = NULL;
	}
	if (due(pool, o) != HIP_NEVER)
		arm(pool, due(pool, o) > soon ? due(pool, o) : soon);
}

void hip_r1pool_accept(struct hip_r1pool *pool, const struct in6_addr *hit_r,
		       uint64_t counter, const struct in6_addr *hit_i,
		       const uint8_t *j)
{
	struct hip_r1 *r1 = hip_r1pool_find(pool, hit_r, counter);
	struct issuer *is = issuer_of(pool, hit_r);
	size_t i;

	if (!r1)
		return;
	hip_r1_spend(r1, hit_i, j);
	for (i = 0; i < is->n_offers; i++)
		if (r1 == is->offer[i].current)
			replace_used(pool, &is->offer[i]);
}
