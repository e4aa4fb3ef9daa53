// SPDX-License-Identifier: GPL-2.0
/*
 * NOTIFY packets, both ways (RFC 7401 sections 5.2.19, 5.3.6, 6.13; types also
 * of RFC 7402 section 5.1.3, 8046, 8002, 8003, 5770). One costs a signature or
 * its verification, and a replay looks as good as the first: both ways are
 * limited for each address.
 *
 * Not sent are the types about an R1 (NO_DH_PROPOSAL_CHOSEN,
 * NO_HIP_PROPOSAL_CHOSEN, NO_ESP_PROPOSAL_CHOSEN, UNSUPPORTED_HIT_SUITE): its
 * sender keeps no state to check them with (table 2 of section 4.4.3); and
 * BLOCKED_BY_POLICY: section 4.1.5 has ICMP for it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "job.h"
#include "log.h"
#include "notify.h"
#include "ratelimit.h"
#include "send.h"
#include "verify.h"

#define STATUS 16384		/* from here on no errors */
#define DATA_MAX 512
#define EVENT_MAX 80

static const struct {
	unsigned int type;
	const char *name;
} names[] = {
	{ 1, "UNSUPPORTED_CRITICAL_PARAMETER_TYPE" },
	{ 7, "INVALID_SYNTAX" },
	{ 14, "NO_DH_PROPOSAL_CHOSEN" },
	{ 15, "INVALID_DH_CHOSEN" },
	{ 16, "NO_HIP_PROPOSAL_CHOSEN" },
	{ 17, "INVALID_HIP_CIPHER_CHOSEN" },
	{ 18, "NO_ESP_PROPOSAL_CHOSEN" },
	{ 19, "INVALID_ESP_TRANSFORM_CHOSEN" },
	{ 20, "UNSUPPORTED_HIT_SUITE" },
	{ 24, "AUTHENTICATION_FAILED" },
	{ 26, "CHECKSUM_FAILED" },
	{ 28, "HIP_MAC_FAILED" },
	{ 32, "ENCRYPTION_FAILED" },
	{ 40, "INVALID_HIT" },
	{ 42, "BLOCKED_BY_POLICY" },
	{ 44, "RESPONDER_BUSY_PLEASE_RETRY" },
	{ 46, "LOCATOR_TYPE_UNSUPPORTED" },
	{ 48, "CREDENTIALS_REQUIRED" },
	{ 50, "INVALID_CERTIFICATE" },
	{ 51, "REG_REQUIRED" },
	{ 60, "NO_VALID_NAT_TRAVERSAL_MODE_PARAMETER" },
	{ 61, "CONNECTIVITY_CHECKS_FAILED" },
	{ 62, "MESSAGE_NOT_RELAYED" },
	{ 16384, "I2_ACKNOWLEDGEMENT" },
	{ 16385, "NAT_KEEPALIVE" },
};

/* Only of packets whose sender has solved our puzzle or has an association:
 * what is checked before that is dropped in silence, and so is what there is no
 * time for, because a NOTIFY takes some too.
 */
static const struct {
	int drop;
	enum hip_notify type;
} reasons[] = {
	{ HIP_STAT_DROP_DH, HIP_NOTIFY_INVALID_DH },
	{ HIP_STAT_DROP_CIPHER, HIP_NOTIFY_INVALID_HIP_CIPHER },
	{ HIP_STAT_DROP_ESP_SUITE, HIP_NOTIFY_INVALID_ESP_TRANSFORM },
	{ HIP_STAT_DROP_SIGNATURE, HIP_NOTIFY_AUTHENTICATION_FAILED },
	{ HIP_STAT_DROP_MAC, HIP_NOTIFY_MAC_FAILED },
	{ HIP_STAT_DROP_DECRYPT, HIP_NOTIFY_ENCRYPTION_FAILED },
	{ HIP_STAT_DROP_HOST_ID, HIP_NOTIFY_INVALID_HIT },
	{ HIP_STAT_DROP_FULL, HIP_NOTIFY_BUSY },
};

const char *hip_notify_name(unsigned int type)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

/* ---- out ---- */

struct notice {
	struct hip_job job;
	struct in6_addr src, dst;
	struct hip_key *key;
	struct hip_builder b;
	int err;
};

static void compute(struct hip_job *job)
{
	struct notice *n = (struct notice *)job;

	n->err = hip_auth_sign(&n->b, HIP_PARAM_HIP_SIGNATURE, n->key);
	if (!n->err)
		n->err = hip_build_end(&n->b);
}

static void commit(struct hip_job *job)
{
	struct notice *n = (struct notice *)job;

	if (!job->abandoned && !n->err) {
		job->host->stats.v[HIP_STAT_NOTIFY_TX]++;
		hip_send(job->host, &n->src, &n->dst, n->b.buf, n->b.len);
	}
	hip_key_put(n->key);
	free(n);
}

void hip_notify_send(struct hip_host *host, const struct hip_msg *msg,
		     unsigned int type, const void *data, size_t len)
{
	struct notice *n;
	uint8_t *contents;

	if (len > DATA_MAX || !hip_job_room(host, HIP_JOB_SHORT) ||
	    !hip_ratelimit_allow(host->notify_tx_limit, &msg->src,
				 hip_host_now(host))) {
		host->stats.v[HIP_STAT_NOTIFY_LIMITED]++;
		return;
	}
	n = calloc(1, sizeof(*n));
	if (!n)
		return;		/* nobody waits for it */
	n->job = (struct hip_job){ .host = host, .compute = compute,
				   .commit = commit };
	n->src = msg->dst;
	n->dst = msg->src;
	n->key = hip_key_get(msg->identity->key);
	hip_build_start(&n->b, HIP_NOTIFY, 0, &msg->p->receiver,
			&msg->p->sender);
	contents = hip_build_param(&n->b, HIP_PARAM_NOTIFICATION, 4 + len);
	hip_put16(contents + 2, (uint16_t)type);
	if (len)
		memcpy(contents + 4, data, len);
	hip_job_run(&n->job);
}

static unsigned int type_of(int drop)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].drop == drop)
			return reasons[i].type;
	return 0;
}

/* The peer is told a number, our own people what it was (section 5.2.19). */
static void explain(const struct hip_packet *p, int drop)
{
	char peer[HIP_ADDRSTRLEN];

	hip_log_limited(BEX, INFO, "%s of %s %s", hip_wire_type_name(p->type),
			hip_addr_str(&p->sender, peer), hip_stat_help(drop));
}

void hip_notify_drop(struct hip_host *host, const struct hip_msg *msg,
		     int drop)
{
	if (!type_of(drop))
		return;
	explain(msg->p, drop);
	hip_notify_send(host, msg, type_of(drop), NULL, 0);
}

static void suspect(struct hip_assoc *assoc, unsigned int type,
		    const void *data, size_t len)
{
	const struct hip_packet p = { .sender = assoc->pair.peer,
				      .receiver = assoc->pair.local };
	const struct hip_msg msg = { &p, assoc->peer, assoc->local,
				     assoc->identity };
	struct hip_host *host = assoc->host;

	if (assoc->state != HIP_R2_SENT && assoc->state != HIP_ESTABLISHED)
		return;
	if (hip_ratelimit_allow(host->notify_tx_limit, &in6addr_any,
				hip_host_now(host)))
		hip_notify_send(host, &msg, type, data, len);
	else
		host->stats.v[HIP_STAT_NOTIFY_LIMITED]++;
}

void hip_notify_suspect(struct hip_assoc *assoc, int drop)
{
	if (type_of(drop))
		suspect(assoc, type_of(drop), NULL, 0);
}

void hip_notify_critical(struct hip_assoc *assoc, uint16_t param)
{
	uint8_t data[2];

	hip_put16(data, param);
	suspect(assoc, HIP_NOTIFY_UNSUPPORTED_CRITICAL, data, sizeof(data));
}

void hip_notify_drop_held(struct hip_host *host, const struct hip_held *held,
			  int drop)
{
	struct hip_msg msg = { &held->p, held->src, held->dst, NULL };

	msg.identity = hip_identity_by_hit(&host->identities,
					   &held->p.receiver);
	if (!msg.identity)
		return;
	if (drop != HIP_STAT_DROP_ESP_INFO) {
		hip_notify_drop(host, &msg, drop);
		return;
	}
	/* this type must not answer what is not known to be genuine */
	explain(msg.p, drop);
	hip_notify_send(host, &msg, HIP_NOTIFY_INVALID_SYNTAX, NULL, 0);
}

/* ---- in ---- */

/* An unknown error is ignored but logged, an unknown status ignored. */
static void tell(struct hip_assoc *assoc, unsigned int type)
{
	const char *name = hip_notify_name(type);
	struct hip_host *host = assoc->host;
	char peer[HIP_ADDRSTRLEN], event[EVENT_MAX];

	if (!name && type >= STATUS)
		return;
	hip_log_limited(BEX, NOTICE, "%s notifies: %s (%u)",
			hip_addr_str(&assoc->pair.peer, peer),
			name ? name : "an error that is not known here",
			type);
	snprintf(event, sizeof(event), HIP_EVENT_NOTIFY "%s",
		 name ? name : "UNKNOWN");
	if (host->event)
		host->event(host, assoc, event);
}

static void verified(struct hip_assoc *assoc, const struct hip_held *held)
{
	const struct hip_param *param;

	assoc->host->stats.v[HIP_STAT_NOTIFY_RX]++;
	param = hip_packet_get(&held->p, HIP_PARAM_NOTIFICATION);
	for (; param; param = hip_packet_next(&held->p, param))
		tell(assoc, hip_get16(param->data + 2));
}

void hip_notify_rx(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg)
{
	const struct hip_verify_keys with = {
		.hash = assoc->keymat.hash,
		.keys = &assoc->peer_keys,
		.key = assoc->peer_key,
	};

	if (!hip_packet_get(msg->p, HIP_PARAM_NOTIFICATION))
		host->stats.v[HIP_STAT_DROP_MISSING]++;
	else if (!hip_ratelimit_allow(host->notify_rx_limit, &msg->src,
				      hip_host_now(host)))
		host->stats.v[HIP_STAT_DROP_NOTIFY_RATE]++;
	else
		hip_verify_run(assoc, msg, 0, &with, verified);
}
