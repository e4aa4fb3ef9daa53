// SPDX-License-Identifier: GPL-2.0
/*
 * Initiator: an R1 leads to an I2 (RFC 7401 section 6.8; RFC 7402 section
 * 3.3.1). What is cheap is looked at first; nothing is believed, and nothing
 * but a counter changes, before the signature holds.
 *
 * After I1s to several locators the first R1 is answered without waiting for
 * others: one with a larger counter still takes its place in I2-SENT.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "bex.h"
#include "dhpool.h"
#include "keylog.h"
#include "log.h"
#include "opportunistic.h"
#include "rekey.h"

#define CIPHERS_MAX 6	/* RFC 7401 section 5.2.8: the rest is ignored */

static bool wanted(const struct hip_list *list, uint16_t value)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->v[i] == value)
			return true;
	return false;
}

static uint64_t counter_of(const struct hip_packet *p)
{
	const struct hip_param *param = hip_packet_get(p, HIP_PARAM_R1_COUNTER);

	return param ? hip_get64(param->data + 4) : 0;
}

static int check_complete(const struct hip_packet *p)
{
	static const uint16_t needed[] = {
		HIP_PARAM_PUZZLE, HIP_PARAM_DH_GROUP_LIST,
		HIP_PARAM_DIFFIE_HELLMAN, HIP_PARAM_HIP_CIPHER,
		HIP_PARAM_HOST_ID, HIP_PARAM_HIT_SUITE_LIST,
		HIP_PARAM_TRANSPORT_FORMAT_LIST, HIP_PARAM_ESP_TRANSFORM,
		HIP_PARAM_HIP_SIGNATURE_2,
	};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!hip_packet_get(p, needed[i]))
			return HIP_STAT_DROP_MISSING;
	return 0;
}

static bool same_puzzle(const struct hip_packet *a, const struct hip_packet *b)
{
	const struct hip_param *x = hip_packet_get(a, HIP_PARAM_PUZZLE);
	const struct hip_param *y = hip_packet_get(b, HIP_PARAM_PUZZLE);

	return x->len == y->len && !memcmp(x->data, y->data, x->len);
}

static int check_fresh(const struct hip_bex *bex, const struct hip_packet *p)
{
	const struct hip_offer *o = bex->solving ? bex->solving : bex->offer;

	if (hip_bex_exhausted(bex))
		return HIP_STAT_DROP_STATE;
	if (!o || counter_of(p) > o->counter)
		return 0;
	if (hip_bex_stuck(bex) && !same_puzzle(p, &o->r1.p))
		return 0;
	return HIP_STAT_DROP_R1_COUNTER;
}

/* The Responder's first group that was in our I1 (RFC 7401 section 5.2.6):
 * anything else is an attempt at a downgrade.
 */
static int check_group(const struct hip_bex *bex, const struct hip_packet *p,
		       struct hip_session *s)
{
	const struct hip_param *list, *dh;
	size_t i;

	list = hip_packet_get(p, HIP_PARAM_DH_GROUP_LIST);
	dh = hip_packet_get(p, HIP_PARAM_DIFFIE_HELLMAN);
	for (i = 0; i < list->len; i++)
		if (hip_list_has8(bex->groups, bex->n_groups, list->data[i]))
			break;
	if (i == list->len || dh->data[0] != list->data[i] ||
	    !hip_dh_supported(list->data[i]) ||
	    hip_get16(dh->data + 1) + 3u > dh->len)
		return HIP_STAT_DROP_DH;
	s->dh_group = list->data[i];
	return 0;
}

static int choose_cipher(const struct hip_config *config,
			 const struct hip_packet *p, struct hip_session *s)
{
	const struct hip_param *list = hip_packet_get(p, HIP_PARAM_HIP_CIPHER);
	size_t i;

	for (i = 0; i < list->len / 2 && i < CIPHERS_MAX; i++) {
		s->cipher = hip_get16(list->data + 2 * i);
		if (wanted(&config->ciphers, (uint16_t)s->cipher) &&
		    hip_cipher_supported(s->cipher))
			return 0;
	}
	return HIP_STAT_DROP_CIPHER;
}

static int choose_esp(const struct hip_config *config,
		      const struct hip_packet *p, struct hip_session *s)
{
	const struct hip_param *list;
	uint16_t suite;
	size_t i;

	list = hip_packet_get(p, HIP_PARAM_TRANSPORT_FORMAT_LIST);
	if (!hip_list_has16(list->data, list->len / 2, HIP_PARAM_ESP_TRANSFORM))
		return HIP_STAT_DROP_TRANSPORT;
	list = hip_packet_get(p, HIP_PARAM_ESP_TRANSFORM);
	for (i = 2; i + 2 <= list->len; i += 2) {
		suite = hip_get16(list->data + i);
		if (!wanted(&config->esp_suites, suite))
			continue;
		s->path.alg = hip_esp_alg(suite);
		if (s->path.alg)
			return 0;
	}
	return HIP_STAT_DROP_ESP_SUITE;
}

static int check_puzzle(const struct hip_packet *p, struct hip_session *s)
{
	const struct hip_param *puzzle = hip_packet_get(p, HIP_PARAM_PUZZLE);

	s->keymat.hash = hip_suite_hash(hip_hit_suite(&p->sender));
	if (s->keymat.hash == HIP_HASH_NONE ||
	    puzzle->len != 4 + hip_hash_len(s->keymat.hash) ||
	    puzzle->data[0] > HIP_PUZZLE_K_MAX)
		return HIP_STAT_DROP_PUZZLE;
	return 0;
}

static int check(struct hip_assoc *assoc, const struct hip_msg *msg,
		 struct hip_session *s)
{
	const struct hip_config *config = &assoc->host->config;
	int drop;

	if (!assoc->bex)
		return HIP_STAT_DROP_STATE;	/* no I1 is out */
	if (!wanted(&config->hit_suites,
		    (uint16_t)hip_hit_suite(&msg->p->sender)))
		return HIP_STAT_DROP_HIT_SUITE;
	s->peer_anonymous = msg->p->controls & HIP_CONTROL_ANON;
	if (s->peer_anonymous && !config->accept_anonymous)
		return HIP_STAT_DROP_ANONYMOUS;
	drop = check_complete(msg->p);
	if (!drop)
		drop = check_fresh(assoc->bex, msg->p);
	if (!drop)
		drop = check_group(assoc->bex, msg->p, s);
	if (!drop)
		drop = check_puzzle(msg->p, s);
	if (!drop)
		drop = choose_cipher(config, msg->p, s);
	if (!drop)
		drop = choose_esp(config, msg->p, s);
	return drop;
}

/* A path and, if there is one, a key for the next I2; those of a refused R1
 * serve again.
 */
static int reserve(struct hip_assoc *assoc, const struct in6_addr *peer,
		   unsigned int group)
{
	struct hip_kif *kif = assoc->host->kif;
	struct hip_bex *bex = assoc->bex;
	int err;

	if (!bex->next.spi_in) {
		bex->next.id = hip_assoc_path_id(assoc->host);
		bex->next.local_hit = assoc->pair.local;
		bex->next.peer_hit = *peer;
		err = kif->ops->spi_alloc(kif, &bex->next, &bex->next.spi_in);
		if (err)
			return err;
	}
	if (bex->dh && hip_dh_group(bex->dh) == group)
		return 0;
	hip_dh_put(bex->dh);
	bex->dh = hip_dhpool_take(assoc->host->dhpool, group);
	return 0;
}

static void replace(struct hip_assoc *assoc, struct hip_offer *o)
{
	struct hip_host *host = assoc->host;
	struct hip_bex *bex = assoc->bex;

	if (bex->offer)		/* of an R1 with a smaller counter */
		host->kif->ops->path_down(host->kif, &bex->offer->session.path,
					  false);
	hip_offer_free(bex->offer);
	if (bex->solving != o)
		hip_offer_free(bex->solving);
	bex->solving = NULL;
	bex->offer = o;
	/* the path lives on in the offer */
	memset(&bex->next, 0, sizeof(bex->next));
	hip_bex_unreserve(assoc, bex);
}

/* Sends the I2, with the SA that the answer may use installed before. */
static int install(struct hip_assoc *assoc, struct hip_offer *o)
{
	struct hip_host *host = assoc->host;

	if (host->kif->ops->path_in(host->kif, &o->session.path)) {
		hip_bex_unreserve(assoc, assoc->bex);
		return HIP_STAT_DROP_KERNEL;
	}
	if (hip_bex_send_i2(assoc, o)) {
		hip_bex_unreserve(assoc, assoc->bex);
		return HIP_STAT_DROP_MEMORY;
	}
	hip_keylog_write(host->keylog, &o->pair.local, &o->pair.peer,
			 &o->session.keymat);
	replace(assoc, o);
	hip_assoc_enter(assoc, HIP_I2_SENT);
	return 0;
}

/* One of ours that the peer can use, of the suite that it likes best. */
static struct hip_identity *usable(const struct hip_identities *ids,
				   const struct hip_param *suites)
{
	struct hip_identity *id;
	size_t i;

	for (i = 0; i < suites->len; i++)
		for (id = ids->first; id; id = id->next)
			if (hip_hit_suite(&id->hit) << 4 == suites->data[i])
				return id;
	return NULL;
}

/* The peer cannot use our HIT's suite: begin again with another of ours. */
static void change_hit(struct hip_assoc *assoc, const struct hip_packet *r1)
{
	struct hip_host *host = assoc->host;
	struct hip_identity *id;
	struct hip_assoc *other;

	id = usable(&host->identities,
		    hip_packet_get(r1, HIP_PARAM_HIT_SUITE_LIST));
	if (id) {
		other = hip_assoc_find(&host->assocs, &id->hit,
				       &assoc->pair.peer);
		if (!other)
			other = hip_assoc_create(host, id, &assoc->pair.peer);
		if (other && hip_opportunistic_pending(assoc))
			other->asked = other->peer = assoc->asked;
		if (other && other->state == HIP_UNASSOCIATED)
			hip_fsm_run(host, other, HIP_EV_DATA, NULL);
	}
	hip_bex_fail(assoc, HIP_KIF_REFUSED);
}

static struct hip_assoc *still_wanted(const struct hip_offer *o)
{
	struct hip_assoc *assoc;

	if (o->orphan)
		return NULL;
	assoc = hip_assoc_find(&o->job.host->assocs, &o->found.local,
			       &o->found.peer);
	if (!assoc || !assoc->bex || assoc->bex->serial != o->serial)
		return NULL;
	return assoc;
}

static void solve_on(struct hip_assoc *assoc, struct hip_offer *o)
{
	struct hip_bex *bex = assoc->bex;

	if (bex->solving != o)
		hip_offer_free(bex->solving);
	bex->solving = o;
	hip_timer_set(&assoc->host->timers, &bex->timer,
		      hip_host_now(assoc->host) + 1);
}

static int go_on(struct hip_assoc *assoc, struct hip_offer *o)
{
	int drop = 0;

	if (hip_opportunistic_pending(assoc)) {
		if (assoc->bex->solving == o)
			assoc->bex->solving = NULL;
		drop = hip_opportunistic_settle(assoc, o);
		if (!drop)
			o->found = assoc->pair;
	}
	return drop ? drop : install(assoc, o);
}

static void commit(struct hip_job *job)
{
	struct hip_offer *o = (struct hip_offer *)job;
	struct hip_assoc *assoc = still_wanted(o);
	struct hip_host *host = job->host;
	bool solving;

	o->running = false;
	if (!assoc)
		goto drop;
	solving = assoc->bex->solving == o;
	if (job->abandoned) {
		if (solving)	/* goes with the attempt */
			return;
		goto drop;
	}
	if (o->result == HIP_OFFER_UNSOLVED) {
		if (hip_host_now(host) < o->deadline) {
			solve_on(assoc, o);
			return;
		}
		o->drop = HIP_STAT_DROP_PUZZLE;
	}
	if (o->result == HIP_OFFER_READY)
		o->drop = go_on(assoc, o);
	if (!o->drop)
		return;
	host->stats.v[o->drop]++;
	if (!still_wanted(o))
		goto drop;
	if (solving) {	/* the I1 or I2 again, with what is left of it */
		assoc->bex->solving = NULL;
		hip_timer_set(&host->timers, &assoc->bex->timer,
			      hip_host_now(host));
	}
	if (o->suite_missing)
		change_hit(assoc, &o->r1.p);
drop:
	hip_offer_free(o);
}

static void run(struct hip_offer *o, enum hip_job_class class)
{
	o->job.class = class;
	o->running = true;
	hip_job_run(&o->job);
}

void hip_offer_continue(struct hip_assoc *assoc)
{
	if (!assoc->bex->solving->running)
		run(assoc->bex->solving, HIP_JOB_PUZZLE);
}

static struct hip_offer *offer_create(struct hip_assoc *assoc,
				      const struct hip_msg *msg,
				      const struct hip_session *s)
{
	const struct hip_param *puzzle;
	struct hip_host *host = assoc->host;
	struct hip_offer *o;
	uint64_t life;

	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->job = (struct hip_job){ .host = host, .compute = hip_offer_compute,
				   .commit = commit, .pair = &o->pair };
	o->found = assoc->pair;
	o->pair.local = assoc->pair.local;
	o->pair.peer = msg->p->sender;
	o->serial = assoc->bex->serial;
	o->number = ++host->assocs.next_serial;
	hip_msg_hold(&o->r1, msg);
	o->key = hip_key_get(assoc->identity->key);
	o->host_id_len = assoc->identity->host_id_len;
	memcpy(o->host_id, assoc->identity->host_id, o->host_id_len);
	if (assoc->identity->anonymous)
		o->controls = HIP_CONTROL_ANON;
	o->encrypt = host->config.encrypt_host_id;
	o->counter = counter_of(msg->p);
	puzzle = hip_packet_get(msg->p, HIP_PARAM_PUZZLE);
	life = hip_puzzle_lifetime(puzzle->data[1]);
	o->deadline = life < HIP_NEVER - hip_host_now(host) ?
			      hip_host_now(host) + life : HIP_NEVER;
	o->session = *s;
	if (reserve(assoc, &o->pair.peer, s->dh_group)) {
		hip_offer_free(o);
		return NULL;
	}
	o->dh = hip_dh_get(assoc->bex->dh);
	o->session.path = assoc->bex->next;
	o->session.path.peer_hit = o->pair.peer;
	o->session.path.local = msg->dst;
	o->session.path.peer = msg->src;
	o->session.path.alg = s->path.alg;
	hip_rekey_limits(&host->config, &o->session.path);
	return o;
}

void hip_bex_rx_r1(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg)
{
	struct hip_session s = { 0 };
	struct hip_offer *o;
	int drop;

	if (hip_opportunistic_pending(assoc) &&
	    !hip_opportunistic_take_r1(assoc, msg))
		return;
	drop = check(assoc, msg, &s);
	if (!drop && !hip_job_room(host, HIP_JOB_OFFER))
		drop = HIP_STAT_DROP_OVERLOAD;
	if (drop) {
		host->stats.v[drop]++;
		return;
	}
	o = offer_create(assoc, msg, &s);
	if (o)
		run(o, HIP_JOB_OFFER);
	else
		host->stats.v[HIP_STAT_DROP_MEMORY]++;
}
