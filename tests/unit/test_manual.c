// SPDX-License-Identifier: GPL-2.0
/*
 * Manual pages and completion as they are built: groff has nothing to say
 * against them, and they know every command, option and key that the programs
 * know. $HIP_BIN names the command, the pages are in man/ beside it.
 */
#include <libgen.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "options.h"

#ifdef __SANITIZE_ADDRESS__
#define BUILT "../../build/hipd-san/hip"
#else
#define BUILT "../../build/hipd/hip"
#endif

#define ROOM (256 * 1024)

static char bin[512], dir[512];

static int setup(void **state)
{
	char path[512];

	snprintf(bin, sizeof(bin), "%s", getenv("HIP_BIN") ?: BUILT);
	snprintf(path, sizeof(path), "%s", bin);
	snprintf(dir, sizeof(dir), "%.500s/man", dirname(path));
	return 0;
}

/* Standard output of a shell command, in @buf of ROOM. */
__attribute__((format(printf, 2, 3)))
static char *output(char *buf, const char *fmt, ...)
{
	char command[2048];
	size_t len;
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	f = popen(command, "r");
	assert_non_null(f);
	len = fread(buf, 1, ROOM - 1, f);
	buf[len] = '\0';
	if (pclose(f))
		fail_msg("%s: %s", command, buf);
	return buf;
}

/* A page as one line of text, blanks between words single. */
static char *page(char *buf, const char *name)
{
	return output(buf, "groff -man -Tascii -P-cbou -rLL=400n -rHY=0 %s/%s "
		      "| tr -s '\\n ' ' '", dir, name);
}

static void expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not there: %s", part);
}

static void test_groff(void **state)
{
	static const char *const pages[] = {
		"hip.8", "hipd.8", "hipd.conf.5", "hip-hosts.5",
		"hip-access.5",
	};
	static char buf[ROOM];

	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		output(buf, "groff -man -Tascii -ww %s/%s 2>&1 >/dev/null",
		       dir, pages[i]);
		assert_string_equal(buf, "");
		expect(page(buf, pages[i]), "NAME");
	}
}

/* Every line of help that begins with "hip " is a synopsis. */
static void test_commands(void **state)
{
	static char man[ROOM], help[ROOM], objects[ROOM];
	char *object, *line, *save, *save2;
	int seen = 0;

	page(man, "hip.8");
	output(objects, "%s help | sed -n '/^objects:/,/^ *help /"
	       "s/^    \\([a-z]*\\) .*/\\1/p' | grep -v '^help$'", bin);
	for (object = strtok_r(objects, "\n", &save); object;
	     object = strtok_r(NULL, "\n", &save)) {
		output(help, "%s help %s | grep '^hip '", bin, object);
		for (line = strtok_r(help, "\n", &save2); line;
		     line = strtok_r(NULL, "\n", &save2)) {
			expect(man, line);
			seen++;
		}
	}
	assert_true(seen > 15);
}

static void test_options(void **state)
{
	static char man[ROOM], help[ROOM];
	const struct hip_option *o;
	char *line, *save, text[64];

	page(man, "hip.8");
	output(help, "%s help | grep -o -- '--[a-z]*'", bin);
	for (line = strtok_r(help, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		expect(man, line);
	page(man, "hipd.8");
	for (size_t i = 0; (o = hip_option(i)); i++) {
		snprintf(text, sizeof(text), "--%s", o->name);
		expect(man, text);
	}
}

static void test_keys(void **state)
{
	const struct hip_config_key *key;
	static char man[ROOM];
	char text[512];

	page(man, "hipd.conf.5");
	for (size_t i = 0; (key = hip_config_key(i)); i++) {
		snprintf(text, sizeof(text), " %s %s", key->name,
			 key->help);
		expect(man, text);
	}
}

/* What is offered for a line; hip is played by a function. */
static char *complete(char *buf, const char *words)
{
	return output(buf, "bash -c 'hip() { case \"$*\" in "
		      "\"--names peer\") printf \"alice\\nbob\\n\" ;; "
		      "\"--names id\") echo ecdsa-key ;; esac; }; "
		      ". %s/completion; COMP_WORDS=(%s); "
		      "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _hip; "
		      "echo ${COMPREPLY[*]}'", dir, words);
}

static void test_completion(void **state)
{
	static const char *const rows[][2] = {
		{ "hip as", "assoc\n" },
		{ "hip -s --delay 2 stat", "status stats\n" },
		{ "hip --dea", "\n" },
		{ "hip --del", "--delay\n" },
		{ "hip --color=n", "--color=never\n" },
		{ "hip assoc con", "connect\n" },
		{ "hip assoc connect a", "alice\n" },
		{ "hip as con b", "bob\n" },
		{ "hip assoc connect alice f", "from\n" },
		{ "hip assoc connect alice from e", "ecdsa-key\n" },
		{ "hip explain t", "to\n" },
		{ "hip explain to a", "alice\n" },
		{ "hip explain to alice proto u", "udp\n" },
		{ "hip id add x type r", "rsa\n" },
		{ "hip config che", "check\n" },
	};
	static char buf[ROOM];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("# %s\n", rows[i][0]);
		assert_string_equal(complete(buf, rows[i][0]), rows[i][1]);
	}
}

/* Every word that the completion offers for a command is taken by hip. */
static void test_completion_is_true(void **state)
{
	static char objects[ROOM], words[ROOM], help[ROOM];
	char *object, *command, *save, *save2, line[128];

	complete(objects, "hip \"\"");
	for (object = strtok_r(objects, " \n", &save); object;
	     object = strtok_r(NULL, " \n", &save)) {
		if (!strcmp(object, "help") || !strcmp(object, "version"))
			continue;
		snprintf(line, sizeof(line), "hip %s \"\"", object);
		complete(words, line);
		for (command = strtok_r(words, " \n", &save2); command;
		     command = strtok_r(NULL, " \n", &save2)) {
			output(help, "%s help %s", bin, object);
			if (strcmp(command, "help") &&
			    strcmp(command, "alice") && strcmp(command, "bob"))
				expect(help, command);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groff),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_completion_is_true),
	};

	return cmocka_run_group_tests_name("manual", tests, setup, NULL);
}
