// SPDX-License-Identifier: GPL-2.0
/*
 * A deliberate bug: reads one octet past an allocation when it is loaded. The
 * debug kernel must complain, or its silence about hip.ko means nothing.
 */
#include <linux/module.h>
#include <linux/slab.h>

static int __init canary_init(void)
{
	/* Not a constant, or the compiler would see through it. */
	size_t size = 8 + (jiffies & 7);
	u8 *octets;

	octets = kmalloc(size, GFP_KERNEL);
	if (!octets)
		return -ENOMEM;
	pr_info("kasan_canary: %u\n", READ_ONCE(octets[size]));
	kfree(octets);
	return 0;
}

static void __exit canary_exit(void)
{
}

module_init(canary_init);
module_exit(canary_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Deliberate out-of-bounds read, to see KASAN speak");
