// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon's state, counters and events for people.
 */
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

	if (!value && !cli->stats)
		return;
	printf("%-6s  %-24s  %12lld", hip_cli_text(counter, "source"),
	       hip_cli_text(counter, "name"), value);
	if (cli->details)
		printf("  %s", hip_cli_text(counter, "help"));
	putchar('\n');
}

void hip_cli_print_event(const struct hip_cli *cli, const json_t *event)
{
	double when = json_number_value(json_object_get(event, "time"));
	const json_t *assoc = json_object_get(event, "assoc");
	long long ms = (long long)(when * 1000 + 0.5);
	time_t seconds = (time_t)(ms / 1000);
	char clock[16] = "-";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	printf("%s.%03lld  ", clock, ms % 1000);
	if (assoc)
		hip_cli_print_assoc(cli, assoc);
	else if (json_object_get(event, "lost"))
		printf("%lld events lost\n", hip_cli_number(event, "lost"));
	else
		printf("%s\n", hip_cli_text(event, "event"));
}
