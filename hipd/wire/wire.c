// SPDX-License-Identifier: GPL-2.0
/*
 * Reading HIP packets: header, checksum, the rules that hold for every
 * parameter (RFC 7401 sections 5.1 and 5.2.1), and the octets that a MAC or a
 * signature covers (section 6.4). Owns no state. Writing is in build.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "wire.h"
#include "wire_params.h"

#define VERSION 2
#define TLV_HDR 4
#define CIPHER_BLOCK 16		/* largest block of a HIP_CIPHER */

static const char *const type_names[] = {
	[HIP_I1] = "I1",
	[HIP_R1] = "R1",
	[HIP_I2] = "I2",
	[HIP_R2] = "R2",
	[HIP_UPDATE] = "UPDATE",
	[HIP_NOTIFY] = "NOTIFY",
	[HIP_CLOSE] = "CLOSE",
	[HIP_CLOSE_ACK] = "CLOSE_ACK",
};

static const char *const errors[] = {
	[HIP_WIRE_OK] = "no error",
	[HIP_WIRE_SHORT] = "shorter than its header says",
	[HIP_WIRE_VERSION] = "not HIP version 2",
	[HIP_WIRE_TYPE] = "unknown packet type",
	[HIP_WIRE_CHECKSUM] = "wrong checksum",
	[HIP_WIRE_PARAM_LENGTH] = "a parameter runs over the end",
	[HIP_WIRE_PARAM_ORDER] = "parameters out of order",
	[HIP_WIRE_PARAM_SIZE] = "a parameter has an impossible length",
	[HIP_WIRE_PARAM_REPEATED] = "a parameter is repeated",
	[HIP_WIRE_CRITICAL] = "unknown critical parameter",
};

static bool type_known(uint8_t type)
{
	return type < sizeof(type_names) / sizeof(type_names[0]) &&
	       type_names[type];
}

const char *hip_wire_type_name(uint8_t type)
{
	return type_known(type) ? type_names[type] : "unknown";
}

const char *hip_wire_strerror(enum hip_wire_error err)
{
	if ((unsigned int)err >= sizeof(errors) / sizeof(errors[0]))
		return "unknown error";
	return errors[err];
}

/* One's complement sum in memory order, which is independent of the host's
 * byte order (RFC 1071 section 2 (B)).
 */
static uint64_t sum(uint64_t acc, const uint8_t *p, size_t len)
{
	uint32_t word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		acc += word;
	}
	word = 0;
	memcpy(&word, p, len);
	return acc + word;
}

uint16_t hip_wire_checksum(const void *buf, size_t len,
			   const struct in6_addr *src,
			   const struct in6_addr *dst)
{
	const size_t field = offsetof(struct hip_header, checksum);
	const uint8_t *p = buf;
	uint64_t acc;

	/* An IPv4-mapped address sums up like its four octets, ffff being
	 * zero in one's complement, and the pseudo-headers of both families
	 * hold the same numbers otherwise.
	 */
	acc = sum(0, src->s6_addr, sizeof(*src));
	acc = sum(acc, dst->s6_addr, sizeof(*dst));
	acc += htonl((uint32_t)len);
	acc += htonl(HIP_PROTO);
	acc = sum(acc, p, field);
	acc = sum(acc, p + field + 2, len - field - 2);
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)~acc;
}

/* The TLV at @off, of which the type and length fields are within @end. */
static bool read_tlv(struct hip_param *t, const uint8_t *buf, size_t off,
		     size_t end)
{
	size_t total;

	if (end - off < TLV_HDR)
		return false;
	t->type = hip_get16(buf + off);
	t->len = hip_get16(buf + off + 2);
	total = (TLV_HDR + (size_t)t->len + 7) & ~(size_t)7;
	if (total > end - off)
		return false;
	t->off = (uint16_t)off;
	t->total = (uint16_t)total;
	t->data = buf + off + TLV_HDR;
	return true;
}

/* What the table says of @t; @row walks up the table along with the types. */
static enum hip_wire_error judge(const struct hip_param_row **row,
				 const struct hip_param *t, bool again)
{
	const struct hip_param_row *end = hip_wire_params + hip_wire_n_params;
	const struct hip_param_row *r = *row;

	while (r < end && r->type < t->type)
		r++;
	*row = r;
	if (r == end || r->type != t->type)
		return t->type & 1 ? HIP_WIRE_CRITICAL : HIP_WIRE_OK;
	if (t->len < r->min || t->len > r->max || t->len % r->multiple)
		return HIP_WIRE_PARAM_SIZE;
	if (again && !r->repeats)
		return HIP_WIRE_PARAM_REPEATED;
	return HIP_WIRE_OK;
}

/* Lists the known parameters from @off to @end; @slack octets behind the
 * first one may be something else. Unknown ones that are not critical are
 * left out, as if they were absent (RFC 7401 section 5.2.1).
 */
static enum hip_wire_error list_params(struct hip_packet *p, size_t off,
				       size_t end, size_t slack)
{
	const struct hip_param_row *row = hip_wire_params;
	const size_t first = off;
	enum hip_wire_error err;
	struct hip_param t;
	int last = -1;

	for (; off < end; off += t.total) {
		bool rest = off > first && end - off <= slack;
		bool fits = read_tlv(&t, p->buf, off, end);

		if (rest && (!fits || t.type < last))
			break;
		p->culprit = end - off < 2 ? 0 : hip_get16(p->buf + off);
		p->culprit_off = (uint16_t)off;
		if (!fits || p->n_params == HIP_MAX_PARAMS)
			return HIP_WIRE_PARAM_LENGTH;
		if (t.type < last)
			return HIP_WIRE_PARAM_ORDER;
		err = judge(&row, &t, t.type == last);
		if (err)
			return err;
		last = t.type;
		if (row < hip_wire_params + hip_wire_n_params &&
		    row->type == t.type)
			p->param[p->n_params++] = t;
	}
	p->culprit = 0;
	return HIP_WIRE_OK;
}

static void start(struct hip_packet *p, const void *buf, size_t len)
{
	memset(p, 0, offsetof(struct hip_packet, param));
	p->buf = buf;
	p->len = (uint16_t)len;
}

enum hip_wire_error hip_wire_parse(struct hip_packet *p, const void *buf,
				   size_t len, const struct in6_addr *src,
				   const struct in6_addr *dst)
{
	const struct hip_header *h = buf;
	uint16_t checksum;
	size_t total;

	start(p, buf, 0);
	if (len < HIP_HDR_LEN)
		return HIP_WIRE_SHORT;
	p->type = h->type & 0x7f;
	p->controls = hip_get16(h->controls);
	memcpy(&p->sender, h->sender, sizeof(p->sender));
	memcpy(&p->receiver, h->receiver, sizeof(p->receiver));
	if (h->version >> 4 != VERSION)
		return HIP_WIRE_VERSION;
	total = 8 * ((size_t)h->hdrlen + 1);
	if (total < HIP_HDR_LEN || total > len)
		return HIP_WIRE_SHORT;
	p->len = (uint16_t)total;
	checksum = hip_wire_checksum(buf, total, src, dst);
	if (memcmp(&checksum, h->checksum, sizeof(checksum)))
		return HIP_WIRE_CHECKSUM;
	if (!type_known(p->type))
		return HIP_WIRE_TYPE;
	return list_params(p, HIP_HDR_LEN, total, 0);
}

enum hip_wire_error hip_wire_parse_params(struct hip_packet *p,
					  const uint8_t *buf, size_t len)
{
	start(p, buf, len);
	if (len > HIP_MAX_PACKET)
		return HIP_WIRE_PARAM_LENGTH;
	return list_params(p, 0, len, CIPHER_BLOCK);
}

const struct hip_param *hip_packet_get(const struct hip_packet *p,
				       uint16_t type)
{
	size_t i;

	for (i = 0; i < p->n_params && p->param[i].type <= type; i++)
		if (p->param[i].type == type)
			return &p->param[i];
	return NULL;
}

const struct hip_param *hip_packet_next(const struct hip_packet *p,
					const struct hip_param *prev)
{
	const struct hip_param *next = prev + 1;

	if (next < p->param + p->n_params && next->type == prev->type)
		return next;
	return NULL;
}

/* R1s are signed in advance: what differs between Initiators is zero under
 * HIP_SIGNATURE_2 (RFC 7401 section 5.3.2).
 */
static void zero_r1_fields(uint8_t *out, size_t len)
{
	struct hip_param t;
	size_t off;

	memset(out + offsetof(struct hip_header, receiver), 0, 16);
	for (off = HIP_HDR_LEN; off < len; off += t.total) {
		if (!read_tlv(&t, out, off, len))
			return;
		if (t.type == HIP_PARAM_PUZZLE && t.len > 2)
			memset(out + off + TLV_HDR + 2, 0, t.len - 2);
	}
}

int hip_wire_covered(uint8_t *out, const uint8_t *buf, size_t len,
		     uint16_t below, const uint8_t *extra, size_t extra_len)
{
	struct hip_header *h = (struct hip_header *)out;
	size_t off = HIP_HDR_LEN;
	struct hip_param t;

	if (len < HIP_HDR_LEN || len > HIP_MAX_PACKET)
		return -EINVAL;
	for (; off < len; off += t.total) {
		if (!read_tlv(&t, buf, off, len))
			return -EINVAL;
		if (t.type >= below)
			break;
	}
	if (off + extra_len > HIP_MAX_PACKET || extra_len % 8)
		return -EINVAL;
	memcpy(out, buf, off);
	memset(h->checksum, 0, sizeof(h->checksum));
	if (below == HIP_PARAM_HIP_SIGNATURE_2)
		zero_r1_fields(out, off);
	if (extra_len)
		memcpy(out + off, extra, extra_len);
	h->hdrlen = (uint8_t)((off + extra_len) / 8 - 1);
	return (int)(off + extra_len);
}
