// SPDX-License-Identifier: GPL-2.0
/*
 * What every command prints with -j against the schema that is built, by an
 * implementation of JSON Schema that is not ours (schema.py): the command is
 * run against a control socket with two hosts behind it. A member that the
 * interface definitions do not name is a fault here.
 */
#include <libgen.h>
#include <signal.h>
#include <sys/wait.h>

#include "ctl_host.h"

#ifdef __SANITIZE_ADDRESS__
#define BUILT "../../build/hipd-san/hip"
#else
#define BUILT "../../build/hipd/hip"
#endif

#ifndef HIP_SOURCE
#define HIP_SOURCE "../.."
#endif

#define WORDS 8
#define LEAP "192.0.2.7"	/* where another HIT was refused */
#define MONITOR "hip monitor show"

static char bin[512], schema[600];

static const struct row {
	const char *words[WORDS];
	const char *def;	/* of the schema; the file of the answer too */
} rows[] = {
	{ { "id" }, "hip id show" },
	{ { "id", "add", "second" }, "hip id add" },
	{ { "id", "default", "second" }, "hip id default" },
	{ { "id", "export" }, "hip id export" },
	{ { "id", "delete", "second" }, "hip id delete" },
	{ { "peer", "add", "2001:20::1", "name", "x" }, "hip peer add" },
	{ { "peer" }, "hip peer show" },
	{ { "peer", "delete", "x" }, "hip peer delete" },
	{ { "peer", "trust", LEAP }, "hip peer trust" },
	{ { "access" }, "hip access show" },
	{ { "access", "check", "far" }, "hip access check" },
	{ { "assoc", "connect", "far", "from", "near" }, "hip assoc connect" },
	{ { "assoc" }, "hip assoc show" },
	{ { "assoc", "rekey", "far" }, "hip assoc rekey" },
	{ { "path" }, "hip path show" },
	{ { "--delay", "0.1", "--count", "2", "assoc" }, "hip assoc show" },
	{ { "--delay", "0.1", "--count", "2", "path" }, "hip path show" },
	{ { "--delay", "0.1", "--count", "2", "stats" }, "hip stats show" },
	{ { "--delay", "0.1", "--count", "2", "status" }, "hip status show" },
	{ { "explain", "to", "far" }, "hip explain show" },
	{ { "explain", "to", "192.0.2.9", "proto", "udp", "dport", "53" },
	  "hip explain show" },
	{ { "status" }, "hip status show" },
	{ { "stats" }, "hip stats show" },
	{ { "assoc", "close", "far" }, "hip assoc close" },
	{ { "assoc", "flush", "now" }, "hip assoc flush" },
	{ { "config", "show" }, "hip config show" },
	{ { "config", "check", "/none" }, "hip config check" },
};

static int setup(void **state)
{
	char path[512];

	snprintf(bin, sizeof(bin), "%s", getenv("HIP_BIN") ?: BUILT);
	snprintf(path, sizeof(path), "%s", bin);
	snprintf(schema, sizeof(schema), "%.500s/man/schema", dirname(path));
	return world_start(state);
}

static void execute(const struct row *row, const char *out)
{
	const char *argv[WORDS + 5] = { "hip", "-j", "--socket",
					w.near.config.socket };

	for (size_t i = 0; i < WORDS && row->words[i]; i++)
		argv[4 + i] = row->words[i];
	alarm(60);
	if (!freopen(out, "a", stdout))
		_exit(99);
	execv(bin, (char **)argv);
	_exit(98);
}

/* Virtual time passes while the command runs: base exchanges take some. */
static int run(const struct row *row, const char *out)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		execute(row, out);
	while (!waitpid(pid, &status, WNOHANG)) {
		if (!world_step())
			usleep(1000);
		w.now += 100000;
	}
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void validate(void)
{
	char command[2048];

	snprintf(command, sizeof(command), "/usr/bin/python3 %s/tests/unit/"
		 "schema.py '%s' %s/*.json", HIP_SOURCE, schema, w.dir);
	assert_int_equal(system(command), 0);
}

static void refuse_one(void)
{
	struct in6_addr addr, hit;
	struct hip_leap *leap;

	assert_int_equal(hip_addr_parse(&addr, LEAP), 0);
	assert_int_equal(hip_addr_parse(&hit, "2001:20::2"), 0);
	assert_int_equal(hip_leap_set(&w.near.leaps, &addr, &hit), 0);
	leap = hip_leap_find(&w.near.leaps, &addr);
	assert_int_equal(hip_addr_parse(&leap->refused, "2001:20::3"), 0);
}

static bool has_row(const char *def)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].def, def))
			return true;
	return !strcmp(def, MONITOR);
}

/* The schema has a definition for each command of the table. */
static void test_rows(void **state)
{
	json_t *all = json_load_file(schema, 0, NULL), *def;
	unsigned int n = 0;
	const char *name;

	assert_non_null(all);
	json_object_foreach(json_object_get(all, "$defs"), name, def) {
		if (strncmp(name, "hip ", 4))
			continue;
		if (!has_row(name))
			fail_msg("%s has no row here", name);
		n++;
	}
	assert_true(n > 0);
	json_decref(all);
}

static void test_answers(void **state)
{
	char out[128];
	int ret;

	refuse_one();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(out, sizeof(out), "%s/%s.json", w.dir, rows[i].def);
		ret = run(&rows[i], out);
		if (ret != !strcmp(rows[i].def, "hip config check"))
			fail_msg("%s: exit status %d", rows[i].def, ret);
	}
	validate();
}

/* Events have no end: the watcher is stopped when it has seen some. */
static void test_monitor(void **state)
{
	static const struct row monitor = { { "monitor" }, NULL };
	static const struct row connect = { { "assoc", "connect", "far" },
					    NULL };
	char out[128], rest[128];
	struct stat st;
	int status;
	pid_t pid;

	snprintf(out, sizeof(out), "%s/" MONITOR ".json", w.dir);
	snprintf(rest, sizeof(rest), "%s/rest", w.dir);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		execute(&monitor, out);
	while (stat(out, &st) || !st.st_size)
		if (!world_step())
			usleep(1000);
	assert_int_equal(run(&connect, rest), 0);
	for (off_t seen = st.st_size; st.st_size == seen; stat(out, &st))
		if (!world_step())
			usleep(1000);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	validate();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rows, setup, world_stop),
		cmocka_unit_test_setup_teardown(test_answers, setup,
						world_stop),
		cmocka_unit_test_setup_teardown(test_monitor, setup,
						world_stop),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
