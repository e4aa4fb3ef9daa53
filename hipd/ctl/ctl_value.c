// SPDX-License-Identifier: GPL-2.0
/*
 * Parameters and values of the control socket that several methods share.
 */
#include <stdarg.h>
#include <string.h>

#include "ctl_call.h"
#include "icmp.h"
#include "names.h"
#include "opportunistic.h"

bool hip_ctl_params(struct hip_ctl_call *call, const char *fmt, ...)
{
	json_error_t error;
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = json_vunpack_ex(call->params, &error, JSON_STRICT, fmt, ap);
	va_end(ap);
	if (ret)
		hip_ctl_error(call, HIP_CTL_INVALID, "parameters: %s",
			      error.text);
	return !ret;
}

bool hip_ctl_hit(struct hip_ctl_call *call, const char *text,
		 struct in6_addr *hit)
{
	const struct hip_identity *id;
	const struct hip_peer *peer;

	if (!hip_addr_parse(hit, text)) {
		if (hip_addr_is_hit(hit))
			return true;
		hip_ctl_error(call, HIP_CTL_INVALID,
			      "found '%.64s', expected a HIT (2001:20::/28) "
			      "or a name", text);
		return false;
	}
	peer = hip_peer_by_name(&call->host->peers, text);
	id = hip_identity_by_name(&call->host->identities, text);
	if (peer) {
		*hit = peer->hit;
	} else if (id) {
		*hit = id->hit;
	} else {
		hip_ctl_error(call, HIP_CTL_NOT_FOUND,
			      "no peer and no identity is called '%.64s'",
			      text);
		return false;
	}
	return true;
}

struct hip_identity *hip_ctl_identity(struct hip_ctl_call *call,
				      const char *text)
{
	const struct hip_identities *ids = &call->host->identities;
	struct hip_identity *id;
	struct in6_addr hit;

	id = hip_addr_parse(&hit, text) ? hip_identity_by_name(ids, text) :
					  hip_identity_by_hit(ids, &hit);
	if (!id)
		hip_ctl_error(call, HIP_CTL_NOT_FOUND,
			      "no identity is called '%.64s'", text);
	return id;
}

json_t *hip_ctl_addr(const struct in6_addr *a)
{
	char buf[HIP_ADDRSTRLEN];

	return json_string(hip_addr_str(a, buf));
}

json_t *hip_ctl_seconds(uint64_t ns)
{
	return json_real((double)(ns / 1000000) / 1000);
}

void hip_ctl_set_name(const struct hip_host *host, json_t *to,
		      const char *key, const struct in6_addr *hit)
{
	const struct hip_peer *peer = hip_peer_by_hit(&host->peers, hit);
	const struct hip_identity *id =
		hip_identity_by_hit(&host->identities, hit);

	if (id)
		json_object_set_new(to, key, json_string(id->name));
	else if (peer && peer->n_names)
		json_object_set_new(to, key, json_string(peer->name[0]->text));
}

static void set_counters(json_t *to, const struct hip_path_stats *st)
{
	json_t *counters =
		json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}",
			  "rx_packets", (json_int_t)st->rx_packets,
			  "rx_bytes", (json_int_t)st->rx_bytes,
			  "tx_packets", (json_int_t)st->tx_packets,
			  "tx_bytes", (json_int_t)st->tx_bytes,
			  "last_rx", (json_int_t)st->last_rx,
			  "last_tx", (json_int_t)st->last_tx);

	if (counters)
		json_object_update(to, counters);
	json_decref(counters);
}

void hip_ctl_path_counters(struct hip_host *host, json_t *to,
			   const struct hip_path *path)
{
	struct hip_path_stats st = { 0 };

	/* SAs that are not in place yet have counted nothing. */
	if (host->kif->ops->path_stats(host->kif, path, &st))
		memset(&st, 0, sizeof(st));
	set_counters(to, &st);
}

static void assoc_counters(struct hip_host *host, json_t *to,
			   const struct hip_assoc *a)
{
	struct hip_path_stats st = { 0 };

	if (host->kif->ops->assoc_stats(host->kif, &a->pair.local,
					&a->pair.peer, &st))
		memset(&st, 0, sizeof(st));
	set_counters(to, &st);
}

json_t *hip_ctl_assoc_json(struct hip_host *host,
			   const struct hip_assoc *a, bool counters)
{
	bool initiator = a->initiator || a->state == HIP_I1_SENT ||
			 a->state == HIP_I2_SENT;
	uint64_t age = hip_host_now(host) - a->since;
	char domain[HIP_DOMAIN_TEXT];
	json_t *o = json_pack("{s:o,s:s,s:s,s:o}",
			      "local_hit", hip_ctl_addr(&a->pair.local),
			      "state", hip_state_name(a->state),
			      "role", initiator ? "initiator" : "responder",
			      "since", hip_ctl_seconds(age));

	if (!o)
		return NULL;
	hip_ctl_set_name(host, o, "local_name", &a->pair.local);
	hip_ctl_set_name(host, o, "peer_name", &a->pair.peer);
	if (!hip_opportunistic_pending(a))
		json_object_set_new(o, "peer_hit",
				    hip_ctl_addr(&a->pair.peer));
	if (hip_icmp_hint(a->hint))
		json_object_set_new(o, "hint",
				    json_string(hip_icmp_hint(a->hint)));
	if (!hip_addr_is_zero(&a->asked))
		json_object_set_new(o, "asked", hip_ctl_addr(&a->asked));
	if (!hip_addr_is_zero(&a->local))
		json_object_set_new(o, "local", hip_ctl_addr(&a->local));
	if (!hip_addr_is_zero(&a->peer))
		json_object_set_new(o, "peer", hip_ctl_addr(&a->peer));
	if (hip_names_dh_group(a->dh_group))
		json_object_set_new(o, "dh_group",
			json_string(hip_names_dh_group(a->dh_group)));
	if (hip_names_cipher(a->cipher))
		json_object_set_new(o, "cipher",
			json_string(hip_names_cipher(a->cipher)));
	if (a->peer_key)
		json_object_set_new(o, "peer_anonymous",
				    json_boolean(a->peer_anonymous));
	if (a->peer_host_id &&
	    hip_domain_of(a->peer_host_id, a->peer_host_id_len, domain))
		json_object_set_new(o, "peer_domain", json_string(domain));
	if (a->bex_time)
		json_object_set_new(o, "bex_us",
			json_integer((json_int_t)(a->bex_time / 1000)));
	if (!a->path)
		return o;
	json_object_set_new(o, "path", json_integer(a->path->id));
	json_object_set_new(o, "rekeys", json_integer(a->n_rekeys));
	if (counters)
		assoc_counters(host, o, a);
	return o;
}
