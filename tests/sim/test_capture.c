// SPDX-License-Identifier: GPL-2.0
/*
 * What hosts send in random weather, as a capture for tests/checker: every
 * packet of every run must keep every rule that the checker knows. It reads
 * the packets as they leave, before the network damages them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

#define RUNS 60
#define LINK_IPV4 228
#define LINK_IPV6 229
/* make starts the programs in their source folder */
#define CHECKER "../checker/check"

static FILE *capture;

static void put(const void *v, size_t len)
{
	assert_int_equal(fwrite(v, 1, len, capture), len);
}

static void put32(uint32_t v)
{
	put(&v, sizeof(v));
}

static void capture_open(const char *file, bool v6)
{
	static const uint16_t version[] = { 2, 4 };

	capture = fopen(file, "wb");
	assert_non_null(capture);
	put32(0xa1b2c3d4);
	put(version, sizeof(version));
	put32(0);
	put32(0);
	put32(65535);
	put32(v6 ? LINK_IPV6 : LINK_IPV4);
}

static size_t ip_header(uint8_t *h, const struct sim_packet *p)
{
	const uint8_t *src, *dst;
	size_t n;

	src = hip_addr_octets(&p->src, &n);
	dst = hip_addr_octets(&p->dst, &n);
	if (n == 16) {
		h[0] = 0x60;
		hip_put16(h + 4, (uint16_t)p->len);
		h[6] = HIP_PROTO;
		h[7] = 64;
		memcpy(h + 8, src, n);
		memcpy(h + 24, dst, n);
		return 40;
	}
	h[0] = 0x45;
	hip_put16(h + 2, (uint16_t)(20 + p->len));
	h[8] = 64;
	h[9] = HIP_PROTO;
	memcpy(h + 12, src, n);
	memcpy(h + 16, dst, n);
	return 20;
}

static enum sim_verdict take(struct sim *sim, struct sim_packet *p)
{
	uint8_t head[40] = { 0 };
	size_t n = ip_header(head, p);

	put32((uint32_t)(sim->now / HIP_SEC));
	put32((uint32_t)(sim->now % HIP_SEC / 1000));
	put32((uint32_t)(n + p->len));
	put32((uint32_t)(n + p->len));
	put(head, n);
	put(p->buf, p->len);
	return SIM_PASS;
}

static void choose(struct sim *sim)
{
	struct hip_config *c = &sim->config;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (sim_random(sim, 3) == 0)
			sim->host[i].key = sim_key(HIP_HI_RSA, i);
	sim->v6 = sim_random(sim, 2);
	if (sim_random(sim, 2))
		c->dh_groups = (struct hip_list){ 1, { HIP_DH_P384 } };
	if (sim_random(sim, 2))
		c->esp_suites = (struct hip_list){
			1, { HIP_ESP_AES128_CBC_SHA256 } };
	if (sim_random(sim, 2))
		c->ciphers.n = 1;
	c->puzzle_k = (unsigned int)sim_random(sim, 8);
	sim->loss = (unsigned int)sim_random(sim, 250);
	sim->dup = (unsigned int)sim_random(sim, 300);
	sim->corrupt = (unsigned int)sim_random(sim, 100);
	sim->delay = sim_random(sim, 200 * HIP_MSEC);
	sim->jitter = sim_random(sim, 1500 * HIP_MSEC);
}

static void talk(struct sim *sim, unsigned int seconds)
{
	struct sim_host *a = &sim->host[0], *b = &sim->host[1];

	while (seconds--) {
		if (sim_random(sim, 2))
			sim_data(a, b);
		if (sim_random(sim, 2))
			sim_data(b, a);
		sim_run(sim, HIP_SEC);
	}
}

static void one_run(uint64_t seed, const char *dir)
{
	struct sim sim = { 0 };
	struct sim_host *a = &sim.host[0], *b = &sim.host[1];
	char name[128];

	sim_prepare(&sim);
	sim.rng = seed;
	choose(&sim);
	snprintf(sim.config.keylog, sizeof(sim.config.keylog), "%s/keylog",
		 dir);
	snprintf(name, sizeof(name), "%s/%llu.pcap", dir,
		 (unsigned long long)seed);
	capture_open(name, sim.v6);
	sim.filter = take;
	sim_init(&sim);
	talk(&sim, 60);
	if (sim_random(&sim, 2)) {
		sim_stop(b, sim_random(&sim, 2));
		sim_start(b);
		sim_know(b, a);
		talk(&sim, 60);
	}
	if (sim_assoc(a, b))
		hip_host_close(&a->h, sim_assoc(a, b));
	sim_run(&sim, 60 * HIP_SEC);
	sim_exit(&sim);
	assert_int_equal(fclose(capture), 0);
}

static void test_checked(void **state)
{
	char dir[] = "/tmp/hip-capture.XXXXXX", command[256];
	uint64_t seed = sim_seed();
	unsigned int i;

	assert_non_null(mkdtemp(dir));
	for (i = 0; i < RUNS; i++)
		one_run(seed + i, dir);
	snprintf(command, sizeof(command),
		 CHECKER " --keylog %s/keylog --require bex,close,retx "
			 "%s/*.pcap >&2",
		 dir, dir);
	if (system(command))
		fail_msg("the checker finds fault: see %s", dir);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checked),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
