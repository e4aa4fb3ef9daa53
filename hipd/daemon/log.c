// SPDX-License-Identifier: GPL-2.0
/*
 * Log. The one piece of file-scope state of the daemon: the levels wanted,
 * written once by hip_log_setup() before anything runs, and the limits of the
 * places that log (hip_log_limited()), which no behaviour depends on. Only
 * the event loop's thread logs.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {
	[HIP_LOG_ERR] = "err",
	[HIP_LOG_WARNING] = "warning",
	[HIP_LOG_NOTICE] = "notice",
	[HIP_LOG_INFO] = "info",
	[HIP_LOG_DEBUG] = "debug",
};

static const char *const sub_names[] = {
#define X(id, name) name,
	HIP_LOG_SUBSYSTEMS(X)
#undef X
};

/* 0 = as HIP_LOG_INFO, so that no initialiser has to list the subsystems */
static enum hip_log_level wanted[HIP_LOG_N_SUBSYSTEMS];

static int find_level(const char *name)
{
	for (int i = HIP_LOG_ERR; i <= HIP_LOG_DEBUG; i++)
		if (!strcmp(name, level_names[i]))
			return i;
	return -EINVAL;
}

static int find_sub(const char *name)
{
	for (int i = 0; i < HIP_LOG_N_SUBSYSTEMS; i++)
		if (!strcmp(name, sub_names[i]))
			return i;
	return -EINVAL;
}

static int set_one(char *word, char *err, size_t err_len)
{
	char *eq = strchr(word, '=');
	int first = 0, last = HIP_LOG_N_SUBSYSTEMS - 1, level;

	if (eq) {
		*eq = '\0';
		first = find_sub(word);
		last = first;
		if (first < 0) {
			snprintf(err, err_len,
				 "log: no subsystem '%s', expected main, bex, kif, io, ctl or config",
				 word);
			return -EINVAL;
		}
		word = eq + 1;
	}
	level = find_level(word);
	if (level < 0) {
		snprintf(err, err_len,
			 "log: found '%s', expected err, warning, notice, info or debug",
			 word);
		return -EINVAL;
	}
	for (int i = first; i <= last; i++)
		wanted[i] = (enum hip_log_level)level;
	return 0;
}

int hip_log_setup(const char *spec, char *err, size_t err_len)
{
	char *copy = strdup(spec), *save = NULL;
	int ret = 0;

	if (!copy) {
		snprintf(err, err_len, "log: out of memory");
		return -ENOMEM;
	}
	for (char *w = strtok_r(copy, ",", &save); w && !ret;
	     w = strtok_r(NULL, ",", &save))
		ret = set_one(w, err, err_len);
	free(copy);
	return ret;
}

bool hip_log_wanted(enum hip_log_subsystem sub, enum hip_log_level level)
{
	return level <= (wanted[sub] ? wanted[sub] : HIP_LOG_INFO);
}

void hip_log(enum hip_log_subsystem sub, enum hip_log_level level,
	     const char *fmt, ...)
{
	char text[1024], stamp[32];
	struct timespec ts;
	struct tm tm;
	va_list ap;

	if (!hip_log_wanted(sub, level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	/* systemd.exec(5): set when stderr goes to the journal */
	if (getenv("JOURNAL_STREAM")) {
		fprintf(stderr, "<%d>%s: %s\n", (int)level, sub_names[sub],
			text);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ld %s %s: %s\n", stamp,
		ts.tv_nsec / 1000000, level_names[level], sub_names[sub],
		text);
}

uint64_t hip_log_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

bool hip_log_allow(struct hip_log_limit *limit, enum hip_log_subsystem sub,
		   enum hip_log_level level, uint64_t now)
{
	unsigned int missed;

	if (!limit->since ||
	    now - limit->since >= HIP_LOG_INTERVAL * 1000000000ull) {
		missed = limit->missed;
		limit->since = now;
		limit->lines = 0;
		limit->missed = 0;
		if (missed)
			hip_log(sub, level, "(%u more such lines left out)",
				missed);
	}
	if (limit->lines >= HIP_LOG_BURST) {
		limit->missed++;
		return false;
	}
	limit->lines++;
	return true;
}
