// SPDX-License-Identifier: GPL-2.0
/*
 * The codec: reading a packet and the contents of an ENCRYPTED, and what is
 * done with single parameters before anything is known of who sent them.
 *
 * Input: an octet, even for a packet with its header, odd for parameters alone;
 * then these.
 */
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "auth.h"
#include "crypto.h"
#include "fuzz.h"
#include "wire.h"

static struct in6_addr src, dst;

/* Every parameter lies in the packet, behind the one before. */
static void inside(const struct hip_packet *p, size_t from)
{
	size_t end = from;

	for (size_t i = 0; i < p->n_params; i++) {
		const struct hip_param *q = &p->param[i];

		fuzz_check(q->off >= end && q->total >= 4u + q->len);
		fuzz_check(q->data == p->buf + q->off + 4);
		fuzz_check((size_t)q->off + q->total <= p->len);
		fuzz_check(hip_packet_get(p, q->type));
		end = (size_t)q->off + q->total;
	}
}

/* What was read can be written, and is read again as the same. */
static void again(const struct hip_packet *p)
{
	struct hip_builder b;
	struct hip_packet q;

	hip_build_start(&b, p->type, p->controls, &p->sender, &p->receiver);
	for (size_t i = 0; i < p->n_params; i++)
		hip_build_copy(&b, p->param[i].type, p->param[i].data,
			       p->param[i].len);
	fuzz_check(!hip_build_end(&b));
	hip_build_checksum(b.buf, b.len, &src, &dst);
	fuzz_check(hip_wire_parse(&q, b.buf, b.len, &src, &dst) ==
		   HIP_WIRE_OK);
	fuzz_check(q.n_params == p->n_params);
	for (size_t i = 0; i < q.n_params; i++)
		fuzz_check(q.param[i].type == p->param[i].type &&
			   q.param[i].len == p->param[i].len &&
			   !memcmp(q.param[i].data, p->param[i].data,
				   q.param[i].len));
}

static void covered(const struct hip_packet *p)
{
	static const uint16_t below[] = {
		HIP_PARAM_HIP_MAC, HIP_PARAM_HIP_MAC_2,
		HIP_PARAM_HIP_SIGNATURE_2, HIP_PARAM_HIP_SIGNATURE, 1, 65535,
	};
	uint8_t out[HIP_MAX_PACKET];

	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		int n = hip_wire_covered(out, p->buf, p->len, below[i], NULL,
					 0);

		fuzz_check(n >= HIP_HDR_LEN && n <= p->len);
	}
}

/* The peer's key and its half of a Diffie-Hellman exchange. */
static void material(const struct hip_packet *p)
{
	static const unsigned int groups[] = { HIP_DH_P256, HIP_DH_P384 };
	static struct hip_dh *dh[2];
	uint8_t secret[HIP_DH_SECRET_MAX];
	const struct hip_param *q;
	struct hip_key *key = NULL;

	q = hip_packet_get(p, HIP_PARAM_HOST_ID);
	if (q && !hip_auth_host_id(q, &p->sender, &key)) {
		fuzz_check(hip_addr_eq(hip_key_hit(key), &p->sender));
		hip_auth_check_signature(p, HIP_PARAM_HIP_SIGNATURE, key);
		hip_auth_check_signature(p, HIP_PARAM_HIP_SIGNATURE_2, key);
	}
	hip_key_put(key);
	q = hip_packet_get(p, HIP_PARAM_DIFFIE_HELLMAN);
	for (size_t i = 0; q && i < 2; i++) {
		if (!dh[i])
			dh[i] = hip_dh_create(groups[i]);
		if (q->len >= 3)
			hip_dh_derive(dh[i], q->data + 3, q->len - 3u, secret);
	}
}

static void packet(uint8_t *buf, size_t size)
{
	struct hip_packet p;

	hip_wire_parse(&p, buf, size, &src, &dst);
	if (size < HIP_HDR_LEN || 8 * (buf[1] + 1u) > size || buf[1] < 4)
		return;
	hip_build_checksum(buf, 8 * (buf[1] + 1u), &src, &dst);
	if (hip_wire_parse(&p, buf, size, &src, &dst))
		return;
	inside(&p, HIP_HDR_LEN);
	again(&p);
	covered(&p);
	material(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hip_packet p;
	uint8_t *buf;

	if (!size)
		return 0;
	fuzz_random(size);
	hip_addr_parse(&src, "192.0.2.1");
	hip_addr_parse(&dst, "192.0.2.2");
	/* exactly as long as it is, so that an overread is seen */
	buf = malloc(size - 1);
	memcpy(buf, data + 1, size - 1);
	if (data[0] & 1) {
		if (!hip_wire_parse_params(&p, buf, size - 1))
			inside(&p, 0);
	} else {
		packet(buf, size - 1);
	}
	free(buf);
	return 0;
}
