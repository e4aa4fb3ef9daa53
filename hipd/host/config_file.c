// SPDX-License-Identifier: GPL-2.0
/*
 * Reads hipd.conf and its drop-ins hipd.conf.d/NAME.conf, all or nothing.
 * Owns no state.
 *
 * libinih splits lines; it neither numbers them for the handler nor minds
 * lines that are too long, so the line reader here does both.
 */
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#define LINE_ROOM 256

struct reader {
	struct hip_config *c;
	FILE *stream;
	const char *file;
	unsigned int line;
	unsigned int seen[HIP_CONFIG_KEYS];	/* line where a key stands */
	char *err;			/* the first error wins */
	size_t err_len;
};

__attribute__((format(printf, 2, 3)))
static void fail(struct reader *r, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (*r->err)
		return;
	len = snprintf(r->err, r->err_len, "%s:%u: ", r->file, r->line);
	if (len < 0 || (size_t)len >= r->err_len)
		return;
	va_start(ap, fmt);
	vsnprintf(r->err + len, r->err_len - (size_t)len, fmt, ap);
	va_end(ap);
}

/* Index of the key, or -1; any key of the section without @name. */
static int find(const char *section, const char *name)
{
	const struct hip_config_key *key;

	for (int i = 0; (key = hip_config_key((size_t)i)); i++)
		if (!strcmp(key->section, section) &&
		    (!name || !strcmp(key->name, name)))
			return i;
	return -1;
}

static void check_section(struct reader *r, const char *line)
{
	size_t len = strcspn(line + 1, "]");
	char name[LINE_ROOM];

	if (line[1 + len] != ']' ||
	    line[2 + len + strspn(line + 2 + len, " \t")]) {
		fail(r, "found '%s', expected '[section]'", line);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)len, line + 1);
	if (find(name, NULL) < 0)
		fail(r, "found section [%s], expected [hipd] or [protocol]",
		     name);
}

/* One line for libinih, blanks around it removed: without them there are no
 * continuation lines.
 */
static char *next_line(char *buf, int room, void *arg)
{
	struct reader *r = arg;
	size_t len, lead;

	if (!fgets(buf, room, r->stream))
		return NULL;
	r->line++;
	len = strlen(buf);
	if (!len || (buf[len - 1] != '\n' && !feof(r->stream))) {
		fail(r, "line has a NUL or is longer than %d characters",
		     room - 2);
		return NULL;
	}
	while (len && strchr(" \t\r\n", buf[len - 1]))
		buf[--len] = '\0';
	lead = strspn(buf, " \t");
	memmove(buf, buf + lead, len - lead + 1);
	if (*buf == '[')
		check_section(r, buf);
	else if (*buf && !strchr("#;", *buf) && !strpbrk(buf, "=:"))
		fail(r, "found '%s', expected 'key = value'", buf);
	return buf;
}

static void unknown_key(struct reader *r, const char *section,
			const char *name)
{
	const char *other = find("hipd", name) >= 0	? "hipd" :
			    find("protocol", name) >= 0 ? "protocol" :
							  NULL;

	if (!*section)
		fail(r, "%s: found before any section, expected [%s] first",
		     name, other ?: "hipd");
	else if (other)
		fail(r, "%s: found in [%s], expected in [%s]", name, section,
		     other);
	else
		fail(r, "%s: no such key in [%s]", name, section);
}

static int on_value(void *arg, const char *section, const char *name,
		    const char *value)
{
	int i = find(section, name);
	struct reader *r = arg;
	char text[HIP_CONFIG_TEXT];

	if (i < 0)
		unknown_key(r, section, name);
	else if (r->seen[i])
		fail(r, "%s: found again, expected once (see line %u)", name,
		     r->seen[i]);
	else if (hip_config_set(r->c, hip_config_key((size_t)i), value))
		fail(r, "%s: found '%s', expected %s", name, value,
		     hip_config_expected(hip_config_key((size_t)i), text));
	else
		r->seen[i] = r->line;
	return !*r->err;
}

static int load_file(struct hip_config *c, const char *file, bool optional,
		     char *err, size_t err_len)
{
	struct reader r = { .c = c, .file = file, .err = err,
			    .err_len = err_len };
	int ret;

	*err = '\0';
	r.stream = fopen(file, "re");
	if (!r.stream) {
		if (optional && errno == ENOENT)
			return 0;
		ret = -errno;
		snprintf(err, err_len, "%s: %s", file, strerror(errno));
		return ret;
	}
	ret = ini_parse_stream(next_line, &r, on_value, &r);
	if (ferror(r.stream))
		fail(&r, "%s", strerror(EIO));
	else if (ret > 0)
		fail(&r, "line %d is neither '[section]' nor 'key = value'",
		     ret);
	fclose(r.stream);
	return *err ? -EINVAL : 0;
}

static int is_drop_in(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return *d->d_name != '.' && len > 5 &&
	       !strcmp(d->d_name + len - 5, ".conf");
}

static int load_drop_ins(struct hip_config *c, const char *file, char *err,
			 size_t err_len)
{
	struct dirent **list = NULL;
	char path[PATH_MAX + 256];
	char dir[PATH_MAX];
	int n, ret = 0;

	snprintf(dir, sizeof(dir), "%s.d", file);
	n = scandir(dir, &list, is_drop_in, alphasort);
	if (n < 0 && errno != ENOENT) {
		ret = -errno;
		snprintf(err, err_len, "%s: %s", dir, strerror(errno));
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (!ret)
			ret = load_file(c, path, false, err, err_len);
		free(list[i]);
	}
	free(list);
	return ret;
}

int hip_config_load(struct hip_config *c, const char *file, bool optional,
		    char *err, size_t err_len)
{
	struct hip_config new;
	int ret;

	hip_config_default(&new);
	memcpy(new.keylog, c->keylog, sizeof(new.keylog));
	ret = load_file(&new, file, optional, err, err_len);
	if (!ret)
		ret = load_drop_ins(&new, file, err, err_len);
	if (!ret)
		*c = new;
	return ret;
}
