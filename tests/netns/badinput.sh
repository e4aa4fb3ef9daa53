#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A hostile host on the router (hostile.py): each packet is dropped under its
# name and leaves no state. Topology: lib.sh.
#
# Of 6.12 the debug kernel sees more than the stock one.
# Kernels: 6.1 uml
. "$(dirname "$0")/lib.sh"

sas() { ip -n "$1" xfrm state list nokeys | grep -c '^src'; }
no_sas() { [ "$(sas "$1")" -eq 0 ]; }
rss() { awk '/VmRSS/ { print $2 }' "/proc/${HIPD_PID[$1]}/status"; }

value() { # HOST COUNTER,...: their sum, of hipd, hip.ko and xfrm
	{
		ns "$1" hip -s -o stats 2>/dev/null
		[[ $2 != *Xfrm* ]] || ns "$1" cat /proc/net/xfrm_stat
	} | awk -v names=",$2," '
		index(names, "," $2 ",") { sum += $3 }
		index(names, "," $1 ",") { sum += $2 }
		END { print sum + 0 }'
}

assocs() { ns "$1" hip -o assoc | wc -l; }

grown() { [ "$(value "$1" "$2")" -gt "$3" ]; }

# One process sends them all: starting Python is slow on some machines.
tell() { # ARGUMENT...: its answer in $ANSWER, its status returned
	local line

	echo "$*" >&"${COPROC[1]}"
	ANSWER=
	while read -r line <&"${COPROC[0]}"; do
		case $line in
		"= "*)	return "${line#= }" ;;
		*)	ANSWER+=$line ;;
		esac
	done
	return 1
}

hostile() { # KIND SOURCE VICTIM [ARGUMENT...]
	local kind=$1 src=$2 victim=$3 before
	local counters=${COUNTER[$1]}
	shift 3

	before=$(value "$victim" "$counters")
	if ! tell "$kind" --src "$src" --dst "${V4[$victim]}" "$@"; then
		not_ok "$kind" "$ANSWER"
	elif ! wait_for 5 grown "$victim" "$counters" "$before"; then
		not_ok "$kind: counted as $counters" "before and after: $before"
	elif [ "$(assocs "$victim")" -ne 1 ]; then
		not_ok "$kind: no new state" "$(ns "$victim" hip -o assoc)"
	else
		ok "$kind: counted as $counters, no new state"
	fi
}

declare -A COUNTER
while IFS=$'\t' read -r kind counters _; do
	COUNTER[$kind]=$counters
	kinds+=("$kind")
done < <("$HERE/hostile.py" --list)

topo_up
capture old.pcap
pair_up || exit 1
check "an association" ping_hit A "$HIT_B"
ns A hip assoc close "$HIT_B"
wait_for 10 no_sas B
capture_stop
capture now.pcap
check "another one" ping_hit A "$HIT_B"
capture_stop
sas_before=$(sas B)
is "A has one association" "$(assocs A)" 1
is "B has one association" "$(assocs B)" 1
bex_before=$(counter B bex_completed)

# The router may send as anybody: it is the man in the middle.
coproc in_ns R "$HERE/hostile.py" --batch
PIDS+=("$COPROC_PID")
NOBODY=2001:22:dead:beef:dead:beef:dead:beef

for kind in "${kinds[@]}"; do
	case $kind in
	replay-r1|replay-r2)
		hostile "$kind" "${V4[B]}" A --src-hit "$HIT_B" --dst-hit "$HIT_A" \
			--pcap "$OUT/now.pcap" ;;
	replay-close|replay-i2-old)
		hostile "$kind" "${V4[A]}" B --src-hit "$HIT_A" --dst-hit "$HIT_B" \
			--pcap "$OUT/old.pcap" ;;
	replay-*|esp-*)
		hostile "$kind" "${V4[A]}" B --src-hit "$HIT_A" --dst-hit "$HIT_B" \
			--pcap "$OUT/now.pcap" ;;
	*-established)
		hostile "$kind" "${V4[A]}" B --src-hit "$HIT_A" --dst-hit "$HIT_B" ;;
	good)	;;
	i2-*)	# which needs an answer
		hostile "$kind" 198.51.100.254 B --src-hit $NOBODY \
			--dst-hit "$HIT_B" ;;
	*)
		hostile "$kind" "${V4[A]}" B --src-hit $NOBODY --dst-hit "$HIT_B" ;;
	esac
done
is "B has the SAs it had" "$(sas B)" "$sas_before"
is "B completed no base exchange by that" "$(counter B bex_completed)" \
	"$bex_before"

before=$(rss B)
check "B gets 20000 datagrams of noise" ns R /usr/bin/python3 -c '
import os, random, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 139)
random.seed(1)
for i in range(20000):
    n = random.randrange(0, 600)
    d = bytearray(os.urandom(n))
    if i % 2 and n > 4:
        d[0:4] = bytes([59, max(0, n // 8 - 1), random.choice((1, 2, 3, 4)), 0x21])
    s.sendto(bytes(d), (sys.argv[1], 0))
' "${V4[B]}"
check "B still answers its command" hipd_ready B
is "B grew by less than a megabyte" "$(($(rss B) - before < 1024))" 1

check "the association goes on" ping_hit A "$HIT_B"
is "without a new exchange" "$(counter B bex_completed)" "$bex_before"

for h in A B; do
	stops $h
done
