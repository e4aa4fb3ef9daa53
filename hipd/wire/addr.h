/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses: locators and Host Identity Tags, both held as struct in6_addr.
 *
 * A locator of IPv4 is held in IPv4-mapped form (::ffff:a.b.c.d), as
 * LOCATOR_SET carries it (RFC 8046 section 4.1), so that one type serves both
 * families. A HIT is an ORCHIDv2, 2001:20::/28 (RFC 7343, RFC 7401 section
 * 3.2).
 */
#ifndef HIP_ADDR_H
#define HIP_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIP_ADDRSTRLEN INET6_ADDRSTRLEN

/* The null HIT of opportunistic I1 packets, and "no locator". */
bool hip_addr_is_zero(const struct in6_addr *a);
bool hip_addr_is_v4(const struct in6_addr *a);
bool hip_addr_is_hit(const struct in6_addr *a);
bool hip_addr_eq(const struct in6_addr *a, const struct in6_addr *b);

/* Big-endian unsigned comparison, as HITs are ordered (RFC 7401 6.5). */
int hip_addr_cmp(const struct in6_addr *a, const struct in6_addr *b);

/* AF_INET or AF_INET6. */
int hip_addr_family(const struct in6_addr *a);

/* The 4 or 16 octets of the address proper, and how many. */
const void *hip_addr_octets(const struct in6_addr *a, size_t *len);
void hip_addr_from_v4(struct in6_addr *a, const void *v4);

/* Text to address; both families. Returns 0 or -EINVAL. */
int hip_addr_parse(struct in6_addr *a, const char *text);

/* Address to text in @buf (HIP_ADDRSTRLEN); IPv4-mapped prints dotted. */
const char *hip_addr_str(const struct in6_addr *a, char *buf);

#endif
