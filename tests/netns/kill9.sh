#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kill -9 of either daemon, again and again under iperf3: the connection
# survives each time and TCP sends nothing again, for the next daemon goes on
# with the saved state. Topology: lib.sh.
#
# 100 kills on 6.12. The other kernels show the same with fewer: 6.1 differs in
# nothing that matters here, and the debug kernel has one processor and takes
# many times as long for each start.
. "$(dirname "$0")/lib.sh"

case ${HIPVM_KERNEL-} in
6.12) KILLS=100 ;;
6.1) KILLS=30 ;;
*) KILLS=10 ;;
esac
PORT=5201

# bytes_acked and all retransmissions so far of the connection with data
progress() {
	ip netns exec A ss -H -t -i -n state established \
		"( dport = :$PORT )" |
		awk '{ acked = again = 0
			for (i = 1; i <= NF; i++) {
				if ($i ~ /^bytes_acked:/)
					acked = substr($i, 13)
				if ($i ~ /^retrans:/)
					again = substr($i, index($i, "/") + 1)
			}
			if (acked + 0 > most) { most = acked + 0; r = again }
		} END { printf "%d %d\n", most, r }'
}

moved() { # OCTETS: so many more than that were acknowledged
	local acked

	read -r acked _ < <(progress)
	[ "$acked" -gt "$1" ]
}

resumed() { # how often a daemon said that it goes on
	cat "$OUT"/[AB].*.log |
		grep -c 'of 1 associations of an earlier run 1 go on'
}

topo_up
pair_up || exit 1
background in_ns B iperf3 -s -B "$HIT_B" -p $PORT >/dev/null
listens() { ip netns exec B ss -H -t -l -n | grep -q ":$PORT "; }
wait_for 20 listens || not_ok "iperf3 listens"
# Slow enough for any kernel here: what is sent again was lost, not crowded out.
background in_ns A iperf3 -c "$HIT_B" -B "$HIT_A" -p $PORT -t 86400 -b 2M \
	-l 4K >"$OUT/iperf3.log" 2>&1
check "iperf3 runs" wait_for 30 moved 100000
check "both ends are established" wait_for 30 in_state A "$HIT_B" ESTABLISHED
check "both ends are established" wait_for 30 in_state B "$HIT_A" ESTABLISHED
# Each daemon saves a moment after that.
saved() { [ -s "$RUN/$1/run/associations" ]; }
for h in A B; do
	check "$h saved its association" wait_for 10 saved $h
done
read -r _ before < <(progress)

start=$SECONDS
survived=0
for ((i = 0; i < KILLS; i++)); do
	h=A
	[ $((i % 2)) -eq 0 ] || h=B
	stop_hipd $h KILL
	start_hipd $h || break
	read -r acked _ < <(progress)
	wait_for 20 moved $((acked + 20000)) || break
	survived=$((survived + 1))
done
read -r _ after < <(progress)
diag "$survived kills survived in $((SECONDS - start)) s," \
	"$((after - before)) segments sent again"
is "the connection survives kill -9 of a daemon, $KILLS times" \
	$survived $KILLS
is "TCP sent nothing again because of it" $((after - before)) 0
is "each time the next daemon goes on with the saved state" "$(resumed)" \
	$KILLS
for h in A B; do
	is "$h: no base exchange since" "$(counter $h bex_initiated)" 0
done
