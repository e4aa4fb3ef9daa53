// SPDX-License-Identifier: GPL-2.0
/*
 * The table of leaps of faith and its file. It changes only when a user asks
 * for an opportunistic exchange or accepts a changed HIT, so it is written
 * whole each time. What cannot be written, the disk being full, say, is written
 * later: opportunistic.c sees to that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "file.h"
#include "leap.h"
#include "peer.h"

#define FILE_MAX (16u << 20)
#define LINE_MAX_LEN (2 * HIP_ADDRSTRLEN + 2)

struct hip_leap *hip_leap_find(const struct hip_leaps *leaps,
			       const struct in6_addr *addr)
{
	struct hip_leap *leap;

	HASH_FIND(hh, leaps->by_addr, addr, sizeof(*addr), leap);
	return leap;
}

struct hip_leap *hip_leap_of(const struct hip_leaps *leaps,
			     const struct in6_addr *hit)
{
	struct hip_leap *leap, *found = NULL;

	for (leap = leaps->by_addr; leap; leap = leap->hh.next) {
		if (!hip_addr_eq(&leap->hit, hit))
			continue;
		if (!found || !hip_addr_is_zero(&leap->refused))
			found = leap;
	}
	return found;
}

static int set(struct hip_leaps *leaps, const struct in6_addr *addr,
	       const struct in6_addr *hit)
{
	struct hip_leap *leap = hip_leap_find(leaps, addr);

	if (!leap) {
		leap = calloc(1, sizeof(*leap));
		if (!leap)
			return -ENOMEM;
		leap->addr = *addr;
		HASH_ADD(hh, leaps->by_addr, addr, sizeof(leap->addr), leap);
		if (!hip_hash_added(hh, leap)) {
			free(leap);
			return -ENOMEM;
		}
	}
	leap->hit = *hit;
	memset(&leap->refused, 0, sizeof(leap->refused));
	return 0;
}

static void del(struct hip_leaps *leaps, struct hip_leap *leap)
{
	HASH_DEL(leaps->by_addr, leap);
	free(leap);
}

/* ---- the file ---- */

int hip_leaps_save(struct hip_leaps *leaps)
{
	size_t room = HASH_COUNT(leaps->by_addr) * LINE_MAX_LEN + 1, len = 0;
	char hit[HIP_ADDRSTRLEN], addr[HIP_ADDRSTRLEN];
	const struct hip_leap *leap;
	char *text;
	int ret;

	if (!leaps->unsaved || !leaps->file[0])
		return 0;
	text = malloc(room);
	if (!text)
		return -ENOMEM;
	for (leap = leaps->by_addr; leap; leap = leap->hh.next)
		len += (size_t)snprintf(text + len, room - len, "%s %s\n",
					hip_addr_str(&leap->hit, hit),
					hip_addr_str(&leap->addr, addr));
	ret = hip_file_replace(leaps->file, text, len, true);
	free(text);
	leaps->unsaved = ret != 0;
	return ret;
}

static int take_line(struct hip_leaps *leaps, char *text,
		     const char **expected)
{
	char *word, *save_ptr;
	struct in6_addr hit, addr;

	*expected = "a HIT and its locator";
	word = strtok_r(text, " ", &save_ptr);
	if (!word || hip_addr_parse(&hit, word) || !hip_addr_is_hit(&hit))
		return -EINVAL;
	word = strtok_r(NULL, " ", &save_ptr);
	if (!word || hip_addr_parse(&addr, word) ||
	    !hip_peer_locator_valid(&addr) || strtok_r(NULL, " ", &save_ptr))
		return -EINVAL;
	*expected = "each locator once";
	if (hip_leap_find(leaps, &addr))
		return -EINVAL;
	*expected = "less, there is no memory";
	return set(leaps, &addr, &hit);
}

static int take_lines(struct hip_leaps *leaps, char *text, size_t len,
		      char *err, size_t err_len)
{
	const char *expected = "text";
	char *line, *end;
	unsigned int n = 1;
	int ret;

	for (line = text; line < text + len; line = end + 1, n++) {
		end = memchr(line, '\n', (size_t)(text + len - line));
		if (!end)
			end = text + len;
		*end = '\0';
		ret = strlen(line) == (size_t)(end - line) ? 0 : -EINVAL;
		if (!ret)
			ret = take_line(leaps, line, &expected);
		if (ret) {
			snprintf(err, err_len, "%s:%u: expected %s",
				 leaps->file, n, expected);
			return ret;
		}
	}
	return 0;
}

int hip_leaps_load(struct hip_leaps *leaps, const char *file, char *err,
		   size_t err_len)
{
	char *text, *more;
	size_t len;
	int ret;

	snprintf(leaps->file, sizeof(leaps->file), "%s", file);
	text = (char *)hip_file_read(file, FILE_MAX, &len);
	if (!text && errno == ENOENT)
		return 0;
	more = text ? realloc(text, len + 1) : NULL;
	if (!more) {
		ret = -errno;
		snprintf(err, err_len, "%s: %s", file, strerror(errno));
		free(text);
		return ret;
	}
	ret = take_lines(leaps, more, len, err, err_len);
	free(more);
	if (ret)
		hip_leaps_exit(leaps);
	return ret;
}

void hip_leaps_exit(struct hip_leaps *leaps)
{
	struct hip_leap *leap, *tmp;

	HASH_ITER(hh, leaps->by_addr, leap, tmp)
		del(leaps, leap);
}

/* ---- changes ---- */

int hip_leap_set(struct hip_leaps *leaps, const struct in6_addr *addr,
		 const struct in6_addr *hit)
{
	int ret = set(leaps, addr, hit);

	if (ret)
		return ret;
	leaps->unsaved = true;
	return hip_leaps_save(leaps);
}

int hip_leap_forget(struct hip_leaps *leaps, const struct in6_addr *hit)
{
	struct hip_leap *leap, *tmp;

	HASH_ITER(hh, leaps->by_addr, leap, tmp) {
		if (!hip_addr_eq(&leap->hit, hit))
			continue;
		del(leaps, leap);
		leaps->unsaved = true;
	}
	return hip_leaps_save(leaps);
}

static void tell(const struct hip_leap *leap, struct hip_peers *peers)
{
	struct in6_addr locator[HIP_PEER_LOCATORS] = { leap->addr };
	const struct hip_peer *peer = hip_peer_by_hit(peers, &leap->hit);
	size_t n = 1;

	if (peer && peer->source != HIP_PEER_LEARNED)
		return;
	for (size_t i = 0; peer && i < peer->n_locators; i++)
		if (n < HIP_PEER_LOCATORS)
			locator[n++] = peer->locator[i];
	/* without memory the peer is found by its locator alone */
	hip_peer_add(peers, &leap->hit, NULL, 0, locator, n, HIP_PEER_LEARNED);
}

void hip_leaps_tell(const struct hip_leaps *leaps, struct hip_peers *peers)
{
	const struct hip_leap *leap;
	struct hip_peer *peer, *tmp;

	HASH_ITER(hh, peers->by_hit, peer, tmp)
		if (peer->source == HIP_PEER_LEARNED)
			hip_peer_del(peers, peer);
	for (leap = leaps->by_addr; leap; leap = leap->hh.next)
		tell(leap, peers);
}
