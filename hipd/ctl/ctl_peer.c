// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Peer: the table of known peers.
 */
#include <errno.h>
#include <string.h>

#include "ctl_call.h"
#include "opportunistic.h"

static const char *const sources[] = {
	[HIP_PEER_HOSTS] = "hosts",
	[HIP_PEER_COMMAND] = "command",
	[HIP_PEER_LEARNED] = "learned",
};

/* What the peer called itself when one of our identities met it. */
static void set_domain(const struct hip_host *host, json_t *o,
		       const struct in6_addr *hit)
{
	const struct hip_identity *id;
	const struct hip_assoc *assoc;
	char domain[HIP_DOMAIN_TEXT];

	for (id = host->identities.first; id; id = id->next) {
		assoc = hip_assoc_find(&host->assocs, &id->hit, hit);
		if (!assoc || !assoc->peer_host_id ||
		    !hip_domain_of(assoc->peer_host_id,
				   assoc->peer_host_id_len, domain))
			continue;
		json_object_set_new(o, "domain", json_string(domain));
		return;
	}
}

static json_t *show(struct hip_ctl_call *call, const struct hip_ctl_key *key)
{
	const struct hip_peer *peer = hip_peer_by_hit(&call->host->peers,
						      &key->peer);
	const struct hip_leap *leap;
	json_t *names, *locators, *o;

	if (!peer)
		return NULL;
	names = json_array();
	locators = json_array();
	for (size_t i = 0; i < peer->n_names; i++)
		json_array_append_new(names,
				      json_string(peer->name[i]->text));
	for (size_t i = 0; i < peer->n_locators; i++)
		json_array_append_new(locators,
				      hip_ctl_addr(&peer->locator[i]));
	o = json_pack("{s:o,s:o,s:o,s:s}", "hit", hip_ctl_addr(&peer->hit),
		      "names", names, "locators", locators, "source",
		      sources[peer->source]);
	leap = hip_leap_of(&call->host->leaps, &peer->hit);
	if (leap && !hip_addr_is_zero(&leap->refused)) {
		json_object_set_new(o, "refused",
				    hip_ctl_addr(&leap->refused));
		json_object_set_new(o, "refused_at",
				    hip_ctl_addr(&leap->addr));
	}
	hip_ctl_set_access(call->host, o, &peer->hit,
			   peer->n_locators ? peer->locator : NULL, false);
	set_domain(call->host, o, &peer->hit);
	return o;
}

static void peer_list(struct hip_ctl_call *call)
{
	const struct hip_peer *peer;
	struct hip_ctl_list *list;
	struct hip_ctl_key key = { .id = 0 };
	const char *text = NULL;
	struct in6_addr hit;

	if (!hip_ctl_params(call, "{s?s}", "peer", &text) ||
	    (text && !hip_ctl_hit(call, text, &hit)))
		return;
	if (text && !hip_peer_by_hit(&call->host->peers, &hit)) {
		hip_ctl_error(call, HIP_CTL_NOT_FOUND,
			      "peer '%.64s' is not known", text);
		return;
	}
	list = hip_ctl_list_create(call, "peers", show);
	if (!list)
		return;
	for (peer = call->host->peers.by_hit; peer; peer = peer->hh.next) {
		key.peer = peer->hit;
		if (!text || hip_addr_eq(&hit, &peer->hit))
			hip_ctl_list_add(list, &key);
	}
	hip_ctl_list_send(list);
}

/* ---- add ---- */

struct change {
	struct in6_addr hit;
	const char *name[HIP_PEER_NAMES];
	struct in6_addr locator[HIP_PEER_LOCATORS];
	size_t n_names, n_locators;
};

static bool take_names(struct hip_ctl_call *call, json_t *names,
		       struct change *c)
{
	const struct hip_peer *owner;
	json_t *item;
	size_t i;

	if (names && (!json_is_array(names) ||
		      json_array_size(names) > HIP_PEER_NAMES)) {
		hip_ctl_error(call, HIP_CTL_INVALID,
			      "names: expected an array of at most %d names",
			      HIP_PEER_NAMES);
		return false;
	}
	json_array_foreach(names, i, item) {
		const char *name = json_string_value(item);

		if (!name || !hip_peer_name_valid(name)) {
			hip_ctl_error(call, HIP_CTL_INVALID,
				      "found '%.64s', expected a name of "
				      "letters, digits, '.', '-' and '_' with "
				      "a letter in it",
				      name ?: "no string");
			return false;
		}
		owner = hip_peer_by_name(&call->host->peers, name);
		if (owner && !hip_addr_eq(&owner->hit, &c->hit)) {
			hip_ctl_error(call, HIP_CTL_INVALID,
				      "name '%.64s' belongs to another peer",
				      name);
			return false;
		}
		c->name[c->n_names++] = name;
	}
	return true;
}

static bool take_locators(struct hip_ctl_call *call, json_t *locators,
			  struct change *c)
{
	struct in6_addr a;
	json_t *item;
	size_t i;

	if (locators && (!json_is_array(locators) ||
			 json_array_size(locators) > HIP_PEER_LOCATORS)) {
		hip_ctl_error(call, HIP_CTL_INVALID,
			      "locators: expected an array of at most %d "
			      "addresses", HIP_PEER_LOCATORS);
		return false;
	}
	json_array_foreach(locators, i, item) {
		const char *text = json_string_value(item);

		if (!text || hip_addr_parse(&a, text) ||
		    !hip_peer_locator_valid(&a)) {
			hip_ctl_error(call, HIP_CTL_INVALID,
				      "found '%.64s', expected a locator: a "
				      "unicast address that is no HIT",
				      text ?: "no string");
			return false;
		}
		c->locator[c->n_locators++] = a;
	}
	return true;
}

/* What the call does not name stays as it is. */
static void keep_old(const struct hip_peer *old, json_t *names,
		     json_t *locators, struct change *c)
{
	if (!names) {
		c->n_names = old->n_names;
		for (size_t i = 0; i < old->n_names; i++)
			c->name[i] = old->name[i]->text;
	}
	if (!locators) {
		c->n_locators = old->n_locators;
		memcpy(c->locator, old->locator,
		       old->n_locators * sizeof(*old->locator));
	}
}

static void peer_add(struct hip_ctl_call *call)
{
	json_t *names = NULL, *locators = NULL;
	struct change c = { .n_names = 0 };
	const struct hip_peer *old;
	const char *text;
	int ret;

	if (!hip_ctl_params(call, "{s:s,s?o,s?o}", "peer", &text, "names",
			    &names, "locators", &locators) ||
	    !hip_ctl_hit(call, text, &c.hit) ||
	    !take_names(call, names, &c) ||
	    !take_locators(call, locators, &c))
		return;
	if (hip_identity_by_hit(&call->host->identities, &c.hit)) {
		hip_ctl_error(call, HIP_CTL_INVALID,
			      "'%.64s' is an identity of this host", text);
		return;
	}
	old = hip_peer_by_hit(&call->host->peers, &c.hit);
	if (old)
		keep_old(old, names, locators, &c);
	ret = hip_peer_add(&call->host->peers, &c.hit, c.name, c.n_names,
			   c.locator, c.n_locators, HIP_PEER_COMMAND);
	if (ret == -EINVAL)
		hip_ctl_error(call, HIP_CTL_INVALID,
			      "a name is given more than once");
	else if (ret)
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", strerror(-ret));
	else
		hip_ctl_reply(call, json_object());
}

static void peer_delete(struct hip_ctl_call *call)
{
	struct hip_peers *peers = &call->host->peers;
	struct hip_peer *peer;
	struct in6_addr hit;
	const char *text;
	int ret;

	if (!hip_ctl_params(call, "{s:s}", "peer", &text) ||
	    !hip_ctl_hit(call, text, &hit))
		return;
	peer = hip_peer_by_hit(peers, &hit);
	if (!peer) {
		hip_ctl_error(call, HIP_CTL_NOT_FOUND,
			      "peer '%.64s' is not known", text);
		return;
	}
	hip_peer_del(peers, peer);
	ret = hip_opportunistic_forget(call->host, &hit);
	if (ret)
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "forgotten, but %s cannot be written yet: %s",
			      call->host->leaps.file, strerror(-ret));
	else
		hip_ctl_reply(call, json_object());
}

/* By the locator where it was refused, or by the HIT that it had before. */
static void peer_trust(struct hip_ctl_call *call)
{
	struct hip_leaps *leaps = &call->host->leaps;
	struct hip_leap *leap;
	struct in6_addr who;
	const char *text;
	int ret;

	if (!hip_ctl_params(call, "{s:s}", "peer", &text))
		return;
	if (!hip_addr_parse(&who, text) && !hip_addr_is_hit(&who))
		leap = hip_leap_find(leaps, &who);
	else if (hip_ctl_hit(call, text, &who))
		leap = hip_leap_of(leaps, &who);
	else
		return;
	ret = leap ? hip_opportunistic_trust(call->host, leap) : -ENOENT;
	if (ret == -ENOENT)
		hip_ctl_error(call, HIP_CTL_NOT_FOUND,
			      "no other HIT was refused for '%.64s'", text);
	else if (ret)
		hip_ctl_error(call, HIP_CTL_FAILED,
			      "trusted, but %s cannot be written yet: %s",
			      leaps->file, strerror(-ret));
	else
		hip_ctl_reply(call, json_object());
}

const struct hip_ctl_method hip_ctl_peer_methods[] = {
	{ "io.hip.Peer.List", false, peer_list },
	{ "io.hip.Peer.Add", true, peer_add },
	{ "io.hip.Peer.Delete", true, peer_delete },
	{ "io.hip.Peer.Trust", true, peer_trust },
	{ NULL, false, NULL },
};
