// SPDX-License-Identifier: GPL-2.0
/*
 * Saved state behind its seal: records of associations, as a daemon with the
 * secret might have written them that is not this one.
 *
 * Input: records.
 */
#include <string.h>

#include "fuzz.h"
#include "saved.h"
#include "wire.h"

/* What was read can be written, and is read again as the same. */
static void again(struct hip_saved *s)
{
	struct hip_session *t = &s->session;
	struct hip_assoc assoc = {
		.pair = s->pair,
		.initiator = s->initiator,
		.dh_group = t->dh_group,
		.cipher = t->cipher,
		.keymat = t->keymat,
		.own_keys = t->own_keys,
		.peer_keys = t->peer_keys,
		.keymat_index = t->keymat_index,
		.dh = t->dh,
		.update = s->update,
		.peer_host_id = t->peer_host_id,
		.peer_host_id_len = t->peer_host_id_len,
		.path = &t->path,
	};
	size_t len = hip_saved_put(NULL, &assoc);
	uint8_t buf[65536 + 2];
	struct hip_saved twin;

	fuzz_check(len <= sizeof(buf));
	fuzz_check(hip_saved_put(buf, &assoc) == len);
	fuzz_check(!hip_saved_get(&twin, buf + 2, len - 2));
	fuzz_check(!memcmp(&twin.pair, &s->pair, sizeof(s->pair)));
	fuzz_check(!memcmp(&twin.update, &s->update, sizeof(s->update)));
	fuzz_check(!memcmp(&twin.session.keymat, &t->keymat,
			   sizeof(t->keymat)));
	hip_session_exit(&twin.session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *record;
	struct hip_pair pair;
	struct hip_saved s;
	size_t len;

	while ((len = hip_saved_next(&data, &size, &pair, &record))) {
		if (hip_saved_get(&s, record, len))
			continue;
		fuzz_check(!memcmp(&pair, &s.pair, sizeof(pair)));
		fuzz_check(s.session.path.alg && s.session.path.id);
		again(&s);
		hip_session_exit(&s.session);
	}
	return 0;
}
