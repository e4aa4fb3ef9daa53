/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who may set up an association with this host: the ordered rules of
 * /etc/hip/access (RFC 7401 sections 4.1.5 and 6.7: "the Responder's policy").
 * The first rule that matches decides; `access-default` when none does.
 */
#ifndef HIP_ACL_H
#define HIP_ACL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIP_ACL_TEXT 256	/* of a rule, as it is shown */
#define HIP_ACL_RULES 4096

struct hip_peers;

struct hip_acl_prefix {
	struct in6_addr addr;
	unsigned int bits;	/* 0: every address of either family */
};

/* A rule matches when all that it names does. */
struct hip_acl_rule {
	bool allow;
	bool known;		/* a peer of the hosts file or by command */
	bool anonymous;		/* the A bit is set */
	unsigned int suite;	/* of the HIT; 0: any */
	struct hip_acl_prefix hit, from;
	unsigned int line;	/* of the file */
	uint64_t hits;		/* packets that it has decided */
	char text[HIP_ACL_TEXT];
};

struct hip_acl {
	struct hip_acl_rule *rule;
	size_t n;
	uint64_t hits;		/* packets that no rule matched */
};

/* What is known of who asks. */
struct hip_acl_query {
	const struct in6_addr *hit;
	const struct in6_addr *from;	/* NULL: no locator is known */
	bool known;
	/* An I1 does not tell whether its sender is anonymous (RFC 7401
	 * section 5.1.2): a rule that asks for it lets the I1 pass, and the
	 * I2 decides.
	 */
	enum { HIP_ACL_NAMED, HIP_ACL_ANONYMOUS, HIP_ACL_UNTOLD } anonymous;
};

/**
 * hip_acl_load() - read a file of rules, all or nothing
 * @acl: replaced; a rule that was there in the same words keeps its counter
 * @file: "allow|deny CONDITION..." a line, '#' comments; a missing file is an
 *	empty one
 * @peers: whose names rules may use
 * @err: on error FILE:LINE, what stands there and what was expected
 * @err_len: its room
 *
 * Return: 0 or a negative errno; then @acl is unchanged.
 */
int hip_acl_load(struct hip_acl *acl, const char *file,
		 const struct hip_peers *peers, char *err, size_t err_len);
void hip_acl_exit(struct hip_acl *acl);

/* The first rule that matches; NULL: the default decides. Nothing is counted.
 */
struct hip_acl_rule *hip_acl_find(const struct hip_acl *acl,
				  const struct hip_acl_query *q);

#endif
