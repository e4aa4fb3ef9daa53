/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text files that people write, a line at a time: the hosts file, the access
 * rules. What is wrong is told with file and line.
 */
#ifndef HIP_LINES_H
#define HIP_LINES_H

#include <stddef.h>

struct hip_lines {
	const char *file;
	char *err;		/* a sentence about the first thing wrong */
	size_t err_len;
	unsigned int line;	/* the present one */
};

/* Says "FILE:LINE: ...". Returns -EINVAL. */
__attribute__((format(printf, 2, 3)))
int hip_lines_fail(struct hip_lines *lines, const char *fmt, ...);

/**
 * hip_lines_read() - give each line of a file to @take
 * @lines: file, err and err_len are set; a missing file has no lines
 * @take: gets @arg and the line, which it may change; anything but 0 ends it
 *
 * Return: 0, what @take said, or a negative errno after saying why.
 */
int hip_lines_read(struct hip_lines *lines,
		   int (*take)(void *arg, char *text), void *arg);

#endif
