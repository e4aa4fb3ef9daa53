#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One hipd with kernel = null under load, natively, as root: what a Responder
# does in a second, and what floods do to it.
#
#    ns load-a                       ns load-b
#   +-----------------------+       +--------------------+
#   | hipload            a0 +-------+ b0            hipd |
#   +-----------------------+       +--------------------+
#    2001:db8:1::1/64, all of        2001:db8:1::2/64
#    2001:db8:a::/48 on lo
#
# hipd has real-time priority, so that other work on the machine gets in only
# by way of the caches; hipload has less of it.
#
# Arguments, KEY=VALUE:
#   mode=     exchange, i1 or i2: see hipload.c; connect: a second hipd is the
#             Initiator, one exchange after the other (bexload), and cpu_us
#             its processor time with that of its control socket
#   cpus=     those of hipd, as taskset takes them
#   rounds=   times that the mode is run, with pkops before each
#   n=        exchanges, or seconds of a flood
#   window=   exchanges at once
#   i1=       0 or 1: one more I1 for each exchange
#   spin=     0 or 1: hipload does not sleep
#   rate=     packets a second of a flood
# Prints "BENCH KEY=VALUE..." lines. During a flood a second hipd, in a third
# namespace on the same link, sets up an association again and again, each from
# nothing: honest_ms is the longest that took, honest_failed how many failed.
# shellcheck disable=SC2154 # the variables come from the arguments
set -eu

window=64 i1=1 spin=0 rate=150000 rounds=1
for word; do
	case ${word%%=*} in
	mode|cpus|rounds|n|window|i1|spin|rate) declare "${word%%=*}=${word#*=}" ;;
	*) echo "load.sh: unknown argument $word" >&2; exit 2 ;;
	esac
done
repo=$(cd "$(dirname "$0")/../../.." && pwd)
hip=$repo/build/hipd/hip
hipd=$repo/build/hipd/hipd
tools=$repo/build/bench
work=$(mktemp -d)
a=load-a-$$ b=load-b-$$ c=load-c-$$
pids=()

# Not taken away by a signal to the shell's children in between.
cleanup() {
	for p in "${pids[@]}"; do
		kill "$p" 2>/dev/null || continue
		wait "$p" 2>/dev/null || :
	done
	ip netns del $a 2>/dev/null || :
	ip netns del $b 2>/dev/null || :
	ip netns del $c 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT

topology() {
	ip netns add $a
	ip netns add $b
	ip link add a0 netns $a type veth peer name b0 netns $b
	ip -n $a link set lo up
	ip -n $b link set lo up
	ip -n $a link set a0 up
	ip -n $b link set b0 up
	ip -n $a addr add 2001:db8:1::1/64 dev a0 nodad
	ip -n $b addr add 2001:db8:1::2/64 dev b0 nodad
	ip -n $a -6 route add local 2001:db8:a::/48 dev lo
	ip -n $b -6 route add 2001:db8:a::/48 via 2001:db8:1::1
}

topology_honest() {
	ip netns add $c
	ip link add c0 netns $c type veth peer name b1 netns $b
	ip -n $c link set lo up
	ip -n $c link set c0 up
	ip -n $b link set b1 up
	ip -n $c addr add 2001:db8:2::1/64 dev c0 nodad
	ip -n $b addr add 2001:db8:2::2/64 dev b1 nodad
}

# Prints what the honest peer met with while the process PID runs.
honest() { # PID
	local start took max=0 failed=0 tries=0
	while kill -0 "$1" 2>/dev/null; do
		"$hip" --config "$work/c.conf" assoc flush now >"$work/flush.log" 2>&1
		start=$(date +%s%N)
		"$hip" --config "$work/c.conf" assoc connect "$(hit b)" \
			>"$work/connect.log" 2>&1 || failed=$((failed + 1))
		took=$((($(date +%s%N) - start) / 1000000))
		[ $took -le $max ] || max=$took
		tries=$((tries + 1))
		sleep 0.2
	done
	echo "honest_ms=$max honest_failed=$failed honest_tries=$tries"
}

daemon() { # NAME NETNS CPUS
	local tries=0
	install -d -m 700 "$work/$1.keys"
	cat >"$work/$1.conf" <<-EOT
	[hipd]
	kernel = null
	keys = $work/$1.keys
	hosts = $work/$1.hosts
	access = $work/$1.access
	socket = $work/$1.sock
	saved-state = $work/$1.state
	r1-counter = $work/$1.counter
	[protocol]
	dh-groups = p256
	EOT
	"$hip" --config "$work/$1.conf" id add host type ecdsa >"$work/id.log"
	ip netns exec "$2" taskset -c "$3" chrt -f 10 \
		"$hipd" -c "$work/$1.conf" >"$work/$1.log" 2>&1 &
	pids+=($!)
	until "$hip" --config "$work/$1.conf" status >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { cat "$work/$1.log" >&2; exit 1; }
		sleep 0.1
	done
}

hit() { # NAME
	"$hip" -j --config "$work/$1.conf" id show | tr -d '\n ' |
		sed -E 's/.*"hit":"([^"]*)".*/\1/'
}

counter() { # NAME
	"$hip" -j --config "$work/b.conf" stats | tr -d '\n ' |
		grep -oE "\{[^{}]*\"name\":\"$1\"[^{}]*\}" |
		grep -oE '"value":[0-9]+' | grep -oE '[0-9]+'
}

rss() {
	sed -nE 's/^VmRSS:[^0-9]*([0-9]+).*/\1/p' "/proc/${pids[0]}/status"
}

pkops() {
	taskset -c "${cpus%%[,-]*}" chrt -f 10 "$tools/pkops" 200 |
		sed 's/\(.*\) \(.*\)/BENCH op=\1 us=\2/'
}

# Nanoseconds that all threads of a process have run.
ran() { # PID
	cat "/proc/$1"/task/*/schedstat | awk '{ sum += $1 } END { print sum }'
}

connect() {
	local before after
	before=$(ran "${pids[1]}")
	"$repo/tests/bench/bexload" "$n" 0 "$work/a.sock" "$work/b.sock" \
		"$(hit b)" >"$work/bexload.out"
	after=$(ran "${pids[1]}")
	echo "n=$n cpu_us=$(((after - before) / 1000))"
}

# A flood does not have real-time priority: the kernel's own threads, which
# carry packets when there are many (ksoftirqd), would never run beside it.
load() { # ARGUMENTS of hipload behind PREFIX
	local priority=(chrt -f 5)

	[ "$mode" = exchange ] || priority=()
	ip netns exec $a "${priority[@]}" "$tools/hipload" "$mode" "${pids[0]}" \
		"$(hit b)" 2001:db8:1::2 2001:db8:a:: "$@"
}

topology
daemon b $b "$cpus"
case $mode in
i1|i2)
	topology_honest
	daemon c $c 0
	"$hip" --config "$work/c.conf" peer add "$(hit b)" addr 2001:db8:2::2 \
		>"$work/peer.log"
	;;
esac
if [ "$mode" = connect ]; then
	daemon a $a "$cpus"
	"$hip" --config "$work/a.conf" peer add "$(hit b)" addr 2001:db8:1::2 \
		>"$work/peer.log"
fi
rss0=$(rss)
for ((round = 0; round < rounds; round++)); do
	pkops
	case $mode in
	exchange) out=$(load "$n" "$window" "$i1" "$spin") ;;
	connect) out=$(connect) ;;
	i1|i2)
		load "$n" "$rate" >"$work/flood.out" &
		flood=$!
		out=$(honest $flood)
		wait $flood
		out="$(<"$work/flood.out") $out"
		;;
	esac
	echo "BENCH mode=$mode $out rx=$(counter rx) tx=$(counter tx)" \
		"shed=$(counter drop_overload) rss0=$rss0 rss=$(rss)" \
		"k=$(counter puzzle_harder)"
	"$hip" --config "$work/b.conf" assoc flush now >/dev/null 2>&1 ||
		"$hip" --config "$work/b.conf" assoc flush >/dev/null
done
