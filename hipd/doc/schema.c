// SPDX-License-Identifier: GPL-2.0
/*
 * From varlink's definition language to JSON Schema. Only what hipd's own
 * definitions use is understood; anything else ends the build.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "ctl_idl.h"
#include "schema.h"

struct reader {
	const char *at;
	const char *interface;	/* whose types a name means */
	json_t *defs;
	bool failed;
};

static void blanks(struct reader *r)
{
	while (isspace((unsigned char)*r->at) || *r->at == '#')
		r->at += *r->at == '#' ? strcspn(r->at, "\n") : 1;
}

static bool next_is(struct reader *r, const char *text)
{
	blanks(r);
	if (strncmp(r->at, text, strlen(text)))
		return false;
	r->at += strlen(text);
	return true;
}

static void need(struct reader *r, const char *text)
{
	if (r->failed || next_is(r, text))
		return;
	fprintf(stderr, "%s: found '%.20s', expected '%s'\n", r->interface,
		r->at, text);
	r->failed = true;
}

static const char *word(struct reader *r, char *buf, size_t room)
{
	size_t len = 0;

	blanks(r);
	while (isalnum((unsigned char)*r->at) || *r->at == '_' ||
	       *r->at == '.') {
		if (len + 1 < room)
			buf[len++] = *r->at;
		r->at++;
	}
	buf[len] = '\0';
	if (!len)
		need(r, "a word");
	return buf;
}

static json_t *simple(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

static json_t *named(const struct reader *r, const char *name)
{
	static const char *const types[][2] = {
		{ "string", "string" }, { "int", "integer" },
		{ "float", "number" }, { "bool", "boolean" },
		{ "object", "object" },
	};
	char ref[128];

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(types[i][0], name))
			return simple(types[i][1]);
	snprintf(ref, sizeof(ref), "#/$defs/%s.%s", r->interface, name);
	return json_pack("{s:s}", "$ref", ref);
}

static json_t *fields(struct reader *r);

static json_t *type(struct reader *r)
{
	char name[64];

	blanks(r);
	if (*r->at == '(')
		return fields(r);
	if (next_is(r, "[]"))
		return json_pack("{s:s,s:o}", "type", "array", "items",
				 type(r));
	if (next_is(r, "[string]"))
		return json_pack("{s:s,s:o}", "type", "object",
				 "additionalProperties", type(r));
	return named(r, word(r, name, sizeof(name)));
}

/* "(name: ?type, ...)": what may be absent is not required. */
static json_t *fields(struct reader *r)
{
	json_t *properties = json_object(), *required = json_array();
	char name[64];

	need(r, "(");
	while (!r->failed && !next_is(r, ")")) {
		word(r, name, sizeof(name));
		need(r, ":");
		if (!next_is(r, "?"))
			json_array_append_new(required, json_string(name));
		json_object_set_new(properties, name, type(r));
		next_is(r, ",");
	}
	return json_pack("{s:s,s:o,s:o}", "type", "object", "properties",
			 properties, "required", required);
}

/* Types go to $defs; a method leaves its answer in @answers. */
static void interface(struct reader *r, json_t *answers)
{
	char name[64], full[160];

	need(r, "interface");
	word(r, name, sizeof(name));
	for (blanks(r); *r->at && !r->failed; blanks(r)) {
		bool method = next_is(r, "method");

		if (!method && !next_is(r, "type")) {
			need(r, "error");
			word(r, name, sizeof(name));
			json_decref(fields(r));
			continue;
		}
		word(r, name, sizeof(name));
		snprintf(full, sizeof(full), "%s.%s", r->interface, name);
		if (method) {
			json_decref(fields(r));
			need(r, "->");
		}
		json_object_set_new(method ? answers : r->defs, full,
				    fields(r));
	}
}

/* With a delay hip adds to what hipd says of each record how fast its counters
 * grow.
 */
static void add_rates(const struct reader *r, const struct hip_cli_command *c,
		      json_t *answer)
{
	json_t *list, *record, *fields, *rates = json_object();
	static const char defs[] = "#/$defs/";
	const char *ref;

	list = json_object_get(json_object_get(answer, "properties"),
			       c->result);
	ref = json_string_value(json_object_get(json_object_get(list, "items"),
						"$ref"));
	record = ref ? json_deep_copy(json_object_get(
			       r->defs, ref + sizeof(defs) - 1)) : NULL;
	fields = json_object_get(record, "properties");
	for (const char *const *i = hip_cli_watch_counters; *i; i++)
		if (json_object_get(fields, *i))
			json_object_set_new(rates, *i, simple("number"));
	if (json_object_size(rates)) {
		json_object_set_new(fields, "rates",
				    json_pack("{s:s,s:O}", "type", "object",
					      "properties", rates));
		json_object_set(list, "items", record);
	}
	json_decref(rates);
	json_decref(record);
}

/* What `hip -j` prints for a command: the answer, and its version. */
static json_t *command(struct reader *r, const struct hip_cli_command *c,
		       const json_t *answers)
{
	json_t *o, *version = json_pack("{s:i}", "const", HIP_CLI_SCHEMA);

	if (c->method) {
		o = json_deep_copy(json_object_get(answers, c->method));
	} else {
		r->at = c->answer ?: "()";
		r->interface = "hip";
		o = fields(r);
	}
	if (!o) {
		fprintf(stderr, "%s is not described\n", c->method);
		r->failed = true;
	}
	if (c->rates)
		add_rates(r, c, o);
	json_object_set_new(json_object_get(o, "properties"), "schema",
			    version);
	json_array_insert_new(json_object_get(o, "required"), 0,
			      json_string("schema"));
	return o;
}

/* A command's place among all: an answer without members may not stand for
 * anything that has a version.
 */
static json_t *choice(const json_t *command, const char *name)
{
	char ref[96];
	json_t *o;

	snprintf(ref, sizeof(ref), "#/$defs/%s", name);
	o = json_pack("{s:s}", "$ref", ref);
	if (json_object_size(json_object_get(command, "properties")) == 1)
		json_object_set_new(o, "maxProperties", json_integer(1));
	return o;
}

static void commands(struct reader *r, const json_t *answers, json_t *any)
{
	const struct hip_cli_command *c;
	char name[64];
	json_t *o;

	for (c = hip_cli_commands; c->object && !r->failed; c++) {
		snprintf(name, sizeof(name), "hip %s %s", c->object, c->name);
		o = command(r, c, answers);
		json_array_append_new(any, choice(o, name));
		json_object_set_new(r->defs, name, o);
	}
}

int hip_schema_print(void)
{
	struct reader r = { .defs = json_object() };
	json_t *answers = json_object(), *any = json_array(), *schema;

	for (const struct hip_ctl_interface *i = hip_ctl_interfaces; i->name;
	     i++) {
		r.at = i->text;
		r.interface = i->name;
		interface(&r, answers);
	}
	commands(&r, answers, any);
	schema = json_pack("{s:s,s:s,s:o,s:o}", "$schema",
			   "https://json-schema.org/draft/2020-12/schema",
			   "title", "what hip -j prints", "anyOf", any,
			   "$defs", r.defs);
	if (!r.failed)
		json_dumpf(schema, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(schema);
	json_decref(answers);
	return r.failed ? -EINVAL : 0;
}
