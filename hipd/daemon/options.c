// SPDX-License-Identifier: GPL-2.0
/*
 * The command line of hipd. Owns no state.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "options.h"
#include "version.h"

enum id { CONFIG, CHECK, FOREGROUND, KEYLOG, LOG, VERSION, HELP, N_OPTIONS };

#define LETTERS "c:l:h"
#define NO_LETTER 256		/* what getopt says is this and the id */

static const struct hip_option options[N_OPTIONS] = {
	[CONFIG] = { "config", 'c', "FILE",
		     "configuration (default " HIP_CONFIG_FILE ")" },
	[CHECK] = { "check", 0, NULL,
		    "read configuration, keys and hosts, and end" },
	[FOREGROUND] = { "foreground", 0, NULL, "as always" },
	[KEYLOG] = { "keylog", 0, "FILE",
		     "write the secrets of each association, for tests" },
	[LOG] = { "log", 'l', "SPEC",
		  "LEVEL or LEVEL,SUBSYSTEM=LEVEL,...; levels err warning "
		  "notice info debug; subsystems main bex kif io ctl config" },
	[VERSION] = { "version", 0, NULL, "version" },
	[HELP] = { "help", 'h', NULL, "help" },
};

const struct hip_option *hip_option(size_t i)
{
	return i < N_OPTIONS ? &options[i] : NULL;
}

static void usage(FILE *out)
{
	char text[64];

	fputs("Usage: hipd [OPTIONS]\n"
	      "The daemon of the Host Identity Protocol. It stays in the "
	      "foreground.\n\n", out);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct hip_option *o = &options[i];
		char letter[4] = "   ";

		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c,", o->letter);
		snprintf(text, sizeof(text), "--%s %s", o->name,
			 o->value ?: "");
		fprintf(out, "  %s %-14s %s\n", letter, text, o->help);
	}
}

static void fill(struct option *longs)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		longs[i] = (struct option){
			.name = options[i].name,
			.has_arg = options[i].value ? required_argument :
						      no_argument,
			.val = options[i].letter ?: NO_LETTER + (int)i,
		};
}

/* -1 to go on, or the exit status. */
static int apply(int c, struct hip_options *o)
{
	switch (c) {
	case 'c':
		o->config = optarg;
		return -1;
	case 'l':
		o->log = optarg;
		return -1;
	case NO_LETTER + KEYLOG:
		o->keylog = optarg;
		return -1;
	case NO_LETTER + CHECK:
		o->check = true;
		return -1;
	case NO_LETTER + FOREGROUND:
		return -1;
	case NO_LETTER + VERSION:
		puts("hipd " HIP_VERSION);
		return EXIT_SUCCESS;
	case 'h':
		usage(stdout);
		return EXIT_SUCCESS;
	default:
		usage(stderr);
		return HIP_OPTIONS_USAGE;
	}
}

int hip_options_parse(int argc, char **argv, struct hip_options *o)
{
	struct option longs[N_OPTIONS + 1] = { 0 };
	int c, ret;

	fill(longs);
	while ((c = getopt_long(argc, argv, LETTERS, longs, NULL)) != -1) {
		ret = apply(c, o);
		if (ret >= 0)
			return ret;
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "hipd: what is '%s'?\n", argv[optind]);
	usage(stderr);
	return HIP_OPTIONS_USAGE;
}
