// SPDX-License-Identifier: GPL-2.0
/*
 * A few keys for each configured group; a timer makes one at a time, away
 * from the exchange that took the last.
 */
#include <stdlib.h>

#include "dhpool.h"

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
	size_t n_stacks;
	struct stack stack[HIP_CONFIG_LIST];
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

static int refill_one(struct hip_dhpool *pool)
{
	struct stack *low = lowest(pool);

	if (!low)
		return 0;
	low->dh[low->n] = hip_dh_create(low->group);
	if (!low->dh[low->n])
		return -1;
	low->n++;
	return 1;
}

static void refill(struct hip_timer *t)
{
	struct hip_dhpool *pool =
		(void *)((char *)t - offsetof(struct hip_dhpool, timer));

	if (refill_one(pool) && lowest(pool))
		hip_timer_set(&pool->host->timers, t,
			      hip_host_now(pool->host) + REFILL);
}

struct hip_dhpool *hip_dhpool_create(struct hip_host *host)
{
	const struct hip_list *groups = &host->config.dh_groups;
	struct hip_dhpool *pool;
	size_t i;
	int made;

	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->host = host;
	hip_timer_init(&pool->timer, refill);
	for (i = 0; i < groups->n; i++)
		pool->stack[pool->n_stacks++].group = groups->v[i];
	do {
		made = refill_one(pool);
	} while (made > 0);
	if (made < 0) {
		hip_dhpool_destroy(pool);
		return NULL;
	}
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
	struct stack *s;
	size_t i;

	for (i = 0; i < pool->n_stacks; i++) {
		s = &pool->stack[i];
		if (s->group != group || !s->n)
			continue;
		if (!hip_timer_armed(&pool->timer))
			hip_timer_set(&pool->host->timers, &pool->timer,
				      hip_host_now(pool->host) + REFILL);
		return s->dh[--s->n];
	}
	return hip_dh_create(group);
}
