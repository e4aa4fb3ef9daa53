// SPDX-License-Identifier: GPL-2.0
/*
 * Standard output that never waits for its reader while hipd has more to say:
 * a list is printed as it comes, and whoever pages through it does not keep
 * hipd waiting, which would cut us off. What the reader does not take at once
 * is kept, and written when the list is at its end.
 */
#define _GNU_SOURCE		/* fopencookie */

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

struct spool {
	char *buf;
	size_t start, len, room;	/* waiting: len octets from start */
	int err;
};

/* A pipe that is ready takes PIPE_BUF octets without blocking. */
static bool ready(void)
{
	struct pollfd pfd = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&pfd, 1, 0) == 1;
}

static void drain(struct spool *s, bool all)
{
	size_t most = all ? SSIZE_MAX : PIPE_BUF;
	ssize_t n;

	while (s->len && !s->err && (all || ready())) {
		n = write(STDOUT_FILENO, s->buf + s->start,
			  s->len < most ? s->len : most);
		if (n > 0) {
			s->start += (size_t)n;
			s->len -= (size_t)n;
		} else if (n < 0 && errno != EINTR) {
			s->err = errno;
		}
	}
	if (!s->len)
		s->start = 0;
}

static int make_room(struct spool *s, size_t n)
{
	size_t room = s->room ?: 65536;
	char *buf;

	if (s->start + s->len + n <= s->room)
		return 0;
	if (s->len)
		memmove(s->buf, s->buf + s->start, s->len);
	s->start = 0;
	while (room < s->len + n)
		room *= 2;
	if (room == s->room)
		return 0;
	buf = realloc(s->buf, room);
	if (!buf)
		return -ENOMEM;
	s->buf = buf;
	s->room = room;
	return 0;
}

static ssize_t on_write(void *cookie, const char *text, size_t n)
{
	struct spool *s = cookie;

	if (!s->err && make_room(s, n))
		s->err = ENOMEM;
	if (s->err) {
		errno = s->err;
		return 0;
	}
	memcpy(s->buf + s->start + s->len, text, n);
	s->len += n;
	drain(s, false);
	return (ssize_t)n;
}

static int on_close(void *cookie)
{
	struct spool *s = cookie;
	int err;

	drain(s, true);
	err = s->err;
	free(s->buf);
	free(s);
	errno = err;
	return err ? -1 : 0;
}

int hip_cli_spool_start(void)
{
	static const cookie_io_functions_t functions = {
		.write = on_write,
		.close = on_close,
	};
	struct spool *s = calloc(1, sizeof(*s));
	FILE *to = s ? fopencookie(s, "w", functions) : NULL;

	if (!to) {
		free(s);
		return -ENOMEM;
	}
	setvbuf(to, NULL, _IOFBF, 65536);
	stdout = to;
	return 0;
}

int hip_cli_spool_end(void)
{
	bool bad = ferror(stdout);

	return fclose(stdout) || bad ? -(errno ?: EIO) : 0;
}
