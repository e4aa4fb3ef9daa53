// SPDX-License-Identifier: GPL-2.0
/*
 * The control socket: the input is what a client with all rights writes. Every
 * answer is JSON, and another client is served afterwards. Only keys are not
 * made: that is a thread's work and takes seconds.
 */
#include "ctl_host.h"
#include "fuzz.h"
#include "log.h"

void __wrap_hip_ctl_keygen_start(struct hip_ctl_call *call,
				 const struct hip_identity_spec *spec);

void __wrap_hip_ctl_keygen_start(struct hip_ctl_call *call,
				 const struct hip_identity_spec *spec)
{
	hip_ctl_error(call, HIP_CTL_FAILED, "no keys today");
}

static void answers(int fd)
{
	static char buf[1 << 18];
	ssize_t n, used = 0, at, len;
	json_t *answer;

	for (unsigned int idle = 0; idle < 8; idle++) {
		n = recv(fd, buf + used, sizeof(buf) - (size_t)used, 0);
		if (n == 0)
			break;
		if (n > 0) {
			used += n;
			idle = 0;
		}
		world_pass(20 * HIP_MSEC);
		fuzz_check(used < (ssize_t)sizeof(buf));
	}
	for (at = 0; at < used; at += len + 1) {
		len = (ssize_t)strnlen(buf + at, (size_t)(used - at));
		fuzz_check(at + len < used);
		answer = json_loadb(buf + at, (size_t)len,
				    JSON_REJECT_DUPLICATES, NULL);
		fuzz_check(json_is_object(answer));
		json_decref(answer);
	}
}

/* As it was for the next input: no associations, no other peers. */
static void tidy(const struct in6_addr *far)
{
	struct hip_assoc *assoc, *tmp;
	struct hip_peer *peer, *next;

	HASH_ITER(hh, w.near.assocs.by_pair, assoc, tmp)
		hip_assoc_destroy(assoc);
	HASH_ITER(hh, w.far.assocs.by_pair, assoc, tmp)
		hip_assoc_destroy(assoc);
	HASH_ITER(hh, w.near.peers.by_hit, peer, next)
		if (!hip_addr_eq(&peer->hit, far))
			hip_peer_del(&w.near.peers, peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned int used;
	static struct in6_addr far;
	const char *name = "far";
	char err[64];
	int fd;

	hip_log_setup("err", err, sizeof(err));
	if (used && (used >= 512 || !w.near.identities.first)) {
		fuzz_check(!world_stop(NULL));
		used = 0;
	}
	if (!used++) {
		fuzz_random(1);
		fuzz_check(!world_start(NULL));
		far = hip_identity_default(&w.far.identities)->hit;
	}
	hip_peer_add(&w.near.peers, &far, &name, 1, &w.far_addr, 1,
		     HIP_PEER_HOSTS);
	fd = client_open();
	if (send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size)
		answers(fd);
	close(fd);
	world_pass(20 * HIP_MSEC);
	fd = client_open();
	expect_ok(ask(fd, "io.hip.Status.Get", "{}"));
	close(fd);
	world_pass(20 * HIP_MSEC);
	fuzz_check(!w.ctl->n_clients);
	tidy(&far);
	return 0;
}
