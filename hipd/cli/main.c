// SPDX-License-Identifier: GPL-2.0
/*
 * hip: options, then the command that the words name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "version.h"

struct taker {
	struct hip_cli *cli;
	const struct hip_cli_command *command;
};

static void take(void *arg, json_t *params)
{
	const struct taker *t = arg;

	hip_cli_out(t->cli, t->command, params);
}

static int run_local(struct hip_cli *cli, const struct hip_cli_command *c,
		     const json_t *params)
{
	struct taker t = { cli, c };
	json_t *result = NULL;
	int ret;

	if (!c->local) {
		hip_cli_say_not_running(cli);
		return HIP_CLI_NO_DAEMON;
	}
	ret = c->local(cli, params, &result);
	if (result)
		take(&t, result);
	json_decref(result);
	return ret;
}

static int ask(struct hip_cli *cli, const struct hip_cli_command *c,
	       json_t *params)
{
	struct taker t = { cli, c };
	int ret = c->method ? 0 : -ENOTCONN;

	if (!ret && cli->fd < 0)
		ret = hip_cli_connect(cli);
	if (ret == -ENOTCONN)
		ret = run_local(cli, c, params);
	else if (!ret)
		ret = hip_cli_call(cli, c->method, params, take, &t);
	if (!ret)
		hip_cli_out_end(cli, c);
	return ret;
}

static int ask_again(struct hip_cli *cli, const struct hip_cli_command *c,
		     json_t *params)
{
	int ret;

	do {
		if (hip_cli_watch_begin(cli))
			return HIP_CLI_FAILED;
		ret = ask(cli, c, params);
	} while (!ret && hip_cli_watch_again(cli));
	hip_cli_watch_end(cli);
	return ret;
}

/* Output that could not be written is an error of its own. */
static int run(struct hip_cli *cli, const struct hip_cli_command *c,
	       json_t *params)
{
	bool spool = !c->stream && cli->delay <= 0;
	int ret, err;

	if (c->counters && (cli->stats || cli->json || cli->delay > 0))
		json_object_set_new(params, "counters", json_true());
	if (spool && hip_cli_spool_start()) {
		fprintf(stderr, "hip: no memory\n");
		return HIP_CLI_FAILED;
	}
	ret = cli->delay > 0 ? ask_again(cli, c, params) :
			       ask(cli, c, params);
	if (cli->fd >= 0)
		close(cli->fd);
	if (spool)
		err = -hip_cli_spool_end();
	else
		err = fflush(stdout) || ferror(stdout) ? errno : 0;
	if (!err)
		return ret;
	fprintf(stderr, "hip: output: %s\n", strerror(err));
	return HIP_CLI_FAILED;
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

/* "hip help assoc connect", and "help" behind what it is about. */
static int help_about(char **argv)
{
	const struct hip_cli_object *object;
	const struct hip_cli_command *c;

	if (!*argv) {
		hip_cli_help(stdout);
		return 0;
	}
	object = hip_cli_parse_object(argv[0]);
	if (!object)
		return HIP_CLI_USAGE;
	if (!argv[1]) {
		hip_cli_help_object(stdout, object);
		return 0;
	}
	c = hip_cli_parse_command(object, argv[1]);
	if (!c)
		return HIP_CLI_USAGE;
	hip_cli_help_command(stdout, c);
	return 0;
}

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "hip: %s: %s\n", what, why);
	return HIP_CLI_USAGE;
}

/* Options that mean nothing to this command. */
static int check_options(const struct hip_cli *cli,
			 const struct hip_cli_command *c)
{
	if (cli->delay > 0 && !c->rates)
		return refuse("--delay", "is for stats, assoc, path and "
			      "status");
	if (cli->count && cli->delay <= 0)
		return refuse("--count", "needs a --delay");
	if (cli->stamp && !c->stream)
		return refuse("timestamps", "are for monitor");
	return 0;
}

static int run_command(struct hip_cli *cli, const struct hip_cli_command *c,
		       char **argv)
{
	json_t *params;
	int ret;

	ret = check_options(cli, c);
	if (ret)
		return ret;
	params = hip_cli_parse_args(c, argv);
	if (!params)
		return HIP_CLI_USAGE;
	ret = c->method ? load_config(cli) : 0;
	if (!ret)
		ret = run(cli, c, params);
	json_decref(params);
	return ret;
}

static int run_words(struct hip_cli *cli, char **argv)
{
	const struct hip_cli_object *object;
	const struct hip_cli_command *c;

	if (!*argv) {
		hip_cli_help(stderr);
		return HIP_CLI_USAGE;
	}
	if (is_help(*argv))
		return help_about(argv + 1);
	if (!strcmp(*argv, "version"))
		return print_version();
	object = hip_cli_parse_object(*argv++);
	if (!object)
		return HIP_CLI_USAGE;
	if (is_help(*argv)) {
		hip_cli_help_object(stdout, object);
		return 0;
	}
	c = hip_cli_parse_verb(object, &argv);
	if (!c)
		return HIP_CLI_USAGE;
	for (char **word = argv; *word; word++) {
		if (is_help(*word) && !word[1]) {
			hip_cli_help_command(stdout, c);
			return 0;
		}
	}
	return run_command(cli, c, argv);
}

int main(int argc, char **argv)
{
	struct hip_cli cli = { .fd = -1 };
	int ret;

	argv += argc > 0;
	ret = hip_cli_options_parse(&cli, &argv);
	if (ret)
		return ret;
	if (cli.version)
		return print_version();
	if (cli.help)
		return help_about(argv);
	return run_words(&cli, argv);
}
