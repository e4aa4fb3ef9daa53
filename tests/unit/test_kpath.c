// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of what is in the kernel: by id, by SPI, the default path.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "addr.h"
#include "kpath.h"

static struct hip_path path(uint32_t id, uint32_t if_id, const char *peer)
{
	struct hip_path p = { .id = id, .if_id = if_id };

	assert_int_equal(hip_addr_parse(&p.local_hit, "2001:21::1"), 0);
	assert_int_equal(hip_addr_parse(&p.peer_hit, peer), 0);
	p.out.enc[0] = 0x55;	/* a key, not to be remembered */
	return p;
}

static struct hip_kpath *note(struct hip_kpaths *ks, uint32_t id,
			      uint32_t if_id, const char *peer)
{
	struct hip_path p = path(id, if_id, peer);
	struct hip_kpath *kp = hip_kpath_note(ks, &p);

	assert_non_null(kp);
	return kp;
}

static void forget_all(struct hip_kpaths *ks)
{
	struct hip_kpath *kp, *tmp;

	HASH_ITER(by_id, ks->by_id, kp, tmp)
		hip_kpath_forget(ks, kp);
	assert_null(ks->by_id);
	assert_null(ks->by_spi);
	assert_null(ks->by_pair);
}

static void by_id_and_spi(void **state)
{
	struct hip_kpaths ks = { 0 };
	struct hip_kpath *a = note(&ks, 1, 0, "2001:22::1");
	struct hip_kpath *b = note(&ks, 2, 0, "2001:22::2");

	assert_ptr_equal(hip_kpath_find(&ks, 1), a);
	assert_ptr_equal(hip_kpath_find(&ks, 2), b);
	assert_null(hip_kpath_find(&ks, 3));
	assert_null(hip_kpath_by_spi(&ks, 0));

	hip_kpath_note_in(&ks, a, 1000);
	hip_kpath_note_in(&ks, b, 2000);
	assert_true(a->in_up);
	assert_ptr_equal(hip_kpath_by_spi(&ks, 1000), a);
	hip_kpath_note_in(&ks, a, 3000);	/* a new SA in its place */
	assert_null(hip_kpath_by_spi(&ks, 1000));
	assert_ptr_equal(hip_kpath_by_spi(&ks, 3000), a);

	hip_kpath_forget(&ks, a);
	assert_null(hip_kpath_by_spi(&ks, 3000));
	assert_null(hip_kpath_find(&ks, 1));
	assert_ptr_equal(hip_kpath_by_spi(&ks, 2000), b);
	forget_all(&ks);
}

static void same_path_again(void **state)
{
	struct hip_kpaths ks = { 0 };
	struct hip_kpath *a = note(&ks, 1, 0, "2001:22::1");
	struct hip_path p = path(1, 0, "2001:22::1");

	hip_kpath_note_in(&ks, a, 1000);
	p.spi_out = 77;
	assert_ptr_equal(hip_kpath_note(&ks, &p), a);
	assert_int_equal(a->p.spi_out, 77);
	assert_int_equal(a->p.spi_in, 1000);
	assert_int_equal(a->p.out.enc[0], 0);
	assert_int_equal(HASH_CNT(by_id, ks.by_id), 1);
	forget_all(&ks);
}

static void default_path(void **state)
{
	struct hip_path pair = path(0, 0, "2001:22::1");
	struct hip_kpaths ks = { 0 };
	struct hip_kpath *old = note(&ks, 1, 0, "2001:22::1");
	struct hip_kpath *flow = note(&ks, 2, 9, "2001:22::1");
	struct hip_kpath *new = note(&ks, 3, 0, "2001:22::1");
	struct hip_kpath *other = note(&ks, 4, 0, "2001:22::2");

#define DEFAULT() hip_kpath_default(&ks, &pair.local_hit, &pair.peer_hit)
	assert_null(DEFAULT());		/* none is up */
	flow->out_up = true;
	other->out_up = true;
	assert_null(DEFAULT());
	old->out_up = true;
	assert_ptr_equal(DEFAULT(), old);
	new->out_up = true;
	assert_ptr_equal(DEFAULT(), new);
	hip_kpath_forget(&ks, new);
	assert_ptr_equal(DEFAULT(), old);
	hip_kpath_forget(&ks, flow);	/* neither the first nor the last */
	new = note(&ks, 5, 0, "2001:22::1");
	new->out_up = true;
	hip_kpath_forget(&ks, old);
	assert_ptr_equal(DEFAULT(), new);
	hip_kpath_forget(&ks, new);
	assert_null(DEFAULT());
	forget_all(&ks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_id_and_spi),
		cmocka_unit_test(same_path_again),
		cmocka_unit_test(default_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
