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

/* {"schema": ..., then what an answer holds}; takes @params. */
static void print_object(const struct hip_cli *cli, json_t *params)
{
	json_t *o = json_pack("{s:i}", "schema", HIP_CLI_SCHEMA);

	json_object_update(o, params);
	json_dumpf(o, stdout, json_flags(cli));
	putchar('\n');
	json_decref(o);
	json_decref(params);
}

static void print_head(const struct hip_cli_command *c)
{
	printf("{\"schema\":%d,\"%s\":[", HIP_CLI_SCHEMA, c->result);
}

/* A list may be long: nothing of it is kept, unless it is to be indented. */
static void list_record(struct hip_cli *cli, const struct hip_cli_command *c,
			json_t *record)
{
	if (cli->pretty) {
		json_array_append(cli->kept, record);
		return;
	}
	if (cli->printed)
		putchar(',');
	else
		print_head(c);
	json_dumpf(record, stdout, json_flags(cli));
}

static void print_names(const json_t *record)
{
	static const char *const keys[] = { "peer_name", "name" };
	json_t *names = json_object_get(record, "names"), *name;
	size_t i;

	json_array_foreach(names, i, name)
		puts(json_string_value(name));
	for (i = 0; i < 2; i++) {
		name = json_object_get(record, keys[i]);
		if (name) {
			puts(json_string_value(name));
			break;
		}
	}
}

static void print_record(struct hip_cli *cli, const struct hip_cli_command *c,
			 json_t *record)
{
	hip_cli_watch_rates(cli, record);
	if (cli->names)
		print_names(record);
	else if (cli->json && cli->list)
		list_record(cli, c, record);
	else if (cli->json && c->result)
		print_object(cli, json_pack("{s:O}", c->result, record));
	else if (cli->json)
		print_object(cli, json_incref(record));
	else if (c->print)
		c->print(cli, record);
	cli->printed++;
}

void hip_cli_out(struct hip_cli *cli, const struct hip_cli_command *c,
		 const json_t *params)
{
	json_t *value = c->result ? json_object_get(params, c->result) :
				    (json_t *)params, *record;
	size_t i;

	cli->list = json_is_array(value);
	if (cli->list && cli->pretty && !cli->kept)
		cli->kept = json_array();
	if (json_is_object(value))
		print_record(cli, c, value);
	json_array_foreach(value, i, record)
		print_record(cli, c, record);
	fflush(stdout);
}

void hip_cli_out_end(struct hip_cli *cli, const struct hip_cli_command *c)
{
	if (cli->json && cli->list && !cli->names) {
		if (cli->pretty) {
			print_object(cli, json_pack("{s:O}", c->result,
						    cli->kept));
		} else {
			if (!cli->printed)
				print_head(c);
			puts("]}");
		}
	}
	json_decref(cli->kept);
	cli->kept = NULL;
	cli->printed = 0;
	cli->list = false;
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

const char *hip_cli_color(const struct hip_cli *cli, enum hip_cli_color c)
{
	static const char *const codes[] = {
		[HIP_CLI_PLAIN] = "\033[0m",    [HIP_CLI_ADDRESS] = "\033[36m",
		[HIP_CLI_NAME] = "\033[1m",    [HIP_CLI_GOOD] = "\033[32m",
		[HIP_CLI_BUSY] = "\033[33m",   [HIP_CLI_BAD] = "\033[31m",
	};

	return cli->color && !cli->json ? codes[c] : "";
}

void hip_cli_print_text(const struct hip_cli *cli, enum hip_cli_color c,
			int width, const char *text)
{
	printf("%s%-*s%s", hip_cli_color(cli, c), width, text,
	       hip_cli_color(cli, HIP_CLI_PLAIN));
}
