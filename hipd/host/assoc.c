// SPDX-License-Identifier: GPL-2.0
/*
 * Associations (RFC 7401 section 4.4): the table of them, their keys and the
 * SAs that belong to them. The exchanges are elsewhere (bex.h, close.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bex.h"
#include "host.h"
#include "life.h"
#include "log.h"
#include "rekey.h"
#include "send.h"
#include "store.h"

#define LINGER (5 * HIP_SEC)
#define OLD_MAX 8		/* pairs of SAs that linger */
/* As many as one can have: an association never waits for a timer that there
 * was no memory for.
 */
#define TIMERS 6

/* A pair of SAs that was replaced: it still receives, and what was on its way
 * out when it was replaced still leaves.
 */
struct hip_old_path {
	struct hip_old_path *next;	/* replaced later */
	struct hip_path path;
	uint64_t due;			/* ns, stays at least so long */
};

static const char *const state_names[HIP_N_STATES] = {
	[HIP_UNASSOCIATED] = "UNASSOCIATED",
	[HIP_I1_SENT] = "I1-SENT",
	[HIP_I2_SENT] = "I2-SENT",
	[HIP_R2_SENT] = "R2-SENT",
	[HIP_ESTABLISHED] = "ESTABLISHED",
	[HIP_CLOSING] = "CLOSING",
	[HIP_CLOSED] = "CLOSED",
	[HIP_E_FAILED] = "E-FAILED",
};

const char *hip_state_name(enum hip_state state)
{
	return (unsigned int)state < HIP_N_STATES ? state_names[state] : "?";
}

struct hip_assoc *hip_assoc_find(const struct hip_assocs *as,
				 const struct in6_addr *local,
				 const struct in6_addr *peer)
{
	struct hip_pair pair = { *local, *peer };
	struct hip_assoc *assoc;

	HASH_FIND(hh, as->by_pair, &pair, sizeof(pair), assoc);
	return assoc;
}

uint32_t hip_assoc_path_id(struct hip_host *host)
{
	if (!++host->assocs.next_path_id)
		host->assocs.next_path_id = 1;
	return host->assocs.next_path_id;
}

bool hip_assoc_has_keys(const struct hip_assoc *assoc)
{
	return assoc->keymat.secret_len;
}

static void take_down(struct hip_assoc *assoc, const struct hip_path *path,
		      bool last)
{
	struct hip_kif *kif = assoc->host->kif;

	if (path)
		kif->ops->path_down(kif, path, last);
}

/* The one that was replaced first. */
static void old_drop(struct hip_assoc *assoc)
{
	struct hip_old_path *old = assoc->old;

	take_down(assoc, &old->path, false);
	assoc->old = old->next;
	assoc->n_old--;
	free(old);
}

static void old_drop_all(struct hip_assoc *assoc)
{
	hip_timer_stop(&assoc->host->timers, &assoc->linger);
	while (assoc->old)
		old_drop(assoc);
}

static void path_forget(struct hip_assoc *assoc)
{
	if (assoc->path)
		hip_crypto_wipe(assoc->path, sizeof(*assoc->path));
	assoc->path = NULL;
}

void hip_assoc_path_down(struct hip_assoc *assoc, bool last)
{
	const struct hip_path pair = { .local_hit = assoc->pair.local,
				       .peer_hit = assoc->pair.peer };

	hip_rekey_abort(assoc);
	old_drop_all(assoc);
	take_down(assoc, assoc->path, last);
	/* it has no path, but the kernel's association is there still */
	if (last && !assoc->path && assoc->waits)
		take_down(assoc, &pair, true);
	assoc->waits = !last && (assoc->path || assoc->waits);
	path_forget(assoc);
}

/* After a rekey, and nothing has come through the new SA yet. */
static bool still_used(const struct hip_assoc *assoc)
{
	struct hip_kif *kif = assoc->host->kif;
	struct hip_path_stats st;

	return assoc->path && hip_host_now(assoc->host) < assoc->linger_end &&
	       !kif->ops->path_stats(kif, assoc->path, &st) && !st.rx_packets;
}

static void linger_over(struct hip_timer *t)
{
	struct hip_assoc *assoc =
		(void *)((char *)t - offsetof(struct hip_assoc, linger));
	uint64_t now = hip_host_now(assoc->host);

	/* without R2, or our ACK of its UPDATE, the peer still sends through
	 * the old SAs
	 */
	if (assoc->state == HIP_R2_SENT || still_used(assoc)) {
		hip_timer_set(&assoc->host->timers, t, now + HIP_SEC);
		return;
	}
	while (assoc->old && assoc->old->due <= now)
		old_drop(assoc);
	if (assoc->old)
		hip_timer_set(&assoc->host->timers, t, assoc->old->due);
}

void hip_assoc_retire(struct hip_assoc *assoc, const struct hip_path *path)
{
	struct hip_old_path *old = malloc(sizeof(*old)), **end;

	hip_store_changed(assoc->host);
	if (!old) {
		take_down(assoc, path, false);
		return;
	}
	old->next = NULL;
	old->path = *path;
	old->due = hip_host_now(assoc->host) + LINGER;
	for (end = &assoc->old; *end;)
		end = &(*end)->next;
	*end = old;
	if (++assoc->n_old > OLD_MAX)
		old_drop(assoc);
	hip_timer_set(&assoc->host->timers, &assoc->linger, assoc->old->due);
}

struct hip_assoc *hip_assoc_create(struct hip_host *host,
				   struct hip_identity *identity,
				   const struct in6_addr *peer)
{
	struct hip_assoc *assoc;

	if (hip_assoc_find(&host->assocs, &identity->hit, peer))
		return NULL;
	if (hip_timers_reserve(&host->timers, TIMERS))
		return NULL;
	assoc = calloc(1, sizeof(*assoc));
	if (!assoc) {
		hip_timers_release(&host->timers, TIMERS);
		return NULL;
	}
	assoc->host = host;
	assoc->identity = identity;
	assoc->pair.local = identity->hit;
	assoc->pair.peer = *peer;
	assoc->since = hip_host_now(host);
	hip_timer_init(&assoc->timer, hip_life_timer);
	hip_timer_init(&assoc->linger, linger_over);
	hip_timer_init(&assoc->rekey_timer, hip_rekey_timer);
	HASH_ADD(hh, host->assocs.by_pair, pair, sizeof(assoc->pair), assoc);
	if (hip_hash_added(hh, assoc))
		return assoc;
	hip_timers_release(&host->timers, TIMERS);
	free(assoc);
	return NULL;
}

int hip_assoc_name(struct hip_assoc *assoc, const struct in6_addr *peer)
{
	struct hip_assocs *as = &assoc->host->assocs;

	HASH_DEL(as->by_pair, assoc);
	memset(&assoc->hh, 0, sizeof(assoc->hh));
	assoc->pair.peer = *peer;
	HASH_ADD(hh, as->by_pair, pair, sizeof(assoc->pair), assoc);
	return hip_hash_added(hh, assoc) ? 0 : -ENOMEM;
}

void hip_session_exit(struct hip_session *s)
{
	hip_key_put(s->peer_key);
	free(s->peer_host_id);
	hip_dh_halves_exit(&s->dh);
	hip_crypto_wipe(s, sizeof(*s));
}

static void keys_free(struct hip_assoc *assoc)
{
	hip_key_put(assoc->peer_key);
	assoc->peer_key = NULL;
	free(assoc->peer_host_id);
	assoc->peer_host_id = NULL;
	hip_crypto_wipe(&assoc->keymat, sizeof(assoc->keymat));
	hip_dh_halves_exit(&assoc->dh);
	hip_crypto_wipe(&assoc->own_keys, sizeof(assoc->own_keys));
	hip_crypto_wipe(&assoc->peer_keys, sizeof(assoc->peer_keys));
}

static void updates_end(struct hip_assoc *assoc)
{
	hip_timer_stop(&assoc->host->timers, &assoc->rekey_timer);
	hip_rekey_abort(assoc);
	hip_update_reset(assoc);
}

/* Other keys than before: what is under way with the old ones is void. */
static void take_keys(struct hip_assoc *assoc, struct hip_session *s)
{
	keys_free(assoc);
	updates_end(assoc);
	assoc->life = ++assoc->host->assocs.next_serial;
	assoc->peer_anonymous = s->peer_anonymous;
	assoc->peer_key = s->peer_key;
	hip_key_rest(assoc->peer_key);
	assoc->peer_host_id = s->peer_host_id;
	assoc->peer_host_id_len = s->peer_host_id_len;
	assoc->dh_group = s->dh_group;
	assoc->cipher = s->cipher;
	assoc->keymat = s->keymat;
	assoc->own_keys = s->own_keys;
	assoc->peer_keys = s->peer_keys;
	assoc->keymat_index = s->keymat_index;
	assoc->dh = s->dh;
	assoc->close_sent = false;
	assoc->rtt = 0;
	assoc->n_rekeys = 0;
	memset(&s->dh, 0, sizeof(s->dh));
	assoc->hint = HIP_HINT_NONE;
	s->peer_key = NULL;
	s->peer_host_id = NULL;
	hip_session_exit(s);
}

void hip_assoc_resume(struct hip_assoc *assoc, struct hip_session *s)
{
	assoc->path->alg = s->path.alg;
	take_keys(assoc, s);
	hip_rekey_arm(assoc);
	hip_assoc_enter(assoc, HIP_ESTABLISHED);
}

void hip_assoc_take(struct hip_assoc *assoc, struct hip_session *s)
{
	if (!s->path.id)
		hip_assoc_path_down(assoc, true);
	else if (assoc->path)
		hip_assoc_retire(assoc, assoc->path);
	if (s->path.id) {
		assoc->path = &assoc->path_store;
		*assoc->path = s->path;
		assoc->waits = false;
		hip_crypto_wipe(&assoc->path->in, sizeof(assoc->path->in));
		hip_crypto_wipe(&assoc->path->out, sizeof(assoc->path->out));
	}
	assoc->local = s->path.local;
	assoc->peer = s->path.peer;
	take_keys(assoc, s);
	if (assoc->path)
		hip_rekey_arm(assoc);
}

bool hip_assoc_adopted(const struct hip_assoc *assoc)
{
	return assoc->path && !hip_assoc_has_keys(assoc);
}

void hip_assoc_tell(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;

	if (host->event)
		host->event(host, assoc, hip_state_name(assoc->state));
}

void hip_assoc_enter(struct hip_assoc *assoc, enum hip_state state)
{
	struct hip_host *host = assoc->host;
	char local[HIP_ADDRSTRLEN], peer[HIP_ADDRSTRLEN];

	if (assoc->state != state && hip_log_wanted(HIP_LOG_BEX, HIP_LOG_DEBUG))
		hip_debug(BEX, "%s %s: %s to %s",
			  hip_addr_str(&assoc->pair.local, local),
			  hip_addr_str(&assoc->pair.peer, peer),
			  hip_state_name(assoc->state), hip_state_name(state));
	if (state != HIP_R2_SENT && state != HIP_ESTABLISHED)
		updates_end(assoc);
	if (assoc->state == HIP_ESTABLISHED || state == HIP_ESTABLISHED)
		hip_store_changed(host);
	assoc->state = state;
	assoc->since = hip_host_now(host);
	hip_life_arm(assoc);
	hip_assoc_tell(assoc);
}

static void assoc_free(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;
	size_t i;

	for (i = 0; assoc->queued && i < host->n_adopted; i++)
		if (host->adopted[i] == assoc)
			host->adopted[i] = NULL;
	updates_end(assoc);
	hip_timer_stop(&host->timers, &assoc->timer);
	hip_retransmit_clear(&assoc->rtx);
	hip_crypto_wipe(assoc->close_nonce, sizeof(assoc->close_nonce));
	keys_free(assoc);
	if (hip_hash_added(hh, assoc))
		HASH_DEL(host->assocs.by_pair, assoc);
	if (assoc->state == HIP_ESTABLISHED)
		hip_store_changed(host);
	hip_timers_release(&host->timers, TIMERS);
	free(assoc);
}

void hip_assoc_destroy(struct hip_assoc *assoc)
{
	hip_bex_abort(assoc);
	hip_assoc_path_down(assoc, true);
	if (assoc->state != HIP_UNASSOCIATED)
		hip_assoc_enter(assoc, HIP_UNASSOCIATED);
	assoc_free(assoc);
}

void hip_assoc_forget(struct hip_assoc *assoc)
{
	hip_bex_forget(assoc);
	hip_rekey_abort(assoc);
	if (assoc->state == HIP_CLOSING)
		hip_assoc_path_down(assoc, true);
	old_drop_all(assoc);
	path_forget(assoc);
	assoc_free(assoc);
}
