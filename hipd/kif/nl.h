/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink requests in batches: several messages in one sendmsg(), one
 * acknowledgement read, the kernel's own sentence (extended ACK) kept for the
 * log. Messages are built with libnl's nlmsg and nla; libnl-xfrm and
 * libnl-route know neither batches nor if_id nor the sentence.
 */
#ifndef HIP_NL_H
#define HIP_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

#define HIP_NL_BATCH 8
#define HIP_NL_MSG 2048		/* room of one request, octets */
#define HIP_NL_SENTENCE 160

struct hip_nl {
	struct nl_sock *sk;	/* NULL = closed */
	const char *name;	/* "xfrm", for the log */
	uint8_t *buf;		/* one datagram from the kernel */
	size_t room;
	char sentence[HIP_NL_SENTENCE];	/* of the last refusal, "" = none */
	size_t refused;		/* which request, counted from 0; see below */
};

/* Requests that go out together; later ones run even if one is refused. */
struct hip_nlbatch {
	struct nl_msg *msg[HIP_NL_BATCH];
	size_t n;
	bool failed;		/* no room or memory; sticky */
	bool absent_ok;		/* -ENOENT, -ESRCH: it is gone already */
};

/* Called for each message of an answer; non-zero ends the reading's use of
 * it and is returned.
 */
typedef int (*hip_nl_cb)(void *arg, const struct nlmsghdr *nlh);

/* A socket of @protocol (NETLINK_XFRM, ...). Returns 0 or a negative errno. */
int hip_nl_open(struct hip_nl *nl, int protocol, const char *name);
void hip_nl_close(struct hip_nl *nl);

void hip_nlbatch_init(struct hip_nlbatch *b);
/* A new message of @type with the family header @hdr, to append attributes
 * to; NULL after marking the batch failed.
 */
struct nl_msg *hip_nlbatch_add(struct hip_nlbatch *b, uint16_t type,
			       uint16_t flags, const void *hdr,
			       size_t hdr_len);
/* Appends an attribute; a message without room marks the batch failed. */
void hip_nlbatch_put(struct hip_nlbatch *b, struct nl_msg *msg, int type,
		     const void *data, size_t len);
void hip_nlbatch_put_u32(struct hip_nlbatch *b, struct nl_msg *msg, int type,
			 uint32_t v);
/* Wipes and frees the messages. */
void hip_nlbatch_exit(struct hip_nlbatch *b);

/**
 * hip_nl_commit() - send a batch and wait for the kernel's answer
 * @nl: socket
 * @b: batch; wiped and freed here in any case
 *
 * Only the last message asks for an acknowledgement: refusals come anyway and
 * come before it, so that a good batch costs two system calls.
 *
 * Return: 0 or the first refusal's negative errno, with nl->sentence and
 * nl->refused: requests before that one were carried out. It is 0 when none
 * was sent, and beyond the batch when no answer came.
 */
int hip_nl_commit(struct hip_nl *nl, struct hip_nlbatch *b);

/**
 * hip_nl_ask() - send one request that is answered, or a dump
 * @nl: socket
 * @b: batch of one message; wiped and freed here in any case
 * @cb: called for each message of the answer
 * @arg: its first argument
 *
 * The buffer is wiped afterwards: dumps of SAs hold keys.
 *
 * Return: 0, a negative errno, -EAGAIN for a dump that was interrupted by a
 * change (ask again), or what @cb returned.
 */
int hip_nl_ask(struct hip_nl *nl, struct hip_nlbatch *b, hip_nl_cb cb,
	       void *arg);

/**
 * hip_nl_drain() - read what was multicast to a socket until it is empty
 * @sk: socket with memberships
 * @cb: called for each message of the kernel; what it returns does not matter.
 *	NULL: that there was something is enough
 * @arg: its first argument
 *
 * When the socket's queue is full the kernel says so once (ENOBUFS), and drops
 * in silence what comes until the queue was read empty. So it is, before the
 * caller hears of it: what he looks up then misses nothing. The buffer is
 * wiped: new SAs are reported with their keys.
 *
 * Return: 0, -ENOBUFS when events were lost, or another negative errno.
 */
int hip_nl_drain(struct nl_sock *sk, hip_nl_cb cb, void *arg);

/* nlmsg_parse() of libnl with an errno; trusts no length. */
int hip_nl_parse(const struct nlmsghdr *nlh, size_t hdr_len,
		 struct nlattr **tb, int max, const struct nla_policy *policy);

#endif
