// SPDX-License-Identifier: GPL-2.0
/*
 * `hip config`: the files as hipd would read them. hipd is not asked.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "acl.h"
#include "cli.h"
#include "identity.h"
#include "leap.h"
#include "peer.h"

#define ERR_LEN 1024

static const char *file_of(const struct hip_cli *cli, const json_t *params)
{
	const char *file = json_string_value(json_object_get(params, "file"));

	return file ?: cli->config_file ?: HIP_CONFIG_FILE;
}

/* Only the usual file may be absent. */
static int load(struct hip_cli *cli, const json_t *params, char *err)
{
	const char *file = file_of(cli, params);

	hip_config_default(&cli->config);
	return hip_config_load(&cli->config, file,
			       !strcmp(file, HIP_CONFIG_FILE), err, ERR_LEN);
}

/* Root may read what hipd's own user, whose the keys are, may not. A file that
 * is named may be a draft: it need not be readable to that user yet.
 */
static int load_as_hipd(struct hip_cli *cli, const json_t *params, char *err)
{
	int ret = load(cli, params, err);

	if (!ret && hip_cli_become_owner(cli->config.keys))
		ret = -EPERM;
	if (!ret && !json_object_get(params, "file"))
		ret = load(cli, params, err);
	return ret;
}

static int check_keys(const char *dir, char *err)
{
	struct hip_identities ids;
	int ret;

	memset(&ids, 0, sizeof(ids));
	ret = hip_identities_load(&ids, dir, err, ERR_LEN);
	hip_identities_exit(&ids);
	return ret;
}

/* The rules may name peers. */
static int check_hosts(const struct hip_config *c, char *err)
{
	struct hip_peers peers = { 0 };
	struct hip_acl acl = { 0 };
	int ret = hip_peers_load(&peers, c->hosts, err, ERR_LEN);

	if (!ret)
		ret = hip_acl_load(&acl, c->access, &peers, err, ERR_LEN);
	hip_acl_exit(&acl);
	hip_peers_exit(&peers);
	return ret;
}

static int check_learned(const char *file, char *err)
{
	struct hip_leaps leaps = { 0 };
	int ret = hip_leaps_load(&leaps, file, err, ERR_LEN);

	hip_leaps_exit(&leaps);
	return ret;
}

int hip_cli_config_check(struct hip_cli *cli, const json_t *params,
			 json_t **result)
{
	const struct hip_config *c = &cli->config;
	bool keys_seen = true;
	char err[ERR_LEN] = "";
	int ret;

	ret = load_as_hipd(cli, params, err);
	if (!ret)
		ret = check_hosts(c, err);
	/* These are for root and the user of hipd. */
	if (!ret && access(c->keys, R_OK | X_OK) && errno == EACCES)
		keys_seen = false;
	else if (!ret)
		ret = check_keys(c->keys, err);
	if (!ret && keys_seen)
		ret = check_learned(c->learned, err);
	*result = json_pack("{s:s,s:b,s:b}", "file", file_of(cli, params),
			    "ok", !ret, "keys_checked", !ret && keys_seen);
	if (!ret)
		return 0;
	json_object_set_new(*result, "message", json_string(err));
	if (*err)
		fprintf(stderr, "%s\n", err);
	return HIP_CLI_FAILED;
}

void hip_cli_print_check(const struct hip_cli *cli, const json_t *check)
{
	if (!json_is_true(json_object_get(check, "ok")))
		return;
	hip_cli_print_text(cli, HIP_CLI_NAME, 0, hip_cli_text(check, "file"));
	printf(": ");
	hip_cli_print_text(cli, HIP_CLI_GOOD, 0, "ok");
	if (!json_is_true(json_object_get(check, "keys_checked")))
		printf(", but the keys can only be checked by root and the "
		       "user of hipd");
	putchar('\n');
}

static json_t *key_json(const struct hip_config *c,
			const struct hip_config_key *key)
{
	char value[HIP_CONFIG_TEXT], expected[HIP_CONFIG_TEXT];

	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:b}",
			 "section", key->section, "name", key->name,
			 "value", hip_config_text(c, key, value),
			 "default", key->value, "help", key->help,
			 "expected", hip_config_expected(key, expected),
			 "restart", key->restart);
}

int hip_cli_config_show(struct hip_cli *cli, const json_t *params,
			json_t **result)
{
	const char *name = json_string_value(json_object_get(params, "key"));
	const struct hip_config_key *key;
	json_t *keys = json_array();
	char err[ERR_LEN] = "";
	int ret;

	ret = load(cli, params, err);
	for (size_t i = 0; !ret && (key = hip_config_key(i)); i++)
		if (!name || !strcmp(name, key->name))
			json_array_append_new(keys, key_json(&cli->config,
							     key));
	if (!ret && !json_array_size(keys)) {
		snprintf(err, sizeof(err), "there is no key '%s': hip config "
			 "show lists them all", name);
		ret = -ENOENT;
	}
	if (!ret) {
		*result = json_pack("{s:o}", "keys", keys);
		return 0;
	}
	json_decref(keys);
	fprintf(stderr, "%s\n", err);
	return HIP_CLI_FAILED;
}

void hip_cli_print_key(const struct hip_cli *cli, const json_t *key)
{
	const char *value = hip_cli_text(key, "value");
	bool usual = !strcmp(value, hip_cli_text(key, "default"));

	printf("%-8s  %-22s  ", hip_cli_text(key, "section"),
	       hip_cli_text(key, "name"));
	hip_cli_print_text(cli, usual ? HIP_CLI_PLAIN : HIP_CLI_NAME, 0,
			   *value ? value : "-");
	if (cli->details) {
		hip_cli_next_line(cli);
		printf("%s", hip_cli_text(key, "help"));
		hip_cli_next_line(cli);
		printf("Expected: %s. Default: %s.%s",
		       hip_cli_text(key, "expected"),
		       *hip_cli_text(key, "default") ?
			       hip_cli_text(key, "default") : "nothing",
		       json_is_true(json_object_get(key, "restart")) ?
			       " A change waits for a restart." : "");
	}
	putchar('\n');
}
