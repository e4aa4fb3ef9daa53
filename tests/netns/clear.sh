#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A HIT never leaves in clear, with the daemon or without, whatever the routes
# say; what arrives in clear with a HIT in it never gets in. Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

HITS='ip6[8:4] & 0xfffffff0 = 0x20010020 or ip6[24:4] & 0xfffffff0 = 0x20010020'
seen() { # FILE: how many packets are in it, or why nobody can say
	if tcpdump -nr "$OUT/$1" >"$OUT/seen.txt" 2>"$OUT/seen.err"; then
		wc -l <"$OUT/seen.txt"
	else
		cat "$OUT/seen.err"
	fi
}
grown() { [ "$(counter "$1" "$2")" -gt "$3" ]; }
shows() { tcpdump -nr "$OUT/$1" 2>/dev/null | grep -q "$2"; }
reached() { grep -c "^$1$" "$RUN/reached"; } # SEQUENCE: got to B's protocols
has_reached() { [ "$(reached "$1")" -ge "$2" ]; }
listens() { ip netns exec B ss -H -n -w -l | grep -q ':58 '; }
mac() { ip netns exec "$1" cat /sys/class/net/eth0/address; }

topo_up
# Echo requests as frames written by hand: the module in R's own namespace would
# stop packets.
cat >"$RUN/echo.py" <<'PY'
import socket, struct, sys
dev, mac, destination, sequence, count, *sources = sys.argv[1:]
dst = socket.inet_pton(socket.AF_INET6, destination)
frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
frames.bind((dev, 0))
def total(data):
    data += b"\0" * (len(data) % 2)
    s = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return 0xffff & ~s
for source in sources:
    src = socket.inet_pton(socket.AF_INET6, source)
    echo = struct.pack("!BBHHH", 128, 0, 0, 1, int(sequence)) + b"clear"
    pseudo = src + dst + struct.pack("!II", len(echo), 58)
    echo = echo[:2] + struct.pack("!H", total(pseudo + echo)) + echo[4:]
    head = struct.pack("!IHBB", 6 << 28, len(echo), 58, 64)
    for _ in range(int(count)):
        frames.send(bytes.fromhex(mac.replace(":", "")) + b"\x02" * 6 +
                    b"\x86\xdd" + head + src + dst + echo)
PY
# The sequence number of each of them that gets in.
cat >"$RUN/listen.py" <<'PY'
import socket
sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
while True:
    data = sock.recv(2048)
    if data[0] == 128 and data[8:] == b"clear":
        print(int.from_bytes(data[6:8], "big"), flush=True)
PY
echo_frames() { ns R /usr/bin/python3 "$RUN/echo.py" "$@"; }

# hostile packets will be in it: not for the checker
capture clear.cap "ip6 and ($HITS)"
pair_up || exit 1
check "an association" ping_hit A "$HIT_B"
check "traffic of all kinds" ping_hit B "$HIT_A" -s 4000
is "nothing went in clear" "$(seen clear.cap)" 0

# Routes that would take HITs to the wire.
before=$(counter A out_clear)
ip -n A -6 route add 2001:20::/27 via 2001:db8:a::fe
ip -n A -6 route replace "$HIT_B/128" via 2001:db8:a::fe
# source address selection goes by the route: the source is named
check "a route to the wire changes nothing" ping_hit A "$HIT_B" -I "$HIT_A"
ip -n A -6 route add 2001:2f::/32 via 2001:db8:a::fe
ip netns exec A ping -6 -n -c 2 -i 0.2 -W 1 2001:2f::1 >/dev/null 2>&1
ip netns exec A ping -6 -n -c 2 -i 0.2 -W 1 -I 2001:db8:a::1 2001:2f::1 \
	>/dev/null 2>&1
is "nothing went in clear" "$(seen clear.cap)" 0

# The policies go, as by mistake: the association may not go on in clear.
ip -n A xfrm policy flush
ip -n A xfrm state flush
ip netns exec A ping -6 -n -c 3 -i 0.2 -W 1 "$HIT_B" >/dev/null 2>&1
is "without SAs and policies nothing goes in clear" "$(seen clear.cap)" 0

# A HIT as source towards an ordinary address.
ip netns exec A ping -6 -n -c 2 -i 0.2 -W 1 -I "$HIT_A" "${V6[B]}" \
	>/dev/null 2>&1
is "a HIT as source does not leave" "$(seen clear.cap)" 0
check "that was counted as out_clear" grown A out_clear "$before"

# From outside: the router writes HITs into packets for B. An answer would not
# leave B either: what counts is whether a protocol sees them.
background in_ns B /usr/bin/python3 "$RUN/listen.py" >"$RUN/reached"
check "somebody listens on B" wait_for 20 listens
before=$(counter B in_clear)
echo_frames b0 "$(mac B)" "$HIT_B" 1 5 2001:22::bad 2001:db8:b::fe
echo_frames b0 "$(mac B)" "${V6[B]}" 2 5 2001:db8:b::fe
check "clear packets from outside are counted as in_clear" \
	wait_for 5 grown B in_clear $((before + 9))
check "the same to an address of B get in" wait_for 10 has_reached 2 5
is "those with HITs do not, and nobody answers them" "$(reached 1)" 0
check "the association comes back by itself" wait_for 60 ping_hit B "$HIT_A"
echo_frames a0 "$(mac A)" "$HIT_A" 3 1 2001:22::bad
check "one that is in clear would have been seen" \
	wait_for 10 shows clear.cap 'seq 3,'
is "it is the only one" "$(seen clear.cap)" 1
capture_stop

# Without a daemon.
for h in A B; do
	stops $h
done
capture nodaemon.cap "ip6 and ($HITS)"
ip netns exec A ping -6 -n -c 2 -i 0.2 -W 1 2001:22::1 >"$OUT/ping.txt" 2>&1
is "a ping to a new HIT fails" $? 1
matches "at once, with an ICMPv6 error" "$(cat "$OUT/ping.txt")" \
	"nreachable|No route"
# What went before it is in the file when it is.
echo_frames a0 "$(mac A)" "$HIT_A" 3 1 2001:22::bad
check "one that is in clear would have been seen" \
	wait_for 10 shows nodaemon.cap 'seq 3,'
is "nothing else went in clear without a daemon" "$(seen nodaemon.cap)" 1
capture_stop
