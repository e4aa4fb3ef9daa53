#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Everything that can go away goes away under traffic: the module, a link, a
# namespace, devices of packets that wait. What is wrong shows in the kernel's
# log and in the leak check after the last script. Topology: lib.sh.
. "$(dirname "$0")/kmod_lib.sh"

traffic() { # in both directions, through bundles of sockets and of paths
	start_in A flood1 ping -qi 0.01 $HITB
	start_in B flood2 ping -qi 0.01 $HITA
	start_in A flood3 ping -qi 0.02 -s 3000 $HITB
}

# Pings to HITs that nobody knows, so that packets wait.
waiters() {
	local i

	monitor A events
	for i in 1 2 3; do
		start_in A wait$i ping -qi 0.1 2001:20::dead:$i
	done
	wait_for 20 has dead:3 events
}

quiet() {
	kill "${PIDS[@]}" 2>/dev/null
	wait "${PIDS[@]}" 2>/dev/null
	PIDS=()
}

flowing() { # HOST PATH : its counter moves
	local was

	was=$(ip netns exec "$1" "$HIPNL" path-get "$2" | field tx-packets)
	wait_for 20 moved "$1" "$2" "$was"
}
moved() {
	[ "$(ip netns exec "$1" "$HIPNL" path-get "$2" | field tx-packets)" \
		-gt "$3" ]
}

# --- the module
kmod_up
for round in 1 2; do
	b_up 1 $A4 $B4
	mark=77
	[ $round = 2 ] && mark=
	a_up 1 $A4 $B4 $mark
	traffic
	waiters
	check "round $round: traffic flows" flowing A 1
	check "round $round: the module goes" wait_for 20 rmmod hip
	quiet
	check "round $round: and comes" modprobe hip
	for h in A B; do
		ip -n $h xfrm policy flush
		ip -n $h xfrm state flush
	done
done

# --- path and association, while packets use them
b_up 1 $A4 $B4
a_up 1 $A4 $B4 77
traffic
waiters
flowing A 1
for ((i = 0; i < 5; i++)); do
	nlA assoc-del $HITA $HITB
	nlA path-del 1
	nlA path-new 1 $HITA $HITB 0x2001 0x1001 $A4 $B4 77
	nlA assoc-new $HITA $HITB up 1
done
check "a path that comes and goes" flowing A 1

# --- the link below a cached bundle, and hip0
ip -n A link del eth0
check "the link is gone" test -z "$(ip -n A -br link show eth0 2>/dev/null)"
ip -n A link del hip0
check "hip0 is gone" test -z "$(ip -n A -br link show hip0 2>/dev/null)"
quiet
topo_down
check "the namespaces go after their links" test -z "$(ip netns list)"

# --- forwarded packets that wait, and the device they came from
kmod_up
host_add C
ip -n A link add c0 type veth peer name eth0 netns C
ip -n A link set c0 up
ip -n C link set eth0 up
ip -n A addr add 2001:db8:c::fe/64 dev c0 nodad
ip -n C addr add 2001:db8:c::1/64 dev eth0 nodad
ip -n C addr add 2001:20::c/128 dev eth0 nodad
ip -n C route add 2001:20::/28 via 2001:db8:c::fe src 2001:20::c
ip -n A route add 2001:20::c/128 via 2001:db8:c::1
A sysctl -qw net.ipv6.conf.all.forwarding=1
nlA inside-new "$(A cat /sys/class/net/c0/ifindex)"
# The module is in this kernel's namespaces all, so C has it too.
ip netns exec C "$HIPNL" inside-new \
	"$(ip netns exec C cat /sys/class/net/eth0/ifindex)"
monitor A events
start_in C ping ping -qi 0.01 $HITB
wait_for 20 has 20::c events
ip -n A link del c0
check "forwarded packets go with their device" \
	test "$(stat A wait_flushed)" -ge 1
left=$(queued 2001:20::c $HITB)
is "and wait no more" "${left:-0}" 0
quiet
host_del C

# --- a namespace, at once, with traffic and packets that wait
b_up 1 $A4 $B4
a_up 1 $A4 $B4 77
traffic
waiters
flowing A 1
ip netns del A
ip netns del B
check "namespaces go under traffic" test -z "$(ip netns list | grep '[AB]')"
quiet
topo_down
nets_left() { [ "$(lsns -t net -n 2>/dev/null | wc -l)" -le 1 ]; }
check "and no process holds one" wait_for 20 nets_left
check "the module goes at last" wait_for 20 rmmod hip
modprobe hip
