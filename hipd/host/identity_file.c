// SPDX-License-Identifier: GPL-2.0
/*
 * Key files: DIR/NAME.pem (PKCS#8, 0600, owned by root or by us) and the
 * symbolic link DIR/default. New files appear whole or not at all.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "identity_file.h"

#define PEM_MAX 8192		/* RSA-4096 is 3272 octets */
#define PATH_LEN (256 + HIP_NAME_MAX + 16)
#define SUFFIX ".pem"
/* Before the key, where RFC 7468 section 5.2 lets text stand. */
#define ANONYMOUS "Anonymous: yes\n"

/* "FILE: ..." in @err; returns -@errnum. */
__attribute__((format(printf, 5, 6)))
static int fail(char *err, size_t err_len, int errnum, const char *path,
		const char *fmt, ...)
{
	int n = snprintf(err, err_len, "%s: ", path);
	va_list ap;

	if (n >= 0 && (size_t)n < err_len) {
		va_start(ap, fmt);
		vsnprintf(err + n, err_len - (size_t)n, fmt, ap);
		va_end(ap);
	}
	return -errnum;
}

bool hip_identity_name_valid(const char *name)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t len = strlen(name);

	return len && len <= HIP_NAME_MAX && name[0] != '.' &&
	       strspn(name, legal) == len;
}

static void key_path(char *path, const char *dir, const char *name)
{
	snprintf(path, PATH_LEN, "%s/%s" SUFFIX, dir, name);
}

/* Nobody else may read a key; nobody else may put one into the directory. */
static int check_owner(const struct stat *st, const char *path,
		       mode_t forbidden, const char *mode_wanted, char *err,
		       size_t err_len)
{
	if (st->st_uid && st->st_uid != geteuid())
		return fail(err, err_len, EPERM, path,
			    "belongs to user %u: give it to root or to user %u (chown)",
			    st->st_uid, geteuid());
	if (st->st_mode & forbidden)
		return fail(err, err_len, EPERM, path,
			    "mode %04o lets others in: chmod %s %s",
			    st->st_mode & 07777, mode_wanted, path);
	return 0;
}

/* Cuts ".pem" off a copy of a directory entry; NULL: not a key file. */
static char *entry_name(const char *entry)
{
	size_t len = strlen(entry);

	if (entry[0] == '.' || len <= strlen(SUFFIX) ||
	    strcmp(entry + len - strlen(SUFFIX), SUFFIX))
		return NULL;
	return strndup(entry, len - strlen(SUFFIX));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_entries(DIR *d, char ***names)
{
	char **list = NULL, **more;
	struct dirent *e;
	int n = 0;
	char *name;

	while ((e = readdir(d))) {
		name = entry_name(e->d_name);
		if (!name)
			continue;
		more = reallocarray(list, (size_t)n + 1, sizeof(*list));
		if (!more) {
			free(name);
			goto no_memory;
		}
		list = more;
		list[n++] = name;
	}
	if (n)
		qsort(list, (size_t)n, sizeof(*list), by_name);
	*names = list;
	return n;

no_memory:
	while (n)
		free(list[--n]);
	free(list);
	return -ENOMEM;
}

int hip_identity_dir_list(const char *dir, char ***names, char *err,
			  size_t err_len)
{
	struct stat st;
	DIR *d;
	int n;

	*names = NULL;
	d = opendir(dir);
	if (!d)
		return errno == ENOENT ? 0 :
		       fail(err, err_len, errno, dir, "%s", strerror(errno));
	if (fstat(dirfd(d), &st))
		n = fail(err, err_len, errno, dir, "%s", strerror(errno));
	else
		n = check_owner(&st, dir, S_IWGRP | S_IWOTH, "0700", err,
				err_len);
	if (!n) {
		n = read_entries(d, names);
		if (n < 0)
			fail(err, err_len, -n, dir, "no memory");
	}
	closedir(d);
	return n;
}

static ssize_t read_all(int fd, char *buf, size_t room)
{
	size_t len = 0;
	ssize_t n;

	while (len < room && (n = read(fd, buf + len, room - len))) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static struct hip_key *read_key(int fd, const char *path, bool *anonymous,
				char *err, size_t err_len)
{
	struct hip_key *key = NULL;
	char pem[PEM_MAX + 1];
	const char *why;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st)) {
		fail(err, err_len, errno, path, "%s", strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		fail(err, err_len, EINVAL, path, "not a regular file");
		return NULL;
	}
	if (check_owner(&st, path, S_IRWXG | S_IRWXO, "0600", err, err_len))
		return NULL;
	n = read_all(fd, pem, sizeof(pem));
	if (n < 0) {
		fail(err, err_len, errno, path, "%s", strerror(errno));
	} else if (n > PEM_MAX) {
		fail(err, err_len, EINVAL, path,
		     "longer than %d octets, which no key is", PEM_MAX);
	} else {
		pem[n] = '\0';
		*anonymous = !strncmp(pem, ANONYMOUS, strlen(ANONYMOUS));
		key = hip_key_from_pem(pem, (size_t)n, &why);
		if (!key)
			fail(err, err_len, EINVAL, path, "%s", why);
	}
	if (key && hip_key_alg(key) == HIP_HI_ECDSA_LOW) {
		fail(err, err_len, EINVAL, path,
		     "SECP160R1 is too weak for a key of this host's own: only peers may have one");
		hip_key_put(key);
		key = NULL;
	}
	hip_crypto_wipe(pem, sizeof(pem));
	return key;
}

struct hip_key *hip_identity_file_read(const char *dir, const char *name,
				       bool *anonymous, char *err,
				       size_t err_len)
{
	char path[PATH_LEN];
	struct hip_key *key;
	int fd;

	key_path(path, dir, name);
	if (!hip_identity_name_valid(name)) {
		fail(err, err_len, EINVAL, path,
		     "the name of a key file has 1 to %d letters, digits, '-', '_' or '.'",
		     HIP_NAME_MAX);
		return NULL;
	}
	/* O_NONBLOCK: a FIFO must not stop us before we see that it is one. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		fail(err, err_len, errno, path, "%s", errno == ELOOP ?
		     "a symbolic link: put the key file itself here" :
		     strerror(errno));
		return NULL;
	}
	key = read_key(fd, path, anonymous, err, err_len);
	close(fd);
	return key;
}

static int write_all(int fd, const char *buf, size_t len)
{
	int ret = hip_file_write(fd, buf, len);

	return ret || !fsync(fd) ? ret : -errno;
}

/* So that a new name survives a crash. */
static void sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* link() refuses an existing name, where rename() would overwrite a key. */
static int write_pem(const char *temp, const char *path, const char *before,
		     const char *pem, size_t len)
{
	int fd, ret;

	/* Left by a crash, if it exists: only we write here. */
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return -errno;
	ret = write_all(fd, before, strlen(before));
	if (!ret)
		ret = write_all(fd, pem, len);
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && link(temp, path))
		ret = -errno;
	unlink(temp);
	return ret;
}

int hip_identity_file_write(const char *dir, const char *name,
			    const struct hip_key *key, bool anonymous,
			    char *err, size_t err_len)
{
	char path[PATH_LEN], temp[PATH_LEN];
	size_t len;
	char *pem;
	int ret;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return fail(err, err_len, errno, dir, "%s", strerror(errno));
	key_path(path, dir, name);
	snprintf(temp, sizeof(temp), "%s/.%s.new", dir, name);
	pem = hip_key_to_pem(key, &len);
	if (!pem)
		return fail(err, err_len, ENOMEM, path, "no memory");
	ret = write_pem(temp, path, anonymous ? ANONYMOUS : "", pem, len);
	hip_crypto_wipe(pem, len);
	free(pem);
	if (ret)
		return fail(err, err_len, -ret, path, "%s", strerror(-ret));
	sync_dir(dir);
	return 0;
}

static int remove_path(const char *dir, const char *path, char *err,
		       size_t err_len)
{
	if (unlink(path) && errno != ENOENT)
		return fail(err, err_len, errno, path, "%s", strerror(errno));
	sync_dir(dir);
	return 0;
}

int hip_identity_file_remove(const char *dir, const char *name, char *err,
			     size_t err_len)
{
	char path[PATH_LEN];

	key_path(path, dir, name);
	return remove_path(dir, path, err, err_len);
}

static void link_path(char *path, const char *dir)
{
	snprintf(path, PATH_LEN, "%s/default", dir);
}

int hip_identity_link_read(const char *dir, char *name, char *err,
			   size_t err_len)
{
	char path[PATH_LEN], target[HIP_NAME_MAX + sizeof(SUFFIX) + 1];
	char *cut = NULL;
	ssize_t n;
	int ret;

	link_path(path, dir);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0 && errno == ENOENT)
		return -ENOENT;
	if (n < 0)
		return fail(err, err_len, errno, path, "%s", errno == EINVAL ?
			    "not a symbolic link: remove it and choose with `hip id default NAME`" :
			    strerror(errno));
	target[n] = '\0';
	cut = entry_name(target);
	ret = cut && hip_identity_name_valid(cut) ? 0 :
	      fail(err, err_len, EINVAL, path,
		   "points to \"%s\", which is no NAME" SUFFIX " in the same directory",
		   target);
	if (!ret)
		strcpy(name, cut);
	free(cut);
	return ret;
}

int hip_identity_link_write(const char *dir, const char *name, char *err,
			    size_t err_len)
{
	char path[PATH_LEN], temp[PATH_LEN], target[HIP_NAME_MAX + 8];
	int ret;

	link_path(path, dir);
	snprintf(temp, sizeof(temp), "%s/.default.new", dir);
	snprintf(target, sizeof(target), "%s" SUFFIX, name);
	unlink(temp);
	if (symlink(target, temp))
		return fail(err, err_len, errno, path, "%s", strerror(errno));
	if (rename(temp, path)) {
		ret = fail(err, err_len, errno, path, "%s", strerror(errno));
		unlink(temp);
		return ret;
	}
	sync_dir(dir);
	return 0;
}

int hip_identity_link_remove(const char *dir, char *err, size_t err_len)
{
	char path[PATH_LEN];

	link_path(path, dir);
	return remove_path(dir, path, err, err_len);
}
