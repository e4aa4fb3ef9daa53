// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Id: the host's identities. Making a key may take seconds (RSA):
 * that is ctl_keygen.c's.
 */
#include "ctl_call.h"
#include "ctl_identity.h"

static json_t *show(struct hip_ctl_call *call, const struct hip_ctl_key *key)
{
	const struct hip_identity *id =
		hip_identity_by_hit(&call->host->identities, &key->local);

	return id ? hip_ctl_identity_json(id) : NULL;
}

static void id_list(struct hip_ctl_call *call)
{
	const struct hip_identity *only = NULL, *id;
	struct hip_ctl_key key = { .id = 0 };
	struct hip_ctl_list *list;
	const char *text = NULL;

	if (!hip_ctl_params(call, "{s?s}", "id", &text))
		return;
	if (text) {
		only = hip_ctl_identity(call, text);
		if (!only)
			return;
	}
	list = hip_ctl_list_create(call, "ids", show);
	if (!list)
		return;
	for (id = call->host->identities.first; id; id = id->next) {
		key.local = id->hit;
		if (!only || id == only)
			hip_ctl_list_add(list, &key);
	}
	hip_ctl_list_send(list);
}

static void id_add(struct hip_ctl_call *call)
{
	const char *name = NULL, *type = "ecdsa";
	struct hip_identity_spec spec;
	char err[256];
	int bits = 0, anonymous = 0;

	if (!hip_ctl_params(call, "{s?s,s?s,s?i,s?b}", "name", &name, "type",
			    &type, "bits", &bits, "anonymous", &anonymous))
		return;
	spec.anonymous = anonymous;
	if (hip_ctl_identity_spec(&call->host->identities, name, type, bits,
				  &spec, err, sizeof(err)))
		hip_ctl_error(call, HIP_CTL_INVALID, "%s", err);
	else
		hip_ctl_keygen_start(call, &spec);
}

static void id_delete(struct hip_ctl_call *call)
{
	struct hip_identity *id;
	const char *text;
	char err[256];

	if (!hip_ctl_params(call, "{s:s}", "id", &text))
		return;
	id = hip_ctl_identity(call, text);
	if (!id)
		return;
	/* Associations hold a pointer to the identity. */
	hip_host_identity_removed(call->host, id);
	if (hip_identity_delete(&call->host->identities, id, err,
				sizeof(err))) {
		hip_host_identity_added(call->host, id);
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", err);
		return;
	}
	id = hip_identity_default(&call->host->identities);
	if (id)
		call->host->kif->ops->hit_add(call->host->kif, &id->hit, true);
	hip_ctl_reply(call, json_object());
}

static void id_set_default(struct hip_ctl_call *call)
{
	struct hip_host *host = call->host;
	struct hip_identity *id, *old;
	const char *text;
	char err[256];

	if (!hip_ctl_params(call, "{s:s}", "id", &text))
		return;
	id = hip_ctl_identity(call, text);
	if (!id)
		return;
	old = hip_identity_default(&host->identities);
	if (hip_identity_set_default(&host->identities, id, err,
				     sizeof(err))) {
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", err);
		return;
	}
	if (old != id) {
		host->kif->ops->hit_add(host->kif, &old->hit, false);
		host->kif->ops->hit_add(host->kif, &id->hit, true);
	}
	hip_ctl_reply(call, json_object());
}

static void id_export(struct hip_ctl_call *call)
{
	const struct hip_host *host = call->host;
	const struct hip_identity *id;
	const char *text = NULL;

	if (!hip_ctl_params(call, "{s?s}", "id", &text))
		return;
	if (text) {
		id = hip_ctl_identity(call, text);
		if (!id)
			return;
	} else {
		id = hip_identity_default(&host->identities);
	}
	if (id)
		hip_ctl_reply(call, json_pack("{s:o}", "id",
			hip_ctl_identity_export(id, host->locators,
						host->n_locators)));
	else
		hip_ctl_error(call, HIP_CTL_NOT_FOUND,
			      "there is no identity: hip id add");
}

const struct hip_ctl_method hip_ctl_id_methods[] = {
	{ "io.hip.Id.List", false, id_list },
	{ "io.hip.Id.Add", true, id_add },
	{ "io.hip.Id.Delete", true, id_delete },
	{ "io.hip.Id.SetDefault", true, id_set_default },
	{ "io.hip.Id.Export", false, id_export },
	{ NULL, false, NULL },
};
