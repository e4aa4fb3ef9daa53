// SPDX-License-Identifier: GPL-2.0
/*
 * The client's end of the control socket: one call, its answers one by one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli.h"

#define ANSWER_MAX (16 << 20)	/* octets; hipd's are far below */

/* What has come and is not yet taken apart. */
struct input {
	char *buf;
	size_t len, room;
};

static const char *socket_path(const struct hip_cli *cli)
{
	return cli->socket ?: cli->config.socket;
}

void hip_cli_say_not_running(const struct hip_cli *cli)
{
	fprintf(stderr, "hipd is not running (no answer at %s): systemctl "
		"start hipd\n", socket_path(cli));
}

int hip_cli_connect(struct hip_cli *cli)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *path = socket_path(cli);

	if (strlen(path) >= sizeof(sun.sun_path)) {
		fprintf(stderr, "hip: socket: found '%s', expected at most "
			"%zu characters\n", path, sizeof(sun.sun_path) - 1);
		return HIP_CLI_USAGE;
	}
	strcpy(sun.sun_path, path);
	cli->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (cli->fd < 0) {
		perror("hip: socket");
		return HIP_CLI_FAILED;
	}
	if (!connect(cli->fd, (struct sockaddr *)&sun, sizeof(sun)))
		return 0;
	if (errno == ENOENT || errno == ECONNREFUSED)
		return -ENOTCONN;
	if (errno == EACCES)
		fprintf(stderr, "no permission to ask hipd at %s: be root or "
			"in group hip\n", path);
	else
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return HIP_CLI_FAILED;
}

static int send_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

static int fill(int fd, struct input *in)
{
	ssize_t n;

	if (in->len == in->room) {
		size_t room = in->room ? 2 * in->room : 65536;
		char *buf = room > ANSWER_MAX ? NULL : realloc(in->buf, room);

		if (!buf)
			return -ENOMEM;
		in->buf = buf;
		in->room = room;
	}
	do
		n = recv(fd, in->buf + in->len, in->room - in->len, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n ? -errno : -EPIPE;
	in->len += (size_t)n;
	return 0;
}

static json_t *next_answer(int fd, struct input *in)
{
	json_error_t error;
	size_t seen = 0;
	json_t *answer;
	char *end;

	while (!in->len ||
	       !(end = memchr(in->buf + seen, '\0', in->len - seen))) {
		seen = in->len;
		if (fill(fd, in)) {
			fprintf(stderr, "hipd ended the connection\n");
			return NULL;
		}
	}
	answer = json_loadb(in->buf, (size_t)(end - in->buf), 0, &error);
	if (!answer)
		fprintf(stderr, "hipd sent no JSON: %s\n", error.text);
	in->len -= (size_t)(end + 1 - in->buf);
	memmove(in->buf, end + 1, in->len);
	return answer;
}

/* 1: more to come. */
static int take_answer(json_t *answer,
		       void (*take)(void *arg, json_t *params), void *arg)
{
	json_t *params = json_object_get(answer, "parameters");
	const char *error = json_string_value(json_object_get(answer,
							      "error"));
	const char *message;

	if (error) {
		message = json_string_value(json_object_get(params,
							    "message"));
		fprintf(stderr, "%s\n", message ?: error);
		return -EINVAL;
	}
	take(arg, params);
	return json_is_true(json_object_get(answer, "continues"));
}

int hip_cli_call(struct hip_cli *cli, const char *method, json_t *params,
		 void (*take)(void *arg, json_t *params), void *arg)
{
	struct input in = { NULL, 0, 0 };
	json_t *call = json_pack("{s:s,s:O,s:b}", "method", method,
				 "parameters", params, "more", 1);
	char *text = json_dumps(call, JSON_COMPACT);
	json_t *answer;
	int ret = -ENOMEM;

	json_decref(call);
	if (text)
		ret = send_all(cli->fd, text, strlen(text) + 1);
	free(text);
	if (ret) {
		fprintf(stderr, "hipd cannot be asked: %s\n", strerror(-ret));
		return HIP_CLI_FAILED;
	}
	do {
		answer = next_answer(cli->fd, &in);
		ret = answer ? take_answer(answer, take, arg) : -EPIPE;
		json_decref(answer);
	} while (ret > 0);
	free(in.buf);
	return ret ? HIP_CLI_FAILED : 0;
}
