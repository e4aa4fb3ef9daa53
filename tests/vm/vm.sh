# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by run-uml and run-qemu: what both do before and after the guest.
#
# A run's folder build/vm/NAME holds env and scripts (for the guest),
# console.log (kernel messages from warning up, live), dmesg.txt (all of them),
# tap.log and one folder per script (its stderr, captures, logs of daemons).

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
vm=$repo/tests/vm
. "$vm/cache.sh"

say() { echo "${0##*/}: $*" >&2; }
die() { say "$*"; exit 1; }

limit=900
name=
expect=
kernel_args=
plain=
memory=1024
vm_usage() {
	echo "usage: ${0##*/} ${1}[-t SECONDS] [-n NAME] [-m MIB]" \
		"[-e EXPECTED_SPLAT] [-k KERNEL_ARGS] [-p] SCRIPT..." >&2
	exit 2
}

vm_options() { # sets the variables above; use: vm_options "$@"; shift $((OPTIND - 1))
	local opt

	while getopts t:n:m:e:k:p opt; do
		case $opt in
		t) limit=$OPTARG ;;
		n) name=$OPTARG ;;
		m) memory=$OPTARG ;;
		e) expect=$OPTARG ;;
		k) kernel_args=$OPTARG ;;
		p) plain=--plain ;;
		*) vm_usage "" ;;
		esac
	done
}

# What scripts run in the guest. Machines that start side by side want the same
# files.
vm_tools() {
	mkdir -p "$repo/build/vm"
	(
		flock 8
		make -s -C "$repo/hipd" >&2 || die "hipd does not build"
		make -s -C "$repo/tests/tools" >&2 ||
			die "tests/tools does not build"
		make -s -C "$repo/tests/bench" "$repo/build/bench/udpload" >&2 ||
			die "tests/bench/udpload does not build"
	) 8>"$repo/build/vm/tools.lock" || exit 1
}

# Module tree for modprobe in the guest: the kernel's own, and hip.ko in
# updates/ as "make install" puts it.
vm_modules() { # RELEASE KDIR STOCK_FOLDER|"" [MAKE_ARGUMENT...]
	local release=$1 kdir=$2 stock=$3 built=$repo/build/kmod-$1 tree dir ko

	shift 3
	vm_tools
	tree=$repo/build/vm/modules-$release
	dir=$tree/lib/modules/$release
	exec 8>"$repo/build/vm/modules-$release.lock"
	flock 8
	if [ -e "$repo/kmod/Makefile" ]; then
		make -s -C "$repo/kmod" KDIR="$kdir" O="$built" "$@" >&2 ||
			die "hip.ko does not build for $release"
	fi
	rm -rf "$tree.new"
	mkdir -p "$tree.new/lib/modules/$release/updates"
	if [ -n "$stock" ]; then
		ln -s "$stock/lib/modules/$release/kernel" \
			"$tree.new/lib/modules/$release/kernel"
		cp "$stock/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} \
			"$tree.new/lib/modules/$release"
	else
		cp "$kdir"/modules.{builtin,builtin.modinfo,order} \
			"$tree.new/lib/modules/$release"
	fi
	for ko in "$built"/*.ko; do
		[ ! -e "$ko" ] || cp "$ko" "$tree.new/lib/modules/$release/updates"
	done
	if ! diff -rq --no-dereference -x 'modules.*' \
		"$tree.new/lib/modules/$release" "$dir" >/dev/null 2>&1; then
		depmod -b "$tree.new" "$release"
		rm -rf "$tree"
		mv "$tree.new" "$tree"
	fi
	rm -rf "$tree.new"
	exec 8>&-
	modules=$tree
}

vm_prepare() { # KERNEL TAP_DEVICE SCRIPT... : sets results
	local kernel=$1 tap=$2 script
	shift 2

	[ $# -gt 0 ] || vm_usage ""
	if [ -z "$name" ]; then
		name=${1%% *}
		name=${name##*/}
		name=$kernel-${name%.sh}
	fi
	results=$repo/build/vm/$name
	mkdir -p "$repo/build/vm"
	exec 7>"$repo/build/vm/$name.lock"
	flock -n 7 || die "a run named $name is under way (use -n)"
	rm -rf "$results"
	mkdir -p "$results"
	for script; do
		[ -e "$repo/${script%% *}" ] || [ -e "${script%% *}" ] ||
			die "no such script: $script"
		echo "$script"
	done >"$results/scripts"
	cat >"$results/env" <<-EOT
	HIPVM_REPO='$repo'
	HIPVM_KERNEL='$kernel'
	HIPVM_TAP='$tap'
	HIPVM_MODULES='${modules-}'
	HIPVM_EXPECT='$expect'
	HIPVM_ICOUNT='${HIPVM_ICOUNT-}'
	HIP_SEED='${HIP_SEED-}'
	EOT
}

# Run the guest (the rest of the arguments) with a time limit; its TAP comes on
# standard output. Exits as judge says.
vm_run() {
	set +e
	timeout -k 5 "$limit" "$@" 2>"$results/stderr.log" |
		"$vm/judge" ${plain:+"$plain"} --expect "$expect" "$results"
	status=${PIPESTATUS[1]}
	if [ "$status" -ne 0 ]; then
		say "FAILED, results in $results"
	fi
	exit "$status"
}
