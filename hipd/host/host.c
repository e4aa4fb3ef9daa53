// SPDX-License-Identifier: GPL-2.0
/*
 * One host: start and stop, what comes in from the network, from the kernel
 * and from the control socket (RFC 7401 sections 6.1 and 6.6 to 6.15 begin
 * here).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adopt.h"
#include "bex.h"
#include "close.h"
#include "dhpool.h"
#include "host.h"
#include "icmp.h"
#include "job.h"
#include "keylog.h"
#include "life.h"
#include "load.h"
#include "log.h"
#include "notify.h"
#include "opportunistic.h"
#include "r1pool.h"
#include "ratelimit.h"
#include "rekey.h"
#include "store.h"

#define NOTIFY_RATE 10		/* a second and address, each way */

uint64_t hip_host_now(const struct hip_host *host)
{
	return host->env.now(host->env.ctx);
}

/* ---- start and stop ---- */

int hip_host_identity_added(struct hip_host *host, struct hip_identity *id)
{
	int err;

	hip_identity_set_domain(id, host->config.domain);
	err = hip_r1pool_add(host->r1pool, id);
	if (err)
		return err;
	err = host->kif->ops->hit_add(host->kif, &id->hit, id->is_default);
	if (err)
		hip_r1pool_del(host->r1pool, &id->hit);
	return err;
}

void hip_host_identity_removed(struct hip_host *host, struct hip_identity *id)
{
	struct hip_assoc *assoc, *tmp;

	HASH_ITER(hh, host->assocs.by_pair, assoc, tmp)
		if (assoc->identity == id)
			hip_assoc_destroy(assoc);
	hip_r1pool_del(host->r1pool, &id->hit);
	host->kif->ops->hit_del(host->kif, &id->hit);
}

static int create_pools(struct hip_host *host)
{
	host->epoch = 1 << 16;	/* so that no look back goes below 0 */
	if (!host->r1_counter)
		host->r1_counter = hip_host_now(host) + 1;
	host->load = hip_load_create(host);
	host->r1pool = hip_r1pool_create(host);
	host->dhpool = hip_dhpool_create(host);
	host->r1_limit = hip_ratelimit_create(host->config.r1_rate);
	host->i2_limit = hip_ratelimit_create(host->config.r1_rate);
	host->notify_tx_limit = hip_ratelimit_create(NOTIFY_RATE);
	host->notify_rx_limit = hip_ratelimit_create(NOTIFY_RATE);
	if (!host->load || !host->r1pool || !host->dhpool || !host->r1_limit ||
	    !host->i2_limit || !host->notify_tx_limit ||
	    !host->notify_rx_limit)
		return -ENOMEM;
	return 0;
}

static int add_identities(struct hip_host *host, char *err, size_t err_len)
{
	char hit[HIP_ADDRSTRLEN];
	struct hip_identity *id;
	int ret;

	for (id = host->identities.first; id; id = id->next) {
		ret = hip_host_identity_added(host, id);
		if (!ret)
			continue;
		snprintf(err, err_len, "identity %s (%s): %s", id->name,
			 hip_addr_str(&id->hit, hit), strerror(-ret));
		return ret;
	}
	return 0;
}

int hip_host_start(struct hip_host *host, char *err, size_t err_len)
{
	int ret;

	if (host->config.keylog[0]) {
		host->keylog = hip_keylog_open(host->config.keylog, err,
					       err_len);
		if (!host->keylog)
			return -EACCES;
	}
	ret = host->kif->ops->open(host->kif, err, err_len);
	if (ret)
		return ret;
	ret = create_pools(host);
	if (ret) {
		snprintf(err, err_len, "R1 packets: %s", strerror(-ret));
		return ret;
	}
	ret = add_identities(host, err, err_len);
	if (ret)
		return ret;
	ret = hip_adopt_start(host);
	if (ret)
		snprintf(err, err_len, "SAs of an earlier run: %s",
			 strerror(-ret));
	return ret;
}

void hip_host_stop(struct hip_host *host)
{
	struct hip_assoc *assoc, *tmp;

	hip_store_save(host);
	hip_store_close(host->store);
	host->store = NULL;
	hip_opportunistic_stop(host);
	hip_adopt_stop(host);
	hip_jobs_destroy(host);
	hip_close_stop(host);
	HASH_ITER(hh, host->assocs.by_pair, assoc, tmp)
		hip_assoc_forget(assoc);
	hip_r1pool_destroy(host->r1pool);
	hip_dhpool_destroy(host->dhpool);
	hip_load_destroy(host->load);
	hip_ratelimit_destroy(host->r1_limit);
	hip_ratelimit_destroy(host->i2_limit);
	hip_ratelimit_destroy(host->notify_tx_limit);
	hip_ratelimit_destroy(host->notify_rx_limit);
	hip_keylog_close(host->keylog);
	host->r1pool = NULL;
	host->dhpool = NULL;
	host->load = NULL;
	host->r1_limit = NULL;
	host->i2_limit = NULL;
	host->notify_tx_limit = NULL;
	host->notify_rx_limit = NULL;
	host->keylog = NULL;
	if (host->kif)
		host->kif->ops->close(host->kif);
	host->kif = NULL;
	memset(&host->spare, 0, sizeof(host->spare));
	hip_identities_exit(&host->identities);
	hip_peers_exit(&host->peers);
	hip_acl_exit(&host->acl);
	hip_leaps_exit(&host->leaps);
	hip_timers_exit(&host->timers);
	free(host->locators);
	host->locators = NULL;
	host->n_locators = 0;
}

int hip_host_config_changed(struct hip_host *host)
{
	struct hip_dhpool *dhpool;
	struct hip_identity *id;
	int err = 0, ret;

	dhpool = hip_dhpool_create(host);
	if (!dhpool)
		return -ENOMEM;
	hip_dhpool_destroy(host->dhpool);
	host->dhpool = dhpool;
	for (id = host->identities.first; id; id = id->next) {
		ret = hip_r1pool_renew(host->r1pool, id);
		if (ret)
			err = ret;
	}
	return err;
}

static bool same_list(const struct hip_list *a, const struct hip_list *b)
{
	return a->n == b->n && !memcmp(a->v, b->v, a->n * sizeof(*a->v));
}

/* What an R1 says, or how long it serves. */
static bool same_r1s(const struct hip_config *a, const struct hip_config *b)
{
	return same_list(&a->hit_suites, &b->hit_suites) &&
	       same_list(&a->dh_groups, &b->dh_groups) &&
	       same_list(&a->ciphers, &b->ciphers) &&
	       same_list(&a->esp_suites, &b->esp_suites) &&
	       a->puzzle_k == b->puzzle_k &&
	       a->puzzle_lifetime == b->puzzle_lifetime &&
	       a->r1_lifetime == b->r1_lifetime;
}

int hip_host_configure(struct hip_host *host, const struct hip_config *config)
{
	const struct hip_config was = host->config;

	host->config = *config;
	hip_ratelimit_set(host->r1_limit, config->r1_rate);
	hip_ratelimit_set(host->i2_limit, config->r1_rate);
	if (was.unused_lifetime != config->unused_lifetime)
		hip_life_changed(host);
	if (was.rekey_time != config->rekey_time)
		hip_rekey_changed(host);
	if (!same_r1s(&was, config))
		return hip_host_config_changed(host);
	hip_r1pool_check(host->r1pool);	/* puzzle-difficulty-max */
	return 0;
}

/* ---- the network ---- */

static bool locator_possible(const struct in6_addr *a)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	if (hip_addr_is_zero(a) || IN6_IS_ADDR_MULTICAST(a) ||
	    hip_addr_is_hit(a))
		return false;
	if (!hip_addr_is_v4(a))
		return true;
	return a->s6_addr[12] && (a->s6_addr[12] & 0xf0) != 0xe0 &&
	       memcmp(a->s6_addr + 12, broadcast, sizeof(broadcast));
}

static enum hip_stat wire_stat(enum hip_wire_error err)
{
	static const enum hip_stat map[] = {
		[HIP_WIRE_SHORT] = HIP_STAT_DROP_SHORT,
		[HIP_WIRE_VERSION] = HIP_STAT_DROP_VERSION,
		[HIP_WIRE_TYPE] = HIP_STAT_DROP_TYPE,
		[HIP_WIRE_CHECKSUM] = HIP_STAT_DROP_CHECKSUM,
		[HIP_WIRE_PARAM_LENGTH] = HIP_STAT_DROP_PARAM,
		[HIP_WIRE_PARAM_ORDER] = HIP_STAT_DROP_PARAM_ORDER,
		[HIP_WIRE_PARAM_SIZE] = HIP_STAT_DROP_PARAM,
		[HIP_WIRE_PARAM_REPEATED] = HIP_STAT_DROP_PARAM,
		[HIP_WIRE_CRITICAL] = HIP_STAT_DROP_CRITICAL,
	};

	return map[err];
}

/* About packets that do not parse: ICMP when there is no association (RFC 7401
 * sections 5.4.1 and 5.4.2), never about a wrong checksum; else NOTIFY where
 * it needs no verified packet (section 5.2.19).
 */
static void complain(struct hip_host *host, enum hip_wire_error err,
		     const struct hip_packet *p,
		     const struct hip_icmp_cause *cause)
{
	struct hip_assoc *assoc;

	switch (err) {
	case HIP_WIRE_VERSION:
		hip_icmp_problem(host, cause,
				 offsetof(struct hip_header, version));
		break;
	case HIP_WIRE_PARAM_LENGTH:
	case HIP_WIRE_PARAM_ORDER:
	case HIP_WIRE_PARAM_SIZE:
	case HIP_WIRE_PARAM_REPEATED:
	case HIP_WIRE_CRITICAL:
		assoc = hip_assoc_find(&host->assocs, &p->receiver,
				       &p->sender);
		if (!assoc)
			hip_icmp_problem(host, cause, p->culprit_off);
		else if (err == HIP_WIRE_CRITICAL && p->type != HIP_NOTIFY)
			hip_notify_critical(assoc, p->culprit);
		break;
	default:
		break;
	}
}

static int check_hits(struct hip_host *host, struct hip_msg *msg)
{
	if (msg->p->type == HIP_I1 && hip_addr_is_zero(&msg->p->receiver)) {
		if (!host->config.opportunistic)
			return HIP_STAT_DROP_NULL_HIT;
		msg->identity = hip_opportunistic_identity(host,
							   &msg->p->sender);
	} else {
		msg->identity = hip_identity_by_hit(&host->identities,
						    &msg->p->receiver);
	}
	if (!msg->identity) {
		hip_icmp_no_assoc(host, msg);
		return HIP_STAT_DROP_HIT;
	}
	if (!hip_addr_is_hit(&msg->p->sender) ||
	    hip_identity_by_hit(&host->identities, &msg->p->sender))
		return HIP_STAT_DROP_SENDER_HIT;
	return 0;
}

static int dispatch(struct hip_host *host, struct hip_msg *msg)
{
	struct hip_assoc *assoc;
	int drop, event;

	drop = check_hits(host, msg);
	if (drop)
		return drop;
	event = hip_fsm_event(msg->p->type);
	if (event < 0)
		return HIP_STAT_DROP_TYPE;
	/* an I1 needs no association: it is answered at once */
	if (event != HIP_EV_I1 && hip_job_hold(host, msg))
		return 0;
	assoc = hip_assoc_find(&host->assocs, &msg->identity->hit,
			       &msg->p->sender);
	/* the answer to an I1 that named no HIT */
	if (event == HIP_EV_R1 && (!assoc || !assoc->bex))
		assoc = hip_opportunistic_find(host, msg) ?: assoc;
	hip_fsm_run(host, assoc, event, msg);
	return 0;
}

void hip_host_receive(struct hip_host *host, const struct in6_addr *src,
		      const struct in6_addr *dst, const void *buf, size_t len)
{
	host->stats.v[HIP_STAT_RX]++;
	hip_host_again(host, src, dst, buf, len);
}

void hip_host_again(struct hip_host *host, const struct in6_addr *src,
		    const struct in6_addr *dst, const void *buf, size_t len)
{
	struct hip_msg msg = { .src = *src, .dst = *dst };
	enum hip_wire_error err;
	struct hip_packet p;
	int drop = 0;

	if (!locator_possible(src) || !locator_possible(dst)) {
		drop = HIP_STAT_DROP_LOCATOR;
		goto drop;
	}
	err = hip_wire_parse(&p, buf, len, src, dst);
	if (err) {
		drop = wire_stat(err);
		complain(host, err, &p, &(struct hip_icmp_cause){
						src, dst, buf, len });
		goto drop;
	}
	msg.p = &p;
	drop = dispatch(host, &msg);
drop:
	if (drop)
		host->stats.v[drop]++;
}

/* ---- the kernel ---- */

void hip_host_acquire(struct hip_host *host, const struct in6_addr *local,
		      const struct in6_addr *peer)
{
	struct hip_kif *kif = host->kif;
	struct hip_identity *id;
	struct hip_assoc *assoc;

	host->stats.v[HIP_STAT_ACQUIRE]++;
	id = hip_identity_by_hit(&host->identities, local);
	if (!id) {
		host->stats.v[HIP_STAT_ACQUIRE_UNKNOWN_HIT]++;
		kif->ops->acquire_fail(kif, local, peer, HIP_KIF_REFUSED);
		return;
	}
	assoc = hip_assoc_find(&host->assocs, local, peer);
	if (!assoc)
		assoc = hip_assoc_create(host, id, peer);
	/* one in the queue of adopt.c has its turn soon */
	if (assoc && !assoc->queued)
		hip_fsm_run(host, assoc, HIP_EV_DATA, NULL);
}

void hip_host_path_lost(struct hip_host *host, const struct in6_addr *local,
			const struct in6_addr *peer)
{
	struct hip_assoc *assoc = hip_assoc_find(&host->assocs, local, peer);

	if (!assoc)
		return;
	/* what is sent meanwhile waits */
	if (assoc->path)
		hip_assoc_path_down(assoc, false);
	if (hip_adopt_queue(assoc))
		hip_fsm_run(host, assoc, HIP_EV_DATA, NULL);
}

void hip_host_path_worn(struct hip_host *host, const struct hip_path *path)
{
	struct hip_assoc *assoc = hip_assoc_find(&host->assocs,
						 &path->local_hit,
						 &path->peer_hit);

	if (assoc && assoc->path && assoc->path->id == path->id)
		hip_rekey_now(assoc);
}

void hip_host_locator_add(struct hip_host *host, const struct in6_addr *addr,
			  unsigned int ifindex)
{
	struct hip_locator *list;
	size_t i;

	for (i = 0; i < host->n_locators; i++)
		if (host->locators[i].ifindex == ifindex &&
		    hip_addr_eq(&host->locators[i].addr, addr))
			return;
	list = realloc(host->locators, (i + 1) * sizeof(*list));
	if (!list) {
		hip_err(KIF, "a locator is ignored: out of memory");
		return;
	}
	host->locators = list;
	list[i].addr = *addr;
	list[i].ifindex = ifindex;
	host->n_locators++;
}

void hip_host_locator_del(struct hip_host *host, const struct in6_addr *addr,
			  unsigned int ifindex)
{
	struct hip_locator *list = host->locators;
	size_t i;

	for (i = 0; i < host->n_locators; i++) {
		if (list[i].ifindex != ifindex ||
		    !hip_addr_eq(&list[i].addr, addr))
			continue;
		memmove(&list[i], &list[i + 1],
			(--host->n_locators - i) * sizeof(*list));
		return;
	}
}

/* ---- the control socket ---- */

int hip_host_connect(struct hip_host *host, const struct in6_addr *local,
		     const struct in6_addr *peer, struct hip_assoc **out)
{
	struct hip_identity *id;
	struct hip_assoc *assoc;
	int err;

	if (local && !hip_addr_is_zero(local))
		id = hip_identity_by_hit(&host->identities, local);
	else
		id = hip_identity_default(&host->identities);
	if (!id)
		return -ENOENT;
	assoc = hip_assoc_find(&host->assocs, &id->hit, peer);
	if (!assoc)
		assoc = hip_assoc_create(host, id, peer);
	if (!assoc)
		return -ENOMEM;
	*out = assoc;
	if (assoc->state == HIP_ESTABLISHED || assoc->state == HIP_R2_SENT)
		return 0;
	err = hip_bex_begin(assoc);
	if (err && assoc->state == HIP_UNASSOCIATED && !assoc->path) {
		hip_assoc_destroy(assoc);
		*out = NULL;
	}
	return err;
}

int hip_host_close(struct hip_host *host, struct hip_assoc *assoc)
{
	if (assoc->state == HIP_CLOSING)
		return 0;
	if (assoc->state != HIP_ESTABLISHED && assoc->state != HIP_R2_SENT)
		return -ENOTCONN;
	hip_close_start(host, assoc, NULL);
	return 0;
}
