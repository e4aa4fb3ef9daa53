/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The associations outlive the daemon: their SAs in the kernel, the rest in a
 * sealed file that the next run reads.
 *
 * The file is written as soon as an association came or went, whole or not at
 * all, but not ten times a second, nor more often than costs a sixty-fourth of
 * the time. It opens only
 * with the secret that lies beside the identities' keys, on the boot of the
 * machine that wrote it. Secret and file should be on different media, disk and
 * memory: neither alone gives anything, and after a reboot nothing does.
 */
#ifndef HIP_STORE_H
#define HIP_STORE_H

#include "assoc.h"

#define HIP_STORE_BOOT 16		/* octets of a boot's id */

struct hip_store;

/**
 * hip_store_open() - read what an earlier run saved
 * @host: with configuration and clock; host->store is the caller's to set
 * @file: where the associations are and will be saved
 * @key_file: holds the secret; made when it is not there
 * @boot: names this boot of the machine
 * @err: a sentence for the user when there is no secret
 * @err_len: its room
 *
 * A file that is damaged, foreign, of another version or boot is refused, said
 * in the log and counted (state_refused).
 *
 * Return: NULL when nothing can be saved.
 */
struct hip_store *hip_store_open(struct hip_host *host, const char *file,
				 const char *key_file, const uint8_t *boot,
				 char *err, size_t err_len);
/* Without writing: hip_store_save() before, when it matters. NULL is fine. */
void hip_store_close(struct hip_store *store);

/* What an earlier run saved of this association becomes its own, if it belongs
 * to the SAs that the kernel has (assoc->path).
 */
bool hip_store_resume(struct hip_store *store, struct hip_assoc *assoc);
/* Nothing else is resumed. */
void hip_store_resumed(struct hip_store *store);

/* An association came, changed or went. Costs nothing to speak of. */
void hip_store_changed(struct hip_host *host);
/* Writes now, unless nothing changed. 0 or a negative errno. */
int hip_store_save(struct hip_host *host);

#endif
