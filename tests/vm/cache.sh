# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced: where kernels and other large things that outlive a checkout are
# kept. One folder each, named by what it was made from, so that a change of
# the configuration or of the distribution's kernel makes a new one.

HIP_CACHE=${HIP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hip}
export HIP_CACHE

cache_key() { # FILE... : short hash of the contents
	cat "$@" | sha256sum | cut -c1-12
}

# The release of the newest stock kernel of a series (6.1, 6.12) whose headers
# are installed. Cloud and real-time flavours are not what we test on.
stock_release() { # SERIES
	local d

	for d in /usr/src/linux-headers-"$1".*-"$(dpkg --print-architecture)"; do
		d=${d##*/linux-headers-}
		case $d in *-cloud-*|*-rt-*|'*'*) continue;; esac
		[ -e "/usr/src/linux-headers-$d/Makefile" ] && echo "$d"
	done | sort -V | tail -n 1 | grep .
}

# The folder to build hip.ko against: 6.1, 6.12 or uml.
kernel_dir() { # KERNEL
	local rel

	case $1 in
	uml)	"$(dirname "${BASH_SOURCE[0]}")/uml-kernel" ;;
	*)	rel=$(stock_release "$1") && echo "/usr/src/linux-headers-$rel" ;;
	esac
}
