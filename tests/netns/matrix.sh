#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Identity x group x ESP suite x outer family: the first ping is not lost,
# larger pings, datagrams and a TCP stream arrive whole. Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

one() { # IDENTITY GROUP SUITE FAMILY
	local what="$1 group $2 suite $3 IPv$4" h server

	topo_up
	for h in A B; do
		key $h "$1" "$1"
		config $h <<-EOT
		[protocol]
		dh-groups = $2
		esp-suites = $3
		EOT
	done
	capture "$1-$2-$3-$4.pcap"
	pair_up "$4" || { topo_down; return; }
	check "$what: first ping" ping_hit A "$HIT_B"
	check "$what: ping of 3000 octets, other way" ping_hit B "$HIT_A" -s 3000
	coproc in_ns B "$HERE/traffic.py" serve "$HIT_B"
	server=$COPROC_PID
	read -r _ <&"${COPROC[0]}"
	check "$what: TCP and UDP" ns A "$HERE/traffic.py" exchange "$HIT_B" \
		--tcp 200000 1 64 1300 1352 3000
	is "$what: outer family" "$(ip -n A xfrm state list nokeys |
		awk '/^src/ { print ($2 ~ /:/) ? 6 : 4 }' | sort -u)" "$4"
	is "$what: one SA each way" \
		"$(ip -n A xfrm state list nokeys | grep -c '^src')" 2
	kill "$server"
	wait "$server" 2>/dev/null
	capture_stop
	for h in A B; do
		stops $h
	done
	topo_down
}

for identity in ecdsa rsa; do
	for group in 7 8; do
		for suite in 13 8; do
			for family in 4 6; do
				one $identity $group $suite $family
			done
		done
	done
done
