#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Building, installing into a folder and uninstalling: what "make help" and the
# README promise. Prints TAP.
set -uo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
. tests/vm/cache.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
failed=0

check() { # NAME COMMAND...
	local name=$1
	shift
	n=$((n + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $n - $name"
	else
		failed=1
		echo "not ok $n - $name"
		tail -n 20 "$work/log" | sed 's/^/# /'
	fi
}

same() { # FILE...: these and no others are installed
	diff -u <(for f; do echo "$f"; done) \
		<(cd "$work/root" && find . ! -type d | sort)
}
promised() { # every target that the Makefile declares is in "make help"
	local t text

	text=$(make -s help)
	for t in $(sed -n '/^\.PHONY:/,$p' Makefile | tr -d '\\' |
		sed 's/^\.PHONY://'); do
		[ "$t" = help ] || grep -qw -- "$t" <<<"$text" || {
			echo "$t is not in make help"
			return 1
		}
	done
}

kdir=$(kernel_dir 6.1)
release=$(stock_release 6.1)
install=(make -s KDIR="$kdir" DESTDIR="$work/root")
conf=./etc/hip/hipd.conf

# Test machines build hip.ko in the same folders (tests/vm/vm.sh).
mkdir -p build/vm
for series in 6.1 6.12; do
	exec {lock}>"build/vm/modules-$(stock_release $series).lock"
	flock "$lock"
done

check "make help lists every target" promised
for series in 6.1 6.12; do
	check "hip.ko for $series" make -s kmod KDIR="$(kernel_dir $series)"
done
check "hipd and hip" make -s hipd
check "install" "${install[@]}" install
check "what it installs" same $conf \
	"./lib/modules/$release/updates/hip.ko" ./usr/lib/systemd/system/hipd.service \
	./usr/lib/sysusers.d/hip.conf ./usr/sbin/hip ./usr/sbin/hipd \
	./usr/share/bash-completion/completions/hip \
	./usr/share/hip/hip.schema.json \
	./usr/share/man/man5/{hip-access,hip-hosts,hipd.conf}.5 \
	./usr/share/man/man8/{hip,hipd}.8
check "hipd takes its installed configuration" \
	"$work/root/usr/sbin/hipd" --check -c "$work/root/$conf"
check "the unit starts the installed hipd" grep -q '^ExecStart=/usr/sbin/hipd' \
	"$work/root/usr/lib/systemd/system/hipd.service"
# In tenths; the host's network and two capabilities are what is left.
check "its exposure is 2.8 at most" systemd-analyze security --offline=yes \
	--threshold=28 "$work/root/usr/lib/systemd/system/hipd.service"
check "uninstall" "${install[@]}" uninstall
check "nothing is left" same
"${install[@]}" install >/dev/null 2>&1
echo '# mine' >>"$work/root/$conf"
check "install again" "${install[@]}" install
check "the operator's file stays" grep -q '^# mine' "$work/root/$conf"
check "uninstall again" "${install[@]}" uninstall
check "only the operator's file is left" same $conf
rm -rf "$work/root"
check "another prefix" "${install[@]}" prefix=/usr/local install
check "the unit knows the prefix" grep -q '^ExecStart=/usr/local/sbin/hipd' \
	"$work/root/usr/local/lib/systemd/system/hipd.service"
echo "1..$n"
exit $failed
