/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The key log that lets a test decrypt its captures. It holds secrets: only
 * for tests, never on by default.
 */
#ifndef HIP_KEYLOG_H
#define HIP_KEYLOG_H

#include "keymat.h"

struct hip_keylog;

/* Opens @path for appending, made with mode 0600; an existing file with other
 * permissions is refused. NULL: @err is a sentence for the user.
 */
struct hip_keylog *hip_keylog_open(const char *path, char *err, size_t err_len);
void hip_keylog_close(struct hip_keylog *log);		/* NULL is fine */
/* "HIP <hit-i> <hit-r> <I hex> <J hex> <Kij hex>"; NULL @log is fine. */
void hip_keylog_write(struct hip_keylog *log, const struct in6_addr *hit_i,
		      const struct in6_addr *hit_r,
		      const struct hip_keymat *km);

#endif
