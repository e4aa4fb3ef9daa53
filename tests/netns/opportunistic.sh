#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Opportunistic mode, access rules and ICMP errors between two hosts that do not
# know each other (RFC 7401 sections 4.1.5, 4.1.8, 5.4, 6.6.2). Topology: lib.sh.
#
# HIP's packets, which hip.ko has nothing to do with: not on the debug kernel.
# Kernels: 6.1 6.12
. "$(dirname "$0")/lib.sh"

on() { # HOST [LINE...]
	local host=$1
	shift

	printf '[protocol]\nopportunistic = yes\nretransmission-timeout = 150\n' |
		config "$host"
	printf '%s\n' "$@" >>"/etc/netns/$host/hip/hipd.conf"
}

reload() { # HOST
	kill -HUP "${HIPD_PID[$1]}"
}

refused() { # ADDRESS: what hip says of it
	ns A hip assoc connect "$1" opportunistic 2>&1
}

denies() { # HOST RULE
	[[ $(ns "$1" hip access) == *"$2"* ]]
}

topo_up
key A ecdsa ecdsa
key B ecdsa ecdsa
key B other ecdsa
rm /etc/netns/B/hip/keys/other.pem
on A
on B
capture opportunistic.pcap
start_hipd A || exit 1

for address in "${V4[B]}" "${V6[B]}"; do
	matches "no HIP at $address: ICMP tells" "$(refused "$address")" \
		"$address .*: ICMP says that it does not speak HIP"
done
start_hipd B || exit 1
HIT_B=$(hit B)
HIT_A=$(hit A)
ns A hip assoc flush now

check "an association by address alone" \
	ns A hip assoc connect "${V4[B]}" opportunistic
check "with the HIT that it brought" ping_hit A "$HIT_B"
matches "the peer is learned" "$(ns A hip -d peer 2>&1; ns A hip -j peer)" \
	"$HIT_B.*learned"
is "the file of it is hipd's alone" \
	"$(ns A stat -c '%a %U' /var/lib/hip/peers)" "600 hip"
stops A
start_hipd A || exit 1
matches "it is still known" "$(ns A hip -j peer)" "$HIT_B.*learned"
ns A hip assoc flush now
ns B hip assoc flush now
check "so a ping needs no more" ping_hit A "$HIT_B"

echo "deny from ${V4[A]}" >/etc/netns/B/hip/access
reload B
check "B has a rule" wait_for 10 denies B "deny from ${V4[A]}"
ns A hip assoc flush now
ns B hip assoc flush now
matches "who is denied learns it" "$(refused "${V4[B]}")" \
	"ICMP says that it is administratively prohibited"
check "the other family is allowed" \
	ns A hip assoc connect "${V6[B]}" opportunistic
matches "the rule has counted" "$(ns B hip access)" \
	"deny from ${V4[A]}  5 packets"
matches "hip tells which rule decides" \
	"$(ns B hip access check "$HIT_A" from "${V4[A]}")" \
	"deny  /etc/hip/access:1: deny from"
rm /etc/netns/B/hip/access

stops B
key B other ecdsa
rm /etc/netns/B/hip/keys/ecdsa.pem
start_hipd B || exit 1
ns A hip assoc flush now
HIT_C=$(hit B)
matches "a HIT that changed is refused" "$(refused "${V6[B]}")" \
	"$HIT_B and now says that it is $HIT_C, which is refused"
matches "hip peer shows it" "$(ns A hip peer)" "now says that it is $HIT_C"
check "until it is trusted" ns A hip peer trust "${V6[B]}"
ns A hip assoc flush now
check "then it is taken" ns A hip assoc connect "${V6[B]}" opportunistic
check "and speaks" ping_hit A "$HIT_C"
capture_stop
stops A
stops B
