// SPDX-License-Identifier: GPL-2.0
/*
 * The table of known parameters (RFC 7401 section 5.2, RFC 7402 section 5.1,
 * RFC 8046 section 4, RFC 8002 to 8004, RFC 5770 section 5).
 *
 * Lengths that depend on the hash function cover SHA-1 to SHA-384; whoever
 * reads the parameter compares with the hash of the association. No row for
 * HIPv1's R1_COUNTER (128) and HIP_TRANSFORM (577): 577 is then an unknown
 * critical parameter, as it shall be.
 */
#include "wire.h"
#include "wire_params.h"

#define ANY (HIP_MAX_PACKET - HIP_HDR_LEN - 4)
#define HASH_MIN 20
#define HASH_MAX 48

#define ONE(id, min, max, mult) { HIP_PARAM_##id, min, max, mult, false, #id }
#define MANY(id, min, max, mult) { HIP_PARAM_##id, min, max, mult, true, #id }

const struct hip_param_row hip_wire_params[] = {
	ONE(ESP_INFO, 12, 12, 1),
	ONE(R1_COUNTER, 12, 12, 1),
	ONE(LOCATOR_SET, 0, ANY, 4),
	ONE(PUZZLE, 4 + HASH_MIN, 4 + HASH_MAX, 4),
	ONE(SOLUTION, 4 + 2 * HASH_MIN, 4 + 2 * HASH_MAX, 4),
	ONE(SEQ, 4, 4, 1),
	ONE(ACK, 4, ANY, 4),
	ONE(DH_GROUP_LIST, 1, ANY, 1),
	ONE(DIFFIE_HELLMAN, 4, ANY, 1),
	ONE(HIP_CIPHER, 2, ANY, 2),
	ONE(NAT_TRAVERSAL_MODE, 4, ANY, 2),
	ONE(TRANSACTION_PACING, 4, 4, 1),
	ONE(ENCRYPTED, 4 + 8, ANY, 4),
	ONE(HOST_ID, 6 + 1, ANY, 1),
	ONE(HIT_SUITE_LIST, 1, ANY, 1),
	MANY(CERT, 4, ANY, 1),
	MANY(NOTIFICATION, 4, ANY, 1),
	ONE(ECHO_REQUEST_SIGNED, 0, ANY, 1),
	ONE(REG_INFO, 2, ANY, 1),
	MANY(REG_REQUEST, 1, ANY, 1),
	MANY(REG_RESPONSE, 1, ANY, 1),
	MANY(REG_FAILED, 1, ANY, 1),
	ONE(REG_FROM, 20, 20, 1),
	ONE(ECHO_RESPONSE_SIGNED, 0, ANY, 1),
	ONE(TRANSPORT_FORMAT_LIST, 2, ANY, 2),
	ONE(ESP_TRANSFORM, 4, ANY, 2),
	ONE(HIP_MAC, HASH_MIN, HASH_MAX, 4),
	ONE(HIP_MAC_2, HASH_MIN, HASH_MAX, 4),
	ONE(HIP_SIGNATURE_2, 2 + 1, ANY, 1),
	ONE(HIP_SIGNATURE, 2 + 1, ANY, 1),
	MANY(ECHO_RESPONSE_UNSIGNED, 0, ANY, 1),
	MANY(ECHO_REQUEST_UNSIGNED, 0, ANY, 1),
	ONE(RELAY_FROM, 20, 20, 1),
	ONE(RELAY_TO, 20, 20, 1),
	MANY(FROM, 16, 16, 1),
	ONE(RVS_HMAC, HASH_MIN, HASH_MAX, 4),
	MANY(VIA_RVS, 16, ANY, 16),
	ONE(RELAY_HMAC, HASH_MIN, HASH_MAX, 4),
};

const size_t hip_wire_n_params =
	sizeof(hip_wire_params) / sizeof(hip_wire_params[0]);

const char *hip_wire_param_name(uint16_t type)
{
	size_t i;

	for (i = 0; i < hip_wire_n_params; i++)
		if (hip_wire_params[i].type == type)
			return hip_wire_params[i].name;
	return "unknown";
}
