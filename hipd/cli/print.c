// SPDX-License-Identifier: GPL-2.0
/*
 * Identities, peers, associations and paths for people.
 */
#include <string.h>
#include <time.h>

#include "cli.h"

#define HIT_WIDTH 39		/* of the longest one */

static double seconds(const json_t *record, const char *key)
{
	return json_number_value(json_object_get(record, key));
}

static void print_hit(const struct hip_cli *cli, const json_t *record,
		      const char *key)
{
	hip_cli_print_text(cli, HIP_CLI_ADDRESS, HIT_WIDTH,
			   hip_cli_text(record, key));
	printf("  ");
}

void hip_cli_print_id(const struct hip_cli *cli, const json_t *id)
{
	print_hit(cli, id, "hit");
	hip_cli_print_text(cli, HIP_CLI_NAME, 12, hip_cli_text(id, "name"));
	printf("  %s %lld%s%s\n", hip_cli_text(id, "type"),
	       hip_cli_number(id, "bits"),
	       json_is_true(json_object_get(id, "anonymous")) ? "  anonymous" :
								"",
	       json_is_true(json_object_get(id, "default")) ? "  default" :
							      "");
}

void hip_cli_print_export(const struct hip_cli *cli, const json_t *id)
{
	printf("%s\n", hip_cli_text(id, "hosts"));
	if (cli->details)
		printf("%s\n", hip_cli_text(id, "dns"));
}

static void print_list(const json_t *record, const char *key, int width)
{
	const json_t *list = json_object_get(record, key);
	json_t *item;
	int len = 0;
	size_t i;

	if (!json_array_size(list))
		len = printf("-");
	json_array_foreach(list, i, item)
		len += printf("%s%s", i ? " " : "", json_string_value(item));
	printf("%*s", len < width ? width - len : 0, "");
}

void hip_cli_print_peer(const struct hip_cli *cli, const json_t *peer)
{
	print_hit(cli, peer, "hit");
	printf("%s", hip_cli_color(cli, HIP_CLI_NAME));
	print_list(peer, "names", 12);
	printf("%s", hip_cli_color(cli, HIP_CLI_PLAIN));
	printf("  ");
	print_list(peer, "locators", 0);
	if (cli->details && json_object_get(peer, "domain"))
		printf("  calls itself %s", hip_cli_text(peer, "domain"));
	if (cli->details)
		printf("  from %s  access %s, %s", hip_cli_text(peer, "source"),
		       hip_cli_text(peer, "access"),
		       hip_cli_text(peer, "rule"));
	else if (!strcmp(hip_cli_text(peer, "access"), "deny"))
		printf("  denied by %s", hip_cli_text(peer, "rule"));
	if (json_object_get(peer, "refused")) {
		hip_cli_next_line(cli);
		printf("%s now says that it is %s: refused, see hip peer trust",
		       hip_cli_text(peer, "refused_at"),
		       hip_cli_text(peer, "refused"));
	}
	putchar('\n');
}

void hip_cli_print_rule(const struct hip_cli *cli, const json_t *rule)
{
	long long line = hip_cli_number(rule, "line");

	if (line)
		printf("%s:%-4lld", hip_cli_text(rule, "file"), line);
	printf("%s  %lld packets\n", hip_cli_text(rule, "rule"),
	       hip_cli_number(rule, "hits"));
}

void hip_cli_print_verdict(const struct hip_cli *cli, const json_t *verdict)
{
	const char *access = hip_cli_text(verdict, "access");
	bool denied = !strcmp(access, "deny");

	print_hit(cli, verdict, "hit");
	hip_cli_print_text(cli, HIP_CLI_NAME, 12,
			   hip_cli_text(verdict, "name"));
	printf("  ");
	hip_cli_print_text(cli, denied ? HIP_CLI_BAD : HIP_CLI_GOOD, 0,
			   access);
	printf("  %s\n", hip_cli_text(verdict, "rule"));
}

static void print_last(const json_t *record, const char *what,
		       const char *key)
{
	long long last = hip_cli_number(record, key);
	char buf[32];

	if (last)
		printf("  last %s %s ago", what,
		       hip_cli_duration((double)(time(NULL) - last), buf));
}

static void print_rates(const struct hip_cli *cli, const json_t *record)
{
	double rx = 0, rx_bytes = 0, tx = 0, tx_bytes = 0;

	if (!hip_cli_watch_rate(record, "rx_packets", &rx))
		return;
	hip_cli_watch_rate(record, "rx_bytes", &rx_bytes);
	hip_cli_watch_rate(record, "tx_packets", &tx);
	hip_cli_watch_rate(record, "tx_bytes", &tx_bytes);
	hip_cli_next_line(cli);
	printf("rx %.1f packets/s %.3f Mbit/s  tx %.1f packets/s %.3f Mbit/s",
	       rx, rx_bytes * 8 / 1e6, tx, tx_bytes * 8 / 1e6);
}

static void print_counters(const struct hip_cli *cli, const json_t *record)
{
	print_rates(cli, record);
	if (!cli->stats || !json_object_get(record, "rx_packets"))
		return;
	hip_cli_next_line(cli);
	printf("rx %lld packets %lld bytes  tx %lld packets %lld bytes",
	       hip_cli_number(record, "rx_packets"),
	       hip_cli_number(record, "rx_bytes"),
	       hip_cli_number(record, "tx_packets"),
	       hip_cli_number(record, "tx_bytes"));
	print_last(record, "rx", "last_rx");
	print_last(record, "tx", "last_tx");
}

static void print_assoc_details(const struct hip_cli *cli,
				const json_t *assoc)
{
	hip_cli_next_line(cli);
	printf("from %s (%s)  dh %s  cipher %s", hip_cli_text(assoc,
							      "local_hit"),
	       hip_cli_text(assoc, "local_name"),
	       hip_cli_text(assoc, "dh_group"), hip_cli_text(assoc, "cipher"));
	if (json_object_get(assoc, "peer_domain"))
		printf("  calls itself %s",
		       hip_cli_text(assoc, "peer_domain"));
	if (json_is_true(json_object_get(assoc, "peer_anonymous")))
		printf("  anonymous");
	if (json_object_get(assoc, "path"))
		printf("  path %lld", hip_cli_number(assoc, "path"));
	if (json_object_get(assoc, "bex_us"))
		printf("  base exchange %.3f ms",
		       (double)hip_cli_number(assoc, "bex_us") / 1000);
}

static enum hip_cli_color assoc_color(const char *state)
{
	if (!strcmp(state, "ESTABLISHED") || !strcmp(state, "R2-SENT"))
		return HIP_CLI_GOOD;
	return strcmp(state, "E-FAILED") ? HIP_CLI_BUSY : HIP_CLI_BAD;
}

void hip_cli_print_assoc(const struct hip_cli *cli, const json_t *assoc)
{
	const char *state = hip_cli_text(assoc, "state");
	char buf[32];

	print_hit(cli, assoc, "peer_hit");
	hip_cli_print_text(cli, HIP_CLI_NAME, 12,
			   hip_cli_text(assoc, "peer_name"));
	printf("  ");
	hip_cli_print_text(cli, assoc_color(state), 11, state);
	printf("  %s  %s > %s  since %s", hip_cli_text(assoc, "role"),
	       hip_cli_text(assoc, "local"), hip_cli_text(assoc, "peer"),
	       hip_cli_duration(seconds(assoc, "since"), buf));
	if (json_object_get(assoc, "hint"))
		printf("  (ICMP: %s)", hip_cli_text(assoc, "hint"));
	if (cli->details)
		print_assoc_details(cli, assoc);
	print_counters(cli, assoc);
	putchar('\n');
}

static void print_end(const struct hip_cli *cli, const json_t *path,
		      const char *hit, const char *name)
{
	hip_cli_print_text(cli, HIP_CLI_ADDRESS, 0, hip_cli_text(path, hit));
	printf(" (");
	hip_cli_print_text(cli, HIP_CLI_NAME, 0, hip_cli_text(path, name));
	putchar(')');
}

static enum hip_cli_color path_color(const char *state)
{
	if (!strcmp(state, "up"))
		return HIP_CLI_GOOD;
	return strcmp(state, "unusable") ? HIP_CLI_BUSY : HIP_CLI_BAD;
}

void hip_cli_print_path(const struct hip_cli *cli, const json_t *path)
{
	const char *state = hip_cli_text(path, "state");

	printf("path %lld: ", hip_cli_number(path, "id"));
	print_end(cli, path, "local_hit", "local_name");
	printf(" > ");
	print_end(cli, path, "peer_hit", "peer_name");
	printf("  ");
	hip_cli_print_text(cli, path_color(state), 0, state);
	hip_cli_next_line(cli);
	printf("%s > %s  spi in 0x%08llx out 0x%08llx  %s  if_id %lld",
	       hip_cli_text(path, "local"), hip_cli_text(path, "peer"),
	       hip_cli_number(path, "spi_in"),
	       hip_cli_number(path, "spi_out"),
	       hip_cli_text(path, "esp_suite"), hip_cli_number(path, "if_id"));
	print_counters(cli, path);
	putchar('\n');
}
