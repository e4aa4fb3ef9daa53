// SPDX-License-Identifier: GPL-2.0
/*
 * Raw sockets of protocol 139. The kernel reassembles before it delivers and
 * fragments what is larger than the path's MTU: an I2 with an RSA Host
 * Identity may be (RFC 7401 section 5.1.3 leaves fragmentation to IP).
 *
 * I1s have sockets of their own, since anybody can send any number of them:
 * when they overflow theirs, nothing else is lost, and the loop takes turns.
 *
 * The sockets and the buffers belong to the event loop's thread.
 */
#define _GNU_SOURCE		/* recvmmsg(), struct in6_pktinfo */

#include "io.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "host.h"
#include "log.h"

#define BATCH 32
#define ROUNDS 8		/* batches before other events get a turn */
#define RCVBUF (4 << 20)
#define IP_HDR_MAX 60
#define TYPE_AT 2		/* of the packet type in the HIP header */
/* one octet more than may be: a longer packet is seen to be too long */
#define ROOM (IP_HDR_MAX + HIP_MAX_PACKET + 1)

union control {
	struct cmsghdr align;
	char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct hip_io {
	struct hip_host *host;
	int fd4, fd6;			/* all but I1s, and for sending */
	int i1_fd4, i1_fd6;
	struct event *ev4, *ev6, *i1_ev4, *i1_ev6;
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	union control control[BATCH];
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} from[BATCH];
	uint8_t buf[BATCH][ROOM];
};

/* ---- receiving ---- */

static void *find_control(struct msghdr *mh, int level, int type, size_t len)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c))
		if (c->cmsg_level == level && c->cmsg_type == type &&
		    c->cmsg_len >= CMSG_LEN(len))
			return CMSG_DATA(c);
	return NULL;
}

static void drop_locator(struct hip_io *io)
{
	io->host->stats.v[HIP_STAT_RX]++;
	io->host->stats.v[HIP_STAT_DROP_LOCATOR]++;
}

static void deliver4(struct hip_io *io, size_t i, size_t len)
{
	struct msghdr *mh = &io->msg[i].msg_hdr;
	struct in_pktinfo *info = find_control(mh, IPPROTO_IP, IP_PKTINFO,
					       sizeof(*info));
	const uint8_t *buf = io->buf[i];
	size_t ihl = (size_t)(buf[0] & 0xf) * 4;
	struct in6_addr src, dst;

	/* broadcast and multicast: the address differs from that of the
	 * host which the packet came in for
	 */
	if (len < sizeof(struct iphdr) || ihl > len || !info ||
	    info->ipi_addr.s_addr != info->ipi_spec_dst.s_addr) {
		drop_locator(io);
		return;
	}
	hip_addr_from_v4(&src, &io->from[i].v4.sin_addr);
	hip_addr_from_v4(&dst, &info->ipi_addr);
	hip_host_receive(io->host, &src, &dst, buf + ihl, len - ihl);
}

static void deliver6(struct hip_io *io, size_t i, size_t len)
{
	struct msghdr *mh = &io->msg[i].msg_hdr;
	struct in6_pktinfo *info = find_control(mh, IPPROTO_IPV6,
						IPV6_PKTINFO, sizeof(*info));

	if (!info || IN6_IS_ADDR_MULTICAST(&info->ipi6_addr)) {
		drop_locator(io);
		return;
	}
	hip_host_receive(io->host, &io->from[i].v6.sin6_addr,
			 &info->ipi6_addr, io->buf[i], len);
}

static void prepare(struct hip_io *io)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct msghdr *mh = &io->msg[i].msg_hdr;

		io->iov[i].iov_base = io->buf[i];
		io->iov[i].iov_len = ROOM;
		mh->msg_name = &io->from[i];
		mh->msg_namelen = sizeof(io->from[i]);
		mh->msg_iov = &io->iov[i];
		mh->msg_iovlen = 1;
		mh->msg_control = &io->control[i];
		mh->msg_controllen = sizeof(io->control[i]);
		mh->msg_flags = 0;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct hip_io *io = arg;
	int n = BATCH;

	for (int round = 0; round < ROUNDS && n == BATCH; round++) {
		prepare(io);
		n = recvmmsg(fd, io->msg, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++) {
			if (fd == io->fd4 || fd == io->i1_fd4)
				deliver4(io, (size_t)i, io->msg[i].msg_len);
			else
				deliver6(io, (size_t)i, io->msg[i].msg_len);
		}
	}
}

/* ---- sending ---- */

static int send_with(int fd, void *to, socklen_t to_len, const void *buf,
		     size_t len, int level, int type, const void *info,
		     size_t info_len)
{
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };
	union control control = { 0 };
	struct msghdr mh = { .msg_name = to, .msg_namelen = to_len,
			     .msg_iov = &iov, .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = CMSG_SPACE(info_len) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(info_len);
	memcpy(CMSG_DATA(c), info, info_len);
	return sendmsg(fd, &mh, MSG_DONTWAIT) < 0 ? -errno : 0;
}

static int send4(int fd, const struct in6_addr *src,
		 const struct in6_addr *dst, const void *buf, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct in_pktinfo info = { 0 };

	memcpy(&to.sin_addr, &dst->s6_addr[12], 4);
	memcpy(&info.ipi_spec_dst, &src->s6_addr[12], 4);
	return send_with(fd, &to, sizeof(to), buf, len, IPPROTO_IP,
			 IP_PKTINFO, &info, sizeof(info));
}

static int send6(int fd, const struct in6_addr *src,
		 const struct in6_addr *dst, const void *buf, size_t len)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_addr = *dst };
	struct in6_pktinfo info = { .ipi6_addr = *src };

	return send_with(fd, &to, sizeof(to), buf, len, IPPROTO_IPV6,
			 IPV6_PKTINFO, &info, sizeof(info));
}

int hip_io_send_on(int fd, const struct in6_addr *src,
		   const struct in6_addr *dst, const void *buf, size_t len)
{
	if (hip_addr_is_v4(src) != hip_addr_is_v4(dst))
		return -EAFNOSUPPORT;
	return hip_addr_is_v4(dst) ? send4(fd, src, dst, buf, len) :
				     send6(fd, src, dst, buf, len);
}

int hip_io_send(struct hip_io *io, const struct in6_addr *src,
		const struct in6_addr *dst, const void *buf, size_t len)
{
	return hip_io_send_on(hip_addr_is_v4(dst) ? io->fd4 : io->fd6, src,
			      dst, buf, len);
}

/* ---- opening ---- */

/* Takes I1s alone, or all but them; what is too short for an I1 is none. The
 * filter sees IPv4's header, but not that of IPv6.
 */
static int filter(int fd, int family, bool i1)
{
	const struct sock_filter skip4 = BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0);
	const struct sock_filter skip6 = BPF_STMT(BPF_LDX | BPF_IMM, 0);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
			 family == AF_INET ? IP_HDR_MAX + TYPE_AT + 1 :
					     TYPE_AT + 1, 0, 5),
		family == AF_INET ? skip4 : skip6,
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, TYPE_AT),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x7f),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HIP_I1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, i1 ? UINT32_MAX : 0),
		BPF_STMT(BPF_RET | BPF_K, i1 ? 0 : UINT32_MAX),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static int open_socket(int family, int level, int pktinfo, bool i1)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			HIP_PROTO);
	int one = 1, room = RCVBUF;

	if (fd < 0)
		return -errno;
	if (filter(fd, family, i1) ||
	    setsockopt(fd, level, pktinfo, &one, sizeof(one))) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	/* FORCE passes net.core.rmem_max, given CAP_NET_ADMIN */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

/* IPv4 sets DF by default, which would lose large packets on narrow paths. */
static int open4(bool i1)
{
	int dont = IP_PMTUDISC_DONT;
	int fd = open_socket(AF_INET, IPPROTO_IP, IP_PKTINFO, i1);

	if (fd >= 0)
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont,
			   sizeof(dont));
	return fd;
}

/* Who sends must cut: a raw socket that is not connected hears of no Packet Too
 * Big, and 1280 octets pass everywhere (RFC 8200 section 5).
 */
static int open6(bool i1)
{
	int mtu = 1280;
	int fd = open_socket(AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO, i1);

	if (fd >= 0)
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &mtu, sizeof(mtu));
	return fd;
}

static int open_one(struct hip_io *io, struct event_base *base, int family,
		    bool i1, int *fd, struct event **ev)
{
	*fd = family == AF_INET ? open4(i1) : open6(i1);
	if (*fd < 0)
		return *fd;
	*ev = event_new(base, *fd, EV_READ | EV_PERSIST, on_readable, io);
	return !*ev || event_add(*ev, NULL) ? -ENOMEM : 0;
}

static int open_all(struct hip_io *io, struct event_base *base)
{
	int ret;

	ret = open_one(io, base, AF_INET, false, &io->fd4, &io->ev4);
	if (!ret)
		ret = open_one(io, base, AF_INET6, false, &io->fd6, &io->ev6);
	if (!ret)
		ret = open_one(io, base, AF_INET, true, &io->i1_fd4,
			       &io->i1_ev4);
	if (!ret)
		ret = open_one(io, base, AF_INET6, true, &io->i1_fd6,
			       &io->i1_ev6);
	return ret;
}

struct hip_io *hip_io_open(struct hip_host *host, struct event_base *base,
			   char *err, size_t err_len)
{
	struct hip_io *io = calloc(1, sizeof(*io));
	int ret = -ENOMEM;

	if (io) {
		io->host = host;
		io->fd4 = io->fd6 = io->i1_fd4 = io->i1_fd6 = -1;
		ret = open_all(io, base);
	}
	if (!ret)
		return io;
	hip_io_close(io);
	snprintf(err, err_len, "raw socket of protocol %d: %s", HIP_PROTO,
		 ret == -EPERM ?
		 "not permitted: run hipd as root or with CAP_NET_RAW" :
		 strerror(-ret));
	return NULL;
}

static void close_one(int fd, struct event *ev)
{
	if (ev)
		event_free(ev);
	if (fd >= 0)
		close(fd);
}

void hip_io_close(struct hip_io *io)
{
	if (!io)
		return;
	close_one(io->fd4, io->ev4);
	close_one(io->fd6, io->ev6);
	close_one(io->i1_fd4, io->i1_ev4);
	close_one(io->i1_fd6, io->i1_ev6);
	free(io);
}
