// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink requests in batches. A socket belongs to the event loop's thread;
 * calls are synchronous, the kernel answers within sendmsg().
 */
#include "nl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "crypto.h"

/* The kernel makes dumps of up to 32 KiB when the reader has room for it */
#define ROOM 32768
/* No answer at all would be a kernel bug: rather an error than a dead loop */
#define TIMEOUT_SEC 5

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

int hip_nl_open(struct hip_nl *nl, int protocol, const char *name)
{
	struct timeval tv = { .tv_sec = TIMEOUT_SEC };
	int one = 1, fd;

	memset(nl, 0, sizeof(*nl));
	nl->name = name;
	nl->buf = malloc(ROOM);
	nl->room = ROOM;
	nl->sk = nl_socket_alloc();
	if (!nl->buf || !nl->sk)
		goto err_free;
	if (nl_connect(nl->sk, protocol) < 0)
		goto err_free;
	nl_socket_set_buffer_size(nl->sk, 1 << 20, 1 << 18);
	fd = nl_socket_get_fd(nl->sk);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	/* sentences; and no echo of our requests, which hold keys */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return 0;

err_free:
	hip_nl_close(nl);
	return errno ? -errno : -ENOMEM;
}

void hip_nl_close(struct hip_nl *nl)
{
	if (nl->sk)
		nl_socket_free(nl->sk);
	nl->sk = NULL;
	free(nl->buf);
	nl->buf = NULL;
}

void hip_nlbatch_init(struct hip_nlbatch *b)
{
	memset(b, 0, sizeof(*b));
}

struct nl_msg *hip_nlbatch_add(struct hip_nlbatch *b, uint16_t type,
			       uint16_t flags, const void *hdr,
			       size_t hdr_len)
{
	struct nl_msg *msg = NULL;

	if (b->n < HIP_NL_BATCH)
		msg = nlmsg_alloc_size(HIP_NL_MSG);
	if (!msg)
		goto err;
	b->msg[b->n++] = msg;
	if (!nlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0,
		       NLM_F_REQUEST | flags) ||
	    nlmsg_append(msg, (void *)hdr, hdr_len, NLMSG_ALIGNTO))
		goto err;
	return msg;

err:
	b->failed = true;
	return NULL;
}

void hip_nlbatch_put(struct hip_nlbatch *b, struct nl_msg *msg, int type,
		     const void *data, size_t len)
{
	if (!msg || nla_put(msg, type, (int)len, data))
		b->failed = true;
}

void hip_nlbatch_put_u32(struct hip_nlbatch *b, struct nl_msg *msg, int type,
			 uint32_t v)
{
	hip_nlbatch_put(b, msg, type, &v, sizeof(v));
}

void hip_nlbatch_exit(struct hip_nlbatch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct nlmsghdr *nlh = nlmsg_hdr(b->msg[i]);

		hip_crypto_wipe(nlh, nlh->nlmsg_len);
		nlmsg_free(b->msg[i]);
	}
	b->n = 0;
}

/* One sendmsg() with all messages; *last is the sequence of the last. */
static int send_all(struct hip_nl *nl, struct hip_nlbatch *b, uint32_t *last)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct iovec iov[HIP_NL_BATCH];
	struct msghdr mh = { .msg_name = &to, .msg_namelen = sizeof(to),
			     .msg_iov = iov, .msg_iovlen = b->n };

	for (size_t i = 0; i < b->n; i++) {
		struct nlmsghdr *nlh = nlmsg_hdr(b->msg[i]);

		nlh->nlmsg_pid = nl_socket_get_local_port(nl->sk);
		nlh->nlmsg_seq = nl_socket_use_seq(nl->sk);
		iov[i].iov_base = nlh;
		iov[i].iov_len = NLMSG_ALIGN(nlh->nlmsg_len);
		*last = nlh->nlmsg_seq;
	}
	if (sendmsg(nl_socket_get_fd(nl->sk), &mh, 0) < 0)
		return -errno;
	return 0;
}

static void keep_sentence(struct hip_nl *nl, const struct nlmsghdr *nlh)
{
	size_t off = NLMSG_HDRLEN + sizeof(struct nlmsgerr);
	const struct nlattr *a;
	int left;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || nlh->nlmsg_len <= off)
		return;
	/* NETLINK_CAP_ACK: no payload of the request in between, but a
	 * refusal carries it when the option is not known
	 */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		return;
	left = (int)(nlh->nlmsg_len - off);
	for (a = (const void *)((const char *)nlh + off); nla_ok(a, left);
	     a = nla_next(a, &left))
		if (nla_type(a) == NLMSGERR_ATTR_MSG)
			snprintf(nl->sentence, sizeof(nl->sentence), "%.*s",
				 nla_len(a), (const char *)nla_data(a));
}

struct answer {
	uint32_t first, last;	/* sequence numbers of the batch */
	bool absent_ok, dump, intr;
	hip_nl_cb cb;
	void *arg;
	int ret;
};

/* Is this the end of the answer? */
static bool take_error(struct hip_nl *nl, struct answer *a,
		       const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = nlmsg_data(nlh);

	if (nlh->nlmsg_len < NLMSG_HDRLEN + sizeof(*e)) {
		a->ret = -EBADMSG;
		return true;
	}
	if (a->absent_ok && (e->error == -ENOENT || e->error == -ESRCH ||
			  e->error == -EADDRNOTAVAIL))
		return nlh->nlmsg_seq == a->last;
	if (e->error && !a->ret) {
		a->ret = e->error;
		nl->refused = nlh->nlmsg_seq - a->first;
		keep_sentence(nl, nlh);
	}
	return nlh->nlmsg_seq == a->last;
}

static ssize_t receive(struct hip_nl *nl)
{
	ssize_t len;

	do {
		len = recv(nl_socket_get_fd(nl->sk), nl->buf, nl->room,
			   MSG_TRUNC);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return (size_t)len > nl->room ? -EMSGSIZE : len;
}

/* One datagram; true when the answer is complete. */
static bool read_one(struct hip_nl *nl, struct answer *a, size_t len)
{
	const struct nlmsghdr *nlh = (const void *)nl->buf;
	int left = (int)len;

	for (; nlmsg_ok(nlh, left);
	     nlh = nlmsg_next((struct nlmsghdr *)nlh, &left)) {
		/* a late answer to what timed out before */
		if (nlh->nlmsg_seq - a->first > a->last - a->first)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			a->intr = true;
		if (nlh->nlmsg_type == NLMSG_DONE) {
			int err = 0;

			if (nlh->nlmsg_len >= NLMSG_HDRLEN + sizeof(err))
				memcpy(&err, nlmsg_data(nlh), sizeof(err));
			if (err < 0 && !a->ret)
				a->ret = err;
			return true;
		}
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			if (take_error(nl, a, nlh))
				return true;
		} else if (a->cb && !a->ret) {
			a->ret = a->cb(a->arg, nlh);
		}
	}
	return false;
}

static int converse(struct hip_nl *nl, struct hip_nlbatch *b,
		    struct answer *a)
{
	ssize_t len;
	int ret;

	nl->sentence[0] = '\0';
	nl->refused = 0;
	if (b->failed || !nl->sk) {
		ret = b->failed ? -ENOBUFS : -ENOTCONN;
		goto out;
	}
	ret = 0;
	if (!b->n)
		goto out;
	ret = send_all(nl, b, &a->last);
	if (ret)
		goto out;
	nl->refused = b->n;
	a->first = nlmsg_hdr(b->msg[0])->nlmsg_seq;
	do {
		len = receive(nl);
		if (len < 0) {
			ret = (int)len;
			goto out;
		}
	} while (!read_one(nl, a, (size_t)len));
	ret = a->ret;
	if (!ret && a->intr)
		ret = -EAGAIN;
out:
	hip_nlbatch_exit(b);
	return ret;
}

int hip_nl_commit(struct hip_nl *nl, struct hip_nlbatch *b)
{
	struct answer a = { .absent_ok = b->absent_ok };

	if (b->n)
		nlmsg_hdr(b->msg[b->n - 1])->nlmsg_flags |= NLM_F_ACK;
	return converse(nl, b, &a);
}

int hip_nl_ask(struct hip_nl *nl, struct hip_nlbatch *b, hip_nl_cb cb,
	       void *arg)
{
	struct answer a = { .cb = cb, .arg = arg };
	struct nlmsghdr *nlh;
	int ret;

	if (b->n) {
		nlh = nlmsg_hdr(b->msg[0]);
		/* a dump ends with NLMSG_DONE, a single answer with the ACK */
		if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
			nlh->nlmsg_flags |= NLM_F_ACK;
	}
	ret = converse(nl, b, &a);
	if (nl->buf)
		hip_crypto_wipe(nl->buf, nl->room);
	return ret;
}

/* Octets of the next datagram, whoever sent it; 0 when there is none. */
static ssize_t next_multicast(int fd, void *buf, size_t room,
			      struct sockaddr_nl *from, int *lost)
{
	socklen_t from_len = sizeof(*from);
	ssize_t len;

	for (;;) {
		len = recvfrom(fd, buf, room, MSG_DONTWAIT, (void *)from,
			       &from_len);
		if (len >= 0)
			return len;
		if (errno == EAGAIN)
			return 0;
		if (errno == ENOBUFS)
			*lost = -ENOBUFS;
		else if (errno != EINTR)
			return -errno;
	}
}

int hip_nl_drain(struct nl_sock *sk, hip_nl_cb cb, void *arg)
{
	uint8_t buf[8192] __attribute__((aligned(8)));
	int fd = nl_socket_get_fd(sk), left, lost = 0;
	const struct nlmsghdr *nlh;
	struct sockaddr_nl from;
	ssize_t len;

	while ((len = next_multicast(fd, buf, sizeof(buf), &from, &lost)) > 0) {
		if (from.nl_pid || !cb)
			continue;
		left = (int)len;
		nlh = (const void *)buf;
		for (; nlmsg_ok(nlh, left);
		     nlh = nlmsg_next((struct nlmsghdr *)nlh, &left))
			cb(arg, nlh);
	}
	hip_crypto_wipe(buf, sizeof(buf));
	return len ? (int)len : lost;
}

int hip_nl_parse(const struct nlmsghdr *nlh, size_t hdr_len,
		 struct nlattr **tb, int max, const struct nla_policy *policy)
{
	if (nlmsg_parse((struct nlmsghdr *)nlh, (int)hdr_len, tb, max,
			policy) < 0)
		return -EBADMSG;
	return 0;
}
