// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Id: the host's identities. Making a key may take seconds (RSA):
 * that is ctl_keygen.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl_call.h"
#include "ctl_keygen.h"
#include "names.h"

json_t *hip_ctl_identity_json(const struct hip_identity *id)
{
	return json_pack("{s:s,s:o,s:s,s:i,s:b}", "name", id->name, "hit",
			 hip_ctl_addr(&id->hit), "type",
			 hip_names_hi_alg(hip_key_alg(id->key)) ?: "?",
			 "bits", (int)hip_key_bits(id->key), "default",
			 id->is_default);
}

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
	struct hip_ctl_keyspec spec;
	char err[256];
	int bits = 0;

	if (!hip_ctl_params(call, "{s?s,s?s,s?i}", "name", &name, "type",
			    &type, "bits", &bits))
		return;
	if (hip_ctl_keyspec(&call->host->identities, name, type, bits, &spec,
			    err, sizeof(err)))
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

/* ---- export ---- */

static void base64(char *out, const uint8_t *in, size_t len)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; len; in += 3, len -= len < 3 ? len : 3) {
		uint32_t v = (uint32_t)in[0] << 16 |
			     (len > 1 ? (uint32_t)in[1] << 8 : 0) |
			     (len > 2 ? in[2] : 0);

		*out++ = digit[v >> 18];
		*out++ = digit[v >> 12 & 63];
		*out++ = len > 1 ? digit[v >> 6 & 63] : '=';
		*out++ = len > 2 ? digit[v & 63] : '=';
	}
	*out = '\0';
}

/* RFC 8005 section 6. An ECDSA key stands there as X | Y (RFC 6605), in the
 * HI behind the curve and the octet of the point's form.
 */
static json_t *dns_record(const struct hip_identity *id)
{
	char key[4 * (HIP_HI_MAX + 2) / 3 + 1], hit[33];
	unsigned int alg = hip_key_alg(id->key);
	const uint8_t *hi;
	size_t len, skip;

	hi = hip_key_hi(id->key, &len);
	skip = alg == HIP_HI_ECDSA ? 3 : 0;
	base64(key, hi + skip, len - skip);
	for (size_t i = 0; i < 16; i++)
		snprintf(hit + 2 * i, 3, "%02X", id->hit.s6_addr[i]);
	return json_sprintf("%s IN HIP ( %d %s %s )", id->name,
			    alg == HIP_HI_ECDSA ? 3 : 2, hit, key);
}

static json_t *hosts_line(const struct hip_identity *id,
			  const struct hip_locator *locators, size_t n)
{
	char line[HIP_ADDRSTRLEN * (HIP_PEER_LOCATORS + 1) + HIP_NAME_MAX + 2];
	char buf[HIP_ADDRSTRLEN];
	int len;

	len = snprintf(line, sizeof(line), "%s %s",
		       hip_addr_str(&id->hit, buf), id->name);
	for (size_t i = 0; i < n && i < HIP_PEER_LOCATORS; i++)
		len += snprintf(line + len, sizeof(line) - (size_t)len, " %s",
				hip_addr_str(&locators[i].addr, buf));
	return json_string(line);
}

json_t *hip_ctl_export_json(const struct hip_identity *id,
			    const struct hip_locator *locators, size_t n)
{
	char hi[4 * (HIP_HI_MAX + 2) / 3 + 1];
	json_t *o = hip_ctl_identity_json(id);
	const uint8_t *octets;
	size_t len;

	if (!o)
		return NULL;
	octets = hip_key_hi(id->key, &len);
	base64(hi, octets, len);
	json_object_set_new(o, "hi", json_string(hi));
	json_object_set_new(o, "dns", dns_record(id));
	json_object_set_new(o, "hosts", hosts_line(id, locators, n));
	return o;
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
			hip_ctl_export_json(id, host->locators,
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
