// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Access: the access rules, and what they say of a peer.
 */
#include <string.h>

#include "access.h"
#include "ctl_call.h"

#define TEXT (HIP_CONFIG_PATH + HIP_ACL_TEXT + 16)

void hip_ctl_set_access(const struct hip_host *host, json_t *to,
			const struct in6_addr *hit,
			const struct in6_addr *from, bool anonymous)
{
	struct hip_access_verdict v = hip_access_judge(host, hit, from,
						       anonymous);
	char buf[TEXT];

	json_object_set_new(to, "access",
			    json_string(v.allow ? "allow" : "deny"));
	json_object_set_new(to, "rule",
			    json_string(hip_access_text(host, &v, buf,
							sizeof(buf))));
}

static json_t *rule_json(const struct hip_host *host,
			 const struct hip_acl_rule *rule)
{
	const struct hip_access_verdict none = {
		.allow = host->config.access_default == HIP_ACCESS_ALLOW,
	};
	uint64_t hits = rule ? rule->hits : host->acl.hits;
	char buf[TEXT];

	return json_pack("{s:s,s:i,s:s,s:I}", "file", host->config.access,
			 "line", rule ? (int)rule->line : 0,
			 "rule", rule ? rule->text :
					hip_access_text(host, &none, buf,
							sizeof(buf)),
			 "hits", (json_int_t)hits);
}

static json_t *show(struct hip_ctl_call *call, const struct hip_ctl_key *key)
{
	const struct hip_acl *acl = &call->host->acl;

	/* SIGHUP may have made them fewer meanwhile */
	if (key->id > acl->n)
		return NULL;
	return rule_json(call->host,
			 key->id < acl->n ? &acl->rule[key->id] : NULL);
}

static void access_list(struct hip_ctl_call *call)
{
	struct hip_ctl_key key = { .id = 0 };
	struct hip_ctl_list *list;

	if (!hip_ctl_params(call, "{}"))
		return;
	list = hip_ctl_list_create(call, "rules", show);
	if (!list)
		return;
	for (; key.id <= call->host->acl.n; key.id++)
		hip_ctl_list_add(list, &key);
	hip_ctl_list_send(list);
}

static void access_check(struct hip_ctl_call *call)
{
	const char *text, *from_text = NULL;
	struct in6_addr hit, from;
	int anonymous = 0;
	json_t *o;

	if (!hip_ctl_params(call, "{s:s,s?s,s?b}", "peer", &text, "from",
			    &from_text, "anonymous", &anonymous) ||
	    !hip_ctl_hit(call, text, &hit))
		return;
	if (from_text && (hip_addr_parse(&from, from_text) ||
			  !hip_peer_locator_valid(&from))) {
		hip_ctl_error(call, HIP_CTL_INVALID,
			      "found '%.64s', expected a locator: a unicast "
			      "address that is no HIT", from_text);
		return;
	}
	o = json_pack("{s:o}", "hit", hip_ctl_addr(&hit));
	hip_ctl_set_name(call->host, o, "name", &hit);
	hip_ctl_set_access(call->host, o, &hit, from_text ? &from : NULL,
			   anonymous);
	hip_ctl_reply(call, json_pack("{s:o}", "verdict", o));
}

const struct hip_ctl_method hip_ctl_access_methods[] = {
	{ "io.hip.Access.List", false, access_list },
	{ "io.hip.Access.Check", false, access_check },
	{ NULL, false, NULL },
};
