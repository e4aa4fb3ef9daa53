// SPDX-License-Identifier: GPL-2.0
/*
 * The control socket and clients that mean no good, or go away: whatever they
 * do, hipd goes on and a decent client gets its answer.
 */
#include <grp.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "ctl_host.h"
#include "util.h"

static void expect_alive(void)
{
	int fd = client_open();

	expect_ok(ask(fd, "io.hip.Status.Get", "{}"));
	close(fd);
}

static void test_garbage(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{ "", "message is not JSON, at octet 0: '[' or '{' expected "
		  "near end of file" },
		{ "GET / HTTP/1.0\r\n\r\n", NULL },
		{ "{", NULL },
		{ "{\"method\":\"io.hip.Status.Get\"} x", NULL },
		{ "{\"method\":\"a\",\"method\":\"b\"}", NULL },
		{ "{\"method\":\"\xff\xfe\"}", NULL },
		{ "[]", "message: expected an object with a 'method'" },
		{ "{}", "message: expected an object with a 'method'" },
		{ "{\"method\":7}",
		  "message: expected an object with a 'method'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int fd = client_open();
		json_t *answer;

		client_say(fd, bad[i].text);
		answer = client_hear(fd);
		assert_non_null(answer);
		assert_string_equal(text_at(answer, "error"),
				    HIP_CTL_INVALID);
		if (bad[i].message)
			assert_string_equal(
				text_at(json_object_get(answer, "parameters"),
					"message"), bad[i].message);
		json_decref(answer);
		/* After that hipd has hung up. */
		assert_null(client_hear(fd));
		close(fd);
	}
	expect_alive();
}

static void test_wrong_calls(void **state)
{
	int fd = client_open();

	expect_error(ask(fd, "io.hip.Fish.Catch", "{}"),
		     "org.varlink.service.MethodNotFound",
		     "there is no such method");
	expect_error(ask(fd, "io.hip.Peer.List", "{\"peer\":\"\xc3\xbc\"}"),
		     HIP_CTL_NOT_FOUND,
		     "no peer and no identity is called '?\?'");
	expect_error(ask(fd, "io.hip.Status.Get", "[]"), HIP_CTL_INVALID,
		     "parameters: expected an object");
	expect_error(ask(fd, "io.hip.Status.Get", "{\"x\":1}"),
		     HIP_CTL_INVALID,
		     "parameters: 1 object item(s) left unpacked: x");
	expect_error(ask(fd, "io.hip.Id.Export", "{\"id\":1}"),
		     HIP_CTL_INVALID,
		     "parameters: Expected string, got integer");
	expect_error(ask(fd, "io.hip.Monitor.Watch", "{}"),
		     HIP_CTL_EXPECTED_MORE,
		     "events have no end: call with 'more'");
	/* The connection is still good. */
	expect_ok(ask(fd, "io.hip.Status.Get", "{}"));
	close(fd);
}

static void test_deep_and_long(void **state)
{
	static char text[HIP_CTL_MESSAGE + 100];
	json_t *answer;
	int fd;

	fd = client_open();
	memset(text, '[', HIP_CTL_MESSAGE);
	text[HIP_CTL_MESSAGE] = '\0';
	client_say(fd, text);
	answer = client_hear(fd);
	assert_string_equal(text_at(answer, "error"), HIP_CTL_INVALID);
	json_decref(answer);
	close(fd);

	/* One octet more, with and without an end. */
	for (int end = 0; end < 2; end++) {
		fd = client_open();
		memset(text, '[', HIP_CTL_MESSAGE + 1);
		text[HIP_CTL_MESSAGE + 1] = '\0';
		client_send(fd, text, HIP_CTL_MESSAGE + 1 + (size_t)end);
		expect_error(client_hear(fd), HIP_CTL_INVALID,
			     "message is longer than 65536 octets");
		assert_null(client_hear(fd));
		close(fd);
	}

	/* As long as may be, and good. */
	fd = client_open();
	memset(text, ' ', HIP_CTL_MESSAGE);
	memcpy(text, "{\"method\":\"io.hip.Status.Get\"", 29);
	text[HIP_CTL_MESSAGE - 1] = '}';
	client_send(fd, text, HIP_CTL_MESSAGE);
	client_send(fd, "", 1);
	expect_ok(client_hear(fd));
	close(fd);
}

static void test_octet_by_octet(void **state)
{
	static const char text[] = "{\"method\":\"io.hip.Status.Get\"}";
	int fd = client_open();

	for (size_t i = 0; i < sizeof(text); i++)
		client_send(fd, text + i, 1);
	expect_ok(client_hear(fd));
	close(fd);
}

static void test_half_message_and_gone(void **state)
{
	static const char text[] = "{\"method\":\"io.hip.Status.Get\"}";

	for (size_t len = 0; len < sizeof(text); len++) {
		int fd = client_open();

		client_send(fd, text, len);
		close(fd);
		world_step();
	}
	for (int i = 0; i < 10; i++)
		world_step();
	assert_int_equal(w.ctl->n_clients, 0);
	expect_alive();
}

/* printf 'CALL\0' | socat: the answers come although nothing more is said. */
static void test_half_closed(void **state)
{
	static const char text[] = "{\"method\":\"io.hip.Peer.List\","
				   "\"more\":true}";
	int fd = client_open();

	client_send(fd, text, sizeof(text));
	client_send(fd, text, sizeof(text));
	shutdown(fd, SHUT_WR);
	expect_ok(client_hear(fd));
	expect_ok(client_hear(fd));
	assert_null(client_hear(fd));
	close(fd);
	assert_int_equal(w.ctl->n_clients, 0);

	/* A watcher that hangs up half is gone altogether. */
	fd = client_open();
	client_say(fd, "{\"method\":\"io.hip.Monitor.Watch\",\"more\":true}");
	expect_ok(client_hear(fd));
	shutdown(fd, SHUT_WR);
	assert_null(client_hear(fd));
	close(fd);
	assert_int_equal(w.ctl->n_clients, 0);
}

static void test_many_calls_at_once(void **state)
{
	static const char one[] = "{\"method\":\"io.hip.Status.Get\"}";
	static const char quiet[] = "{\"method\":\"io.hip.Status.Get\","
				    "\"oneway\":true}";
	static char text[1000 * sizeof(quiet)];
	int fd = client_open();
	size_t len = 0;

	for (int i = 0; i < 1000; i++) {
		const char *call = i % 2 ? quiet : one;

		memcpy(text + len, call, strlen(call) + 1);
		len += strlen(call) + 1;
	}
	client_send(fd, text, len);
	for (int i = 0; i < 500; i++)
		expect_ok(client_hear(fd));
	expect_ok(ask(fd, "io.hip.Status.Get", "{}"));
	close(fd);
}

/* Calls of every method with octets changed, left out and put in. */
static void test_mutations(void **state)
{
	static const char *const calls[] = {
		"{\"method\":\"io.hip.Id.List\",\"parameters\":{\"id\":"
		"\"near\"},\"more\":true}",
		"{\"method\":\"io.hip.Id.Export\",\"parameters\":{\"id\":"
		"\"near\"}}",
		"{\"method\":\"io.hip.Peer.List\",\"parameters\":{},"
		"\"more\":true}",
		"{\"method\":\"io.hip.Peer.Add\",\"parameters\":{\"peer\":"
		"\"2001:22:1:2:3:4:5:6\",\"names\":[\"a\",\"b\"],"
		"\"locators\":[\"192.0.2.9\",\"2001:db8::1\"]}}",
		"{\"method\":\"io.hip.Peer.Delete\",\"parameters\":"
		"{\"peer\":\"a\"},\"oneway\":true}",
		"{\"method\":\"io.hip.Assoc.List\",\"parameters\":{\"peer\":"
		"\"far\",\"counters\":true}}",
		"{\"method\":\"io.hip.Assoc.Connect\",\"parameters\":"
		"{\"peer\":\"far\",\"local\":\"near\"}}",
		"{\"method\":\"io.hip.Assoc.Close\",\"parameters\":"
		"{\"peer\":\"far\"}}",
		"{\"method\":\"io.hip.Assoc.Flush\",\"parameters\":"
		"{\"now\":true}}",
		"{\"method\":\"io.hip.Monitor.Watch\",\"parameters\":{},"
		"\"more\":true}",
	};
	uint64_t s = seed();

	for (unsigned int i = 0; i < 3000; i++) {
		const char *call = calls[rnd(&s) % ARRAY_SIZE(calls)];
		size_t len = strlen(call) + 1, at;
		char text[512];
		int fd;

		memcpy(text, call, len);
		for (uint64_t n = rnd(&s) % 4; n; n--) {
			at = rnd(&s) % len;
			switch (rnd(&s) % 3) {
			case 0:
				text[at] = (char)rnd(&s);
				break;
			case 1:
				memmove(text + at, text + at + 1,
					--len - at);
				break;
			case 2:
				memmove(text + at + 1, text + at,
					len++ - at);
				text[at] = "{}[]\":,\\0e-"[rnd(&s) % 11];
				break;
			}
		}
		fd = client_open();
		client_send(fd, text, len);
		world_step();
		close(fd);
		world_step();
	}
	world_pass(HIP_SEC);
	expect_alive();
}

static void test_too_many_clients(void **state)
{
	int fd[HIP_CTL_CLIENTS + 1];

	for (size_t i = 0; i <= HIP_CTL_CLIENTS; i++) {
		fd[i] = client_open();
		world_step();
	}
	expect_error(client_hear(fd[HIP_CTL_CLIENTS]), HIP_CTL_FAILED,
		     "hipd serves as many clients as it can, try again");
	assert_null(client_hear(fd[HIP_CTL_CLIENTS]));
	assert_int_equal(w.ctl->n_clients, HIP_CTL_CLIENTS);
	expect_ok(ask(fd[7], "io.hip.Status.Get", "{}"));
	for (size_t i = 0; i <= HIP_CTL_CLIENTS; i++)
		close(fd[i]);
	for (int i = 0; i < 10; i++)
		world_step();
	assert_int_equal(w.ctl->n_clients, 0);
	expect_alive();
}

/* ---- lists ---- */

static void add_peers(unsigned int n)
{
	struct in6_addr hit;

	for (unsigned int i = 0; i < n; i++) {
		char text[64];

		snprintf(text, sizeof(text), "2001:22:%x::1", i + 1);
		assert_int_equal(hip_addr_parse(&hit, text), 0);
		assert_int_equal(hip_peer_add(&w.near.peers, &hit, NULL, 0,
					      &w.far_addr, 1,
					      HIP_PEER_COMMAND), 0);
	}
}

static size_t hear_list(int fd)
{
	bool more = true;
	size_t n = 0;

	while (more) {
		json_t *answer = client_hear(fd);

		assert_non_null(answer);
		more = json_is_true(json_object_get(answer, "continues"));
		n += json_array_size(json_object_get(
			json_object_get(answer, "parameters"), "peers"));
		json_decref(answer);
	}
	return n;
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	*(bool *)arg = true;
}

/* Without a descriptor for it a client waits, and does not keep hipd busy. */
static void test_no_descriptors(void **state)
{
	const struct timeval tv = { .tv_usec = 300000 };
	struct rlimit was, now;
	unsigned int turns = 0;
	bool end = false;
	int fd, top;

	fd = client_open();
	top = dup(fd);
	close(top);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	now = was;
	now.rlim_cur = (rlim_t)top;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	event_base_once(w.base, -1, EV_TIMEOUT, on_end, &end, &tv);
	for (; !end; turns++)
		event_base_loop(w.base, EVLOOP_ONCE);
	assert_int_equal(w.ctl->n_clients, 0);
	assert_in_range(turns, 1, 10);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	while (!w.ctl->n_clients)
		event_base_loop(w.base, EVLOOP_ONCE);
	expect_ok(ask(fd, "io.hip.Status.Get", "{}"));
	close(fd);
}

static void test_long_list(void **state)
{
	static const char call[] =
		"{\"method\":\"io.hip.Peer.List\",\"more\":true}";
	int fd = client_open(), slow = client_open();
	struct in6_addr hit;
	size_t n;

	add_peers(10000);
	expect_error(ask(fd, "io.hip.Peer.List", "{}"), HIP_CTL_EXPECTED_MORE,
		     "10001 entries: call with 'more'");
	client_say(fd, call);
	assert_int_equal(hear_list(fd), 10001);

	/* One that does not read holds up nobody and fills no memory. */
	client_say(slow, call);
	for (int i = 0; i < 100; i++)
		world_step();
	assert_true(hip_ctl_pending(w.ctl->clients->call ?
				    w.ctl->clients->call :
				    w.ctl->clients->next->call) < 64 * 1024);
	client_say(fd, call);
	assert_int_equal(hear_list(fd), 10001);

	/* What goes while a list is on its way is left out. */
	assert_int_equal(hip_addr_parse(&hit, "2001:22:2710::1"), 0);
	hip_peer_del(&w.near.peers, hip_peer_by_hit(&w.near.peers, &hit));
	n = hear_list(slow);
	assert_int_equal(n, 10000);

	/* And one that goes in the middle. */
	client_say(slow, call);
	world_step();
	close(slow);
	for (int i = 0; i < 100; i++)
		world_step();
	assert_int_equal(w.ctl->n_clients, 1);
	expect_ok(ask(fd, "io.hip.Status.Get", "{}"));
	close(fd);
}

/* ---- events ---- */

static void make_events(unsigned int n)
{
	struct hip_assoc assoc = { .host = &w.near };

	assoc.since = w.now;
	for (unsigned int i = 0; i < n; i++)
		w.near.event(&w.near, &assoc, "test");
}

static void test_slow_watcher(void **state)
{
	int fd = client_open();
	unsigned int events = 0, lost = 0;

	client_say(fd, "{\"method\":\"io.hip.Monitor.Watch\",\"more\":true}");
	expect_ok(client_hear(fd));
	make_events(20000);
	assert_true(hip_ctl_pending(w.ctl->clients->call) <
		    HIP_CTL_BACKLOG + 1024);
	/* The next event after it has read tells what it missed. */
	while (events + lost < 20001) {
		json_t *answer, *params;
		char c;

		for (int i = 0; i < 10; i++)
			world_step();
		if (recv(fd, &c, 1, MSG_PEEK) < 0) {
			assert_int_equal(lost, 0);
			make_events(1);
		}
		answer = client_hear(fd);
		params = json_object_get(answer, "parameters");
		if (json_object_get(params, "lost"))
			lost += (unsigned int)json_integer_value(
				json_object_get(params, "lost"));
		else
			events++;
		json_decref(answer);
	}
	assert_true(lost > 0);
	assert_int_equal(events + lost, 20001);
	close(fd);
}

static void test_waiting_client_leaves(void **state)
{
	int fd = client_open();

	w.cut = true;
	client_say(fd, "{\"method\":\"io.hip.Assoc.Connect\",\"parameters\":"
		   "{\"peer\":\"far\"}}");
	world_pass(HIP_SEC);
	assert_non_null(w.near.assocs.by_pair);
	close(fd);
	world_pass(200 * HIP_SEC);
	assert_int_equal(w.ctl->n_clients, 0);
	expect_alive();
}

/* Many wait for one exchange, some of them with a call behind it. */
static void test_many_wait(void **state)
{
	static const char text[] =
		"{\"method\":\"io.hip.Assoc.Connect\",\"parameters\":"
		"{\"peer\":\"far\"}}\0{\"method\":\"io.hip.Status.Get\"}";
	int fd[8];

	for (size_t i = 0; i < 8; i++) {
		fd[i] = client_open();
		client_send(fd[i], text, sizeof(text));
	}
	for (size_t i = 0; i < 8; i++) {
		expect_ok(client_hear(fd[i]));
		expect_ok(client_hear(fd[i]));
		close(fd[i]);
	}
	assert_int_equal(HASH_COUNT(w.near.assocs.by_pair), 1);
}

/* ---- who may ---- */

/* As user 65534; exits 0 when reading works and changing is denied. */
static void be_nobody(void)
{
	static const char call[] =
		"{\"method\":\"io.hip.Status.Get\"}\0"
		"{\"method\":\"io.hip.Assoc.Close\"}\0"
		"{\"method\":\"io.hip.Assoc.Connect\"}\0"
		"{\"method\":\"io.hip.Assoc.Flush\"}\0"
		"{\"method\":\"io.hip.Assoc.Rekey\"}\0"
		"{\"method\":\"io.hip.Id.Add\"}\0"
		"{\"method\":\"io.hip.Id.Delete\"}\0"
		"{\"method\":\"io.hip.Id.SetDefault\"}\0"
		"{\"method\":\"io.hip.Peer.Add\",\"parameters\":{}}\0"
		"{\"method\":\"io.hip.Peer.Delete\"}\0"
		"{\"method\":\"io.hip.Peer.Trust\"}";
	static const char denied[] = "{\"error\":\"io.hip.Denied\"";
	char got[4096] = "", *p = got;
	size_t len = 0;
	int fd, n = 0;

	if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
		_exit(10);
	fd = client_open();
	fcntl(fd, F_SETFL, 0);
	if (send(fd, call, sizeof(call), 0) != (ssize_t)sizeof(call))
		_exit(11);
	while (n < 11) {
		ssize_t got_n = recv(fd, got + len, sizeof(got) - len, 0);

		if (got_n <= 0)
			_exit(12);
		n = 0;
		len += (size_t)got_n;
		for (size_t i = 0; i < len; i++)
			n += !got[i];
	}
	if (strncmp(p, "{\"parameters\"", 13))
		_exit(13);
	for (n = 0; n < 10; n++) {
		p += strlen(p) + 1;
		if (strncmp(p, denied, sizeof(denied) - 1))
			_exit(14);
	}
	_exit(0);
}

static void test_not_privileged(void **state)
{
	int status = -1, n = 0;
	struct stat st;
	pid_t pid;

	if (geteuid())
		skip();
	assert_int_equal(stat(w.near.config.socket, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(chmod(w.near.config.socket, 0666), 0);
	assert_int_equal(chmod(w.dir, 0755), 0);
	pid = fork();
	if (!pid)
		be_nobody();
	while (waitpid(pid, &status, WNOHANG) == 0 && n++ < 20000) {
		world_step();
		usleep(1000);
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- the socket file ---- */

static void test_socket_file(void **state)
{
	char err[512] = "", want[512];
	struct hip_ctl *other;
	FILE *f;

	other = hip_ctl_open(&w.near, w.base, err, sizeof(err));
	assert_null(other);
	snprintf(want, sizeof(want), "%s: another hipd answers there",
		 w.near.config.socket);
	assert_string_equal(err, want);
	expect_alive();

	/* One that nobody listens on is left over from a crash. */
	snprintf(want, sizeof(want), "cp -a %s %s/dead", w.near.config.socket,
		 w.dir);
	assert_int_equal(system(want), 0);
	hip_ctl_close(w.ctl);
	snprintf(w.near.config.socket, sizeof(w.near.config.socket),
		 "%s/dead", w.dir);
	w.ctl = hip_ctl_open(&w.near, w.base, err, sizeof(err));
	if (!w.ctl)
		fail_msg("%s", err);
	expect_alive();

	hip_ctl_close(w.ctl);
	assert_int_equal(access(w.near.config.socket, F_OK), -1);
	f = fopen(w.near.config.socket, "w");
	fclose(f);
	w.ctl = hip_ctl_open(&w.near, w.base, err, sizeof(err));
	assert_null(w.ctl);
	snprintf(want, sizeof(want), "%s: found a file that is no socket, "
		 "remove it or set another 'socket'", w.near.config.socket);
	assert_string_equal(err, want);
	assert_int_equal(access(w.near.config.socket, F_OK), 0);

	/* A directory that is missing is made. */
	snprintf(w.near.config.socket, sizeof(w.near.config.socket),
		 "%s/new/s", w.dir);
	w.ctl = hip_ctl_open(&w.near, w.base, err, sizeof(err));
	assert_non_null(w.ctl);
	expect_alive();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_start, world_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_garbage),
		TEST(test_wrong_calls),
		TEST(test_deep_and_long),
		TEST(test_octet_by_octet),
		TEST(test_half_message_and_gone),
		TEST(test_half_closed),
		TEST(test_many_calls_at_once),
		TEST(test_mutations),
		TEST(test_too_many_clients),
		TEST(test_no_descriptors),
		TEST(test_long_list),
		TEST(test_slow_watcher),
		TEST(test_waiting_client_leaves),
		TEST(test_many_wait),
		TEST(test_not_privileged),
		TEST(test_socket_file),
	};

	return cmocka_run_group_tests_name("ctl_hostile", tests, NULL, NULL);
}
