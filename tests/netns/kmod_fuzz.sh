#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# hip.ko's netlink under random messages (genl_fuzz.py), with packets that wait
# and SAs that take some: whatever comes, it answers as its model does, keeps
# working, and keeps nothing. HIP_SEED=N tries others.
. "$(dirname "$0")/kmod_lib.sh"
modprobe hip || exit 1
SEED=${HIP_SEED:-1}
MESSAGES=12000

host_add A
ip -n A link add eth0 type dummy
ip -n A link add c0 type dummy
ip -n A link set eth0 up
ip -n A addr add $A4/24 dev eth0
ip -n A route add default dev eth0
hip0_up A $HITA
# Of the pairs that packets are sent for, one has SAs for sockets, one SAs that
# only the module's paths of this if_id lead to.
sa A $HITA $A4 2001:20::2:0 $B4 0x1001 6
policy A $HITA $A4 2001:20::2:0 $B4 6
sa A $HITA $A4 2001:20::2:3 $B4 0x1002 3 77
policy A $HITA $A4 2001:20::2:3 $B4 3 77

memory() { awk '/^(Slab|Percpu|VmallocUsed):/ { s += $2 } END { print s }' \
	/proc/meminfo; }
nothing() { [ -z "$(nlA assoc-get; nlA path-get; nlA inside-get)" ]; }

diag "seed $SEED"
fuzz() { # NAME SEED COUNT
	A /usr/bin/python3 "$HERE/genl_fuzz.py" "$2" "$3" $HITA >"$tmp/said" 2>&1
	is "$1" "$?: $(grep -vE '^ *[0-9]+ ' "$tmp/said")" "0: "
	diag "$(cat "$tmp/said")"
}

# The first ones fill caches.
fuzz "2000 random messages" $((SEED + 1)) 2000
before=$(memory)
fuzz "$MESSAGES random messages" "$SEED" $MESSAGES
check "nothing is left in the tables" wait_for 5 nothing
after=$(memory)
check "nor much in memory: $((after - before)) KiB" \
	test $((after - before)) -lt 8192

check "the family makes a path" \
	nlA path-new 1 $HITA $HITB 0x2001 0x1001 $A4 $B4
check "and an association" nlA assoc-new $HITA $HITB up 1
matches "and shows it" "$(nlA assoc-get)" "default-path=1"
check "and deletes the association" nlA assoc-del $HITA $HITB
check "and the path" nlA path-del 1
check "and nothing is left again" wait_for 5 nothing
