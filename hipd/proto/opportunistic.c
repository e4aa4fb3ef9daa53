// SPDX-License-Identifier: GPL-2.0
/*
 * Opportunistic mode (RFC 7401 section 4.1.8): from a locator to a HIT, and the
 * leap of faith that remembers it.
 *
 * The RFC forbids to expect the HIT that a locator had before. This host does
 * so all the same unless leap-of-faith = no, as ssh does with host keys: who
 * sits on the path would otherwise never be noticed.
 */
#include <errno.h>
#include <string.h>

#include "auth.h"
#include "log.h"
#include "opportunistic.h"

bool hip_opportunistic_pending(const struct hip_assoc *assoc)
{
	return !hip_addr_is_hit(&assoc->pair.peer);
}

/* ---- asking ---- */

static struct hip_assoc *find_up(const struct hip_host *host,
				 const struct hip_identity *id,
				 const struct in6_addr *addr)
{
	struct hip_assoc *assoc;

	for (assoc = host->assocs.by_pair; assoc; assoc = assoc->hh.next)
		if (assoc->identity == id && hip_addr_eq(&assoc->peer, addr) &&
		    (assoc->state == HIP_ESTABLISHED ||
		     assoc->state == HIP_R2_SENT))
			return assoc;
	return NULL;
}

static int begin(struct hip_host *host, struct hip_identity *id,
		 const struct in6_addr *addr, struct hip_assoc **out)
{
	struct hip_assoc *assoc;
	int err;

	assoc = hip_assoc_find(&host->assocs, &id->hit, addr);
	if (!assoc)
		assoc = hip_assoc_create(host, id, addr);
	if (!assoc)
		return -ENOMEM;
	assoc->asked = *addr;
	assoc->peer = *addr;
	err = hip_bex_begin(assoc);
	if (!err)
		*out = assoc;
	else if (assoc->state == HIP_UNASSOCIATED)
		hip_assoc_destroy(assoc);
	return err;
}

int hip_opportunistic_connect(struct hip_host *host,
			      const struct in6_addr *local,
			      const struct in6_addr *addr,
			      struct hip_assoc **out)
{
	struct hip_identity *id;

	if (!host->config.opportunistic)
		return -EPERM;
	id = local ? hip_identity_by_hit(&host->identities, local) :
		     hip_identity_default(&host->identities);
	if (!id)
		return -ENOENT;
	*out = find_up(host, id, addr);
	return *out ? 0 : begin(host, id, addr, out);
}

/* ---- R1 ---- */

struct hip_assoc *hip_opportunistic_find(const struct hip_host *host,
					 const struct hip_msg *msg)
{
	return hip_assoc_find(&host->assocs, &msg->p->receiver, &msg->src);
}

static bool in_list(const struct hip_param *suites,
		    const struct hip_identity *id)
{
	return hip_list_has8(suites->data, suites->len,
			     (uint8_t)(hip_hit_suite(&id->hit) << 4));
}

/* Another HIT of ours asks at the same locator, and @assoc ends. */
static void change_hit(struct hip_assoc *assoc, struct hip_identity *id,
		       const struct hip_param *unverified)
{
	struct hip_host *host = assoc->host;
	struct in6_addr addr = assoc->asked;
	struct hip_assoc *other;

	if (!begin(host, id, &addr, &other) && unverified &&
	    unverified->len <= sizeof(other->bex->suites)) {
		other->bex->n_suites = unverified->len;
		memcpy(other->bex->suites, unverified->data, unverified->len);
	}
	hip_bex_fail(assoc, HIP_KIF_REFUSED);
}

/* The Responder's HIT is of a suite that we do not know: of this R1, which may
 * be forged, nothing but HIT_SUITE_LIST is used, and that is compared with the
 * one of the next.
 */
static void foreign(struct hip_assoc *assoc, const struct hip_packet *p)
{
	const struct hip_param *suites;
	struct hip_host *host = assoc->host;
	struct hip_identity *id;

	host->stats.v[HIP_STAT_DROP_HIT_SUITE]++;
	suites = hip_packet_get(p, HIP_PARAM_HIT_SUITE_LIST);
	if (!suites || assoc->bex->n_suites)
		return;
	for (id = host->identities.first; id; id = id->next) {
		if (!in_list(suites, id) || hip_hit_suite(&id->hit) ==
					    hip_hit_suite(&assoc->pair.local) ||
		    hip_assoc_find(&host->assocs, &id->hit, &assoc->asked))
			continue;
		change_hit(assoc, id, suites);
		return;
	}
}

bool hip_opportunistic_take_r1(struct hip_assoc *assoc,
			       const struct hip_msg *msg)
{
	if (!assoc->bex)
		return true;	/* which drops it */
	if (!hip_suite_supported(hip_hit_suite(&msg->p->sender))) {
		foreign(assoc, msg->p);
		return false;
	}
	/* could not be remembered (RFC 7401 section 6.8, step 9) */
	if (msg->p->controls & HIP_CONTROL_ANON) {
		assoc->host->stats.v[HIP_STAT_DROP_ANONYMOUS_R1]++;
		return false;
	}
	return true;
}

static bool same_suites(const struct hip_bex *bex,
			const struct hip_param *suites)
{
	return bex->n_suites == suites->len &&
	       !memcmp(bex->suites, suites->data, suites->len);
}

/* The R1 before lied about the suites, or somebody in its name did. */
static void restart(struct hip_assoc *assoc, struct hip_offer *o,
		    const struct hip_param *suites)
{
	struct hip_host *host = assoc->host;
	struct hip_identity *id;

	for (id = host->identities.first; id; id = id->next)
		if (in_list(suites, id))
			break;
	if (id && id != assoc->identity) {
		change_hit(assoc, id, NULL);
		return;
	}
	if (assoc->bex->solving == o)
		assoc->bex->solving = NULL;
	hip_bex_abort(assoc);
	if (hip_bex_begin(assoc))
		hip_assoc_destroy(assoc);
}

/* The peer was known by its HIT, only not to who asked. An R1 can be played
 * back by anybody, so what exists stays; what does not work is tried anew.
 */
static void hand_over(struct hip_assoc *assoc, struct hip_assoc *known)
{
	known->asked = assoc->asked;
	if (known->state != HIP_ESTABLISHED && known->state != HIP_R2_SENT &&
	    !known->bex) {
		known->peer = assoc->asked;
		hip_bex_begin(known);
	}
	hip_assoc_tell(known);
	hip_assoc_destroy(assoc);
}

static int check_leap(struct hip_assoc *assoc, const struct in6_addr *hit)
{
	char addr[HIP_ADDRSTRLEN], was[HIP_ADDRSTRLEN], is[HIP_ADDRSTRLEN];
	struct hip_host *host = assoc->host;
	struct hip_leap *leap = hip_leap_find(&host->leaps, &assoc->asked);

	if (!leap || !host->config.leap_of_faith ||
	    hip_addr_eq(&leap->hit, hit))
		return 0;
	leap->refused = *hit;
	hip_addr_str(&leap->addr, addr);
	hip_log_limited(BEX, WARNING, "%s was %s and now says that it is %s: "
			"refused until 'hip peer trust %s'", addr,
			hip_addr_str(&leap->hit, was),
			hip_addr_str(hit, is), addr);
	return HIP_STAT_DROP_HIT_CHANGED;
}

int hip_opportunistic_settle(struct hip_assoc *assoc,
			     struct hip_offer *o)
{
	const struct hip_param *suites;
	struct hip_host *host = assoc->host;
	struct hip_assoc *known;
	int drop;

	suites = hip_packet_get(&o->r1.p, HIP_PARAM_HIT_SUITE_LIST);
	if (assoc->bex->n_suites && !same_suites(assoc->bex, suites)) {
		restart(assoc, o, suites);
		return HIP_STAT_DROP_HIT_SUITE;
	}
	drop = check_leap(assoc, &o->pair.peer);
	if (drop)
		return drop;
	known = hip_assoc_find(&host->assocs, &o->pair.local, &o->pair.peer);
	if (!known && !hip_assoc_name(assoc, &o->pair.peer))
		return 0;
	if (!known) {
		hip_assoc_destroy(assoc);
		return HIP_STAT_DROP_MEMORY;
	}
	if (assoc->bex->solving == o)
		assoc->bex->solving = NULL;
	hand_over(assoc, known);
	return HIP_STAT_DROP_STATE;
}

/* ---- remembering ---- */

#define RETRY (5 * HIP_SEC)

static void on_retry(struct hip_timer *t);

/* The file could not be written, if @err: it will be. */
static void save_later(struct hip_host *host, int err)
{
	if (!err)
		return;
	host->stats.v[HIP_STAT_STATE_ERROR]++;
	if (hip_timer_armed(&host->leaps_retry))
		return;
	hip_timer_init(&host->leaps_retry, on_retry);
	hip_timer_set(&host->timers, &host->leaps_retry,
		      hip_host_now(host) + RETRY);
}

static void on_retry(struct hip_timer *t)
{
	struct hip_host *host =
		(void *)((char *)t - offsetof(struct hip_host, leaps_retry));
	int err = hip_leaps_save(&host->leaps);

	save_later(host, err);
	if (!err)
		hip_notice(BEX, "%s: saved", host->leaps.file);
}

void hip_opportunistic_learn(struct hip_assoc *assoc)
{
	char addr[HIP_ADDRSTRLEN], hit[HIP_ADDRSTRLEN];
	struct hip_host *host = assoc->host;
	const struct hip_leap *leap;
	int err;

	if (hip_addr_is_zero(&assoc->asked) ||
	    !hip_addr_eq(&assoc->asked, &assoc->peer))
		return;
	leap = hip_leap_find(&host->leaps, &assoc->asked);
	if (leap && hip_addr_eq(&leap->hit, &assoc->pair.peer))
		return;
	err = hip_leap_set(&host->leaps, &assoc->asked, &assoc->pair.peer);
	save_later(host, err);
	hip_leaps_tell(&host->leaps, &host->peers);
	hip_addr_str(&assoc->asked, addr);
	hip_addr_str(&assoc->pair.peer, hit);
	if (err)
		hip_err(BEX, "%s: %s is %s, but that is not saved yet: %s",
			host->leaps.file, addr, hit, strerror(-err));
	else
		hip_notice(BEX, "%s is %s from now on (leap of faith)", addr,
			   hit);
}

int hip_opportunistic_trust(struct hip_host *host, struct hip_leap *leap)
{
	struct in6_addr addr = leap->addr, hit = leap->refused;
	int err;

	if (hip_addr_is_zero(&hit))
		return -ENOENT;
	err = hip_leap_set(&host->leaps, &addr, &hit);
	save_later(host, err);
	hip_leaps_tell(&host->leaps, &host->peers);
	return err;
}

int hip_opportunistic_forget(struct hip_host *host, const struct in6_addr *hit)
{
	int err = hip_leap_forget(&host->leaps, hit);

	save_later(host, err);
	return err;
}

void hip_opportunistic_stop(struct hip_host *host)
{
	int err = hip_leaps_save(&host->leaps);

	hip_timer_stop(&host->timers, &host->leaps_retry);
	if (err)
		hip_err(BEX, "%s: what was learned last is not saved: %s",
			host->leaps.file, strerror(-err));
}

/* ---- answering ---- */

struct hip_identity *hip_opportunistic_identity(const struct hip_host *host,
						const struct in6_addr *peer)
{
	struct hip_identity *id, *rsa = NULL;

	for (id = host->identities.first; id; id = id->next) {
		if (hip_hit_suite(&id->hit) == hip_hit_suite(peer))
			return id;
		if (!rsa && hip_hit_suite(&id->hit) == HIP_SUITE_RSA_SHA256)
			rsa = id;
	}
	return rsa ? rsa : hip_identity_default(&host->identities);
}
