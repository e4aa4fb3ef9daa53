// SPDX-License-Identifier: GPL-2.0
/*
 * Output: every record goes through one call, which prints it for people or
 * keeps it for the JSON array.
 */
#include <string.h>

#include "cli.h"

static size_t json_flags(const struct hip_cli *cli)
{
	return (cli->pretty ? JSON_INDENT(4) : JSON_COMPACT) |
	       JSON_REAL_PRECISION(15);
}


void hip_cli_out(struct hip_cli *cli, const struct hip_cli_command *c,
		 json_t *record)
{
	if (!cli->json) {
		c->print(cli, record);
	} else if (c->stream) {
		json_dumpf(record, stdout, json_flags(cli));
		putchar('\n');
	} else {
		if (!cli->records)
			cli->records = json_array();
		json_array_append(cli->records, record);
	}
	if (c->stream)
		fflush(stdout);
}

void hip_cli_out_end(struct hip_cli *cli)
{
	if (!cli->json)
		return;
	if (!cli->records)
		cli->records = json_array();
	json_dumpf(cli->records, stdout, json_flags(cli));
	putchar('\n');
	json_decref(cli->records);
	cli->records = NULL;
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
