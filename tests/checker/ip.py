# SPDX-License-Identifier: GPL-2.0
"""From frames to whole IP datagrams (RFC 791, RFC 8200).

Addresses are 4 or 16 octets. A datagram that came in fragments carries the
number of the frame that completed it.
"""

import ipaddress
import struct
from collections import namedtuple

import pcap

# proto: of what follows the IPv6 extension headers
Datagram = namedtuple(
    "Datagram", "number time src dst proto data df hops fragments")

ETH_IPV4, ETH_IPV6, ETH_ARP, ETH_VLAN = 0x0800, 0x86dd, 0x0806, 0x8100
PROTO_ICMP, PROTO_TCP, PROTO_UDP, PROTO_ESP = 1, 6, 17, 50
PROTO_FRAGMENT, PROTO_ICMPV6, PROTO_NONE, PROTO_HIP = 44, 58, 59, 139
EXTENSIONS = (0, 43, 60)        # hop-by-hop, routing, destination options


def text(address):
    """An address of 4 or 16 octets as text."""
    return str(ipaddress.ip_address(bytes(address)))


def is_hit(address):
    """ORCHIDv2, 2001:20::/28 (RFC 7343)."""
    return (len(address) == 16 and bytes(address[:3]) == b"\x20\x01\x00" and
            address[3] & 0xf0 == 0x20)


def ones_sum(data):
    """One's complement sum of 16-bit words, not yet complemented."""
    if len(data) % 2:
        data = bytes(data) + b"\0"
    if not any(data):
        return 0
    return int.from_bytes(data, "big") % 0xffff or 0xffff


def checksum(src, dst, proto, data):
    """Internet checksum of @data with the pseudo-header of its family."""
    if len(src) == 4:
        pseudo = src + dst + struct.pack("!BBH", 0, proto, len(data))
    else:
        pseudo = src + dst + struct.pack("!IHBB", len(data), 0, 0, proto)
    return ones_sum(pseudo + data) ^ 0xffff


def checksum_ok(src, dst, proto, data):
    """Whether @data, checksum field included, sums up as it should."""
    return checksum(src, dst, proto, data) == 0


class Pieces:
    """Fragments of one datagram, put together when all are there."""

    def __init__(self):
        self.parts = {}
        self.total = None
        self.first = None       # what only the first fragment carries

    def add(self, offset, more, data, first=None):
        """Take a fragment. Returns the whole payload, or None."""
        self.parts[offset] = data
        if offset == 0:
            self.first = first
        if not more:
            self.total = offset + len(data)
        if self.total is None:
            return None
        whole = bytearray()
        while len(whole) < self.total:
            part = self.parts.get(len(whole))
            if not part:
                return None
            whole += part
        return bytes(whole)


class Reassembly:
    """Turns frames into datagrams. One for each capture."""

    def __init__(self):
        self.pending = {}
        self.seen = {}          # of "any" captures: where it was seen first

    def datagrams(self, frame):
        """The list of datagrams that @frame completes: none or one."""
        kind, where, data = _link(frame)
        if kind == ETH_IPV4:
            made = self._ipv4(frame, data)
        elif kind == ETH_IPV6:
            made = self._ipv6(frame, data)
        else:
            made = None
        if made is None or (where and self._again(made, where)):
            return []
        return [made]

    def _again(self, made, where):
        """The same datagram, seen on another interface of the machine."""
        key = (made.src, made.dst, made.proto, hash(made.data))
        place, time = self.seen.get(key, (where, made.time))
        if place != where and made.time - time < 0.05:
            return True
        self.seen[key] = (where, made.time)
        return False

    def _pieces(self, key):
        return self.pending.setdefault(key, Pieces())

    def _ipv4(self, frame, data):
        if len(data) < 20 or data[0] >> 4 != 4:
            return None
        head = (data[0] & 15) * 4
        total, ident, field = struct.unpack_from("!HHH", data, 2)
        proto, src, dst = data[9], data[12:16], data[16:20]
        payload = data[head:total or len(data)]
        offset, more = (field & 0x1fff) * 8, bool(field & 0x2000)
        count = 1
        if offset or more:
            key = (src, dst, proto, ident)
            pieces = self._pieces(key)
            payload = pieces.add(offset, more, payload)
            if payload is None:
                return None
            count = len(pieces.parts)
            del self.pending[key]
        return Datagram(frame.number, frame.time, src, dst, proto, payload,
                        bool(field & 0x4000), data[8], count)

    def _ipv6(self, frame, data):
        if len(data) < 40 or data[0] >> 4 != 6:
            return None
        length, proto, hops = struct.unpack_from("!HBB", data, 4)
        src, dst = data[8:24], data[24:40]
        payload = data[40:40 + length] if length else data[40:]
        count = 1
        while proto in EXTENSIONS and len(payload) >= 8:
            proto, payload = (payload[0],
                              payload[(payload[1] + 1) * 8:])
        if proto == PROTO_FRAGMENT and len(payload) >= 8:
            field, ident = struct.unpack_from("!HI", payload, 2)
            key = (src, dst, ident)
            pieces = self._pieces(key)
            whole = pieces.add(field & 0xfff8, bool(field & 1), payload[8:],
                               payload[0])
            if whole is None:
                return None
            proto, payload, count = pieces.first, whole, len(pieces.parts)
            del self.pending[key]
        return Datagram(frame.number, frame.time, src, dst, proto, payload,
                        False, hops, count)


def _link(frame):
    """(Ethernet type, where it was captured or None, network octets)."""
    data, link = frame.data, frame.link
    if link in pcap.LINK_RAW or link in (pcap.LINK_IPV4, pcap.LINK_IPV6):
        version = data[0] >> 4 if data else 0
        return {4: ETH_IPV4, 6: ETH_IPV6}.get(version, 0), None, data
    if link == pcap.LINK_ETHERNET:
        kind, rest = data[12:14], data[14:]
        where = None
    elif link == pcap.LINK_SLL:
        kind, rest = data[14:16], data[16:]
        where = (data[:2], data[6:12])
    elif link == pcap.LINK_SLL2:
        kind, rest = data[0:2], data[20:]
        where = (data[4:8], data[10:11])
    else:
        raise pcap.CaptureError("link type %d is not supported" % link)
    if len(kind) < 2:
        return 0, None, b""
    kind = int.from_bytes(kind, "big")
    while kind == ETH_VLAN and len(rest) >= 4:
        kind, rest = int.from_bytes(rest[2:4], "big"), rest[4:]
    return kind, where, rest
