#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The data path, measured inside a VM: xfrm BEET bare against the same SAs with
# hip.ko loaded and the association up, in turns in one boot.
#
#    ns a                     ns r                     ns b
#   +------------+      +---------------+      +------------+
#   | hip0 HIT_A |      |               |      | hip0 HIT_B |
#   |         a0 +------+ ra         rb +------+ b0         |
#   +------------+      +---------------+      +------------+
#    192.0.2.1/24        192.0.2.254/24
#    2001:db8:1::1/64    198.51.100.254/24       198.51.100.1/24
#                                                2001:db8:2::1/64
#
# Arguments, KEY=VALUE, lists with commas:
#   suites=       gcm, cbc            outers=  4, 6
#   variants=     bare, hip, bare+offload, hip+offload
#   rounds=N      every variant once a round
#   packets=N     UDP packets of a measurement of packets a second
#   pings=N       round trips of a measurement of their time
#   octets=N      of a TCP stream, as iperf3 writes it
# Prints "BENCH KEY=VALUE..." per measurement, and TAP.
# shellcheck disable=SC2086,SC2154,SC2317 # no word here has a space; the
# variables come from the arguments; check() calls by name
set -u

for word; do
	case ${word%%=*} in
	suites|outers|variants|rounds|packets|pings|octets)
		declare "${word%%=*}=${word#*=}" ;;
	*) echo "Bail out! unknown argument $word"; exit 2 ;;
	esac
done

HIT_A=2001:21:1111:2222:3333:4444:5555:6666
HIT_B=2001:22:aaaa:bbbb:cccc:dddd:eeee:ffff
DAY=86400000
KEY_A=0x000102030405060708090a0b0c0d0e0f
KEY_B=0xf0e0d0c0b0a090807060504030201000
SALT=cafebabe
MAC_A=0x$(printf '%064d' 11)
MAC_B=0x$(printf '%064d' 22)

n=0
failed=0

build=$HIPVM_REPO/build
udpload=$build/bench/udpload
hipnl=$build/tools/hipnl
log=$(mktemp)

check() { # NAME COMMAND... : one line of TAP
	local name=$1
	shift
	n=$((n + 1))
	if "$@" >"$log" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$log"
		failed=1
		return 1
	fi
}

in_a() { ip netns exec a "$@"; }
in_b() { ip netns exec b "$@"; }

topology() {
	local ns
	for ns in a r b; do
		ip netns add $ns && ip -n $ns link set lo up || return
		ip netns exec $ns sysctl -q \
			net.ipv6.conf.default.accept_dad=0 || return
	done
	ip link add a0 netns a type veth peer name ra netns r &&
	ip link add b0 netns b type veth peer name rb netns r || return
	ip netns exec r sysctl -q net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
	# A neighbour that turns stale between two measurements would cost one
	# of them 2 % of its packets.
	for ns in a:a0 r:ra r:rb b:b0; do
		ip -n ${ns%:*} link set ${ns#*:} up &&
		ip netns exec ${ns%:*} sysctl -q \
			net.ipv4.neigh.${ns#*:}.base_reachable_time_ms=$DAY \
			net.ipv6.neigh.${ns#*:}.base_reachable_time_ms=$DAY ||
			return
	done
	ip -n a addr add 192.0.2.1/24 dev a0 &&
	ip -n r addr add 192.0.2.254/24 dev ra &&
	ip -n r addr add 198.51.100.254/24 dev rb &&
	ip -n b addr add 198.51.100.1/24 dev b0 &&
	ip -n a route add default via 192.0.2.254 &&
	ip -n b route add default via 198.51.100.254 &&
	ip -n a addr add 2001:db8:1::1/64 dev a0 nodad &&
	ip -n r addr add 2001:db8:1::fe/64 dev ra nodad &&
	ip -n r addr add 2001:db8:2::fe/64 dev rb nodad &&
	ip -n b addr add 2001:db8:2::1/64 dev b0 nodad &&
	ip -n a route add default via 2001:db8:1::fe &&
	ip -n b route add default via 2001:db8:2::fe &&
	hip_device a $HIT_A && hip_device b $HIT_B
}

hip_device() { # NETNS HIT
	ip -n $1 link add hip0 type dummy &&
	ip -n $1 link set hip0 up mtu 1400 &&
	ip -n $1 addr add $2/128 dev hip0 nodad &&
	ip -n $1 route add 2001:20::/28 dev hip0 src $2
}

locators() { # OUTER : sets LOC_A and LOC_B
	case $1 in
	4) LOC_A=192.0.2.1 LOC_B=198.51.100.1 ;;
	6) LOC_A=2001:db8:1::1 LOC_B=2001:db8:2::1 ;;
	esac
}

sa() { # NETNS SUITE SPI KEY MAC SRC DST SRC_HIT DST_HIT
	local algs
	case $2 in
	gcm) algs="aead rfc4106(gcm(aes)) $4$SALT 128" ;;
	cbc) algs="enc cbc(aes) $4 auth-trunc hmac(sha256) $5 128" ;;
	esac
	# shellcheck disable=SC2086 # the algorithms are several words
	ip -n $1 xfrm state add src $6 dst $7 proto esp spi $3 reqid 1 \
		mode beet replay-window 2048 flag esn $algs \
		sel src $8/128 dst $9/128
}

policies() { # NETNS LOCAL_HIT PEER_HIT LOCAL PEER
	ip -n $1 xfrm policy add src $2/128 dst $3/128 dir out \
		tmpl src $4 dst $5 proto esp reqid 1 mode beet &&
	ip -n $1 xfrm policy add src $3/128 dst $2/128 dir in \
		tmpl src :: dst :: proto esp mode beet
}

sas() { # SUITE OUTER
	local ns
	locators $2
	for ns in a b; do
		sa $ns $1 0x1001 $KEY_A $MAC_A $LOC_A $LOC_B $HIT_A $HIT_B &&
		sa $ns $1 0x2002 $KEY_B $MAC_B $LOC_B $LOC_A $HIT_B $HIT_A ||
			return
	done
	policies a $HIT_A $HIT_B $LOC_A $LOC_B &&
	policies b $HIT_B $HIT_A $LOC_B $LOC_A
}

hip_on() { # the association up, as hipd would put it
	modprobe hip &&
	in_a "$hipnl" path-new 1 $HIT_A $HIT_B 0x2002 0x1001 \
		$LOC_A $LOC_B &&
	in_b "$hipnl" path-new 1 $HIT_B $HIT_A 0x1001 0x2002 \
		$LOC_B $LOC_A &&
	in_a "$hipnl" assoc-new $HIT_A $HIT_B up 1 &&
	in_b "$hipnl" assoc-new $HIT_B $HIT_A up 1
}

loaded() { grep -q "^$1 " /proc/modules; }

flush() {
	local ns
	for ns in a b; do
		ip -n $ns xfrm policy flush
		ip -n $ns xfrm state flush
	done
}

# An SA holds the offload module that was there when it was made, so it is
# made again for each variant.
variant() { # NAME SUITE OUTER : modules as it wants them, then the SAs
	flush
	if loaded hip; then
		rmmod hip || return
	fi
	case $1 in
	*+offload) modprobe -a esp4_offload esp6_offload || return ;;
	*)
		if loaded esp4_offload; then
			modprobe -r esp4_offload esp6_offload || return
		fi ;;
	esac
	sas $2 $3 || return
	case $1 in
	hip*) hip_on ;;
	esac
}

tcp() { # prints the throughput in Mbit/s
	in_a iperf3 -J -c $HIT_B -n "$octets" | tr -d '\n\t ' | sed -nE \
		's/.*"sum_received":\{[^}]*"bits_per_second":([0-9.e+]+).*/\1/p' |
		awk '{ printf "%.2f\n", $1 / 1e6 }'
}

measure() { # VARIANT SUITE OUTER ROUND
	local pps rtt tcp line
	pps=$(in_a "$udpload" pps $HIT_B 7777 64 256 "$packets") &&
	rtt=$(in_a "$udpload" rtt $HIT_B 7777 64 "$pings") || return
	line="variant=$1 suite=$2 outer=$3 round=$4 $pps $rtt"
	# 6.12 alone carries no TCP over BEET when the offload modules are
	# there: it would only stall.
	if [ "$1" != bare+offload ]; then
		tcp=$(tcp) && [ -n "$tcp" ] || return
		line="$line tcp=$tcp"
	fi
	echo "BENCH $line"
}

servers() {
	# No function: the job must be the server itself, to be ended. As a
	# batch job it does not preempt the client at each segment, which
	# would make two kinds of streams of one. Nor must that of UDP take
	# turns with it as the scheduler likes: a window is sent, then it is
	# read.
	ip netns exec b chrt -i 0 "$udpload" serve 7777 &
	ip netns exec b chrt -b 0 iperf3 -s >/dev/null &
	until in_b ss -Hltn 'sport = :5201' | grep -q . &&
	      in_b ss -Hlun 'sport = :7777' | grep -q .; do
		:
	done
}

cleanup() {
	local job
	for job in $(jobs -p); do
		kill "$job"
		wait "$job" 2>/dev/null
	done
	if loaded hip; then
		rmmod hip
	fi
	ip netns del a
	ip netns del r
	ip netns del b
}

each() { # SUITE OUTER : all rounds
	local round v
	for round in $(seq "$rounds"); do
		for v in ${variants//,/ }; do
			check "$v, $1 over IPv$2, round $round" \
				variant $v $1 $2 || continue
			measure $v $1 $2 $round ||
				check "measuring that" false
		done
	done
}

# Without udev nobody loads the CPU's own ciphers when an SA asks for one. What
# the first SA of a suite loads comes over the network while the clock, which
# does not wait, passes the time limit for it: then it is there the next time.
warm_up() {
	local suite try
	for suite in ${suites//,/ }; do
		for try in 1 2 3 4 5; do
			flush
			sas $suite 6 && break
			[ $try -lt 5 ] || return
		done
	done
}

modprobe -a -q aesni_intel ghash_clmulni_intel sha256_ssse3 xfrm_user esp4 \
	esp6 dummy veth gcm seqiv ctr ghash-generic authenc echainiv
if ! { check "topology" topology && check "ciphers" warm_up; }; then
	echo "1..$n"
	exit 1
fi
servers
for suite in ${suites//,/ }; do
	for outer in ${outers//,/ }; do
		each "$suite" "$outer"
	done
done
cleanup
echo "1..$n"
exit $failed
