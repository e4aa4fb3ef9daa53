// SPDX-License-Identifier: GPL-2.0
/*
 * The saved state. As a file it must open only when the daemon sealed it; what
 * is in it is read as if it had been.
 *
 * Input: an octet, then by its remainder of 3: a file; records; edits of a
 * genuine record (octet pair where, octet with what).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "log.h"
#include "saved.h"
#include "sim.h"
#include "store.h"

static uint8_t *genuine;
static size_t genuine_len;

static void record(void)
{
	static struct sim sim;
	struct hip_assoc *assoc;

	fuzz_random(1);
	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	sim_init(&sim);
	sim_data(&sim.host[0], &sim.host[1]);
	sim_run(&sim, HIP_SEC);
	assoc = sim_assoc(&sim.host[0], &sim.host[1]);
	genuine_len = hip_saved_put(NULL, assoc);
	genuine = malloc(genuine_len);
	fuzz_check(hip_saved_put(genuine, assoc) == genuine_len);
	sim_exit(&sim);
}

/* All of a record that is taken is within its bounds, and can be used. */
static void use(struct hip_saved *s)
{
	struct hip_session *session = &s->session;
	const struct hip_hipkeys *own = &session->own_keys;

	fuzz_check(session->path.alg && session->path.id);
	fuzz_check(session->keymat.secret_len <= HIP_DH_SECRET_MAX);
	fuzz_check(own->enc_len <= sizeof(own->enc));
	fuzz_check(own->mac_len && own->mac_len <= sizeof(own->mac));
	fuzz_check(session->peer_key && session->peer_host_id_len >= 10);
	fuzz_check(!memcmp(hip_key_hit(session->peer_key), &s->pair.peer,
			   sizeof(s->pair.peer)));
}

static void records(const uint8_t *at, size_t left)
{
	struct hip_pair pair;
	const uint8_t *data;
	struct hip_saved s;
	size_t len;

	while ((len = hip_saved_next(&at, &left, &pair, &data))) {
		if (hip_saved_get(&s, data, len))
			continue;
		use(&s);
		hip_session_exit(&s.session);
	}
}

static void edited(struct fuzz_input *in)
{
	size_t len = genuine_len, at;
	uint8_t *copy, *exact;

	copy = malloc(genuine_len);
	memcpy(copy, genuine, genuine_len);
	while (in->left >= 3) {
		at = fuzz_u16(in);
		if (at & 0x8000)
			len = (at & 0x7fff) % (genuine_len + 1);
		else if (at < genuine_len)
			copy[at] ^= fuzz_u8(in);
	}
	/* no longer than it is, so that an overread is seen */
	exact = realloc(copy, len ? len : 1);
	records(exact, len);
	free(exact);
}

/* Nobody without the secret makes a file that is taken. */
static void file(const uint8_t *data, size_t size)
{
	static const uint8_t boot[HIP_STORE_BOOT];
	static struct hip_host host;
	char path[64], secret[64];
	struct hip_store *store;
	char err[256] = "";
	int fd;

	snprintf(path, sizeof(path), "./fuzz-state.%d", getpid());
	snprintf(secret, sizeof(secret), "./fuzz-state-secret.%d", getpid());
	unlink(secret);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	fuzz_check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	host.stats.v[HIP_STAT_STATE_REFUSED] = 0;
	store = hip_store_open(&host, path, secret, boot, err, sizeof(err));
	if (!store)
		fuzz_fail(__FILE__, __LINE__, err);
	fuzz_check(host.stats.v[HIP_STAT_STATE_REFUSED] == 1);
	hip_store_close(store);
	unlink(secret);
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char err[64];

	hip_log_setup("err", err, sizeof(err));
	if (!genuine)
		record();
	switch (fuzz_u8(&in) % 3) {
	case 0:
		file(in.p, in.left);
		break;
	case 1:
		records(in.p, in.left);
		break;
	default:
		edited(&in);
	}
	return 0;
}
