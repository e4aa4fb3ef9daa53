#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Load the KUnit modules; their results stand in the kernel's log, a case a
# line indented by four. Runs on the debug kernel.
n=0
modprobe hip || exit 1
for module in hip_test; do
	mark="kunit: $module $RANDOM"
	echo "$mark" >/dev/kmsg
	modprobe $module || {
		n=$((n + 1))
		echo "not ok $n - modprobe $module"
	}
	while read -r line; do
		n=$((n + 1))
		case $line in
		"not ok"*)	echo "not ok $n - ${line#not ok * }" ;;
		*)		echo "ok $n - ${line#ok * }" ;;
		esac
	done < <(dmesg | sed "1,/$mark/d" | sed -E 's/^\[ *[0-9.]+\] //' |
		tee "$HIPVM_OUT/kunit.txt" | grep -E '^ {4}(not )?ok ')
	rmmod $module
done
echo "1..$n"
