// SPDX-License-Identifier: GPL-2.0
/*
 * `hip id` while hipd does not run: on the directory of keys itself. Answers
 * look like the daemon's.
 */
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "addr.h"
#include "cli.h"
#include "ctl_identity.h"

/* hipd may run as a user of its own: what root makes here must be readable to
 * it. For good; nothing else is done afterwards.
 */
int hip_cli_become_owner(const char *dir)
{
	struct stat st;

	if (geteuid() || stat(dir, &st) || !st.st_uid)
		return 0;
	if (!setgroups(0, NULL) && !setgid(st.st_gid) && !setuid(st.st_uid))
		return 0;
	fprintf(stderr, "%s: cannot act as its owner: %s\n", dir,
		strerror(errno));
	return -EPERM;
}

static int open_keys(struct hip_cli *cli, struct hip_identities *ids)
{
	char err[512];

	memset(ids, 0, sizeof(*ids));
	if (hip_cli_become_owner(cli->config.keys))
		return HIP_CLI_FAILED;
	/* What may not be read is the daemon's business to tell. */
	if (access(cli->config.keys, R_OK) && errno == EACCES) {
		hip_cli_say_not_running(cli);
		return HIP_CLI_NO_DAEMON;
	}
	if (!hip_identities_load(ids, cli->config.keys, err, sizeof(err)))
		return 0;
	fprintf(stderr, "%s\n", err);
	return HIP_CLI_FAILED;
}

static struct hip_identity *find(const struct hip_identities *ids,
				 const char *text)
{
	struct hip_identity *id;
	struct in6_addr hit;

	id = hip_addr_parse(&hit, text) ? hip_identity_by_name(ids, text) :
					  hip_identity_by_hit(ids, &hit);
	if (!id)
		fprintf(stderr, "no identity is called '%s' in %s\n", text,
			ids->dir);
	return id;
}

static const char *text_of(const json_t *params, const char *key)
{
	return json_string_value(json_object_get(params, key));
}

static void note(const struct hip_cli *cli, const char *what)
{
	fprintf(stderr, "hipd is not running: %s %s\n", what,
		cli->config.keys);
}

int hip_cli_local_id_list(struct hip_cli *cli, const json_t *params,
			  json_t **result)
{
	const char *text = text_of(params, "id");
	const struct hip_identity *only = NULL;
	json_t *list = json_array();
	struct hip_identities ids;
	int ret;

	ret = open_keys(cli, &ids);
	if (!ret && text) {
		only = find(&ids, text);
		ret = only ? 0 : HIP_CLI_FAILED;
	}
	for (struct hip_identity *id = ids.first; id && !ret; id = id->next)
		if (!only || id == only)
			json_array_append_new(list,
					      hip_ctl_identity_json(id));
	if (!ret) {
		note(cli, "these are the keys in");
		*result = json_pack("{s:O}", "ids", list);
	}
	json_decref(list);
	hip_identities_exit(&ids);
	return ret;
}

int hip_cli_local_id_add(struct hip_cli *cli, const json_t *params,
			 json_t **result)
{
	struct hip_identity_spec spec;
	struct hip_identities ids;
	struct hip_identity *id;
	char err[512];
	int ret;

	ret = open_keys(cli, &ids);
	if (ret)
		return ret;
	ret = hip_ctl_identity_spec(&ids, text_of(params, "name"),
				    text_of(params, "type") ?: "ecdsa",
				    (int)hip_cli_number(params, "bits"), &spec,
				    err, sizeof(err));
	spec.anonymous = json_is_true(json_object_get(params, "anonymous"));
	if (!ret)
		ret = hip_identity_create(&ids, spec.name, spec.alg, spec.bits,
					  spec.anonymous, &id, err,
					  sizeof(err));
	if (ret) {
		fprintf(stderr, "%s\n", err);
		ret = HIP_CLI_FAILED;
	} else {
		*result = json_pack("{s:o}", "id", hip_ctl_identity_json(id));
		note(cli, "made the key in");
	}
	hip_identities_exit(&ids);
	return ret;
}

/* What delete and default share. */
static int change(struct hip_cli *cli, const json_t *params, const char *said,
		  int (*act)(struct hip_identities *ids,
			     struct hip_identity *id, char *err,
			     size_t err_len),
		  json_t **result)
{
	struct hip_identities ids;
	struct hip_identity *id;
	char err[512];
	int ret;

	ret = open_keys(cli, &ids);
	if (ret)
		return ret;
	ret = HIP_CLI_FAILED;
	id = find(&ids, text_of(params, "id"));
	if (id && act(&ids, id, err, sizeof(err)))
		fprintf(stderr, "%s\n", err);
	else if (id)
		ret = 0;
	if (!ret) {
		note(cli, said);
		*result = json_object();
	}
	hip_identities_exit(&ids);
	return ret;
}

int hip_cli_local_id_delete(struct hip_cli *cli, const json_t *params,
			    json_t **result)
{
	return change(cli, params, "removed the key from", hip_identity_delete,
		      result);
}

int hip_cli_local_id_default(struct hip_cli *cli, const json_t *params,
			     json_t **result)
{
	return change(cli, params, "chose the default in",
		      hip_identity_set_default, result);
}

int hip_cli_local_id_export(struct hip_cli *cli, const json_t *params,
			    json_t **result)
{
	const char *text = text_of(params, "id");
	const struct hip_identity *id;
	struct hip_identities ids;
	int ret;

	ret = open_keys(cli, &ids);
	if (ret)
		return ret;
	id = text ? find(&ids, text) : hip_identity_default(&ids);
	if (!id && !text)
		fprintf(stderr, "there is no identity: hip id add\n");
	if (id)
		*result = json_pack("{s:o}", "id",
				    hip_ctl_identity_export(id, NULL, 0));
	hip_identities_exit(&ids);
	return id ? 0 : HIP_CLI_FAILED;
}
