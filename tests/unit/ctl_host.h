/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of the control socket: two hosts in this process, on virtual time
 * and without a kernel, "near" with a control socket, "far" to talk to; and
 * clients. One thread: ask() turns the loop until the answer is there.
 */
#ifndef HIP_TEST_CTL_HOST_H
#define HIP_TEST_CTL_HOST_H

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl.h"
#include "ctl_call.h"
#include "host.h"
#include "kif_null.h"

#define QUEUE 64

struct packet {
	struct hip_host *to;
	struct in6_addr src, dst;
	uint8_t buf[HIP_MAX_PACKET];
	size_t len;
};

struct world {
	struct event_base *base;
	struct hip_ctl *ctl;
	struct hip_host near, far;
	struct hip_null_kernel near_kernel, far_kernel;
	struct in6_addr near_addr, far_addr;
	uint64_t now;
	bool cut;			/* the link loses everything */
	struct packet queue[QUEUE];
	size_t head, tail;
	char dir[64];
};

static struct world w;

static inline uint64_t world_now(void *ctx)
{
	return w.now;
}

static inline int world_send(void *ctx, const struct in6_addr *src,
			     const struct in6_addr *dst, const void *buf,
			     size_t len)
{
	struct packet *p = &w.queue[w.head % QUEUE];

	if (w.cut || w.head - w.tail == QUEUE || len > sizeof(p->buf))
		return 0;
	p->to = ctx == &w.near ? &w.far : &w.near;
	p->src = *src;
	p->dst = *dst;
	p->len = len;
	memcpy(p->buf, buf, len);
	w.head++;
	return 0;
}

/* What is ready: sockets, packets, timers. True when something was. */
static inline bool world_step(void)
{
	bool busy = false;

	event_base_loop(w.base, EVLOOP_NONBLOCK);
	while (w.tail != w.head) {
		struct packet *p = &w.queue[w.tail++ % QUEUE];

		hip_host_receive(p->to, &p->src, &p->dst, p->buf, p->len);
		busy = true;
	}
	hip_timers_run(&w.near.timers, w.now);
	hip_timers_run(&w.far.timers, w.now);
	return busy;
}

static inline void world_pass(uint64_t ns)
{
	for (uint64_t end = w.now + ns; w.now < end; w.now += 10 * HIP_MSEC)
		world_step();
}

static inline void world_host(struct hip_host *host, const char *name,
			      struct hip_null_kernel *kernel,
			      struct in6_addr *addr, const char *locator)
{
	struct hip_key *key = hip_key_generate(HIP_HI_ECDSA, 256);
	char err[256] = "";

	hip_config_default(&host->config);
	host->config.r1_counter[0] = '\0';
	host->env.now = world_now;
	host->env.send = world_send;
	host->env.ctx = host;
	host->kif = hip_kif_null_attach(host, kernel);
	assert_non_null(host->kif);
	assert_non_null(key);
	assert_non_null(hip_identity_add(&host->identities, name, key));
	hip_key_put(key);
	if (hip_host_start(host, err, sizeof(err)))
		fail_msg("%s", err);
	assert_int_equal(hip_addr_parse(addr, locator), 0);
	hip_host_locator_add(host, addr, 1);
}

static inline int world_start(void **state)
{
	const struct hip_identity *far;
	const char *name = "far";
	char err[256] = "";

	memset(&w, 0, sizeof(w));
	strcpy(w.dir, "/tmp/hip-test-ctl-XXXXXX");
	if (!mkdtemp(w.dir))
		return -1;
	w.now = 1000 * HIP_SEC;
	w.base = event_base_new();
	world_host(&w.near, "near", &w.near_kernel, &w.near_addr,
		   "192.0.2.1");
	world_host(&w.far, "far-id", &w.far_kernel, &w.far_addr, "192.0.2.2");
	far = hip_identity_default(&w.far.identities);
	assert_int_equal(hip_peer_add(&w.near.peers, &far->hit, &name, 1,
				      &w.far_addr, 1, HIP_PEER_HOSTS), 0);
	snprintf(w.near.config.socket, sizeof(w.near.config.socket), "%s/s",
		 w.dir);
	snprintf(w.near.identities.dir, sizeof(w.near.identities.dir),
		 "%s/keys", w.dir);
	w.ctl = hip_ctl_open(&w.near, w.base, err, sizeof(err));
	if (!w.ctl)
		fail_msg("%s", err);
	return 0;
}

static inline int world_stop(void **state)
{
	char cmd[96];

	hip_ctl_close(w.ctl);
	hip_host_stop(&w.near);
	hip_host_stop(&w.far);
	hip_null_kernel_exit(&w.near_kernel);
	hip_null_kernel_exit(&w.far_kernel);
	event_base_free(w.base);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", w.dir);
	return system(cmd);
}

/* ---- clients ---- */

static inline int client_open(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strcpy(sun.sun_path, w.near.config.socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)),
			 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static inline void client_send(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else {
			assert_int_equal(errno, EAGAIN);
		}
		world_step();
	}
}

static inline void client_say(int fd, const char *text)
{
	client_send(fd, text, strlen(text) + 1);
}

/* The next message, or NULL when hipd has closed. Octet by octet, so that
 * nothing of the next one is taken.
 */
static inline json_t *client_hear(int fd)
{
	static char buf[1 << 20];
	size_t len = 0;
	json_t *message;
	int idle = 0;

	while (!len || buf[len - 1]) {
		ssize_t n = recv(fd, buf + len, 1, 0);

		assert_true(len < sizeof(buf) - 1);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return NULL;
		if (n > 0) {
			len++;
			idle = 0;
			continue;
		}
		assert_int_equal(errno, EAGAIN);
		if (!world_step() && ++idle > 20)
			usleep(1000);
		assert_true(idle < 20000);
	}
	message = json_loads(buf, 0, NULL);
	assert_non_null(message);
	return message;
}

/* As client_hear(), but virtual time passes. */
static inline json_t *client_hear_later(int fd, uint64_t ns)
{
	char c;

	for (uint64_t end = w.now + ns; w.now < end; w.now += 10 * HIP_MSEC) {
		world_step();
		if (recv(fd, &c, 1, MSG_PEEK) >= 0)
			return client_hear(fd);
	}
	fail_msg("no answer");
	return NULL;
}

static inline json_t *ask(int fd, const char *method, const char *params)
{
	char text[4096];

	snprintf(text, sizeof(text), "{\"method\":\"%s\",\"parameters\":%s}",
		 method, params);
	client_say(fd, text);
	return client_hear(fd);
}

static inline const char *text_at(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* Takes @answer. */
static inline void expect_error(json_t *answer, const char *error,
				const char *message)
{
	assert_non_null(answer);
	assert_non_null(text_at(answer, "error"));
	assert_string_equal(text_at(answer, "error"), error);
	assert_string_equal(text_at(json_object_get(answer, "parameters"),
				    "message"), message);
	json_decref(answer);
}

static inline void expect_ok(json_t *answer)
{
	assert_non_null(answer);
	if (json_object_get(answer, "error"))
		fail_msg("%s", text_at(json_object_get(answer, "parameters"),
				       "message"));
	json_decref(answer);
}

/* parameters.KEY of an answer, to be given back; takes @answer. */
static inline json_t *expect_member(json_t *answer, const char *key)
{
	json_t *member;

	assert_non_null(answer);
	member = json_object_get(json_object_get(answer, "parameters"), key);
	if (!member)
		fail_msg("%s", json_dumps(answer, 0));
	json_incref(member);
	json_decref(answer);
	return member;
}

#endif
