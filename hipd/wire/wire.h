/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wire codec: HIP header, parameters (TLVs), checksum (RFC 7401 section 5).
 *
 * It owns no state. Reading never copies: a struct hip_packet points into the
 * caller's buffer. Writing goes through struct hip_builder, which keeps the
 * order of parameters and their padding, and remembers an overflow until
 * hip_build_end() reports it.
 */
#ifndef HIP_WIRE_H
#define HIP_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIP_PROTO 139
#define HIP_NEXTHDR_NONE 59
#define HIP_HDR_LEN 40
#define HIP_MAX_PACKET 2048	/* (255 + 1) * 8, header included */
#define HIP_MAX_PARAMS 251	/* (HIP_MAX_PACKET - HIP_HDR_LEN) / 8 */
#define HIP_CONTROL_ANON 0x0001

enum hip_packet_type {
	HIP_I1 = 1,
	HIP_R1 = 2,
	HIP_I2 = 3,
	HIP_R2 = 4,
	HIP_UPDATE = 16,
	HIP_NOTIFY = 17,
	HIP_CLOSE = 18,
	HIP_CLOSE_ACK = 19,
};

enum hip_param_type {
	HIP_PARAM_ESP_INFO = 65,
	HIP_PARAM_R1_COUNTER = 129,
	HIP_PARAM_LOCATOR_SET = 193,
	HIP_PARAM_PUZZLE = 257,
	HIP_PARAM_SOLUTION = 321,
	HIP_PARAM_SEQ = 385,
	HIP_PARAM_ACK = 449,
	HIP_PARAM_DH_GROUP_LIST = 511,
	HIP_PARAM_DIFFIE_HELLMAN = 513,
	HIP_PARAM_HIP_CIPHER = 579,
	HIP_PARAM_NAT_TRAVERSAL_MODE = 608,
	HIP_PARAM_TRANSACTION_PACING = 610,
	HIP_PARAM_ENCRYPTED = 641,
	HIP_PARAM_HOST_ID = 705,
	HIP_PARAM_HIT_SUITE_LIST = 715,
	HIP_PARAM_CERT = 768,
	HIP_PARAM_NOTIFICATION = 832,
	HIP_PARAM_ECHO_REQUEST_SIGNED = 897,
	HIP_PARAM_REG_INFO = 930,
	HIP_PARAM_REG_REQUEST = 932,
	HIP_PARAM_REG_RESPONSE = 934,
	HIP_PARAM_REG_FAILED = 936,
	HIP_PARAM_REG_FROM = 950,
	HIP_PARAM_ECHO_RESPONSE_SIGNED = 961,
	HIP_PARAM_TRANSPORT_FORMAT_LIST = 2049,
	HIP_PARAM_ESP_TRANSFORM = 4095,
	HIP_PARAM_HIP_MAC = 61505,
	HIP_PARAM_HIP_MAC_2 = 61569,
	HIP_PARAM_HIP_SIGNATURE_2 = 61633,
	HIP_PARAM_HIP_SIGNATURE = 61697,
	HIP_PARAM_ECHO_RESPONSE_UNSIGNED = 63425,
	HIP_PARAM_ECHO_REQUEST_UNSIGNED = 63661,
	HIP_PARAM_RELAY_FROM = 63998,
	HIP_PARAM_RELAY_TO = 64002,
	HIP_PARAM_FROM = 65498,
	HIP_PARAM_RVS_HMAC = 65500,
	HIP_PARAM_VIA_RVS = 65502,
	HIP_PARAM_RELAY_HMAC = 65520,
};

/* The fixed header as it lies on the wire (RFC 7401 section 5.1). */
struct hip_header {
	uint8_t nexthdr;
	uint8_t hdrlen;		/* (octets / 8) - 1, this header included */
	uint8_t type;		/* top bit 0 */
	uint8_t version;	/* 0x21 */
	uint8_t checksum[2];
	uint8_t controls[2];
	uint8_t sender[16];
	uint8_t receiver[16];
};

struct hip_param {
	uint16_t type;
	uint16_t len;		/* of the contents */
	uint16_t off;		/* of the TLV, from the packet's first octet */
	uint16_t total;		/* of the TLV with padding */
	const uint8_t *data;	/* contents, unaligned */
};

/* A parsed packet. Points into the buffer it was parsed from. */
struct hip_packet {
	const uint8_t *buf;
	uint16_t len;		/* header and parameters */
	uint8_t type;		/* enum hip_packet_type */
	uint16_t controls;
	struct in6_addr sender;
	struct in6_addr receiver;
	uint16_t culprit;	/* type of the parameter that does not parse */
	uint16_t culprit_off;	/* of its TLV, from the first octet */
	uint16_t n_params;
	struct hip_param param[HIP_MAX_PARAMS];
};

/* Why a packet does not parse. Errors of a parameter leave its type in
 * hip_packet.culprit (the data of NOTIFY type 1, RFC 7401 section 5.2.19).
 */
enum hip_wire_error {
	HIP_WIRE_OK,
	HIP_WIRE_SHORT,		/* fewer octets than a header or it says */
	HIP_WIRE_VERSION,
	HIP_WIRE_TYPE,		/* unknown packet type */
	HIP_WIRE_CHECKSUM,
	HIP_WIRE_PARAM_LENGTH,	/* a TLV runs over the end */
	HIP_WIRE_PARAM_ORDER,
	HIP_WIRE_PARAM_SIZE,	/* contents outside the table's bounds */
	HIP_WIRE_PARAM_REPEATED,
	HIP_WIRE_CRITICAL,	/* unknown critical parameter */
};

/**
 * hip_wire_parse() - check a received packet and list its parameters
 * @p: filled; points into @buf
 * @buf: HIP header and parameters, as after the IP header
 * @len: octets received; more than the header says is ignored (RFC 7401 5.1)
 * @src: sender's locator, for the checksum's pseudo-header
 * @dst: receiver's locator
 *
 * Return: HIP_WIRE_OK or the first thing wrong.
 */
enum hip_wire_error hip_wire_parse(struct hip_packet *p, const void *buf,
				   size_t len, const struct in6_addr *src,
				   const struct in6_addr *dst);

/* Parameters inside a decrypted ENCRYPTED; same checks, no header. What is
 * left behind the first parameter and is no parameter is cipher padding when
 * it is one block (16 octets) or less (RFC 7401 section 5.2.18).
 */
enum hip_wire_error hip_wire_parse_params(struct hip_packet *p,
					  const uint8_t *buf, size_t len);

const char *hip_wire_strerror(enum hip_wire_error err);
/* "I1", "ESP_INFO", or "unknown". */
const char *hip_wire_type_name(uint8_t type);
const char *hip_wire_param_name(uint16_t type);

/* First parameter of @type, or NULL. The table guarantees that its contents
 * lie within the bounds which RFC 7401 sets for the type.
 */
const struct hip_param *hip_packet_get(const struct hip_packet *p,
				       uint16_t type);
/* Next one of the same type after @prev, or NULL. */
const struct hip_param *hip_packet_next(const struct hip_packet *p,
					const struct hip_param *prev);

/* Internet checksum with the pseudo-header of @src and @dst (RFC 7401 5.1.1);
 * the checksum field counts as zero. Network byte order in memory.
 */
uint16_t hip_wire_checksum(const void *buf, size_t len,
			   const struct in6_addr *src,
			   const struct in6_addr *dst);

static inline uint16_t hip_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t hip_get32(const uint8_t *p)
{
	return (uint32_t)hip_get16(p) << 16 | hip_get16(p + 2);
}

static inline uint64_t hip_get64(const uint8_t *p)
{
	return (uint64_t)hip_get32(p) << 32 | hip_get32(p + 4);
}

static inline void hip_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void hip_put32(uint8_t *p, uint32_t v)
{
	hip_put16(p, (uint16_t)(v >> 16));
	hip_put16(p + 2, (uint16_t)v);
}

static inline void hip_put64(uint8_t *p, uint64_t v)
{
	hip_put32(p, (uint32_t)(v >> 32));
	hip_put32(p + 4, (uint32_t)v);
}

/* A packet being written. */
struct hip_builder {
	uint8_t buf[HIP_MAX_PACKET] __attribute__((aligned(8)));
	size_t len;
	uint16_t last;		/* type of the newest parameter */
	bool failed;		/* overflow or order; sticky */
};

void hip_build_start(struct hip_builder *b, enum hip_packet_type type,
		     uint16_t controls, const struct in6_addr *sender,
		     const struct in6_addr *receiver);

/* Append a parameter and return its contents for the caller to fill (zeroed),
 * or NULL after marking the builder failed: too long, or @type below the
 * last one.
 */
uint8_t *hip_build_param(struct hip_builder *b, uint16_t type, size_t len);
void hip_build_copy(struct hip_builder *b, uint16_t type, const void *data,
		    size_t len);
void hip_build_u8s(struct hip_builder *b, uint16_t type, const uint8_t *v,
		   size_t n);
void hip_build_u16s(struct hip_builder *b, uint16_t type, const uint16_t *v,
		    size_t n);

/**
 * hip_build_end() - set Header Length and zero the checksum field
 *
 * The checksum is set by hip_build_checksum() when the locators are known.
 *
 * Return: 0 or -EMSGSIZE when the builder failed.
 */
int hip_build_end(struct hip_builder *b);
void hip_build_checksum(uint8_t *buf, size_t len, const struct in6_addr *src,
			const struct in6_addr *dst);

/**
 * hip_wire_covered() - the octets that a MAC or signature covers
 * @out: at least HIP_MAX_PACKET + @extra_len octets
 * @buf: the packet
 * @len: its octets
 * @below: parameters of a smaller type are covered (RFC 7401 section 6.4)
 * @extra: a TLV appended (HOST_ID for HIP_MAC_2), or NULL
 *
 * Checksum is zeroed and Header Length recomputed. For HIP_SIGNATURE_2
 * (@below == HIP_PARAM_HIP_SIGNATURE_2) also the Receiver's HIT and PUZZLE's
 * Opaque and I are zeroed (RFC 7401 section 5.3.2).
 *
 * Return: octets in @out, or -EINVAL.
 */
int hip_wire_covered(uint8_t *out, const uint8_t *buf, size_t len,
		     uint16_t below, const uint8_t *extra, size_t extra_len);

#endif
