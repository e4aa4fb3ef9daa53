// SPDX-License-Identifier: GPL-2.0
/*
 * hip.ko's generic netlink family: requests, dumps; kgenl_events.c reads the
 * events. All sockets belong to the event loop's thread.
 */
#include "kgenl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/hip.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

/* Events of a whole burst of new peers; each is below 1 KiB of truesize */
#define EVENTS_RCVBUF (8 << 20)

/* @told: a full queue is not for the sender as if nobody listened. */
static int open_group(struct nl_sock **sk, int group, int told)
{
	int room = EVENTS_RCVBUF, fd;

	if (group < 0)
		return -ENOENT;
	*sk = nl_socket_alloc();
	if (!*sk)
		return -ENOMEM;
	if (genl_connect(*sk) < 0 || nl_socket_set_nonblocking(*sk) < 0)
		return -errno;
	fd = nl_socket_get_fd(*sk);
	/* FORCE passes net.core.rmem_max, given CAP_NET_ADMIN */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (setsockopt(fd, SOL_NETLINK, NETLINK_BROADCAST_ERROR, &told,
		       sizeof(told)) ||
	    nl_socket_add_membership(*sk, group) < 0)
		return -errno;
	return 0;
}

/* hip.ko would drop packets that wait for a daemon that is not there; the
 * other group's sender serves all network namespaces, and would end with the
 * first that has no room.
 */
static int open_events(struct hip_kgenl *k)
{
	int ret;

	ret = open_group(&k->events,
			 genl_ctrl_resolve_grp(k->nl.sk, HIP_GENL_NAME,
					       HIP_MCGRP_EVENTS), 1);
	if (ret)
		return ret;
	return open_group(&k->families,
			  genl_ctrl_resolve_grp(k->nl.sk, "nlctrl", "notify"),
			  0);
}

int hip_kgenl_open(struct hip_kgenl *k, char *err, size_t err_len)
{
	int ret;

	memset(k, 0, sizeof(*k));
	ret = hip_nl_open(&k->nl, NETLINK_GENERIC, "hip.ko");
	if (ret) {
		snprintf(err, err_len, "generic netlink: %s", strerror(-ret));
		return ret;
	}
	ret = genl_ctrl_resolve(k->nl.sk, HIP_GENL_NAME);
	if (ret < 0) {
		snprintf(err, err_len,
			 "hip.ko is not loaded: run 'modprobe hip' (or 'insmod .../hip.ko') and start hipd again");
		ret = -ENOENT;
		goto err_close;
	}
	k->family = (uint16_t)ret;
	ret = open_events(k);
	if (ret) {
		snprintf(err, err_len, "events of hip.ko: %s", strerror(-ret));
		goto err_close;
	}
	return 0;

err_close:
	hip_kgenl_close(k);
	return ret;
}

void hip_kgenl_close(struct hip_kgenl *k)
{
	if (k->events)
		nl_socket_free(k->events);
	if (k->families)
		nl_socket_free(k->families);
	k->events = NULL;
	k->families = NULL;
	hip_nl_close(&k->nl);
}

struct nl_msg *hip_kgenl_add(struct hip_kgenl *k, struct hip_nlbatch *b,
			     uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr gh = { .cmd = cmd, .version = HIP_GENL_VERSION };

	return hip_nlbatch_add(b, k->family, flags, &gh, sizeof(gh));
}

static void put_pair(struct hip_nlbatch *b, struct nl_msg *msg,
		     const struct in6_addr *local, const struct in6_addr *peer)
{
	hip_nlbatch_put(b, msg, HIP_A_ASSOC_LOCAL_HIT, local, sizeof(*local));
	hip_nlbatch_put(b, msg, HIP_A_ASSOC_PEER_HIT, peer, sizeof(*peer));
}

static void put_path(struct hip_kgenl *k, struct hip_nlbatch *b,
		     const struct hip_path *p)
{
	struct nl_msg *msg = hip_kgenl_add(k, b, HIP_CMD_PATH_NEW, 0);

	hip_nlbatch_put_u32(b, msg, HIP_A_PATH_ID, p->id);
	hip_nlbatch_put(b, msg, HIP_A_PATH_LOCAL_HIT, &p->local_hit,
			sizeof(p->local_hit));
	hip_nlbatch_put(b, msg, HIP_A_PATH_PEER_HIT, &p->peer_hit,
			sizeof(p->peer_hit));
	if (p->if_id)
		hip_nlbatch_put_u32(b, msg, HIP_A_PATH_IF_ID, p->if_id);
	hip_nlbatch_put_u32(b, msg, HIP_A_PATH_SPI_IN, htonl(p->spi_in));
	hip_nlbatch_put_u32(b, msg, HIP_A_PATH_SPI_OUT, htonl(p->spi_out));
	hip_nlbatch_put(b, msg, HIP_A_PATH_LOCAL, &p->local, sizeof(p->local));
	hip_nlbatch_put(b, msg, HIP_A_PATH_PEER, &p->peer, sizeof(p->peer));
}

static void put_assoc(struct hip_kgenl *k, struct hip_nlbatch *b,
		      const struct in6_addr *local,
		      const struct in6_addr *peer,
		      enum hip_assoc_state state, uint32_t default_path)
{
	struct nl_msg *msg = hip_kgenl_add(k, b, HIP_CMD_ASSOC_NEW, 0);

	put_pair(b, msg, local, peer);
	hip_nlbatch_put_u32(b, msg, HIP_A_ASSOC_STATE, state);
	if (default_path)
		hip_nlbatch_put_u32(b, msg, HIP_A_ASSOC_DEFAULT_PATH,
				    default_path);
}

int hip_kgenl_up(struct hip_kgenl *k, const struct hip_path *p)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	put_path(k, &b, p);
	if (!p->if_id)
		put_assoc(k, &b, &p->local_hit, &p->peer_hit, HIP_ASSOC_UP,
			  p->id);
	return hip_nl_commit(&k->nl, &b);
}

int hip_kgenl_down(struct hip_kgenl *k, const struct hip_path *p, bool last)
{
	struct hip_nlbatch b;
	struct nl_msg *msg;

	hip_nlbatch_init(&b);
	b.absent_ok = true;
	if (last) {
		msg = hip_kgenl_add(k, &b, HIP_CMD_ASSOC_DEL, 0);
		put_pair(&b, msg, &p->local_hit, &p->peer_hit);
	}
	if (p->id) {
		msg = hip_kgenl_add(k, &b, HIP_CMD_PATH_DEL, 0);
		hip_nlbatch_put_u32(&b, msg, HIP_A_PATH_ID, p->id);
	}
	return hip_nl_commit(&k->nl, &b);
}

int hip_kgenl_assoc_state(struct hip_kgenl *k, const struct in6_addr *local,
			  const struct in6_addr *peer,
			  enum hip_kif_assoc_state state,
			  uint32_t default_path)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	put_assoc(k, &b, local, peer,
		  state == HIP_KIF_ASSOC_UP ? HIP_ASSOC_UP :
					      HIP_ASSOC_CLOSING,
		  default_path);
	return hip_nl_commit(&k->nl, &b);
}

int hip_kgenl_fail(struct hip_kgenl *k, const struct in6_addr *local,
		   const struct in6_addr *peer, enum hip_kif_failure why)
{
	static const enum hip_fail_reason reason[] = {
		[HIP_KIF_NO_LOCATOR] = HIP_FAIL_NO_LOCATOR,
		[HIP_KIF_NO_ANSWER] = HIP_FAIL_NO_ANSWER,
		[HIP_KIF_REFUSED] = HIP_FAIL_REFUSED,
	};
	struct hip_nlbatch b;
	struct nl_msg *msg;

	hip_nlbatch_init(&b);
	b.absent_ok = true;
	msg = hip_kgenl_add(k, &b, HIP_CMD_ASSOC_FAIL, 0);
	put_pair(&b, msg, local, peer);
	hip_nlbatch_put_u32(&b, msg, HIP_A_ASSOC_REASON, reason[why]);
	return hip_nl_commit(&k->nl, &b);
}

/* ---- answers ---- */

static const struct nla_policy path_policy[HIP_A_PATH_MAX + 1] = {
	[HIP_A_PATH_ID] = { .type = NLA_U32 },
	[HIP_A_PATH_LOCAL_HIT] = { .minlen = 16, .maxlen = 16 },
	[HIP_A_PATH_PEER_HIT] = { .minlen = 16, .maxlen = 16 },
	[HIP_A_PATH_IF_ID] = { .type = NLA_U32 },
	[HIP_A_PATH_SPI_IN] = { .type = NLA_U32 },
	[HIP_A_PATH_SPI_OUT] = { .type = NLA_U32 },
	[HIP_A_PATH_LOCAL] = { .minlen = 16, .maxlen = 16 },
	[HIP_A_PATH_PEER] = { .minlen = 16, .maxlen = 16 },
	[HIP_A_PATH_LAST_IN] = { .type = NLA_U64 },
	[HIP_A_PATH_LAST_OUT] = { .type = NLA_U64 },
	[HIP_A_PATH_RX_PACKETS] = { .type = NLA_U64 },
	[HIP_A_PATH_RX_BYTES] = { .type = NLA_U64 },
	[HIP_A_PATH_TX_PACKETS] = { .type = NLA_U64 },
	[HIP_A_PATH_TX_BYTES] = { .type = NLA_U64 },
	[HIP_A_PATH_STATE] = { .type = NLA_U32 },
};

static const struct nla_policy assoc_policy[HIP_A_ASSOC_MAX + 1] = {
	[HIP_A_ASSOC_DEFAULT_PATH] = { .type = NLA_U32 },
	[HIP_A_ASSOC_QUEUED] = { .type = NLA_U32 },
	[HIP_A_ASSOC_LOCAL_HIT] = { .minlen = 16, .maxlen = 16 },
	[HIP_A_ASSOC_PEER_HIT] = { .minlen = 16, .maxlen = 16 },
	[HIP_A_ASSOC_STATE] = { .type = NLA_U32 },
	[HIP_A_ASSOC_LAST_IN] = { .type = NLA_U64 },
	[HIP_A_ASSOC_LAST_OUT] = { .type = NLA_U64 },
	[HIP_A_ASSOC_RX_PACKETS] = { .type = NLA_U64 },
	[HIP_A_ASSOC_RX_BYTES] = { .type = NLA_U64 },
	[HIP_A_ASSOC_TX_PACKETS] = { .type = NLA_U64 },
	[HIP_A_ASSOC_TX_BYTES] = { .type = NLA_U64 },
};

static uint32_t get32(const struct nlattr *a)
{
	return a ? nla_get_u32((struct nlattr *)a) : 0;
}

static uint64_t get64(const struct nlattr *a)
{
	return a ? nla_get_u64((struct nlattr *)a) : 0;
}

static void get_addr(struct in6_addr *addr, const struct nlattr *a)
{
	memset(addr, 0, sizeof(*addr));
	if (a)
		memcpy(addr, nla_data(a), sizeof(*addr));
}

static int parse(const struct nlmsghdr *nlh, struct nlattr **tb, int max,
		 const struct nla_policy *policy)
{
	return hip_nl_parse(nlh, GENL_HDRLEN, tb, max, policy);
}

/* Associations and paths have these six in the same order, from @last_in on. */
static void get_stats(struct hip_path_stats *s, struct nlattr *const *last_in)
{
	s->last_rx = get64(last_in[0]);
	s->last_tx = get64(last_in[1]);
	s->rx_packets = get64(last_in[2]);
	s->rx_bytes = get64(last_in[3]);
	s->tx_packets = get64(last_in[4]);
	s->tx_bytes = get64(last_in[5]);
}

static int fill_path_stats(void *arg, const struct nlmsghdr *nlh)
{
	struct nlattr *tb[HIP_A_PATH_MAX + 1];
	int ret = parse(nlh, tb, HIP_A_PATH_MAX, path_policy);

	if (!ret)
		get_stats(arg, &tb[HIP_A_PATH_LAST_IN]);
	return ret;
}

static int ask_path(struct hip_kgenl *k, uint32_t id,
		    int (*fill)(void *arg, const struct nlmsghdr *nlh),
		    void *arg)
{
	struct hip_nlbatch b;
	struct nl_msg *msg;

	hip_nlbatch_init(&b);
	msg = hip_kgenl_add(k, &b, HIP_CMD_PATH_GET, 0);
	hip_nlbatch_put_u32(&b, msg, HIP_A_PATH_ID, id);
	return hip_nl_ask(&k->nl, &b, fill, arg);
}

int hip_kgenl_path_stats(struct hip_kgenl *k, uint32_t id,
			 struct hip_path_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	return ask_path(k, id, fill_path_stats, stats);
}

static int fill_path_state(void *arg, const struct nlmsghdr *nlh)
{
	static const enum hip_kif_path_state state[] = {
		[HIP_PATH_SPARE] = HIP_KIF_PATH_SPARE,
		[HIP_PATH_UP] = HIP_KIF_PATH_UP,
		[HIP_PATH_UNUSABLE] = HIP_KIF_PATH_UNUSABLE,
	};
	struct nlattr *tb[HIP_A_PATH_MAX + 1];
	enum hip_kif_path_state *out = arg;
	int ret = parse(nlh, tb, HIP_A_PATH_MAX, path_policy);
	uint32_t v;

	if (ret)
		return ret;
	v = get32(tb[HIP_A_PATH_STATE]);
	if (v < sizeof(state) / sizeof(*state))
		*out = state[v];
	return 0;
}

int hip_kgenl_path_state(struct hip_kgenl *k, uint32_t id)
{
	enum hip_kif_path_state state = HIP_KIF_PATH_UNUSABLE;
	int ret = ask_path(k, id, fill_path_state, &state);

	return ret ? ret : (int)state;
}

static int fill_assoc_stats(void *arg, const struct nlmsghdr *nlh)
{
	struct nlattr *tb[HIP_A_ASSOC_MAX + 1];
	int ret = parse(nlh, tb, HIP_A_ASSOC_MAX, assoc_policy);

	if (!ret)
		get_stats(arg, &tb[HIP_A_ASSOC_LAST_IN]);
	return ret;
}

int hip_kgenl_assoc_stats(struct hip_kgenl *k, const struct in6_addr *local,
			  const struct in6_addr *peer,
			  struct hip_path_stats *stats)
{
	struct hip_nlbatch b;
	struct nl_msg *msg;
	int ret;

	memset(stats, 0, sizeof(*stats));
	hip_nlbatch_init(&b);
	msg = hip_kgenl_add(k, &b, HIP_CMD_ASSOC_GET, 0);
	put_pair(&b, msg, local, peer);
	ret = hip_nl_ask(&k->nl, &b, fill_assoc_stats, stats);
	return ret == -ENOENT ? 0 : ret;
}

static int fill_pair(void *arg, const struct nlmsghdr *nlh)
{
	static const enum hip_kif_pair_state state[] = {
		[HIP_ASSOC_ACQUIRE] = HIP_KIF_PAIR_ACQUIRE,
		[HIP_ASSOC_UP] = HIP_KIF_PAIR_UP,
		[HIP_ASSOC_CLOSING] = HIP_KIF_PAIR_CLOSING,
	};
	struct nlattr *tb[HIP_A_ASSOC_MAX + 1];
	struct hip_kif_pair *out = arg;
	int ret = parse(nlh, tb, HIP_A_ASSOC_MAX, assoc_policy);
	uint32_t v;

	if (ret)
		return ret;
	v = get32(tb[HIP_A_ASSOC_STATE]);
	if (v < sizeof(state) / sizeof(*state))
		out->state = state[v];
	out->path = get32(tb[HIP_A_ASSOC_DEFAULT_PATH]);
	out->queued = get32(tb[HIP_A_ASSOC_QUEUED]);
	return 0;
}

int hip_kgenl_pair(struct hip_kgenl *k, const struct in6_addr *local,
		   const struct in6_addr *peer, struct hip_kif_pair *out)
{
	struct hip_nlbatch b;
	struct nl_msg *msg;
	int ret;

	out->state = HIP_KIF_PAIR_NONE;
	out->path = 0;
	out->queued = 0;
	hip_nlbatch_init(&b);
	msg = hip_kgenl_add(k, &b, HIP_CMD_ASSOC_GET, 0);
	put_pair(&b, msg, local, peer);
	ret = hip_nl_ask(&k->nl, &b, fill_pair, out);
	return ret == -ENOENT ? 0 : ret;
}

int hip_kgenl_dump(struct hip_kgenl *k, uint8_t cmd, hip_nl_cb cb, void *arg)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	hip_kgenl_add(k, &b, cmd, NLM_F_DUMP);
	return hip_nl_ask(&k->nl, &b, cb, arg);
}

struct each_path {
	hip_kif_path_cb cb;
	void *arg;
};

static int one_path(void *arg, const struct nlmsghdr *nlh)
{
	struct nlattr *tb[HIP_A_PATH_MAX + 1];
	struct each_path *e = arg;
	struct hip_path p = { 0 };
	int ret = parse(nlh, tb, HIP_A_PATH_MAX, path_policy);

	if (ret)
		return ret;
	p.id = get32(tb[HIP_A_PATH_ID]);
	p.if_id = get32(tb[HIP_A_PATH_IF_ID]);
	p.spi_in = ntohl(get32(tb[HIP_A_PATH_SPI_IN]));
	p.spi_out = ntohl(get32(tb[HIP_A_PATH_SPI_OUT]));
	get_addr(&p.local_hit, tb[HIP_A_PATH_LOCAL_HIT]);
	get_addr(&p.peer_hit, tb[HIP_A_PATH_PEER_HIT]);
	get_addr(&p.local, tb[HIP_A_PATH_LOCAL]);
	get_addr(&p.peer, tb[HIP_A_PATH_PEER]);
	return e->cb(e->arg, &p);
}

int hip_kgenl_paths(struct hip_kgenl *k, hip_kif_path_cb cb, void *arg)
{
	struct each_path e = { .cb = cb, .arg = arg };

	return hip_kgenl_dump(k, HIP_CMD_PATH_GET, one_path, &e);
}

struct each_counter {
	hip_kif_counter_cb cb;
	void *arg;
};

static int one_counter(void *arg, const struct nlmsghdr *nlh)
{
	static const struct nla_policy policy[HIP_A_STAT_MAX + 1] = {
		[HIP_A_STAT_NAME] = { .type = NLA_NUL_STRING },
		[HIP_A_STAT_VALUE] = { .type = NLA_U64 },
		[HIP_A_STAT_HELP] = { .type = NLA_NUL_STRING },
	};
	struct nlattr *tb[HIP_A_STAT_MAX + 1];
	struct each_counter *e = arg;
	int ret = parse(nlh, tb, HIP_A_STAT_MAX, policy);

	if (ret)
		return ret;
	if (!tb[HIP_A_STAT_NAME])
		return 0;
	return e->cb(e->arg, nla_get_string(tb[HIP_A_STAT_NAME]),
		     get64(tb[HIP_A_STAT_VALUE]),
		     tb[HIP_A_STAT_HELP] ?
		     nla_get_string(tb[HIP_A_STAT_HELP]) : "");
}

int hip_kgenl_counters(struct hip_kgenl *k, hip_kif_counter_cb cb, void *arg)
{
	struct each_counter e = { .cb = cb, .arg = arg };

	return hip_kgenl_dump(k, HIP_CMD_STAT_GET, one_counter, &e);
}

/* ---- packets that wait ---- */

struct each_acquire {
	hip_kgenl_acquire cb;
	void *arg;
};

static int one_waiting(void *arg, const struct nlmsghdr *nlh)
{
	struct nlattr *tb[HIP_A_ASSOC_MAX + 1];
	struct each_acquire *e = arg;
	struct in6_addr local, peer;
	int ret = parse(nlh, tb, HIP_A_ASSOC_MAX, assoc_policy);

	if (ret)
		return ret;
	if (!tb[HIP_A_ASSOC_STATE] ||
	    get32(tb[HIP_A_ASSOC_STATE]) != HIP_ASSOC_ACQUIRE)
		return 0;
	get_addr(&local, tb[HIP_A_ASSOC_LOCAL_HIT]);
	get_addr(&peer, tb[HIP_A_ASSOC_PEER_HIT]);
	e->cb(e->arg, &local, &peer);
	return 0;
}

/* The pairs are collected before anyone hears of them: the answer to an
 * acquire talks to the kernel on the socket that the dump comes from.
 */
struct pairs {
	struct in6_addr (*v)[2];
	size_t n, room;
	bool failed;
};

static void collect(void *arg, const struct in6_addr *local,
		    const struct in6_addr *peer)
{
	struct pairs *ps = arg;

	if (ps->n == ps->room) {
		size_t room = ps->room ? ps->room * 2 : 64;
		void *v = reallocarray(ps->v, room, sizeof(*ps->v));

		if (!v) {
			ps->failed = true;
			return;
		}
		ps->v = v;
		ps->room = room;
	}
	ps->v[ps->n][0] = *local;
	ps->v[ps->n++][1] = *peer;
}

int hip_kgenl_waiting(struct hip_kgenl *k, hip_kgenl_acquire cb, void *arg)
{
	struct pairs ps = { 0 };
	struct each_acquire e = { .cb = collect, .arg = &ps };
	int ret = hip_kgenl_dump(k, HIP_CMD_ASSOC_GET, one_waiting, &e);

	for (size_t i = 0; i < ps.n; i++)
		cb(arg, &ps.v[i][0], &ps.v[i][1]);
	free(ps.v);
	return !ret && ps.failed ? -ENOMEM : ret;
}
