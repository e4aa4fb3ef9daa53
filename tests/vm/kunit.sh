#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Load the KUnit module; its results stand in the kernel's log, a case a line
# indented by four. As many must be there as the source has. Runs on the debug
# kernel.
n=0
modprobe hip || exit 1
mark="kunit: hip_test $RANDOM"
echo "$mark" >/dev/kmsg
modprobe hip_test || {
	n=$((n + 1))
	echo "not ok $n - modprobe hip_test"
}
while read -r line; do
	n=$((n + 1))
	case $line in
	"not ok"*)	echo "not ok $n - ${line#not ok * }" ;;
	*)		echo "ok $n - ${line#ok * }" ;;
	esac
done < <(dmesg | sed "1,/$mark/d" | sed -E 's/^\[ *[0-9.]+\] //' |
	tee "$HIPVM_OUT/kunit.txt" | grep -E '^ {4}(not )?ok ')
ran=$n
n=$((n + 1))
cases=$(grep -c '^[[:space:]]*KUNIT_CASE' "$HIPVM_REPO/kmod/hip_test.c")
if [ "$cases" -gt 0 ] && [ "$ran" -eq "$cases" ]; then
	echo "ok $n - all $cases cases ran"
else
	echo "not ok $n - $ran of $cases cases ran"
fi
rmmod hip_test
echo "1..$n"
