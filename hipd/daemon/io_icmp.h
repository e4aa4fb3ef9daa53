/* SPDX-License-Identifier: GPL-2.0 */
/* ICMP errors about HIP packets on the network (RFC 7401 section 5.4). */
#ifndef HIP_IO_ICMP_H
#define HIP_IO_ICMP_H

#include <netinet/in.h>
#include <stddef.h>

struct event_base;
struct hip_host;
struct hip_io_icmp;

/* NULL with a sentence in @err. Delivers to hip_icmp_receive(). */
struct hip_io_icmp *hip_io_icmp_open(struct hip_host *host,
				     struct event_base *base, char *err,
				     size_t err_len);
void hip_io_icmp_close(struct hip_io_icmp *io);	/* NULL is fine */

/* As hip_env.icmp. */
int hip_io_icmp_send(struct hip_io_icmp *io, const struct in6_addr *src,
		     const struct in6_addr *dst, const void *buf, size_t len);

#endif
