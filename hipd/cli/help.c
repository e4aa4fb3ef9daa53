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

void hip_cli_help_synopsis(FILE *to, const struct hip_cli_command *c)
{
	fprintf(to, "hip %s %s", c->object, c->name);
	for (size_t i = 0; i < HIP_CLI_ARGS && c->arg[i].param; i++)
		print_arg(to, &c->arg[i]);
}

void hip_cli_help_command(FILE *to, const struct hip_cli_command *c)
{
	hip_cli_help_synopsis(to, c);
	fprintf(to, "\n    %s\n", c->help);
}

void hip_cli_help_object(FILE *to, const struct hip_cli_object *object)
{
	const struct hip_cli_command *c;

	for (c = hip_cli_commands; c->object; c++)
		if (!strcmp(c->object, object->name))
			hip_cli_help_command(to, c);
}

void hip_cli_help(FILE *to)
{
	const struct hip_cli_object *o;

	fputs("usage: hip [ OPTIONS ] OBJECT [ COMMAND | help ]\n"
	      "objects:\n", to);
	for (o = hip_cli_objects; o->name; o++)
		fprintf(to, "    %-10s %s\n", o->name, o->help);
	fputs("    help       this; also behind an object or a command\n"
	      "    version    of this program\n"
	      "options:\n"
	      "    -s, --stats          more: counters\n"
	      "    -d, --details        more: explanations\n"
	      "    -o, --oneline        one line for each record\n"
	      "    -j, --json           JSON\n"
	      "    -p, --pretty         JSON for people\n"
	      "    -c, --config FILE    configuration that names the socket\n"
	      "        --socket PATH    socket of hipd\n"
	      "    -V, --version        version\n"
	      "Objects and commands may be abbreviated. A peer or identity is "
	      "named by its\nname or its HIT.\n", to);
}
