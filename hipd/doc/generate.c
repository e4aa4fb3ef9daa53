// SPDX-License-Identifier: GPL-2.0
/*
 * At build: the manual pages from their templates, bash completion
 * (completion.c) and the JSON schema (schema.c). What is in a table of the
 * programs (commands, options, keys) is not written down a second time.
 *
 *	generate FILE.in	the template with its lines ".\" @NAME" replaced
 *	generate completion
 *	generate schema
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "completion.h"
#include "config.h"
#include "options.h"
#include "schema.h"
#include "version.h"

/* Text that troff takes literally: its first character may be no dot. */
static void put(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
	}
}

static void put_line(const char *before, const char *text, const char *after)
{
	fputs(before, stdout);
	put(text);
	printf("%s\n", after);
}

/* The first letter large, a full stop at the end. */
static void put_sentence(const char *text)
{
	char first[2] = { *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' :
							*text, '\0' };
	size_t len = strlen(text);

	put(first);
	put_line("", text + !!*text, len && text[len - 1] != '.' ? "." : "");
}

/* ---- hip(8) ---- */

static void put_arg(const struct hip_cli_arg *a)
{
	fputs(a->required ? " " : " [ ", stdout);
	if (a->word) {
		fputs("\\fB", stdout);
		put(a->word);
		printf("\\fR%s", a->value ? " " : "");
	}
	if (a->value) {
		fputs("\\fI", stdout);
		put(a->value);
		fputs("\\fR", stdout);
	}
	fputs(a->required ? "" : " ]", stdout);
	if (a->kind == HIP_CLI_LIST)
		fputs("...", stdout);
}

static void put_command(const struct hip_cli_command *c)
{
	printf(".TP\n\\fBhip %s%s%s\\fR", c->object,
	       hip_cli_help_only(c) ? "" : " ",
	       hip_cli_help_only(c) ? "" : c->name);
	for (size_t i = 0; i < HIP_CLI_ARGS && c->arg[i].param; i++)
		put_arg(&c->arg[i]);
	putchar('\n');
	put_sentence(c->help);
	if (c->text)
		put_sentence(c->text);
}

static void commands(void)
{
	const struct hip_cli_command *c;
	const struct hip_cli_object *o;

	for (o = hip_cli_objects; o->name; o++) {
		printf(".SS \"hip %s \\- ", o->name);
		put_line("", o->help, "\"");
		for (c = hip_cli_commands; c->object; c++)
			if (!strcmp(c->object, o->name))
				put_command(c);
	}
}

static void put_option(char letter, const char *name, const char *value)
{
	bool joined = value && *value == '=';

	puts(".TP");
	if (letter)
		printf("\\fB\\-%c\\fR, ", letter);
	fputs("\\fB\\-\\-", stdout);
	put(name);
	fputs("\\fR", stdout);
	if (value)
		printf("%s\\fI%s\\fR%s", joined ? "[" : " ", value,
		       joined ? "]" : "");
	putchar('\n');
}

static void options(void)
{
	const struct hip_cli_option *o;

	for (o = hip_cli_options; o->name; o++) {
		put_option(o->letter, o->name, o->value);
		put_sentence(o->help);
	}
}

/* ---- hipd(8), hipd.conf(5) ---- */

static void hipd_options(void)
{
	const struct hip_option *o;

	for (size_t i = 0; (o = hip_option(i)); i++) {
		put_option(o->letter, o->name, o->value);
		put_sentence(o->help);
	}
}

static void keys(void)
{
	const struct hip_config_key *key;
	const char *section = "";
	char expected[HIP_CONFIG_TEXT];

	for (size_t i = 0; (key = hip_config_key(i)); i++) {
		if (strcmp(section, key->section))
			printf(".SS \"[%s]\"\n", key->section);
		section = key->section;
		put_line(".TP\n\\fB", key->name, "\\fR");
		put_sentence(key->help);
		fputs("Expected: ", stdout);
		put_line("", hip_config_expected(key, expected), ".");
		if (*key->value)
			put_line("Default: \\fB", key->value, "\\fR.");
		else
			puts("Default: nothing.");
		if (key->restart)
			puts("A change waits for a restart of hipd.");
	}
}

static void version(void)
{
	puts(".ds VE " HIP_VERSION);
}

static const struct {
	const char *name;
	void (*put)(void);
} parts[] = {
	{ "commands", commands },
	{ "options", options },
	{ "hipd-options", hipd_options },
	{ "keys", keys },
	{ "version", version },
};

static int put_part(const char *name)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (strcmp(parts[i].name, name))
			continue;
		parts[i].put();
		return 0;
	}
	fprintf(stderr, "generate: there is no part '%s'\n", name);
	return -ENOENT;
}

static int put_page(const char *file)
{
	static const char mark[] = ".\\\" @";
	char line[1024];
	int ret = 0;
	FILE *f;

	f = fopen(file, "re");
	if (!f) {
		perror(file);
		return -errno;
	}
	while (!ret && fgets(line, sizeof(line), f)) {
		if (strncmp(line, mark, sizeof(mark) - 1)) {
			fputs(line, stdout);
			continue;
		}
		line[strcspn(line, "\n")] = '\0';
		ret = put_part(line + sizeof(mark) - 1);
	}
	fclose(f);
	return ret;
}

int main(int argc, char **argv)
{
	int ret = 0;

	if (argc != 2) {
		fputs("usage: generate FILE.in | completion | schema\n", stderr);
		return 2;
	}
	if (!strcmp(argv[1], "completion"))
		hip_completion_print();
	else if (!strcmp(argv[1], "schema"))
		ret = hip_schema_print();
	else
		ret = put_page(argv[1]);
	return ret || fflush(stdout) || ferror(stdout) ? 1 : 0;
}
