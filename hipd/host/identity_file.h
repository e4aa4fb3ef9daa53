/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Key files of identities; only identity.c uses it. Errors are a negative
 * errno and a sentence in @err: file, what was found, what to do.
 */
#ifndef HIP_IDENTITY_FILE_H
#define HIP_IDENTITY_FILE_H

#include "identity.h"

bool hip_identity_name_valid(const char *name);

/* Names of the key files in @dir without .pem, sorted, each and the array
 * from malloc(). Returns how many; 0 when @dir does not exist.
 */
int hip_identity_dir_list(const char *dir, char ***names, char *err,
			  size_t err_len);
/* @anonymous: whether the file begins with a line that says so. */
struct hip_key *hip_identity_file_read(const char *dir, const char *name,
				       bool *anonymous, char *err,
				       size_t err_len);
/* Makes @dir (0700) when it is missing; never overwrites a key. */
int hip_identity_file_write(const char *dir, const char *name,
			    const struct hip_key *key, bool anonymous,
			    char *err, size_t err_len);
/* A file that is gone already is no error; the same for the link. */
int hip_identity_file_remove(const char *dir, const char *name, char *err,
			     size_t err_len);
/* DIR/default: @name has room for HIP_NAME_MAX + 1; -ENOENT without it. */
int hip_identity_link_read(const char *dir, char *name, char *err,
			   size_t err_len);
int hip_identity_link_write(const char *dir, const char *name, char *err,
			    size_t err_len);
int hip_identity_link_remove(const char *dir, char *err, size_t err_len);

#endif
