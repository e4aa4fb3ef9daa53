#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# hip explain: what it foretells of a packet is what then happens to it.
# Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

explain() { ns A hip explain to "$1" 2>&1; }
verdict() { explain "$1" | sed -nE 's/^    ([a-z]+): .*/\1/p' | tail -n 1; }
foretells() { [ "$(verdict "$1")" = "$2" ]; }
waiting() { explain "$1" | grep -qE 'waits for hipd.* [1-9][0-9]* packets wait'; }
one_ping() { ip netns exec A ping -6 -n -c 1 -W "$1" "$2" 2>&1; }

stranger=2001:21:1:2:3:4:5:6

topo_up
config A <<-'EOC'
	[protocol]
	retransmission-timeout = 100
	i1-retries = 3
EOC
pair_up || exit 1

# ---- no association ----

matches "hip.ko knows nothing yet" "$(explain "$HIT_B")" \
	"hip.ko has no association of the pair"
is "a packet would wait" "$(verdict "$HIT_B")" waits
is "asking makes no association" "$(ns A hip -o assoc | wc -l)" 0
is "nor an event" "$(counter A acquire)" 0

is "a stranger has no locator" "$(verdict $stranger)" dropped
before=$(counter A acquire_unknown_peer)
matches "so says ping" "$(one_ping 5 $stranger)" "No route|unreachable"
is "and the counter that was named" \
	"$(counter A acquire_unknown_peer)" $((before + 1))

# ---- a peer that does not answer ----

stop_hipd B
background ip netns exec A ping -6 -n -i 0.2 "$HIT_B"
pinger=$!
check "packets wait" wait_for 30 waiting "$HIT_B"
check "until the peer is given up" wait_for 60 foretells "$HIT_B" dropped
kill "$pinger"
check "the module counted them" test "$(counter A wait_failed)" -gt 0

# More than hip.ko keeps of a pair; ping's own send buffer holds only a few.
queue_full() { explain "$HIT_B" | grep -q '^    dropped: 64 packets .*pair_full'; }
background ip netns exec A ping -6 -n -q -i 0.005 -S 212992 "$HIT_B"
pinger=$!
check "with 64 that wait the next is dropped" wait_for 60 queue_full
kill "$pinger"
check "as the module counts" test "$(counter A pair_full)" -gt 0

# ---- an association ----

start_hipd B
ns A hip assoc flush now
check "ping" ping_hit A "$HIT_B"
text=$(explain "$HIT_B")
is "a packet would be sent" "$(verdict "$HIT_B")" sent
matches "hip.ko has it up" "$text" "has the association up, its default path"
matches "the SAs are there" "$text" \
	"outbound SA 0x[0-9a-f]+ is there, inbound 0x[0-9a-f]+ is there, policy leads"
spi=$(sed -nE 's/.*outbound SA (0x[0-9a-f]+).*/\1/p' <<<"$text")
matches "and xfrm has that one" "$(ip -n A xfrm state)" "spi $spi"

# ---- counters ----

text=$(ns A hip -s -o stats | grep Xfrm)
matches "xfrm's counters are told" "$text" XfrmInNoStates
check_not "each with a sentence of its own" \
	grep "IPsec in the kernel, this" <<<"$text"

is "this host itself" "$(verdict "$HIT_A")" local
is "no HIT" "$(verdict 192.0.2.99)" clear

# ---- closed ----

ns A hip assoc close "$HIT_B"
check "closed: a packet would wait again" wait_for 30 foretells "$HIT_B" waits
check "and does, for a new association" ping_hit A "$HIT_B"
