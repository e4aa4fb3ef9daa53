// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Status: the daemon in a few lines.
 */
#include <unistd.h>

#include "ctl_call.h"
#include "version.h"

/* {"ESTABLISHED": 3, ...}, states without associations left out. */
static json_t *count_states(const struct hip_host *host)
{
	unsigned int n[HIP_N_STATES] = { 0 };
	const struct hip_assoc *assoc;
	json_t *states = json_object();

	for (assoc = host->assocs.by_pair; assoc; assoc = assoc->hh.next)
		n[assoc->state]++;
	for (unsigned int i = 0; i < HIP_N_STATES; i++)
		if (n[i])
			json_object_set_new(states, hip_state_name(i),
					    json_integer(n[i]));
	return states;
}

static json_t *list_locators(const struct hip_host *host)
{
	json_t *locators = json_array();

	for (size_t i = 0; i < host->n_locators; i++)
		json_array_append_new(locators,
				      hip_ctl_addr(&host->locators[i].addr));
	return locators;
}

static void status_get(struct hip_ctl_call *call)
{
	const struct hip_identity *def =
		hip_identity_default(&call->host->identities);
	const struct hip_host *host = call->host;
	const struct hip_identity *id;
	json_t *status;
	int ids = 0;

	if (!hip_ctl_params(call, "{}"))
		return;
	for (id = host->identities.first; id; id = id->next)
		ids++;
	status = json_pack("{s:s,s:i,s:o,s:s,s:s,s:i,s:i,s:i,s:o,s:o}",
			   "version", HIP_VERSION, "pid", (int)getpid(),
			   "uptime", hip_ctl_seconds(hip_host_now(host) -
						     call->ctl->opened),
			   "kernel", host->kif->ops->name,
			   "device", host->config.device, "ids", ids,
			   "peers", (int)HASH_COUNT(host->peers.by_hit),
			   "assocs", (int)HASH_COUNT(host->assocs.by_pair),
			   "states", count_states(host),
			   "locators", list_locators(host));
	if (status && def) {
		json_object_set_new(status, "hit", hip_ctl_addr(&def->hit));
		json_object_set_new(status, "name", json_string(def->name));
	}
	hip_ctl_reply(call, json_pack("{s:o}", "status", status));
}

const struct hip_ctl_method hip_ctl_status_methods[] = {
	{ "io.hip.Status.Get", false, status_get },
	{ NULL, false, NULL },
};
