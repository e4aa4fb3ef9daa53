#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# hip.ko goes in and out, with namespaces coming and going in between.
. "$(dirname "$0")/lib.sh"

for round in 1 2 3; do
	check "round $round: modprobe" modprobe hip
	check "a namespace made with the module in" ip netns add n$round
	[ $round -eq 1 ] || check "an older one goes" ip netns del n$((round - 1))
	check "round $round: rmmod" rmmod hip
done
ip netns del n3
check "loaded again" modprobe hip
check "signed or not, it is the only out-of-tree module" \
	grep -q '^hip ' /proc/modules
