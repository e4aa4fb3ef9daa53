/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command hip: a table of commands (table.c), each a method of the
 * control socket with its arguments and a function that prints its answer.
 *
 * Exit codes: 0, 1 the daemon or a file said no, 2 usage.
 */
#ifndef HIP_CLI_H
#define HIP_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config.h"

#define HIP_CLI_FAILED 1
#define HIP_CLI_USAGE 2
#define HIP_CLI_ARGS 6

struct hip_cli {
	bool json, pretty, stats, details, oneline;
	const char *config_file;	/* NULL: the usual one, may be absent */
	const char *socket;		/* NULL: as the configuration says */
	struct hip_config config;
	int fd;				/* to hipd, or -1 */
	json_t *records;		/* to be printed at the end */
};

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
	const char *method;
	const char *result;	/* member of the answer to print, or NULL */
	void (*print)(const struct hip_cli *cli, const json_t *record);
	/* Stands in for hipd when that does not run; an answer like the
	 * method's in *@result, or an exit code with a message printed.
	 */
	int (*local)(struct hip_cli *cli, const json_t *params,
		     json_t **result);
	bool counters;		/* -s asks for them */
	bool stream;		/* never ends: each record at once */
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
json_t *hip_cli_parse_args(const struct hip_cli_command *command, char **argv);

/* ---- help.c ---- */

void hip_cli_help(FILE *to);
void hip_cli_help_object(FILE *to, const struct hip_cli_object *object);
void hip_cli_help_command(FILE *to, const struct hip_cli_command *command);
/* "hip id add [ NAME ]" without a newline */
void hip_cli_help_synopsis(FILE *to, const struct hip_cli_command *command);

/* ---- client.c ---- */

/* 0; -ENOTCONN when no hipd answers; else an exit code, message printed. */
int hip_cli_connect(struct hip_cli *cli);
void hip_cli_say_not_running(const struct hip_cli *cli);
/* Gives each answer's parameters to @take. Exit code. */
int hip_cli_call(struct hip_cli *cli, const char *method, json_t *params,
		 void (*take)(void *arg, json_t *params), void *arg);

/* ---- out.c ---- */

/* Takes one record, to be printed by the command's function or as JSON: at
 * once in a stream, else by hip_cli_out_end().
 */
void hip_cli_out(struct hip_cli *cli, const struct hip_cli_command *command,
		 json_t *record);
void hip_cli_out_end(struct hip_cli *cli,
		     const struct hip_cli_command *command);
/* A text member, or "-". */
const char *hip_cli_text(const json_t *record, const char *key);
long long hip_cli_number(const json_t *record, const char *key);
/* "3s", "5m12s", "2h3m", "4d5h" in @buf of 32 */
const char *hip_cli_duration(double seconds, char *buf);
/* To the next line of the same record; under -o on the same line. */
void hip_cli_next_line(const struct hip_cli *cli);

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
void hip_cli_print_event(const struct hip_cli *cli, const json_t *event);

/* ---- local.c ---- */

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
