#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Base exchanges between two daemons in two network namespaces, one after the
# other. Runs in a VM, and, with kif=null, on any machine as root.
#
#    ns bex-a                  ns bex-b
#   +--------------+          +--------------+
#   | hipd      a0 +----------+ b0      hipd |
#   +--------------+          +--------------+
#    2001:db8:1::1/64          2001:db8:1::2/64
#
# Both daemons share one processor, at real-time priority: the time is the sum
# of the work at both ends, and what else the machine does is not in it.
#
# Arguments, KEY=VALUE:
#   kif=     lists of kernel (SAs and hip.ko) and null (signalling alone)
#   rounds=  exchanges with each
#   pause=   list of pauses between them, milliseconds
# Prints "BENCH kif=KIF pause=MS exchange=US call=US" for each exchange (see
# bexload), "BENCH xfrm=US" for one request to xfrm (see xfrmops.c), and TAP.
# shellcheck disable=SC2154 # the variables come from the arguments
set -u

for word; do
	case ${word%%=*} in
	kif|rounds|pause) declare "${word%%=*}=${word#*=}" ;;
	*) echo "Bail out! unknown argument $word"; exit 2 ;;
	esac
done
repo=${HIPVM_REPO:-$(cd "$(dirname "$0")/../../.." && pwd)}
hip=$repo/build/hipd/hip
hipd=$repo/build/hipd/hipd
work=$(mktemp -d)
cpu=$(($(nproc) - 1))
a=bex-a b=bex-b
if [ -z "${HIPVM_REPO-}" ]; then
	a=bex-a-$$ b=bex-b-$$
fi
n=0
failed=0

result() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
		return 0
	fi
	echo "not ok $n - $2"
	tail -n 5 "$work"/*.log | sed 's/^/# /'
	failed=1
	return 1
}

stop() {
	local job
	for job in $(jobs -p); do
		kill "$job"
		wait "$job" 2>/dev/null
	done
}

cleanup() {
	stop
	ip netns del $a 2>/dev/null
	ip netns del $b 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

topology() {
	ip netns add $a && ip netns add $b &&
	ip link add a0 netns $a type veth peer name b0 netns $b &&
	ip -n $a link set lo up && ip -n $b link set lo up &&
	ip -n $a link set a0 up && ip -n $b link set b0 up &&
	ip -n $a addr add 2001:db8:1::1/64 dev a0 nodad &&
	ip -n $b addr add 2001:db8:1::2/64 dev b0 nodad
}

configure() { # NAME KIF
	local keys=$work/$1.keys
	rm -rf "$keys"
	install -d -m 700 "$keys"
	cat >"$work/$1.conf" <<-EOT
	[hipd]
	kernel = $2
	keys = $keys
	hosts = $work/$1.hosts
	socket = $work/$1.sock
	r1-counter = $work/$1.r1-counter
	[protocol]
	r1-rate = 1000000
	EOT
	"$hip" --config "$work/$1.conf" id add host type ecdsa
}

start() { # NAME NETNS
	local tries=0
	rm -f "$work/$1.sock"
	ip netns exec "$2" taskset -c $cpu chrt -f 10 \
		"$hipd" -c "$work/$1.conf" >"$work/$1.log" 2>&1 &
	until "$hip" --config "$work/$1.conf" status >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return
		sleep 0.1
	done
}

hit() { # NAME
	"$hip" -j --config "$work/$1.conf" id show | tr -d '\n ' |
		sed -E 's/.*"hit":"([^"]*)".*/\1/'
}

daemons() { # KIF : both, and the Initiator knows the Responder
	configure a "$1" >"$work/id.log" 2>&1 &&
	configure b "$1" >>"$work/id.log" 2>&1
	result $? "keys" || return
	start a $a && start b $b
	result $? "daemons with kernel = $1" || return
	"$hip" --config "$work/a.conf" peer add "$(hit b)" addr 2001:db8:1::2 \
		>"$work/peer.log" 2>&1
	result $? "peer" || return
	# The first one finds on the host's disk what the others find in
	# memory, and the clock of the VM leaps while it waits.
	[ -n "${HIPVM_REPO-}" ] || return 0
	"$hip" --config "$work/a.conf" assoc connect "$(hit b)" \
		>"$work/first.log" 2>&1
	result $? "a first exchange"
}

exchanges() { # KIF PAUSE
	taskset -c $cpu chrt -f 5 "$repo/tests/bench/bexload" "$rounds" "$2" \
		"$work/a.sock" "$work/b.sock" "$(hit b)" \
		>"$work/out" 2>"$work/bexload.log" &&
		[ "$(wc -l <"$work/out")" = "$rounds" ]
	result $? "$rounds base exchanges, $2 ms apart" || return
	sed "s/\(.*\) \(.*\)/BENCH kif=$1 pause=$2 exchange=\1 call=\2/" \
		"$work/out"
}

xfrm() {
	local us
	us=$(taskset -c $cpu chrt -f 10 "$repo/build/bench/xfrmops" 1000 \
		2>"$work/xfrmops.log")
	result $? "requests to xfrm" && echo "BENCH xfrm=$us"
}

# See datapath.sh: hipd asks once at its start which suites there are.
if [ -n "${HIPVM_REPO-}" ]; then
	modprobe -a -q gcm seqiv ctr ghash-generic authenc echainiv
fi
topology
result $? "topology"
xfrm
for k in ${kif//,/ }; do
	case $k in
	kernel) modprobe hip ;;
	esac
	if daemons "$k"; then
		for p in ${pause//,/ }; do
			exchanges "$k" "$p"
		done
	fi
	stop
done
trap - EXIT
cleanup
echo "1..$n"
exit $failed
