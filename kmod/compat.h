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
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/visibility.h>
#define HIP_EXPORT_FOR_TEST(symbol) EXPORT_SYMBOL_IF_KUNIT(symbol)
#else
#define HIP_EXPORT_FOR_TEST(symbol)
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

#endif
