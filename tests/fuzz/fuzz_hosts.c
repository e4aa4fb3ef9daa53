// SPDX-License-Identifier: GPL-2.0
/*
 * The hosts file. A file that is refused leaves a sentence and the peers that
 * there were; one that is taken gives peers that can be found by all they have.
 */
#include <string.h>

#include "addr.h"
#include "fuzz.h"
#include "peer.h"

static void look(const struct hip_peers *peers)
{
	const struct hip_peer *p;
	size_t i;

	for (p = peers->by_hit; p; p = p->hh.next) {
		fuzz_check(hip_addr_is_hit(&p->hit));
		fuzz_check(hip_peer_by_hit(peers, &p->hit) == p);
		fuzz_check(p->n_names <= HIP_PEER_NAMES);
		fuzz_check(p->n_locators <= HIP_PEER_LOCATORS);
		for (i = 0; i < p->n_names; i++)
			fuzz_check(hip_peer_by_name(peers,
						    p->name[i]->text) == p);
		for (i = 0; i < p->n_locators; i++)
			fuzz_check(hip_peer_locator_valid(&p->locator[i]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char old[] = "2001:22:1:2:3:4:5:6 old 192.0.2.77\n";
	struct hip_peers peers = { 0 };
	struct in6_addr hit;
	char err[256] = "";

	fuzz_check(!hip_peers_load(&peers,
				   fuzz_file((const uint8_t *)old,
					     sizeof(old) - 1),
				   err, sizeof(err)));
	hip_addr_parse(&hit, "2001:22:1:2:3:4:5:6");
	if (hip_peers_load(&peers, fuzz_file(data, size), err, sizeof(err))) {
		fuzz_check(err[0] && strlen(err) < sizeof(err));
		fuzz_check(hip_peer_by_hit(&peers, &hit));
	}
	look(&peers);
	hip_peers_exit(&peers);
	return 0;
}
