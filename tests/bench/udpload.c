// SPDX-License-Identifier: GPL-2.0
/*
 * UDP load in a closed loop over IPv6, for ratios: how many packets of a
 * size pass in a time when at most one window is under way, and how long one
 * round trip takes. Few system calls (sendmmsg, recvmmsg), no timer and no
 * sleep on the measured way, so that in an emulator that counts instructions
 * the result is the cost of the packets and of nothing else.
 *
 *   udpload serve PORT
 *   udpload pps ADDRESS PORT SIZE WINDOW PACKETS   -> "pps=P lost=L"
 *   udpload rtt ADDRESS PORT SIZE ROUNDS           -> "rtt=US", the median
 *   udpload load ADDRESS PORT SIZE WINDOW  -> "sent=N received=N us=US"
 *
 * "load" goes on until SIGTERM and counts every packet, the first ones too.
 * The first octet of a packet says what it is: DATA is counted, MARK is
 * counted and answered with the count since the last answer. A window ends
 * with a MARK; a MARK without an answer within the time limit ends the run
 * with exit status 1, lost DATA is only counted. Under "load" the window of
 * such a MARK counts as lost and the next one is tried.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BATCH	 64
#define SIZE_LIMIT 1400
#define MARK	 'M'
#define DATA	 'D'
#define LIMIT_S	 5
#define TRIPS_LIMIT 65536

struct batch {
	uint8_t buf[BATCH][SIZE_LIMIT];
	struct iovec iov[BATCH];
	struct sockaddr_in6 from[BATCH];
	struct mmsghdr msg[BATCH];
};

static void batch_init(struct batch *b, size_t size)
{
	int i;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < BATCH; i++) {
		memset(b->buf[i], DATA, sizeof(b->buf[i]));
		b->iov[i].iov_base = b->buf[i];
		b->iov[i].iov_len = size;
		b->msg[i].msg_hdr.msg_iov = &b->iov[i];
		b->msg[i].msg_hdr.msg_iovlen = 1;
	}
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int fail(const char *what)
{
	fprintf(stderr, "udpload: %s: %s\n", what, strerror(errno));
	return 1;
}

/* A whole number of @text in @min..@max, else ends the program. */
static long number(const char *text, long min, long max)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (errno || *end || end == text || v < min || v > max) {
		fprintf(stderr, "udpload: '%s': expected %ld..%ld\n", text,
			min, max);
		exit(2);
	}
	return v;
}

static int open_socket(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int room = 8 << 20;

	if (fd < 0)
		return -1;
	/* A window must fit: what the buffers drop is not the path's loss. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	return fd;
}

static int serve(struct batch *b, uint16_t port)
{
	struct sockaddr_in6 own = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	uint32_t count = 0;
	int fd, i, n;

	fd = open_socket();
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)))
		return fail("bind");
	for (i = 0; i < BATCH; i++)
		b->msg[i].msg_hdr.msg_name = &b->from[i];
	for (;;) {
		for (i = 0; i < BATCH; i++)
			b->msg[i].msg_hdr.msg_namelen = sizeof(b->from[i]);
		n = recvmmsg(fd, b->msg, BATCH, MSG_WAITFORONE, NULL);
		if (n < 0 && errno != EINTR)
			return fail("recvmmsg");
		for (i = 0; i < n; i++) {
			count++;
			if (b->buf[i][0] != MARK)
				continue;
			sendto(fd, &count, sizeof(count), 0,
			       (struct sockaddr *)&b->from[i],
			       sizeof(b->from[i]));
			count = 0;
		}
	}
}

static int dial(const char *address, const char *port)
{
	struct timeval limit = { .tv_sec = LIMIT_S };
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(number(port, 1, 65535)),
	};
	int fd;

	if (inet_pton(AF_INET6, address, &to.sin6_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	fd = open_socket();
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Sends one MARK of @size octets; how many packets have come, -1 on error. */
static long mark(int fd, size_t size)
{
	uint8_t buf[SIZE_LIMIT] = { MARK };
	uint32_t count;

	if (send(fd, buf, size, 0) < 0 ||
	    recv(fd, &count, sizeof(count), 0) != sizeof(count))
		return -1;
	return count;
}

/* One window with the MARK at its end; what arrived of it, -1 on error. */
static long window(int fd, struct batch *b, size_t size, long packets)
{
	long left = packets - 1;
	int n;

	while (left > 0) {
		n = sendmmsg(fd, b->msg, left < BATCH ? left : BATCH, 0);
		if (n < 0)
			return -1;
		left -= n;
	}
	return mark(fd, size);
}

static int measure_pps(struct batch *b, int fd, size_t size, long win,
		       long packets)
{
	long sent, got = 0, n;
	uint64_t start;

	/* The first packets look routes up and fill caches. */
	if (mark(fd, size) < 0 || window(fd, b, size, win) < 0)
		return fail("no answer from the server");
	start = now_ns();
	for (sent = 0; sent < packets; sent += win) {
		n = window(fd, b, size, win);
		if (n < 0)
			return fail("no answer from the server");
		got += n;
	}
	printf("pps=%.1f lost=%ld\n", got * 1e9 / (now_ns() - start),
	       sent - got);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* The median: a timer that runs in between belongs to no round trip. */
static int measure_rtt(int fd, size_t size, long rounds)
{
	static uint64_t took[TRIPS_LIMIT];
	uint64_t start;
	long i;

	for (i = 0; i < 16; i++)
		if (mark(fd, size) < 0)
			return fail("no answer from the server");
	for (i = 0; i < rounds; i++) {
		start = now_ns();
		if (mark(fd, size) < 0)
			return fail("no answer from the server");
		took[i] = now_ns() - start;
	}
	qsort(took, rounds, sizeof(*took), by_time);
	printf("rtt=%.3f\n", took[rounds / 2] / 1e3);
	return 0;
}

/* A window is not interrupted: who does not hear its answer would lose it. */
static int measure_loss(struct batch *b, int fd, size_t size, long win)
{
	long sent = 0, got = 0, n;
	uint64_t start = now_ns();
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	do {
		n = window(fd, b, size, win);
		if (n < 0 && errno != EAGAIN)
			return fail("load");
		sent += win;
		got += n < 0 ? 0 : n;
		sigpending(&signals);
	} while (!sigismember(&signals, SIGTERM));
	printf("sent=%ld received=%ld us=%.0f\n", sent, got,
	       (now_ns() - start) / 1e3);
	return 0;
}

static int usage(void)
{
	fputs("usage: udpload serve PORT\n"
	      "       udpload pps ADDRESS PORT SIZE WINDOW PACKETS\n"
	      "       udpload rtt ADDRESS PORT SIZE ROUNDS\n"
	      "       udpload load ADDRESS PORT SIZE WINDOW\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct batch b;
	size_t size;
	int fd;

	if (argc == 3 && !strcmp(argv[1], "serve")) {
		batch_init(&b, SIZE_LIMIT);
		return serve(&b, number(argv[2], 1, 65535));
	}
	if (argc < 6 || argc != (strcmp(argv[1], "pps") ? 6 : 7) ||
	    (strcmp(argv[1], "pps") && strcmp(argv[1], "rtt") &&
	     strcmp(argv[1], "load")))
		return usage();
	fd = dial(argv[2], argv[3]);
	if (fd < 0)
		return fail(argv[2]);
	size = number(argv[4], 8, SIZE_LIMIT);
	batch_init(&b, size);
	if (argv[1][0] == 'p')
		return measure_pps(&b, fd, size, number(argv[5], 2, 65536),
				   number(argv[6], 1, 1L << 30));
	if (argv[1][0] == 'l')
		return measure_loss(&b, fd, size, number(argv[5], 2, 65536));
	return measure_rtt(fd, size, number(argv[5], 1, TRIPS_LIMIT));
}
