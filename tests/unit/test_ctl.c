// SPDX-License-Identifier: GPL-2.0
/*
 * The methods of the control socket, over a real socket, on a host that has
 * somebody to talk to.
 */
#include "ctl_host.h"

#include "bex.h"
#include "ctl_idl.h"

#ifndef HIP_SOURCE
#define HIP_SOURCE "../.."
#endif

static void test_service(void **state)
{
	char params[128], doc[65536];
	int fd = client_open();
	json_t *names, *name, *text;
	size_t i, len;
	FILE *f;

	f = fopen(HIP_SOURCE "/Documentation/control.md", "r");
	assert_non_null(f);
	len = fread(doc, 1, sizeof(doc) - 1, f);
	doc[len] = '\0';
	fclose(f);
	names = expect_member(ask(fd, "org.varlink.service.GetInfo", "{}"),
			      "interfaces");
	assert_int_equal(json_array_size(names), 11);
	json_array_foreach(names, i, name) {
		snprintf(params, sizeof(params), "{\"interface\":\"%s\"}",
			 json_string_value(name));
		text = expect_member(ask(fd, "org.varlink.service."
					 "GetInterfaceDescription", params),
				     "description");
		if (!strstr(doc, json_string_value(text)))
			fail_msg("control.md does not quote %s",
				 json_string_value(name));
		json_decref(text);
	}
	json_decref(names);
	expect_error(ask(fd, "org.varlink.service.GetInterfaceDescription",
			 "{\"interface\":\"x\"}"),
		     "org.varlink.service.InterfaceNotFound",
		     "there is no such interface");
	close(fd);
}

/* ---- identities ---- */

static size_t count_ids(int fd)
{
	json_t *ids = expect_member(ask(fd, "io.hip.Id.List", "{}"), "ids");
	size_t n = json_array_size(ids);

	json_decref(ids);
	return n;
}

static void test_ids(void **state)
{
	char path[256], hit[64], host[65] = "";
	int fd = client_open();
	struct in6_addr a;
	struct stat st;
	json_t *id;

	id = expect_member(ask(fd, "io.hip.Id.Add",
			       "{\"name\":\"new\",\"type\":\"ecdsa\","
			       "\"bits\":384}"), "id");
	assert_string_equal(text_at(id, "name"), "new");
	assert_string_equal(text_at(id, "type"), "ecdsa");
	assert_int_equal(json_integer_value(json_object_get(id, "bits")),
			 384);
	assert_true(json_is_false(json_object_get(id, "default")));
	snprintf(hit, sizeof(hit), "%s", text_at(id, "hit"));
	json_decref(id);
	assert_int_equal(hip_addr_parse(&a, hit), 0);
	assert_non_null(hip_identity_by_hit(&w.near.identities, &a));
	snprintf(path, sizeof(path), "%s/keys/new.pem", w.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(count_ids(fd), 2);

	expect_ok(ask(fd, "io.hip.Id.SetDefault", "{\"id\":\"new\"}"));
	assert_string_equal(hip_identity_default(&w.near.identities)->name,
			    "new");
	id = expect_member(ask(fd, "io.hip.Id.Export", "{}"), "id");
	assert_string_equal(text_at(id, "name"), "new");
	/* The default one goes by the host's name. */
	assert_int_equal(gethostname(host, sizeof(host)), 0);
	snprintf(path, sizeof(path), "%s IN HIP ( 3 20010022", host);
	assert_memory_equal(text_at(id, "dns"), path, strlen(path));
	snprintf(path, sizeof(path), "%s %s 192.0.2.1", hit, host);
	assert_string_equal(text_at(id, "hosts"), path);
	json_decref(id);

	snprintf(path, sizeof(path), "{\"id\":\"%s\"}", hit);
	expect_ok(ask(fd, "io.hip.Id.Delete", path));
	snprintf(path, sizeof(path), "%s/keys/new.pem", w.dir);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(count_ids(fd), 1);
	assert_true(hip_identity_default(&w.near.identities)->is_default);

	/* A name is found where none is given. */
	for (int i = 0; i < 2; i++)
		expect_ok(ask(fd, "io.hip.Id.Add", "{}"));
	assert_non_null(hip_identity_by_name(&w.near.identities, "ecdsa"));
	assert_non_null(hip_identity_by_name(&w.near.identities, "ecdsa2"));
	close(fd);
}

/* RFC 8005: the key in the record is X | Y; its HIT is that of the HI. */
static void test_export_gives_the_key(void **state)
{
	const struct hip_identity *id =
		hip_identity_default(&w.near.identities);
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	char want[64], got[100] = { 0 };
	json_t *o = expect_member(ask(client_open(), "io.hip.Id.Export",
				      "{\"id\":\"near\"}"), "id");
	const uint8_t *hi;
	const char *p;
	size_t len, n = 0;
	uint32_t bits = 0;

	assert_int_equal(sscanf(text_at(o, "dns"),
				"%*s IN HIP ( 3 %33s %99s )", want, got), 2);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(strtoul((char[]){ want[2 * i],
						   want[2 * i + 1], 0 },
					 NULL, 16), id->hit.s6_addr[i]);
	hi = hip_key_hi(id->key, &len);
	assert_int_equal(len, 67);
	assert_int_equal(strlen(got), 88);
	for (size_t i = 0; got[i] != '='; i++) {
		p = strchr(digit, got[i]);
		assert_non_null(p);
		bits = bits << 6 | (uint32_t)(p - digit);
		if (i % 4)
			assert_int_equal((bits >> (2 * (3 - i % 4))) & 0xff,
					 hi[3 + n++]);
	}
	assert_int_equal(n, 64);
	json_decref(o);
}

static void test_id_errors(void **state)
{
	int fd = client_open();

	expect_error(ask(fd, "io.hip.Id.Add", "{\"name\":\"near\"}"),
		     HIP_CTL_INVALID, "identity 'near' exists");
	expect_error(ask(fd, "io.hip.Id.Add", "{\"type\":\"dsa\"}"),
		     HIP_CTL_INVALID,
		     "type: found 'dsa', expected ecdsa or rsa");
	expect_error(ask(fd, "io.hip.Id.Add",
			 "{\"type\":\"rsa\",\"bits\":1024}"), HIP_CTL_INVALID,
		     "bits: found 1024, expected 2048 to 4096 in steps of 8");
	expect_error(ask(fd, "io.hip.Id.Add", "{\"name\":\"../x\"}"),
		     HIP_CTL_FAILED,
		     "\"../x\" is no name for an identity: 1 to 63 letters, "
		     "digits, '-', '_' or '.', not beginning with '.'");
	expect_error(ask(fd, "io.hip.Id.Delete", "{\"id\":\"x\"}"),
		     HIP_CTL_NOT_FOUND, "no identity is called 'x'");
	expect_error(ask(fd, "io.hip.Id.List", "{\"id\":\"x\"}"),
		     HIP_CTL_NOT_FOUND, "no identity is called 'x'");
	assert_int_equal(count_ids(fd), 1);
	close(fd);
}

/* Gone clients do not matter to a key that is being made. */
static void test_id_add_client_leaves(void **state)
{
	int fd = client_open();

	client_say(fd, "{\"method\":\"io.hip.Id.Add\"}");
	world_step();
	close(fd);
	for (int i = 0; i < 5000 && !w.near.identities.first->next; i++) {
		world_step();
		usleep(1000);
	}
	assert_non_null(hip_identity_by_name(&w.near.identities, "ecdsa"));
}

/* Closing while a key is being made waits for the thread. */
static void test_id_add_close(void **state)
{
	int fd = client_open();
	char err[128] = "";

	client_say(fd, "{\"method\":\"io.hip.Id.Add\",\"parameters\":"
		   "{\"type\":\"rsa\"}}");
	world_step();
	hip_ctl_close(w.ctl);
	w.ctl = hip_ctl_open(&w.near, w.base, err, sizeof(err));
	assert_non_null(w.ctl);
	close(fd);
}

/* ---- peers ---- */

#define HIT_X "2001:22:1:2:3:4:5:6"

static void test_peers(void **state)
{
	int fd = client_open();
	struct hip_peer *p;
	json_t *peers, *peer;

	expect_ok(ask(fd, "io.hip.Peer.Add", "{\"peer\":\"" HIT_X "\","
		      "\"names\":[\"x\",\"X.example\"],"
		      "\"locators\":[\"192.0.2.9\",\"2001:db8::9\"]}"));
	peers = expect_member(ask(fd, "io.hip.Peer.List",
				  "{\"peer\":\"x\"}"), "peers");
	assert_int_equal(json_array_size(peers), 1);
	peer = json_array_get(peers, 0);
	assert_string_equal(text_at(peer, "hit"), HIT_X);
	assert_string_equal(text_at(peer, "source"), "command");
	assert_int_equal(json_array_size(json_object_get(peer, "names")), 2);
	assert_string_equal(json_string_value(json_array_get(
		json_object_get(peer, "locators"), 1)), "2001:db8::9");
	json_decref(peers);

	/* What is not named stays. */
	expect_ok(ask(fd, "io.hip.Peer.Add", "{\"peer\":\"x\",\"locators\":"
		      "[\"192.0.2.10\"]}"));
	p = hip_peer_by_name(&w.near.peers, "x.example");
	assert_non_null(p);
	assert_int_equal(p->n_locators, 1);
	expect_ok(ask(fd, "io.hip.Peer.Add", "{\"peer\":\"x\",\"names\":"
		      "[\"y\"]}"));
	p = hip_peer_by_name(&w.near.peers, "y");
	assert_non_null(p);
	assert_int_equal(p->n_locators, 1);
	assert_null(hip_peer_by_name(&w.near.peers, "x"));
	expect_ok(ask(fd, "io.hip.Peer.Delete", "{\"peer\":\"y\"}"));
	assert_int_equal(HASH_COUNT(w.near.peers.by_hit), 1);
	close(fd);
}

static void test_access(void **state)
{
	json_t *o, *rule;
	int fd = client_open();

	o = expect_member(ask(fd, "io.hip.Access.List", "{}"), "rules");
	assert_int_equal(json_array_size(o), 1);
	rule = json_array_get(o, 0);
	assert_string_equal(text_at(rule, "rule"), "access-default = allow");
	assert_int_equal(json_integer_value(json_object_get(rule, "line")), 0);
	json_decref(o);
	w.near.config.access_default = HIP_ACCESS_DENY;
	o = expect_member(ask(fd, "io.hip.Access.Check",
			      "{\"peer\":\"far\",\"from\":\"192.0.2.2\"}"),
			  "verdict");
	assert_string_equal(text_at(o, "access"), "deny");
	assert_string_equal(text_at(o, "rule"), "access-default = deny");
	assert_string_equal(text_at(o, "name"), "far");
	json_decref(o);
	o = expect_member(ask(fd, "io.hip.Peer.List", "{\"peer\":\"far\"}"),
			  "peers");
	assert_string_equal(text_at(json_array_get(o, 0), "access"), "deny");
	json_decref(o);
	expect_error(ask(fd, "io.hip.Access.Check",
			 "{\"peer\":\"far\",\"from\":\"" HIT_X "\"}"),
		     HIP_CTL_INVALID, "found '" HIT_X "', expected a locator: "
		     "a unicast address that is no HIT");
	close(fd);
}

static void test_peer_errors(void **state)
{
	static const struct {
		const char *params, *error, *message;
	} bad[] = {
		{ "{}", HIP_CTL_INVALID,
		  "parameters: Object item not found: peer" },
		{ "{\"peer\":\"bob\"}", HIP_CTL_NOT_FOUND,
		  "no peer and no identity is called 'bob'" },
		{ "{\"peer\":\"2001:db8::1\"}", HIP_CTL_INVALID,
		  "found '2001:db8::1', expected a HIT (2001:20::/28) or a "
		  "name" },
		{ "{\"peer\":\"near\"}", HIP_CTL_INVALID,
		  "'near' is an identity of this host" },
		{ "{\"peer\":\"" HIT_X "\",\"names\":\"a\"}", HIP_CTL_INVALID,
		  "names: expected an array of at most 8 names" },
		{ "{\"peer\":\"" HIT_X "\",\"names\":[1]}", HIP_CTL_INVALID,
		  "found 'no string', expected a name of letters, digits, "
		  "'.', '-' and '_' with a letter in it" },
		{ "{\"peer\":\"" HIT_X "\",\"names\":[\"far\"]}",
		  HIP_CTL_INVALID, "name 'far' belongs to another peer" },
		{ "{\"peer\":\"" HIT_X "\",\"names\":[\"a\",\"A\"]}",
		  HIP_CTL_INVALID, "a name is given more than once" },
		{ "{\"peer\":\"" HIT_X "\",\"locators\":[\"192.0.2.256\"]}",
		  HIP_CTL_INVALID, "found '192.0.2.256', expected a locator: "
		  "a unicast address that is no HIT" },
		{ "{\"peer\":\"" HIT_X "\",\"locators\":[\"" HIT_X "\"]}",
		  HIP_CTL_INVALID, "found '" HIT_X "', expected a locator: "
		  "a unicast address that is no HIT" },
		{ "{\"peer\":\"" HIT_X "\",\"adress\":1}", HIP_CTL_INVALID,
		  "parameters: 1 object item(s) left unpacked: adress" },
	};
	int fd = client_open();

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		expect_error(ask(fd, "io.hip.Peer.Add", bad[i].params),
			     bad[i].error, bad[i].message);
	expect_error(ask(fd, "io.hip.Peer.Delete", "{\"peer\":\"" HIT_X
			 "\"}"), HIP_CTL_NOT_FOUND,
		     "peer '" HIT_X "' is not known");
	assert_int_equal(HASH_COUNT(w.near.peers.by_hit), 1);
	close(fd);
}

/* ---- associations ---- */

static void hear_event(int fd, const char *state)
{
	json_t *answer = client_hear(fd);
	const json_t *params = json_object_get(answer, "parameters");

	assert_true(json_is_true(json_object_get(answer, "continues")));
	assert_string_equal(text_at(params, "event"), "assoc");
	assert_string_equal(text_at(json_object_get(params, "assoc"),
				    "state"), state);
	json_decref(answer);
}

static void test_connect_and_close(void **state)
{
	int fd = client_open(), watcher = client_open();
	json_t *o, *path;

	client_say(watcher, "{\"method\":\"io.hip.Monitor.Watch\","
		   "\"more\":true}");
	o = expect_member(client_hear(watcher), "event");
	assert_string_equal(json_string_value(o), "watching");
	json_decref(o);

	o = expect_member(ask(fd, "io.hip.Assoc.Connect",
			      "{\"peer\":\"far\"}"), "assoc");
	assert_string_equal(text_at(o, "state"), "ESTABLISHED");
	assert_string_equal(text_at(o, "role"), "initiator");
	assert_string_equal(text_at(o, "peer_name"), "far");
	assert_string_equal(text_at(o, "local_name"), "near");
	assert_string_equal(text_at(o, "local"), "192.0.2.1");
	assert_string_equal(text_at(o, "peer"), "192.0.2.2");
	assert_string_equal(text_at(o, "dh_group"), "p256");
	assert_string_equal(text_at(o, "cipher"), "aes-128-cbc");
	json_decref(o);
	hear_event(watcher, "I1-SENT");
	hear_event(watcher, "I2-SENT");
	hear_event(watcher, "ESTABLISHED");

	/* A second time there is nothing to wait for. */
	expect_ok(ask(fd, "io.hip.Assoc.Connect", "{\"peer\":\"far\"}"));
	o = expect_member(ask(fd, "io.hip.Assoc.List", "{\"counters\":true}"),
			  "assocs");
	assert_int_equal(json_array_size(o), 1);
	assert_non_null(json_object_get(json_array_get(o, 0), "rx_packets"));
	json_decref(o);
	o = expect_member(ask(fd, "io.hip.Path.List", "{\"peer\":\"far\"}"),
			  "paths");
	assert_int_equal(json_array_size(o), 1);
	path = json_array_get(o, 0);
	assert_string_equal(text_at(path, "esp_suite"), "aes128-gcm-16");
	assert_true(json_integer_value(json_object_get(path, "spi_in")) >
		    255);
	assert_null(json_object_get(path, "rx_packets"));
	json_decref(o);

	expect_ok(ask(fd, "io.hip.Assoc.Close", "{\"peer\":\"far\"}"));
	hear_event(watcher, "CLOSING");
	world_pass(HIP_SEC);
	hear_event(watcher, "UNASSOCIATED");
	assert_null(w.near.assocs.by_pair);
	close(fd);
	close(watcher);
}

#define OPPORTUNISTIC "\"peer\":\"192.0.2.2\",\"opportunistic\":true"

/* A HIT that changes: every step as a user sees it. */
static void test_opportunistic(void **state)
{
	char far[HIP_ADDRSTRLEN], want[256];
	struct hip_leap *leap;
	struct in6_addr other;
	int fd = client_open();
	json_t *o;

	expect_error(ask(fd, "io.hip.Assoc.Connect", "{" OPPORTUNISTIC "}"),
		     HIP_CTL_FAILED, "opportunistic mode is off: set "
		     "opportunistic = yes in hipd.conf");
	w.near.config.opportunistic = true;
	w.far.config.opportunistic = true;
	expect_error(ask(fd, "io.hip.Assoc.Connect",
			 "{\"peer\":\"far\",\"opportunistic\":true}"),
		     HIP_CTL_INVALID, "found 'far', expected a locator: a "
		     "unicast address that is no HIT");
	hip_peers_exit(&w.near.peers);
	o = expect_member(ask(fd, "io.hip.Assoc.Connect", "{" OPPORTUNISTIC
			      "}"), "assoc");
	assert_string_equal(text_at(o, "state"), "ESTABLISHED");
	assert_string_equal(text_at(o, "asked"), "192.0.2.2");
	snprintf(far, sizeof(far), "%s", text_at(o, "peer_hit"));
	json_decref(o);
	o = expect_member(ask(fd, "io.hip.Peer.List", "{}"), "peers");
	assert_int_equal(json_array_size(o), 1);
	assert_string_equal(text_at(json_array_get(o, 0), "source"),
			    "learned");
	assert_string_equal(text_at(json_array_get(o, 0), "hit"), far);
	json_decref(o);
	expect_error(ask(fd, "io.hip.Peer.Trust", "{\"peer\":\"192.0.2.2\"}"),
		     HIP_CTL_NOT_FOUND,
		     "no other HIT was refused for '192.0.2.2'");

	/* as if it had been another one */
	expect_ok(ask(fd, "io.hip.Assoc.Flush", "{\"now\":true}"));
	leap = hip_leap_find(&w.near.leaps, &w.far_addr);
	assert_non_null(leap);
	assert_int_equal(hip_addr_parse(&other, HIT_X), 0);
	assert_int_equal(hip_leap_set(&w.near.leaps, &w.far_addr, &other), 0);
	hip_leaps_tell(&w.near.leaps, &w.near.peers);
	client_say(fd, "{\"method\":\"io.hip.Assoc.Connect\",\"parameters\":{"
		   OPPORTUNISTIC "}}");
	snprintf(want, sizeof(want), "192.0.2.2 was " HIT_X " and now says "
		 "that it is %s, which is refused: if it may be, hip peer "
		 "trust 192.0.2.2", far);
	expect_error(client_hear_later(fd, 200 * HIP_SEC), HIP_CTL_FAILED,
		     want);
	o = expect_member(ask(fd, "io.hip.Peer.List", "{\"peer\":\"" HIT_X
			      "\"}"), "peers");
	assert_string_equal(text_at(json_array_get(o, 0), "refused"), far);
	assert_string_equal(text_at(json_array_get(o, 0), "refused_at"),
			    "192.0.2.2");
	json_decref(o);
	expect_ok(ask(fd, "io.hip.Peer.Trust", "{\"peer\":\"" HIT_X "\"}"));
	world_pass(20 * HIP_SEC);
	expect_ok(ask(fd, "io.hip.Assoc.Connect", "{" OPPORTUNISTIC "}"));

	/* forgotten, and nobody answers */
	snprintf(want, sizeof(want), "{\"peer\":\"%s\"}", far);
	expect_ok(ask(fd, "io.hip.Peer.Delete", want));
	assert_null(w.near.leaps.by_addr);
	expect_ok(ask(fd, "io.hip.Assoc.Flush", "{\"now\":true}"));
	w.cut = true;
	client_say(fd, "{\"method\":\"io.hip.Assoc.Connect\",\"parameters\":{"
		   OPPORTUNISTIC "}}");
	expect_error(client_hear_later(fd, 200 * HIP_SEC), HIP_CTL_FAILED,
		     "nobody at 192.0.2.2 answers an exchange without a HIT");
	o = expect_member(ask(fd, "io.hip.Assoc.List", "{}"), "assocs");
	assert_null(json_object_get(json_array_get(o, 0), "peer_hit"));
	json_decref(o);
	close(fd);
}

static void test_connect_errors(void **state)
{
	int fd = client_open();
	json_t *answer;
	char want[128], hit[HIP_ADDRSTRLEN];

	expect_error(ask(fd, "io.hip.Assoc.Connect", "{\"peer\":\"" HIT_X
			 "\"}"), HIP_CTL_FAILED,
		     "no usable locator of '" HIT_X "' is known: hip peer add "
		     HIT_X " addr ADDRESS");
	expect_error(ask(fd, "io.hip.Assoc.Connect", "{\"peer\":\"near\"}"),
		     HIP_CTL_INVALID, "'near' is an identity of this host");
	expect_error(ask(fd, "io.hip.Assoc.Connect", "{\"peer\":\"far\","
			 "\"local\":\"x\"}"), HIP_CTL_NOT_FOUND,
		     "no identity is called 'x'");
	expect_error(ask(fd, "io.hip.Assoc.Close", "{\"peer\":\"far\"}"),
		     HIP_CTL_NOT_FOUND, "there is no association with 'far'");

	w.cut = true;
	client_say(fd, "{\"method\":\"io.hip.Assoc.Connect\",\"parameters\":"
		   "{\"peer\":\"far\"}}");
	answer = client_hear_later(fd, 200 * HIP_SEC);
	snprintf(want, sizeof(want), "no answer from %s at 192.0.2.2",
		 hip_addr_str(&hip_identity_default(&w.far.identities)->hit,
			      hit));
	expect_error(answer, HIP_CTL_FAILED, want);
	close(fd);
}

/* Each attempt ends the call that waits for it, and says how. */
static void test_connect_ends(void **state)
{
	static const char connect[] = "{\"method\":\"io.hip.Assoc.Connect\","
				      "\"parameters\":{\"peer\":\"far\"}}";
	char want[160], far[HIP_ADDRSTRLEN], near[HIP_ADDRSTRLEN];
	struct hip_identity *id = w.near.identities.first;
	int fd = client_open();
	json_t *o;

	hip_addr_str(&w.far.identities.first->hit, far);
	expect_ok(ask(fd, "io.hip.Assoc.Connect", "{\"peer\":\"far\"}"));
	assert_int_equal(hip_host_close(&w.far, w.far.assocs.by_pair), 0);
	world_pass(HIP_SEC);
	assert_int_equal(w.near.assocs.by_pair->state, HIP_CLOSED);
	w.cut = true;
	client_say(fd, connect);
	snprintf(want, sizeof(want), "no answer from %s at 192.0.2.2", far);
	expect_error(client_hear_later(fd, 200 * HIP_SEC), HIP_CTL_FAILED,
		     want);
	hip_assoc_destroy(w.near.assocs.by_pair);

	client_say(fd, connect);
	world_pass(HIP_SEC);
	assert_int_equal(w.near.assocs.by_pair->state, HIP_I1_SENT);
	o = hip_ctl_assoc_json(&w.near, w.near.assocs.by_pair, false);
	assert_string_equal(text_at(o, "role"), "initiator");
	json_decref(o);
	hip_bex_fail(w.near.assocs.by_pair, HIP_KIF_REFUSED);
	snprintf(want, sizeof(want), "%s does not take a HIT like %s, and "
		 "this host has no other", far, hip_addr_str(&id->hit, near));
	expect_error(client_hear_later(fd, HIP_SEC), HIP_CTL_FAILED, want);
	close(fd);
}

static void test_flush(void **state)
{
	int fd = client_open(), waiter = client_open();
	json_t *n;

	w.cut = true;
	client_say(waiter, "{\"method\":\"io.hip.Assoc.Connect\","
		   "\"parameters\":{\"peer\":\"far\"}}");
	world_pass(HIP_SEC);
	assert_int_equal(HASH_COUNT(w.near.assocs.by_pair), 1);
	expect_error(ask(fd, "io.hip.Assoc.Close", "{\"peer\":\"far\"}"),
		     HIP_CTL_FAILED, "the association with 'far' is not up: "
		     "hip assoc flush removes it");
	n = expect_member(ask(fd, "io.hip.Assoc.Flush", "{}"), "removed");
	assert_int_equal(json_integer_value(n), 1);
	json_decref(n);
	assert_null(w.near.assocs.by_pair);
	n = client_hear(waiter);
	assert_string_equal(text_at(n, "error"), HIP_CTL_FAILED);
	json_decref(n);

	w.cut = false;
	expect_ok(ask(fd, "io.hip.Assoc.Connect", "{\"peer\":\"far\"}"));
	n = expect_member(ask(fd, "io.hip.Assoc.Flush", "{\"now\":true}"),
			  "removed");
	assert_int_equal(json_integer_value(n), 1);
	json_decref(n);
	assert_null(w.near.assocs.by_pair);
	assert_null(w.near_kernel.by_id);
	close(fd);
	close(waiter);
}

/* An identity goes and takes its association along. */
static void test_delete_identity_in_use(void **state)
{
	int fd = client_open();

	expect_ok(ask(fd, "io.hip.Id.Add", "{\"name\":\"second\"}"));
	expect_ok(ask(fd, "io.hip.Assoc.Connect",
		      "{\"peer\":\"far\",\"local\":\"second\"}"));
	assert_int_equal(HASH_COUNT(w.near.assocs.by_pair), 1);
	expect_ok(ask(fd, "io.hip.Id.Delete", "{\"id\":\"second\"}"));
	assert_null(w.near.assocs.by_pair);
	assert_null(w.near_kernel.by_id);
	close(fd);
}

static void test_status_and_stats(void **state)
{
	int fd = client_open();
	json_t *o, *counter;
	bool seen = false;
	size_t i;

	expect_ok(ask(fd, "io.hip.Assoc.Connect", "{\"peer\":\"far\"}"));
	o = expect_member(ask(fd, "io.hip.Status.Get", "{}"), "status");
	assert_string_equal(text_at(o, "kernel"), "null");
	assert_string_equal(text_at(o, "name"), "near");
	assert_int_equal(json_integer_value(json_object_get(o, "pid")),
			 getpid());
	assert_int_equal(json_integer_value(json_object_get(o, "peers")), 1);
	assert_int_equal(json_integer_value(json_object_get(
		json_object_get(o, "states"), "ESTABLISHED")), 1);
	json_decref(o);
	o = expect_member(ask(fd, "io.hip.Stats.Get", "{}"), "counters");
	assert_true(json_array_size(o) > HIP_N_STATS);
	json_array_foreach(o, i, counter) {
		assert_true(strlen(text_at(counter, "help")) > 0);
		if (strcmp(text_at(counter, "name"), "bex_completed"))
			continue;
		seen = true;
		assert_int_equal(json_integer_value(json_object_get(counter,
								    "value")),
				 1);
	}
	assert_true(seen);
	json_decref(o);
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_start, world_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_service),
		TEST(test_ids),
		TEST(test_export_gives_the_key),
		TEST(test_id_errors),
		TEST(test_id_add_client_leaves),
		TEST(test_id_add_close),
		TEST(test_peers),
		TEST(test_access),
		TEST(test_peer_errors),
		TEST(test_connect_and_close),
		TEST(test_opportunistic),
		TEST(test_connect_errors),
		TEST(test_connect_ends),
		TEST(test_flush),
		TEST(test_delete_identity_in_use),
		TEST(test_status_and_stats),
	};

	return cmocka_run_group_tests_name("ctl", tests, NULL, NULL);
}
