// SPDX-License-Identifier: GPL-2.0
/*
 * MAC first, then the signature (RFC 7401 section 6.4). The job holds copies
 * of the packet and of the keys.
 */
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "bex.h"
#include "log.h"
#include "notify.h"
#include "verify.h"

struct hip_verify {
	struct hip_job job;
	struct hip_pair pair;
	enum hip_state state;
	uint32_t life;
	uint32_t number;		/* of the I2 that it answers, or 0 */
	uint16_t mac;
	enum hip_hash hash;
	struct hip_hipkeys keys;
	struct hip_key *key;
	uint8_t host_id[HIP_MAX_PACKET];
	size_t host_id_len;
	hip_verified_fn *then;
	int drop;
	struct hip_held held;
};

static void compute(struct hip_job *job)
{
	struct hip_verify *v = (struct hip_verify *)job;

	if (v->mac)
		v->drop = hip_auth_check_mac(&v->held.p, v->mac, v->hash,
					     &v->keys,
					     v->host_id_len ? v->host_id : NULL,
					     v->host_id_len);
	if (!v->drop)
		v->drop = hip_auth_check_signature(&v->held.p,
						   HIP_PARAM_HIP_SIGNATURE,
						   v->key);
}

/* Another I2 may have taken the place of the one that was answered. */
static uint32_t number_of(const struct hip_assoc *assoc)
{
	return hip_bex_session(assoc) ? assoc->bex->offer->number : 0;
}

/* RFC 7401 sections 4.3, 6.10 step 5, 6.12.1: logged, and the peer is told;
 * but two hosts must not complain about each other's NOTIFYs.
 */
static void suspect(struct hip_assoc *assoc, const struct hip_verify *v)
{
	char peer[HIP_ADDRSTRLEN];

	if (v->drop != HIP_STAT_DROP_MAC && v->drop != HIP_STAT_DROP_SIGNATURE)
		return;
	hip_log_limited(BEX, NOTICE, "%s in the name of %s: wrong %s",
			hip_wire_type_name(v->held.p.type),
			hip_addr_str(&assoc->pair.peer, peer),
			v->drop == HIP_STAT_DROP_MAC ? "HIP_MAC" :
						       "signature");
	if (v->held.p.type != HIP_NOTIFY)
		hip_notify_suspect(assoc, v->drop);
}

static void commit(struct hip_job *job)
{
	struct hip_verify *v = (struct hip_verify *)job;
	struct hip_assoc *assoc;

	assoc = hip_assoc_find(&job->host->assocs, &v->pair.local,
			       &v->pair.peer);
	if (!v->drop && (!assoc || assoc->state != v->state ||
			 assoc->life != v->life ||
			 number_of(assoc) != v->number))
		v->drop = HIP_STAT_DROP_STATE;
	if (job->abandoned)
		goto free;
	if (!v->drop) {
		v->then(assoc, &v->held);
		goto free;
	}
	job->host->stats.v[v->drop]++;
	if (assoc && assoc->life == v->life)
		suspect(assoc, v);
free:
	hip_key_put(v->key);
	hip_crypto_wipe(&v->keys, sizeof(v->keys));
	free(v);
}

void hip_verify_run(struct hip_assoc *assoc, const struct hip_msg *msg,
		    uint16_t mac, const struct hip_verify_keys *with,
		    hip_verified_fn *then)
{
	struct hip_verify *v;

	if (!hip_job_room(assoc->host, HIP_JOB_SHORT)) {
		assoc->host->stats.v[HIP_STAT_DROP_OVERLOAD]++;
		return;
	}
	v = calloc(1, sizeof(*v));
	if (!v || with->host_id_len > sizeof(v->host_id)) {
		free(v);
		assoc->host->stats.v[HIP_STAT_DROP_MEMORY]++;
		return;
	}
	v->job = (struct hip_job){ .host = assoc->host, .compute = compute,
				   .commit = commit, .pair = &v->pair };
	v->pair = assoc->pair;
	v->state = assoc->state;
	v->life = assoc->life;
	v->number = number_of(assoc);
	v->mac = mac;
	v->hash = with->hash;
	v->keys = *with->keys;
	v->key = hip_key_get(with->key);
	if (with->host_id_len)
		memcpy(v->host_id, with->host_id, with->host_id_len);
	v->host_id_len = with->host_id_len;
	v->then = then;
	hip_msg_hold(&v->held, msg);
	hip_job_run(&v->job);
}
