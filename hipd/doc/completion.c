// SPDX-License-Identifier: GPL-2.0
/*
 * Completion for bash: the words come from the tables, names of peers and
 * identities from hip itself when somebody presses the key.
 */
#include <string.h>

#include "cli.h"
#include "completion.h"

static void words_of_objects(void)
{
	const struct hip_cli_object *o;

	fputs("\tlocal objects='", stdout);
	for (o = hip_cli_objects; o->name; o++)
		printf("%s ", o->name);
	puts("help version'");
}

static void words_of_options(void)
{
	const struct hip_cli_option *o;

	fputs("\tlocal options='", stdout);
	for (o = hip_cli_options; o->name; o++)
		printf("%s--%s%s", o == hip_cli_options ? "" : " ", o->name,
		       o->value && *o->value == '=' ? " --color=always "
						      "--color=auto "
						      "--color=never" : "");
	puts("'");
	fputs("\tlocal valued='", stdout);
	for (o = hip_cli_options; o->name; o++)
		if (o->value && *o->value != '=')
			printf(" --%s", o->name);
	puts(" '");
}

/* The words that may stand behind an object and a command. */
static void words_of_commands(void)
{
	const struct hip_cli_command *c;
	const struct hip_cli_object *o;

	puts("\tcase $object in");
	for (o = hip_cli_objects; o->name; o++) {
		printf("\t%s) commands='", o->name);
		for (c = hip_cli_commands; c->object; c++)
			if (!strcmp(c->object, o->name))
				printf("%s ", c->name);
		puts("help' ;;");
	}
	puts("\tesac");
}

static void words_of_args(void)
{
	const struct hip_cli_command *c;

	puts("\tcase $object/$command in");
	for (c = hip_cli_commands; c->object; c++) {
		printf("\t%s/%s) words='", c->object, c->name);
		for (size_t i = 0; i < HIP_CLI_ARGS && c->arg[i].param; i++)
			if (c->arg[i].word)
				printf("%s ", c->arg[i].word);
		fputs("help' places='", stdout);
		for (size_t i = 0; i < HIP_CLI_ARGS && c->arg[i].param; i++)
			if (!c->arg[i].word)
				printf("%s ", c->arg[i].value);
		fputs("' values='", stdout);
		for (size_t i = 0; i < HIP_CLI_ARGS && c->arg[i].param; i++)
			if (c->arg[i].word && c->arg[i].value)
				printf("%s=%s ", c->arg[i].word,
				       c->arg[i].value);
		puts("' ;;");
	}
	puts("\tesac");
}

void hip_completion_print(void)
{
	puts("# bash completion for hip. Made at build from its tables.\n"
	     "\n"
	     "_hip_values() { # KIND: names that an argument may be\n"
	     "\tcase $1 in\n"
	     "\tPEER) hip --names peer 2>/dev/null ;;\n"
	     "\tID) hip --names id 2>/dev/null ;;\n"
	     "\tTYPE) echo ecdsa rsa ;;\n"
	     "\tPROTO) echo tcp udp sctp dccp icmpv6 ;;\n"
	     "\tFILE) compgen -f -- \"$2\" ;;\n"
	     "\tKEY) hip --names config show 2>/dev/null ;;\n"
	     "\tesac\n"
	     "}\n"
	     "\n"
	     "_hip() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
	     "prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	     "\tlocal object='' command='' commands='' words='' places='' "
	     "values='' i kind w");
	words_of_objects();
	words_of_options();
	puts("\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	     "\t\tw=${COMP_WORDS[i]}\n"
	     "\t\tif [[ -z $object && $valued == *\" $w \"* ]]; then\n"
	     "\t\t\ti=$((i + 1))\n"
	     "\t\telif [[ -z $object && $w == -* ]]; then\n"
	     "\t\t\tcontinue\n"
	     "\t\telif [[ -z $object ]]; then\n"
	     "\t\t\tobject=$w\n"
	     "\t\telif [[ -z $command ]]; then\n"
	     "\t\t\tcommand=$w\n"
	     "\t\tfi\n"
	     "\tdone\n"
	     "\t# Abbreviations, as hip takes them.\n"
	     "\tfor w in $objects; do\n"
	     "\t\t[[ -n $object && $w == \"$object\"* ]] || continue\n"
	     "\t\tobject=$w\n"
	     "\t\tbreak\n"
	     "\tdone");
	words_of_commands();
	puts("\t# An object with one command needs no name for it.\n"
	     "\tif [[ $commands == 'show help' && -n $object && "
	     "show != \"$command\"* ]] ||\n"
	     "\t\t[[ $commands == 'show help' && -z $command ]]; then\n"
	     "\t\tcommand=show\n"
	     "\t\tcommands=''\n"
	     "\tfi\n"
	     "\tfor w in $commands; do\n"
	     "\t\t[[ -n $command && $w == \"$command\"* ]] || continue\n"
	     "\t\tcommand=$w\n"
	     "\t\tbreak\n"
	     "\tdone");
	words_of_args();
	puts("\tif [[ $prev == --config || $prev == --socket ]]; then\n"
	     "\t\twords=$(compgen -f -- \"$cur\")\n"
	     "\telif [[ -z $object && $cur == -* ]]; then\n"
	     "\t\twords=$options\n"
	     "\telif [[ -z $object ]]; then\n"
	     "\t\twords=$objects\n"
	     "\telif [[ -z $command ]]; then\n"
	     "\t\twords=$commands\n"
	     "\telse\n"
	     "\t\tfor w in $values; do\n"
	     "\t\t\t[[ $w != \"$prev\"=* ]] || places=${w#*=} words=''\n"
	     "\t\tdone\n"
	     "\t\tfor kind in $places; do\n"
	     "\t\t\twords+=\" $(_hip_values \"$kind\" \"$cur\")\"\n"
	     "\t\tdone\n"
	     "\tfi\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	     "}\n"
	     "\n"
	     "complete -F _hip hip");
}
