#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kill -9 of either daemon, again and again under iperf3: the connection
# survives each time and TCP sends nothing again, for the next daemon goes on
# with the saved state. Topology: lib.sh.
#
# 100 kills on 6.12. The other kernels show the same with fewer: 6.1 differs in
# nothing that matters here, and on the debug kernel each start takes many
# times as long.
. "$(dirname "$0")/lib.sh"

case ${HIPVM_KERNEL-} in
6.12) KILLS=100 ;;
6.1) KILLS=20 ;;
*) KILLS=10 ;;
esac
STOPS=4		# and as many restarts in order, as systemctl restart does
PORT=5201

carries() { # OCTETS: so many were acknowledged
	ip netns exec A ss -H -t -i -n "dport = :$PORT" | awk -v n="$1" '
		match($0, /bytes_acked:[0-9]+/) {
			if (substr($0, RSTART + 12, RLENGTH - 12) + 0 > n)
				found = 1
		} END { exit !found }'
}

listens() { ip netns exec B ss -H -t -l -n | grep -q ":$PORT "; }
saved() { [ -s "$RUN/$1/run/associations" ]; }

topo_up
pair_up 46 || exit 1
background in_ns B iperf3 -s -B "$HIT_B" -p $PORT >/dev/null
wait_for 20 listens || not_ok "iperf3 listens"
# Slow enough for any kernel here: what is sent again was lost, not crowded out.
background in_ns A iperf3 -c "$HIT_B" -B "$HIT_A" -p $PORT -t 86400 -b 1M \
	-l 4K >"$OUT/iperf3.log" 2>&1
check "iperf3 runs" wait_for 60 carries 100000
check "A is established" wait_for 60 in_state A "$HIT_B" ESTABLISHED
check "B is established" wait_for 60 in_state B "$HIT_A" ESTABLISHED
for h in A B; do
	check "$h saved its association" wait_for 10 saved $h
	hipd_command $h
	printf '%s\0' "${HIPD_COMMAND[@]}" >"$RUN/$h.command"
	stop_hipd $h KILL
done

export OUT
text=$("$HERE/kill9.py" $KILLS $STOPS $PORT "$RUN/A.command" "$RUN/B.command" 2>&1)
read -r survived again arrived seconds < <(tail -n 1 <<<"$text")
diag "$text"
diag "$KILLS kills and $STOPS restarts: $survived survived, $seconds s"
is "the connection survives kill -9 $KILLS times, SIGTERM $STOPS times" \
	"$survived" $((KILLS + STOPS))
# The debug kernel answers later than TCP waits: there, what had arrived and
# was sent again all the same does not count.
[ "${HIPVM_KERNEL-}" != uml ] || again=$((again - arrived))
is "TCP sent nothing again because of it" "$again" 0
# two more starts: before the first kill
is "each time the next daemon goes on with the saved state" \
	"$(cat "$OUT"/[AB].kill9.log |
		grep -c 'of 1 associations of an earlier run 1 go on')" \
	$((KILLS + STOPS + 2))
for h in A B; do
	start_hipd $h
	is "$h goes on" "$(counter $h resumed)" 1
	is "$h: no base exchange since" "$(counter $h bex_initiated)" 0
done
check "iperf3 runs still" pgrep -f "iperf3 -c $HIT_B"
