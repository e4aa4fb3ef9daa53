// SPDX-License-Identifier: GPL-2.0
/*
 * hip: options, then the command that the words name.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "version.h"

struct taker {
	struct hip_cli *cli;
	const struct hip_cli_command *command;
};

/* @result of an answer is one record or an array of them. */
static void take(void *arg, json_t *params)
{
	const struct taker *t = arg;
	json_t *value = params, *record;
	size_t i;

	if (!t->command->print)
		return;
	if (t->command->result)
		value = json_object_get(params, t->command->result);
	if (json_is_object(value))
		hip_cli_out(t->cli, t->command, value);
	json_array_foreach(value, i, record)
		hip_cli_out(t->cli, t->command, record);
}

static int run_local(struct hip_cli *cli, const struct hip_cli_command *c,
		     const json_t *params)
{
	struct taker t = { cli, c };
	json_t *result = NULL;
	int ret;

	if (!c->local) {
		hip_cli_say_not_running(cli);
		return HIP_CLI_FAILED;
	}
	ret = c->local(cli, params, &result);
	if (!ret)
		take(&t, result);
	json_decref(result);
	return ret;
}

static int run(struct hip_cli *cli, const struct hip_cli_command *c,
	       json_t *params)
{
	struct taker t = { cli, c };
	int ret;

	cli->records = json_array();
	if (c->counters && (cli->stats || cli->json))
		json_object_set_new(params, "counters", json_true());
	ret = hip_cli_connect(cli);
	if (ret == -ENOTCONN)
		ret = run_local(cli, c, params);
	else if (!ret)
		ret = hip_cli_call(cli, c->method, params, take, &t);
	if (!ret && c->print && !c->stream)
		hip_cli_out_end(cli, c);
	json_decref(cli->records);
	if (cli->fd >= 0)
		close(cli->fd);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "hip: output: %s\n", strerror(errno));
		return HIP_CLI_FAILED;
	}
	return ret;
}

static int load_config(struct hip_cli *cli)
{
	const char *file = cli->config_file ?: HIP_CONFIG_FILE;
	char err[512];

	hip_config_default(&cli->config);
	if (!hip_config_load(&cli->config, file, !cli->config_file, err,
			     sizeof(err)))
		return 0;
	fprintf(stderr, "%s\n", err);
	return HIP_CLI_FAILED;
}

static bool is_help(const char *text)
{
	return text && !strcmp(text, "help");
}

static int print_version(void)
{
	printf("hip %s\n", HIP_VERSION);
	return 0;
}

static int run_words(struct hip_cli *cli, char **argv)
{
	const struct hip_cli_object *object;
	const struct hip_cli_command *c;
	json_t *params;
	int ret;

	if (!*argv || is_help(*argv)) {
		hip_cli_help(*argv ? stdout : stderr);
		return *argv ? 0 : HIP_CLI_USAGE;
	}
	if (!strcmp(*argv, "version"))
		return print_version();
	object = hip_cli_parse_object(*argv++);
	if (!object)
		return HIP_CLI_USAGE;
	if (is_help(*argv)) {
		hip_cli_help_object(stdout, object);
		return 0;
	}
	c = hip_cli_parse_command(object, *argv);
	if (!c)
		return HIP_CLI_USAGE;
	argv += !!*argv;
	if (is_help(*argv)) {
		hip_cli_help_command(stdout, c);
		return 0;
	}
	params = hip_cli_parse_args(c, argv);
	if (!params)
		return HIP_CLI_USAGE;
	ret = load_config(cli);
	if (!ret)
		ret = run(cli, c, params);
	json_decref(params);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "stats", no_argument, NULL, 's' },
		{ "details", no_argument, NULL, 'd' },
		{ "oneline", no_argument, NULL, 'o' },
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 'S' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct hip_cli cli = { .fd = -1 };
	int c;

	/* + : what follows the object is not ours. */
	while ((c = getopt_long(argc, argv, "+jpsdoc:Vh", options, NULL)) >=
	       0) {
		switch (c) {
		case 'p':
			cli.pretty = true;
			cli.json = true;
			break;
		case 'j':
			cli.json = true;
			break;
		case 's':
			cli.stats = true;
			break;
		case 'd':
			cli.details = true;
			break;
		case 'o':
			cli.oneline = true;
			break;
		case 'c':
			cli.config_file = optarg;
			break;
		case 'S':
			cli.socket = optarg;
			break;
		case 'V':
			return print_version();
		case 'h':
			hip_cli_help(stdout);
			return 0;
		default:
			hip_cli_help(stderr);
			return HIP_CLI_USAGE;
		}
	}
	return run_words(&cli, argv + optind);
}
