/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Access by HIT: whether the sender of an I1 or I2 may have an association
 * (RFC 7401 sections 4.1.5, 6.7, 6.9). The rules are acl.h.
 */
#ifndef HIP_ACCESS_H
#define HIP_ACCESS_H

#include "host.h"
#include "msg.h"

/* What the rules say; a NULL rule stands for access-default. */
struct hip_access_verdict {
	bool allow;
	struct hip_acl_rule *rule;
};

/* For people: what would happen to a peer that asks now. Nothing is counted.
 * @from may be NULL.
 */
struct hip_access_verdict hip_access_judge(const struct hip_host *host,
					   const struct in6_addr *hit,
					   const struct in6_addr *from,
					   bool anonymous);
/* "/etc/hip/access:3: deny suite rsa", "access-default = allow" in @buf;
 * what does not fit is cut off.
 */
const char *hip_access_text(const struct hip_host *host,
			    const struct hip_access_verdict *v, char *buf,
			    size_t len);

/* For an I1 or I2: decides, counts, and refuses as configured. Returns 0 or
 * the counter of the drop.
 */
int hip_access_check(struct hip_host *host, const struct hip_msg *msg);
/* The rules are new: closes the associations that others began and that would
 * be refused now.
 */
void hip_access_enforce(struct hip_host *host);

#endif
