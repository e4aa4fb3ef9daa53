// SPDX-License-Identifier: GPL-2.0
/*
 * Every object and command of hip. Parsing and help come from here alone.
 */
#include "addr.h"
#include "cli.h"

static bool is_address(const char *text)
{
	struct in6_addr a;

	return !hip_addr_parse(&a, text);
}

const struct hip_cli_object hip_cli_objects[] = {
	{ "id", "this host's identities" },
	{ "peer", "known peers" },
	{ "assoc", "associations" },
	{ "access", "who may set up an association" },
	{ "path", "pairs of SAs" },
	{ "status", "the daemon as a whole" },
	{ "stats", "counters" },
	{ "monitor", "events as they happen" },
	{ "explain", "what would happen to a packet now, and why" },
	{ "config", "the configuration, as hipd would read it" },
	{ NULL, NULL },
};

const struct hip_cli_command hip_cli_commands[] = {
	{ "id", "show", "list identities, the default one first",
	  .method = "io.hip.Id.List", .result = "ids",
	  .print = hip_cli_print_id, .local = hip_cli_local_id_list,
	  .arg = { { NULL, "ID", "id", HIP_CLI_TEXT, false, NULL } } },
	{ "id", "add",
	  "make a key: type ecdsa (bits 256 or 384) or rsa (bits 2048 to 4096)",
	  .method = "io.hip.Id.Add", .result = "id",
	  .print = hip_cli_print_id, .local = hip_cli_local_id_add,
	  .arg = { { NULL, "NAME", "name", HIP_CLI_TEXT, false, NULL },
		   { "type", "TYPE", "type", HIP_CLI_TEXT, false, NULL },
		   { "bits", "N", "bits", HIP_CLI_NUMBER, false, NULL },
		   { "anonymous", NULL, "anonymous", HIP_CLI_FLAG, false,
		     NULL } } },
	{ "id", "delete", "remove an identity, its key file and associations",
	  .method = "io.hip.Id.Delete", .local = hip_cli_local_id_delete,
	  .arg = { { NULL, "ID", "id", HIP_CLI_TEXT, true, NULL } } },
	{ "id", "export",
	  "print an identity for the peers' hosts files; with -d for DNS too",
	  .method = "io.hip.Id.Export", .result = "id",
	  .print = hip_cli_print_export, .local = hip_cli_local_id_export,
	  .arg = { { NULL, "ID", "id", HIP_CLI_TEXT, false, NULL } } },
	{ "id", "default", "choose the source HIT of new flows",
	  .method = "io.hip.Id.SetDefault", .local = hip_cli_local_id_default,
	  .arg = { { NULL, "ID", "id", HIP_CLI_TEXT, true, NULL } } },

	{ "peer", "show", "list known peers",
	  .method = "io.hip.Peer.List", .result = "peers",
	  .print = hip_cli_print_peer,
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, false, NULL } } },
	{ "peer", "add",
	  "add a peer by HIT, or change what is known of one; gone after a "
	  "restart",
	  .method = "io.hip.Peer.Add",
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, true, NULL },
		   { NULL, "ADDR", "locators", HIP_CLI_LIST, false,
		     is_address },
		   { NULL, "NAME", "names", HIP_CLI_LIST, false, NULL },
		   { "name", "NAME", "names", HIP_CLI_LIST, false, NULL },
		   { "addr", "ADDR", "locators", HIP_CLI_LIST, false,
		     NULL } } },
	{ "peer", "delete", "forget a peer; its association goes on",
	  .method = "io.hip.Peer.Delete",
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, true, NULL } } },
	{ "peer", "trust",
	  "take the HIT that a peer of opportunistic mode has changed to",
	  .method = "io.hip.Peer.Trust",
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, true, NULL } } },

	{ "access", "show", "list the access rules and what they have decided",
	  .method = "io.hip.Access.List", .result = "rules",
	  .print = hip_cli_print_rule },
	{ "access", "check",
	  "whether a peer may set up an association, and which rule says so",
	  .method = "io.hip.Access.Check", .result = "verdict",
	  .print = hip_cli_print_verdict,
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, true, NULL },
		   { "from", "ADDR", "from", HIP_CLI_TEXT, false, NULL },
		   { "anonymous", NULL, "anonymous", HIP_CLI_FLAG, false,
		     NULL } } },

	{ "assoc", "show", "list associations and their state",
	  .method = "io.hip.Assoc.List", .result = "assocs",
	  .print = hip_cli_print_assoc, .counters = true, .rates = true,
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, false, NULL } } },
	{ "assoc", "connect",
	  "set up an association and wait for it; opportunistic: PEER is an "
	  "address",
	  .method = "io.hip.Assoc.Connect", .result = "assoc",
	  .print = hip_cli_print_assoc,
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, true, NULL },
		   { "from", "ID", "local", HIP_CLI_TEXT, false, NULL },
		   { "opportunistic", NULL, "opportunistic", HIP_CLI_FLAG,
		     false, NULL } } },
	{ "assoc", "rekey",
	  "agree on new ESP keys and wait for it; dh: with new Diffie-Hellman "
	  "values",
	  .method = "io.hip.Assoc.Rekey", .result = "assoc",
	  .print = hip_cli_print_assoc,
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, true, NULL },
		   { "dh", NULL, "dh", HIP_CLI_FLAG, false, NULL } } },
	{ "assoc", "close", "end an association and tell the peer",
	  .method = "io.hip.Assoc.Close",
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, true, NULL } } },
	{ "assoc", "flush",
	  "end all associations; now: without telling the peers",
	  .method = "io.hip.Assoc.Flush",
	  .arg = { { "now", NULL, "now", HIP_CLI_FLAG, false, NULL } } },

	{ "path", "show", "list pairs of SAs: SPIs, locators, ESP suite",
	  .method = "io.hip.Path.List", .result = "paths",
	  .print = hip_cli_print_path, .counters = true, .rates = true,
	  .arg = { { NULL, "PEER", "peer", HIP_CLI_TEXT, false, NULL } } },

	{ "status", "show", "how the daemon is doing",
	  .method = "io.hip.Status.Get", .result = "status",
	  .print = hip_cli_print_status, .rates = true },

	{ "stats", "show",
	  "counters that are not zero, and what they count; -s all of them",
	  .method = "io.hip.Stats.Get", .result = "counters",
	  .print = hip_cli_print_counter, .rates = true },

	{ "monitor", "show", "print changes of associations until interrupted",
	  .method = "io.hip.Monitor.Watch", .print = hip_cli_print_event,
	  .stream = true },

	{ "explain", "show",
	  "what would happen to a packet of a flow now, step by step",
	  .method = "io.hip.Explain.Flow", .result = "explain",
	  .print = hip_cli_print_explain,
	  .text = "The kernel, the tables and the state machine of hipd are "
		  "asked, nothing is sent or changed. The counters that a step "
		  "moves are printed below it when they are not 0, with -s all. "
		  "Without from the source is what a socket that is not bound "
		  "would take.",
	  .arg = { { "to", "PEER", "to", HIP_CLI_TEXT, true, NULL },
		   { "from", "ID", "from", HIP_CLI_TEXT, false, NULL },
		   { "proto", "PROTO", "proto", HIP_CLI_TEXT, false, NULL },
		   { "sport", "PORT", "sport", HIP_CLI_NUMBER, false, NULL },
		   { "dport", "PORT", "dport", HIP_CLI_NUMBER, false,
		     NULL } } },

	{ "config", "check",
	  "read configuration, hosts, access rules and keys as hipd would",
	  .answer = "(file: string, ok: bool, keys_checked: bool, "
		    "message: ?string)",
	  .print = hip_cli_print_check,
	  .local = hip_cli_config_check,
	  .text = "The first mistake is told with its file, line and key, and "
		  "what was expected there; the exit status is then 1. Drop-ins "
		  "in FILE.d are read too, and what hipd has learned of peers. "
		  "Root reads as the user that the keys belong to, who has to "
		  "be able to read all but a FILE that is named. hipd is not "
		  "asked and nothing is changed.",
	  .arg = { { NULL, "FILE", "file", HIP_CLI_TEXT, false, NULL } } },
	{ "config", "show",
	  "every key and its value, as the files say; -d what it does",
	  .result = "keys", .print = hip_cli_print_key,
	  .answer = "(keys: [](section: string, name: string, value: string, "
		    "default: string, help: string, expected: string, "
		    "restart: bool))",
	  .local = hip_cli_config_show,
	  .arg = { { NULL, "KEY", "key", HIP_CLI_TEXT, false, NULL } } },

	{ NULL },
};
