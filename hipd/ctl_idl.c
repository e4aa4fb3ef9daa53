// SPDX-License-Identifier: GPL-2.0
/*
 * The interfaces of the control socket in varlink's definition language, as
 * GetInterfaceDescription gives them. Documentation/control.md quotes them.
 */
#include <stddef.h>

#include "ctl_idl.h"

const struct hip_ctl_interface hip_ctl_interfaces[] = {
	{ "io.hip",
	"# What the methods of hipd answer when they cannot do what they should. The\n"
	"# message is a sentence for people.\n"
	"interface io.hip\n"
	"\n"
	"error NotFound (message: string)\n"
	"error InvalidParameter (message: string)\n"
	"error Denied (message: string)\n"
	"error ExpectedMore (message: string)\n"
	"error Failed (message: string)\n" },
	{ "io.hip.Id",
	"# The host's own identities. An id is named by its name or its HIT.\n"
	"interface io.hip.Id\n"
	"\n"
	"type Id (name: string, hit: string, type: string, bits: int, default: bool)\n"
	"\n"
	"# type is ecdsa or rsa, hi the Host Identity as in HOST_ID in base64, dns a\n"
	"# line of a zone file (RFC 8005), hosts a line of the peers' hosts files.\n"
	"type Export (\n"
	"  name: string, hit: string, type: string, bits: int, default: bool,\n"
	"  hi: string, dns: string, hosts: string\n"
	")\n"
	"\n"
	"method List(id: ?string) -> (ids: []Id)\n"
	"# Makes a key: type is ecdsa (256 or 384 bits) or rsa (2048 to 4096).\n"
	"method Add(name: ?string, type: ?string, bits: ?int) -> (id: Id)\n"
	"method Delete(id: string) -> ()\n"
	"method SetDefault(id: string) -> ()\n"
	"# Without id: the default one.\n"
	"method Export(id: ?string) -> (id: Export)\n" },
	{ "io.hip.Peer",
	"# Known peers. A peer is named by its HIT or one of its names.\n"
	"interface io.hip.Peer\n"
	"\n"
	"# source is hosts (the file) or command (Add).\n"
	"type Peer (hit: string, names: []string, locators: []string, source: string)\n"
	"\n"
	"method List(peer: ?string) -> (peers: []Peer)\n"
	"# Adds or changes; names or locators that are not given stay as they are.\n"
	"method Add(peer: string, names: ?[]string, locators: ?[]string) -> ()\n"
	"method Delete(peer: string) -> ()\n" },
	{ "io.hip.Assoc",
	"# Associations.\n"
	"interface io.hip.Assoc\n"
	"\n"
	"# since: seconds in this state. bex_us: how long the base exchange took,\n"
	"# microseconds. local, peer: locators. path: id of the default path. Counters\n"
	"# when asked for; last_rx, last_tx: seconds since the epoch, 0 never.\n"
	"type Assoc (\n"
	"  local_hit: string, local_name: ?string,\n"
	"  peer_hit: string, peer_name: ?string,\n"
	"  state: string, role: string, since: float,\n"
	"  local: ?string, peer: ?string,\n"
	"  dh_group: ?string, cipher: ?string, bex_us: ?int, path: ?int,\n"
	"  rx_packets: ?int, rx_bytes: ?int, tx_packets: ?int, tx_bytes: ?int,\n"
	"  last_rx: ?int, last_tx: ?int\n"
	")\n"
	"\n"
	"method List(peer: ?string, counters: ?bool) -> (assocs: []Assoc)\n"
	"# Answers when the association is up, or has failed.\n"
	"method Connect(peer: string, local: ?string) -> (assoc: Assoc)\n"
	"# Tells the peer; answers at once with how many it was.\n"
	"method Close(peer: string) -> (closed: int)\n"
	"# Closes what is up and removes the rest; with now removes all and tells no\n"
	"# peer.\n"
	"method Flush(now: ?bool) -> (closed: int, removed: int)\n" },
	{ "io.hip.Path",
	"# The pairs of SAs.\n"
	"interface io.hip.Path\n"
	"\n"
	"type Path (\n"
	"  id: int, if_id: int,\n"
	"  local_hit: string, local_name: ?string,\n"
	"  peer_hit: string, peer_name: ?string,\n"
	"  local: string, peer: string,\n"
	"  spi_in: int, spi_out: int, esp_suite: ?string,\n"
	"  rx_packets: ?int, rx_bytes: ?int, tx_packets: ?int, tx_bytes: ?int,\n"
	"  last_rx: ?int, last_tx: ?int\n"
	")\n"
	"\n"
	"method List(peer: ?string, counters: ?bool) -> (paths: []Path)\n" },
	{ "io.hip.Status",
	"# The daemon as a whole.\n"
	"interface io.hip.Status\n"
	"\n"
	"# uptime: seconds. kernel: kernel or null. hit, name: the default identity.\n"
	"# states: how many associations are in each state.\n"
	"type Status (\n"
	"  version: string, pid: int, uptime: float, kernel: string, device: string,\n"
	"  ids: int, peers: int, assocs: int, states: [string]int,\n"
	"  locators: []string, hit: ?string, name: ?string\n"
	")\n"
	"\n"
	"method Get() -> (status: Status)\n" },
	{ "io.hip.Stats",
	"# Counters of hipd and of the kernel (hip.ko and xfrm).\n"
	"interface io.hip.Stats\n"
	"\n"
	"type Counter (source: string, name: string, value: int, help: string)\n"
	"\n"
	"method Get() -> (counters: []Counter)\n" },
	{ "io.hip.Monitor",
	"# Events as they happen.\n"
	"interface io.hip.Monitor\n"
	"\n"
	"# time: seconds since the epoch. event: watching (the first answer), assoc (an\n"
	"# association changed, as in io.hip.Assoc.List) or lost (so many events were\n"
	"# not sent because the caller read too slowly).\n"
	"method Watch() -> (time: float, event: string, assoc: ?object, lost: ?int)\n" },
	{ "org.varlink.service",
	"# About the service itself.\n"
	"interface org.varlink.service\n"
	"\n"
	"method GetInfo() -> (\n"
	"  vendor: string, product: string, version: string, url: string,\n"
	"  interfaces: []string\n"
	")\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n"
	"\n"
	"error InterfaceNotFound (interface: string)\n"
	"error MethodNotFound (method: string)\n"
	"error MethodNotImplemented (method: string)\n"
	"error InvalidParameter (parameter: string)\n" },
	{ NULL, NULL },
};
