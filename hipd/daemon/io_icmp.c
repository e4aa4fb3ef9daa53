// SPDX-License-Identifier: GPL-2.0
/*
 * Raw sockets of ICMP and ICMPv6, for the errors about HIP packets alone: the
 * kernel filters by type and by the protocol of the packet that is quoted, so
 * that other traffic's errors do not wake the daemon.
 */
#define _GNU_SOURCE		/* struct in6_pktinfo */

#include "io_icmp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "icmp.h"
#include "io.h"

#define ROOM 2048
#define BURST 32		/* messages before other events get a turn */

struct hip_io_icmp {
	struct hip_host *host;
	int fd4, fd6;
	struct event *ev4, *ev6;
};

/* ---- receiving ---- */

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct hip_io_icmp *io = arg;
	uint8_t buf[ROOM];
	size_t skip = 0;
	ssize_t len;

	for (int i = 0; i < BURST; i++) {
		len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (len <= 0)
			return;
		if (fd == io->fd4)	/* with its IP header */
			skip = (size_t)(buf[0] & 0xf) * 4;
		if ((size_t)len > skip)
			hip_icmp_receive(io->host, fd == io->fd4 ? AF_INET :
								   AF_INET6,
					 buf + skip, (size_t)len - skip);
	}
}

/* ---- sending ---- */

int hip_io_icmp_send(struct hip_io_icmp *io, const struct in6_addr *src,
		     const struct in6_addr *dst, const void *buf, size_t len)
{
	return hip_io_send_on(hip_addr_is_v4(dst) ? io->fd4 : io->fd6, src,
			      dst, buf, len);
}

/* ---- opening ---- */

static int attach(int fd, struct sock_filter *code, unsigned short n)
{
	const struct sock_fprog prog = { .len = n, .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog)) ? -errno : 0;
}

/* IP header, ICMP's 8 octets, and 9 octets into the quoted header. */
static int filter4(int fd)
{
	struct icmp_filter types = { .data = ~(1u << ICMP_DEST_UNREACH) };
	struct sock_filter code[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 8 + 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HIP_PROTO, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ROOM),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	if (setsockopt(fd, SOL_RAW, ICMP_FILTER, &types, sizeof(types)))
		return -errno;
	return attach(fd, code, sizeof(code) / sizeof(*code));
}

static int filter6(int fd)
{
	struct icmp6_filter types;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8 + 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HIP_PROTO, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ROOM),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	ICMP6_FILTER_SETBLOCKALL(&types);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &types);
	ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &types);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &types,
		       sizeof(types)))
		return -errno;
	return attach(fd, code, sizeof(code) / sizeof(*code));
}

static int open_one(struct hip_io_icmp *io, struct event_base *base, int *fd,
		    struct event **ev, bool v4)
{
	int ret;

	*fd = socket(v4 ? AF_INET : AF_INET6,
		     SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		     v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (*fd < 0)
		return -errno;
	ret = v4 ? filter4(*fd) : filter6(*fd);
	if (ret)
		return ret;
	*ev = event_new(base, *fd, EV_READ | EV_PERSIST, on_readable, io);
	return !*ev || event_add(*ev, NULL) ? -ENOMEM : 0;
}

struct hip_io_icmp *hip_io_icmp_open(struct hip_host *host,
				     struct event_base *base, char *err,
				     size_t err_len)
{
	struct hip_io_icmp *io = calloc(1, sizeof(*io));
	int ret = -ENOMEM;

	if (io) {
		io->host = host;
		io->fd4 = -1;
		io->fd6 = -1;
		ret = open_one(io, base, &io->fd4, &io->ev4, true);
		if (!ret)
			ret = open_one(io, base, &io->fd6, &io->ev6, false);
	}
	if (!ret)
		return io;
	hip_io_icmp_close(io);
	snprintf(err, err_len, "raw sockets of ICMP: %s", strerror(-ret));
	return NULL;
}

void hip_io_icmp_close(struct hip_io_icmp *io)
{
	if (!io)
		return;
	if (io->ev4)
		event_free(io->ev4);
	if (io->ev6)
		event_free(io->ev6);
	if (io->fd4 >= 0)
		close(io->fd4);
	if (io->fd6 >= 0)
		close(io->fd6);
	free(io);
}
