// SPDX-License-Identifier: GPL-2.0
/*
 * Token buckets in slots chosen by a keyed hash. Addresses that meet in a slot
 * share its bucket while it is in use: memory stays fixed whatever addresses
 * are forged, and the key keeps an attacker from choosing whom he meets.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "ratelimit.h"
#include "timer.h"

#define SLOTS 4096

struct slot {
	uint64_t spent;		/* ns: when the bucket would be full again */
};

struct hip_ratelimit {
	uint64_t key[2];
	uint64_t cost;		/* ns of refill that one event takes */
	uint64_t room;		/* ns of refill that a full bucket holds */
	struct slot slot[SLOTS];
};

struct hip_ratelimit *hip_ratelimit_create(unsigned int rate)
{
	struct hip_ratelimit *rl;

	rl = calloc(1, sizeof(*rl));
	if (!rl)
		return NULL;
	hip_crypto_random(rl->key, sizeof(rl->key));
	hip_ratelimit_set(rl, rate);
	return rl;
}

void hip_ratelimit_set(struct hip_ratelimit *rl, unsigned int rate)
{
	rl->cost = HIP_SEC / rate;
	rl->room = HIP_SEC;
}

void hip_ratelimit_destroy(struct hip_ratelimit *rl)
{
	free(rl);
}

static struct slot *slot_of(struct hip_ratelimit *rl,
			    const struct in6_addr *addr)
{
	unsigned __int128 x;
	uint64_t w[2];

	memcpy(w, addr, sizeof(w));
	x = (unsigned __int128)(w[0] ^ rl->key[0]) * ((w[1] ^ rl->key[1]) | 1);
	x = (unsigned __int128)((uint64_t)(x >> 64) ^ (uint64_t)x) *
	    (rl->key[1] | 1);
	return &rl->slot[(uint64_t)(x >> 52) % SLOTS];
}

bool hip_ratelimit_allow(struct hip_ratelimit *rl, const struct in6_addr *addr,
			 uint64_t now)
{
	struct slot *s = slot_of(rl, addr);

	if (s->spent < now)
		s->spent = now;
	if (s->spent + rl->cost > now + rl->room)
		return false;
	s->spent += rl->cost;
	return true;
}
