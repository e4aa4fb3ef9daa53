// SPDX-License-Identifier: GPL-2.0
/*
 * Small files of the daemon's own: read whole, replaced whole. No state.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"
#include "file.h"

static int check(int fd, size_t max, size_t *len)
{
	struct stat st;

	if (fstat(fd, &st))
		return errno;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	if ((st.st_uid && st.st_uid != geteuid()) ||
	    st.st_mode & (S_IRWXG | S_IRWXO))
		return EPERM;
	if (st.st_size < 0 || (size_t)st.st_size > max)
		return EFBIG;
	*len = (size_t)st.st_size;
	return 0;
}

/* A file that shrinks meanwhile is not one of ours. */
static int read_exactly(int fd, uint8_t *buf, size_t len)
{
	ssize_t n;

	while (len) {
		n = read(fd, buf, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? errno : EIO;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

uint8_t *hip_file_read(const char *path, size_t max, size_t *len)
{
	uint8_t *buf = NULL;
	int fd, err;

	/* O_NONBLOCK: a FIFO must not stop us before we see that it is one */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	err = check(fd, max, len);
	if (!err) {
		buf = malloc(*len + 1);
		err = buf ? read_exactly(fd, buf, *len) : ENOMEM;
	}
	close(fd);
	if (err && buf) {
		hip_crypto_wipe(buf, *len);
		free(buf);
		buf = NULL;
	}
	errno = err;
	return buf;
}

int hip_file_write(int fd, const void *data, size_t len)
{
	const uint8_t *buf = data;
	ssize_t n;

	while (len) {
		n = write(fd, buf, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

/* So that the new name outlives a crash, too. */
static int sync_folder(const char *path)
{
	char folder[PATH_MAX];
	char *end;
	int fd, ret;

	snprintf(folder, sizeof(folder), "%s", path);
	end = strrchr(folder, '/');
	if (!end)
		return -EINVAL;
	end[end == folder] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = fsync(fd) ? -errno : 0;
	close(fd);
	return ret;
}

int hip_file_replace(const char *path, const void *data, size_t len, bool sync)
{
	char temp[PATH_MAX];
	int fd, ret;

	if ((size_t)snprintf(temp, sizeof(temp), "%s.new", path) >=
	    sizeof(temp))
		return -ENAMETOOLONG;
	/* left by a crash, if it exists: only we write here */
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return -errno;
	ret = hip_file_write(fd, data, len);
	if (!ret && sync && fsync(fd))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(temp, path))
		ret = -errno;
	if (ret) {
		unlink(temp);
		return ret;
	}
	return sync ? sync_folder(path) : 0;
}
