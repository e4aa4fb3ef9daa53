// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that are lists. The keys of all objects are collected at once, the
 * objects are shown a part at a time while the client reads, each looked up
 * again: what went meanwhile is left out. So a long list neither blocks the
 * loop nor piles up in memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_call.h"

#define PART 64			/* objects of one message */
#define WHOLE 256		/* most objects of an answer without "more" */

struct hip_ctl_list {
	struct hip_ctl_call *call;
	const char *plural;
	hip_ctl_show show;
	struct hip_ctl_key *key;
	size_t n, room, next;
	bool counters;		/* asked for */
	bool failed;
};

static void release(struct hip_ctl_call *call)
{
	struct hip_ctl_list *list = call->data;

	free(list->key);
	free(list);
}

struct hip_ctl_list *hip_ctl_list_create(struct hip_ctl_call *call,
					 const char *plural,
					 hip_ctl_show show)
{
	struct hip_ctl_list *list = calloc(1, sizeof(*list));

	if (!list) {
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", strerror(ENOMEM));
		return NULL;
	}
	list->call = call;
	list->plural = plural;
	list->show = show;
	call->data = list;
	call->release = release;
	return list;
}

bool hip_ctl_list_counters(const struct hip_ctl_call *call)
{
	return ((const struct hip_ctl_list *)call->data)->counters;
}

int hip_ctl_list_add(struct hip_ctl_list *list, const struct hip_ctl_key *key)
{
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct hip_ctl_key *keys = reallocarray(list->key, room,
							sizeof(*keys));

		if (!keys) {
			list->failed = true;
			return -ENOMEM;
		}
		list->key = keys;
		list->room = room;
	}
	list->key[list->n++] = *key;
	return 0;
}

/* The next @max objects as {PLURAL: [...]}. */
static json_t *part(struct hip_ctl_list *list, size_t max)
{
	json_t *array = json_array();

	for (; max && list->next < list->n; max--) {
		json_t *o = list->show(list->call, &list->key[list->next++]);

		if (o)
			json_array_append_new(array, o);
	}
	return json_pack("{s:o}", list->plural, array);
}

static void send_part(struct hip_ctl_call *call)
{
	struct hip_ctl_list *list = call->data;
	json_t *params = part(list, PART);

	if (list->next < list->n)
		hip_ctl_continue(call, params);
	else
		hip_ctl_reply(call, params);
}

void hip_ctl_list_send(struct hip_ctl_list *list)
{
	struct hip_ctl_call *call = list->call;

	if (list->failed)
		hip_ctl_error(call, HIP_CTL_FAILED, "%s", strerror(ENOMEM));
	else if (call->more && !call->oneway)
		call->drained = send_part;	/* called at once */
	else if (list->n <= WHOLE)
		hip_ctl_reply(call, part(list, WHOLE));
	else
		hip_ctl_error(call, HIP_CTL_EXPECTED_MORE,
			      "%zu entries: call with 'more'", list->n);
}

void hip_ctl_list_assocs(struct hip_ctl_call *call, const char *plural,
			 bool with_path, hip_ctl_show show)
{
	struct hip_ctl_key key = { .id = 0 };
	const struct hip_assoc *assoc;
	struct hip_ctl_list *list;
	const char *text = NULL;
	struct in6_addr hit;
	int counters = 0;

	if (!hip_ctl_params(call, "{s?s,s?b}", "peer", &text, "counters",
			    &counters) ||
	    (text && !hip_ctl_hit(call, text, &hit)))
		return;
	list = hip_ctl_list_create(call, plural, show);
	if (!list)
		return;
	list->counters = counters;
	for (assoc = call->host->assocs.by_pair; assoc;
	     assoc = assoc->hh.next) {
		if ((with_path && !assoc->path) ||
		    (text && !hip_addr_eq(&hit, &assoc->pair.peer)))
			continue;
		key.local = assoc->pair.local;
		key.peer = assoc->pair.peer;
		key.id = assoc->path ? assoc->path->id : 0;
		hip_ctl_list_add(list, &key);
	}
	hip_ctl_list_send(list);
}
