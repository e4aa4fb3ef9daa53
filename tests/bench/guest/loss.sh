#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Does a running association lose packets, inside a VM? Two hosts, as their unit
# file starts hipd, and a router, with UDP in both directions as fast as the
# processor can: while they rekey, while B is flooded with I1s, and with bad I2s
# that solve their puzzles. The floods come from the router, each packet from
# an address and a HIT of its own. Topology: tests/netns/lib.sh.
#
# Arguments, KEY=VALUE:
#   rekeys=   a multiple of 4: from either side, without and with new
#             Diffie-Hellman values
#   i1=, i2=  packets of the floods
# Prints, for each WHAT of "rekey", "i1" and "i2",
#   "BENCH what=WHAT from=HOST sent=N received=N us=US", the load of HOST, and
#   "BENCH what=WHAT KEY=VALUE...": rekeys, and SPIs that are not those from
#       before; of a flood its packets, how many of them hipd took from its
#       socket (rx) and us; what ESP dropped at both ends (esp)
# and TAP.
# shellcheck disable=SC2154,SC2317 # the variables come from the arguments;
# check() and wait_for() call by name
for word; do
	case ${word%%=*} in
	rekeys|i1|i2) declare "${word%%=*}=${word#*=}" ;;
	*) echo "Bail out! unknown argument $word"; exit 2 ;;
	esac
done
. "$(dirname "$0")/../../netns/lib.sh"

BIN=$REPO/build/bench
WINDOW=256
declare -A HIT OTHER=([A]=B [B]=A) LOAD

spis() { # of the SAs that are in use
	ns A hip -j path show | grep -oE '"spi_(in|out)": *[0-9]+' | sort
}

esp_errors() { # of both hosts
	local h

	for h in A B; do
		in_net $h cat /proc/net/xfrm_stat
	done | awk '{ n += $2 } END { print n }'
}

rekeyed() { # times
	ns A hip -j assoc show "$HIT_B" |
		sed -nE 's/.*"rekeys": *([0-9]+).*/\1/p'
}

load_begin() {
	local h

	for h in A B; do
		in_ns $h "$BIN/udpload" load "${HIT[${OTHER[$h]}]}" 7777 64 \
			$WINDOW >"$RUN/load-$h" 2>&1 &
		LOAD[$h]=$!
		PIDS+=($!)
	done
}

load_end() { # WHAT
	local h

	kill "${LOAD[@]}"
	for h in A B; do
		wait "${LOAD[$h]}"
		check "$1: load of $h" grep "^sent=" "$RUN/load-$h"
		echo "BENCH what=$1 from=$h $(<"$RUN/load-$h")"
	done
}

# Under load throughout; the function prints more words for the BENCH line.
under_load() { # WHAT FUNCTION
	local before errors n words

	before=$(spis)
	errors=$(esp_errors)
	n=$(rekeyed)
	load_begin
	$2 >"$RUN/words"
	check "$1: done" test $? = 0
	load_end "$1"
	read -r words <"$RUN/words"
	echo "BENCH what=$1 rekeys=$(($(rekeyed) - n))" \
		"spis=$(comm -13 <(echo "$before") <(spis) | wc -l)" \
		"esp=$(($(esp_errors) - errors)) $words"
	check "$1: still there" in_state A "$HIT_B" ESTABLISHED
}

rekey() {
	local i h dh

	for ((i = 0; i < rekeys; i += 4)); do
		for h in A B; do
			for dh in "" dh; do
				# shellcheck disable=SC2086 # no word or one
				ns $h hip assoc rekey "${HIT[${OTHER[$h]}]}" \
					$dh >"$RUN/out" 2>&1 || {
					diag "$(<"$RUN/out")" >&2
					return 1
				}
			done
		done
	done
	echo
}

flood() { # MODE PACKETS [INITIATORS]
	local rx

	rx=$(counter B rx)
	# All within a second, or as fast as the processor can.
	ns R "$BIN/hipload" "$1" "${HIPD_PID[B]}" "$HIT_B" "${V6[B]}" \
		2001:db8:f:: 1 "${@:2}" >"$RUN/flood" 2>"$RUN/out" || {
		diag "$(<"$RUN/out")" >&2
		return 1
	}
	echo "$(<"$RUN/flood") rx=$(($(counter B rx) - rx))"
}
flood_i1() { flood i1 "$i1"; }
flood_i2() { flood i2 "$i2" 100; } # making them is not the flood

# Pages that come from the host's disk while somebody waits for a program let
# the clock leap.
for program in /usr/sbin/hipd /usr/sbin/hip "$BIN/udpload" "$BIN/hipload"; do
	"$program" --help
done >/dev/null 2>&1
modprobe -a -q gcm seqiv ctr ghash-generic authenc echainiv hip
topo_up
ip -n R -6 route add local 2001:db8:f::/48 dev lo
pair_up 6 || exit 1
HIT[A]=$HIT_A
HIT[B]=$HIT_B
check "an association" ping_hit A "$HIT_B"
for h in A B; do
	background in_ns $h "$BIN/udpload" serve 7777
done
for h in A B; do
	until in_net $h ss -Hlun 'sport = :7777' | grep -q .; do
		nap 0.05
	done
done
under_load rekey rekey
under_load i1 flood_i1
under_load i2 flood_i2
