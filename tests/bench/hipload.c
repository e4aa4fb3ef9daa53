// SPDX-License-Identifier: GPL-2.0
/*
 * Many Initiators in one process, against one Responder on the network, with
 * hipd's own code for what goes into their packets. What they need is made
 * before the clock starts, as an attacker would: the Responder is what is
 * measured.
 *
 *   hipload exchange PID HIT ADDRESS PREFIX N WINDOW I1 SPIN
 *       N base exchanges, WINDOW of them at once. All I2s are made before;
 *       then each is sent, with I1 = 1 after one more I1, until all have
 *       their R2. With SPIN = 1 it does not sleep: on a processor of its own,
 *       so that the Responder need not wake it up, which no network card
 *       would ask of it. Prints
 *       "n=N us=WALL cpu_us=CPU own_us=CPU again=I2S p50=US p99=US": CPU is
 *       that of process PID and its own, US the time from I2 to R2.
 *   hipload i1 PID HIT ADDRESS PREFIX SECONDS RATE
 *       I1s, RATE a second, each from an address and a HIT of its own.
 *   hipload i2 PID HIT ADDRESS PREFIX SECONDS RATE [INITIATORS]
 *       I2s of 1000 Initiators that solve a puzzle of the Responder, each
 *       another way, and are bad. Both print "n=SENT us=WALL cpu_us=CPU".
 *
 * Sources are PREFIX with anything in the last 64 bits; the caller routes the
 * prefix to this host's loopback device.
 */
#define _GNU_SOURCE		/* sendmmsg(), recvmmsg() */
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bex.h"
#include "host.h"

#define BATCH 64
#define INITIATORS_MAX 4000	/* HIP_R1_SOLUTIONS, less a few */
#define FLOOD 16384		/* different I1s */
#define AGAIN_NS 1000000000ull
#define ROOM (2 * HIP_MAX_PACKET)

struct packet {
	struct in6_addr src;
	size_t len;
	uint8_t *buf;
};

struct initiator {
	struct hip_identity *id;
	struct in6_addr addr;
	struct packet i1, i2;
	uint64_t sent, took;		/* ns */
};

static struct load {
	int fd;
	pid_t pid;
	struct in6_addr hit, prefix;
	struct sockaddr_in6 to;
	struct hip_identities ids;
	struct initiator *in;
	size_t n;
	bool spin;
	/* sending */
	size_t n_out;
	struct mmsghdr out[BATCH];
	struct iovec iov[BATCH];
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control[BATCH];
} load;

static void die(const char *what)
{
	fprintf(stderr, "hipload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "hipload: %s\n", what);
	exit(1);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* What this process has run. */
static uint64_t own_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* What all threads of the Responder have run, ns. */
static uint64_t cpu_ns(void)
{
	unsigned long long ns, sum = 0;
	struct dirent *task;
	char path[300];
	FILE *f;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)load.pid);
	dir = opendir(path);
	if (!dir)
		die(path);
	while ((task = readdir(dir))) {
		if (task->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat",
			 (int)load.pid, task->d_name);
		f = fopen(path, "r");
		if (!f || fscanf(f, "%llu", &ns) != 1)
			die(path);
		fclose(f);
		sum += ns;
	}
	closedir(dir);
	return sum;
}

/* ---- the network ---- */

static void open_socket(void)
{
	int one = 1, room = 8 << 20;

	load.fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, HIP_PROTO);
	if (load.fd < 0 ||
	    setsockopt(load.fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one,
		       sizeof(one)) ||
	    setsockopt(load.fd, IPPROTO_IPV6, IPV6_FREEBIND, &one,
		       sizeof(one)) ||
	    setsockopt(load.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
		       sizeof(room)))
		die("raw socket");
}

static void flush(void)
{
	size_t at = 0;
	int n;

	while (at < load.n_out) {
		n = sendmmsg(load.fd, load.out + at,
			     (unsigned int)(load.n_out - at), 0);
		if (n < 0 && errno != ENOBUFS)
			die("sending");
		if (n > 0)
			at += (size_t)n;
	}
	load.n_out = 0;
}

static void emit(const struct packet *p)
{
	size_t i = load.n_out++;
	struct msghdr *mh = &load.out[i].msg_hdr;
	struct in6_pktinfo info = { .ipi6_addr = p->src };
	struct cmsghdr *c;

	load.iov[i] = (struct iovec){ p->buf, p->len };
	*mh = (struct msghdr){ .msg_name = &load.to,
			       .msg_namelen = sizeof(load.to),
			       .msg_iov = &load.iov[i], .msg_iovlen = 1,
			       .msg_control = &load.control[i],
			       .msg_controllen = sizeof(load.control[i]) };
	c = CMSG_FIRSTHDR(mh);
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	if (load.n_out == BATCH)
		flush();
}

typedef void arrival_fn(struct initiator *in, const uint8_t *buf, size_t len);

/* Packets for our Initiators: the last octets of the address are the index. */
static void receive(arrival_fn *arrived, int timeout_ms)
{
	static uint8_t buf[BATCH][ROOM];
	static char control[BATCH][CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct pollfd pfd = { load.fd, POLLIN, 0 };
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct in6_pktinfo *info;
	int i, n;

	if (!load.spin && poll(&pfd, 1, timeout_ms) <= 0)
		return;
	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ buf[i], ROOM };
		msg[i].msg_hdr = (struct msghdr){
			.msg_iov = &iov[i], .msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i]) };
	}
	n = recvmmsg(load.fd, msg, BATCH, MSG_DONTWAIT, NULL);
	for (i = 0; i < n; i++) {
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg[i].msg_hdr);
		uint32_t index;

		if (!c || c->cmsg_type != IPV6_PKTINFO)
			continue;
		info = (struct in6_pktinfo *)CMSG_DATA(c);
		index = hip_get32(info->ipi6_addr.s6_addr + 12);
		if (index < load.n)
			arrived(&load.in[index], buf[i], msg[i].msg_len);
	}
}

/* ---- packets ---- */

static void keep(struct packet *p, struct hip_builder *b,
		 const struct in6_addr *src)
{
	p->src = *src;
	p->len = b->len;
	p->buf = malloc(b->len);
	must(p->buf, "no memory");
	memcpy(p->buf, b->buf, b->len);
	hip_build_checksum(p->buf, p->len, src, &load.to.sin6_addr);
}

static void make_i1(struct packet *p, const struct in6_addr *hit,
		    const struct in6_addr *src)
{
	static const uint8_t group = HIP_DH_P256;
	struct hip_builder b;

	hip_build_start(&b, HIP_I1, 0, hit, &load.hit);
	hip_build_u8s(&b, HIP_PARAM_DH_GROUP_LIST, &group, 1);
	must(!hip_build_end(&b), "I1 cannot be built");
	keep(p, &b, src);
}

static void make_i2(struct initiator *in, const struct hip_packet *r1)
{
	struct hip_msg msg = { .p = r1, .src = load.to.sin6_addr,
			       .dst = in->addr };
	const struct hip_param *dh;
	struct hip_offer *o;

	o = calloc(1, sizeof(*o));
	must(o, "no memory");
	dh = hip_packet_get(r1, HIP_PARAM_DIFFIE_HELLMAN);
	must(dh && hip_packet_get(r1, HIP_PARAM_PUZZLE), "R1 lacks something");
	o->pair.local = in->id->hit;
	o->pair.peer = load.hit;
	hip_msg_hold(&o->r1, &msg);
	o->key = hip_key_get(in->id->key);
	o->host_id_len = in->id->host_id_len;
	memcpy(o->host_id, in->id->host_id, o->host_id_len);
	o->dh = hip_dh_create(dh->data[0]);
	o->session.dh_group = dh->data[0];
	o->session.cipher = HIP_CIPHER_AES128_CBC;
	o->session.keymat.hash = hip_suite_hash(hip_hit_suite(&load.hit));
	o->session.path.alg = hip_esp_alg(HIP_ESP_AES128_GCM_16);
	o->session.path.spi_in = 256 + (uint32_t)(in - load.in);
	o->verified = true;	/* the R1's signature costs us, not them */
	do {
		hip_offer_compute(&o->job);
	} while (o->result == HIP_OFFER_UNSOLVED);
	must(o->result == HIP_OFFER_READY, "I2 cannot be made");
	keep(&in->i2, &o->i2, &in->addr);
	hip_offer_free(o);
}

static void on_r1(struct initiator *in, const uint8_t *buf, size_t len)
{
	struct hip_packet p;

	if (in->i2.buf || hip_wire_parse(&p, buf, len, &load.to.sin6_addr,
					 &in->addr) != HIP_WIRE_OK ||
	    p.type != HIP_R1)
		return;
	make_i2(in, &p);
}

static void initiators(size_t n)
{
	char name[32];
	size_t i;

	load.n = n;
	load.in = calloc(n, sizeof(*load.in));
	must(load.in, "no memory");
	for (i = 0; i < n; i++) {
		struct hip_key *key = hip_key_generate(HIP_HI_ECDSA, 256);
		struct initiator *in = &load.in[i];

		must(key, "no key");
		snprintf(name, sizeof(name), "i%zu", n - i);
		in->id = hip_identity_add(&load.ids, name, key);
		must(in->id, "no memory");
		hip_key_put(key);
		in->addr = load.prefix;
		hip_put32(in->addr.s6_addr + 12, (uint32_t)i);
		make_i1(&in->i1, &in->id->hit, &in->addr);
	}
	for (i = 0; i < n; i++) {
		uint64_t start = now_ns();

		while (!load.in[i].i2.buf) {
			emit(&load.in[i].i1);
			flush();
			receive(on_r1, 100);
			must(now_ns() - start < 10 * HIP_SEC, "no R1");
		}
	}
}

/* ---- measuring ---- */

static size_t n_done;

static void on_r2(struct initiator *in, const uint8_t *buf, size_t len)
{
	if (len < sizeof(struct hip_header) ||
	    (((const struct hip_header *)buf)->type & 0x7f) != HIP_R2 ||
	    in->took || !in->sent)
		return;
	in->took = now_ns() - in->sent;
	n_done++;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* I2s that were lost or shed, once a second. */
static unsigned int repeat(size_t sent)
{
	static uint64_t last;
	unsigned int n = 0;
	size_t i;

	if (now_ns() - last < AGAIN_NS)
		return 0;
	last = now_ns();
	for (i = 0; i < sent; i++) {
		if (load.in[i].took || last - load.in[i].sent < AGAIN_NS)
			continue;
		emit(&load.in[i].i2);
		n++;
	}
	flush();
	return n;
}

static void exchange(size_t n, size_t window, bool with_i1, bool spin)
{
	uint64_t start, cpu, own, *took = calloc(n, sizeof(*took));
	unsigned int again = 0;
	size_t i, sent = 0;

	must(took, "no memory");
	initiators(n);
	load.spin = spin;
	cpu = cpu_ns();
	own = own_ns();
	start = now_ns();
	while (n_done < n) {
		for (; sent < n && sent - n_done < window; sent++) {
			if (with_i1)
				emit(&load.in[sent].i1);
			load.in[sent].sent = now_ns();
			emit(&load.in[sent].i2);
		}
		flush();
		receive(on_r2, 100);
		again += repeat(sent);
		must(now_ns() - start < 120 * HIP_SEC, "not all have an R2");
	}
	start = now_ns() - start;
	own = own_ns() - own;
	cpu = cpu_ns() - cpu;
	for (i = 0; i < n; i++)
		took[i] = load.in[i].took;
	qsort(took, n, sizeof(*took), by_value);
	printf("n=%zu us=%.0f cpu_us=%.0f own_us=%.0f again=%u p50=%.0f p99=%.0f\n",
	       n, (double)start / 1e3, (double)cpu / 1e3, (double)own / 1e3,
	       again, (double)took[n / 2] / 1e3,
	       (double)took[n * 99 / 100] / 1e3);
	free(took);
}

static struct in6_addr stranger(void)
{
	struct in6_addr hit = load.hit;

	hip_crypto_random(hit.s6_addr + 4, 12);
	return hit;
}

static struct in6_addr somewhere(void)
{
	struct in6_addr addr = load.prefix;

	hip_crypto_random(addr.s6_addr + 8, 8);
	addr.s6_addr[8] |= 0x80;	/* not one of the Initiators */
	return addr;
}

/* The answers go to nobody. A socket that is full of them would make this host
 * complain about each (ICMPv6), at the cost of whoever sends it.
 */
static void hear_nothing(void)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = { 1, &none };

	if (setsockopt(load.fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
		       sizeof(prog)))
		die("socket filter");
}

/* Sends for @seconds, @rate a second; @next gives the @i-th packet. */
static void flood(unsigned int seconds, unsigned int rate,
		  struct packet *(*next)(size_t i))
{
	uint64_t start, cpu = cpu_ns(), gap = BATCH * HIP_SEC / rate;
	size_t i = 0, n = (size_t)seconds * rate;
	struct timespec ts;

	hear_nothing();
	start = now_ns();
	while (i < n) {
		uint64_t due = start + i / BATCH * gap;

		ts.tv_sec = (time_t)(due / HIP_SEC);
		ts.tv_nsec = (long)(due % HIP_SEC);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		do {
			emit(next(i++));
		} while (i % BATCH);
	}
	flush();
	printf("n=%zu us=%.0f cpu_us=%.0f\n", i,
	       (double)(now_ns() - start) / 1e3,
	       (double)(cpu_ns() - cpu) / 1e3);
}

static struct packet *flood_packets;

static struct packet *next_i1(size_t i)
{
	return &flood_packets[i % FLOOD];
}

static void flood_i1(unsigned int seconds, unsigned int rate)
{
	struct in6_addr hit, src;
	size_t i;

	flood_packets = calloc(FLOOD, sizeof(*flood_packets));
	must(flood_packets, "no memory");
	for (i = 0; i < FLOOD; i++) {
		hit = stranger();
		src = somewhere();
		make_i1(&flood_packets[i], &hit, &src);
	}
	flood(seconds, rate, next_i1);
}

/* Another J each time: with K = 0 each is a solution. The MAC is wrong then,
 * which takes the Responder a key to find out.
 */
static struct packet *next_i2(size_t i)
{
	struct packet *p = &load.in[i % load.n].i2;
	const struct hip_param *sol;
	struct hip_packet parsed;

	must(hip_wire_parse(&parsed, p->buf, p->len, &p->src,
			    &load.to.sin6_addr) == HIP_WIRE_OK, "bad I2");
	sol = hip_packet_get(&parsed, HIP_PARAM_SOLUTION);
	hip_put32(p->buf + sol->off + 4 + sol->len - 4, (uint32_t)i);
	hip_build_checksum(p->buf, p->len, &p->src, &load.to.sin6_addr);
	return p;
}

static void flood_i2(unsigned int seconds, unsigned int rate, size_t n)
{
	initiators(n);
	flood(seconds, rate, next_i2);
}

static unsigned long number(const char *text, unsigned long min,
			    unsigned long max)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	must(*text && !*end && v >= min && v <= max, "a number is wrong");
	return v;
}

static int usage(void)
{
	fputs("usage: hipload exchange PID HIT ADDRESS PREFIX N WINDOW I1 SPIN\n"
	      "       hipload i1 PID HIT ADDRESS PREFIX SECONDS RATE\n"
	      "       hipload i2 PID HIT ADDRESS PREFIX SECONDS RATE [INITIATORS]\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 8)
		return usage();
	load.pid = (pid_t)number(argv[2], 1, 1ul << 30);
	must(!hip_addr_parse(&load.hit, argv[3]) &&
	     !hip_addr_parse(&load.to.sin6_addr, argv[4]) &&
	     !hip_addr_parse(&load.prefix, argv[5]), "an address is wrong");
	load.to.sin6_family = AF_INET6;
	open_socket();
	if (!strcmp(argv[1], "exchange") && argc == 10) {
		size_t n = number(argv[6], 1, INITIATORS_MAX);
		size_t window = number(argv[7], 1, INITIATORS_MAX);

		exchange(n, window, number(argv[8], 0, 1),
			 number(argv[9], 0, 1));
	} else if ((argc == 8 && !strcmp(argv[1], "i1")) ||
		   ((argc == 8 || argc == 9) && !strcmp(argv[1], "i2"))) {
		unsigned int seconds = (unsigned int)number(argv[6], 1, 600);
		unsigned int rate = (unsigned int)number(argv[7], 64, 10000000);

		if (argv[1][1] == '1')
			flood_i1(seconds, rate);
		else
			flood_i2(seconds, rate, argc == 9 ?
				 number(argv[8], 1, INITIATORS_MAX) : 1000);
	} else {
		return usage();
	}
	return 0;
}
