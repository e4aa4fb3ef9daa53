// SPDX-License-Identifier: GPL-2.0
/* Files of lines. No state. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

int hip_lines_fail(struct hip_lines *lines, const char *fmt, ...)
{
	va_list ap;
	int len;

	len = snprintf(lines->err, lines->err_len, "%s:%u: ", lines->file,
		       lines->line);
	if (len < 0 || (size_t)len >= lines->err_len)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(lines->err + len, lines->err_len - (size_t)len, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int fail_file(struct hip_lines *lines, int err)
{
	snprintf(lines->err, lines->err_len, "%s: %s", lines->file,
		 strerror(err));
	return -err;
}

int hip_lines_read(struct hip_lines *lines,
		   int (*take)(void *arg, char *text), void *arg)
{
	FILE *stream = fopen(lines->file, "re");
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	int ret = 0;

	if (!stream)
		return errno == ENOENT ? 0 : fail_file(lines, errno);
	while (!ret && (len = getline(&text, &room, stream)) >= 0) {
		lines->line++;
		if (strlen(text) != (size_t)len)
			ret = hip_lines_fail(lines,
					     "found a NUL, expected text");
		else
			ret = take(arg, text);
	}
	if (!ret && ferror(stream))
		ret = fail_file(lines, errno ? errno : EIO);
	free(text);
	fclose(stream);
	return ret;
}
