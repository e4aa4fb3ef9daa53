// SPDX-License-Identifier: GPL-2.0
/*
 * One client of the control socket: NUL-terminated JSON in, dispatch, JSON
 * out, in the framing of varlink.
 *
 * What a client can cost is bounded: one message of input, one call at a
 * time, and as long as it does not read what it was sent its next call waits.
 */
#define _GNU_SOURCE		/* struct ucred */

#include <ctype.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl_call.h"
#include "log.h"

#define LOW_OUTPUT 16384	/* below: ready for more */

static const struct hip_ctl_method *const tables[] = {
	hip_ctl_id_methods,	hip_ctl_peer_methods,  hip_ctl_assoc_methods,
	hip_ctl_path_methods,	hip_ctl_status_methods, hip_ctl_stats_methods,
	hip_ctl_monitor_methods, hip_ctl_service_methods,
	hip_ctl_explain_methods,
	hip_ctl_access_methods,
};

static const struct hip_ctl_method *find_method(const char *name)
{
	const struct hip_ctl_method *m;

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (m = tables[i]; m->name; m++)
			if (!strcmp(m->name, name))
				return m;
	return NULL;
}

/* ---- out ---- */

static int to_evbuffer(const char *text, size_t len, void *arg)
{
	return evbuffer_add(arg, text, len);
}

static void send_message(struct hip_ctl_client *client, json_t *message)
{
	struct evbuffer *out = bufferevent_get_output(client->bev);

	if (!message ||
	    json_dump_callback(message, to_evbuffer, out,
			       JSON_COMPACT | JSON_REAL_PRECISION(15)) ||
	    evbuffer_add(out, "", 1)) {
		/* Half a message may be there: no way to go on. */
		hip_log_limited(CTL, ERR, "no memory for an answer");
		shutdown(bufferevent_getfd(client->bev), SHUT_RDWR);
	}
	json_decref(message);
}

static void call_end(struct hip_ctl_call *call)
{
	call->client->call = NULL;
	/* Without an answer nothing else would wake the next call. */
	if (call->oneway)
		bufferevent_trigger(call->client->bev, EV_READ,
				    BEV_TRIG_DEFER_CALLBACKS |
					    BEV_TRIG_IGNORE_WATERMARKS);
	if (call->release)
		call->release(call);
	json_decref(call->params);
	free(call);
}

void hip_ctl_reply(struct hip_ctl_call *call, json_t *params)
{
	if (call->oneway)
		json_decref(params);
	else
		send_message(call->client,
			     json_pack("{s:o}", "parameters", params));
	call_end(call);
}

void hip_ctl_continue(struct hip_ctl_call *call, json_t *params)
{
	send_message(call->client, json_pack("{s:o,s:b}", "parameters", params,
					     "continues", 1));
}

static void send_error(struct hip_ctl_client *client, const char *error,
		       const char *message)
{
	send_message(client, json_pack("{s:s,s:{s:s}}", "error", error,
				       "parameters", "message", message));
}

void hip_ctl_fail(struct hip_ctl_call *call, const char *error,
		  json_t *params)
{
	if (call->oneway)
		json_decref(params);
	else
		send_message(call->client,
			     json_pack("{s:s,s:o}", "error", error,
				       "parameters", params));
	call_end(call);
}

void hip_ctl_error(struct hip_ctl_call *call, const char *error,
		   const char *fmt, ...)
{
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	/* It may quote half a character of what the client sent. */
	for (char *p = message; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	hip_ctl_fail(call, error, json_pack("{s:s}", "message", message));
}

size_t hip_ctl_pending(const struct hip_ctl_call *call)
{
	return evbuffer_get_length(bufferevent_get_output(call->client->bev));
}

/* ---- in ---- */

static void run_method(struct hip_ctl_call *call)
{
	if (call->method->changes)
		hip_info(CTL, "%s for user %u", call->method->name,
			 call->client->uid);
	call->method->run(call);
}

static void start_call(struct hip_ctl_client *client, json_t *message)
{
	json_t *params = json_object_get(message, "parameters");
	const char *name = json_string_value(json_object_get(message,
							     "method"));
	struct hip_ctl_call *call = calloc(1, sizeof(*call));

	if (!call) {
		send_error(client, HIP_CTL_FAILED, strerror(ENOMEM));
		return;
	}
	call->client = client;
	call->ctl = client->ctl;
	call->host = client->ctl->host;
	call->method = find_method(name);
	call->params = params ? json_incref(params) : json_object();
	call->more = json_is_true(json_object_get(message, "more"));
	call->oneway = json_is_true(json_object_get(message, "oneway"));
	client->call = call;
	if (!call->method)
		hip_ctl_fail(call, "org.varlink.service.MethodNotFound",
			     json_pack("{s:s,s:s}", "method", name, "message",
				       "there is no such method"));
	else if (!json_is_object(call->params))
		hip_ctl_error(call, HIP_CTL_INVALID,
			      "parameters: expected an object");
	else if (call->method->changes && !client->privileged)
		hip_ctl_error(call, HIP_CTL_DENIED,
			      "only root and the user of hipd may do that");
	else
		run_method(call);
}

static void on_message(struct hip_ctl_client *client, const char *text,
		       size_t len)
{
	json_error_t error;
	json_t *message = json_loadb(text, len, JSON_REJECT_DUPLICATES,
				     &error);
	char sentence[sizeof(error.text) + 64];

	if (!message) {
		snprintf(sentence, sizeof(sentence),
			 "message is not JSON, at octet %d: %s",
			 error.position, error.text);
		send_error(client, HIP_CTL_INVALID, sentence);
		client->closing = true;
	} else if (!json_is_string(json_object_get(message, "method"))) {
		send_error(client, HIP_CTL_INVALID,
			   "message: expected an object with a 'method'");
		client->closing = true;
	} else {
		start_call(client, message);
	}
	json_decref(message);
}

/* Takes one message off the input; false when there is no whole one. */
static bool next_message(struct hip_ctl_client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->bev);
	struct evbuffer_ptr end = evbuffer_search(in, "", 1, NULL);
	const unsigned char *text;

	if (end.pos > HIP_CTL_MESSAGE ||
	    (end.pos < 0 && evbuffer_get_length(in) > HIP_CTL_MESSAGE)) {
		send_error(client, HIP_CTL_INVALID,
			   "message is longer than 65536 octets");
		client->closing = true;
		return false;
	}
	if (end.pos < 0)
		return false;
	text = evbuffer_pullup(in, end.pos + 1);
	if (!text) {
		client->closing = true;
		return false;
	}
	on_message(client, (const char *)text, (size_t)end.pos);
	evbuffer_drain(in, (size_t)end.pos + 1);
	return true;
}

static size_t output(const struct hip_ctl_client *client)
{
	return evbuffer_get_length(bufferevent_get_output(client->bev));
}

/* Goes on as far as the client's reading allows; may free the client. */
static void pump(struct hip_ctl_client *client)
{
	bool more = true;

	while (more && !client->closing && output(client) <= LOW_OUTPUT) {
		if (!client->call)
			more = next_message(client);
		else if (client->call->drained)
			client->call->drained(client->call);
		else
			more = false;
	}
	if (!more && client->eof)
		client->closing = true;
	if (client->closing && !output(client))
		hip_ctl_client_del(client);
}

static void on_ready(struct bufferevent *bev, void *arg)
{
	pump(arg);
}

static void on_trouble(struct bufferevent *bev, short what, void *arg)
{
	struct hip_ctl_client *client = arg;

	if (what & BEV_EVENT_TIMEOUT && what & BEV_EVENT_READING &&
	    client->call) {
		bufferevent_enable(bev, EV_READ);
	} else if (what & BEV_EVENT_EOF && !(what & BEV_EVENT_ERROR)) {
		/* One that has said all may still read: `printf | socat`. */
		client->eof = true;
		bufferevent_disable(bev, EV_READ);
		pump(client);
	} else {
		hip_ctl_client_del(client);
	}
}

/* Who made the connection; nobody, when the kernel does not say. */
static uid_t peer_uid(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return (uid_t)-1;
	return cred.uid;
}

void hip_ctl_client_add(struct hip_ctl *ctl, int fd)
{
	const struct timeval idle = { .tv_sec = HIP_CTL_IDLE };
	struct hip_ctl_client *client = calloc(1, sizeof(*client));

	if (client)
		client->bev = bufferevent_socket_new(ctl->base, fd,
						     BEV_OPT_CLOSE_ON_FREE |
						     BEV_OPT_DEFER_CALLBACKS);
	if (!client || !client->bev) {
		free(client);
		close(fd);
		return;
	}
	client->ctl = ctl;
	client->uid = peer_uid(fd);
	client->privileged = !client->uid || client->uid == geteuid();
	client->next = ctl->clients;
	if (client->next)
		client->next->prev = client;
	ctl->clients = client;
	ctl->n_clients++;
	bufferevent_setcb(client->bev, on_ready, on_ready, on_trouble, client);
	bufferevent_setwatermark(client->bev, EV_READ, 0, HIP_CTL_MESSAGE + 1);
	bufferevent_setwatermark(client->bev, EV_WRITE, LOW_OUTPUT, 0);
	bufferevent_set_timeouts(client->bev, &idle, &idle);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
}

void hip_ctl_client_del(struct hip_ctl_client *client)
{
	struct hip_ctl *ctl = client->ctl;

	if (client->call)
		call_end(client->call);
	if (client->prev)
		client->prev->next = client->next;
	else
		ctl->clients = client->next;
	if (client->next)
		client->next->prev = client->prev;
	ctl->n_clients--;
	bufferevent_free(client->bev);
	free(client);
}
