#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# New ESP keys while UDP runs at load in both directions: not one packet is
# lost, ESP drops nothing, and what the association counts goes on. By command from either side, from both at once,
# with and without new Diffie-Hellman values, over both outer families, then by
# volume. Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

UDPLOAD=$REPO/build/bench/udpload
declare -A HIT OTHER=([A]=B [B]=A)

xfrm_errors() { # HOST: each of /proc/net/xfrm_stat that is not 0
	ns "$1" awk '$2 { print $1, $2 }' /proc/net/xfrm_stat
}

spis() { ip -n "$1" xfrm state list nokeys | awk '/spi/ { print $4 }' | sort; }
rekeys() { # HOST
	ns "$1" hip -j assoc show "${HIT[${OTHER[$1]}]}" |
		grep -oE '"rekeys": *[0-9]+' | grep -oE '[0-9]+'
}
rekeyed() { [ "$(rekeys "$1")" -ge "$2" ]; }
two_sas() { [ "$(spis "$1" | wc -l)" -eq 2 ]; }

load() { # HOST: until the file $RUN/load goes; a line a run
	while [ -e "$RUN/load" ]; do
		in_ns_wait "$1" "$UDPLOAD" pps "${HIT[${OTHER[$1]}]}" 7777 \
			1000 32 1000 || echo "failed=$?"
	done
}
in_ns_wait() { (in_ns "$@"); }

traffic() { # rx and tx packets of the association, as A's hipd tells them
	ns A hip -j -s assoc show "$HIT_B" | tr -d ' \n' |
		sed -E 's/.*"rx_packets":([0-9]+).*"tx_packets":([0-9]+).*/\1 \2\n/'
}
path_rx() { # likewise of its path alone
	ns A hip -j -s path show "$HIT_B" | tr -d ' \n' |
		sed -E 's/.*"rx_packets":([0-9]+).*/\1\n/'
}
watch_traffic() {
	while [ -e "$RUN/watch" ]; do
		traffic
		sleep 0.5
	done
}
counted() { # NAME: what was watched
	local i

	rm "$RUN/watch"
	wait "$WATCH"
	check "$1: A was asked at least five times" \
		test "$(grep -cxE '[0-9]+ [0-9]+' "$RUN/traffic")" -ge 5
	for i in 1 2; do
		check "$1: packets of A's association never shrink, column $i" \
			eval "cut -d' ' -f$i '$RUN/traffic' | sort -nc"
	done
	check "$1: it counts what its old paths carried, too" \
		test "$(traffic | cut -d' ' -f1)" -gt "$(path_rx)"
}

load_begin() {
	: >"$RUN/load"
	for h in A B; do
		load $h >"$RUN/load-$h" 2>&1 &
		LOAD[$h]=$!
		PIDS+=($!)
	done
}

load_end() { # NAME
	local h

	rm "$RUN/load"
	for h in A B; do
		wait "${LOAD[$h]}"
		is "$1: all that $h sent arrived" \
			"$(grep -cv ' lost=0$' "$RUN/load-$h")" 0
		diag "$h: $(($(wc -l <"$RUN/load-$h") * 1000)) packets"
		grep -v ' lost=0$' "$RUN/load-$h" | sed 's/^/# /'
		is "$1: ESP of $h dropped nothing" "$(xfrm_errors $h)" ""
	done
}

declare -A LOAD

rounds() { # NAME
	local n h

	: >"$RUN/watch"
	watch_traffic >"$RUN/traffic" &
	WATCH=$!
	PIDS+=("$WATCH")
	load_begin
	for h in A B; do
		check "$1: $h rekeys" ns $h hip assoc rekey \
			"${HIT[${OTHER[$h]}]}"
	done
	n=$(rekeys A)
	ns A hip assoc rekey "$HIT_B" >/dev/null &
	ns B hip assoc rekey "$HIT_A" dh >/dev/null &
	wait_for 20 rekeyed A $((n + 1)) && wait_for 20 rekeyed B $((n + 1))
	is "$1: both at once" $? 0
	load_end "$1"
	for h in A B; do
		check "$1: the old SAs of $h go" wait_for 40 two_sas $h
	done
	counted "$1"
}

topo_up
for h in A B; do
	background in_ns $h "$UDPLOAD" serve 7777
done
capture rekey.pcap proto 139
for families in 4yes 6no; do
	family=${families:0:1}
	dh=${families:1}
	for h in A B; do
		: >"/etc/netns/$h/hip/hosts"
		printf '[protocol]\nrekey-dh = %s\n' "$dh" | config $h
	done
	pair_up "$family" || exit 1
	HIT[A]=$HIT_A
	HIT[B]=$HIT_B
	check "IPv$family: an association" ping_hit A "$HIT_B"
	before=$(spis A)
	rounds "IPv$family, DH $dh"
	check "IPv$family, DH $dh: other SPIs" test "$before" != "$(spis A)"
	ns A hip assoc close "$HIT_B"
	stops A
	stops B
done
capture_stop

# The kernel tells when an SA has carried so much.
for h in A B; do
	printf '[protocol]\nrekey-packets = 3000\n' | config $h
done
start_hipd A
start_hipd B
check "by volume: an association" ping_hit A "$HIT_B"
load_begin
check "by volume: three rekeys of 3000 packets" wait_for 90 rekeyed A 3
load_end "by volume"
check "by volume: none failed" test "$(counter A rekey_failed)$(
	counter B rekey_failed)" = 00
