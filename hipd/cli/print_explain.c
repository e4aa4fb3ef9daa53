// SPDX-License-Identifier: GPL-2.0
/*
 * `hip explain` for people: a line for each step, its counters below, and the
 * verdict at the end.
 */
#include <string.h>

#include "cli.h"

static enum hip_cli_color result_color(const char *result)
{
	if (!strcmp(result, "pass") || !strcmp(result, "sent") ||
	    !strcmp(result, "local") || !strcmp(result, "clear"))
		return HIP_CLI_GOOD;
	if (!strcmp(result, "drop") || !strcmp(result, "dropped"))
		return HIP_CLI_BAD;
	return strcmp(result, "note") ? HIP_CLI_BUSY : HIP_CLI_PLAIN;
}

static void print_end(const struct hip_cli *cli, const json_t *flow,
		      const char *end, const char *name)
{
	hip_cli_print_text(cli, HIP_CLI_ADDRESS, 0, hip_cli_text(flow, end));
	if (json_object_get(flow, name))
		printf(" (%s)", hip_cli_text(flow, name));
}

static void print_flow(const struct hip_cli *cli, const json_t *flow)
{
	print_end(cli, flow, "from", "from_name");
	printf(" > ");
	print_end(cli, flow, "to", "to_name");
	if (json_object_get(flow, "proto"))
		printf("  %s", hip_cli_text(flow, "proto"));
	if (json_object_get(flow, "sport"))
		printf("  sport %lld", hip_cli_number(flow, "sport"));
	if (json_object_get(flow, "dport"))
		printf("  dport %lld", hip_cli_number(flow, "dport"));
}

static void print_counters(const struct hip_cli *cli, const json_t *step)
{
	const json_t *counters = json_object_get(step, "counters");
	json_t *c;
	size_t i;

	json_array_foreach(counters, i, c) {
		if (!hip_cli_number(c, "value") && !cli->stats)
			continue;
		hip_cli_next_line(cli);
		printf("  %s %s %lld: %s", hip_cli_text(c, "source"),
		       hip_cli_text(c, "name"), hip_cli_number(c, "value"),
		       hip_cli_text(c, "help"));
	}
}

void hip_cli_print_explain(const struct hip_cli *cli, const json_t *flow)
{
	const json_t *steps = json_object_get(flow, "steps");
	const char *verdict = hip_cli_text(flow, "verdict");
	json_t *step;
	size_t i;

	print_flow(cli, flow);
	json_array_foreach(steps, i, step) {
		const char *result = hip_cli_text(step, "result");

		hip_cli_next_line(cli);
		printf("%-12s ", hip_cli_text(step, "step"));
		hip_cli_print_text(cli, result_color(result), 5, result);
		printf("  %s", hip_cli_text(step, "text"));
		print_counters(cli, step);
	}
	hip_cli_next_line(cli);
	hip_cli_print_text(cli, result_color(verdict), 0, verdict);
	printf(": %s\n", hip_cli_text(flow, "text"));
}
