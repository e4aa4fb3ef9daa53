#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What hip.ko takes for many associations: the kernel's memory before and after
# hipnl has made them, and after the module has let them go again.
#
# Arguments, KEY=VALUE:
#   n=       how many
# Prints "BENCH bytes=OCTETS left=OCTETS" (for each association, when they are
# there and when they are gone), and TAP.
# shellcheck disable=SC2154 # the variable comes from the arguments
set -u

for word; do
	case ${word%%=*} in
	n) declare "${word%%=*}=${word#*=}" ;;
	*) echo "Bail out! unknown argument $word"; exit 2 ;;
	esac
done
hipnl=$HIPVM_REPO/build/tools/hipnl

# What the kernel has allocated and cannot take back, octets: slabs, pages by
# vmalloc (tables) and per CPU.
memory() {
	awk '/^(SUnreclaim|VmallocUsed|Percpu):/ { s += $2 }
		END { print s * 1024 }' /proc/meminfo
}

# Frees that wait for a grace period are done with.
settled() {
	local now last=0 i

	for i in {1..20}; do
		sleep 0.5
		now=$(memory)
		[ "$now" != "$last" ] || [ "$i" -lt 3 ] || break
		last=$now
	done
	echo "$now"
}

modprobe hip
ip netns add scale
# the first ones pay for what all share
ip netns exec scale "$hipnl" bench-fill 1 64 >/dev/null || exit 1
before=$(settled)
dumped=$(ip netns exec scale "$hipnl" bench-fill 65 "$n")
after=$(settled)
ip netns del scale
left=$(settled)
echo "BENCH bytes=$(((after - before) / n)) left=$(((left - before) / n))"
if [ "$dumped" = "dumped=$((n + 64)) interrupted=0" ]; then
	echo "ok 1 - $n associations"
	failed=0
else
	echo "not ok 1 - $n associations"
	echo "# $dumped"
	failed=1
fi
echo 1..1
exit $failed
