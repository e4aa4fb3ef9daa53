// SPDX-License-Identifier: GPL-2.0
/*
 * The table of known peers: by HIT and by name, each name belongs to one peer.
 * A peer is added whole or not at all.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "peer.h"

bool hip_peer_name_valid(const char *name)
{
	size_t len = strlen(name);
	bool letter = false;

	if (!len || len > HIP_PEER_NAME_MAX || *name == '-' || *name == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isascii(name[i]) || (!isalnum((unsigned char)name[i]) &&
					  !strchr(".-_", name[i])))
			return false;
		letter |= !!isalpha((unsigned char)name[i]);
	}
	/* So that a mistyped address is not taken for a name. */
	return letter;
}

bool hip_peer_locator_valid(const struct in6_addr *a)
{
	size_t len;
	const uint8_t *octets = hip_addr_octets(a, &len);

	if (hip_addr_is_v4(a))
		return octets[0] && octets[0] < 224;
	return !hip_addr_is_zero(a) && !IN6_IS_ADDR_MULTICAST(a) &&
	       !IN6_IS_ADDR_LINKLOCAL(a) && !hip_addr_is_hit(a);
}

static void fold(char *to, const char *from)
{
	do
		*to++ = (char)tolower((unsigned char)*from);
	while (*from++);
}

struct hip_peer *hip_peer_by_hit(const struct hip_peers *peers,
				 const struct in6_addr *hit)
{
	struct hip_peer *peer;

	HASH_FIND(hh, peers->by_hit, hit, sizeof(*hit), peer);
	return peer;
}

struct hip_peer *hip_peer_by_name(const struct hip_peers *peers,
				  const char *name)
{
	char key[HIP_PEER_NAME_MAX + 1];
	struct hip_peer_name *n;

	if (strlen(name) > HIP_PEER_NAME_MAX)
		return NULL;
	fold(key, name);
	HASH_FIND_STR(peers->by_name, key, n);
	return n ? n->peer : NULL;
}

static void free_peer(struct hip_peer *peer)
{
	if (!peer)
		return;
	for (size_t i = 0; i < peer->n_names; i++)
		free(peer->name[i]);
	free(peer);
}

static int add_name(struct hip_peer *peer, const char *name)
{
	struct hip_peer_name *n = calloc(1, sizeof(*n) + strlen(name) + 1);

	if (!n)
		return -ENOMEM;
	fold(n->text, name);
	n->peer = peer;
	peer->name[peer->n_names++] = n;
	return 0;
}

/* The names are usable: each once, none of a peer other than @hit's. */
static int check_names(const struct hip_peers *peers,
		       const struct in6_addr *hit, const char *const *names,
		       size_t n)
{
	const struct hip_peer *owner;

	for (size_t i = 0; i < n; i++) {
		if (!hip_peer_name_valid(names[i]))
			return -EINVAL;
		owner = hip_peer_by_name(peers, names[i]);
		if (owner && !hip_addr_eq(&owner->hit, hit))
			return -EEXIST;
		for (size_t j = 0; j < i; j++)
			if (!strcasecmp(names[i], names[j]))
				return -EINVAL;
	}
	return 0;
}

static void unlink_peer(struct hip_peers *peers, struct hip_peer *peer)
{
	if (hip_hash_added(hh, peer))
		HASH_DEL(peers->by_hit, peer);
	for (size_t i = 0; i < peer->n_names; i++)
		if (hip_hash_added(hh, peer->name[i]))
			HASH_DEL(peers->by_name, peer->name[i]);
}

/* In all tables, or without memory in none. */
static int link_peer(struct hip_peers *peers, struct hip_peer *peer)
{
	bool added;

	HASH_ADD(hh, peers->by_hit, hit, sizeof(peer->hit), peer);
	added = hip_hash_added(hh, peer);
	for (size_t i = 0; added && i < peer->n_names; i++) {
		HASH_ADD_STR(peers->by_name, text, peer->name[i]);
		added = hip_hash_added(hh, peer->name[i]);
	}
	if (!added)
		unlink_peer(peers, peer);
	return added ? 0 : -ENOMEM;
}

int hip_peer_add(struct hip_peers *peers, const struct in6_addr *hit,
		 const char *const *names, size_t n_names,
		 const struct in6_addr *locators, size_t n_locators,
		 enum hip_peer_source source)
{
	struct hip_peer *peer, *old;
	int ret;

	if (!hip_addr_is_hit(hit) || n_names > HIP_PEER_NAMES ||
	    n_locators > HIP_PEER_LOCATORS)
		return -EINVAL;
	for (size_t i = 0; i < n_locators; i++)
		if (!hip_peer_locator_valid(&locators[i]))
			return -EINVAL;
	ret = check_names(peers, hit, names, n_names);
	if (ret)
		return ret;
	peer = calloc(1, sizeof(*peer) + n_locators * sizeof(*locators));
	if (!peer)
		return -ENOMEM;
	peer->hit = *hit;
	peer->source = source;
	peer->unused_lifetime = -1;
	peer->n_locators = n_locators;
	if (n_locators)
		memcpy(peer->locator, locators,
		       n_locators * sizeof(*locators));
	for (size_t i = 0; i < n_names; i++) {
		ret = add_name(peer, names[i]);
		if (ret) {
			free_peer(peer);
			return ret;
		}
	}
	old = hip_peer_by_hit(peers, hit);
	ret = link_peer(peers, peer);
	if (ret)
		free_peer(peer);
	else if (old)
		hip_peer_del(peers, old);
	return ret;
}

void hip_peer_del(struct hip_peers *peers, struct hip_peer *peer)
{
	unlink_peer(peers, peer);
	free_peer(peer);
}

void hip_peers_exit(struct hip_peers *peers)
{
	struct hip_peer *peer, *tmp;

	HASH_CLEAR(hh, peers->by_name);
	HASH_ITER(hh, peers->by_hit, peer, tmp) {
		HASH_DEL(peers->by_hit, peer);
		free_peer(peer);
	}
}
