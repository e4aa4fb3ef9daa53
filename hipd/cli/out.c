// SPDX-License-Identifier: GPL-2.0
/*
 * Output: every record goes through one call, for people and for JSON.
 */
#include <string.h>

#include "cli.h"

static size_t json_flags(const struct hip_cli *cli)
{
	return (cli->pretty ? JSON_INDENT(4) : JSON_COMPACT) |
	       JSON_REAL_PRECISION(15);
}


static void print(const struct hip_cli *cli, const struct hip_cli_command *c,
		  const json_t *value)
{
	if (!cli->json) {
		c->print(cli, value);
		return;
	}
	json_dumpf(value, stdout, json_flags(cli));
	putchar('\n');
}

/* A list is kept until it is whole: whoever pages through it does not keep
 * hipd waiting.
 */
void hip_cli_out(struct hip_cli *cli, const struct hip_cli_command *c,
		 json_t *record)
{
	if (!c->stream) {
		json_array_append(cli->records, record);
		return;
	}
	print(cli, c, record);
	fflush(stdout);
}

void hip_cli_out_end(struct hip_cli *cli, const struct hip_cli_command *c)
{
	json_t *record;
	size_t i;

	if (cli->json)
		print(cli, c, cli->records);
	else
		json_array_foreach(cli->records, i, record)
			print(cli, c, record);
}

const char *hip_cli_text(const json_t *record, const char *key)
{
	return json_string_value(json_object_get(record, key)) ?: "-";
}

long long hip_cli_number(const json_t *record, const char *key)
{
	return json_integer_value(json_object_get(record, key));
}

const char *hip_cli_duration(double seconds, char *buf)
{
	unsigned long long s = seconds > 0 ? (unsigned long long)seconds : 0;

	if (s < 60)
		snprintf(buf, 32, "%llus", s);
	else if (s < 3600)
		snprintf(buf, 32, "%llum%llus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, 32, "%lluh%llum", s / 3600, s / 60 % 60);
	else
		snprintf(buf, 32, "%llud%lluh", s / 86400, s / 3600 % 24);
	return buf;
}

void hip_cli_next_line(const struct hip_cli *cli)
{
	fputs(cli->oneline ? "\\    " : "\n    ", stdout);
}
