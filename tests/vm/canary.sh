#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A module with a deliberate bug: its splat must turn the machine red, which
# the runner is told to expect (-e). Without it silence would prove nothing.
if modprobe kasan_canary; then
	echo "ok 1 - the module with the bug ran"
else
	echo "not ok 1 - the module with the bug ran"
fi
rmmod kasan_canary
echo "1..1"
