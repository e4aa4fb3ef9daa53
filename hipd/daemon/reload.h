/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HIP_RELOAD_H
#define HIP_RELOAD_H

#include "host.h"

/**
 * hip_reload() - read configuration, keys and peers again
 * @host: a running host
 * @config_file: as given at start
 * @err: a sentence for the user on failure
 * @err_len: its room
 *
 * All files are read before anything is changed: on an error everything stays
 * as it was. A key of the configuration that needs a restart is an error when
 * it changed. Associations go on; those of an identity whose key file is gone
 * are removed, those that the new access rules deny are closed. Peers added by
 * command stay.
 *
 * Return: 0 or a negative errno.
 */
int hip_reload(struct hip_host *host, const char *config_file, char *err,
	       size_t err_len);

#endif
