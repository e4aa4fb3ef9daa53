// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses: locators and Host Identity Tags. Owns no state; see addr.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "addr.h"

bool hip_addr_is_zero(const struct in6_addr *a)
{
	return IN6_IS_ADDR_UNSPECIFIED(a);
}

bool hip_addr_is_v4(const struct in6_addr *a)
{
	return IN6_IS_ADDR_V4MAPPED(a);
}

bool hip_addr_is_hit(const struct in6_addr *a)
{
	return a->s6_addr[0] == 0x20 && a->s6_addr[1] == 0x01 &&
	       a->s6_addr[2] == 0x00 && (a->s6_addr[3] & 0xf0) == 0x20;
}

bool hip_addr_eq(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

int hip_addr_cmp(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a));
}

int hip_addr_family(const struct in6_addr *a)
{
	return hip_addr_is_v4(a) ? AF_INET : AF_INET6;
}

const void *hip_addr_octets(const struct in6_addr *a, size_t *len)
{
	if (hip_addr_is_v4(a)) {
		*len = 4;
		return &a->s6_addr[12];
	}
	*len = 16;
	return a->s6_addr;
}

void hip_addr_from_v4(struct in6_addr *a, const void *v4)
{
	memset(a, 0, 10);
	memset(&a->s6_addr[10], 0xff, 2);
	memcpy(&a->s6_addr[12], v4, 4);
}

int hip_addr_parse(struct in6_addr *a, const char *text)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET6, text, &v6) == 1)
		*a = v6;
	else if (inet_pton(AF_INET, text, &v4) == 1)
		hip_addr_from_v4(a, &v4);
	else
		return -EINVAL;
	return 0;
}

const char *hip_addr_str(const struct in6_addr *a, char *buf)
{
	const void *octets;
	size_t len;

	octets = hip_addr_octets(a, &len);
	return inet_ntop(len == 4 ? AF_INET : AF_INET6, octets, buf,
			 HIP_ADDRSTRLEN);
}
