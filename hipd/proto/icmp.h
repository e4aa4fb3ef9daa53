/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP errors about HIP packets (RFC 7401 sections 4.1.5, 5.4, 6.6.2): those
 * that we send, all together at most icmp-rate a second, and those that we
 * get, which are hints for people and change nothing.
 */
#ifndef HIP_ICMP_H
#define HIP_ICMP_H

#include "host.h"
#include "msg.h"

#define HIP_ICMP_MAX 1240	/* RFC 4443 section 2.4 (c), without IPv6 */

/* A packet that somebody sent us, wrong though it may be. */
struct hip_icmp_cause {
	const struct in6_addr *src, *dst;
	const uint8_t *buf;		/* HIP header */
	size_t len;
};

/* Parameter Problem; @at: octets from the HIP header to the culprit. */
void hip_icmp_problem(struct hip_host *host, const struct hip_icmp_cause *c,
		      size_t at);
/* Destination unreachable, administratively prohibited. */
void hip_icmp_prohibited(struct hip_host *host, const struct hip_msg *msg);
/* For a packet that needs an association which does not exist; I1 to R2 and
 * NOTIFY get none (RFC 7401 section 5.4.4).
 */
void hip_icmp_no_assoc(struct hip_host *host, const struct hip_msg *msg);
/* For an I2 whose puzzle is not solved (RFC 7401 section 5.4.3). */
void hip_icmp_puzzle(struct hip_host *host, const struct hip_msg *msg);

/**
 * hip_icmp_receive() - an ICMP error came in
 * @host: whose I1 may be meant
 * @family: AF_INET or AF_INET6
 * @buf: from the ICMP header on; anybody can have sent it
 * @len: octets
 *
 * While we wait for the R1, what it says is noted in hip_assoc.hint, and the
 * waiting goes on.
 */
void hip_icmp_receive(struct hip_host *host, int family, const uint8_t *buf,
		      size_t len);
/* "it does not speak HIP", ...; NULL without a hint. */
const char *hip_icmp_hint(enum hip_hint hint);

#endif
