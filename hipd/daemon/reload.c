// SPDX-License-Identifier: GPL-2.0
/*
 * SIGHUP: configuration, keys, hosts file and access rules are read anew, all
 * or nothing. Past the reading there is no way back: what fails then is told.
 * Owns no state.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "life.h"
#include "log.h"
#include "r1pool.h"
#include "reload.h"

static int load_config(const struct hip_host *host, const char *file,
		       struct hip_config *new, char *err, size_t err_len)
{
	char was[HIP_CONFIG_TEXT], is[HIP_CONFIG_TEXT];
	const struct hip_config_key *key;
	int ret;

	*new = host->config;
	ret = hip_config_load(new, file, !strcmp(file, HIP_CONFIG_FILE), err,
			      err_len);
	if (ret)
		return ret;
	for (size_t i = 0; (key = hip_config_key(i)); i++) {
		hip_config_text(&host->config, key, was);
		hip_config_text(new, key, is);
		if (!key->restart || !strcmp(was, is))
			continue;
		snprintf(err, err_len, "%s: %s: changed from '%s' to '%s', "
			 "which needs a restart", file, key->name, was, is);
		return -EBUSY;
	}
	return 0;
}

/* The host's own object of this key, if it has one, taken off @from. */
static struct hip_identity *take(struct hip_identities *from,
				 const struct in6_addr *hit)
{
	struct hip_identity **at, *id;

	for (at = &from->first; (id = *at); at = &id->next) {
		if (!hip_addr_eq(&id->hit, hit))
			continue;
		*at = id->next;
		return id;
	}
	return NULL;
}

static void tell_kernel(struct hip_host *host, const struct hip_identity *id,
			bool is_default)
{
	host->kif->ops->hit_add(host->kif, &id->hit, is_default);
}

static void forget(struct hip_host *host, struct hip_identities *gone)
{
	struct hip_identity *id;

	for (id = gone->first; id; id = id->next) {
		hip_host_identity_removed(host, id);
		hip_notice(CONFIG, "identity %s is gone", id->name);
	}
	hip_identities_exit(gone);
}

/* Associations point to identities: an object whose key is still there stays
 * the same one. @new is in the right order already.
 */
static void change_identities(struct hip_host *host,
			      struct hip_identities *new)
{
	struct hip_identities gone = host->identities;
	struct hip_identity **at, *id, *old;
	bool was_default;

	host->identities = *new;
	for (at = &host->identities.first; *at; at = &(*at)->next) {
		struct hip_identities drop = { .first = NULL };

		id = *at;
		old = take(&gone, &id->hit);
		if (!old) {
			if (hip_host_identity_added(host, id))
				hip_err(CONFIG, "identity %s cannot be used",
					id->name);
			continue;
		}
		if (old->anonymous != id->anonymous) {
			old->anonymous = id->anonymous;
			hip_identity_set_domain(old, host->config.domain);
			if (hip_r1pool_renew(host->r1pool, old))
				hip_err(CONFIG, "identity %s: no new R1s",
					id->name);
		}
		was_default = old->is_default;
		strcpy(old->name, id->name);
		old->is_default = id->is_default;
		old->next = id->next;
		*at = old;
		id->next = NULL;
		drop.first = id;
		hip_identities_exit(&drop);
		if (was_default != old->is_default)
			tell_kernel(host, old, old->is_default);
	}
	new->first = NULL;
	forget(host, &gone);
}

int hip_reload(struct hip_host *host, const char *config_file, char *err,
	       size_t err_len)
{
	struct hip_identities ids = { .first = NULL };
	struct hip_peers peers = { NULL, NULL };
	struct hip_config config;
	int ret;

	ret = load_config(host, config_file, &config, err, err_len);
	if (!ret)
		ret = host->kif->ops->suites(host->kif, &config.esp_suites,
					     err, err_len);
	if (ret)
		return ret;
	ret = hip_identities_load(&ids, config.keys, err, err_len);
	if (ret)
		return ret;
	/* A directory that was unmounted, say: do not drop everything. */
	if (!ids.first) {
		snprintf(err, err_len, "%s: found no key, expected one at "
			 "least", config.keys);
		return -ENOENT;
	}
	ret = hip_peers_read(&peers, &host->peers, config.hosts, err, err_len);
	if (!ret)
		ret = hip_acl_load(&host->acl, config.access, &peers, err,
				   err_len);
	if (ret) {
		hip_peers_exit(&peers);
		hip_identities_exit(&ids);
		return ret;
	}
	hip_peers_exit(&host->peers);
	host->peers = peers;
	hip_leaps_tell(&host->leaps, &host->peers);
	change_identities(host, &ids);
	hip_life_changed(host);
	ret = hip_host_configure(host, &config);
	hip_access_enforce(host);
	if (ret)
		snprintf(err, err_len, "new R1s cannot be made: %s",
			 strerror(-ret));
	return ret ? 1 : 0;
}
