// SPDX-License-Identifier: GPL-2.0
/*
 * The R1 generation counter over restarts (RFC 7401 section 4.1.4). The file
 * holds a number that no R1 has reached: it is written ahead of use, in large
 * steps, so that neither a crash nor a clock that goes back repeats a counter.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "file.h"
#include "host.h"
#include "log.h"

#define AHEAD 65536		/* R1s between two writes */
#define RETRY 64		/* R1s until it is tried again */
#define DIGITS 20

static uint64_t read_counter(const char *path)
{
	char text[DIGITS + 1] = "", *end;
	uint64_t v = 0;
	size_t len;
	uint8_t *buf;

	buf = hip_file_read(path, DIGITS + 1, &len);
	if (!buf) {
		if (errno != ENOENT)
			hip_warn(MAIN, "%s: R1 counter not read: %s", path,
				 strerror(errno));
		return 0;
	}
	if (len && buf[len - 1] == '\n')
		len--;
	if (len <= DIGITS)
		memcpy(text, buf, len);
	free(buf);
	errno = 0;
	if (*text >= '0' && *text <= '9')
		v = strtoull(text, &end, 10);
	if (v && !errno && !*end && v < UINT64_MAX - AHEAD)
		return v;
	hip_warn(MAIN, "%s: not the number of an R1 counter: the clock is used",
		 path);
	return 0;
}

void hip_counter_reserve(struct hip_host *host, uint64_t next)
{
	char text[DIGITS + 2];
	int len, ret;

	if (next < host->r1_ceiling || !host->config.r1_counter[0])
		return;
	len = snprintf(text, sizeof(text), "%" PRIu64 "\n", next + AHEAD);
	ret = hip_file_replace(host->config.r1_counter, text, (size_t)len,
			       true);
	host->r1_ceiling = next + (ret ? RETRY : AHEAD);
	if (!ret)
		return;
	host->stats.v[HIP_STAT_STATE_ERROR]++;
	hip_log_limited(MAIN, ERR, "%s: R1 counter not saved: %s",
			host->config.r1_counter, strerror(-ret));
}

void hip_counter_open(struct hip_host *host, uint64_t wall)
{
	uint64_t was = 0;

	if (host->config.r1_counter[0])
		was = read_counter(host->config.r1_counter);
	host->r1_counter = was > wall ? was : wall;
	hip_counter_reserve(host, host->r1_counter);
}
