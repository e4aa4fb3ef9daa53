// SPDX-License-Identifier: GPL-2.0
/*
 * The same question again and again: how fast each counter of a record grows.
 * A record is told from the others by what it is about.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

struct hip_cli_watch {
	json_t *before, *now;	/* counters of each record, by its name */
	double when, passed;	/* s; 0: the first look */
	unsigned int looks;
};

const char *const hip_cli_watch_counters[] = {
	"value", "rx_packets", "rx_bytes", "tx_packets", "tx_bytes", NULL,
};

static double clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int hip_cli_watch_begin(struct hip_cli *cli)
{
	struct hip_cli_watch *w = cli->watch ?: calloc(1, sizeof(*w));
	double now = clock_now();

	if (!w)
		return -ENOMEM;
	cli->watch = w;
	w->passed = w->looks ? now - w->when : 0;
	w->when = now;
	json_decref(w->before);
	w->before = w->now;
	w->now = json_object();
	if (!cli->json && isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
	else if (!cli->json && w->looks)
		putchar('\n');
	w->looks++;
	return 0;
}

bool hip_cli_watch_again(struct hip_cli *cli)
{
	struct timespec ts = {
		.tv_sec = (time_t)cli->delay,
		.tv_nsec = (long)((cli->delay - (double)(time_t)cli->delay) *
				  1e9),
	};

	if (cli->count && cli->watch->looks >= cli->count)
		return false;
	fflush(stdout);
	return !nanosleep(&ts, NULL);
}

void hip_cli_watch_end(struct hip_cli *cli)
{
	if (!cli->watch)
		return;
	json_decref(cli->watch->before);
	json_decref(cli->watch->now);
	free(cli->watch);
	cli->watch = NULL;
}

/* What a record is about, in @buf. */
static const char *name_of(const json_t *record, char *buf, size_t room)
{
	snprintf(buf, room, "%s %s %s %s %lld", hip_cli_text(record, "source"),
		 hip_cli_text(record, "name"),
		 hip_cli_text(record, "local_hit"),
		 hip_cli_text(record, "peer_hit"),
		 hip_cli_number(record, "id"));
	return buf;
}

/* Counters may begin anew: with hipd, or with new SAs. */
static void add_rate(json_t *rates, const char *key, const json_t *before,
		     const json_t *now, double passed)
{
	json_int_t grown = json_integer_value(now) -
			   json_integer_value(before);

	if (grown < 0)
		grown = json_integer_value(now);
	json_object_set_new(rates, key, json_real((double)grown / passed));
}

void hip_cli_watch_rates(struct hip_cli *cli, json_t *record)
{
	struct hip_cli_watch *w = cli->watch;
	json_t *rates, *kept, *before, *now;
	const char *const *c;
	char name[256];

	if (!w)
		return;
	before = json_object_get(w->before,
				 name_of(record, name, sizeof(name)));
	rates = json_object();
	kept = json_object();
	for (c = hip_cli_watch_counters; *c; c++) {
		now = json_object_get(record, *c);
		if (!now)
			continue;
		json_object_set(kept, *c, now);
		if (before && w->passed > 0)
			add_rate(rates, *c, json_object_get(before, *c), now,
				 w->passed);
	}
	json_object_set_new(w->now, name, kept);
	if (json_object_size(rates))
		json_object_set(record, "rates", rates);
	json_decref(rates);
}

bool hip_cli_watch_rate(const json_t *record, const char *key, double *rate)
{
	const json_t *v = json_object_get(json_object_get(record, "rates"),
					  key);

	*rate = json_number_value(v);
	return v;
}
