// SPDX-License-Identifier: GPL-2.0
/*
 * One line for each set of keys that a base exchange derives; every other key
 * follows from it (RFC 7401 section 6.5).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "addr.h"
#include "keylog.h"
#include "log.h"

#define LINE_MAX_LEN (2 * HIP_ADDRSTRLEN + 4 * HIP_HASH_MAX + \
		      2 * HIP_DH_SECRET_MAX + 16)

struct hip_keylog {
	int fd;
};

struct hip_keylog *hip_keylog_open(const char *path, char *err, size_t err_len)
{
	struct hip_keylog *log;
	struct stat st;
	int fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0 || fstat(fd, &st)) {
		snprintf(err, err_len, "%s: key log: %s", path,
			 strerror(errno));
		goto close;
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 07777) != 0600) {
		snprintf(err, err_len,
			 "%s: key log: found mode %04o, expected a file with mode 0600: run 'chmod 0600 %s'",
			 path, (unsigned int)(st.st_mode & 07777), path);
		goto close;
	}
	log = malloc(sizeof(*log));
	if (!log) {
		snprintf(err, err_len, "%s: key log: out of memory", path);
		goto close;
	}
	log->fd = fd;
	return log;

close:
	if (fd >= 0)
		close(fd);
	return NULL;
}

void hip_keylog_close(struct hip_keylog *log)
{
	if (!log)
		return;
	close(log->fd);
	free(log);
}

static char *put_hex(char *s, const uint8_t *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		s += sprintf(s, "%02x", v[i]);
	return s;
}

void hip_keylog_write(struct hip_keylog *log, const struct in6_addr *hit_i,
		      const struct in6_addr *hit_r, const struct hip_keymat *km)
{
	char a[HIP_ADDRSTRLEN], b[HIP_ADDRSTRLEN], line[LINE_MAX_LEN];
	size_t h = hip_hash_len(km->hash);
	char *s = line;

	if (!log)
		return;
	s += sprintf(s, "HIP %s %s ", hip_addr_str(hit_i, a),
		     hip_addr_str(hit_r, b));
	s = put_hex(s, km->i, h);
	*s++ = ' ';
	s = put_hex(s, km->j, h);
	*s++ = ' ';
	s = put_hex(s, km->secret, km->secret_len);
	*s++ = '\n';
	/* one write: lines of two daemons with one file do not mix */
	if (write(log->fd, line, s - line) < 0)
		hip_err(BEX, "key log: %s", strerror(errno));
	hip_crypto_wipe(line, sizeof(line));
}
