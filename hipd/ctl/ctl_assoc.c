// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Assoc: associations. Connect answers when the base exchange is over.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_call.h"
#include "icmp.h"
#include "opportunistic.h"
#include "rekey.h"

static json_t *show(struct hip_ctl_call *call, const struct hip_ctl_key *key)
{
	const struct hip_assoc *a = hip_assoc_find(&call->host->assocs,
						   &key->local, &key->peer);

	return a ? hip_ctl_assoc_json(call->host, a,
				      hip_ctl_list_counters(call)) :
		   NULL;
}

static void assoc_list(struct hip_ctl_call *call)
{
	hip_ctl_list_assocs(call, "assocs", false, show);
}

/* ---- connect ---- */

static bool is_up(const struct hip_assoc *assoc)
{
	return assoc->state == HIP_ESTABLISHED || assoc->state == HIP_R2_SENT;
}

static void reply_assoc(struct hip_ctl_call *call,
			const struct hip_assoc *assoc)
{
	hip_ctl_reply(call, json_pack("{s:o}", "assoc",
				      hip_ctl_assoc_json(call->host, assoc,
							 false)));
}

static const char *says(const struct hip_assoc *assoc)
{
	return hip_icmp_hint(assoc->hint) ? ": ICMP says that " : "";
}

/* The locators that a first I1 goes to are the peer's own. */
static void reply_no_answer(struct hip_ctl_call *call,
			    const struct hip_assoc *assoc)
{
	const struct hip_peer *peer = hip_peer_by_hit(&call->host->peers,
						      &assoc->pair.peer);
	const struct in6_addr *locator = &assoc->peer;
	char tried[4 * (HIP_ADDRSTRLEN + 1)] = "", buf[HIP_ADDRSTRLEN];
	size_t n = 1, len = 0;

	if (hip_addr_is_zero(locator) && peer) {
		locator = peer->locator;
		n = peer->n_locators < 4 ? peer->n_locators : 4;
	}
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(tried + len, sizeof(tried) - len,
					" %s", hip_addr_str(&locator[i], buf));
	hip_ctl_error(call, HIP_CTL_FAILED, "no answer from %s at%s%s%s",
		      hip_addr_str(&assoc->pair.peer, buf), tried,
		      says(assoc), hip_icmp_hint(assoc->hint) ?: "");
}

/* Of an opportunistic exchange; a HIT that changed is the likely reason. */
static void reply_nobody(struct hip_ctl_call *call,
			 const struct hip_assoc *assoc)
{
	char addr[HIP_ADDRSTRLEN], was[HIP_ADDRSTRLEN], is[HIP_ADDRSTRLEN];
	const struct hip_leap *leap = hip_leap_find(&call->host->leaps,
						    &assoc->asked);

	hip_addr_str(&assoc->asked, addr);
	if (leap && !hip_addr_is_zero(&leap->refused))
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "%s was %s and now says that it is %s, which is "
			      "refused: if it may be, hip peer trust %s", addr,
			      hip_addr_str(&leap->hit, was),
			      hip_addr_str(&leap->refused, is), addr);
	else
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "nobody at %s answers an exchange without a "
			      "HIT%s%s", addr, says(assoc),
			      hip_icmp_hint(assoc->hint) ?: "");
}

/* It goes on with another HIT of this host, if there is one. */
static void reply_refused(struct hip_ctl_call *call,
			  const struct hip_assoc *assoc)
{
	char peer[HIP_ADDRSTRLEN], hit[HIP_ADDRSTRLEN], buf[HIP_ADDRSTRLEN];
	const struct hip_assoc *other = NULL;
	const struct hip_identity *id;

	hip_addr_str(&assoc->pair.peer, peer);
	hip_addr_str(&assoc->pair.local, hit);
	for (id = call->host->identities.first; id && !other; id = id->next) {
		other = hip_assoc_find(&call->host->assocs, &id->hit,
				       &assoc->pair.peer);
		if (other == assoc || (other && !other->bex && !is_up(other)))
			other = NULL;
	}
	if (other)
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "%s does not take a HIT like %s: the exchange goes on with %s",
			      peer, hit,
			      hip_addr_str(&other->pair.local, buf));
	else
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "%s does not take a HIT like %s, and this host has no other",
			      peer, hit);
}

static void on_event(struct hip_ctl_call *call, const struct hip_assoc *assoc,
		     const char *what)
{
	struct hip_pair *pair = call->data;
	char hit[HIP_ADDRSTRLEN];

	/* who was asked by its locator has a HIT now */
	if (hip_addr_eq(&pair->peer, &assoc->asked) &&
	    hip_addr_eq(&pair->local, &assoc->pair.local))
		pair->peer = assoc->pair.peer;
	if (!hip_addr_eq(&pair->local, &assoc->pair.local) ||
	    !hip_addr_eq(&pair->peer, &assoc->pair.peer))
		return;
	if (is_up(assoc))
		reply_assoc(call, assoc);
	else if (assoc->failed && assoc->failure == HIP_KIF_REFUSED)
		reply_refused(call, assoc);
	else if (assoc->failed && hip_opportunistic_pending(assoc))
		reply_nobody(call, assoc);
	else if (assoc->failed)
		reply_no_answer(call, assoc);
	else if (!assoc->bex)
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "the association with %s was closed meanwhile",
			      hip_addr_str(&pair->peer, hit));
}

static void release(struct hip_ctl_call *call)
{
	free(call->data);
}

static void await(struct hip_ctl_call *call, const struct hip_assoc *assoc)
{
	struct hip_pair *pair = malloc(sizeof(*pair));

	if (!pair) {
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", strerror(ENOMEM));
		return;
	}
	*pair = assoc->pair;
	call->data = pair;
	call->release = release;
	call->event = on_event;
}

static void connect_failed(struct hip_ctl_call *call, const char *peer,
			   int ret)
{
	if (ret == -EPERM)
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "opportunistic mode is off: set opportunistic = "
			      "yes in hipd.conf");
	else if (ret == -EHOSTUNREACH)
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "no usable locator of '%.64s' is known: hip "
			      "peer add %.64s addr ADDRESS", peer, peer);
	else if (ret == -ENOENT)
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "there is no identity to use: hip id add");
	else
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", strerror(-ret));
}

/* The other end: a HIT or a name, or a locator alone. */
static bool take_peer(struct hip_ctl_call *call, const char *text,
		      bool opportunistic, struct in6_addr *peer)
{
	if (!opportunistic)
		return hip_ctl_hit(call, text, peer);
	if (!hip_addr_parse(peer, text) && hip_peer_locator_valid(peer))
		return true;
	hip_ctl_error(call, HIP_CTL_INVALID,
		      "found '%.64s', expected a locator: a unicast address "
		      "that is no HIT", text);
	return false;
}

static void assoc_connect(struct hip_ctl_call *call)
{
	const char *text, *local_text = NULL;
	const struct hip_identity *id = NULL;
	struct hip_assoc *assoc = NULL;
	struct in6_addr peer;
	int opportunistic = 0, ret;

	if (!hip_ctl_params(call, "{s:s,s?s,s?b}", "peer", &text, "local",
			    &local_text, "opportunistic", &opportunistic) ||
	    !take_peer(call, text, opportunistic, &peer))
		return;
	if (local_text) {
		id = hip_ctl_identity(call, local_text);
		if (!id)
			return;
	}
	if (hip_identity_by_hit(&call->host->identities, &peer)) {
		hip_ctl_error(call, HIP_CTL_INVALID,
			      "'%.64s' is an identity of this host", text);
		return;
	}
	ret = (opportunistic ? hip_opportunistic_connect : hip_host_connect)
		(call->host, id ? &id->hit : NULL, &peer, &assoc);
	if (ret)
		connect_failed(call, text, ret);
	else if (is_up(assoc))
		reply_assoc(call, assoc);
	else
		await(call, assoc);
}

/* ---- rekey ---- */

struct rekey_wait {
	struct hip_pair pair;
	unsigned int n_rekeys;		/* at the beginning */
};

static void on_rekey_event(struct hip_ctl_call *call,
			   const struct hip_assoc *assoc, const char *what)
{
	const struct rekey_wait *wait = call->data;
	char hit[HIP_ADDRSTRLEN];

	if (!hip_addr_eq(&wait->pair.local, &assoc->pair.local) ||
	    !hip_addr_eq(&wait->pair.peer, &assoc->pair.peer))
		return;
	if (assoc->n_rekeys > wait->n_rekeys)
		reply_assoc(call, assoc);
	else if (!assoc->rekey)
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "no new keys with %s: see the log of hipd",
			      hip_addr_str(&assoc->pair.peer, hit));
}

static void await_rekey(struct hip_ctl_call *call, struct hip_assoc *assoc,
			enum hip_rekey_dh dh)
{
	struct rekey_wait *wait = malloc(sizeof(*wait));
	int ret = wait ? hip_rekey_start(assoc, dh) : -ENOMEM;

	if (ret) {
		free(wait);
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", strerror(-ret));
		return;
	}
	*wait = (struct rekey_wait){ assoc->pair, assoc->n_rekeys };
	call->data = wait;
	call->release = release;
	call->event = on_rekey_event;
}

static void assoc_rekey(struct hip_ctl_call *call)
{
	struct hip_assoc *assoc, *found = NULL;
	struct in6_addr hit;
	const char *text;
	int dh = 0;

	if (!hip_ctl_params(call, "{s:s,s?b}", "peer", &text, "dh", &dh) ||
	    !hip_ctl_hit(call, text, &hit))
		return;
	for (assoc = call->host->assocs.by_pair; assoc; assoc = assoc->hh.next)
		if (hip_addr_eq(&assoc->pair.peer, &hit) &&
		    (!found || !is_up(found)))
			found = assoc;
	if (!found)
		hip_ctl_error(call, HIP_CTL_NOT_FOUND,
			      "there is no association with '%.64s'", text);
	else if (!is_up(found))
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "the association with '%.64s' is not up", text);
	else
		await_rekey(call, found, dh ? HIP_REKEY_NEW_DH :
					      HIP_REKEY_CONFIGURED);
}

/* ---- close and flush ---- */

static void assoc_close(struct hip_ctl_call *call)
{
	struct hip_assoc *assoc, *next;
	struct in6_addr hit;
	const char *text;
	int closed = 0, ret = -ENOENT;

	if (!hip_ctl_params(call, "{s:s}", "peer", &text) ||
	    !hip_ctl_hit(call, text, &hit))
		return;
	for (assoc = call->host->assocs.by_pair; assoc; assoc = next) {
		next = assoc->hh.next;
		if (!hip_addr_eq(&assoc->pair.peer, &hit))
			continue;
		ret = hip_host_close(call->host, assoc);
		closed += !ret;
	}
	if (closed)
		hip_ctl_reply(call, json_pack("{s:i}", "closed", closed));
	else if (ret == -ENOENT)
		hip_ctl_error(call, HIP_CTL_NOT_FOUND,
			      "there is no association with '%.64s'", text);
	else if (ret == -ENOTCONN)
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "the association with '%.64s' is not up: hip "
			      "assoc flush removes it", text);
	else
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", strerror(-ret));
}

/* Those that are up are closed, the rest goes at once; with "now" all go at
 * once and the peers are not told.
 */
static void assoc_flush(struct hip_ctl_call *call)
{
	struct hip_assoc *assoc, *next;
	int now = 0, closed = 0, removed = 0;

	if (!hip_ctl_params(call, "{s?b}", "now", &now))
		return;
	for (assoc = call->host->assocs.by_pair; assoc; assoc = next) {
		next = assoc->hh.next;
		if (!now && !hip_host_close(call->host, assoc)) {
			closed++;
		} else {
			hip_assoc_destroy(assoc);
			removed++;
		}
	}
	hip_ctl_reply(call, json_pack("{s:i,s:i}", "closed", closed,
				      "removed", removed));
}

const struct hip_ctl_method hip_ctl_assoc_methods[] = {
	{ "io.hip.Assoc.List", false, assoc_list },
	{ "io.hip.Assoc.Connect", true, assoc_connect },
	{ "io.hip.Assoc.Rekey", true, assoc_rekey },
	{ "io.hip.Assoc.Close", true, assoc_close },
	{ "io.hip.Assoc.Flush", true, assoc_flush },
	{ NULL, false, NULL },
};
