// SPDX-License-Identifier: GPL-2.0
/*
 * Help, from the table.
 */
#include <string.h>

#include "cli.h"

static void print_arg(FILE *to, const struct hip_cli_arg *a)
{
	bool list = a->kind == HIP_CLI_LIST;

	fprintf(to, " %s", a->required ? "" : "[ ");
	if (a->word)
		fprintf(to, "%s%s", a->word, a->value ? " " : "");
	if (a->value)
		fputs(a->value, to);
	fprintf(to, "%s%s", a->required ? "" : " ]", list ? "..." : "");
}

bool hip_cli_help_only(const struct hip_cli_command *command)
{
	const struct hip_cli_command *c;

	for (c = hip_cli_commands; c->object; c++)
		if (c != command && !strcmp(c->object, command->object))
			return false;
	return true;
}

void hip_cli_help_synopsis(FILE *to, const struct hip_cli_command *c)
{
	fprintf(to, "hip %s", c->object);
	if (!hip_cli_help_only(c))
		fprintf(to, " %s", c->name);
	for (size_t i = 0; i < HIP_CLI_ARGS && c->arg[i].param; i++)
		print_arg(to, &c->arg[i]);
}

/* Words of @text in lines of at most 76 columns, four of them blank. */
static void wrap(FILE *to, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column && column + 1 + len > 72) {
			fputc('\n', to);
			column = 0;
		}
		fprintf(to, "%s%.*s", column ? " " : "    ", (int)len, text);
		column += len + !!column;
		text += len + strspn(text + len, " ");
	}
	fputc('\n', to);
}

static void print_brief(FILE *to, const struct hip_cli_command *c)
{
	hip_cli_help_synopsis(to, c);
	fputc('\n', to);
	wrap(to, c->help);
}

void hip_cli_help_command(FILE *to, const struct hip_cli_command *c)
{
	print_brief(to, c);
	if (!c->text)
		return;
	fputc('\n', to);
	wrap(to, c->text);
}

void hip_cli_help_object(FILE *to, const struct hip_cli_object *object)
{
	const struct hip_cli_command *c;

	for (c = hip_cli_commands; c->object; c++)
		if (!strcmp(c->object, object->name))
			print_brief(to, c);
}

static void print_option(FILE *to, const struct hip_cli_option *o)
{
	bool joined = o->value && *o->value == '=';
	char text[64], letter[4] = "   ";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c,", o->letter);
	snprintf(text, sizeof(text), "--%s%s%s%s", o->name,
		 joined ? "[" : o->value ? " " : "", o->value ?: "",
		 joined ? "]" : "");
	fprintf(to, "    %s %-18s %s\n", letter, text, o->help);
}

void hip_cli_help(FILE *to)
{
	const struct hip_cli_option *opt;
	const struct hip_cli_object *o;

	fputs("usage: hip [ OPTIONS ] OBJECT [ COMMAND | help ]\n"
	      "objects:\n", to);
	for (o = hip_cli_objects; o->name; o++)
		fprintf(to, "    %-10s %s\n", o->name, o->help);
	fputs("    help       this; also before or behind an object or a "
	      "command\n"
	      "    version    of this program\n"
	      "options:\n", to);
	for (opt = hip_cli_options; opt->name; opt++)
		print_option(to, opt);
	fputs("Objects, commands and options may be abbreviated. A peer or "
	      "identity is named\nby its name or its HIT.\n", to);
}
