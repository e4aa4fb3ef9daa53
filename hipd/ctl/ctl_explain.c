// SPDX-License-Identifier: GPL-2.0
/*
 * io.hip.Explain: what would happen to a packet of a flow now, and why. The
 * steps are those that a packet takes: the hook of hip.ko (kmod/output.c,
 * choose()), the SAs, the wait for hipd, hipd's answer. Each asks who decides
 * there: the tables of the kernel, the state machine, the access rules, the
 * search for locators. Nothing is changed or counted by asking.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/hip.h>

#include "access.h"
#include "bex.h"
#include "ctl_call.h"

struct flow {
	struct hip_ctl_call *call;
	struct hip_host *host;
	struct in6_addr from, to;
	const char *proto;
	int sport, dport;		/* 0: any */
	struct hip_identity *id;	/* of from, or NULL */
	const struct hip_assoc *assoc;
	struct hip_path path;		/* id 0: none; its HITs are set */
	struct hip_kif_pair kernel;
	struct hip_way way[HIP_PEER_LOCATORS];
	size_t n_ways;
	json_t *steps, *counters;	/* counters: all, by name */
	const char *verdict;		/* NULL: not yet decided */
	char why[256];
};

/* ---- what is said ---- */

static int note_counter(void *arg, const char *name, uint64_t value,
			const char *help)
{
	json_t *all = arg;

	return json_object_set_new(all, name,
				   json_pack("{s:s,s:s,s:I,s:s}", "source",
					     "kernel", "name", name, "value",
					     (json_int_t)value, "help",
					     help ?: ""));
}

/* Names may be the same in both; the daemon's are told by "hipd:". */
static int note_counters(struct flow *f)
{
	struct hip_kif *kif = f->host->kif;
	char name[64];

	f->counters = json_object();
	for (int i = 0; i < HIP_N_STATS; i++) {
		snprintf(name, sizeof(name), "hipd:%s", hip_stat_name(i));
		json_object_set_new(f->counters, name,
			json_pack("{s:s,s:s,s:I,s:s}", "source", "hipd",
				  "name", hip_stat_name(i), "value",
				  (json_int_t)f->host->stats.v[i], "help",
				  hip_stat_help(i)));
	}
	return kif->ops->counters(kif, note_counter, f->counters);
}

/* One step: @counters are those that it may move, ended by NULL. */
__attribute__((format(printf, 5, 6)))
static void say(struct flow *f, const char *step, const char *result,
		const char *const *counters, const char *fmt, ...)
{
	json_t *list = json_array(), *counter;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (; counters && *counters; counters++) {
		counter = json_object_get(f->counters, *counters);
		if (counter)
			json_array_append(list, counter);
	}
	json_array_append_new(f->steps,
			      json_pack("{s:s,s:s,s:s,s:o}", "step", step,
					"result", result, "text", text,
					"counters", list));
}

/* The first verdict counts: later steps would not be reached. */
__attribute__((format(printf, 3, 4)))
static void decide(struct flow *f, const char *verdict, const char *fmt, ...)
{
	va_list ap;

	if (f->verdict)
		return;
	f->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
}

/* "HIT (name)" in @buf. */
static const char *who(const struct flow *f, const struct in6_addr *hit,
		       char *buf, size_t len)
{
	char text[HIP_ADDRSTRLEN];
	json_t *o = json_object();

	hip_ctl_set_name(f->host, o, "name", hit);
	hip_addr_str(hit, text);
	if (json_object_size(o))
		snprintf(buf, len, "%s (%.64s)", text,
			 json_string_value(json_object_get(o, "name")));
	else
		snprintf(buf, len, "%s", text);
	json_decref(o);
	return buf;
}

/* ---- the steps ---- */

static void step_destination(struct flow *f)
{
	static const char *const counters[] = { "out_clear", NULL };
	char buf[128];

	who(f, &f->to, buf, sizeof(buf));
	if (hip_identity_by_hit(&f->host->identities, &f->to)) {
		say(f, "destination", "local", NULL,
		    "%s is an identity of this host", buf);
		decide(f, "local", "it is delivered on this host, without ESP");
	} else if (hip_addr_is_hit(&f->to)) {
		say(f, "destination", "pass", NULL,
		    "%s is a HIT: routed to %s, where hip.ko looks at it",
		    buf, f->host->config.device);
	} else if (hip_addr_is_hit(&f->from)) {
		say(f, "destination", "drop", counters,
		    "%s is no HIT: a packet from a HIT may not go there in "
		    "clear", buf);
		decide(f, "dropped", "a HIT would leave the host in clear "
		       "(out_clear), unless other IPsec takes it or the device "
		       "is inside");
	} else {
		say(f, "destination", "clear", NULL,
		    "%s is no HIT: nothing of HIP's concern", buf);
		decide(f, "clear", "it is routed as any other packet");
	}
}

static void step_source(struct flow *f)
{
	static const char *const source[] = { "out_source", NULL };
	static const char *const ours[] = { "hipd:acquire_unknown_hit",
					    "wait_failed", NULL };
	char buf[128];

	who(f, &f->from, buf, sizeof(buf));
	if (!hip_addr_is_hit(&f->from)) {
		say(f, "source", "drop", source,
		    "%s is no HIT, and only a HIT can talk to a HIT", buf);
		decide(f, "dropped", "its source is no HIT (out_source); the "
		       "sender gets ICMPv6 administratively prohibited");
	} else if (!f->id) {
		say(f, "source", "drop", ours,
		    "%s is no identity of this host", buf);
		decide(f, "dropped", "hipd refuses a source HIT that is not "
		       "ours (acquire_unknown_hit)");
	} else {
		say(f, "source", "pass", NULL, "%s is ours%s", buf,
		    f->id->is_default ? ", the default for new flows" : "");
	}
}

static void step_rules(struct flow *f)
{
	say(f, "rules", "pass", NULL,
	    "there are no rules about flows: whatever protocol and ports, the "
	    "default path is taken");
}

static void step_peer(struct flow *f)
{
	static const char *const counters[] = { "hipd:acquire_unknown_peer",
						NULL };
	const struct hip_peer *peer = hip_peer_by_hit(&f->host->peers, &f->to);
	char buf[HIP_ADDRSTRLEN];

	if (!peer)
		say(f, "peer", "note", counters,
		    "the peer is not known here: no hosts file or command "
		    "names it");
	else
		say(f, "peer", "pass", counters,
		    "known from %s with %zu locator%s%s%s",
		    peer->source == HIP_PEER_HOSTS ? "the hosts file" :
						     "'hip peer add'",
		    peer->n_locators, peer->n_locators == 1 ? "" : "s",
		    peer->n_locators ? ", the first " : "",
		    peer->n_locators ?
			    hip_addr_str(&peer->locator[0], buf) : "");
}

static void step_access(struct flow *f)
{
	static const char *const counters[] = { "hipd:drop_policy", NULL };
	struct hip_access_verdict v = hip_access_judge(f->host, &f->to, NULL,
						       false);
	char buf[HIP_CONFIG_PATH + HIP_ACL_TEXT + 16];

	hip_access_text(f->host, &v, buf, sizeof(buf));
	say(f, "access", "note", counters,
	    "the peer %s begin an association with this host: %s",
	    v.allow ? "may" : "may not", buf);
}

static void step_assoc(struct flow *f)
{
	static const char *const counters[] = {
		"hipd:bex_initiated", "hipd:bex_completed", "hipd:bex_failed",
		NULL
	};
	const struct hip_assoc *a = f->assoc;
	const struct hip_bex *bex = a ? a->bex : NULL;

	if (!a)
		say(f, "association", "note", counters,
		    "hipd has none with this peer");
	else if (bex)
		say(f, "association", "note", counters,
		    "%s as %s, %u %s sent without an answer so far",
		    hip_state_name(a->state), "initiator", bex->rtx.tries,
		    bex->offer ? "I2s" : "I1s");
	else
		say(f, "association", "pass", counters,
		    "%s as %s since %.1f s%s", hip_state_name(a->state),
		    a->initiator ? "initiator" : "responder",
		    (double)(hip_host_now(f->host) - a->since) / HIP_SEC,
		    a->failed ? ", the last attempt failed" : "");
}

static void step_route(struct flow *f)
{
	char local[HIP_ADDRSTRLEN], peer[HIP_ADDRSTRLEN];

	for (size_t i = 0; i < f->n_ways; i++)
		say(f, "route", "pass", NULL, "%s > %s",
		    hip_addr_str(&f->way[i].local, local),
		    hip_addr_str(&f->way[i].peer, peer));
	if (!f->n_ways)
		say(f, "route", "note", NULL,
		    "no locator of the peer is known that a route leads to: "
		    "hip peer add HIT addr ADDRESS");
}

/* While hip.ko sends what has waited more may join. */
static bool queue_full(const struct hip_kif_pair *k)
{
	return k->queued >= HIP_QUEUE_PAIR &&
	       (k->state == HIP_KIF_PAIR_ACQUIRE ||
		k->state == HIP_KIF_PAIR_CLOSING);
}

static void step_module(struct flow *f)
{
	static const char *const counters[] = {
		"acquire", "queued", "released", "wait_failed", "wait_expired",
		"pair_full", "queue_full", "pairs_full", "no_memory",
		"no_daemon", NULL
	};
	static const char *const state[] = {
		[HIP_KIF_PAIR_NONE] = "has no association of the pair",
		[HIP_KIF_PAIR_ACQUIRE] = "waits for hipd",
		[HIP_KIF_PAIR_UP] = "has the association up",
		[HIP_KIF_PAIR_CLOSING] = "has the association closing, as if "
					 "there were none",
	};
	const struct hip_kif_pair *k = &f->kernel;
	const char *result = "wait";

	if (!f->host->config.kernel) {
		say(f, "module", "note", NULL,
		    "kernel = null: there is no data path, the rest is what "
		    "would be");
		return;
	}
	if (k->path && k->state == HIP_KIF_PAIR_UP)
		result = "pass";
	if (queue_full(k)) {
		result = "drop";
		decide(f, "dropped", "%u packets of this pair wait already "
		       "(pair_full); the sender gets ENOBUFS", k->queued);
	}
	if (k->path)
		say(f, "module", result, counters,
		    "hip.ko %s, its default path is %u, %u packets wait",
		    state[k->state], k->path, k->queued);
	else
		say(f, "module", result, counters,
		    "hip.ko %s, %u packets wait", state[k->state], k->queued);
}

static void step_path(struct flow *f)
{
	static const char *const counters[] = {
		"bundle", "out_no_sa", "out_too_big", "out_fragmented",
		"XfrmOutNoStates", "XfrmOutPolBlock", NULL
	};
	char local[HIP_ADDRSTRLEN], peer[HIP_ADDRSTRLEN];
	const struct hip_kif_pair *k = &f->kernel;
	const struct hip_path *p = &f->path;

	if (!p->id) {
		say(f, "path", "note", counters, "there are no SAs");
		return;
	}
	if (k->state == HIP_KIF_PAIR_UP && !k->sa_out)
		decide(f, "dropped", "the outbound SA is gone (out_no_sa, "
		       "XfrmOutNoStates) until hipd has made another");
	say(f, "path", k->sa_out ? "pass" : "drop", counters,
	    "path %u, %s > %s, %s: outbound SA 0x%08x %s, inbound 0x%08x %s, "
	    "policy %s",
	    p->id, hip_addr_str(&p->local, local), hip_addr_str(&p->peer, peer),
	    p->alg ? p->alg->name : "suite unknown",
	    p->spi_out, k->sa_out ? "is there" : "is gone",
	    p->spi_in, k->sa_in ? "is there" : "is gone",
	    k->policy ? "leads to it" : "is gone, hip.ko leads to it");
}

/* A packet that has to wait raises an acquire: what hipd does then. */
static void step_next(struct flow *f)
{
	enum hip_state state = f->assoc ? f->assoc->state : HIP_UNASSOCIATED;
	static const char *const counters[] = { "hipd:acquire", NULL };
	bool sas = f->path.id && f->kernel.sa_in && f->kernel.sa_out, tries;
	const char *does = hip_fsm_data(state, sas, &tries);

	if (f->kernel.state == HIP_KIF_PAIR_UP && f->kernel.sa_out) {
		decide(f, "sent", "through path %u, encrypted", f->path.id);
		return;
	}
	say(f, "hipd", tries && !f->n_ways ? "drop" : "wait", counters,
	    "asked by hip.ko in state %s, hipd %s", hip_state_name(state),
	    does);
	if (tries && !f->n_ways)
		decide(f, "dropped", "the peer has no locator to send an I1 to "
		       "(acquire_unknown_peer); the sender gets ICMPv6 no "
		       "route");
	else if (state == HIP_E_FAILED)
		decide(f, "dropped", "the peer did not answer a moment ago; "
		       "the sender gets ICMPv6 address unreachable");
	else
		decide(f, "waits", "until hipd has an association, 30 s at "
		       "most; then it is sent in its turn");
}

/* ---- the call ---- */

static void find(struct flow *f)
{
	const struct hip_assoc *a;

	f->id = hip_identity_by_hit(&f->host->identities, &f->from);
	a = hip_assoc_find(&f->host->assocs, &f->from, &f->to);
	f->assoc = a;
	if (a && a->path)
		f->path = *a->path;
	hip_crypto_wipe(&f->path.in, sizeof(f->path.in));
	hip_crypto_wipe(&f->path.out, sizeof(f->path.out));
	f->path.local_hit = f->from;
	f->path.peer_hit = f->to;
	f->n_ways = hip_bex_ways(f->host, &f->to, a ? &a->peer : NULL, f->way);
}

static void reply(struct flow *f)
{
	json_t *o = json_pack("{s:o,s:o,s:s,s:s,s:O}", "from",
			      hip_ctl_addr(&f->from), "to",
			      hip_ctl_addr(&f->to), "verdict", f->verdict,
			      "text", f->why, "steps", f->steps);

	hip_ctl_set_name(f->host, o, "from_name", &f->from);
	hip_ctl_set_name(f->host, o, "to_name", &f->to);
	if (f->proto)
		json_object_set_new(o, "proto", json_string(f->proto));
	if (f->sport)
		json_object_set_new(o, "sport", json_integer(f->sport));
	if (f->dport)
		json_object_set_new(o, "dport", json_integer(f->dport));
	hip_ctl_reply(f->call, json_pack("{s:o}", "explain", o));
}

/* Past the first verdict nothing is asked: the packet does not get there. */
static void run(struct flow *f, void (*const *step)(struct flow *f))
{
	for (; *step && !f->verdict; step++)
		(*step)(f);
}

/* The kernel knows pairs of HITs alone, so the ends are looked at first. */
static int run_all(struct flow *f)
{
	static void (*const ends[])(struct flow *f) = {
		step_destination, step_source, NULL
	};
	static void (*const way[])(struct flow *f) = {
		step_rules, step_peer, step_access, step_assoc, step_route,
		step_module, step_path, step_next, NULL
	};
	struct hip_kif *kif = f->host->kif;
	int ret;

	ret = note_counters(f);
	if (ret)
		return ret;
	run(f, ends);
	if (!f->verdict)
		ret = kif->ops->pair(kif, &f->path, &f->kernel);
	if (!ret)
		run(f, way);
	return ret;
}

static void explain(struct flow *f)
{
	int ret;

	find(f);
	f->steps = json_array();
	ret = run_all(f);
	if (ret)
		hip_ctl_error(f->call, HIP_CTL_FAILED,
			      "the kernel cannot be asked: %s", strerror(-ret));
	else
		reply(f);
	json_decref(f->steps);
}

/* A HIT, a name, or any address. */
static bool take_end(struct hip_ctl_call *call, const char *text,
		     struct in6_addr *addr)
{
	return !hip_addr_parse(addr, text) || hip_ctl_hit(call, text, addr);
}

static bool take_ports(const struct flow *f)
{
	bool ports = f->sport || f->dport;

	if (f->sport < 0 || f->sport > 65535 || f->dport < 0 ||
	    f->dport > 65535)
		hip_ctl_error(f->call, HIP_CTL_INVALID,
			      "port: expected a number from 1 to 65535");
	else if (ports && (!f->proto || (strcmp(f->proto, "tcp") &&
					 strcmp(f->proto, "udp") &&
					 strcmp(f->proto, "sctp") &&
					 strcmp(f->proto, "dccp"))))
		hip_ctl_error(f->call, HIP_CTL_INVALID,
			      "ports: expected proto tcp, udp, sctp or dccp "
			      "with them");
	else
		return true;
	return false;
}

static bool take_proto(const struct flow *f)
{
	static const char *const known[] = {
		"tcp", "udp", "udplite", "sctp", "dccp", "icmpv6", "esp", NULL
	};
	unsigned int n = 0;
	char end;

	if (!f->proto || (sscanf(f->proto, "%3u%c", &n, &end) == 1 && n < 256))
		return true;
	for (size_t i = 0; known[i]; i++)
		if (!strcmp(known[i], f->proto))
			return true;
	hip_ctl_error(f->call, HIP_CTL_INVALID,
		      "proto: found '%.64s', expected tcp, udp, udplite, sctp, "
		      "dccp, icmpv6, esp or a number from 0 to 255", f->proto);
	return false;
}

/* Without from: what a socket that is not bound takes. */
static bool take_from(struct flow *f, const char *from)
{
	struct hip_kif *kif = f->host->kif;
	const struct hip_identity *def =
		hip_identity_default(&f->host->identities);

	if (from)
		return take_end(f->call, from, &f->from);
	if (!hip_addr_is_hit(&f->to)) {
		kif->ops->route_source(kif, &f->to, &f->from);
		return true;
	}
	if (def)
		f->from = def->hit;
	else
		hip_ctl_error(f->call, HIP_CTL_FAILED,
			      "there is no identity to use: hip id add");
	return def;
}

static void explain_flow(struct hip_ctl_call *call)
{
	struct flow f = { .call = call, .host = call->host };
	const char *to, *from = NULL;

	if (!hip_ctl_params(call, "{s:s,s?s,s?s,s?i,s?i}", "to", &to, "from",
			    &from, "proto", &f.proto, "sport", &f.sport,
			    "dport", &f.dport))
		return;
	if (!take_proto(&f) || !take_ports(&f) || !take_end(call, to, &f.to) ||
	    !take_from(&f, from))
		return;
	explain(&f);
	json_decref(f.counters);
}

const struct hip_ctl_method hip_ctl_explain_methods[] = {
	{ "io.hip.Explain.Flow", false, explain_flow },
	{ NULL, false, NULL },
};
