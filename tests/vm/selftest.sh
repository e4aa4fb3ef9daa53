#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Smallest script for a test machine: shows that one boots and what it can do.
n=0
check() {
	local what=$1

	shift
	n=$((n + 1))
	"$@" >&2 && echo "ok $n - $what" || echo "not ok $n - $what"
}
check "this is $(uname -r) with $(nproc) processors" true
check "PID 1 is ours" grep -q guest-init /proc/1/cmdline
check "the root can be written to" touch /hip-selftest
check "results can be written" touch "$HIPVM_OUT/here"
check "a network namespace" ip netns add t
ip netns del t
check "ESP can be set up" ip xfrm state add src ::1 dst ::2 proto esp spi 1 \
	mode beet reqid 1 replay-window 128 flag esn \
	aead 'rfc4106(gcm(aes))' 0x0001020304050607080900010203040506070809 128 \
	sel src ::3/128 dst ::4/128
ip xfrm state flush
check "its judge sees what is wrong" tests/vm/judge --self-test
echo "1..$n"
