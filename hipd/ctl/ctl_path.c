// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Path: the SA pairs of the associations.
 */
#include "ctl_call.h"

/* As the kernel says at this moment; nothing when it does not know. */
static void set_state(struct hip_kif *kif, json_t *to,
		      const struct hip_path *path)
{
	static const char *const name[] = {
		[HIP_KIF_PATH_SPARE] = "spare",
		[HIP_KIF_PATH_UP] = "up",
		[HIP_KIF_PATH_UNUSABLE] = "unusable",
	};
	int state = kif->ops->path_state(kif, path);

	if (state >= 0)
		json_object_set_new(to, "state", json_string(name[state]));
}

static json_t *show(struct hip_ctl_call *call, const struct hip_ctl_key *key)
{
	const struct hip_assoc *assoc = hip_assoc_find(&call->host->assocs,
						       &key->local,
						       &key->peer);
	const struct hip_path *path = assoc ? assoc->path : NULL;
	json_t *o;

	if (!path || path->id != key->id)
		return NULL;
	o = json_pack("{s:I,s:I,s:o,s:o,s:o,s:o,s:I,s:I}",
		      "id", (json_int_t)path->id,
		      "if_id", (json_int_t)path->if_id,
		      "local_hit", hip_ctl_addr(&key->local),
		      "peer_hit", hip_ctl_addr(&key->peer),
		      "local", hip_ctl_addr(&path->local),
		      "peer", hip_ctl_addr(&path->peer),
		      "spi_in", (json_int_t)path->spi_in,
		      "spi_out", (json_int_t)path->spi_out);
	if (!o)
		return NULL;
	hip_ctl_set_name(call->host, o, "local_name", &key->local);
	hip_ctl_set_name(call->host, o, "peer_name", &key->peer);
	if (path->alg)
		json_object_set_new(o, "esp_suite",
				    json_string(path->alg->name));
	set_state(call->host->kif, o, path);
	if (hip_ctl_list_counters(call))
		hip_ctl_path_counters(call->host, o, path);
	return o;
}

static void path_list(struct hip_ctl_call *call)
{
	hip_ctl_list_assocs(call, "paths", true, show);
}

const struct hip_ctl_method hip_ctl_path_methods[] = {
	{ "io.hip.Path.List", false, path_list },
	{ NULL, false, NULL },
};
