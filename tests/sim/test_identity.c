// SPDX-License-Identifier: GPL-2.0
/*
 * What a Host Identity says about itself: the Domain Identifier and the A bit
 * (RFC 7401 sections 5.1.2, 5.2.9), in clear and encrypted.
 */
#include <string.h>

#include "domain.h"
#include "forge.h"

static struct hip_identity *identity(struct sim_host *host)
{
	return hip_identity_by_hit(&host->h.identities, &host->hit);
}

/* hosts have names; @host's identity becomes anonymous when asked for */
static void name(struct sim_host *host, const char *domain, bool anonymous)
{
	struct hip_identity *id = identity(host);

	strcpy(host->h.config.domain, domain);
	hip_host_identity_removed(&host->h, id);
	id->anonymous = anonymous;
	assert_int_equal(hip_host_identity_added(&host->h, id), 0);
}

static void called(struct sim_host *host, const struct sim_host *peer,
		   const char *want)
{
	struct hip_assoc *a = sim_assoc(host, peer);
	char text[HIP_DOMAIN_TEXT];
	const char *got;

	got = hip_domain_of(a->peer_host_id, a->peer_host_id_len, text);
	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
}

static void meet(bool encrypted, bool anonymous)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];

	sim_prepare(&sim);
	sim.config.encrypt_host_id = encrypted;
	sim_init(&sim);
	name(a, "initiator.example.org", anonymous);
	name(b, "responder@example.org", anonymous);
	assert_int_equal(sim_data(a, b), 0);
	sim_run(&sim, HIP_SEC);
	sim_assert_up(a, b);
	called(b, a, anonymous ? NULL : "initiator.example.org");
	called(a, b, anonymous ? NULL : "responder@example.org");
	assert_int_equal(sim_assoc(a, b)->peer_anonymous, anonymous);
	assert_int_equal(sim_assoc(b, a)->peer_anonymous, anonymous);
	sim_exit(&sim);
}

static void test_domain(void **state)
{
	meet(false, false);
	meet(true, false);
}

static void test_anonymous(void **state)
{
	meet(false, true);
	meet(true, true);
}

/* Refused by either side, under a name of its own. */
static void test_refused(void **state)
{
	static struct forge_record r;
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	struct hip_packet p;

	forge_begin(&sim, &r);
	name(a, "", true);
	b->h.config.accept_anonymous = false;
	sim_data(a, b);
	assert_drop(b, DROP_ANONYMOUS, 1, sim_run(&sim, HIP_SEC / 2));
	forge_parse(&p, forge_kept(&r, HIP_I2));
	assert_int_equal(p.controls, HIP_CONTROL_ANON);
	forge_parse(&p, forge_kept(&r, HIP_R1));
	assert_int_equal(p.controls, 0);
	sim_assert_empty(b);
	sim_exit(&sim);

	forge_begin(&sim, &r);
	name(b, "", true);
	a->h.config.accept_anonymous = false;
	sim_data(a, b);
	assert_drop(a, DROP_ANONYMOUS, 1, sim_run(&sim, HIP_SEC / 2));
	forge_parse(&p, forge_kept(&r, HIP_R1));
	assert_int_equal(p.controls, HIP_CONTROL_ANON);
	sim_exit(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_refused),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
