/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the methods of the control socket are written against; inside of ctl
 * only. A client has one call at a time. A method answers it at once, or sets
 * hooks and answers later; the answer ends the call and frees it.
 */
#ifndef HIP_CTL_CALL_H
#define HIP_CTL_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "addr.h"
#include "host.h"

#define HIP_CTL_CLIENTS 32
#define HIP_CTL_MESSAGE 65536		/* octets, without the NUL */
#define HIP_CTL_BACKLOG (256 * 1024)	/* output of a slow reader */
#define HIP_CTL_IDLE 60			/* seconds, without a call */

#define HIP_CTL_NOT_FOUND "io.hip.NotFound"
#define HIP_CTL_INVALID "io.hip.InvalidParameter"
#define HIP_CTL_DENIED "io.hip.Denied"
#define HIP_CTL_EXPECTED_MORE "io.hip.ExpectedMore"
#define HIP_CTL_FAILED "io.hip.Failed"

struct hip_ctl_call;
struct hip_ctl_client;
struct hip_identity_spec;
struct bufferevent;
struct event_base;
struct evconnlistener;
struct event;

struct hip_ctl_method {
	const char *name;	/* "io.hip.Id.List" */
	bool changes;		/* for root and the daemon's own user only */
	void (*run)(struct hip_ctl_call *call);
};

/* Each ends with a row without name. */
extern const struct hip_ctl_method hip_ctl_id_methods[];
extern const struct hip_ctl_method hip_ctl_peer_methods[];
extern const struct hip_ctl_method hip_ctl_assoc_methods[];
extern const struct hip_ctl_method hip_ctl_path_methods[];
extern const struct hip_ctl_method hip_ctl_status_methods[];
extern const struct hip_ctl_method hip_ctl_stats_methods[];
extern const struct hip_ctl_method hip_ctl_explain_methods[];
extern const struct hip_ctl_method hip_ctl_monitor_methods[];
extern const struct hip_ctl_method hip_ctl_service_methods[];
extern const struct hip_ctl_method hip_ctl_access_methods[];

struct hip_ctl_call {
	struct hip_ctl_client *client;
	struct hip_ctl *ctl;
	struct hip_host *host;
	const struct hip_ctl_method *method;
	json_t *params;		/* an object */
	bool more, oneway;
	/* Hooks of a call that is answered later; each may end the call. */
	void (*event)(struct hip_ctl_call *call, const struct hip_assoc *assoc,
		      const char *what);
	void (*drained)(struct hip_ctl_call *call);	/* output is sent */
	void (*release)(struct hip_ctl_call *call);	/* frees data */
	void *data;
};

/* ---- answers; @params is taken, NULL stands for no memory ---- */

void hip_ctl_reply(struct hip_ctl_call *call, json_t *params);
/* A part of the answer; the call goes on. */
void hip_ctl_continue(struct hip_ctl_call *call, json_t *params);
void hip_ctl_error(struct hip_ctl_call *call, const char *error,
		   const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* As hip_ctl_error() with parameters of the error's own. */
void hip_ctl_fail(struct hip_ctl_call *call, const char *error,
		  json_t *params);
/* Octets of output that the client has not yet read. */
size_t hip_ctl_pending(const struct hip_ctl_call *call);

/* ---- parameters ---- */

/**
 * hip_ctl_params() - take the parameters apart
 * @call: the call; on error it has been answered and is gone
 * @fmt: as for json_unpack(); what it leaves over is an error. Strings and
 *	objects belong to the call and go with it.
 *
 * Return: whether the method may go on.
 */
bool hip_ctl_params(struct hip_ctl_call *call, const char *fmt, ...);
/* A HIT, a peer's name or an identity's. False: answered with an error. */
bool hip_ctl_hit(struct hip_ctl_call *call, const char *text,
		 struct in6_addr *hit);
struct hip_identity *hip_ctl_identity(struct hip_ctl_call *call,
				      const char *text);

/* ---- values ---- */

json_t *hip_ctl_addr(const struct in6_addr *a);
/* Seconds with milliseconds from nanoseconds. */
json_t *hip_ctl_seconds(uint64_t ns);
/* Sets KEY to the name of @hit if it has one: an identity's or a peer's. */
void hip_ctl_set_name(const struct hip_host *host, json_t *to,
		      const char *key, const struct in6_addr *hit);
/* Sets "access" to allow or deny, and "rule" to what decided so. */
void hip_ctl_set_access(const struct hip_host *host, json_t *to,
			const struct in6_addr *hit,
			const struct in6_addr *from, bool anonymous);
json_t *hip_ctl_assoc_json(struct hip_host *host,
			   const struct hip_assoc *assoc, bool counters);
/* Adds the counters of @path to @to. */
void hip_ctl_path_counters(struct hip_host *host, json_t *to,
			   const struct hip_path *path);

/* ---- lists, sent in parts as fast as the client reads ---- */

struct hip_ctl_key {
	struct in6_addr local, peer;
	uint32_t id;
};

/* The object of @key, or NULL when it is gone by now. */
typedef json_t *(*hip_ctl_show)(struct hip_ctl_call *call,
				const struct hip_ctl_key *key);

/**
 * hip_ctl_list_create() - begin an answer that is a list
 * @call: owns the list from here on; its data and release are taken
 * @plural: name of the array in the answer, static
 * @show: makes the object of a key, called when its part is sent
 *
 * Return: the list to be filled by hip_ctl_list_add(), or NULL when there is
 * no memory and @call has been answered with that.
 */
struct hip_ctl_list *hip_ctl_list_create(struct hip_ctl_call *call,
					 const char *plural,
					 hip_ctl_show show);
int hip_ctl_list_add(struct hip_ctl_list *list, const struct hip_ctl_key *key);
/* Answers the call from @list, now or in parts. */
void hip_ctl_list_send(struct hip_ctl_list *list);
/* The whole answer to a call with the parameters "peer", a HIT or name, and
 * "counters": a key for each association, or @with_path each that has one, of
 * that peer.
 */
void hip_ctl_list_assocs(struct hip_ctl_call *call, const char *plural,
			 bool with_path, hip_ctl_show show);
/* For @show: were counters asked for? */
bool hip_ctl_list_counters(const struct hip_ctl_call *call);

/* ---- between ctl.c and ctl_client.c ---- */

struct hip_ctl {
	struct hip_host *host;
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *resume;	/* listens again */
	char path[HIP_CONFIG_PATH];
	struct hip_ctl_client *clients;
	unsigned int n_clients;
	uint64_t opened;	/* ns, host's clock */
	struct hip_ctl_keygen *keygen;	/* a key being made, or NULL */
};

struct hip_ctl_client {
	struct hip_ctl_client *prev, *next;
	struct hip_ctl *ctl;
	struct bufferevent *bev;
	struct hip_ctl_call *call;
	uid_t uid;
	bool privileged;
	bool eof;		/* says nothing any more */
	bool closing;		/* goes when its output is sent */
};

/* Takes @fd over. */
void hip_ctl_client_add(struct hip_ctl *ctl, int fd);
void hip_ctl_client_del(struct hip_ctl_client *client);
/* A thread makes the key and its file; answers @call when that is done. */
void hip_ctl_keygen_start(struct hip_ctl_call *call,
			  const struct hip_identity_spec *spec);
void hip_ctl_keygen_stop(struct hip_ctl *ctl);

#endif
