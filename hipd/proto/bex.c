// SPDX-License-Identifier: GPL-2.0
/*
 * The Initiator's attempt as a whole: which locators, I1 and I2 again, giving
 * up (RFC 7401 sections 4.4.3, 6.6, 6.6.1).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bex.h"
#include "life.h"
#include "log.h"
#include "opportunistic.h"
#include "send.h"

#define STUCK 3		/* I2s without an answer: I1s join them */
#define I2_ROUNDS 2	/* of i2-retries I2s each, whatever R1s come */

uint64_t hip_bex_complete_time(const struct hip_config *config)
{
	uint64_t rto = config->rto_ms * HIP_MSEC;
	struct hip_retransmit r = { .interval = rto };
	uint64_t sum = rto;
	unsigned int i;

	for (i = 1; i < config->i2_retries; i++)
		sum += hip_retransmit_wait(&r, HIP_BEX_RTO_MAX);
	return sum;
}

const struct hip_session *hip_bex_session(const struct hip_assoc *assoc)
{
	return assoc->bex && assoc->bex->offer ? &assoc->bex->offer->session :
						 NULL;
}

void hip_offer_free(struct hip_offer *offer)
{
	if (!offer)
		return;
	if (offer->running) {
		offer->orphan = true;
		return;
	}
	hip_session_exit(&offer->session);
	hip_key_put(offer->key);
	hip_dh_put(offer->dh);
	free(offer);
}

void hip_bex_unreserve(struct hip_assoc *assoc, struct hip_bex *bex)
{
	struct hip_kif *kif = assoc->host->kif;

	if (bex->next.spi_in)
		kif->ops->path_down(kif, &bex->next, false);
	memset(&bex->next, 0, sizeof(bex->next));
	hip_dh_put(bex->dh);
	bex->dh = NULL;
}

void hip_bex_abort(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;
	struct hip_bex *bex = assoc->bex;

	if (!bex)
		return;
	assoc->bex = NULL;
	hip_timer_stop(&host->timers, &bex->timer);
	if (bex->offer && bex->offer->session.path.id)
		host->kif->ops->path_down(host->kif, &bex->offer->session.path,
					  !assoc->path);
	hip_bex_unreserve(assoc, bex);
	hip_offer_free(bex->offer);
	hip_offer_free(bex->solving);
	hip_retransmit_clear(&bex->rtx);
	free(bex);
}

void hip_bex_forget(struct hip_assoc *assoc)
{
	/* the peer may use this SA already: it has our I2 */
	if (assoc->bex && assoc->bex->offer)
		assoc->bex->offer->session.path.id = 0;
	hip_bex_abort(assoc);
}

static void answer_waiting(struct hip_assoc *assoc, enum hip_kif_failure why)
{
	struct hip_kif *kif = assoc->host->kif;

	if (hip_opportunistic_pending(assoc))
		return;		/* packets wait for HITs */
	kif->ops->acquire_fail(kif, &assoc->pair.local, &assoc->pair.peer,
			       why);
}

void hip_bex_fail(struct hip_assoc *assoc, enum hip_kif_failure why)
{
	assoc->host->stats.v[HIP_STAT_BEX_FAILED]++;
	answer_waiting(assoc, why);
	hip_bex_abort(assoc);
	assoc->failed = true;
	assoc->failure = why;
	if (assoc->state == HIP_CLOSED) {
		/* still answers CLOSEs with its old keys */
		hip_assoc_tell(assoc);
	} else if (hip_assoc_adopted(assoc)) {
		/* the SAs may do well without us: later again */
		hip_assoc_enter(assoc, HIP_UNASSOCIATED);
	} else {
		hip_assoc_path_down(assoc, true);
		hip_assoc_enter(assoc, HIP_E_FAILED);
	}
}

static void retry(struct hip_timer *t)
{
	struct hip_bex *bex =
		(void *)((char *)t - offsetof(struct hip_bex, timer));
	struct hip_assoc *assoc = bex->assoc;

	hip_fsm_run(assoc->host, assoc, HIP_EV_RETRY, NULL);
}

static void arm(struct hip_assoc *assoc)
{
	struct hip_bex *bex = assoc->bex;

	hip_timer_set(&assoc->host->timers, &bex->timer,
		      hip_host_now(assoc->host) +
			      hip_retransmit_wait(&bex->rtx, HIP_BEX_RTO_MAX));
}

static size_t add_way(struct hip_kif *kif, struct hip_way *way, size_t n,
		      const struct in6_addr *peer)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (hip_addr_eq(&way[i].peer, peer))
			return n;
	if (n == HIP_PEER_LOCATORS ||
	    kif->ops->route_source(kif, peer, &way[n].local))
		return n;
	way[n].peer = *peer;
	return n + 1;
}

size_t hip_bex_ways(const struct hip_host *host, const struct in6_addr *hit,
		    const struct in6_addr *last, struct hip_way *way)
{
	const struct hip_peer *peer = hip_peer_by_hit(&host->peers, hit);
	size_t n = 0, i;

	if (last && !hip_addr_is_zero(last))
		n = add_way(host->kif, way, n, last);
	for (i = 0; peer && i < peer->n_locators; i++)
		n = add_way(host->kif, way, n, &peer->locator[i]);
	return n;
}

static int build_i1(const struct hip_bex *bex, struct hip_builder *b)
{
	const struct hip_pair *pair = &bex->assoc->pair;
	const struct in6_addr none = IN6ADDR_ANY_INIT;

	hip_build_start(b, HIP_I1, 0, &pair->local,
			hip_opportunistic_pending(bex->assoc) ? &none :
								&pair->peer);
	hip_build_u8s(b, HIP_PARAM_DH_GROUP_LIST, bex->groups, bex->n_groups);
	return hip_build_end(b);
}

static int prepare_i1(struct hip_bex *bex, const struct hip_config *config)
{
	struct hip_builder b;
	size_t i;
	int err;

	for (i = 0; i < config->dh_groups.n; i++)
		/* 80 bits: for those who know nothing else, never our wish */
		if (config->dh_groups.v[i] != HIP_DH_SECP160R1)
			bex->groups[bex->n_groups++] =
				(uint8_t)config->dh_groups.v[i];
	err = build_i1(bex, &b);
	if (!err)
		err = hip_retransmit_set(&bex->rtx, b.buf, b.len,
					 config->rto_ms * HIP_MSEC);
	return err;
}

static struct hip_bex *bex_create(struct hip_assoc *assoc, int *err)
{
	struct hip_host *host = assoc->host;
	struct hip_bex *bex;

	bex = calloc(1, sizeof(*bex));
	if (!bex) {
		*err = -ENOMEM;
		return NULL;
	}
	bex->assoc = assoc;
	bex->serial = ++host->assocs.next_serial;
	bex->started = hip_host_now(host);
	hip_timer_init(&bex->timer, retry);
	bex->n_ways = hip_bex_ways(host, &assoc->pair.peer, &assoc->peer,
				   bex->way);
	*err = bex->n_ways ? prepare_i1(bex, &host->config) : -EHOSTUNREACH;
	if (*err) {
		free(bex);
		return NULL;
	}
	return bex;
}

int hip_bex_begin(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;
	struct hip_bex *bex;
	size_t i;
	int err;

	if (assoc->bex)
		return 0;
	bex = bex_create(assoc, &err);
	if (!bex)
		return err;
	assoc->bex = bex;
	assoc->failed = false;
	assoc->hint = HIP_HINT_NONE;
	assoc->started = bex->started;
	host->stats.v[HIP_STAT_BEX_INITIATED]++;
	for (i = 0; i < bex->n_ways && i < HIP_BEX_PARALLEL; i++)
		hip_send(host, &bex->way[i].local, &bex->way[i].peer,
			 bex->rtx.buf, bex->rtx.len);
	bex->rtx.tries = 1;
	arm(assoc);
	if (assoc->state != HIP_CLOSED)
		hip_assoc_enter(assoc, HIP_I1_SENT);
	return 0;
}

void hip_bex_data(struct hip_host *host, struct hip_assoc *assoc,
		  const struct hip_msg *msg)
{
	int err;

	err = hip_bex_begin(assoc);
	if (!err)
		return;
	if (err == -EHOSTUNREACH)
		host->stats.v[HIP_STAT_ACQUIRE_UNKNOWN_PEER]++;
	answer_waiting(assoc, HIP_KIF_NO_LOCATOR);
	if (hip_assoc_adopted(assoc))
		hip_life_arm(assoc);
	else if (assoc->state == HIP_UNASSOCIATED)
		hip_assoc_destroy(assoc);
}

/* hip.ko keeps the packet; the exchange is on its way. */
void hip_bex_queued(struct hip_host *host, struct hip_assoc *assoc,
		    const struct hip_msg *msg)
{
}

void hip_bex_refused(struct hip_host *host, struct hip_assoc *assoc,
		     const struct hip_msg *msg)
{
	answer_waiting(assoc, HIP_KIF_NO_ANSWER);
}

void hip_bex_retry_i1(struct hip_host *host, struct hip_assoc *assoc,
		      const struct hip_msg *msg)
{
	struct hip_bex *bex = assoc->bex;
	size_t way;

	if (bex->solving) {
		hip_offer_continue(assoc);
		return;
	}
	if (bex->rtx.tries >= host->config.i1_retries) {
		hip_bex_fail(assoc, HIP_KIF_NO_ANSWER);
		return;
	}
	/* one address only after a timeout (RFC 7401 section 6.6.1) */
	way = bex->rtx.tries % bex->n_ways;
	hip_retransmit_send(host, &bex->rtx, &bex->way[way].local,
			    &bex->way[way].peer);
	arm(assoc);
}

/*
 * The peer does not take our I2: it may have lost the R1 in a restart, or the
 * R1's puzzle, which nothing protects, came damaged. Another R1 helps then
 * (RFC 7401 section 4.1.4: "if it is unable to make progress with that R1,
 * the Initiator may try the other R1s").
 */
static void ask_again(struct hip_host *host, struct hip_bex *bex)
{
	const struct hip_path *path = &bex->offer->session.path;
	struct hip_builder b;

	if (!build_i1(bex, &b))
		hip_send(host, &path->local, &path->peer, b.buf, b.len);
}

/* New R1s give new I2s, but an attempt must end. */
bool hip_bex_exhausted(const struct hip_bex *bex)
{
	const struct hip_config *config = &bex->assoc->host->config;

	return bex->n_i2 >= I2_ROUNDS * config->i2_retries;
}

bool hip_bex_sent_i1(const struct hip_assoc *assoc,
		     const struct in6_addr *addr)
{
	const struct hip_bex *bex = assoc->bex;
	size_t i;

	if (!bex || bex->offer)
		return false;
	for (i = 0; i < bex->n_ways; i++)
		if (hip_addr_eq(&bex->way[i].peer, addr))
			return true;
	return false;
}

bool hip_bex_stuck(const struct hip_bex *bex)
{
	return bex->offer && bex->rtx.tries >= STUCK;
}

void hip_bex_retry_i2(struct hip_host *host, struct hip_assoc *assoc,
		      const struct hip_msg *msg)
{
	struct hip_bex *bex = assoc->bex;

	if (bex->solving) {
		hip_offer_continue(assoc);
		return;
	}
	if (bex->rtx.tries >= host->config.i2_retries ||
	    hip_bex_exhausted(bex)) {
		hip_bex_fail(assoc, HIP_KIF_NO_ANSWER);
		return;
	}
	bex->n_i2++;
	hip_retransmit_send(host, &bex->rtx, &bex->offer->session.path.local,
			    &bex->offer->session.path.peer);
	if (hip_bex_stuck(bex))
		ask_again(host, bex);
	arm(assoc);
}

int hip_bex_send_i2(struct hip_assoc *assoc, struct hip_offer *offer)
{
	struct hip_host *host = assoc->host;
	struct hip_bex *bex = assoc->bex;
	int err;

	err = hip_retransmit_set(&bex->rtx, offer->i2.buf, offer->i2.len,
				 host->config.rto_ms * HIP_MSEC);
	if (err)
		return err;
	bex->n_i2++;
	hip_retransmit_send(host, &bex->rtx, &offer->session.path.local,
			    &offer->session.path.peer);
	arm(assoc);
	return 0;
}
