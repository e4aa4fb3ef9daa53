/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control socket: where the command hip and other programs ask hipd.
 * Documentation/control.md describes the protocol and every method.
 */
#ifndef HIP_CTL_H
#define HIP_CTL_H

#include <stddef.h>

struct event_base;
struct hip_ctl;
struct hip_host;

/**
 * hip_ctl_open() - listen on the socket that the configuration names
 * @host: a started host; its event hook is taken
 * @base: the event loop
 * @err: a sentence for the user on failure
 * @err_len: its room
 *
 * A socket that an earlier run left is removed; one that answers is an error.
 * SIGPIPE is ignored from here on.
 *
 * Return: the socket, closed by hip_ctl_close() before @host stops, or NULL.
 */
struct hip_ctl *hip_ctl_open(struct hip_host *host, struct event_base *base,
			     char *err, size_t err_len);
/* Cuts off all clients and removes the socket; NULL is fine. */
void hip_ctl_close(struct hip_ctl *ctl);

#endif
