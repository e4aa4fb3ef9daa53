// SPDX-License-Identifier: GPL-2.0
/*
 * Responder: a valid I2 makes an association, and only that (RFC 7401 section
 * 6.9; RFC 7402 section 3.3.2). The checks go from cheap to dear: a look-up
 * and two hashes stand before any public-key work.
 */
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "auth.h"
#include "bex.h"
#include "bex_answer.h"
#include "icmp.h"
#include "keylog.h"
#include "load.h"
#include "r1pool.h"
#include "notify.h"
#include "ratelimit.h"
#include "rekey.h"
#include "send.h"

#define SPI_FIRST 256		/* RFC 4303 section 2.1 */

static int check_complete(const struct hip_packet *p)
{
	/* R1_COUNTER is in all our R1s, so it must come back */
	static const uint16_t needed[] = {
		HIP_PARAM_ESP_INFO, HIP_PARAM_R1_COUNTER, HIP_PARAM_SOLUTION,
		HIP_PARAM_DIFFIE_HELLMAN, HIP_PARAM_HIP_CIPHER,
		HIP_PARAM_TRANSPORT_FORMAT_LIST, HIP_PARAM_ESP_TRANSFORM,
		HIP_PARAM_HIP_MAC, HIP_PARAM_HIP_SIGNATURE,
	};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!hip_packet_get(p, needed[i]))
			return HIP_STAT_DROP_MISSING;
	if (!hip_packet_get(p, HIP_PARAM_HOST_ID) &&
	    !hip_packet_get(p, HIP_PARAM_ENCRYPTED))
		return HIP_STAT_DROP_MISSING;
	return 0;
}

static int check_puzzle(const struct hip_r1 *r1, const struct hip_msg *msg)
{
	const struct hip_packet *p = msg->p;
	size_t h = hip_hash_len(r1->hash);
	const struct hip_param *sol;
	const uint8_t *i, *j;

	sol = hip_packet_get(p, HIP_PARAM_SOLUTION);
	if (sol->len != 4 + 2 * h || sol->data[0] != r1->k)
		return HIP_STAT_DROP_PUZZLE;
	i = sol->data + 4;
	j = i + h;
	if (!hip_r1_check_i(r1, i, hip_get16(sol->data + 2), &p->sender,
			    &p->receiver, &msg->src, &msg->dst) ||
	    !hip_puzzle_check(r1->hash, r1->k, i, &p->sender, &p->receiver, j))
		return HIP_STAT_DROP_PUZZLE;
	if (hip_r1_abused(r1, &p->sender, j))
		return HIP_STAT_DROP_BLACKLIST;
	return hip_r1_spent(r1, &p->sender, j) ? HIP_STAT_DROP_REPLAY : 0;
}

static bool offered(const struct hip_list *list, uint16_t value)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->v[i] == value)
			return true;
	return false;
}

/* Exactly one of each, and one of those that we offered. */
static int check_choices(const struct hip_config *config,
			 const struct hip_packet *p, const struct hip_r1 *r1,
			 struct hip_session *s)
{
	const struct hip_param *param;

	param = hip_packet_get(p, HIP_PARAM_DIFFIE_HELLMAN);
	if (param->data[0] != r1->group ||
	    hip_get16(param->data + 1) + 3u > param->len)
		return HIP_STAT_DROP_DH;
	s->dh_group = r1->group;
	param = hip_packet_get(p, HIP_PARAM_HIP_CIPHER);
	s->cipher = hip_get16(param->data);
	if (param->len != 2 || !offered(&config->ciphers, (uint16_t)s->cipher))
		return HIP_STAT_DROP_CIPHER;
	param = hip_packet_get(p, HIP_PARAM_TRANSPORT_FORMAT_LIST);
	if (param->len != 2 ||
	    hip_get16(param->data) != HIP_PARAM_ESP_TRANSFORM)
		return HIP_STAT_DROP_TRANSPORT;
	param = hip_packet_get(p, HIP_PARAM_ESP_TRANSFORM);
	if (param->len != 4 ||
	    !offered(&config->esp_suites, hip_get16(param->data + 2)))
		return HIP_STAT_DROP_ESP_SUITE;
	s->path.alg = hip_esp_alg(hip_get16(param->data + 2));
	if (!s->path.alg)
		return HIP_STAT_DROP_ESP_SUITE;
	param = hip_packet_get(p, HIP_PARAM_ESP_INFO);
	s->path.spi_out = hip_get32(param->data + 8);
	if (hip_get32(param->data + 4) || s->path.spi_out < SPI_FIRST)
		return HIP_STAT_DROP_ESP_INFO;
	return 0;
}

static struct hip_r1 *r1_of(struct hip_host *host, const struct hip_packet *p)
{
	const struct hip_param *param = hip_packet_get(p, HIP_PARAM_R1_COUNTER);

	return hip_r1pool_find(host->r1pool, &p->receiver,
			       hip_get64(param->data + 4));
}

static int check(struct hip_host *host, const struct hip_msg *msg,
		 struct hip_session *s, struct hip_r1 **r1)
{
	int drop;

	if (!offered(&host->config.hit_suites,
		     (uint16_t)hip_hit_suite(&msg->p->sender)))
		return HIP_STAT_DROP_HIT_SUITE;
	s->peer_anonymous = msg->p->controls & HIP_CONTROL_ANON;
	if (s->peer_anonymous && !host->config.accept_anonymous)
		return HIP_STAT_DROP_ANONYMOUS;
	drop = check_complete(msg->p);
	if (drop)
		return drop;
	*r1 = r1_of(host, msg->p);
	if (!*r1)
		return HIP_STAT_DROP_R1_COUNTER;
	s->keymat.hash = (*r1)->hash;
	drop = check_puzzle(*r1, msg);
	if (!drop)
		drop = hip_access_check(host, msg);
	/* a solution holds for one address, and each try costs us a key */
	if (!drop && !hip_ratelimit_allow(host->i2_limit, &msg->src,
					  hip_host_now(host)))
		drop = HIP_STAT_DROP_RATE;
	if (!drop)
		drop = check_choices(&host->config, msg->p, *r1, s);
	return drop;
}

/* Both sent I2: the smaller HIT stays Initiator (RFC 7401 6.9, step 5). */
static bool lost_race(const struct hip_assoc *assoc)
{
	return assoc->state == HIP_I2_SENT &&
	       hip_addr_cmp(&assoc->pair.local, &assoc->pair.peer) < 0;
}

/* A path with an SPI for the next answer; that of a refused I2 serves again,
 * so that bad I2s cost the kernel nothing.
 */
static int reserve(struct hip_host *host, struct hip_answer *a)
{
	struct hip_path *path = &a->session.path;
	struct hip_kif *kif = host->kif;

	path->id = host->spare.id;
	path->spi_in = host->spare.spi_in;
	memset(&host->spare, 0, sizeof(host->spare));
	if (path->id)
		return 0;
	path->id = hip_assoc_path_id(host);
	return kif->ops->spi_alloc(kif, path, &path->spi_in);
}

static void unreserve(struct hip_host *host, struct hip_path *path)
{
	if (!path->id || !path->spi_in)
		return;
	if (host->spare.id) {
		host->kif->ops->path_down(host->kif, path, false);
		return;
	}
	host->spare.id = path->id;
	host->spare.spi_in = path->spi_in;
}

static void answer_free(struct hip_answer *a)
{
	unreserve(a->job.host, &a->session.path);
	hip_session_exit(&a->session);
	hip_key_put(a->key);
	hip_dh_put(a->dh);
	free(a);
}

/* Both SAs, before the R2 lets the peer send. */
static int install(struct hip_host *host, struct hip_path *path, bool last)
{
	struct hip_kif *kif = host->kif;

	if (!kif->ops->path_in(kif, path) && !kif->ops->path_up(kif, path))
		return 0;
	kif->ops->path_down(kif, path, last);
	path->id = 0;
	return HIP_STAT_DROP_KERNEL;
}

static void send_r2(struct hip_assoc *assoc, struct hip_answer *a)
{
	hip_send(assoc->host, &assoc->local, &assoc->peer, a->r2.buf,
		 a->r2.len);
	/* without memory a repeated I2 is not answered, no more */
	hip_retransmit_clear(&assoc->rtx);
	hip_retransmit_set(&assoc->rtx, a->r2.buf, a->r2.len, 0);
	assoc->rtx.tries = 1;
}

static int establish(struct hip_answer *a)
{
	struct hip_host *host = a->job.host;
	struct hip_identity *id;
	struct hip_assoc *assoc;
	int drop;

	assoc = hip_assoc_find(&host->assocs, &a->pair.local, &a->pair.peer);
	if (!assoc) {
		id = hip_identity_by_hit(&host->identities, &a->pair.local);
		assoc = id ? hip_assoc_create(host, id, &a->pair.peer) : NULL;
	}
	if (!assoc)
		return HIP_STAT_DROP_MEMORY;
	drop = install(host, &a->session.path, !assoc->path);
	if (drop) {
		if (assoc->state == HIP_UNASSOCIATED && !assoc->path)
			hip_assoc_destroy(assoc);
		return drop;
	}
	hip_assoc_take(assoc, &a->session);
	hip_bex_abort(assoc);	/* our own attempt, if there was one */
	assoc->initiator = false;
	assoc->epoch = a->epoch;
	host->epoch++;
	assoc->started = a->started;
	assoc->bex_time = hip_host_now(host) - a->started;
	hip_keylog_write(host->keylog, &a->pair.peer, &a->pair.local,
			 &assoc->keymat);
	send_r2(assoc, a);
	host->stats.v[HIP_STAT_BEX_COMPLETED]++;
	hip_assoc_enter(assoc, HIP_R2_SENT);
	return 0;
}

/*
 * The exchange that made the association is newer than this I2. RFC 7401 does
 * not see this, yet two I2s may pass each other on the way: both ends would
 * take the other's for a restart and end with different keys.
 */
static bool stale(const struct hip_assoc *assoc, uint64_t epoch)
{
	return hip_assoc_has_keys(assoc) && epoch < assoc->epoch;
}

/* Anybody can make identities: they must not fill our memory. Peers that are
 * known, and those that have an association, come in at any time.
 */
static bool full(const struct hip_host *host, const struct hip_assoc *assoc,
		 const struct in6_addr *peer)
{
	return !assoc &&
	       HASH_COUNT(host->assocs.by_pair) >=
		       host->config.max_associations &&
	       !hip_peer_by_hit(&host->peers, peer);
}

/* What may have changed while the answer was computed. */
static int check_again(struct hip_answer *a, const uint8_t *j)
{
	struct hip_host *host = a->job.host;
	struct hip_assoc *assoc;
	struct hip_r1 *r1;

	r1 = hip_r1pool_find(host->r1pool, &a->pair.local, a->counter);
	if (!r1)
		return HIP_STAT_DROP_R1_COUNTER;
	if (hip_r1_spent(r1, &a->pair.peer, j))
		return HIP_STAT_DROP_REPLAY;
	assoc = hip_assoc_find(&host->assocs, &a->pair.local, &a->pair.peer);
	if (full(host, assoc, &a->pair.peer))
		return HIP_STAT_DROP_FULL;
	if (assoc && lost_race(assoc))
		return HIP_STAT_DROP_RACE;
	return assoc && stale(assoc, a->epoch) ? HIP_STAT_DROP_STALE : 0;
}

/* Only what the Initiator can be blamed for. */
static bool bad_i2(int drop)
{
	switch (drop) {
	case HIP_STAT_DROP_DH:
	case HIP_STAT_DROP_ESP_INFO:
	case HIP_STAT_DROP_DECRYPT:
	case HIP_STAT_DROP_HOST_ID:
	case HIP_STAT_DROP_MAC:
	case HIP_STAT_DROP_SIGNATURE:
		return true;
	default:
		return false;
	}
}

/* A solution that is refused must not be all that its owner can get: the
 * epoch makes another puzzle of the same R1.
 */
static void blame(struct hip_answer *a, const uint8_t *j)
{
	struct hip_host *host = a->job.host;
	struct hip_r1 *r1;

	r1 = hip_r1pool_find(host->r1pool, &a->pair.local, a->counter);
	if (r1 && hip_r1_blame(r1, &a->pair.peer, j))
		host->epoch++;
}

/* An invalid Diffie-Hellman value ends the exchange in silence (RFC 7401
 * section 5.3.2): the key that it was tried on may serve others.
 */
static void refuse(const struct hip_answer *a)
{
	a->job.host->stats.v[a->drop]++;
	if (a->drop != HIP_STAT_DROP_DH)
		hip_notify_drop_held(a->job.host, &a->i2, a->drop);
}

static void commit(struct hip_job *job)
{
	struct hip_answer *a = (struct hip_answer *)job;
	struct hip_host *host = job->host;
	const struct hip_param *sol;
	const uint8_t *j;

	sol = hip_packet_get(&a->i2.p, HIP_PARAM_SOLUTION);
	j = sol->data + 4 + hip_hash_len(a->hash);
	if (job->abandoned)
		goto free;
	if (bad_i2(a->drop))
		blame(a, j);
	if (!a->drop)
		a->drop = check_again(a, j);
	if (!a->drop)
		a->drop = establish(a);
	if (!a->drop)
		hip_r1pool_accept(host->r1pool, &a->pair.local, a->counter,
				  &a->pair.peer, j);
	else
		refuse(a);
free:
	answer_free(a);
}

/* When we sent the R1 that @p answers, from the low bits in Opaque. */
static uint64_t epoch_of(const struct hip_host *host,
			 const struct hip_packet *p)
{
	const struct hip_param *sol = hip_packet_get(p, HIP_PARAM_SOLUTION);
	uint16_t opaque = hip_get16(sol->data + 2);

	return host->epoch - (uint16_t)((uint16_t)host->epoch - opaque);
}

static struct hip_answer *answer_create(struct hip_host *host,
					const struct hip_msg *msg,
					const struct hip_session *s,
					const struct hip_r1 *r1)
{
	struct hip_answer *a;
	struct hip_path *path;

	a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->job = (struct hip_job){ .host = host,
				   .compute = hip_answer_compute,
				   .commit = commit, .pair = &a->pair,
				   .class = HIP_JOB_ANSWER };
	a->pair.local = msg->p->receiver;
	a->pair.peer = msg->p->sender;
	hip_msg_hold(&a->i2, msg);
	a->counter = r1->counter;
	a->hash = r1->hash;
	a->epoch = epoch_of(host, msg->p);
	a->started = hip_host_now(host);
	a->key = hip_key_get(msg->identity->key);
	a->host_id_len = msg->identity->host_id_len;
	memcpy(a->host_id, msg->identity->host_id, a->host_id_len);
	a->dh = hip_dh_get(r1->dh);
	a->session = *s;
	path = &a->session.path;
	path->local_hit = a->pair.local;
	path->peer_hit = a->pair.peer;
	path->local = msg->dst;
	path->peer = msg->src;
	hip_rekey_limits(&host->config, path);
	if (reserve(host, a)) {
		answer_free(a);
		return NULL;
	}
	return a;
}

void hip_bex_rx_i2(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg)
{
	struct hip_session s = { 0 };
	struct hip_answer *a;
	struct hip_r1 *r1;
	int drop;

	drop = check(host, msg, &s, &r1);
	if (drop == HIP_STAT_DROP_PUZZLE && !assoc)
		hip_icmp_puzzle(host, msg);
	if (!drop && assoc && stale(assoc, epoch_of(host, msg->p)))
		drop = HIP_STAT_DROP_STALE;
	if (!drop && full(host, assoc, &msg->p->sender))
		drop = HIP_STAT_DROP_FULL;
	if (!drop && !hip_load_admit(host, r1->k)) {
		drop = HIP_STAT_DROP_OVERLOAD;
		hip_bex_offer_harder(host, msg, r1);
	}
	if (drop) {
		host->stats.v[drop]++;
		hip_notify_drop(host, msg, drop);
		return;
	}
	a = answer_create(host, msg, &s, r1);
	if (a)
		hip_job_run(&a->job);
	else
		host->stats.v[HIP_STAT_DROP_MEMORY]++;
}

void hip_bex_rx_i2_race(struct hip_host *host, struct hip_assoc *assoc,
			const struct hip_msg *msg)
{
	if (lost_race(assoc))
		host->stats.v[HIP_STAT_DROP_RACE]++;
	else
		hip_bex_rx_i2(host, assoc, msg);
}

/*
 * The I2 that made this association came again: its R2 was lost, or the I2 was
 * doubled on the way. The same R2 goes where the first went, without any work
 * (RFC 7401 section 6.9, step 4). Another I2 is a new exchange.
 */
void hip_bex_rx_i2_again(struct hip_host *host, struct hip_assoc *assoc,
			 const struct hip_msg *msg)
{
	const struct hip_param *sol;
	size_t h = hip_hash_len(assoc->keymat.hash);

	sol = hip_packet_get(msg->p, HIP_PARAM_SOLUTION);
	if (assoc->initiator || !assoc->rtx.buf || !sol ||
	    sol->len != 4 + 2 * h ||
	    !hip_crypto_equal(sol->data + 4, assoc->keymat.i, h) ||
	    !hip_crypto_equal(sol->data + 4 + h, assoc->keymat.j, h)) {
		hip_bex_rx_i2(host, assoc, msg);
		return;
	}
	hip_retransmit_send(host, &assoc->rtx, &assoc->local, &assoc->peer);
}
