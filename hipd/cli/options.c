// SPDX-License-Identifier: GPL-2.0
/*
 * Options of hip, in one table: parsing, help, completion and the manual page
 * come from it. Grammar as ip's: -j, -json, --json and -js mean what they
 * look like.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define DELAY_MAX 86400.0	/* s */

enum id {
	STATS = 1, DETAILS, ONELINE, JSON, PRETTY, COLOR, NAMES, TIMESTAMP,
	SHORT_STAMP, DELAY, COUNT, CONFIG, SOCKET, VERSION, HELP,
};

const struct hip_cli_option hip_cli_options[] = {
	{ STATS, "stats", 's', NULL, "more: counters, also those that are 0" },
	{ DETAILS, "details", 'd', NULL, "more: explanations" },
	{ DELAY, "delay", 0, "SECONDS",
	  "again and again, with rates; -d SECONDS does the same" },
	{ COUNT, "count", 0, "N", "with a delay: so many times" },
	{ ONELINE, "oneline", 'o', NULL, "one line for each record" },
	{ JSON, "json", 'j', NULL, "JSON" },
	{ PRETTY, "pretty", 'p', NULL, "JSON for people" },
	{ COLOR, "color", 'c', "=WHEN",
	  "colour: always, never or auto, on a terminal (the default)" },
	{ NAMES, "names", 'N', NULL, "names alone, a line for each" },
	{ TIMESTAMP, "timestamp", 't', NULL, "monitor: a line with the time" },
	{ SHORT_STAMP, "ts", 0, NULL,
	  "monitor: the time before each event" },
	{ CONFIG, "config", 0, "FILE", "configuration that names the socket" },
	{ SOCKET, "socket", 0, "PATH", "socket of hipd" },
	{ VERSION, "version", 'V', NULL, "version" },
	{ HELP, "help", 'h', NULL, "help" },
	{ 0 },
};

static const struct hip_cli_option *by_letter(char letter)
{
	const struct hip_cli_option *o;

	for (o = hip_cli_options; o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* The whole name, or the only one that begins so. */
static const struct hip_cli_option *by_name(const char *text, size_t len,
					    bool whole)
{
	const struct hip_cli_option *o, *found = NULL;

	for (o = hip_cli_options; o->name; o++) {
		if (strncmp(o->name, text, len))
			continue;
		if (!o->name[len])
			return o;
		if (found)
			whole = true;
		found = o;
	}
	return whole ? NULL : found;
}

static bool read_seconds(const char *text, double *out)
{
	char *end;
	double v;

	if (!text || *text < '0' || *text > '9')
		return false;
	v = strtod(text, &end);
	if (*end || v <= 0 || v > DELAY_MAX)
		return false;
	*out = v;
	return true;
}

static bool set_color(struct hip_cli *cli, const char *when)
{
	const char *no = getenv("NO_COLOR");

	if (!strcmp(when, "auto"))
		cli->color = isatty(STDOUT_FILENO) && !(no && *no);
	else
		cli->color = !strcmp(when, "always");
	return cli->color || !strcmp(when, "never") || !strcmp(when, "auto");
}

static bool set_count(struct hip_cli *cli, const char *text)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !v || v > 1000000)
		return false;
	cli->count = (unsigned int)v;
	return true;
}

/* False: @value is none that the option takes. */
static bool apply(struct hip_cli *cli, int id, const char *value)
{
	switch (id) {
	case STATS:
		cli->stats = true;
		break;
	case DETAILS:
		cli->details = true;
		break;
	case ONELINE:
		cli->oneline = true;
		break;
	case PRETTY:
		cli->pretty = true;
		cli->json = true;
		break;
	case JSON:
		cli->json = true;
		break;
	case NAMES:
		cli->names = true;
		break;
	case TIMESTAMP:
		cli->stamp = HIP_CLI_STAMP_LINE;
		break;
	case SHORT_STAMP:
		cli->stamp = HIP_CLI_STAMP_SHORT;
		break;
	case VERSION:
		cli->version = true;
		break;
	case HELP:
		cli->help = true;
		break;
	case CONFIG:
		cli->config_file = value;
		break;
	case SOCKET:
		cli->socket = value;
		break;
	case COLOR:
		return set_color(cli, value ?: "always");
	case DELAY:
		return read_seconds(value, &cli->delay);
	case COUNT:
		return set_count(cli, value);
	}
	return true;
}

static int wrong(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "hip: %s: found '%s', expected %s; try 'hip help'\n",
		option, value, expected);
	return HIP_CLI_USAGE;
}

/* With @equals, what stands behind "=" in the same word, or NULL. */
static int take(struct hip_cli *cli, const struct hip_cli_option *o,
		const char *equals, char ***argv)
{
	const char *value = equals, *next = (*argv)[0];

	if (o->id == DETAILS && !value && read_seconds(next, &cli->delay)) {
		(*argv)++;
		return 0;
	}
	if (!o->value && value)
		return wrong(o->name, value, "no value");
	if (o->value && *o->value != '=' && !value) {
		if (!next)
			return wrong(o->name, "nothing", o->value);
		value = next;
		(*argv)++;
	}
	if (apply(cli, o->id, value))
		return 0;
	return wrong(o->name, value,
		     o->id == DELAY ? "seconds, more than 0 and at most a day" :
		     o->id == COUNT ? "a number from 1 to 1000000" :
				      "always, auto or never");
}

/* "sdo": all letters of options without a value, but the last. */
static bool is_cluster(const char *text, size_t len)
{
	const struct hip_cli_option *o;

	for (size_t i = 0; i < len; i++) {
		o = by_letter(text[i]);
		if (!o || (o->value && i + 1 < len))
			return false;
	}
	return len > 0;
}

static int take_word(struct hip_cli *cli, char ***argv)
{
	const char *word = *(*argv)++, *text = word + 1 + (word[1] == '-');
	bool one_dash = word[1] != '-';
	const struct hip_cli_option *o;
	size_t len = strcspn(text, "=");
	const char *equals = text[len] ? text + len + 1 : NULL;
	int ret = 0;

	o = by_name(text, len, one_dash && is_cluster(text, len));
	if (o)
		return take(cli, o, equals, argv);
	if (!one_dash || !is_cluster(text, len)) {
		fprintf(stderr, "hip: option '%s' is unknown, try 'hip "
			"help'\n", word);
		return HIP_CLI_USAGE;
	}
	for (size_t i = 0; i < len && !ret; i++)
		ret = take(cli, by_letter(text[i]),
			   i + 1 < len ? NULL : equals, argv);
	return ret;
}

int hip_cli_options_parse(struct hip_cli *cli, char ***argv)
{
	int ret = 0;

	set_color(cli, "auto");
	while (!ret && **argv && ***argv == '-') {
		if (!strcmp(**argv, "--")) {
			(*argv)++;
			break;
		}
		ret = take_word(cli, argv);
	}
	return ret;
}
