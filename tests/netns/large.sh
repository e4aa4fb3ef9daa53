#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Packets larger than the path: RSA-4096 identities and DH group 4 over links
# of 1280 octets. R1 and I2 come in fragments, made by the sender or, of
# IPv4, by the router; then a router that loses fragments
# of each. RFC 7401 section 5.1.3. Topology: lib.sh.
#
# HIP's packets, which hip.ko has nothing to do with: not on the debug kernel.
# Kernels: 6.1 6.12
. "$(dirname "$0")/lib.sh"

declare -A tail_of=([4]='ip frag-off & 0x1fff != 0' [6]='frag frag-off != 0')

# The router drops what is not the first fragment: of R1s, which come in by b0,
# and of I2s, which come in by a0.
lossy() { # FAMILY
	ip netns exec R nft -f - <<-EOT
	table inet loss {
		chain r1 {
			type filter hook forward priority 0;
			iifname "b0" ${tail_of[$1]} counter drop
		}
		chain i2 {
			type filter hook forward priority 0;
			iifname "a0" ${tail_of[$1]} counter drop
		}
	}
	EOT
}

lost() { # CHAIN: has it dropped something?
	ip netns exec R nft list chain inet loss "$1" |
		grep -q 'packets [1-9]'
}

lossless() { # CHAIN
	ip netns exec R nft flush chain inet loss "$1"
}

# Fragments of HIP that A sent and received.
fragments() { # FAMILY CAPTURE
	local filter='ip proto 139 and ip[6:2] & 0x3fff != 0'

	[ "$1" = 4 ] || filter='ip6 proto 44'
	tcpdump -Z root -nn -r "$OUT/$2" "$filter" 2>/dev/null | wc -l
}

begin() { # FAMILY CAPTURE
	local h n=0

	topo_up
	ip -n R link set a0 mtu 1280
	ip -n A link set eth0 mtu 1280
	for h in A B; do
		n=$((n + 1))
		install -m 600 \
			"$REPO/tests/keys/rsa-4096-$n.pem" \
			"/etc/netns/$h/hip/keys/large.pem"
		config $h <<-EOT
		[protocol]
		dh-groups = 4
		EOT
	done
	capture "$2"
	pair_up "$1"
}

end() {
	local h

	capture_stop
	for h in A B; do
		stops $h
	done
	topo_down
}

for family in 4 6; do
	begin $family "large-$family.pcap" || continue
	check "IPv$family: first ping" ping_hit A "$HIT_B"
	is "IPv$family: one exchange" "$(counter A bex_completed)" 1
	end
	check "IPv$family: R1 and I2 came in fragments" \
		test "$(fragments $family "large-$family.pcap")" -ge 4
done

for family in 4 6; do
	# tshark calls a fragment without the others no HIP: not *.pcap
	begin $family "large-loss-$family.cap" || continue
	lossy $family
	background ping_hit A "$HIT_B" >"$OUT/ping-$family.txt"
	ping=$!
	check "IPv$family: a fragment of R1 is lost" wait_for 20 lost r1
	lossless r1
	check "IPv$family: a fragment of I2 is lost" wait_for 20 lost i2
	lossless i2
	wait "$ping"
	is "IPv$family: the ping that began it arrives all the same" $? 0
	is "IPv$family: one exchange" "$(counter A bex_completed)" 1
	check "IPv$family: with retransmissions" \
		test "$(counter A retransmit)" -ge 2
	end
done
