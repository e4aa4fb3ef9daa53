// SPDX-License-Identifier: GPL-2.0
/*
 * MACs, signatures, HOST_ID and echoes (RFC 7401 sections 5.2.9, 5.2.12 to
 * 5.2.15, 5.2.20 to 5.2.23, 6.4). No state.
 */
#include <errno.h>
#include <string.h>

#include "auth.h"

#define COVERED_MAX (HIP_MAX_PACKET + HIP_MAX_PACKET)

static int mac_compute(uint8_t *mac, const uint8_t *buf, size_t len,
		       uint16_t type, enum hip_hash hash,
		       const struct hip_hipkeys *keys, const uint8_t *host_id,
		       size_t host_id_len)
{
	uint8_t covered[COVERED_MAX];
	int n;

	if (host_id_len > sizeof(covered) - HIP_MAX_PACKET)
		return -EINVAL;
	n = hip_wire_covered(covered, buf, len, type, host_id, host_id_len);
	if (n < 0)
		return n;
	return hip_crypto_hmac(hash, keys->mac, keys->mac_len, covered, n, mac);
}

int hip_auth_mac(struct hip_builder *b, uint16_t type, enum hip_hash hash,
		 const struct hip_hipkeys *keys, const uint8_t *host_id,
		 size_t host_id_len)
{
	uint8_t mac[HIP_HASH_MAX];
	int err;

	if (b->failed)
		return -EMSGSIZE;
	err = mac_compute(mac, b->buf, b->len, type, hash, keys, host_id,
			  host_id_len);
	if (!err)
		hip_build_copy(b, type, mac, hip_hash_len(hash));
	return err;
}

int hip_auth_drop(int err)
{
	if (!err)
		return 0;
	return err == -EMSGSIZE ? HIP_STAT_DROP_ANSWER_SIZE :
				  HIP_STAT_DROP_CRYPTO;
}

int hip_auth_check_mac(const struct hip_packet *p, uint16_t type,
		       enum hip_hash hash, const struct hip_hipkeys *keys,
		       const uint8_t *host_id, size_t host_id_len)
{
	const struct hip_param *param = hip_packet_get(p, type);
	uint8_t mac[HIP_HASH_MAX];

	if (!param)
		return HIP_STAT_DROP_MISSING;
	if (param->len != hip_hash_len(hash) ||
	    mac_compute(mac, p->buf, p->len, type, hash, keys, host_id,
			host_id_len) ||
	    !hip_crypto_equal(mac, param->data, param->len))
		return HIP_STAT_DROP_MAC;
	return 0;
}

int hip_auth_sign(struct hip_builder *b, uint16_t type,
		  const struct hip_key *key)
{
	uint8_t covered[COVERED_MAX];
	size_t sig_len = hip_key_sig_len(key);
	uint8_t sig[HIP_SIG_MAX];
	uint8_t *data;
	int n, err;

	if (b->failed || sig_len > sizeof(sig))
		return -EMSGSIZE;
	n = hip_wire_covered(covered, b->buf, b->len, type, NULL, 0);
	if (n < 0)
		return n;
	sig_len = sizeof(sig);
	err = hip_key_sign(key, covered, n, sig, &sig_len);
	if (err)
		return err;
	data = hip_build_param(b, type, 2 + sig_len);
	if (!data)
		return -EMSGSIZE;
	hip_put16(data, hip_key_alg(key));
	memcpy(data + 2, sig, sig_len);
	return 0;
}

int hip_auth_check_signature(const struct hip_packet *p, uint16_t type,
			     const struct hip_key *key)
{
	const struct hip_param *param = hip_packet_get(p, type);
	uint8_t covered[COVERED_MAX];
	int n;

	if (!param)
		return HIP_STAT_DROP_MISSING;
	n = hip_wire_covered(covered, p->buf, p->len, type, NULL, 0);
	if (n < 0 || param->len < 2 ||
	    hip_get16(param->data) != hip_key_alg(key) ||
	    hip_key_verify(key, covered, n, param->data + 2, param->len - 2))
		return HIP_STAT_DROP_SIGNATURE;
	return 0;
}

int hip_auth_host_id(const struct hip_param *param, const struct in6_addr *hit,
		     struct hip_key **key)
{
	size_t hi_len, di_len;
	struct in6_addr made;
	unsigned int alg;

	if (!param)
		return HIP_STAT_DROP_MISSING;
	if (param->len < 6)
		return HIP_STAT_DROP_PARAM;
	hi_len = hip_get16(param->data);
	di_len = hip_get16(param->data + 2) & 0x0fff;
	alg = hip_get16(param->data + 4);
	if (6 + hi_len + di_len > param->len)
		return HIP_STAT_DROP_PARAM;
	if (!hip_hi_suite(alg))
		return HIP_STAT_DROP_HI_ALG;
	/* the hash first: it is cheaper than reading a key */
	if (hip_hi_to_hit(alg, param->data + 6, hi_len, &made) ||
	    memcmp(&made, hit, sizeof(made)))
		return HIP_STAT_DROP_HOST_ID;
	*key = hip_key_from_hi(alg, param->data + 6, hi_len);
	return *key ? 0 : HIP_STAT_DROP_HOST_ID;
}

void hip_auth_echo_unsigned(struct hip_builder *b, const struct hip_packet *p)
{
	const struct hip_param *request;

	request = hip_packet_get(p, HIP_PARAM_ECHO_REQUEST_UNSIGNED);
	for (; request; request = hip_packet_next(p, request)) {
		/* a middlebox's extra must not cost us the whole answer */
		if (b->len + request->total > HIP_MAX_PACKET)
			return;
		hip_build_copy(b, HIP_PARAM_ECHO_RESPONSE_UNSIGNED,
			       request->data, request->len);
	}
}

bool hip_list_has8(const uint8_t *list, size_t n, uint8_t value)
{
	return memchr(list, value, n) != NULL;
}

bool hip_list_has16(const uint8_t *list, size_t n, uint16_t value)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (hip_get16(list + 2 * i) == value)
			return true;
	return false;
}
