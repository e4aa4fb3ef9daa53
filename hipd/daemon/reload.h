/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HIP_RELOAD_H
#define HIP_RELOAD_H

#include "host.h"

/**
 * hip_reload() - read configuration, keys and peers again
 * @host: a running host
 * @config_file: as given at start
 * @err: a sentence for the user unless 0 is returned
 * @err_len: its room
 *
 * All files are read before anything is changed: on an error everything stays
 * as it was. What can go wrong afterwards, new R1s that cannot be made, undoes
 * nothing and is no error: peers are then answered with what R1s there are. A
 * key of the configuration that needs a restart is an error when it changed.
 * Associations go on; those of an identity whose key file is gone are removed,
 * those that the new access rules deny are closed. Peers added by command stay.
 *
 * Return: 0; a negative errno; 1 when everything read is in force, but not all
 * could be done: @err says what.
 */
int hip_reload(struct hip_host *host, const char *config_file, char *err,
	       size_t err_len);

#endif
