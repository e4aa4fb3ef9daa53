#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kill -9 of either daemon, again and again under iperf3: the connection
# survives each time and not a packet is lost, for the next daemon goes on with
# the saved state. Topology: lib.sh.
#
# 100 kills on a clock that counts instructions (tests/vm/run-qemu), where TCP
# sends nothing again either. Elsewhere the processor that the next daemon keeps
# busy is an emulated one, and TCP finds its answers late. On 6.12 that is a
# suite of its own; the debug kernel has restart.sh to look at.
# Kernels: 6.1
. "$(dirname "$0")/lib.sh"

KILLS=${HIPVM_ICOUNT:+100}
: "${KILLS:=10}"
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
# More than the head of a file without associations.
saved() { [ "$(stat -c %s "$RUN/$1/run/associations")" -gt 100 ]; }

connection() { # HOST dport|sport: what TCP says of the busiest
	ip netns exec "$1" ss -H -t -i -n "$2 = :$PORT" | awk '
		match($0, /bytes_(acked|received):[0-9]+/) {
			n = substr($0, RSTART, RLENGTH)
			sub(/.*:/, "", n)
			if (n + 0 >= most) { most = n + 0; line = $0 }
		} END { print line }'
}

value() { # NAME, from a line of ss
	grep -oP "\\b$1:\\K[0-9]+" || echo 0
}

# Segments that were sent and not received, both ways, once TCP has no more to
# send. The handshake is counted at one end only.
missing() {
	local a b
	a=$(connection A dport)
	b=$(connection B sport)
	[ "$(value unacked <<<"$a")$(value notsent <<<"$a")" = 00 ] || return 1
	echo $(($(value segs_out <<<"$a") - $(value segs_in <<<"$b"))) \
		$(($(value segs_out <<<"$b") - $(value segs_in <<<"$a")))
}

quiet() { missing >/dev/null; }
all_arrived() { [ "$(missing)" = "$BEFORE" ]; }

topo_up
pair_up 46 || exit 1
background in_ns B iperf3 -s -B "$HIT_B" -p $PORT >/dev/null
wait_for 20 listens || not_ok "iperf3 listens"
# Slow enough for any kernel here: what is sent again was lost, not crowded out.
background in_ns A iperf3 -c "$HIT_B" -B "$HIT_A" -p $PORT -t 86400 -b 1M \
	-l 4K >"$OUT/iperf3.log" 2>&1
check "iperf3 runs" wait_for 60 carries 100000
pkill -STOP -f "iperf3 -c $HIT_B"
check "TCP comes to rest" wait_for 20 quiet
BEFORE=$(missing)
pkill -CONT -f "iperf3 -c $HIT_B"
check "A is established" wait_for 60 in_state A "$HIT_B" ESTABLISHED
check "B is established" wait_for 60 in_state B "$HIT_A" ESTABLISHED
for h in A B; do
	check "$h saved its association" wait_for 10 saved $h
	hipd_command $h
	printf '%s\0' "${HIPD_COMMAND[@]}" >"$RUN/$h.command"
	stop_hipd $h KILL
done

export OUT
text=$("$HERE/kill9.py" "$KILLS" "$STOPS" "$PORT" "$RUN/A.command" "$RUN/B.command" 2>&1)
read -r survived again arrived seconds < <(tail -n 1 <<<"$text")
diag "$text"
diag "$KILLS kills and $STOPS restarts: $survived survived, $seconds s"
is "the connection survives kill -9 $KILLS times, SIGTERM $STOPS times" \
	"$survived" $((KILLS + STOPS))
if [ -n "${HIPVM_ICOUNT-}" ]; then
	is "TCP sent nothing again because of it" "$again" 0
else
	diag "sent again: $again, of which had arrived: $arrived"
fi
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
pkill -STOP -f "iperf3 -c $HIT_B"
check "not one packet was lost" wait_for 20 all_arrived
diag "missing before: $BEFORE, now: $(missing)"
diag "$(connection A dport)"
pkill -CONT -f "iperf3 -c $HIT_B"
