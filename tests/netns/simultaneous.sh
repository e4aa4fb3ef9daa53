#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Both hosts start at the same moment: one association with the same SAs at
# both ends, no ping lost (RFC 7401 section 4.4, spec of simultaneous I1 and
# I2). The delay on the router makes the packets cross. Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

spis() { ip -n "$1" xfrm state list nokeys | awk '$1 == "proto" { print $4 }' |
	sort; }

no_spis() { [ -z "$(spis "$1")" ]; }

topo_up
for dev in a0 b0; do
	ip netns exec R tc qdisc add dev $dev root netem delay 50ms
done
capture simultaneous.pcap
pair_up || exit 1
for round in 1 2 3 4 5; do
	ping_hit A "$HIT_B" >"$OUT/a.txt" &
	a=$!
	ping_hit B "$HIT_A" >"$OUT/b.txt" &
	b=$!
	wait $a
	is "round $round: A lost nothing" $? 0
	wait $b
	is "round $round: B lost nothing" $? 0
	check "round $round: A is ESTABLISHED" in_state A "$HIT_B" ESTABLISHED
	check "round $round: B is ESTABLISHED" in_state B "$HIT_A" ESTABLISHED
	is "round $round: the same SAs" "$(spis A)" "$(spis B)"
	is "round $round: one pair" "$(spis A | wc -l)" 2
	ns A hip assoc close "$HIT_B" >/dev/null
	check "round $round: closed" wait_for 10 no_spis B
done
capture_stop
