#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One hipd stops, is killed, or comes back without its SAs, under traffic in
# both directions: traffic flows again without help. Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

declare -A HIT OTHER=([A]=B [B]=A)

answers() { wc -l <"$RUN/flow-$1"; }
more() { [ "$(answers "$1")" -ge "$2" ]; }

flows() { # NAME: both flows get 20 more answers
	local h

	for h in A B; do
		check "$1: flow from $h" wait_for 30 more $h \
			$(($(answers $h) + 20))
	done
}

one_pair() { [ "$(ip -n "$1" xfrm state list nokeys | grep -c '^src')" -eq 2 ]; }

longest_gap() { # HOST: between answers, in seconds
	awk 'NR > 1 && $3 - last > gap { gap = $3 - last } { last = $3 }
		END { printf "%.2f\n", gap }' "$RUN/flow-$1"
}

topo_up
capture restart.pcap proto 139
pair_up || exit 1
HIT[A]=$HIT_A
HIT[B]=$HIT_B
for h in A B; do
	background in_ns $h "$HERE/traffic.py" serve "${HIT[$h]}" >/dev/null
done
for h in A B; do
	: >"$RUN/flow-$h"
	background in_ns $h "$HERE/traffic.py" flow "${HIT[${OTHER[$h]}]}" \
		"$RUN/flow-$h"
done
flows "at first"

settled() { # HOST: established, and saved since
	in_state "$1" "${HIT[${OTHER[$1]}]}" ESTABLISHED &&
		[ "$(counter "$1" state_saved)" -gt 0 ]
}
for h in A B; do
	check "$h saves its association" wait_for 30 settled $h
done

for victim in A B; do
	peer=${OTHER[$victim]}
	for signal in TERM KILL; do
		what="$victim restarted after SIG$signal"
		stop_hipd $victim $signal || not_ok "$what: stops in order"
		flows "$what: without its daemon"
		start_hipd $victim
		is "$what: its association goes on" \
			"$(assoc_state $victim "${HIT[$peer]}")" ESTABLISHED
		is "$what: without an exchange" \
			"$(counter $victim bex_initiated)" 0
		flows "$what: afterwards"
		check "$what: a ping is not lost" ping_hit $peer "${HIT[$victim]}"
		check "$what: one pair of SAs" wait_for 30 one_pair $victim
	done
	diag "longest gap so far: from A $(longest_gap A) s, from B $(longest_gap B) s"
done

for victim in A B; do
	what="$victim back without SAs"
	stop_hipd $victim KILL
	ip -n $victim xfrm state flush
	ip -n $victim xfrm policy flush
	start_hipd $victim
	flows "$what"
	check "$what: associated again" wait_for 30 in_state $victim \
		"${HIT[${OTHER[$victim]}]}" "ESTABLISHED|R2-SENT"
done
capture_stop
