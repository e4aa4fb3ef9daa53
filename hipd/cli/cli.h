/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command hip: a table of commands (table.c), each a method of the
 * control socket with its arguments and a function that prints its answer.
 * Parsing, help, completion and the manual page come from that table and the
 * one of options (options.c).
 */
#ifndef HIP_CLI_H
#define HIP_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config.h"

/* Exit codes. */
#define HIP_CLI_FAILED 1	/* hipd or a file said no */
#define HIP_CLI_USAGE 2
#define HIP_CLI_NO_DAEMON 3	/* as LSB: the program is not running */

/* Of what -j prints: grows when something that was there changes or goes. */
#define HIP_CLI_SCHEMA 1
#define HIP_CLI_ARGS 8

enum hip_cli_stamp {
	HIP_CLI_STAMP_NONE,
	HIP_CLI_STAMP_LINE,	/* a line of its own before the event */
	HIP_CLI_STAMP_SHORT,	/* in front of the event */
};

struct hip_cli {
	bool json, pretty, stats, details, oneline, names, color;
	bool version, help;		/* are asked for */
	enum hip_cli_stamp stamp;
	double delay;			/* seconds between looks, 0 = once */
	unsigned int count;		/* looks, 0 = for ever */
	const char *config_file;	/* NULL: the usual one, may be absent */
	const char *socket;		/* NULL: as the configuration says */
	struct hip_config config;
	int fd;				/* to hipd, or -1 */
	size_t printed;			/* records of the present answer */
	bool list;			/* it is one */
	json_t *kept;			/* its records, under -p */
	struct hip_cli_watch *watch;	/* NULL without a delay */
};

struct hip_cli_option {
	int id;
	const char *name;	/* --name */
	char letter;		/* -l, or 0 */
	const char *value;	/* as help calls it; "=WHEN" may be absent */
	const char *help;
};

/* Ends with a row without name. */
extern const struct hip_cli_option hip_cli_options[];

/* Takes the options off *@argv. 0, or an exit code with a message printed. */
int hip_cli_options_parse(struct hip_cli *cli, char ***argv);

enum hip_cli_kind {
	HIP_CLI_TEXT,
	HIP_CLI_NUMBER,
	HIP_CLI_FLAG,		/* a word alone */
	HIP_CLI_LIST,		/* may come again */
};

struct hip_cli_arg {
	const char *word;	/* before the value; NULL: found by position */
	const char *value;	/* as help calls it; NULL for a flag */
	const char *param;	/* of the method */
	enum hip_cli_kind kind;
	bool required;
	bool (*match)(const char *text);	/* by position: is it this? */
};

struct hip_cli_command {
	const char *object;
	const char *name;
	const char *help;
	const char *method;	/* NULL: hipd is not asked */
	const char *result;	/* member of the answer to print, or NULL */
	const char *answer;	/* its fields where there is no method */
	const char *text;	/* more of help, whole sentences; or NULL */
	void (*print)(const struct hip_cli *cli, const json_t *record);
	/* Stands in for hipd where that is not asked or does not run: an
	 * answer like the method's in *@result, or an exit code with a message
	 * printed.
	 */
	int (*local)(struct hip_cli *cli, const json_t *params,
		     json_t **result);
	bool counters;		/* -s asks for them */
	bool stream;		/* never ends: each record at once */
	bool rates;		/* may be looked at again and again */
	struct hip_cli_arg arg[HIP_CLI_ARGS];
};

struct hip_cli_object {
	const char *name;
	const char *help;
};

/* Both end with a row without name; the first command of an object is what it
 * does without one.
 */
extern const struct hip_cli_object hip_cli_objects[];
extern const struct hip_cli_command hip_cli_commands[];

/* ---- parse.c: sentences go to stderr, NULL is returned ---- */

const struct hip_cli_object *hip_cli_parse_object(const char *text);
const struct hip_cli_command *
hip_cli_parse_command(const struct hip_cli_object *object, const char *text);
/* The same, and takes the word off *@argv. */
const struct hip_cli_command *
hip_cli_parse_verb(const struct hip_cli_object *object, char ***argv);
json_t *hip_cli_parse_args(const struct hip_cli_command *command, char **argv);

/* ---- help.c ---- */

void hip_cli_help(FILE *to);
void hip_cli_help_object(FILE *to, const struct hip_cli_object *object);
void hip_cli_help_command(FILE *to, const struct hip_cli_command *command);
/* "hip id add [ NAME ]" without a newline */
/* The only command of its object goes without its name. */
bool hip_cli_help_only(const struct hip_cli_command *command);
void hip_cli_help_synopsis(FILE *to, const struct hip_cli_command *command);

/* ---- client.c ---- */

/* 0; -ENOTCONN when no hipd answers; else an exit code, message printed. */
int hip_cli_connect(struct hip_cli *cli);
void hip_cli_say_not_running(const struct hip_cli *cli);
/* Gives each answer's parameters to @take. Exit code. */
int hip_cli_call(struct hip_cli *cli, const char *method, json_t *params,
		 void (*take)(void *arg, json_t *params), void *arg);

/* ---- out.c ---- */

/* Prints an answer, or a part of it: each record by the command's function, or
 * as JSON, at once. hip_cli_out_end() ends the answer.
 */
void hip_cli_out(struct hip_cli *cli, const struct hip_cli_command *command,
		 const json_t *params);
void hip_cli_out_end(struct hip_cli *cli,
		     const struct hip_cli_command *command);
/* A text member, or "-". */
const char *hip_cli_text(const json_t *record, const char *key);
long long hip_cli_number(const json_t *record, const char *key);
/* "3s", "5m12s", "2h3m", "4d5h" in @buf of 32 */
const char *hip_cli_duration(double seconds, char *buf);
/* To the next line of the same record; under -o on the same line. */
void hip_cli_next_line(const struct hip_cli *cli);

enum hip_cli_color {
	HIP_CLI_PLAIN, HIP_CLI_ADDRESS, HIP_CLI_NAME, HIP_CLI_GOOD,
	HIP_CLI_BUSY, HIP_CLI_BAD,
};

/* What turns a colour on and off again; "" where there is none. */
const char *hip_cli_color(const struct hip_cli *cli, enum hip_cli_color c);
/* @text padded to @width columns (none: 0), in that colour. */
void hip_cli_print_text(const struct hip_cli *cli, enum hip_cli_color c,
			int width, const char *text);

/* ---- spool.c: standard output while a list comes in ---- */

int hip_cli_spool_start(void);
/* 0, or the error of writing. */
int hip_cli_spool_end(void);

/* ---- watch.c: with a delay ---- */

/* Members whose growth is told; ends with NULL. */
extern const char *const hip_cli_watch_counters[];
/* Before each look: 0 or -ENOMEM. */
int hip_cli_watch_begin(struct hip_cli *cli);
/* Waits for the next look; false: there is none. */
bool hip_cli_watch_again(struct hip_cli *cli);
void hip_cli_watch_end(struct hip_cli *cli);
/* Adds "rates", by counter and a second, to a record that was seen before. */
void hip_cli_watch_rates(struct hip_cli *cli, json_t *record);
bool hip_cli_watch_rate(const json_t *record, const char *key, double *rate);

/* ---- print.c, print_daemon.c ---- */

void hip_cli_print_id(const struct hip_cli *cli, const json_t *id);
void hip_cli_print_export(const struct hip_cli *cli, const json_t *id);
void hip_cli_print_peer(const struct hip_cli *cli, const json_t *peer);
void hip_cli_print_rule(const struct hip_cli *cli, const json_t *rule);
void hip_cli_print_verdict(const struct hip_cli *cli, const json_t *verdict);
void hip_cli_print_assoc(const struct hip_cli *cli, const json_t *assoc);
void hip_cli_print_path(const struct hip_cli *cli, const json_t *path);
void hip_cli_print_status(const struct hip_cli *cli, const json_t *status);
void hip_cli_print_counter(const struct hip_cli *cli, const json_t *counter);
void hip_cli_print_explain(const struct hip_cli *cli, const json_t *flow);
void hip_cli_print_event(const struct hip_cli *cli, const json_t *event);

/* ---- config.c ---- */

int hip_cli_config_check(struct hip_cli *cli, const json_t *params,
			 json_t **result);
int hip_cli_config_show(struct hip_cli *cli, const json_t *params,
			json_t **result);
void hip_cli_print_check(const struct hip_cli *cli, const json_t *check);
void hip_cli_print_key(const struct hip_cli *cli, const json_t *key);

/* ---- local.c ---- */

/* Root becomes the user that @dir belongs to, for good. 0 or -EPERM, said. */
int hip_cli_become_owner(const char *dir);

int hip_cli_local_id_list(struct hip_cli *cli, const json_t *params,
			  json_t **result);
int hip_cli_local_id_add(struct hip_cli *cli, const json_t *params,
			 json_t **result);
int hip_cli_local_id_delete(struct hip_cli *cli, const json_t *params,
			    json_t **result);
int hip_cli_local_id_default(struct hip_cli *cli, const json_t *params,
			     json_t **result);
int hip_cli_local_id_export(struct hip_cli *cli, const json_t *params,
			    json_t **result);

#endif
