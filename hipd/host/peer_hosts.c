// SPDX-License-Identifier: GPL-2.0
/*
 * The hosts file: "HIT NAME... LOCATOR... [unused-lifetime=SECONDS]", '#'
 * starts a comment. Read into a table of its own, which takes the place of the
 * old one when all is well.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "lines.h"
#include "peer.h"

struct reader {
	struct hip_peers peers;
	struct hip_lines lines;
};

/* One line taken apart. */
struct entry {
	struct in6_addr hit;
	const char *name[HIP_PEER_NAMES];
	struct in6_addr locator[HIP_PEER_LOCATORS];
	size_t n_names, n_locators;
	long unused_lifetime;
};

static const char unused_key[] = "unused-lifetime=";

#define fail(r, ...) hip_lines_fail(&(r)->lines, __VA_ARGS__)

static int add_locator(struct reader *r, struct entry *e,
		       const struct in6_addr *a, const char *word)
{
	if (!hip_peer_locator_valid(a))
		return fail(r, "found '%s', expected a locator: a unicast "
			    "address that is no HIT", word);
	if (e->n_locators == HIP_PEER_LOCATORS)
		return fail(r, "found '%s', expected at most %d locators",
			    word, HIP_PEER_LOCATORS);
	e->locator[e->n_locators++] = *a;
	return 0;
}

static int add_name(struct reader *r, struct entry *e, const char *word)
{
	const struct hip_peer *owner = hip_peer_by_name(&r->peers, word);

	if (e->n_locators)
		return fail(r, "found '%s', expected a locator", word);
	if (!hip_peer_name_valid(word))
		return fail(r, "found '%s', expected a name of letters, "
			    "digits, '.', '-' and '_' with a letter in it, or "
			    "a locator", word);
	if (owner)
		return fail(r, "found name '%s' again, expected it once",
			    word);
	for (size_t i = 0; i < e->n_names; i++)
		if (!strcasecmp(e->name[i], word))
			return fail(r, "found name '%s' again, expected it "
				    "once", word);
	if (e->n_names == HIP_PEER_NAMES)
		return fail(r, "found '%s', expected at most %d names", word,
			    HIP_PEER_NAMES);
	e->name[e->n_names++] = word;
	return 0;
}

/* RFC 7402 section 3.3.7: the time can be set for each HIT. */
static int set_unused(struct reader *r, struct entry *e, const char *word)
{
	const char *number = word + strlen(unused_key);
	char *end;

	if (e->unused_lifetime >= 0)
		return fail(r, "found '%s', expected it once", word);
	e->unused_lifetime = strtol(number, &end, 10);
	if (*number < '0' || *number > '9' || *end ||
	    e->unused_lifetime > HIP_PEER_UNUSED_MAX)
		return fail(r, "found '%s', expected a number from 0 to %d",
			    word, HIP_PEER_UNUSED_MAX);
	return 0;
}

static int take_word(struct reader *r, struct entry *e, const char *word)
{
	struct in6_addr a;

	if (!strncmp(word, unused_key, strlen(unused_key)))
		return set_unused(r, e, word);
	return hip_addr_parse(&a, word) ? add_name(r, e, word) :
					  add_locator(r, e, &a, word);
}

static int add(struct reader *r, const struct entry *e)
{
	int ret;

	ret = hip_peer_add(&r->peers, &e->hit, e->name, e->n_names, e->locator,
			   e->n_locators, HIP_PEER_HOSTS);
	if (ret)
		return fail(r, "%s", strerror(-ret));
	hip_peer_by_hit(&r->peers, &e->hit)->unused_lifetime =
		e->unused_lifetime;
	return 0;
}

static int take_line(void *arg, char *text)
{
	struct reader *r = arg;
	struct entry e = { .unused_lifetime = -1 };
	char *word, *save;
	int ret;

	text[strcspn(text, "#")] = '\0';
	word = strtok_r(text, " \t\r\n", &save);
	if (!word)
		return 0;
	if (hip_addr_parse(&e.hit, word) || !hip_addr_is_hit(&e.hit))
		return fail(r, "found '%s', expected a HIT (2001:20::/28)",
			    word);
	if (hip_peer_by_hit(&r->peers, &e.hit))
		return fail(r, "found HIT %s again, expected it once", word);
	while ((word = strtok_r(NULL, " \t\r\n", &save))) {
		ret = take_word(r, &e, word);
		if (ret)
			return ret;
	}
	if (!e.n_names && !e.n_locators)
		return fail(r, "found a HIT alone, expected names and "
			    "locators after it");
	return add(r, &e);
}

/* Peers added by command are carried over; what they say of a HIT goes before
 * what the file says.
 */
static int keep_commands(struct reader *r, const struct hip_peers *old)
{
	const char *names[HIP_PEER_NAMES];
	const struct hip_lines *l = &r->lines;
	const struct hip_peer *p, *owner;
	int ret;

	for (p = old->by_hit; p; p = p->hh.next) {
		if (p->source != HIP_PEER_COMMAND)
			continue;
		for (size_t i = 0; i < p->n_names; i++) {
			names[i] = p->name[i]->text;
			owner = hip_peer_by_name(&r->peers, names[i]);
			if (!owner || hip_addr_eq(&owner->hit, &p->hit))
				continue;
			snprintf(l->err, l->err_len, "%s: name '%s' belongs "
				 "to a peer added by command, delete that "
				 "first", l->file, names[i]);
			return -EEXIST;
		}
		ret = hip_peer_add(&r->peers, &p->hit, names, p->n_names,
				   p->locator, p->n_locators, p->source);
		if (ret) {
			snprintf(l->err, l->err_len, "%s", strerror(-ret));
			return ret;
		}
	}
	return 0;
}

int hip_peers_read(struct hip_peers *out, const struct hip_peers *old,
		   const char *file, char *err, size_t err_len)
{
	struct reader r = {
		.lines = { .file = file, .err = err, .err_len = err_len },
	};
	int ret = hip_lines_read(&r.lines, take_line, &r);

	if (!ret)
		ret = keep_commands(&r, old);
	if (ret) {
		hip_peers_exit(&r.peers);
		return ret;
	}
	*out = r.peers;
	return 0;
}

int hip_peers_load(struct hip_peers *peers, const char *file, char *err,
		   size_t err_len)
{
	struct hip_peers new;
	int ret = hip_peers_read(&new, peers, file, err, err_len);

	if (ret)
		return ret;
	hip_peers_exit(peers);
	*peers = new;
	return 0;
}
