/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small files of the daemon's own, mode 0600, that appear whole or not at all.
 */
#ifndef HIP_FILE_H
#define HIP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * hip_file_read() - all of a file that nobody else may read or write
 * @path: a regular file, not a link, of root or of this user
 * @max: a longer one is refused
 * @len: set to its length
 *
 * Return: its octets, for the caller to wipe and free; NULL and errno: ENOENT,
 * EPERM for others' files and modes, EFBIG, ...
 */
uint8_t *hip_file_read(const char *path, size_t max, size_t *len);

/**
 * hip_file_write() - all octets, however many calls it takes
 * @fd: open for writing
 * @data: octets
 * @len: how many
 *
 * Return: 0 or a negative errno.
 */
int hip_file_write(int fd, const void *data, size_t len);

/**
 * hip_file_replace() - new contents, in place of the old ones or not at all
 * @path: PATH.new is used on the way
 * @data: octets
 * @len: how many
 * @sync: they must outlive a crash of the machine
 *
 * Return: 0 or a negative errno; then the old contents are still there.
 */
int hip_file_replace(const char *path, const void *data, size_t len,
		     bool sync);

#endif
