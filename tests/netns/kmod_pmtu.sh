#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Packets larger than the path carries, local and forwarded; A is also the
# gateway of a host that does not speak HIP:
#
#   C ------------ A ------ R ------ B          (A, R, B: lib.sh)
#   eth0 HITC   c0 inside
. "$(dirname "$0")/kmod_lib.sh"
HITC=2001:20::c
kmod_up
host_add C
trap 'status=$?; host_del C; rm -rf "$tmp"; (exit $status); finish' EXIT
C() { ip netns exec C "$@"; }
modprobe -q esp4_offload
modprobe -q esp6_offload

ip -n A link add c0 type veth peer name eth0 netns C
ip -n A link set c0 up
ip -n C link set eth0 up
ip -n A addr add 2001:db8:c::fe/64 dev c0 nodad
ip -n C addr add 2001:db8:c::1/64 dev eth0 nodad
ip -n C addr add $HITC/128 dev eth0 nodad
ip -n C route add 2001:20::/28 via 2001:db8:c::fe src $HITC
ip -n A route add $HITC/128 via 2001:db8:c::1
A sysctl -qw net.ipv6.conf.all.forwarding=1
nlA inside-new "$(A cat /sys/class/net/c0/ifindex)"
# The module is in this kernel's namespaces all, so C has it too.
ip netns exec C "$HIPNL" inside-new \
	"$(ip netns exec C cat /sys/class/net/eth0/ifindex)"

tcp() { # NAME HOST
	start_in B iperf iperf3 -s -1 -B $HITB
	local server=$last

	wait_for 20 listening B 5201
	check "$1" ip netns exec "$2" timeout 120 iperf3 -c $HITB -n 2M
	stop "$server"
}

c_up() { # ID OUTERA OUTERB [IFID]
	# What a gateway forwards after ESP needs a policy of its own.
	ip -n A xfrm policy add src $HITB/128 dst $HITC/128 dir fwd \
		tmpl src :: dst :: proto esp mode beet
	up B $HITB "$3" $HITC "$2" "$1" $((0x4000 + $1)) $((0x3000 + $1))
	up A $HITC "$2" $HITB "$3" "$1" $((0x3000 + $1)) $((0x4000 + $1)) "${4-}"
}

# --- forwarded packets wait, and their senders hear of failures
monitor A events
monitor=$last
start_in C ping ping -c1 -W20 $HITB
ping=$last
wait_for 20 queued_is $HITC $HITB 1
nlA assoc-fail $HITC $HITB refused
wait "$ping"
check "forwarded: the sender hears of a failure" \
	grep -qi "administratively prohibited" "$tmp/ping"
start_in C ping ping -c1 -W20 $HITB
ping=$last
wait_for 20 queued_is $HITC $HITB 1

# --- a link that makes the path smaller than hip0
for side in A R; do
	ip -n $side link set "$([ $side = A ] && echo eth0 || echo a0)" mtu 1400
done
c_up 3 $A4 $B4
wait "$ping"
is "forwarded: the first packet waits and is answered" $? 0
stop "$monitor"
a_up 1 $A4 $B4
b_up 1 $A4 $B4
mtu=$(nlA path-get 1 | field mtu)
check "the path's MTU follows the link's: $mtu" test "$mtu" -ge 1280 -a \
	"$mtu" -lt 1400

# IPv6 itself names the MTU of the link, what fits that the module corrects.
for size in 1400 1352; do
	C ping -q -c1 -W1 -M "do" -s $size $HITB >/dev/null 2>&1
done
is "forwarded: packet too big names the path's MTU" \
	"$(ip -n C route get $HITB | sed -n 's/.* mtu \([0-9]*\).*/\1/p')" "$mtu"
check "forwarded: what fits goes" C ping -q -c1 -W5 -M "do" \
	-s $((mtu - 48)) $HITB
check "forwarded: the sender cuts by it" C ping -q -c2 -i 0.1 -W5 -s 3000 $HITB
ip -n C route flush cache
tcp "forwarded: TCP" C

for if_id in "" 77; do
	name="local${if_id:+, if_id}"
	if [ -n "$if_id" ]; then
		both_down 1
		b_up 1 $A4 $B4
		a_up 1 $A4 $B4 $if_id
	fi
	check_not "$name: too big for the path, not to be cut" \
		A ping -q -c1 -W1 -M "do" -s $((mtu - 47)) $HITB
	check "$name: what fits goes" A ping -q -c1 -W5 -M "do" \
		-s $((mtu - 48)) $HITB
	cut=$(stat A out_fragmented)
	check "$name: 1380 octets are cut" A ping -q -c2 -i 0.1 -W5 -s 1380 \
		-M dont $HITB
	check "$name: and counted" test $(($(stat A out_fragmented) - cut)) \
		-ge 1
	check "$name: 60000 octets" A ping -q -c2 -i 0.1 -W9 -s 60000 $HITB
	ip -n A route flush cache
	tcp "$name: TCP" A
done
check "what was too big is counted" test "$(stat A out_too_big)" -ge 1
both_down 1

# --- IPv6 promises 1280 octets, whatever the link carries
for side in A R; do
	ip -n $side link set "$([ $side = A ] && echo eth0 || echo a0)" mtu 1280
done
id=3
for family in 6 4; do
	id=$((id + 1))
	outera=A$family outerb=B$family
	b_up $id ${!outera} ${!outerb}
	a_up $id ${!outera} ${!outerb}
	# B learns of the smaller link by a packet that is lost.
	A ping -q -c1 -W1 -s 1232 $HITB >/dev/null
	check "outer IPv$family, MTU 1280: 1280 octets go" \
		A ping -q -c1 -W5 -M "do" -s 1232 $HITB
	check "outer IPv$family, MTU 1280: 3000 octets go" \
		A ping -q -c1 -W5 -s 3000 $HITB
	both_down $id
done
