#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module, a link and a namespace go under traffic and with packets that
# wait: no splat, no leak (the machine's end looks for both), and what can
# work again does. Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

flood() { # HOST HIT
	background ip netns exec "$1" ping -6 -n -q -f -s 1000 "$2" >/dev/null
	FLOOD=$!
}

flood_stop() {
	kill "$FLOOD" 2>/dev/null
	wait "$FLOOD" 2>/dev/null
	return 0
}

queued() { [ "$(counter A queued)" -gt "$1" ]; }

topo_up
# what the floods send is not of interest
capture robust.pcap proto 139
pair_up || exit 1
check "an association" ping_hit A "$HIT_B"

for round in 1 2 3; do
	flood A "$HIT_B"
	check "round $round: rmmod under traffic" rmmod hip
	check "round $round: modprobe under traffic" modprobe hip
	flood_stop
	check "round $round: traffic flows" wait_for 30 ping_hit A "$HIT_B"
done
ns A hip assoc close "$HIT_B" >/dev/null 2>&1
check "a new association works with the module loaded anew" \
	wait_for 30 ping_hit A "$HIT_B"

flood A "$HIT_B"
check "B's link goes under traffic" ip -n B link del eth0
sleep 0.5
link B eth0 b0 198.51.100 2001:db8:b
check "and comes back: traffic flows" wait_for 60 ping_hit A "$HIT_B"
capture_stop
check "A's link goes under traffic" ip -n A link del eth0
link A eth0 a0 192.0.2 2001:db8:a
flood_stop
check "and comes back: traffic flows the other way" \
	wait_for 60 ping_hit B "$HIT_A"

# hip0 itself goes, with the HITs.
flood A "$HIT_B"
ip -n A link del hip0
sleep 0.3
flood_stop
stop_hipd A
start_hipd A
check "a new daemon makes hip0 again" wait_for 30 ping_hit A "$HIT_B"

# Packets wait for a peer that does not answer; then everything goes.
before=$(counter A queued)
echo "2001:22:1:2:3:4:5:6 silent 203.0.113.9" >>/etc/netns/A/hip/hosts
kill -HUP "${HIPD_PID[A]}"
flood A 2001:22:1:2:3:4:5:6
check "packets wait" wait_for 10 queued "$before"
check "rmmod while packets wait" rmmod hip
modprobe hip
check "packets wait in the module loaded anew" wait_for 10 queued 0
stop_hipd A KILL
check "A's link goes while packets wait" ip -n A link del eth0
check "A's namespace goes" ip netns del A
flood_stop

flood B "$HIT_A"
stop_hipd B KILL
check "B's namespace goes under traffic" ip netns del B
flood_stop
