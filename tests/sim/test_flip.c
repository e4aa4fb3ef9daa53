// SPDX-License-Identifier: GPL-2.0
/*
 * A man in the middle changes each octet of each packet of an exchange in
 * turn. Whatever the octet: the exchange ends well by retransmission, with
 * the same keys at both ends, and the damage was counted. Where it was not,
 * the octet is one of the few that mean nothing.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"

struct attack {
	uint8_t type;
	size_t octet;
	uint8_t mask;
	bool repair;		/* the checksum fits again */
	bool done;
	size_t len;		/* of the packet, seen on the way */
	uint8_t buf[HIP_MAX_PACKET];
};

static enum sim_verdict flip(struct sim *sim, struct sim_packet *p)
{
	struct attack *at = sim->arg;

	if (!at || at->done || sim_type(p) != at->type)
		return SIM_PASS;
	at->done = true;
	at->len = p->len;
	memcpy(at->buf, p->buf, p->len);
	p->buf[at->octet] ^= at->mask;
	if (at->repair)
		hip_build_checksum(p->buf, p->len, &p->src, &p->dst);
	return SIM_PASS;
}

/* Is this octet of no meaning in an I1, which nothing protects? */
static bool harmless_i1(const struct attack *at)
{
	size_t list = 2 + 1;	/* DH_GROUP_LIST with one group */

	switch (at->octet) {
	case 0:			/* Next Header */
		return true;
	case 2:			/* the fixed bit */
		return at->mask & 0x80;
	case 3:			/* reserved bits, the fixed bit */
		return at->mask & 0x0f;
	case 4:
	case 5:
		return at->repair;
	case 6:
	case 7:			/* Controls */
		return true;
	default:		/* the group alone: any is answered; padding */
		return at->octet >= HIP_HDR_LEN + 1 + list;
	}
}

/* Padding of the signature itself is under no signature. */
static bool in_last_padding(const struct attack *at)
{
	const uint8_t *tlv = at->buf + HIP_HDR_LEN;
	size_t total;

	if (!at->octet)
		return false;	/* no packet was seen yet */
	for (;;) {
		total = (4 + hip_get16(tlv + 2) + 7) & ~7ul;
		if (tlv + total >= at->buf + at->len)
			break;
		tlv += total;
	}
	return at->octet >= (size_t)(tlv + 4 + hip_get16(tlv + 2) - at->buf);
}

static void teardown(struct sim *sim)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	hip_assoc_destroy(sim_assoc(a, b));
	hip_assoc_destroy(sim_assoc(b, a));
	a->n_ops = b->n_ops = 0;
}

static bool one_attack(struct sim *sim, struct attack *at)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];
	uint64_t drops = sim_drops(a) + sim_drops(b);
	bool counted;

	sim->arg = at;
	at->done = false;
	sim_data(a, b);
	sim_run(sim, 5 * HIP_SEC);
	assert_true(at->done);
	sim_assert_up(a, b);
	counted = sim_drops(a) + sim_drops(b) > drops;
	teardown(sim);
	return counted;
}

static void all_octets(uint8_t type, uint8_t mask, bool repair)
{
	struct attack at = { .type = type, .mask = mask, .repair = repair };
	struct sim sim = { 0 };
	bool harmless;

	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	sim.delay = HIP_MSEC;
	sim.filter = flip;
	sim_init(&sim);
	at.len = HIP_HDR_LEN;
	for (; at.octet < at.len; at.octet++) {
		harmless = type == HIP_I1 ? harmless_i1(&at) :
			   in_last_padding(&at) ||
				   (at.octet >> 1 == 2);
		if (one_attack(&sim, &at) != harmless)
			continue;
		fail_msg("%s octet %zu mask %02x %s: %s",
			 hip_wire_type_name(type), at.octet, mask,
			 repair ? "repaired" : "raw",
			 harmless ? "dropped, yet it means nothing" :
				    "not counted");
	}
	print_message("# %s: %zu octets\n", hip_wire_type_name(type), at.len);
	sim_exit(&sim);
}

static void test_i1(void **state)
{
	all_octets(HIP_I1, 0x01, true);
	all_octets(HIP_I1, 0x80, true);
}

static void test_r1(void **state)
{
	all_octets(HIP_R1, 0x01, true);
	all_octets(HIP_R1, 0x80, true);
}

static void test_i2(void **state)
{
	all_octets(HIP_I2, 0x01, true);
	all_octets(HIP_I2, 0x80, true);
}

static void test_r2(void **state)
{
	all_octets(HIP_R2, 0x01, true);
	all_octets(HIP_R2, 0x80, true);
}

/* With the checksum left as it was every octet is noticed by it, but for the
 * few that are not looked at at all.
 */
static void test_checksum(void **state)
{
	struct attack at = { .mask = 0x10 };
	static const uint8_t types[] = { HIP_I1, HIP_R1, HIP_I2, HIP_R2 };
	struct sim sim = { 0 };
	size_t i;

	sim_prepare(&sim);
	sim.config.dh_groups.n = 1;
	sim.delay = HIP_MSEC;
	sim.filter = flip;
	sim_init(&sim);
	for (i = 0; i < sizeof(types); i++) {
		at.type = types[i];
		at.len = HIP_HDR_LEN;
		for (at.octet = 0; at.octet < at.len; at.octet++)
			assert_true(one_attack(&sim, &at));
	}
	assert_true(sim_stat(&sim.host[0], DROP_CHECKSUM) +
		    sim_stat(&sim.host[1], DROP_CHECKSUM) > 500);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_i1),
		cmocka_unit_test(test_r1),
		cmocka_unit_test(test_i2),
		cmocka_unit_test(test_r2),
		cmocka_unit_test(test_checksum),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
