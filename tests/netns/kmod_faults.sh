#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Whatever hip.ko allocates is not there once (genl_faults.py, failslab): for
# each request, packets that wait or find their way, a namespace that is made,
# the module that is loaded. What is lost shows in the leak check after the
# last script. A and B of lib.sh, no router.
#
# Stock kernels have no failslab.
# Kernels: uml
. "$(dirname "$0")/kmod_lib.sh"

if [ ! -w /proc/self/fail-nth ] || [ ! -d /sys/kernel/debug/failslab ]; then
	not_ok "this kernel has failslab"
	exit 1
fi

# Each line "NAME: N allocations" is a result.
faults() { # NAME COMMAND...
	local name=$1 line status
	shift

	"$@" >"$tmp/result" 2>&1
	status=$?
	while IFS= read -r line; do
		case $line in
		*": "*" allocations")	ok "fail in turn: $line" ;;
		*)			diag "$line" ;;
		esac
	done <"$tmp/result"
	is "$name" $status 0
}
faults_in_A() { # NAME ARGUMENT : "ip netns exec" would hide debugfs
	faults "$1" nsenter --net=/run/netns/A /usr/bin/python3 "$script" "$2"
}
script=$HERE/genl_faults.py

modprobe hip || exit 1
for h in A B; do
	host_add $h
done
ip -n A link add eth0 type veth peer name eth0 netns B
ends() { # HOST ADDRESS NET
	ip -n "$1" addr add "$2/24" dev eth0
	ip -n "$1" link set eth0 up
	ip -n "$1" route add "$3/24" dev eth0
}
ends A $A4 198.51.100.0
ends B $B4 192.0.2.0
hip0_up A $HITA
hip0_up B $HITB
check "A reaches B" wait_for 10 A ping -c 1 -W 1 $B4

faults_in_A "requests" requests
b_up 7 $A4 $B4
sa A $HITA $A4 $HITB $B4 0x1007 7 77
sa A $HITB $B4 $HITA $A4 0x2007 7
policy A $HITA $A4 $HITB $B4 7 77
faults_in_A "packets" packets
faults_in_A "namespaces" namespace
host_del A
host_del B
check "the module goes" wait_for 20 rmmod hip
faults "loading the module" /usr/bin/python3 "$script" module \
	"$(modinfo -n hip)"
check "and it comes" modprobe hip
