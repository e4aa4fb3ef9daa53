// SPDX-License-Identifier: GPL-2.0
/*
 * The puzzle difficulty's rise and fall.
 *
 * Load is how full the workers' queue of I2s gets; where there are no workers,
 * and so no queue, how many I2s a second want public-key work. A rise is given
 * time to show before the next: Initiators must have had the harder R1s.
 * A fall waits for quiet, so that K does not swing with a pulsing attacker.
 * Answers to easier puzzles than today's have a quarter of the queue: who
 * hoarded them does not keep out those that did the work, nor drive K up.
 */
#include <stdlib.h>

#include "host.h"
#include "job.h"
#include "load.h"
#include "log.h"
#include "r1pool.h"

#define PERIOD (250 * HIP_MSEC)
#define RISE_WAIT HIP_SEC
#define QUIET (10 * HIP_SEC)	/* before the first fall ... */
#define FALL_WAIT (2 * HIP_SEC)	/* ... and between falls */
#define K_FIRST 10		/* about a millisecond; less stops nobody */
#define K_STEP 2
#define EASY_FILL 25		/* percent of the queue */
#define HIGH_FILL 50
#define LOW_FILL 12
#define HIGH_RATE 500		/* I2s in a period, without workers */
#define LOW_RATE 125

struct hip_load {
	struct hip_host *host;
	struct hip_timer timer;
	unsigned int k;			/* 0: as configured */
	unsigned int peak;		/* percent, in this period */
	unsigned int n_i2;		/* in this period */
	uint64_t rise_at, fall_at;	/* ns, not before */
};

unsigned int hip_load_k(const struct hip_host *host)
{
	const struct hip_config *c = &host->config;
	unsigned int k = host->load->k;

	if (k > c->puzzle_k_max)
		k = c->puzzle_k_max;
	return k > c->puzzle_k ? k : c->puzzle_k;
}

static bool above(const struct hip_load *l, unsigned int fill,
		  unsigned int rate)
{
	return l->host->jobs ? l->peak >= fill : l->n_i2 >= rate;
}

static void rise(struct hip_load *l, uint64_t now)
{
	unsigned int k = hip_load_k(l->host);

	l->fall_at = now + QUIET;
	if (now < l->rise_at)
		return;
	l->k = k < K_FIRST ? K_FIRST : k + K_STEP;
	if (l->k > l->host->config.puzzle_k_max)
		l->k = l->host->config.puzzle_k_max;
	l->rise_at = now + RISE_WAIT;
}

static void fall(struct hip_load *l, uint64_t now)
{
	if (!l->k || now < l->fall_at)
		return;
	l->k = l->k > K_FIRST ? l->k - K_STEP : 0;
	l->fall_at = now + FALL_WAIT;
}

static void judge(struct hip_timer *t)
{
	struct hip_load *l =
		(void *)((char *)t - offsetof(struct hip_load, timer));
	uint64_t now = hip_host_now(l->host);
	unsigned int was = hip_load_k(l->host), k;

	if (above(l, HIGH_FILL, HIGH_RATE))
		rise(l, now);
	else if (above(l, LOW_FILL, LOW_RATE))
		l->fall_at = now + QUIET;
	else
		fall(l, now);
	l->peak = hip_job_fill(l->host, HIP_JOB_ANSWER);
	l->n_i2 = 0;
	k = hip_load_k(l->host);
	if (k != was) {
		l->host->stats.v[k > was ? HIP_STAT_PUZZLE_HARDER :
					   HIP_STAT_PUZZLE_EASIER]++;
		hip_info(BEX, "puzzle difficulty %u, was %u", k, was);
		hip_r1pool_check(l->host->r1pool);
	}
	/* without load and at rest there is nothing to judge */
	if (l->k || l->peak)
		hip_timer_set(&l->host->timers, t, now + PERIOD);
}

bool hip_load_admit(struct hip_host *host, unsigned int k)
{
	unsigned int fill = hip_job_fill(host, HIP_JOB_ANSWER);
	struct hip_load *l = host->load;

	if (k < hip_load_k(host) && fill >= EASY_FILL)
		return false;
	l->n_i2++;
	if (fill > l->peak)
		l->peak = fill;
	if (!hip_timer_armed(&l->timer))
		hip_timer_set(&host->timers, &l->timer,
			      hip_host_now(host) + PERIOD);
	return hip_job_room(host, HIP_JOB_ANSWER);
}

struct hip_load *hip_load_create(struct hip_host *host)
{
	struct hip_load *l;

	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->host = host;
	hip_timer_init(&l->timer, judge);
	return l;
}

void hip_load_destroy(struct hip_load *l)
{
	if (!l)
		return;
	hip_timer_stop(&l->host->timers, &l->timer);
	free(l);
}
