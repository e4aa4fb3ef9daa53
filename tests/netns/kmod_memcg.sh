#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What hip.ko holds because somebody asked for it over netlink is charged to the
# memory cgroup of who asked, and given back. Topology: lib.sh.
#
# Our debug kernel has no memory cgroups.
# Kernels: 6.1 6.12
. "$(dirname "$0")/kmod_lib.sh"
modprobe hip || exit 1
host_add A

COUNT=3000
LEAST=300	# octets for an association and its path, which are more

group=/sys/fs/cgroup/filler
in_group() { echo "$BASHPID" >"$group/cgroup.procs" && "$@"; }
charged() {
	awk '$1 ~ /^(slab_unreclaimable|percpu)$/ { sum += $2 } END { print sum }' \
		"$group/memory.stat"
}
given_back() { [ "$(charged)" -lt $((COUNT * LEAST / 10)) ]; }

echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir "$group"
check "little is charged at first" given_back
is "$COUNT associations are made" \
	"$( (in_group nlA bench-fill 10 $COUNT) | tail -1)" \
	"dumped=$COUNT interrupted=0"
octets=$(charged)
check "they are charged: $((octets / COUNT)) octets for each" \
	test "$octets" -ge $((COUNT * LEAST))
ip netns del A
check "and given back with the namespace" wait_for 20 given_back
rmdir "$group"
