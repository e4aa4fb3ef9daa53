#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# HIP through an IPsec tunnel of the operator's (RFC 7402 sections 3.4.1 and
# 3.4.2; the tunnel is RFC 3884's: a device, its packets in transport mode):
# HIP's own packets and its ESP go through both. As a policy between the
# locators the tunnel takes HIP's packets; its ESP goes beside it, because what
# has left one SA the kernel gives to no other policy. Topology: lib.sh.
#
# Kernels: 6.1 6.12
. "$(dirname "$0")/lib.sh"

KEY=0x$(printf '%040d' 7)
declare -A OTHER=([A]=B [B]=A) SPI=([A]=0x7001 [B]=0x7002)

# Of the packets from A to B: those of the tunnel's SPI, and all others.
inside() { tcpdump -nr "$OUT/$1" 'ip proto 50 and ip[20:4] = 0x7001' \
	2>/dev/null | wc -l; }
outside() { tcpdump -nr "$OUT/$1" "${@:2}" \
	'and not (ip proto 50 and ip[20:4] = 0x7001)' 2>/dev/null | wc -l; }

protect() { # tunnel|transport PROTO: what goes between the locators
	local h o end

	for h in A B; do
		for end in A B; do
			o=${OTHER[$end]}
			ip -n $h xfrm state add src "${V4[$end]}" \
				dst "${V4[$o]}" proto esp spi "${SPI[$end]}" \
				reqid 77 mode "$1" \
				aead 'rfc4106(gcm(aes))' "$KEY" 128
		done
		o=${OTHER[$h]}
		ip -n $h xfrm policy add src "${V4[$h]}" dst "${V4[$o]}" \
			proto "$2" dir out tmpl src "${V4[$h]}" \
			dst "${V4[$o]}" proto esp reqid 77 mode "$1"
		ip -n $h xfrm policy add src "${V4[$o]}" dst "${V4[$h]}" \
			proto "$2" dir in tmpl src "${V4[$o]}" \
			dst "${V4[$h]}" proto esp reqid 77 mode "$1"
	done
}

no_sas() { ! ip -n "$1" xfrm state | grep -q 'mode beet'; }

topo_up
filter="src host ${V4[A]} and dst host ${V4[B]}"

# By policy.
protect tunnel 139
capture policy.cap "$filter"
pair_up 4 || exit 1
check "an association beside a tunnel" ping_hit A "$HIT_B"
check "and the other way" ping_hit B "$HIT_A"
capture_stop
is "HIP's packets are in the tunnel" "$(outside policy.cap ip proto 139)" 0
check "as I1 and I2" test "$(inside policy.cap)" -ge 2
# else the next run takes up where this one ended
check "closed" ns A hip assoc flush
check "and gone" wait_for 10 no_sas B
for h in A B; do
	stops $h
	ip -n $h xfrm state flush
	ip -n $h xfrm policy flush
done

# By route. The TTL that the device inherits from HIP's ESP is 0.
protect transport 4
for h in A B; do
	ip -n $h link add tunnel0 type ipip local "${V4[$h]}" \
		remote "${V4[${OTHER[$h]}]}" ttl 64
	ip -n $h link set tunnel0 up mtu 1400
done
ip -n A addr add 10.7.0.1 peer 10.7.0.2 dev tunnel0
ip -n B addr add 10.7.0.2 peer 10.7.0.1 dev tunnel0
sed -i "s/${V4[B]}/10.7.0.2/" /etc/netns/A/hip/hosts
sed -i "s/${V4[A]}/10.7.0.1/" /etc/netns/B/hip/hosts
capture route.cap "$filter"
start_hipd A && start_hipd B || exit 1
check "an association through the tunnel" ping_hit A "$HIT_B"
check "with datagrams in several packets" ping_hit B "$HIT_A" -s 3000
capture_stop
is "A's path ends at the tunnel" "$(ns A hip -o path |
	grep -c '10\.7\.0\.2')" 1
is "nothing is outside of it" "$(outside route.cap ip)" 0
check "all of it is inside" test "$(inside route.cap)" -ge 10
for h in A B; do
	stops $h
done
