#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The data path of hip.ko: packets wait for their association and leave in
# order; ping, TCP and large datagrams through the default path and through a
# path chosen by if_id. Topology: lib.sh.
. "$(dirname "$0")/kmod_lib.sh"
kmod_up
modprobe -q esp4_offload
modprobe -q esp6_offload

# What leaves A in order arrives in order only when one processor takes it on:
# each has a queue of its own for received packets.
one_cpu() { # HOST DEVICE
	local rps=/sys/class/net/$2/queues/rx-0/rps_cpus

	ip netns exec "$1" sh -c "[ ! -e $rps ] || echo 1 >$rps"
}
one_cpu R a0
one_cpu B eth0

tcp() { # NAME SIZE
	start_in B iperf iperf3 -s -1 -B $HITB
	local server=$last

	wait_for 20 listening B 5201
	check "$1" A timeout 120 iperf3 -c $HITB -n "$2"
	stop "$server"
}

path_is() { # NAME ID STATE
	is "$1" "$(nlA path-get "$2" | field state)" "$3"
}
SPARE=0 UP=1 UNUSABLE=2		# enum hip_path_state

# --- nobody listens: an answer at once
start_in A ping ping -c1 -W5 $HITB
wait "$last"
check "without a daemon ping hears that the HIT is unreachable" \
	grep -qi "no route\|unreachable" "$tmp/ping"
is "and the packet is counted" "$(stat A no_daemon)" 1
is "and nothing waits" "$(nlA assoc-get)" ""

# --- somebody listens, but elsewhere: the same
monitor B elsewhere
elsewhere=$last
start_in A ping ping -c1 -W9 $HITB
wait "$last"
check "a listener in another namespace is no daemon of this one" \
	grep -qi "no route\|unreachable" "$tmp/ping"
is "which is counted, too" "$(stat A no_daemon)" 2
stop "$elsewhere"

# --- the daemon gives up
monitor A events
monitor=$last
start_in A ping ping -c1 -W9 $HITB
ping=$last
wait_for 20 has acquire events
check "the first packet raises an event" grep -q \
	"acquire local-hit=$HITA peer-hit=$HITB proto=58" "$tmp/events"
is "and waits" "$(queued $HITA $HITB)" 1
nlA assoc-fail $HITA $HITB no-answer
wait "$ping"
check "a failure reaches the sender" grep -qi "address unreachable" "$tmp/ping"
is "and is counted" "$(stat A wait_failed)" 1
none_left() { [ -z "$(nlA assoc-get)" ]; }
check "the object goes after a while" wait_for 10 none_left

# --- both outer families: first packet, order, sizes, TCP
cat >"$tmp/recv.py" <<'PY'
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
s.bind(("::", 9000))
print("ready", flush=True)
s.settimeout(60)
seen = []
while True:
    n = int(s.recv(9000).split()[0])
    if n < 0:
        break
    seen.append(n)
print("inorder", int(seen == sorted(set(seen))), "first", seen[0],
      "missing", 1060 - len(seen), flush=True)
PY
cat >"$tmp/send.py" <<'PY'
import os, socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
s.connect((sys.argv[1], 9000))
for n in range(60):
    s.send(b"%d " % n)
print("queued", flush=True)
while not os.path.exists(sys.argv[2]):
    pass
for n in range(60, 1060):
    s.send(b"%d " % n)
    time.sleep(0.0002)
time.sleep(1)
s.send(b"-1 ")
PY

id=0
for family in 4 6; do
	id=$((id + 1))
	outera=A$family outerb=B$family
	outera=${!outera} outerb=${!outerb}
	b_up $id "$outera" "$outerb"
	released=$(stat A released)
	start_in A ping ping -c1 -W20 $HITB
	ping=$last
	wait_for 20 queued_is $HITA $HITB 1
	a_up $id "$outera" "$outerb"
	wait "$ping"
	is "IPv$family: the first packet waits and is answered" $? 0
	is "IPv$family: it was released" $(($(stat A released) - released)) 1

	check "IPv$family: ping without loss" A ping -q -i 0.01 -c 50 $HITB
	cut=$(stat A out_fragmented)
	capture "large$family.cap" "net 192.0.2.0/24 or net 2001:db8:a::/64"
	check "IPv$family: 3000 octets" A ping -q -i 0.05 -c 5 -s 3000 $HITB
	is "IPv$family: they were cut before ESP" \
		$(($(stat A out_fragmented) - cut)) 5
	capture_stop
	is "IPv$family: all is ESP in one piece and fits the link" \
		"$(tcpdump -nnr "$OUT/large$family.cap" "greater 1515 or
			not (proto 50 or ip6 proto 50) or
			ip[6:2] & 0x3fff != 0" 2>/dev/null)" ""
	check "IPv$family: and it was captured" test "$(tcpdump -nnr \
		"$OUT/large$family.cap" 2>/dev/null | wc -l)" -ge 30
	tcp "IPv$family: TCP" 4M

	# Sockets have the SA, and wait nevertheless.
	path_is "IPv$family: packets go out through the path" $id $UP
	nlA assoc-new $HITA $HITB closing
	path_is "IPv$family: none does while its association closes" $id $SPARE
	start_in A ping ping -c1 -W20 $HITB
	ping=$last
	check "IPv$family: packets wait while an association closes" \
		wait_for 20 queued_is $HITA $HITB 1
	nlA assoc-new $HITA $HITB up $id
	wait "$ping"
	is "IPv$family: until it is up again" $? 0

	# Order: 60 wait, the rest comes while those are sent.
	nlA assoc-new $HITA $HITB closing
	ip -n A xfrm policy del src $HITA/128 dst $HITB/128 dir out
	path_is "IPv$family: without a policy none can" $id $UNUSABLE
	start_in B recv /usr/bin/python3 "$tmp/recv.py"
	receiver=$last
	wait_for 20 has ready recv
	rm -f "$tmp/go"
	start_in A send /usr/bin/python3 "$tmp/send.py" $HITB "$tmp/go"
	wait_for 20 has queued send
	full=$(stat A pair_full)
	policy A $HITA "$outera" $HITB "$outerb" $id
	nlA assoc-new $HITA $HITB up $id & : >"$tmp/go"
	wait "$receiver"
	is "IPv$family: none is overtaken, none lost but those that found the queue full" \
		"$(tail -1 "$tmp/recv")" \
		"inorder 1 first 0 missing $(($(stat A pair_full) - full))"

	line=$(nlA assoc-get $HITA $HITB)
	check "IPv$family: the association tells its traffic" test \
		"$(field tx-packets <<<"$line")" -gt 500 -a \
		"$(field rx-bytes <<<"$line")" -gt 10000
	now=$(date +%s)
	check "IPv$family: last use is now" test \
		"$(field last-out <<<"$line")" -gt $((now - 60)) -a \
		"$(field last-in <<<"$line")" -gt $((now - 90))
	both_down $id
done

# --- a path of its own if_id: only the module's bundle leads there
id=7
b_up $id $A4 $B4
bundles=$(stat A bundle)
a_up $id $A4 $B4 77
check "if_id: ping" A ping -q -i 0.01 -c 100 $HITB
check "if_id: bundles are cached" test $(($(stat A bundle) - bundles)) -le 8
tcp "if_id: TCP" 4M
check "if_id: 3000 octets" A ping -q -i 0.05 -c 5 -s 3000 $HITB
mtu=$(nlA path-get $id | field mtu)
check "if_id: the path knows its MTU ($mtu)" test "$mtu" -ge 1280
ip -n A xfrm state delete src $A4 dst $B4 proto esp spi $((0x1000 + id))
path_is "if_id: a path without SA is unusable" $id $UNUSABLE
check_not "if_id: without SA nothing passes" A ping -q -c1 -W1 $HITB
check "if_id: it waits" test "$(queued $HITA $HITB)" -ge 1
sa A $HITA $A4 $HITB $B4 $((0x3000 + id)) $id 77
sa B $HITA $A4 $HITB $B4 $((0x3000 + id)) $id
check "if_id: a new SA is found" A ping -q -c1 -W5 $HITB
ip -n A route del default via 192.0.2.254
check_not "if_id: without a route nothing passes" A ping -q -c1 -W1 $HITB
ip -n A route add default via 192.0.2.254
check "if_id: a new route is found" A ping -q -c1 -W5 $HITB
both_down $id

# --- limits
started=$SECONDS
full=$(stat A pair_full)
: >"$tmp/events"
A /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
full = 0
for i in range(100):
    try:
        s.sendto(b'x', ('2001:20::dead', 9))
    except OSError:
        full += 1
"
is "64 packets of a pair wait" "$(queued $HITA 2001:20::dead)" 64
is "the others were counted" "$(($(stat A pair_full) - full))" 36
events=$(grep -ac 2001:20::dead "$tmp/events")
check "events repeat at most once a second ($events)" test "$events" -ge 1 -a \
	"$events" -le $((SECONDS - started + 1))
stop "$monitor"
