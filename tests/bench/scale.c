// SPDX-License-Identifier: GPL-2.0
/*
 * scale: what a host with many associations takes. One host is looked at; its
 * peers live one after the other in the same process, each for one base
 * exchange, in which they take either role in turn, and are gone when memory
 * is counted. Time is virtual and kernel = null.
 *
 *   scale N [SOCKET]
 *
 * Prints "bytes N", the heap's octets for each idle association, and "rss N",
 * what the process grew by. With SOCKET it then serves the control socket
 * there until standard input ends.
 */
#include <err.h>
#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "host.h"
#include "kif_null.h"

#define QUEUE 16

struct packet {
	struct hip_host *to;
	struct in6_addr src, dst;
	size_t len;
	uint8_t buf[HIP_MAX_PACKET];
};

struct world {
	uint64_t now;
	struct hip_host many;		/* the one that is looked at */
	struct hip_host peer;		/* the present one */
	struct in6_addr many_addr, peer_addr;
	struct packet queue[QUEUE];
	size_t head, tail;
};

static struct world w;

static uint64_t now(void *ctx)
{
	return w.now;
}

static int send_packet(void *ctx, const struct in6_addr *src,
		       const struct in6_addr *dst, const void *buf, size_t len)
{
	struct packet *p = &w.queue[w.head % QUEUE];

	if (w.head - w.tail == QUEUE)
		return 0;
	w.head++;
	p->to = ctx == &w.many ? &w.peer : &w.many;
	p->src = *src;
	p->dst = *dst;
	p->len = len;
	memcpy(p->buf, buf, len);
	return 0;
}

static void host_start(struct hip_host *host, const struct in6_addr *addr)
{
	struct hip_key *key = hip_key_generate(HIP_HI_ECDSA, 256);
	char text[256] = "";

	memset(host, 0, sizeof(*host));
	hip_config_default(&host->config);
	host->config.dh_groups.n = 1;
	host->config.dh_groups.v[0] = HIP_DH_P256;
	host->config.unused_lifetime = 0;
	host->config.r1_rate = 1000000;
	host->config.r1_counter[0] = '\0';	/* nothing on disk */
	host->env = (struct hip_env){ .now = now, .send = send_packet,
				      .ctx = host };
	host->r1_counter = w.now;
	host->kif = hip_kif_null_create(host);
	if (!key || !host->kif ||
	    !hip_identity_add(&host->identities, "one", key))
		errx(1, "no memory");
	host->identities.first->is_default = true;
	hip_key_put(key);
	hip_host_locator_add(host, addr, 1);
	if (hip_host_start(host, text, sizeof(text)))
		errx(1, "%s", text);
}

static const struct in6_addr *hit_of(const struct hip_host *host)
{
	return &host->identities.first->hit;
}

static void settle(void)
{
	while (w.tail != w.head) {
		struct packet *p = &w.queue[w.tail++ % QUEUE];

		hip_host_receive(p->to, &p->src, &p->dst, p->buf, p->len);
	}
}

static void exchange(struct hip_host *from, struct hip_host *to,
		     const struct in6_addr *addr)
{
	struct hip_assoc *assoc;

	if (hip_peer_add(&from->peers, hit_of(to), NULL, 0, addr, 1,
			 HIP_PEER_COMMAND) ||
	    hip_host_connect(from, NULL, hit_of(to), &assoc))
		errx(1, "no exchange");
	settle();
}

static void associate(unsigned int i)
{
	char text[64];

	snprintf(text, sizeof(text), "2001:db8:1::%x", i + 1);
	hip_addr_parse(&w.peer_addr, text);
	host_start(&w.peer, &w.peer_addr);
	if (i % 2)
		exchange(&w.many, &w.peer, &w.peer_addr);
	else
		exchange(&w.peer, &w.many, &w.many_addr);
	hip_host_stop(&w.peer);
	w.now += 100 * HIP_MSEC;
	hip_timers_run(&w.many.timers, w.now);
}

/* Time enough for all of them to come to rest, and for old R1s to go. */
static void rest(void)
{
	struct hip_assoc *a;
	unsigned int i;

	for (i = 0; i < 600; i++) {
		w.now += HIP_SEC;
		hip_timers_run(&w.many.timers, w.now);
	}
	for (a = w.many.assocs.by_pair; a; a = a->hh.next)
		if (a->state != HIP_ESTABLISHED)
			errx(1, "an association is in %s",
			     hip_state_name(a->state));
}

static size_t heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static size_t resident(void)
{
	size_t size = 0, pages = 0;
	FILE *f;

	malloc_trim(0);
	f = fopen("/proc/self/statm", "re");
	if (!f || fscanf(f, "%zu %zu", &size, &pages) != 2)
		err(1, "/proc/self/statm");
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void on_stdin(evutil_socket_t fd, short what, void *arg)
{
	char c;

	if (read(fd, &c, 1) <= 0)
		event_base_loopbreak(arg);
}

static void serve(const char *path)
{
	struct event_base *base = event_base_new();
	struct event *ev;
	struct hip_ctl *ctl;
	char text[256];

	snprintf(w.many.config.socket, sizeof(w.many.config.socket), "%s",
		 path);
	if (!base)
		errx(1, "no memory");
	ctl = hip_ctl_open(&w.many, base, text, sizeof(text));
	if (!ctl)
		errx(1, "%s", text);
	ev = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_stdin,
		       base);
	if (!ev || event_add(ev, NULL))
		errx(1, "no memory");
	puts("ready");
	fflush(stdout);
	event_base_dispatch(base);
	event_free(ev);
	hip_ctl_close(ctl);
	event_base_free(base);
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 0;
	size_t bytes, rss;
	unsigned int i;

	if (!n || argc > 3)
		errx(2, "usage: scale N [SOCKET]");
	w.now = 1000 * HIP_SEC;
	hip_addr_parse(&w.many_addr, "2001:db8::1");
	host_start(&w.many, &w.many_addr);
	/* what the first exchanges leave in caches is not theirs */
	associate(0);
	associate(1);
	rest();
	bytes = heap();
	rss = resident();
	for (i = 2; i < n + 2; i++)
		associate(i);
	rest();
	bytes = heap() - bytes;
	rss = resident() - rss;
	if (HASH_CNT(hh, w.many.assocs.by_pair) != n + 2)
		errx(1, "%u associations", HASH_CNT(hh, w.many.assocs.by_pair));
	printf("bytes %zu\nrss %zu\n", bytes / n, rss / n);
	if (argc > 2)
		serve(argv[2]);
	hip_host_stop(&w.many);
	return 0;
}
