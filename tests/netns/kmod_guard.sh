#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A HIT neither leaves nor enters in clear, unless on a device inside.
# Topology: lib.sh.
. "$(dirname "$0")/kmod_lib.sh"
kmod_up

cat >"$tmp/udp.py" <<'PY'
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
s.sendto(b"x", (sys.argv[2], 9))
PY
# An echo request, as a frame past all hooks of the sender or, without a device,
# through them. With an address VIA in a routing header, behind other headers
# that may stand there.
cat >"$tmp/raw.py" <<'PY'
import socket, sys
dev, src, dst, mac, *via = sys.argv[1:]
v6 = lambda text: socket.inet_pton(socket.AF_INET6, text)
rest, first = b"\x80\0" + bytes(6), 58
if via:
    rest = (b"\x2b\0" + bytes(6) + b"\x3a\x02\x04\x01" + bytes(4) +
            v6(via[0]) + rest)
    first = int(via[1])
packet = (b"\x60\0\0\0\0" + bytes((len(rest), first, 64)) + v6(src) +
          v6(dst) + rest)
if dev:
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((dev, 0))
    s.send(bytes.fromhex(mac.replace(":", "")) + bytes(6) + b"\x86\xdd" +
           packet)
else:
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    s.sendto(packet, (dst, 0))
PY
udp() { ip netns exec "$1" /usr/bin/python3 "$tmp/udp.py" "$2" "$3"; }
raw() { # SOURCE DESTINATION [VIA FIRST-HEADER]
	R /usr/bin/python3 "$tmp/raw.py" b0 "$1" "$2" "$mac" "${@:3}"
}
own() { # the same, from A and through its hooks
	A /usr/bin/python3 "$tmp/raw.py" "" "$1" "$2" "" "${@:3}"
}
counted() { [ $(($(stat "$1" "$2") - before)) -eq "$3" ]; }

before=$(stat A out_clear)
check_not "from a HIT to an address" udp A $HITA $B6
is "counted" $(($(stat A out_clear) - before)) 1
before=$(stat A out_source)
check_not "from an address to a HIT" udp A $A6 $HITB
is "counted" $(($(stat A out_source) - before)) 1
ip -n A route add $HITB/128 via 2001:db8:a::fe
check_not "to a HIT that a route leads to" udp A $HITA $HITB
ip -n A route del $HITB/128
ip -n A xfrm state add src $A6 dst $B6 proto esp spi 0x99 mode tunnel reqid 9 \
	aead 'rfc4106(gcm(aes))' $SA_KEY 128
ip -n A xfrm policy add dst ::/0 dir out priority 1 \
	tmpl src $A6 dst $B6 proto esp reqid 9 mode tunnel
before=$(stat A no_daemon)
check_not "to a HIT by another IPsec policy, for everything" \
	A ping -q -c1 -W1 $HITB
check "which is no association" test $(($(stat A no_daemon) - before)) -ge 1
ip -n A xfrm policy flush
ip -n A xfrm state flush
before=$(stat A out_clear)
check "to an address by way of another one" own $A6 $B6 2001:db8:b::2 60
is "is nobody's concern" $(($(stat A out_clear) - before)) 0
for first in 0 44 60; do
	check_not "by way of a HIT, behind header $first" \
		own $A6 $B6 $HITB $first
done
is "counted" $(($(stat A out_clear) - before)) 3
check "to a HIT of its own" A ping -q -c1 -W5 $HITA

mac=$(ip -n B -br link show eth0 | awk '{ print $3 }')
echos() { B awk '/Icmp6InEchos/ { print $2 }' /proc/net/snmp6; }
before=$(stat B in_clear)
asked=$(echos)
raw $HITA $HITB
raw 2001:db8:a::1 $HITB
raw $HITA $B6
for first in 0 44 60; do
	raw 2001:db8:a::1 $B6 $HITB $first
done
raw 2001:db8:a::1 $B6 2001:db8:b::2 60
check "nothing comes in from outside" wait_for 10 counted B in_clear 6
is "and no protocol saw it" "$(echos)" "$asked"
check "a packet with no HIT does" R ping -q -c1 -W5 $B6

index=$(B cat /sys/class/net/eth0/ifindex)
nlB inside-new "$index"
before=$(stat B in_clear)
# The checksum is wrong; that the protocol complains shows that it got in.
errors() { [ "$(B awk '/Icmp6InErrors/ { print $2 }' /proc/net/snmp6)" -gt 0 ]; }
raw $HITA $HITB
check "from a device inside they do" wait_for 10 errors
is "none was dropped" $(($(stat B in_clear) - before)) 0
ip -n B route add $HITA/128 via 2001:db8:b::fe
before=$(stat B out_clear)
check "and they leave on it" udp B $HITB $HITA
is "none was dropped on the way out" $(($(stat B out_clear) - before)) 0
ip -n B route del $HITA/128
nlB inside-del "$index"
before=$(stat B in_clear)
raw $HITA $HITB
check "until it is inside no more" wait_for 10 counted B in_clear 1
nlB inside-new "$index"
ip -n B link del eth0
is "a device that vanishes leaves the set" "$(nlB inside-get)" ""

# The hook for packets from outside comes with the first HIT; here the HIT was
# there first.
link B eth0 b0 198.51.100 2001:db8:b
mac=$(ip -n B -br link show eth0 | awk '{ print $3 }')
check "the module leaves" rmmod hip
check "and comes back" modprobe hip
before=$(stat B in_clear)
raw $HITA $HITB
check "a HIT that was there before the module is guarded" \
	wait_for 10 counted B in_clear 1
