// SPDX-License-Identifier: GPL-2.0
/*
 * Responder: an I1 is answered with an R1 made in advance, and nothing is
 * remembered (RFC 7401 section 6.7). An I2 that finds no place may get one too.
 */
#include "access.h"
#include "bex.h"
#include "r1pool.h"
#include "ratelimit.h"
#include "send.h"

static int send_r1(struct hip_host *host, const struct hip_msg *msg,
		   const struct hip_r1 *r1)
{
	uint8_t buf[HIP_MAX_PACKET];
	size_t len;

	len = hip_r1_fill(r1, buf, (uint16_t)host->epoch, &msg->p->sender,
			  &msg->identity->hit, &msg->src, &msg->dst);
	if (!len)
		return HIP_STAT_DROP_CRYPTO;
	hip_send(host, &msg->dst, &msg->src, buf, len);
	return 0;
}

static bool allowed(struct hip_host *host, const struct hip_msg *msg)
{
	return hip_ratelimit_allow(host->r1_limit, &msg->src,
				   hip_host_now(host));
}

static int answer(struct hip_host *host, const struct hip_msg *msg)
{
	const struct hip_param *groups;
	struct hip_r1 *r1;
	int drop;

	drop = hip_access_check(host, msg);
	if (drop)
		return drop;
	groups = hip_packet_get(msg->p, HIP_PARAM_DH_GROUP_LIST);
	if (!groups)
		return HIP_STAT_DROP_MISSING;
	if (!allowed(host, msg))
		return HIP_STAT_DROP_RATE;
	r1 = hip_r1pool_offer(host->r1pool, &msg->identity->hit, groups->data,
			      groups->len);
	return r1 ? send_r1(host, msg, r1) : HIP_STAT_DROP_HIT;
}

void hip_bex_offer_harder(struct hip_host *host, const struct hip_msg *msg,
			  const struct hip_r1 *was)
{
	uint8_t group = was->group;
	struct hip_r1 *r1;

	r1 = hip_r1pool_offer(host->r1pool, &msg->identity->hit, &group, 1);
	if (r1 && r1->k > was->k && allowed(host, msg))
		send_r1(host, msg, r1);
}

void hip_bex_rx_i1(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg)
{
	int drop = answer(host, msg);

	if (drop)
		host->stats.v[drop]++;
}

/* Both sent I1: the one with the greater HIT answers (RFC 7401 6.7, step 3). */
void hip_bex_rx_i1_race(struct hip_host *host, struct hip_assoc *assoc,
			const struct hip_msg *msg)
{
	if (hip_addr_cmp(&assoc->pair.local, &assoc->pair.peer) < 0)
		host->stats.v[HIP_STAT_DROP_RACE]++;
	else
		hip_bex_rx_i1(host, assoc, msg);
}
