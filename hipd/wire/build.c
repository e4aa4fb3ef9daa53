// SPDX-License-Identifier: GPL-2.0
/*
 * Writing HIP packets (RFC 7401 sections 5.1 and 5.2.1). A builder that
 * overflowed or was given parameters out of order stays failed, so that
 * callers look once, at hip_build_end().
 */
#include <errno.h>
#include <string.h>

#include "wire.h"

#define VERSION_OCTET 0x21	/* version 2, SHIM6's fixed bit */

void hip_build_start(struct hip_builder *b, enum hip_packet_type type,
		     uint16_t controls, const struct in6_addr *sender,
		     const struct in6_addr *receiver)
{
	struct hip_header *h = (struct hip_header *)b->buf;

	memset(h, 0, sizeof(*h));
	h->nexthdr = HIP_NEXTHDR_NONE;
	h->type = (uint8_t)type;
	h->version = VERSION_OCTET;
	hip_put16(h->controls, controls);
	memcpy(h->sender, sender, sizeof(h->sender));
	memcpy(h->receiver, receiver, sizeof(h->receiver));
	b->len = sizeof(*h);
	b->last = 0;
	b->failed = false;
}

uint8_t *hip_build_param(struct hip_builder *b, uint16_t type, size_t len)
{
	uint8_t *tlv = b->buf + b->len;
	size_t total;

	if (b->failed || type < b->last || len > sizeof(b->buf))
		goto fail;
	total = (4 + len + 7) & ~(size_t)7;
	if (total > sizeof(b->buf) - b->len)
		goto fail;
	memset(tlv, 0, total);
	hip_put16(tlv, type);
	hip_put16(tlv + 2, (uint16_t)len);
	b->len += total;
	b->last = type;
	return tlv + 4;

fail:
	b->failed = true;
	return NULL;
}

void hip_build_copy(struct hip_builder *b, uint16_t type, const void *data,
		    size_t len)
{
	uint8_t *p = hip_build_param(b, type, len);

	if (p && len)
		memcpy(p, data, len);
}

void hip_build_u8s(struct hip_builder *b, uint16_t type, const uint8_t *v,
		   size_t n)
{
	hip_build_copy(b, type, v, n);
}

void hip_build_u16s(struct hip_builder *b, uint16_t type, const uint16_t *v,
		    size_t n)
{
	uint8_t *p = hip_build_param(b, type, 2 * n);
	size_t i;

	for (i = 0; p && i < n; i++)
		hip_put16(p + 2 * i, v[i]);
}

int hip_build_end(struct hip_builder *b)
{
	struct hip_header *h = (struct hip_header *)b->buf;

	if (b->failed)
		return -EMSGSIZE;
	h->hdrlen = (uint8_t)(b->len / 8 - 1);
	memset(h->checksum, 0, sizeof(h->checksum));
	return 0;
}

void hip_build_checksum(uint8_t *buf, size_t len, const struct in6_addr *src,
			const struct in6_addr *dst)
{
	uint16_t checksum = hip_wire_checksum(buf, len, src, dst);

	memcpy(buf + offsetof(struct hip_header, checksum), &checksum,
	       sizeof(checksum));
}
