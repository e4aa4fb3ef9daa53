// SPDX-License-Identifier: GPL-2.0
/*
 * What one base exchange costs each end in processor time, between two hosts
 * in this process with kernel = null and without sockets: hipd's code alone.
 * Time is virtual, and passes between exchanges, so that keys and R1s for the
 * next are made in it and counted to their host.
 *
 *   bexops ROUNDS
 *
 * Prints "initiator US" and "responder US", medians.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "kif_null.h"

#define ROUNDS_MAX 100000
#define GAP (50 * HIP_MSEC)	/* time to make what was used */

struct packet {
	struct in6_addr src, dst;
	size_t len;
	uint8_t buf[HIP_MAX_PACKET];
};

struct end {
	struct hip_host h;
	struct hip_null_kernel kernel;
	struct in6_addr addr, hit;
	uint64_t cpu;			/* ns, of this round */
};

static struct {
	struct end a, b;
	uint64_t now;
	size_t n;
	struct packet queue[8];
} net;

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * HIP_SEC + (uint64_t)ts.tv_nsec;
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bexops: %s\n", what);
	exit(1);
}

static uint64_t env_now(void *ctx)
{
	return net.now;
}

static int env_send(void *ctx, const struct in6_addr *src,
		    const struct in6_addr *dst, const void *buf, size_t len)
{
	struct packet *p = &net.queue[net.n++];

	must(net.n <= sizeof(net.queue) / sizeof(*p), "too many packets");
	p->src = *src;
	p->dst = *dst;
	p->len = len;
	memcpy(p->buf, buf, len);
	return 0;
}

static void start(struct end *e, const char *addr)
{
	struct hip_key *key = hip_key_generate(HIP_HI_ECDSA, 256);
	struct hip_host *h = &e->h;
	struct hip_identity *id;
	char err[256] = "no memory";

	must(key && !hip_addr_parse(&e->addr, addr), "no key");
	hip_config_default(&h->config);
	h->config.dh_groups.n = 1;
	h->config.r1_rate = 1000000;
	h->config.r1_counter[0] = '\0';	/* nothing of it outlives us */
	h->env = (struct hip_env){ .now = env_now, .send = env_send };
	h->kif = hip_kif_null_attach(h, &e->kernel);
	id = h->kif ? hip_identity_add(&h->identities, "host", key) : NULL;
	must(id, err);
	id->is_default = true;
	e->hit = id->hit;
	hip_key_put(key);
	hip_host_locator_add(h, &e->addr, 1);
	must(!hip_host_start(h, err, sizeof(err)), err);
}

static void deliver(void)
{
	struct packet p = net.queue[0];
	struct end *e = hip_addr_eq(&p.dst, &net.a.addr) ? &net.a : &net.b;
	uint64_t at;

	memmove(net.queue, net.queue + 1, --net.n * sizeof(p));
	at = cpu_ns();
	hip_host_receive(&e->h, &p.src, &p.dst, p.buf, p.len);
	e->cpu += cpu_ns() - at;
}

static void forget(struct end *e, const struct end *peer)
{
	struct hip_assoc *assoc;

	assoc = hip_assoc_find(&e->h.assocs, &e->hit, &peer->hit);
	must(assoc && (assoc->state == HIP_ESTABLISHED ||
		       assoc->state == HIP_R2_SENT), "no association");
	hip_assoc_destroy(assoc);
}

static void pass_time(struct end *e)
{
	uint64_t at = cpu_ns();

	hip_timers_run(&e->h.timers, net.now);
	e->cpu += cpu_ns() - at;
}

static void one_round(void)
{
	struct hip_assoc *assoc;
	uint64_t at;

	net.a.cpu = 0;
	net.b.cpu = 0;
	at = cpu_ns();
	must(!hip_host_connect(&net.a.h, NULL, &net.b.hit, &assoc), "no I1");
	net.a.cpu += cpu_ns() - at;
	while (net.n)
		deliver();
	forget(&net.a, &net.b);
	forget(&net.b, &net.a);
	net.now += GAP;
	pass_time(&net.a);
	pass_time(&net.b);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void show(const char *name, uint64_t *t, size_t n)
{
	qsort(t, n, sizeof(*t), by_value);
	printf("%s %.2f\n", name, (double)t[n / 2] / 1e3);
}

int main(int argc, char **argv)
{
	static uint64_t a[ROUNDS_MAX], b[ROUNDS_MAX];
	size_t i, n;

	n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	if (n < 1 || n > ROUNDS_MAX) {
		fprintf(stderr, "usage: bexops ROUNDS (1..%d)\n", ROUNDS_MAX);
		return 2;
	}
	net.now = 1000 * HIP_SEC;
	start(&net.a, "192.0.2.1");
	start(&net.b, "192.0.2.2");
	must(!hip_peer_add(&net.a.h.peers, &net.b.hit, NULL, 0, &net.b.addr,
			   1, HIP_PEER_COMMAND), "no memory");
	for (i = 0; i < n; i++) {
		one_round();
		a[i] = net.a.cpu;
		b[i] = net.b.cpu;
	}
	show("initiator", a, n);
	show("responder", b, n);
	hip_host_stop(&net.a.h);
	hip_host_stop(&net.b.h);
	hip_null_kernel_exit(&net.a.kernel);
	hip_null_kernel_exit(&net.b.kernel);
	return 0;
}
