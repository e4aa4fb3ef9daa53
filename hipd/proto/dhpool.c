// SPDX-License-Identifier: GPL-2.0
/*
 * A few keys for each configured group; a timer has one at a time made, away
 * from the exchange that took the last.
 */
#include <stdlib.h>

#include "dhpool.h"
#include "job.h"

#define DEPTH 4
#define REFILL (10 * HIP_MSEC)

struct stack {
	unsigned int group;
	size_t n;
	struct hip_dh *dh[DEPTH];
};

struct hip_dhpool {
	struct hip_host *host;
	struct hip_timer timer;
	bool making;			/* a key, by a job */
	size_t n_stacks;
	struct stack stack[HIP_CONFIG_LIST];
};

struct making {
	struct hip_job job;
	unsigned int group;
	struct hip_dh *dh;
};

static struct stack *lowest(struct hip_dhpool *pool)
{
	struct stack *low = NULL;
	size_t i;

	for (i = 0; i < pool->n_stacks; i++)
		if (pool->stack[i].n < DEPTH &&
		    (!low || pool->stack[i].n < low->n))
			low = &pool->stack[i];
	return low;
}

static struct stack *stack_of(struct hip_dhpool *pool, unsigned int group)
{
	size_t i;

	for (i = 0; i < pool->n_stacks; i++)
		if (pool->stack[i].group == group)
			return &pool->stack[i];
	return NULL;
}

static void arm(struct hip_dhpool *pool)
{
	if (!pool->making && lowest(pool) && !hip_timer_armed(&pool->timer))
		hip_timer_set(&pool->host->timers, &pool->timer,
			      hip_host_now(pool->host) + REFILL);
}

static void compute(struct hip_job *job)
{
	struct making *m = (struct making *)job;

	m->dh = hip_dh_create(m->group);
}

/* The pool may be another than the one that asked: a key is a key. */
static void commit(struct hip_job *job)
{
	struct making *m = (struct making *)job;
	struct hip_dhpool *pool = job->host->dhpool;
	struct stack *s = pool ? stack_of(pool, m->group) : NULL;

	if (pool)
		pool->making = false;
	if (m->dh && s && s->n < DEPTH) {
		s->dh[s->n++] = m->dh;
		m->dh = NULL;
		arm(pool);
	}
	hip_dh_put(m->dh);
	free(m);
}

static void refill(struct hip_timer *t)
{
	struct hip_dhpool *pool =
		(void *)((char *)t - offsetof(struct hip_dhpool, timer));
	struct stack *low = lowest(pool);
	struct making *m;

	if (!low)
		return;
	m = calloc(1, sizeof(*m));
	if (!m)
		return;		/* who takes the next asks again */
	m->job = (struct hip_job){ .host = pool->host, .compute = compute,
				   .commit = commit,
				   .class = HIP_JOB_SPARE };
	m->group = low->group;
	pool->making = true;
	hip_job_run(&m->job);
}

struct hip_dhpool *hip_dhpool_create(struct hip_host *host)
{
	const struct hip_list *groups = &host->config.dh_groups;
	struct hip_dhpool *pool;
	size_t i;

	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->host = host;
	hip_timer_init(&pool->timer, refill);
	for (i = 0; i < groups->n; i++)
		pool->stack[pool->n_stacks++].group = groups->v[i];
	arm(pool);
	return pool;
}

void hip_dhpool_destroy(struct hip_dhpool *pool)
{
	size_t i;

	if (!pool)
		return;
	hip_timer_stop(&pool->host->timers, &pool->timer);
	for (i = 0; i < pool->n_stacks; i++)
		while (pool->stack[i].n)
			hip_dh_put(pool->stack[i].dh[--pool->stack[i].n]);
	free(pool);
}

struct hip_dh *hip_dhpool_take(struct hip_dhpool *pool, unsigned int group)
{
	struct stack *s = stack_of(pool, group);
	struct hip_dh *dh = NULL;

	if (s && s->n)
		dh = s->dh[--s->n];
	arm(pool);
	return dh;
}
