// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about HIP packets (RFC 7401 sections 4.1.5, 5.4, 6.6.2): what is
 * sent about which packet, where it points, how often; and that what comes in
 * is no more than a hint.
 */
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include "forge.h"
#include "sim.h"

#define ICMP_HDR 8

static size_t ip_len(const struct sim *sim)
{
	return sim->v6 ? 40 : 20;
}

static uint32_t pointer(const struct sim *sim)
{
	return sim->v6 ? hip_get32(sim->icmp.buf + 4) : sim->icmp.buf[4];
}

/* The newest error, about @p, has this type and code, and quotes it. */
static void assert_about(const struct sim *sim, const struct sim_packet *p,
			 uint8_t type, uint8_t code)
{
	const uint8_t *ip = sim->icmp.buf + ICMP_HDR;
	size_t len = sim->icmp.len - ICMP_HDR - ip_len(sim);
	struct in6_addr v4;

	assert_int_equal(sim->icmp.buf[0], type);
	assert_int_equal(sim->icmp.buf[1], code);
	assert_memory_equal(&sim->icmp.src, &p->dst, 16);
	assert_memory_equal(&sim->icmp.dst, &p->src, 16);
	assert_true(len <= p->len && (len == p->len || len >= 500));
	assert_memory_equal(ip + ip_len(sim), p->buf, len);
	assert_int_equal(ip[sim->v6 ? 6 : 9], HIP_PROTO);
	if (sim->v6) {
		assert_memory_equal(ip + 8, &p->src, 16);
		assert_memory_equal(ip + 24, &p->dst, 16);
		return;
	}
	hip_addr_from_v4(&v4, ip + 12);
	assert_memory_equal(&v4, &p->src, 16);
	hip_addr_from_v4(&v4, ip + 16);
	assert_memory_equal(&v4, &p->dst, 16);
}

static void assert_problem(const struct sim *sim, const struct sim_packet *p,
			   size_t at)
{
	assert_about(sim, p, sim->v6 ? ICMP6_PARAM_PROB : ICMP_PARAMETERPROB,
		     0);
	assert_int_equal(pointer(sim), ip_len(sim) + at);
}

/* A packet of @type, from a to b, with HITs of the test's choice. */
static void craft(struct sim *sim, struct sim_packet *p, unsigned int type,
		  const struct in6_addr *from, const struct in6_addr *to)
{
	static const uint8_t nonce[16];
	struct hip_builder b;

	hip_build_start(&b, type, 0, from, to);
	hip_build_copy(&b, HIP_PARAM_ECHO_REQUEST_SIGNED, nonce,
		       sizeof(nonce));
	assert_int_equal(hip_build_end(&b), 0);
	memset(p, 0, sizeof(*p));
	p->src = *sim_addr(&sim->host[0]);
	p->dst = *sim_addr(&sim->host[1]);
	p->len = b.len;
	memcpy(p->buf, b.buf, b.len);
	forge_checksum(p);
}

static void version(bool v6)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet p;

	sim_prepare(&sim);
	sim.v6 = v6;
	sim_init(&sim);
	craft(&sim, &p, HIP_I1, &a->hit, &b->hit);
	((struct hip_header *)p.buf)->version = 0x31;
	assert_drop(b, DROP_VERSION, 1, forge_inject(&sim, &p));
	assert_int_equal(sim.icmp.n, 1);
	assert_problem(&sim, &p, 3);
	assert_int_equal(sim_stat(b, ICMP_TX), 1);
	assert_int_equal(sim_stat(a, ICMP_RX), 1);
	/* of a long one as much as fits (RFC 1812 4.3.2.3, RFC 4443 2.4) */
	p.len = 1600;
	forge_inject(&sim, &p);
	assert_problem(&sim, &p, 3);
	assert_int_equal(sim.icmp.len, v6 ? 1280 - 40 : 576 - 20);
	sim_exit(&sim);
}

static void test_version(void **state)
{
	version(false);
	version(true);
}

/* Points at the first octet of the parameter; a wrong checksum is no cause,
 * and neither is a packet of an association.
 */
static void test_format(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet p;

	sim_init(&sim);
	craft(&sim, &p, HIP_CLOSE, &a->hit, &b->hit);
	p.buf[HIP_HDR_LEN] = 0x7f;	/* an unknown type, critical */
	p.buf[HIP_HDR_LEN + 1] = 0x01;
	assert_drop(b, DROP_CHECKSUM, 1, forge_inject(&sim, &p));
	assert_int_equal(sim.icmp.n, 0);
	forge_checksum(&p);
	assert_drop(b, DROP_CRITICAL, 1, forge_inject(&sim, &p));
	assert_int_equal(sim.icmp.n, 1);
	assert_problem(&sim, &p, HIP_HDR_LEN);
	p.buf[HIP_HDR_LEN + 2] = 0x7f;	/* over the end */
	forge_checksum(&p);
	assert_drop(b, DROP_PARAM, 1, forge_inject(&sim, &p));
	assert_int_equal(sim.icmp.n, 2);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	assert_drop(b, DROP_PARAM, 1, forge_inject(&sim, &p));
	assert_int_equal(sim.icmp.n, 2);
	sim_exit(&sim);
}

static void test_no_association(void **state)
{
	static const uint8_t none[] = { HIP_I1, HIP_R1, HIP_I2, HIP_R2,
					HIP_NOTIFY };
	static const uint8_t some[] = { HIP_UPDATE, HIP_CLOSE, HIP_CLOSE_ACK };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct in6_addr stranger;
	struct sim_packet p;
	size_t i;

	sim_init(&sim);
	hip_addr_parse(&stranger, "2001:22::1");
	for (i = 0; i < sizeof(none); i++) {
		craft(&sim, &p, none[i], &a->hit, &b->hit);
		forge_inject(&sim, &p);
		craft(&sim, &p, none[i], &a->hit, &stranger);
		forge_inject(&sim, &p);
		assert_int_equal(sim.icmp.n, 0);
	}
	for (i = 0; i < sizeof(some); i++) {
		craft(&sim, &p, some[i], &a->hit, &b->hit);
		assert_drop(b, DROP_NO_ASSOC, 1, forge_inject(&sim, &p));
		assert_int_equal(sim.icmp.n, i + 1);
		assert_problem(&sim, &p, 8);
	}
	/* the Sender's HIT is known, the Receiver's is not ours */
	sim_data(a, b);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	craft(&sim, &p, HIP_CLOSE, &a->hit, &stranger);
	assert_drop(b, DROP_HIT, 1, forge_inject(&sim, &p));
	assert_problem(&sim, &p, 24);
	sim_exit(&sim);
}

static void puzzle(bool v6)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	const struct hip_param *sol;
	struct sim_packet i2;
	struct hip_packet p;
	size_t at;

	sim_prepare(&sim);
	sim.v6 = v6;
	sim.config.puzzle_k = 10;
	sim_init(&sim);
	sim_data(a, b);
	forge_catch(&sim, HIP_I2, &i2);
	forge_parse(&p, &i2);
	sol = hip_packet_get(&p, HIP_PARAM_SOLUTION);
	at = sol->off + 8u + (sol->len - 4u) / 2;
	memset(i2.buf + at, 0, (sol->len - 4u) / 2);
	forge_checksum(&i2);
	assert_drop(b, DROP_PUZZLE, 1, forge_inject(&sim, &i2));
	assert_int_equal(sim.icmp.n, 1);
	assert_problem(&sim, &i2, at);
	/* not about an association that is there */
	sim_run(&sim, 10 * HIP_SEC);
	sim_assert_up(a, b);
	assert_drop(b, DROP_PUZZLE, 1, forge_inject(&sim, &i2));
	assert_int_equal(sim.icmp.n, 1);
	sim_exit(&sim);
}

static void test_puzzle(void **state)
{
	puzzle(true);
	puzzle(false);
}

/* The pointer of IPv4 has one octet: what it cannot show is not sent. */
static void pointer_max(bool v6)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	static const uint8_t fill[194 - 4], odd[4];
	struct hip_builder build;
	struct sim_packet p = { 0 };

	sim_prepare(&sim);
	sim.v6 = v6;
	sim_init(&sim);
	hip_build_start(&build, HIP_I1, 0, &a->hit, &b->hit);
	hip_build_copy(&build, HIP_PARAM_ECHO_REQUEST_SIGNED, fill,
		       sizeof(fill));
	hip_build_copy(&build, 901, odd, sizeof(odd));	/* critical */
	assert_int_equal(hip_build_end(&build), 0);
	p.src = *sim_addr(a);
	p.dst = *sim_addr(b);
	p.len = build.len;
	memcpy(p.buf, build.buf, p.len);
	forge_checksum(&p);
	assert_drop(b, DROP_CRITICAL, 1, forge_inject(&sim, &p));
	assert_int_equal(sim.icmp.n, v6);
	if (v6)
		assert_problem(&sim, &p, HIP_HDR_LEN + 200);
	sim_exit(&sim);
}

static void test_pointer_max(void **state)
{
	pointer_max(false);
	pointer_max(true);
}

static void test_rate(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet p;
	unsigned int i;

	sim_prepare(&sim);
	sim.config.icmp_rate = 5;
	sim_init(&sim);
	craft(&sim, &p, HIP_CLOSE, &a->hit, &b->hit);
	for (i = 0; i < 100; i++) {
		/* from anywhere: there is one bucket */
		p.src.s6_addr[15] = (uint8_t)(10 + i);
		forge_checksum(&p);
		forge_inject(&sim, &p);
	}
	assert_int_equal(sim.icmp.n, 5);
	assert_int_equal(sim_stat(b, ICMP_LIMITED), 95);
	sim_run(&sim, 400 * HIP_MSEC);
	for (i = 0; i < 100; i++)
		forge_inject(&sim, &p);
	assert_int_equal(sim.icmp.n, 7);
	b->h.config.icmp_rate = 0;
	sim_run(&sim, 10 * HIP_SEC);
	forge_inject(&sim, &p);
	assert_int_equal(sim.icmp.n, 7);
	sim_exit(&sim);
}

/* Denied: the Initiator goes on waiting and knows why it waits. */
static void prohibited(bool v6)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct sim_packet i1;

	sim_prepare(&sim);
	sim.v6 = v6;
	sim_init(&sim);
	b->h.config.access_default = HIP_ACCESS_DENY;
	sim_data(a, b);
	forge_catch(&sim, HIP_I1, &i1);
	forge_inject(&sim, &i1);
	assert_about(&sim, &i1, v6 ? ICMP6_DST_UNREACH : ICMP_UNREACH,
		     v6 ? ICMP6_DST_UNREACH_ADMIN : ICMP_UNREACH_FILTER_PROHIB);
	assert_int_equal(sim_assoc(a, b)->hint, HIP_HINT_PROHIBITED);
	assert_int_equal(sim_state(a, b), HIP_I1_SENT);
	b->h.config.access_default = HIP_ACCESS_ALLOW;
	sim_run(&sim, 5 * HIP_SEC);
	sim_assert_up(a, b);
	assert_int_equal(sim_assoc(a, b)->hint, HIP_HINT_NONE);
	sim_exit(&sim);
}

static void test_prohibited(void **state)
{
	prohibited(false);
	prohibited(true);
}

static void test_silent(void **state)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_prepare(&sim);
	sim.config.access_default = HIP_ACCESS_DENY;
	sim.config.access_refusal = HIP_REFUSAL_SILENT;
	sim_init(&sim);
	sim_data(a, b);
	sim_run(&sim, HIP_SEC / 2);
	assert_int_equal(sim_stat(b, DROP_POLICY), 1);
	assert_int_equal(sim.icmp.n, 0);
	sim_exit(&sim);
}

/* What quotes our I1 is believed so far that it is shown; anything else, cut
 * short at each octet or changed in each, is not, and nothing breaks.
 */
static void test_received(void **state)
{
	uint8_t msg[ICMP_HDR + 20 + 64] = { ICMP_UNREACH,
					    ICMP_UNREACH_PROTOCOL };
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	uint8_t *ip = msg + ICMP_HDR;
	struct hip_assoc *assoc;
	struct sim_packet i1;
	size_t i, len;

	sim_init(&sim);
	sim_data(a, b);
	assoc = sim_assoc(a, b);
	forge_catch(&sim, HIP_I1, &i1);
	ip[0] = 0x45;
	ip[9] = HIP_PROTO;
	memcpy(ip + 12, i1.src.s6_addr + 12, 4);
	memcpy(ip + 16, i1.dst.s6_addr + 12, 4);
	assert_true(i1.len <= 64);
	memcpy(ip + 20, i1.buf, i1.len);
	len = ICMP_HDR + 20 + HIP_HDR_LEN;
	for (i = 0; i < len; i++)
		sim_icmp(&sim, &a->v4, msg, i);
	ip[9] = IPPROTO_UDP;
	sim_icmp(&sim, &a->v4, msg, len);
	ip[9] = HIP_PROTO;
	ip[0] = 0x44;		/* shorter than any header */
	sim_icmp(&sim, &a->v4, msg, len);
	ip[0] = 0x45;
	sim_icmp(&sim, &a->v6, msg, sizeof(msg));	/* is no IPv6 */
	/* all that is not even about a HIP packet */
	assert_int_equal(sim_stat(a, ICMP_RX), 0);
	ip[20 + 8]++;		/* not our HIT */
	sim_icmp(&sim, &a->v4, msg, len);
	ip[20 + 8]--;
	ip[19]++;		/* no I1 went there */
	sim_icmp(&sim, &a->v4, msg, len);
	ip[19]--;
	ip[20 + 2] = HIP_I2;
	sim_icmp(&sim, &a->v4, msg, len);
	ip[20 + 2] = HIP_I1;
	ip[0] = 0x4f;		/* options over the end */
	sim_icmp(&sim, &a->v4, msg, len);
	ip[0] = 0x45;
	assert_int_equal(assoc->hint, HIP_HINT_NONE);
	sim_icmp(&sim, &a->v4, msg, len);
	assert_int_equal(assoc->hint, HIP_HINT_NO_HIP);
	msg[1] = ICMP_UNREACH_HOST;
	sim_icmp(&sim, &a->v4, msg, len);
	assert_int_equal(assoc->hint, HIP_HINT_UNREACHABLE);
	/* all the same it waits to the end, and the next attempt is fresh */
	sim_stop(b, true);
	sim_run(&sim, 22 * HIP_SEC);
	assert_int_equal(assoc->state, HIP_I1_SENT);
	sim_run(&sim, 2 * HIP_SEC);
	assert_int_equal(assoc->state, HIP_E_FAILED);
	assert_int_equal(assoc->hint, HIP_HINT_UNREACHABLE);
	sim_icmp(&sim, &a->v4, msg, len);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_no_association),
		cmocka_unit_test(test_puzzle),
		cmocka_unit_test(test_pointer_max),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_prohibited),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_received),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
