// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that refuses an outbound SA: the policy that came with it does not
 * stay. In a network namespace of its own, so it needs root.
 */
#define _GNU_SOURCE	/* unshare() */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "addr.h"
#include "host.h"
#include "kif_kernel.h"

static const struct hip_esp_alg none = {
	.suite = 250, .name = "none", .aead = "rfc4106(no-such-cipher)",
	.enc_len = 20, .icv_bits = 128,
};

static struct hip_path path(uint32_t id)
{
	struct hip_path p = { .id = id, .spi_in = 0x1000 + id,
			      .spi_out = 0x2000 + id, .alg = &none };

	hip_addr_parse(&p.local_hit, "2001:21:1234::a");
	hip_addr_parse(&p.peer_hit, "2001:22:5678::b");
	hip_addr_parse(&p.local, "192.0.2.1");
	hip_addr_parse(&p.peer, "192.0.2.2");
	p.out.enc_len = none.enc_len;
	return p;
}

static unsigned int lines(const char *command)
{
	FILE *f = popen(command, "r");
	unsigned int n = 0;
	char line[512];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n++;
	assert_int_equal(pclose(f), 0);
	return n;
}

/* The reqid that the outbound policy asks for; 0 without a policy. */
static unsigned int reqid(void)
{
	FILE *f = popen("ip xfrm policy list dir out", "r");
	unsigned int id = 0;
	char line[512];
	const char *at;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		at = strstr(line, "reqid ");
		if (at)
			id = (unsigned int)strtoul(at + 6, NULL, 10);
	}
	assert_int_equal(pclose(f), 0);
	return id;
}

static void refused(void **state)
{
	struct hip_path old = path(7), new = path(8);
	struct hip_host host = { .config.kernel = true };
	struct hip_kpath *kp;
	struct hip_kernel *k;

	if (unshare(CLONE_NEWNET))
		skip();
	k = (struct hip_kernel *)hip_kif_kernel_create(&host, NULL);
	assert_non_null(k);
	assert_int_equal(hip_kxfrm_open(&k->xfrm, 64, false), 0);

	/* nothing before: nothing after */
	assert_true(k->kif.ops->path_up(&k->kif, &new) < 0);
	assert_int_equal(host.stats.v[HIP_STAT_KERNEL_ERROR], 1);
	assert_int_equal(reqid(), 0);

	/* a path that works: its policy is there again */
	kp = hip_kpath_note(&k->paths, &old);
	assert_non_null(kp);
	kp->out_up = true;
	kp->policy = true;
	assert_int_equal(hip_kxfrm_policy_add(&k->xfrm, &old), 0);
	assert_int_equal(reqid(), 7);
	assert_true(k->kif.ops->path_up(&k->kif, &new) < 0);
	assert_int_equal(reqid(), 7);

	/* one that is closing has none: packets wait */
	kp->policy = false;
	assert_int_equal(hip_kxfrm_policy_del(&k->xfrm, &old), 0);
	assert_true(k->kif.ops->path_up(&k->kif, &new) < 0);
	assert_int_equal(reqid(), 0);
	assert_int_equal(lines("ip xfrm state list"), 0);

	kp->out_up = false;
	hip_kpath_forget(&k->paths, kp);
	kp = hip_kpath_find(&k->paths, new.id);
	assert_non_null(kp);
	hip_kpath_forget(&k->paths, kp);
	hip_kxfrm_close(&k->xfrm);
	free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
