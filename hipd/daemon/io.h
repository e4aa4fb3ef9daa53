/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HIP packets on the network: raw sockets of protocol 139 (RFC 7401 section
 * 5.1), IPv4 and IPv6.
 */
#ifndef HIP_IO_H
#define HIP_IO_H

#include <netinet/in.h>
#include <stddef.h>

struct event_base;
struct hip_host;
struct hip_io;

/* NULL with a sentence in @err. Delivers to hip_host_receive() from @base's
 * loop; @host outlives it.
 */
struct hip_io *hip_io_open(struct hip_host *host, struct event_base *base,
			   char *err, size_t err_len);
void hip_io_close(struct hip_io *io);	/* NULL is fine */

/* As hip_env.send: from locator @src, either family. */
int hip_io_send(struct hip_io *io, const struct in6_addr *src,
		const struct in6_addr *dst, const void *buf, size_t len);
/* The same on another raw socket, of the family of @dst. */
int hip_io_send_on(int fd, const struct in6_addr *src,
		   const struct in6_addr *dst, const void *buf, size_t len);

#endif
