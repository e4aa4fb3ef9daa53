// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon's state, counters and events for people.
 */
#include <string.h>
#include <time.h>

#include "cli.h"

void hip_cli_print_status(const struct hip_cli *cli, const json_t *status)
{
	json_t *states = json_object_get(status, "states"), *n, *locator;
	const char *state, *sep = ": ";
	char buf[32];
	size_t i;

	printf("hipd %s  pid %lld  up %s  %s", hip_cli_text(status, "version"),
	       hip_cli_number(status, "pid"),
	       hip_cli_duration(json_number_value(json_object_get(status,
								  "uptime")),
				buf),
	       hip_cli_text(status, "kernel"));
	hip_cli_next_line(cli);
	printf("identity %s (%s) on %s, %lld in all",
	       hip_cli_text(status, "hit"), hip_cli_text(status, "name"),
	       hip_cli_text(status, "device"), hip_cli_number(status, "ids"));
	hip_cli_next_line(cli);
	printf("locators");
	json_array_foreach(json_object_get(status, "locators"), i, locator)
		printf(" %s", json_string_value(locator));
	hip_cli_next_line(cli);
	printf("peers %lld", hip_cli_number(status, "peers"));
	hip_cli_next_line(cli);
	printf("associations %lld", hip_cli_number(status, "assocs"));
	json_object_foreach(states, state, n) {
		printf("%s%lld %s", sep, (long long)json_integer_value(n),
		       state);
		sep = ", ";
	}
	putchar('\n');
}

void hip_cli_print_counter(const struct hip_cli *cli, const json_t *counter)
{
	long long value = hip_cli_number(counter, "value");
	const char *name = hip_cli_text(counter, "name");
	bool drop = !strncmp(hip_cli_text(counter, "help"), "dropped", 7);
	double rate;

	if (!value && !cli->stats)
		return;
	printf("%-6s  ", hip_cli_text(counter, "source"));
	hip_cli_print_text(cli, value && drop ? HIP_CLI_BAD : HIP_CLI_PLAIN,
			   24, name);
	printf("  %12lld", value);
	if (cli->delay > 0 && hip_cli_watch_rate(counter, "value", &rate))
		printf("  %10.1f/s", rate);
	else if (cli->delay > 0)
		printf("  %10s  ", "-");
	printf("  %s\n", hip_cli_text(counter, "help"));
}

/* As ip monitor: -t a line of its own, -ts in front. */
static void print_stamp(const struct hip_cli *cli, double when)
{
	long long us = (long long)(when * 1e6 + 0.5);
	time_t seconds = (time_t)(us / 1000000);
	bool line = cli->stamp == HIP_CLI_STAMP_LINE;
	char text[64] = "-";
	struct tm tm;

	if (cli->stamp == HIP_CLI_STAMP_NONE)
		return;
	if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text),
			 line ? "%a %b %e %H:%M:%S %Y" : "%Y-%m-%dT%H:%M:%S",
			 &tm);
	if (line)
		printf("Timestamp: %s %lld usec\n", text, us % 1000000);
	else
		printf("[%s.%06lld] ", text, us % 1000000);
}

void hip_cli_print_event(const struct hip_cli *cli, const json_t *event)
{
	const json_t *assoc = json_object_get(event, "assoc");

	print_stamp(cli, json_number_value(json_object_get(event, "time")));
	if (json_object_get(event, "notify"))
		printf("NOTIFY %s from %s\n", hip_cli_text(event, "notify"),
		       hip_cli_text(assoc, "peer_hit"));
	else if (assoc)
		hip_cli_print_assoc(cli, assoc);
	else if (json_object_get(event, "lost"))
		printf("%lld events lost\n", hip_cli_number(event, "lost"));
	else
		printf("%s\n", hip_cli_text(event, "event"));
}
