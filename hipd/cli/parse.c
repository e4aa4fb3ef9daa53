// SPDX-License-Identifier: GPL-2.0
/*
 * From words to a command and its parameters, as the table says.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static bool is_prefix(const char *text, const char *name)
{
	return *text && !strncmp(text, name, strlen(text));
}

/* As ip does: the whole name, else the first that begins so. */
const struct hip_cli_object *hip_cli_parse_object(const char *text)
{
	const struct hip_cli_object *o;

	for (o = hip_cli_objects; o->name; o++)
		if (!strcmp(text, o->name))
			return o;
	for (o = hip_cli_objects; o->name; o++)
		if (is_prefix(text, o->name))
			return o;
	fprintf(stderr, "hip: object '%s' is unknown, try 'hip help'\n", text);
	return NULL;
}

/* An abbreviation must be clear: some commands cannot be undone. */
const struct hip_cli_command *
hip_cli_parse_command(const struct hip_cli_object *object, const char *text)
{
	const struct hip_cli_command *c, *found = NULL;

	if (text && (!strcmp(text, "list") || !strcmp(text, "ls")))
		text = "show";
	for (c = hip_cli_commands; c->object; c++) {
		if (strcmp(c->object, object->name))
			continue;
		if (!text || !strcmp(text, c->name))
			return c;
		if (!is_prefix(text, c->name))
			continue;
		if (found) {
			fprintf(stderr, "hip: '%s' may be '%s' or '%s'\n",
				text, found->name, c->name);
			return NULL;
		}
		found = c;
	}
	if (!found)
		fprintf(stderr, "hip: command '%s' is unknown, try 'hip %s "
			"help'\n", text, object->name);
	return found;
}

/* An object with one command needs no name for it: "hip explain to PEER". */
const struct hip_cli_command *
hip_cli_parse_verb(const struct hip_cli_object *object, char ***argv)
{
	const struct hip_cli_command *c, *first = NULL;
	const char *text = **argv;
	unsigned int n = 0;

	for (c = hip_cli_commands; c->object; c++) {
		if (strcmp(c->object, object->name))
			continue;
		first = first ?: c;
		n++;
	}
	if (n == 1 && text && strcmp(text, "list") && strcmp(text, "ls") &&
	    !(text[0] && text[1] && is_prefix(text, first->name)))
		return first;
	*argv += !!text;
	return hip_cli_parse_command(object, text);
}

static const struct hip_cli_arg *by_word(const struct hip_cli_command *c,
					 const char *text)
{
	for (size_t i = 0; i < HIP_CLI_ARGS && c->arg[i].param; i++)
		if (c->arg[i].word && !strcmp(c->arg[i].word, text))
			return &c->arg[i];
	return NULL;
}

/* The first argument by position that still has room for @text. */
static const struct hip_cli_arg *by_place(const struct hip_cli_command *c,
					  const json_t *params,
					  const char *text)
{
	for (size_t i = 0; i < HIP_CLI_ARGS && c->arg[i].param; i++) {
		const struct hip_cli_arg *a = &c->arg[i];

		if (a->word || (a->match && !a->match(text)))
			continue;
		if (a->kind == HIP_CLI_LIST ||
		    !json_object_get(params, a->param))
			return a;
	}
	return NULL;
}

static int set_number(json_t *params, const struct hip_cli_arg *a,
		      const char *text)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (errno || end == text || *end || v < 0 || v > INT_MAX) {
		fprintf(stderr, "hip: %s: found '%s', expected a number\n",
			a->word, text);
		return -EINVAL;
	}
	return json_object_set_new(params, a->param, json_integer(v));
}

static int set(json_t *params, const struct hip_cli_arg *a, const char *text)
{
	json_t *list = json_object_get(params, a->param);

	if (a->kind != HIP_CLI_LIST && list) {
		fprintf(stderr, "hip: '%s' is given twice\n", a->word);
		return -EINVAL;
	}
	if (a->kind == HIP_CLI_NUMBER)
		return set_number(params, a, text);
	if (a->kind == HIP_CLI_FLAG)
		return json_object_set_new(params, a->param, json_true());
	if (a->kind == HIP_CLI_TEXT)
		return json_object_set_new(params, a->param,
					   json_string(text));
	if (!list) {
		list = json_array();
		json_object_set_new(params, a->param, list);
	}
	return json_array_append_new(list, json_string(text));
}

static int take_word(const struct hip_cli_command *c, json_t *params,
		     char ***argv)
{
	const char *text = *(*argv)++;
	const struct hip_cli_arg *a = by_word(c, text);

	if (a && a->kind != HIP_CLI_FLAG) {
		text = **argv;
		if (!text) {
			fprintf(stderr, "hip: '%s' needs %s after it\n",
				a->word, a->value);
			return -EINVAL;
		}
		(*argv)++;
	} else if (!a) {
		a = by_place(c, params, text);
	}
	if (!a) {
		fprintf(stderr, "hip: found '%s', expected no more\n", text);
		return -EINVAL;
	}
	if (!set(params, a, text))
		return 0;
	return -EINVAL;
}

static int check_required(const struct hip_cli_command *c,
			  const json_t *params)
{
	for (size_t i = 0; i < HIP_CLI_ARGS && c->arg[i].param; i++) {
		const struct hip_cli_arg *a = &c->arg[i];

		if (!a->required || json_object_get(params, a->param))
			continue;
		fprintf(stderr, "hip: %s is missing\n", a->value);
		return -EINVAL;
	}
	return 0;
}

json_t *hip_cli_parse_args(const struct hip_cli_command *c, char **argv)
{
	json_t *params = json_object();

	while (*argv)
		if (take_word(c, params, &argv))
			goto usage;
	if (!check_required(c, params))
		return params;
usage:
	json_decref(params);
	fputs("usage: ", stderr);
	hip_cli_help_synopsis(stderr, c);
	fputc('\n', stderr);
	return NULL;
}
