/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log: level x subsystem, to stderr; with the journal's <N> prefix under
 * systemd, else with the time. What a peer can cause goes through
 * hip_log_limited(). No secret is ever logged.
 */
#ifndef HIP_LOG_H
#define HIP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* syslog's numbers, which the journal reads */
enum hip_log_level {
	HIP_LOG_ERR = 3,
	HIP_LOG_WARNING = 4,
	HIP_LOG_NOTICE = 5,
	HIP_LOG_INFO = 6,
	HIP_LOG_DEBUG = 7,
};

#define HIP_LOG_SUBSYSTEMS(X) \
	X(MAIN, "main") \
	X(BEX, "bex") \
	X(KIF, "kif") \
	X(IO, "io") \
	X(CTL, "ctl") \
	X(CONFIG, "config")

enum hip_log_subsystem {
#define X(id, name) HIP_LOG_##id,
	HIP_LOG_SUBSYSTEMS(X)
#undef X
	HIP_LOG_N_SUBSYSTEMS,
};

/**
 * hip_log_setup() - choose what is logged
 * @spec: "LEVEL" or "LEVEL,SUBSYSTEM=LEVEL,..."; levels err, warning, notice,
 *	info, debug
 * @err: a sentence for the user on error
 * @err_len: its room
 *
 * Without a call everything up to info is logged.
 *
 * Return: 0 or -EINVAL.
 */
int hip_log_setup(const char *spec, char *err, size_t err_len);

bool hip_log_wanted(enum hip_log_subsystem sub, enum hip_log_level level);

void hip_log(enum hip_log_subsystem sub, enum hip_log_level level,
	     const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* At most this many lines in this time from one place of the code. */
#define HIP_LOG_BURST 10
#define HIP_LOG_INTERVAL 5	/* seconds */

struct hip_log_limit {
	uint64_t since;		/* ns, monotonic */
	unsigned int lines;
	unsigned int missed;
};

/* May a line be printed? Reports how many were missed when it is so again. */
bool hip_log_allow(struct hip_log_limit *limit, enum hip_log_subsystem sub,
		   enum hip_log_level level, uint64_t now);
uint64_t hip_log_now(void);

#define hip_err(sub, ...) hip_log(HIP_LOG_##sub, HIP_LOG_ERR, __VA_ARGS__)
#define hip_warn(sub, ...) \
	hip_log(HIP_LOG_##sub, HIP_LOG_WARNING, __VA_ARGS__)
#define hip_notice(sub, ...) \
	hip_log(HIP_LOG_##sub, HIP_LOG_NOTICE, __VA_ARGS__)
#define hip_info(sub, ...) hip_log(HIP_LOG_##sub, HIP_LOG_INFO, __VA_ARGS__)
#define hip_debug(sub, ...) hip_log(HIP_LOG_##sub, HIP_LOG_DEBUG, __VA_ARGS__)

/* For what a peer can cause: hip_log_limited(BEX, INFO, "...", ...). */
#define hip_log_limited(sub, level, ...) \
do { \
	static struct hip_log_limit limit_; \
\
	if (hip_log_wanted(HIP_LOG_##sub, HIP_LOG_##level) && \
	    hip_log_allow(&limit_, HIP_LOG_##sub, HIP_LOG_##level, \
			  hip_log_now())) \
		hip_log(HIP_LOG_##sub, HIP_LOG_##level, __VA_ARGS__); \
} while (0)

#endif
