// SPDX-License-Identifier: GPL-2.0
/*
 * The command hip against a daemon that is played here: for each row the words
 * given, the message that must come, what is answered, and what must be
 * printed, octet by octet. $HIP_BIN names the program to run.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
#define BUILT "../../build/hipd-san/hip"
#else
#define BUILT "../../build/hipd/hip"
#endif

#define HIT_A "2001:22:8ffd:4608:db6d:f1e6:c8f1:9b2f"
#define HIT_B "2001:21:1922:1a54:3fbe:f56c:957c:bf3d"
#define WORDS 12

static char dir[] = "/tmp/hip-test-cli-XXXXXX";
static char sock[64], conf[64];

struct row {
	const char *words[WORDS];
	const char *call;	/* NULL: hipd must not be asked */
	const char *answer[3];
	const char *out, *err;
	int code;
};

static void write_file(const char *path, const char *fmt, ...)
{
	FILE *f = fopen(path, "w");
	va_list ap;

	assert_non_null(f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(sock, sizeof(sock), "%s/s", dir);
	snprintf(conf, sizeof(conf), "%s/c", dir);
	write_file(conf, "[hipd]\nsocket = %s\nkeys = %s/keys\n"
		   "hosts = %s/hosts\naccess = %s/access\n"
		   "learned = %s/learned\n", sock, dir, dir, dir, dir);
	return setenv("TZ", "UTC", 1);
}

static int teardown(void **state)
{
	char cmd[80];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static void redirect(const char *name, int fd)
{
	char path[80];
	int file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || dup2(file, fd) < 0)
		_exit(99);
}

static pid_t start(const struct row *row)
{
	const char *argv[WORDS + 4] = { "hip", "--config", conf };
	const char *bin = getenv("HIP_BIN") ?: BUILT;
	pid_t pid;

	for (size_t i = 0; row->words[i]; i++)
		argv[3 + i] = row->words[i];
	pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	alarm(30);	/* not for ever, when an earlier row has failed */
	redirect("out", 1);
	redirect("err", 2);
	execv(bin, (char **)argv);
	_exit(98);
}

static void check_file(const char *name, const char *want)
{
	char path[80], got[8192];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(got, 1, sizeof(got) - 1, f);
	got[len] = '\0';
	fclose(f);
	assert_string_equal(got, want);
}

static void hear(int fd, const struct row *row)
{
	char got[2048] = "";
	size_t len = 0;
	ssize_t n;

	while (!len || got[len - 1]) {
		n = recv(fd, got + len, sizeof(got) - 1 - len, 0);
		assert_true(n > 0);
		len += (size_t)n;
	}
	assert_string_equal(got, row->call);
}

static void say(int fd, const char *text)
{
	send(fd, text, strlen(text) + 1, MSG_NOSIGNAL);
}

/* The same call is heard @calls times. */
static void serve(int listener, const struct row *row, int calls)
{
	int fd = accept(listener, NULL, NULL);
	size_t next = 0;

	assert_true(fd >= 0);
	while (calls--) {
		hear(fd, row);
		do {
			if (next < 3 && row->answer[next])
				say(fd, row->answer[next++]);
		} while (!calls && next < 3 && row->answer[next]);
	}
	close(fd);
}

static int listen_here(void)
{
	const struct timeval patience = { .tv_sec = 20 };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(sun.sun_path, sock);
	unlink(sock);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(fd, 1), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void run_calls(const struct row *row, int calls)
{
	int listener = row->call ? listen_here() : -1;
	pid_t pid = start(row);
	int status;

	if (row->call)
		serve(listener, row, calls);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	check_file("err", row->err ?: "");
	check_file("out", row->out ?: "");
	assert_int_equal(WEXITSTATUS(status), row->code);
	if (listener >= 0)
		close(listener);
	unlink(sock);
}

static void run(const struct row *row)
{
	run_calls(row, 1);
}

#define CALL(method, params) \
	"{\"method\":\"io.hip." method "\",\"parameters\":{" params \
	"},\"more\":true}"
#define NOTHING "{\"parameters\":{}}"

#define ASSOC_1 "{\"local_hit\":\"" HIT_A "\",\"peer_hit\":\"" HIT_B "\"," \
	"\"local_name\":\"ecdsa\",\"peer_name\":\"laptop\"," \
	"\"state\":\"ESTABLISHED\",\"role\":\"initiator\",\"since\":3.25," \
	"\"local\":\"192.0.2.1\",\"peer\":\"192.0.2.2\"," \
	"\"dh_group\":\"p256\",\"cipher\":\"aes-128-cbc\",\"bex_us\":1234," \
	"\"path\":1,\"rx_packets\":10,\"rx_bytes\":840,\"tx_packets\":11," \
	"\"tx_bytes\":924,\"last_rx\":0,\"last_tx\":0}"
#define ASSOC_2 "{\"local_hit\":\"" HIT_A "\",\"peer_hit\":\"" HIT_B "\"," \
	"\"state\":\"I1-SENT\",\"role\":\"initiator\",\"since\":7384.0}"
#define ASSOC_1_TEXT HIT_B "    laptop        ESTABLISHED  initiator  " \
	"192.0.2.1 > 192.0.2.2  since 3s"
#define ASSOC_1_DETAILS "from " HIT_A " (ecdsa)  dh p256  cipher " \
	"aes-128-cbc  path 1  base exchange 1.234 ms"
#define ASSOC_1_COUNTERS "rx 10 packets 840 bytes  tx 11 packets 924 bytes"

#define CONNECT_HELP "hip assoc connect PEER [ from ID ] [ opportunistic ]\n" \
	"    set up an association and wait for it; opportunistic: PEER is an " \
	"address\n"

static const struct row rows[] = {
	{ { "id" }, CALL("Id.List", ""),
	  { "{\"parameters\":{\"ids\":[{\"name\":\"ecdsa\",\"hit\":\"" HIT_A
	    "\",\"type\":\"ecdsa\",\"bits\":256,\"default\":true},{\"name\":"
	    "\"r\",\"hit\":\"" HIT_B "\",\"type\":\"rsa\",\"bits\":2048,"
	    "\"default\":false}]}}" },
	  HIT_A "    ecdsa         ecdsa 256  default\n"
	  HIT_B "    r             rsa 2048\n", NULL, 0 },
	{ { "id", "add", "r2", "bits", "4096", "type", "rsa" },
	  CALL("Id.Add", "\"name\":\"r2\",\"bits\":4096,\"type\":\"rsa\""),
	  { "{\"parameters\":{\"id\":{\"name\":\"r2\",\"hit\":\"" HIT_B
	    "\",\"type\":\"rsa\",\"bits\":4096,\"default\":false}}}" },
	  HIT_B "    r2            rsa 4096\n", NULL, 0 },
	{ { "i", "def", "r2" }, CALL("Id.SetDefault", "\"id\":\"r2\""),
	  { NOTHING }, NULL, NULL, 0 },
	{ { "id", "del", "r2" }, CALL("Id.Delete", "\"id\":\"r2\""),
	  { "{\"error\":\"io.hip.NotFound\",\"parameters\":{\"message\":"
	    "\"no identity is called 'r2'\"}}" },
	  NULL, "no identity is called 'r2'\n", 1 },
	{ { "-d", "id", "export" }, CALL("Id.Export", ""),
	  { "{\"parameters\":{\"id\":{\"name\":\"e\",\"hosts\":\"" HIT_A
	    " e 192.0.2.1\",\"dns\":\"e IN HIP ( 3 00 AA )\"}}}" },
	  HIT_A " e 192.0.2.1\ne IN HIP ( 3 00 AA )\n", NULL, 0 },

	{ { "peer", "list" }, CALL("Peer.List", ""),
	  { "{\"parameters\":{\"peers\":[{\"hit\":\"" HIT_A "\",\"names\":"
	    "[\"a\",\"a.example\"],\"locators\":[\"192.0.2.2\",\"2001:db8::2\""
	    "],\"source\":\"hosts\"}]},\"continues\":true}",
	    "{\"parameters\":{\"peers\":[{\"hit\":\"" HIT_B "\",\"names\":[],"
	    "\"locators\":[],\"source\":\"command\"}]}}" },
	  HIT_A "    a a.example   192.0.2.2 2001:db8::2\n"
	  HIT_B "    -             -\n", NULL, 0 },
	{ { "peer", "add", HIT_A, "alice", "192.0.2.7", "name", "a.example",
	    "addr", "2001:db8::7" },
	  CALL("Peer.Add", "\"peer\":\"" HIT_A "\",\"names\":[\"alice\","
	       "\"a.example\"],\"locators\":[\"192.0.2.7\",\"2001:db8::7\"]"),
	  { NOTHING }, NULL, NULL, 0 },
	{ { "p", "d", "alice" }, CALL("Peer.Delete", "\"peer\":\"alice\""),
	  { NOTHING }, NULL, NULL, 0 },

	{ { "-d", "peer", "show", "a" }, CALL("Peer.List", "\"peer\":\"a\""),
	  { "{\"parameters\":{\"peers\":[{\"hit\":\"" HIT_B "\",\"names\":[],"
	    "\"locators\":[],\"source\":\"command\",\"access\":\"deny\","
	    "\"rule\":\"/a:3: deny any\"}]}}" },
	  HIT_B "    -             -  from command  access deny, "
	  "/a:3: deny any\n", NULL, 0 },
	{ { "peer" }, CALL("Peer.List", ""),
	  { "{\"parameters\":{\"peers\":[{\"hit\":\"" HIT_B "\",\"names\":[],"
	    "\"locators\":[],\"source\":\"command\",\"access\":\"deny\","
	    "\"rule\":\"/a:3: deny any\"}]}}" },
	  HIT_B "    -             -  denied by /a:3: deny any\n", NULL, 0 },
	{ { "peer" }, CALL("Peer.List", ""),
	  { "{\"parameters\":{\"peers\":[{\"hit\":\"" HIT_B "\",\"names\":[],"
	    "\"locators\":[],\"source\":\"learned\",\"access\":\"allow\","
	    "\"rule\":\"r\",\"refused\":\"" HIT_A "\",\"refused_at\":"
	    "\"192.0.2.2\"}]}}" },
	  HIT_B "    -             -\n    192.0.2.2 now says that it is " HIT_A
	  ": refused, see hip peer trust\n", NULL, 0 },
	{ { "peer", "trust", "192.0.2.2" },
	  CALL("Peer.Trust", "\"peer\":\"192.0.2.2\""), { NOTHING },
	  NULL, NULL, 0 },
	{ { "access" }, CALL("Access.List", ""),
	  { "{\"parameters\":{\"rules\":[{\"file\":\"/a\",\"line\":3,"
	    "\"rule\":\"deny any\",\"hits\":5},{\"file\":\"/a\",\"line\":0,"
	    "\"rule\":\"access-default = allow\",\"hits\":1}]}}" },
	  "/a:3   deny any  5 packets\naccess-default = allow  1 packets\n",
	  NULL, 0 },
	{ { "access", "check", "a", "from", "192.0.2.2", "anonymous" },
	  CALL("Access.Check", "\"peer\":\"a\",\"from\":\"192.0.2.2\","
	       "\"anonymous\":true"),
	  { "{\"parameters\":{\"verdict\":{\"hit\":\"" HIT_B "\",\"name\":"
	    "\"a\",\"access\":\"deny\",\"rule\":\"/a:3: deny any\"}}}" },
	  HIT_B "    a             deny  /a:3: deny any\n", NULL, 0 },

	{ { "assoc" }, CALL("Assoc.List", ""),
	  { "{\"parameters\":{\"assocs\":[" ASSOC_1 "," ASSOC_2 "]}}" },
	  ASSOC_1_TEXT "\n"
	  HIT_B "    -             I1-SENT      initiator  - > -  "
	  "since 2h3m\n", NULL, 0 },
	{ { "-s", "-d", "assoc", "show", "laptop" },
	  CALL("Assoc.List", "\"peer\":\"laptop\",\"counters\":true"),
	  { "{\"parameters\":{\"assocs\":[" ASSOC_1 "]}}" },
	  ASSOC_1_TEXT "\n    " ASSOC_1_DETAILS "\n    " ASSOC_1_COUNTERS "\n",
	  NULL, 0 },
	{ { "-sdo", "a" }, CALL("Assoc.List", "\"counters\":true"),
	  { "{\"parameters\":{\"assocs\":[" ASSOC_1 "]}}" },
	  ASSOC_1_TEXT "\\    " ASSOC_1_DETAILS "\\    " ASSOC_1_COUNTERS "\n",
	  NULL, 0 },
	{ { "-j", "assoc" }, CALL("Assoc.List", "\"counters\":true"),
	  { "{\"parameters\":{\"assocs\":[" ASSOC_2 "]},\"continues\":true}",
	    "{\"parameters\":{\"assocs\":[]}}" },
	  "{\"schema\":1,\"assocs\":[" ASSOC_2 "]}\n", NULL, 0 },
	{ { "-j", "assoc" }, CALL("Assoc.List", "\"counters\":true"),
	  { "{\"parameters\":{\"assocs\":[]}}" }, "{\"schema\":1,\"assocs\":[]}\n", NULL, 0 },
	{ { "-p", "id" }, CALL("Id.List", ""),
	  { "{\"parameters\":{\"ids\":[{\"name\":\"e\"}]}}" },
	  "{\n    \"schema\": 1,\n    \"ids\": [\n        {\n"
	  "            \"name\": \"e\"\n        }\n    ]\n}\n", NULL, 0 },
	{ { "-js", "assoc", "close", "laptop" },
	  CALL("Assoc.Close", "\"peer\":\"laptop\""),
	  { "{\"parameters\":{\"closed\":1}}" },
	  "{\"schema\":1,\"closed\":1}\n", NULL, 0 },
	{ { "-json", "id", "del", "r2" }, CALL("Id.Delete", "\"id\":\"r2\""),
	  { NOTHING }, "{\"schema\":1}\n", NULL, 0 },
	/* An answer that breaks off is no JSON. */
	{ { "-j", "assoc" }, CALL("Assoc.List", "\"counters\":true"),
	  { "{\"parameters\":{\"assocs\":[" ASSOC_2 "]},\"continues\":true}" },
	  "{\"schema\":1,\"assocs\":[" ASSOC_2,
	  "hipd ended the connection\n", 1 },
	{ { "-N", "peer" }, CALL("Peer.List", ""),
	  { "{\"parameters\":{\"peers\":[{\"hit\":\"" HIT_A "\",\"names\":"
	    "[\"a\",\"a.example\"]}]}}" },
	  "a\na.example\n", NULL, 0 },
	{ { "--names", "a" }, CALL("Assoc.List", ""),
	  { "{\"parameters\":{\"assocs\":[" ASSOC_1 "]}}" },
	  "laptop\n", NULL, 0 },
	{ { "-color", "assoc" }, CALL("Assoc.List", ""),
	  { "{\"parameters\":{\"assocs\":[" ASSOC_2 "]}}" },
	  "\033[36m" HIT_B "  \033[0m  \033[1m-           \033[0m  "
	  "\033[33mI1-SENT    \033[0m  initiator  - > -  since 2h3m\n",
	  NULL, 0 },
	{ { "-c=auto", "assoc" }, CALL("Assoc.List", ""),
	  { "{\"parameters\":{\"assocs\":[" ASSOC_2 "]}}" },
	  HIT_B "    -             I1-SENT      initiator  - > -  "
	  "since 2h3m\n", NULL, 0 },
	{ { "assoc", "con", "laptop", "from", "r" },
	  CALL("Assoc.Connect", "\"peer\":\"laptop\",\"local\":\"r\""),
	  { "{\"parameters\":{\"assoc\":" ASSOC_1 "}}" },
	  ASSOC_1_TEXT "\n", NULL, 0 },
	{ { "assoc", "con", "192.0.2.2", "opportunistic" },
	  CALL("Assoc.Connect",
	       "\"peer\":\"192.0.2.2\",\"opportunistic\":true"),
	  { "{\"parameters\":{\"assoc\":" ASSOC_1 "}}" },
	  ASSOC_1_TEXT "\n", NULL, 0 },
	{ { "assoc", "flush", "now" }, CALL("Assoc.Flush", "\"now\":true"),
	  { "{\"parameters\":{\"closed\":0,\"removed\":3}}" }, NULL, NULL, 0 },

	{ { "path" }, CALL("Path.List", ""),
	  { "{\"parameters\":{\"paths\":[{\"id\":7,\"if_id\":0,\"local_hit\":"
	    "\"" HIT_A "\",\"peer_hit\":\"" HIT_B "\",\"local\":"
	    "\"192.0.2.1\",\"peer\":\"192.0.2.2\",\"spi_in\":257,\"spi_out\":"
	    "4294967295,\"local_name\":\"e\",\"esp_suite\":\"aes128-gcm-16\","
	    "\"state\":\"spare\"}]}}" },
	  "path 7: " HIT_A " (e) > " HIT_B " (-)  spare\n"
	  "    192.0.2.1 > 192.0.2.2  spi in 0x00000101 out 0xffffffff  "
	  "aes128-gcm-16  if_id 0\n", NULL, 0 },

	{ { "stats" }, CALL("Stats.Get", ""),
	  { "{\"parameters\":{\"counters\":[{\"source\":\"hipd\",\"name\":"
	    "\"rx\",\"value\":5,\"help\":\"received\"},{\"source\":"
	    "\"kernel\",\"name\":\"drop\",\"value\":0,\"help\":\"dropped\"}"
	    "]}}" },
	  "hipd    rx                                   5  received\n",
	  NULL, 0 },
	{ { "-d", "86400", "--count", "1", "stats" }, CALL("Stats.Get", ""),
	  { "{\"parameters\":{\"counters\":[{\"source\":\"hipd\",\"name\":"
	    "\"rx\",\"value\":5,\"help\":\"received\"}]}}" },
	  "hipd    rx                                   5           -    "
	  "received\n", NULL, 0 },
	{ { "-s", "-d", "stats" }, CALL("Stats.Get", ""),
	  { "{\"parameters\":{\"counters\":[{\"source\":\"kernel\",\"name\":"
	    "\"drop\",\"value\":0,\"help\":\"dropped\"}]}}" },
	  "kernel  drop                                 0  dropped\n", NULL,
	  0 },
	{ { "status" }, CALL("Status.Get", ""),
	  { "{\"parameters\":{\"status\":{\"version\":\"9\",\"pid\":4,"
	    "\"uptime\":90061.5,\"kernel\":\"null\",\"device\":\"hip0\","
	    "\"ids\":2,\"peers\":3,\"assocs\":4,\"states\":{\"I1-SENT\":1,"
	    "\"ESTABLISHED\":3},\"locators\":[\"192.0.2.1\",\"2001:db8::1\"],"
	    "\"hit\":\"" HIT_A "\",\"name\":\"e\"}}}" },
	  "hipd 9  pid 4  up 1d1h  null\n"
	  "    identity " HIT_A " (e) on hip0, 2 in all\n"
	  "    locators 192.0.2.1 2001:db8::1\n"
	  "    peers 3\n"
	  "    associations 4: 1 I1-SENT, 3 ESTABLISHED\n", NULL, 0 },
	{ { "-ts", "monitor" }, CALL("Monitor.Watch", ""),
	  { "{\"parameters\":{\"time\":1.5,\"event\":\"watching\"},"
	    "\"continues\":true}",
	    "{\"parameters\":{\"time\":3661.007,\"event\":\"assoc\",\"assoc\":"
	    ASSOC_1 "},\"continues\":true}",
	    "{\"parameters\":{\"time\":2,\"event\":\"lost\",\"lost\":5},"
	    "\"continues\":true}" },
	  "[1970-01-01T00:00:01.500000] watching\n"
	  "[1970-01-01T01:01:01.007000] " ASSOC_1_TEXT "\n"
	  "[1970-01-01T00:00:02.000000] 5 events lost\n",
	  "hipd ended the connection\n", 1 },
	{ { "-t", "monitor" }, CALL("Monitor.Watch", ""),
	  { "{\"parameters\":{\"time\":3661.007,\"event\":\"assoc\","
	    "\"assoc\":" ASSOC_1 "}}" },
	  "Timestamp: Thu Jan  1 01:01:01 1970 7000 usec\n" ASSOC_1_TEXT
	  "\n", NULL, 0 },
	{ { "monitor" }, CALL("Monitor.Watch", ""),
	  { "{\"parameters\":{\"time\":1.5,\"event\":\"watching\"}}" },
	  "watching\n", NULL, 0 },
	{ { "monitor", "sh" }, CALL("Monitor.Watch", ""),
	  { "{\"parameters\":{\"time\":1.5,\"event\":\"watching\"}}" },
	  "watching\n", NULL, 0 },
	{ { "-j", "monitor" }, CALL("Monitor.Watch", ""),
	  { "{\"parameters\":{\"event\":\"watching\"}}" },
	  "{\"schema\":1,\"event\":\"watching\"}\n", NULL, 0 },

	/* What a daemon should not say. */
	{ { "id" }, CALL("Id.List", ""), { NULL }, NULL,
	  "hipd ended the connection\n", 1 },
	{ { "id" }, CALL("Id.List", ""), { "{\"parameters\":" }, NULL,
	  "hipd sent no JSON: unexpected token near end of file\n", 1 },
	{ { "id" }, CALL("Id.List", ""), { "{\"error\":\"x.y\"}" }, NULL,
	  "x.y\n", 1 },

	/* Usage. */
	{ { "fish" }, .err = "hip: object 'fish' is unknown, try 'hip help'\n",
	  .code = 2 },
	{ { "id", "fish" },
	  .err = "hip: command 'fish' is unknown, try 'hip id help'\n",
	  .code = 2 },
	{ { "id", "de", "x" },
	  .err = "hip: 'de' may be 'delete' or 'default'\n", .code = 2 },
	{ { "id", "add", "a", "bits", "x" },
	  .err = "hip: bits: found 'x', expected a number\n"
		 "usage: hip id add [ NAME ] [ type TYPE ] [ bits N ] "
		 "[ anonymous ]\n",
	  .code = 2 },
	{ { "id", "add", "a", "bits" },
	  .err = "hip: 'bits' needs N after it\n"
		 "usage: hip id add [ NAME ] [ type TYPE ] [ bits N ] "
		 "[ anonymous ]\n",
	  .code = 2 },
	{ { "id", "add", "type", "rsa", "type", "rsa" },
	  .err = "hip: 'type' is given twice\n"
		 "usage: hip id add [ NAME ] [ type TYPE ] [ bits N ] "
		 "[ anonymous ]\n",
	  .code = 2 },
	{ { "id", "add", "a", "b" },
	  .err = "hip: found 'b', expected no more\n"
		 "usage: hip id add [ NAME ] [ type TYPE ] [ bits N ] "
		 "[ anonymous ]\n",
	  .code = 2 },
	{ { "peer", "del" },
	  .err = "hip: PEER is missing\nusage: hip peer delete PEER\n",
	  .code = 2 },
	{ { "assoc", "connect", "help" }, .out = CONNECT_HELP },
	{ { "help", "as", "con" }, .out = CONNECT_HELP },
	{ { "assoc", "connect", "laptop", "help" }, .out = CONNECT_HELP },
	{ { "--fish", "id" },
	  .err = "hip: option '--fish' is unknown, try 'hip help'\n",
	  .code = 2 },
	{ { "--co=auto", "id" },
	  .err = "hip: option '--co=auto' is unknown, try 'hip help'\n",
	  .code = 2 },
	{ { "-jz", "id" },
	  .err = "hip: option '-jz' is unknown, try 'hip help'\n",
	  .code = 2 },
	{ { "-color=blue", "id" },
	  .err = "hip: color: found 'blue', expected always, auto or never; "
		 "try 'hip help'\n", .code = 2 },
	{ { "--delay", "0", "stats" },
	  .err = "hip: delay: found '0', expected seconds, more than 0 and at "
		 "most a day; try 'hip help'\n", .code = 2 },
	{ { "--delay", "86401", "stats" },
	  .err = "hip: delay: found '86401', expected seconds, more than 0 "
		 "and at most a day; try 'hip help'\n", .code = 2 },
	{ { "--delay", "1", "--count", "1000001", "stats" },
	  .err = "hip: count: found '1000001', expected a number from 1 to "
		 "1000000; try 'hip help'\n", .code = 2 },
	{ { "--json=yes", "id" },
	  .err = "hip: json: found 'yes', expected no value; try 'hip help'\n",
	  .code = 2 },
	{ { "-d", "1", "id" },
	  .err = "hip: --delay: is for stats, assoc, path and status\n",
	  .code = 2 },
	{ { "--count", "3", "stats" },
	  .err = "hip: --count: needs a --delay\n", .code = 2 },
	{ { "-ts", "stats" },
	  .err = "hip: timestamps: are for monitor\n", .code = 2 },
	{ { "config", "show", "fish" },
	  .err = "there is no key 'fish': hip config show lists them all\n",
	  .code = 1 },
	{ { "config", "check", "/none" },
	  .err = "/none: No such file or directory\n", .code = 1 },
	{ { "-j", "config", "check", "/none" },
	  .out = "{\"schema\":1,\"file\":\"/none\",\"ok\":false,"
		 "\"keys_checked\":false,\"message\":"
		 "\"/none: No such file or directory\"}\n",
	  .err = "/none: No such file or directory\n", .code = 1 },

	/* No daemon. */
	{ { "peer" }, .err = "hipd is not running (no answer at "
	  "/tmp/hip-test-cli-XXXXXX/s): systemctl start hipd\n", .code = 3 },
};

/* The row that names the socket in its sentence gets the real name. */
static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct row row = rows[i];
		char err[256];
		char *at;

		if (row.err && strstr(row.err, "XXXXXX")) {
			snprintf(err, sizeof(err), "%s", row.err);
			at = strstr(err, "/tmp/");
			memcpy(at, dir, strlen(dir));
			row.err = err;
		}
		print_message("# hip %s %s\n", row.words[0],
			      row.words[1] ?: "");
		run(&row);
	}
}

/* hip id while no daemon runs: in the directory of keys. */
static void test_without_daemon(void **state)
{
	struct row row = { { "-j", "id" }, .out = "{\"schema\":1,\"ids\":[]}\n" };
	char note[128], usage[256], path[96];
	struct stat st;

	snprintf(note, sizeof(note), "hipd is not running: these are the keys "
		 "in %s/keys\n", dir);
	row.err = note;
	run(&row);

	row = (struct row){ { "-j", "id", "add", "first" }, .code = 0 };
	pid_t pid = start(&row);
	int status;

	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	snprintf(path, sizeof(path), "%s/keys/first.pem", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	snprintf(usage, sizeof(usage), "identity 'first' exists\n");
	row = (struct row){ { "id", "add", "first" }, .err = usage,
			    .code = 1 };
	run(&row);
	row = (struct row){ { "id", "add", "x", "type", "dsa" }, .code = 1,
			    .err = "type: found 'dsa', expected ecdsa or "
				   "rsa\n" };
	run(&row);
	row = (struct row){ { "id", "add", "x", "bits", "257" }, .code = 1,
			    .err = "bits: found 257, expected 256 or 384\n" };
	run(&row);
	snprintf(note, sizeof(note), "no identity is called 'x' in "
		 "%s/keys\n", dir);
	row = (struct row){ { "id", "del", "x" }, .code = 1, .err = note };
	run(&row);
	snprintf(note, sizeof(note), "hipd is not running: removed the key "
		 "from %s/keys\n", dir);
	row = (struct row){ { "id", "del", "first" }, .err = note };
	run(&row);
	assert_int_equal(stat(path, &st), -1);
}

/* A socket that a daemon left behind is as good as none. */
static void test_socket_left(void **state)
{
	struct row row = { { "peer" }, .code = 3 };
	char note[160];

	close(listen_here());
	snprintf(note, sizeof(note), "hipd is not running (no answer at %s): "
		 "systemctl start hipd\n", sock);
	row.err = note;
	run(&row);
}

/* What could not be written is said, and there is an end. */
static void test_full_disk(void **state)
{
	struct row row = {
		{ "id" }, CALL("Id.List", ""),
		{ "{\"parameters\":{\"ids\":[{\"name\":\"a\",\"hit\":\"" HIT_A
		  "\",\"type\":\"ecdsa\",\"bits\":256,\"default\":true}]}}" },
		.err = "hip: output: No space left on device\n", .code = 1
	};
	char path[80];

	snprintf(path, sizeof(path), "%s/out", dir);
	unlink(path);
	assert_int_equal(symlink("/dev/full", path), 0);
	run(&row);
	assert_int_equal(unlink(path), 0);
}

/* Root makes keys for the user that the directory belongs to. */
static void test_keys_of_another_user(void **state)
{
	struct row row = { { "-j", "id", "add", "of-hip" }, .code = 0 };
	char keys[80], path[96];
	struct stat st;
	int status;

	if (geteuid())
		skip();
	assert_int_equal(chmod(dir, 0755), 0);
	snprintf(keys, sizeof(keys), "%s/keys", dir);
	assert_int_equal(chown(keys, 65534, 65534), 0);
	assert_int_equal(waitpid(start(&row), &status, 0) < 0, 0);
	assert_int_equal(status, 0);
	snprintf(path, sizeof(path), "%s/of-hip.pem", keys);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* Of a list nothing is kept: what hipd sent is printed while it says more. */
static void test_list_as_it_comes(void **state)
{
	static const char part[] = "{\"parameters\":{\"ids\":[{\"hit\":\""
		HIT_A "\",\"name\":\"a\"}]},\"continues\":true}";
	static const char end[] = "{\"parameters\":{\"ids\":[]}}";
	struct row row = { { "-N", "id" }, .call = CALL("Id.List", "") };
	int listener = listen_here(), fd, status;
	char path[80];
	struct stat st;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/out", dir);
	write_file(path, "");
	pid = start(&row);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	hear(fd, &row);
	say(fd, part);
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(stat(path, &st), 0);
		if (st.st_size)
			break;
		usleep(10000);
	}
	check_file("out", "a\n");
	say(fd, end);
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(listener);
	unlink(sock);
}

static void test_rates(void **state)
{
	struct row row = {
		{ "-d", "0.01", "--count", "2", "assoc" },
		CALL("Assoc.List", "\"counters\":true"),
		{ "{\"parameters\":{\"assocs\":[" ASSOC_1 "]}}",
		  "{\"parameters\":{\"assocs\":[" ASSOC_1 "]}}" },
		ASSOC_1_TEXT "\n\n" ASSOC_1_TEXT "\n    rx 0.0 packets/s "
		"0.000 Mbit/s  tx 0.0 packets/s 0.000 Mbit/s\n", NULL, 0
	};

	run_calls(&row, 2);
	/* counters that began anew have not gone back */
	row.answer[1] = "{\"parameters\":{\"assocs\":[{\"local_hit\":\"" HIT_A
		"\",\"peer_hit\":\"" HIT_B "\",\"peer_name\":\"laptop\","
		"\"state\":\"ESTABLISHED\",\"role\":\"initiator\","
		"\"since\":3.25,\"local\":\"192.0.2.1\",\"peer\":"
		"\"192.0.2.2\",\"path\":1,\"rx_packets\":0,\"rx_bytes\":0,"
		"\"tx_packets\":0,\"tx_bytes\":0}]}}";
	run_calls(&row, 2);
}

static void test_config_check(void **state)
{
	struct row row = { { "config", "check" }, .call = NULL };
	char text[256], file[64];

	snprintf(text, sizeof(text), "%s: ok\n", conf);
	row.out = text;
	run(&row);

	snprintf(file, sizeof(file), "%s/wrong", dir);
	write_file(file, "[protocol]\n\nmtu = 1400\n");
	snprintf(text, sizeof(text), "%s:3: mtu: found in [protocol], "
		 "expected in [hipd]\n", file);
	row = (struct row){ { "config", "check", file }, .err = text,
			    .code = 1 };
	run(&row);
	write_file(file, "[hipd]\nhosts = %s/hosts\n", dir);
	snprintf(text, sizeof(text), "%s/hosts", dir);
	write_file(text, "\nhit name\n");
	snprintf(text, sizeof(text), "%s/hosts:2: found 'hit', expected a HIT "
		 "(2001:20::/28)\n", dir);
	run(&row);
}

/* A file that exists, then one that its user may not read. */
static void check_unreadable(const char *path)
{
	struct row row = { { "config", "check" }, .code = 1 };
	char text[256];

	snprintf(text, sizeof(text), "%s: Permission denied\n", path);
	row.err = text;
	assert_int_equal(chmod(path, 0600), 0);
	run(&row);
	assert_int_equal(chmod(path, 0644), 0);
}

/* hipd stops at a bad line in what it has learned. */
static void test_config_check_learned(void **state)
{
	struct row row = { { "config", "check" }, .code = 1 };
	char file[64], text[256];
	struct stat st;

	snprintf(file, sizeof(file), "%s/keys", dir);
	assert_int_equal(stat(file, &st), 0);
	snprintf(file, sizeof(file), "%s/hosts", dir);
	write_file(file, "");
	snprintf(file, sizeof(file), "%s/learned", dir);
	write_file(file, HIT_A " 192.0.2.1\nrubbish\n");
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(chown(file, st.st_uid, st.st_gid), 0);
	snprintf(text, sizeof(text), "%s:2: expected a HIT and its locator\n",
		 file);
	row.err = text;
	run(&row);
	assert_int_equal(unlink(file), 0);
	row = (struct row){ { "config", "check" }, .out = text };
	snprintf(text, sizeof(text), "%s: ok\n", conf);
	run(&row);
}

/* What only root may read hipd cannot. */
static void test_config_check_as_hipd(void **state)
{
	static const char *const names[] = { "hosts", "access", "learned" };
	struct row row = { { "config", "check" }, .call = NULL };
	char path[80], text[256];

	if (geteuid())
		skip();
	assert_int_equal(chmod(dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/keys", dir);
	if (mkdir(path, 0700))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(chown(path, 65534, 65534), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		write_file(path, "");
		check_unreadable(path);
		assert_int_equal(unlink(path), 0);
	}
	check_unreadable(conf);

	/* a draft of root's */
	snprintf(path, sizeof(path), "%s/draft", dir);
	write_file(path, "[hipd]\nkeys = %s/keys\nlearned = %s/learned\n"
		   "hosts = %s/hosts\naccess = %s/access\n", dir, dir, dir,
		   dir);
	assert_int_equal(chmod(path, 0600), 0);
	snprintf(text, sizeof(text), "%s: ok\n", path);
	row = (struct row){ { "config", "check", path }, .out = text };
	run(&row);
}

static void test_config_error(void **state)
{
	struct row row = { { "id" }, .code = 1 };
	char err[256];

	write_file(conf, "[hipd]\nsocket = s\n");
	snprintf(err, sizeof(err), "%s:2: socket: found 's', expected an "
		 "absolute path of at most 107 characters\n", conf);
	row.err = err;
	run(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_without_daemon),
		cmocka_unit_test(test_socket_left),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_keys_of_another_user),
		cmocka_unit_test(test_list_as_it_comes),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_config_check),
		cmocka_unit_test(test_config_check_learned),
		cmocka_unit_test(test_config_check_as_hipd),
		cmocka_unit_test(test_config_error),
	};

	return cmocka_run_group_tests_name("cli", tests, setup, teardown);
}
