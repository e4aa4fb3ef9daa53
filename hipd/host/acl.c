// SPDX-License-Identifier: GPL-2.0
/*
 * The file of access rules: "allow|deny CONDITION...", the first that matches
 * decides (RFC 7401 sections 4.1.5 and 6.7). Read into a table of its own,
 * which takes the place of the old one when all is well.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "addr.h"
#include "crypto.h"
#include "lines.h"
#include "peer.h"

#define CONDITIONS "'any', 'known', 'anonymous', 'peer NAME', " \
	"'hit HIT[/BITS]', 'suite NAME' or 'from ADDRESS[/BITS]'"

/* RFC 7401 section 5.2.10, RFC 9374 */
static const char *const suites[] = {
	[1] = "rsa", [2] = "ecdsa", [3] = "ecdsa-low", [5] = "eddsa",
};

struct reader {
	struct hip_acl acl;
	const struct hip_peers *peers;
	struct hip_lines lines;
};

#define fail(r, ...) hip_lines_fail(&(r)->lines, __VA_ARGS__)

/* ---- matching ---- */

static bool in_prefix(const struct in6_addr *a, const struct hip_acl_prefix *p)
{
	unsigned int octets = p->bits / 8, rest = p->bits % 8;

	if (memcmp(a, &p->addr, octets))
		return false;
	return !rest || !((a->s6_addr[octets] ^ p->addr.s6_addr[octets]) >>
			  (8 - rest));
}

static bool matches(const struct hip_acl_rule *r,
		    const struct hip_acl_query *q)
{
	if (r->known && !q->known)
		return false;
	if (r->anonymous && q->anonymous == HIP_ACL_NAMED)
		return false;
	if (r->suite && hip_hit_suite(q->hit) != r->suite)
		return false;
	if (!in_prefix(q->hit, &r->hit))
		return false;
	return !r->from.bits || (q->from && in_prefix(q->from, &r->from));
}

struct hip_acl_rule *hip_acl_find(const struct hip_acl *acl,
				  const struct hip_acl_query *q)
{
	for (size_t i = 0; i < acl->n; i++)
		if (matches(&acl->rule[i], q))
			return &acl->rule[i];
	return NULL;
}

/* ---- reading ---- */

/* ADDRESS[/BITS]; bits of an IPv4 address are counted as people do. */
static int read_prefix(struct hip_acl_prefix *p, const char *word)
{
	char text[HIP_ADDRSTRLEN + 5], *slash, *end;
	unsigned long bits;
	unsigned int skip;

	if (strlen(word) >= sizeof(text))
		return -EINVAL;
	strcpy(text, word);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	if (hip_addr_parse(&p->addr, text))
		return -EINVAL;
	skip = hip_addr_is_v4(&p->addr) ? 96 : 0;
	p->bits = 128;
	if (!slash)
		return 0;
	bits = strtoul(slash, &end, 10);
	if (*slash < '0' || *slash > '9' || *end || bits > 128 - skip)
		return -EINVAL;
	p->bits = (unsigned int)bits + skip;
	return 0;
}

/* Bits behind the prefix are a mistake: which was meant? */
static bool exact(const struct hip_acl_prefix *p)
{
	struct hip_acl_prefix next = *p;

	for (unsigned int i = p->bits; i < 128; i++)
		next.addr.s6_addr[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	return hip_addr_eq(&next.addr, &p->addr);
}

static int read_hit(struct reader *r, struct hip_acl_rule *rule,
		    const char *word)
{
	if (read_prefix(&rule->hit, word) || rule->hit.bits < 28 ||
	    !hip_addr_is_hit(&rule->hit.addr) || !exact(&rule->hit))
		return fail(r, "hit: found '%s', expected a HIT (2001:20::/28) "
			    "or a prefix of one, HIT/BITS", word);
	return 0;
}

static int read_peer(struct reader *r, struct hip_acl_rule *rule,
		     const char *word)
{
	const struct hip_peer *peer = hip_peer_by_name(r->peers, word);

	if (!peer)
		return fail(r, "peer: found '%s', expected a name of the "
			    "hosts file", word);
	rule->hit.addr = peer->hit;
	rule->hit.bits = 128;
	return 0;
}

static int read_from(struct reader *r, struct hip_acl_rule *rule,
		     const char *word)
{
	if (read_prefix(&rule->from, word) || !rule->from.bits ||
	    hip_addr_is_hit(&rule->from.addr) || !exact(&rule->from))
		return fail(r, "from: found '%s', expected a locator or a "
			    "prefix of locators, ADDRESS/BITS", word);
	return 0;
}

static int read_suite(struct reader *r, struct hip_acl_rule *rule,
		      const char *word)
{
	for (unsigned int n = 1; n < sizeof(suites) / sizeof(*suites); n++)
		if (suites[n] && !strcmp(suites[n], word))
			rule->suite = n;
	if (!rule->suite)
		return fail(r, "suite: found '%s', expected 'rsa', 'ecdsa', "
			    "'ecdsa-low' or 'eddsa'", word);
	return 0;
}

static const struct {
	const char *word;
	int (*read)(struct reader *r, struct hip_acl_rule *rule,
		    const char *word);
	size_t flag;		/* without a value: what it sets */
} conditions[] = {
	{ "hit", read_hit, 0 },
	{ "peer", read_peer, 0 },
	{ "from", read_from, 0 },
	{ "suite", read_suite, 0 },
	{ "known", NULL, offsetof(struct hip_acl_rule, known) },
	{ "anonymous", NULL, offsetof(struct hip_acl_rule, anonymous) },
};

#define N_CONDITIONS (sizeof(conditions) / sizeof(*conditions))

static int append(struct reader *r, struct hip_acl_rule *rule,
		  const char *word)
{
	size_t len = strlen(rule->text);

	if (len + 1 + strlen(word) >= sizeof(rule->text))
		return fail(r, "found more than %d characters",
			    HIP_ACL_TEXT - 1);
	if (len)
		rule->text[len++] = ' ';
	strcpy(rule->text + len, word);
	return 0;
}

static int take_condition(struct reader *r, struct hip_acl_rule *rule,
			  const char *word, unsigned int *seen, char **save)
{
	size_t i;
	int ret;

	for (i = 0; i < N_CONDITIONS; i++)
		if (!strcmp(word, conditions[i].word))
			break;
	if (i == N_CONDITIONS)
		return fail(r, "found '%s', expected " CONDITIONS, word);
	if (*seen & 1u << i)
		return fail(r, "found '%s' again, expected it once", word);
	*seen |= 1u << i;
	ret = append(r, rule, word);
	if (ret)
		return ret;
	if (!conditions[i].read) {
		*((bool *)((char *)rule + conditions[i].flag)) = true;
		return 0;
	}
	word = strtok_r(NULL, " \t\r\n", save);
	if (!word)
		return fail(r, "%s: found nothing after it, expected " CONDITIONS,
			    conditions[i].word);
	ret = conditions[i].read(r, rule, word);
	return ret ? ret : append(r, rule, word);
}

static int take_conditions(struct reader *r, struct hip_acl_rule *rule,
			   char **save)
{
	unsigned int seen = 0;
	char *word;
	int ret;

	word = strtok_r(NULL, " \t\r\n", save);
	if (!word)
		return fail(r, "found '%s' alone, expected " CONDITIONS,
			    rule->text);
	if (!strcmp(word, "any")) {
		word = strtok_r(NULL, " \t\r\n", save);
		return word ? fail(r, "found '%s' after 'any', expected no "
				   "more", word) : append(r, rule, "any");
	}
	for (; word; word = strtok_r(NULL, " \t\r\n", save)) {
		ret = take_condition(r, rule, word, &seen, save);
		if (ret)
			return ret;
	}
	/* both say which HIT */
	return (seen & 3) == 3 ? fail(r, "found 'hit' and 'peer', expected "
				      "one of them") : 0;
}

static int add(struct reader *r, const struct hip_acl_rule *rule)
{
	struct hip_acl_rule *list;

	if (r->acl.n == HIP_ACL_RULES)
		return fail(r, "found another rule, expected at most %d",
			    HIP_ACL_RULES);
	list = realloc(r->acl.rule, (r->acl.n + 1) * sizeof(*list));
	if (!list)
		return fail(r, "no memory");
	r->acl.rule = list;
	list[r->acl.n++] = *rule;
	return 0;
}

static int take_line(void *arg, char *text)
{
	struct reader *r = arg;
	struct hip_acl_rule rule = { .line = r->lines.line };
	char *word, *save;
	int ret;

	text[strcspn(text, "#")] = '\0';
	word = strtok_r(text, " \t\r\n", &save);
	if (!word)
		return 0;
	rule.allow = !strcmp(word, "allow");
	if (!rule.allow && strcmp(word, "deny"))
		return fail(r, "found '%s', expected 'allow' or 'deny'", word);
	append(r, &rule, word);
	ret = take_conditions(r, &rule, &save);
	return ret ? ret : add(r, &rule);
}

/* Both are in order of the file: rules in between came or went. */
static void keep_counters(struct hip_acl *new, const struct hip_acl *old)
{
	size_t next = 0, i, j;

	new->hits = old->hits;
	for (i = 0; i < new->n; i++)
		for (j = next; j < old->n; j++)
			if (!strcmp(new->rule[i].text, old->rule[j].text)) {
				new->rule[i].hits = old->rule[j].hits;
				next = j + 1;
				break;
			}
}

int hip_acl_load(struct hip_acl *acl, const char *file,
		 const struct hip_peers *peers, char *err, size_t err_len)
{
	struct reader r = {
		.lines = { .file = file, .err = err, .err_len = err_len },
		.peers = peers,
	};
	int ret = hip_lines_read(&r.lines, take_line, &r);

	if (ret) {
		hip_acl_exit(&r.acl);
		return ret;
	}
	keep_counters(&r.acl, acl);
	hip_acl_exit(acl);
	*acl = r.acl;
	return 0;
}

void hip_acl_exit(struct hip_acl *acl)
{
	free(acl->rule);
	acl->rule = NULL;
	acl->n = 0;
}
