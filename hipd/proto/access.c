// SPDX-License-Identifier: GPL-2.0
/*
 * Asks the access rules about a packet or for a user (RFC 7401 sections 4.1.5,
 * 6.7 and 6.9). Owns no state: the rules and their counters are the host's.
 */
#include <stdio.h>

#include "access.h"
#include "close.h"
#include "icmp.h"
#include "log.h"

#define TEXT_MAX 512

/* A leap of faith makes nobody known. */
static bool known(const struct hip_host *host, const struct in6_addr *hit)
{
	const struct hip_peer *peer = hip_peer_by_hit(&host->peers, hit);

	return peer && peer->source != HIP_PEER_LEARNED;
}

static struct hip_access_verdict judge(const struct hip_host *host,
				       const struct hip_acl_query *q)
{
	struct hip_acl_rule *rule = hip_acl_find(&host->acl, q);

	return (struct hip_access_verdict){
		.allow = rule ? rule->allow : host->config.access_default ==
						      HIP_ACCESS_ALLOW,
		.rule = rule,
	};
}

struct hip_access_verdict hip_access_judge(const struct hip_host *host,
					   const struct in6_addr *hit,
					   const struct in6_addr *from,
					   bool anonymous)
{
	const struct hip_acl_query q = {
		.hit = hit,
		.from = from,
		.known = known(host, hit),
		.anonymous = anonymous ? HIP_ACL_ANONYMOUS : HIP_ACL_NAMED,
	};

	return judge(host, &q);
}

const char *hip_access_text(const struct hip_host *host,
			    const struct hip_access_verdict *v, char *buf,
			    size_t len)
{
	if (v->rule)
		snprintf(buf, len, "%s:%u: %s", host->config.access,
			 v->rule->line, v->rule->text);
	else
		snprintf(buf, len, "access-default = %s",
			 v->allow ? "allow" : "deny");
	return buf;
}

int hip_access_check(struct hip_host *host, const struct hip_msg *msg)
{
	const struct hip_packet *p = msg->p;
	struct hip_acl_query q = {
		.hit = &p->sender,
		.from = &msg->src,
		.known = known(host, &p->sender),
		.anonymous = HIP_ACL_NAMED,
	};
	struct hip_access_verdict v;

	if (p->type == HIP_I1)
		q.anonymous = HIP_ACL_UNTOLD;
	else if (p->controls & HIP_CONTROL_ANON)
		q.anonymous = HIP_ACL_ANONYMOUS;
	v = judge(host, &q);
	if (v.rule && v.rule->anonymous && q.anonymous == HIP_ACL_UNTOLD)
		return 0;
	if (v.rule)
		v.rule->hits++;
	else
		host->acl.hits++;
	if (v.allow)
		return 0;
	if (host->config.access_refusal == HIP_REFUSAL_ICMP)
		hip_icmp_prohibited(host, msg);
	return HIP_STAT_DROP_POLICY;
}

static void enforce(struct hip_assoc *assoc)
{
	char peer[HIP_ADDRSTRLEN], text[TEXT_MAX];
	struct hip_host *host = assoc->host;
	struct hip_access_verdict v;

	v = hip_access_judge(host, &assoc->pair.peer, &assoc->peer,
			     assoc->peer_anonymous);
	if (v.allow)
		return;
	host->stats.v[HIP_STAT_ACCESS_CLOSED]++;
	hip_log_limited(BEX, NOTICE, "%s is not allowed any more: closed (%s)",
			hip_addr_str(&assoc->pair.peer, peer),
			hip_access_text(host, &v, text, sizeof(text)));
	hip_close_start(host, assoc, NULL);
}

void hip_access_enforce(struct hip_host *host)
{
	struct hip_assoc *assoc, *tmp;

	HASH_ITER(hh, host->assocs.by_pair, assoc, tmp)
		if (!assoc->initiator && (assoc->state == HIP_R2_SENT ||
					  assoc->state == HIP_ESTABLISHED))
			enforce(assoc);
}
