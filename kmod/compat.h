/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels 6.1 and 6.12; the only place that tests for
 * versions.
 */
#ifndef _HIP_COMPAT_H
#define _HIP_COMPAT_H

#include <linux/ipv6.h>
#include <linux/version.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/xfrm.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#include <kunit/visibility.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#endif

/* Whether the socket asked that its datagrams are never cut (IPV6_DONTFRAG). */
static inline bool hip_compat_dontfrag(const struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return inet6_test_bit(DONTFRAG, sk);
#else
	return inet6_sk(sk)->dontfrag;
#endif
}

/* Since 6.2 xfrm notes the time of the last packet itself. */
static inline void hip_compat_used(struct xfrm_state *x)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	time64_t now = ktime_get_real_seconds();

	if (READ_ONCE(x->lastused) != now)
		WRITE_ONCE(x->lastused, now);
#endif
}

#endif
