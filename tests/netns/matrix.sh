#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Identity x group x HIP cipher x ESP suite x outer family: the first ping is
# not lost, datagrams and a TCP stream arrive whole, before and after new keys;
# the association is closed. Every value of one meets every value of each other:
# 54 rows, and 12 more so that what is used most meets in all combinations;
# matrix.py says which. "matrix.sh full" plays all 972. Topology: lib.sh.
#
# One topology and two daemons serve all rows: A, which initiates, is told by a
# reload what the next row is about; B offers everything that it can.
#
# What differs from row to row is hipd's and the kernel's: not on the debug
# kernel.
# Kernels: 6.1 6.12
. "$(dirname "$0")/lib.sh"

STRONG=13,12,11,10,9,8		# as many as fit into one ESP_TRANSFORM
READABLE=7,14,15

hits() { # HOST: HITs in the order of matrix.py's identities
	local k

	for k in rsa ecdsa p384; do
		hit "$1" $k
	done | paste -sd ,
}

offer() { # SUITE,...: B's configuration
	config B <<-EOT
	[protocol]
	dh-groups = 7 8 4 9 3 11
	ciphers = 2 4 1
	esp-suites = ${1//,/ }
	EOT
}

results() { # of matrix.py
	local verdict what

	while read -r verdict what; do
		case $verdict in
		pass) ok "$what" ;;
		fail) not_ok "$what" ;;
		*) diag "$verdict $what" ;;
		esac
	done
}

play() { # SUITE,... [--full]: the rows of these suites
	results < <(ns A "$HERE/matrix.py" ${2-} --pid "${HIPD_PID[A]}" \
		--log "$OUT/A.1.log" --hits-a "$HITS_A" --hits-b "$HITS_B" \
		--v4 "${V4[B]}" --v6 "${V6[B]}" --suites "$1" 2>&1 ||
		echo "fail matrix.py ends in order")
}

play_each() { # SUITE,...: every row, a capture for each suite
	local suite

	for suite in ${1//,/ }; do
		capture "suite-$suite.pcap"
		play "$suite" --full
		capture_stop
	done
}

read_again() { grep -q "read again" "$OUT/B.1.log"; }

case ${1-} in
full) play=play_each ;;
'') play=play ;;
*) echo "usage: ${0##*/} [full]" >&2; exit 2 ;;
esac

check "the rows cover all pairs" "$HERE/matrix.py" --cover
topo_up
for h in A B; do
	key $h rsa rsa
	key $h ecdsa ecdsa
	key $h p384 ecdsa bits 384
done
offer $STRONG
[ -n "${1-}" ] || capture matrix.pcap
pair_up 46 || exit 1
HITS_A=$(hits A)
HITS_B=$(hits B)
for h in ${HITS_B//,/ }; do
	background in_ns B "$HERE/traffic.py" serve "$h" >/dev/null
done
began=$SECONDS
$play $STRONG
offer $READABLE
kill -HUP "${HIPD_PID[B]}"
check "B reads its configuration again" wait_for 10 read_again
$play $READABLE
diag "$((SECONDS - began)) s"
[ -n "${1-}" ] || capture_stop
for h in A B; do
	stops $h
done
topo_down
