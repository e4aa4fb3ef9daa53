# SPDX-License-Identifier: GPL-2.0
"""Host Identities, HIP packets and IP datagrams to be put in a capture.

Part of forge.py, and like it written without a look at the checker.
"""

import hashlib
import ipaddress
import struct
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import (
    ec, padding, rsa, utils)

CURVES = {7: (ec.SECP256R1(), 32), 8: (ec.SECP384R1(), 48),
          9: (ec.SECP521R1(), 66)}
KINDS = ("p256", "p384", "rsa")


def packed(text):
    return ipaddress.ip_address(text).packed


def sum16(octets):
    octets = bytes(octets) + b"\0" * (len(octets) % 2)
    total = sum(struct.unpack("!%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(src, dst, proto, length):
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!LxxxB", length, proto)


def tlv(kind, contents):
    octets = struct.pack("!HH", kind, len(contents)) + contents
    while len(octets) % 8:
        octets += b"\0"
    return octets


class Identity:
    """A Host Identity with its private key."""

    def __init__(self, kind):
        self.kind = kind
        if kind == "rsa":
            self.key = rsa.generate_private_key(65537, 2048)
            n = self.key.public_key().public_numbers().n
            self.alg, self.suite, self.hash = 5, 1, hashlib.sha256
            self.hi = b"\x03\x01\x00\x01" + n.to_bytes(256, "big")
        else:
            label = 1 if kind == "p256" else 2
            curve, self.size = CURVES[6 + label]
            self.key = ec.generate_private_key(curve)
            point = self.key.public_key().public_numbers()
            self.alg, self.suite, self.hash = 7, 2, hashlib.sha384
            self.hi = (struct.pack("!HB", label, 4) +
                       point.x.to_bytes(self.size, "big") +
                       point.y.to_bytes(self.size, "big"))
        self.rename()

    def rename(self):
        """Set HIT and HOST_ID after the HI."""
        digest = self.hash(bytes.fromhex("F0EFF02FBFF43D0FE7930C3C6E6174EA") +
                           self.hi).digest()
        middle = digest[10:22] if self.suite == 1 else digest[18:30]
        self.hit = bytes([0x20, 1, 0, 0x20 + self.suite]) + middle
        self.host_id = tlv(705, struct.pack("!HHH", len(self.hi), 0,
                                            self.alg) + self.hi)

    def sign(self, octets):
        if self.kind == "rsa":
            return self.key.sign(octets, padding.PSS(
                padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        r, s = utils.decode_dss_signature(
            self.key.sign(octets, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(self.size, "big") + s.to_bytes(self.size, "big")


@lru_cache(maxsize=None)
def identity(kind, number=0):
    """An identity made once a run; @number tells several apart."""
    return Identity(kind)


class Draft:
    """A HIP packet being written: contents of parameters, not yet octets."""

    def __init__(self, kind, sender, receiver, params):
        self.kind, self.sender, self.receiver = kind, sender, receiver
        self.params = params            # [(type, contents)]
        self.next, self.version, self.controls = 59, 0x21, 0

    def set(self, kind, contents):
        """Replace, or with None remove, the contents of a parameter."""
        self.params = [(t, contents if t == kind else c)
                       for t, c in self.params
                       if t != kind or contents is not None]

    def get(self, kind):
        return dict(self.params).get(kind)

    def octets(self, extra=b""):
        body = b"".join(c if isinstance(t, str) else tlv(t, c)
                        for t, c in self.params) + extra
        size = (40 + len(body)) // 8 - 1
        return bytearray(struct.pack("!BBBBHH", self.next, size, self.kind,
                                     self.version, 0, self.controls) +
                         self.sender + self.receiver + body)


class Packet:
    """An IP datagram of the capture."""

    def __init__(self, label, time, src, dst, proto, data):
        self.label, self.time, self.proto = label, time, proto
        self.src, self.dst, self.data = src, dst, bytes(data)
        self.df, self.hops, self.ident = False, 64, 0

    def octets(self, mtu=0):
        """The datagram as a list of IP packets of at most @mtu octets."""
        head = 20 if len(self.src) == 4 else 48
        if not mtu or len(self.data) + head <= mtu:
            return [self._one(self.data, 0, False, False)]
        step = (mtu - head) // 8 * 8
        cuts = range(0, len(self.data), step)
        return [self._one(self.data[at:at + step], at,
                          at + step < len(self.data), True) for at in cuts]

    def _one(self, data, at, more, cut):
        if len(self.src) == 4:
            field = at // 8 | 0x2000 * more | 0x4000 * self.df
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data),
                               self.ident or 7, field, self.hops, self.proto,
                               0) + self.src + self.dst
            head = head[:10] + struct.pack("!H", sum16(head)) + head[12:]
            return head + data
        proto = self.proto
        if cut:
            data = struct.pack("!BBHL", proto, 0, at | more,
                               self.ident or 7) + data
            proto = 44
        return struct.pack("!LHBB", 6 << 28, len(data), proto,
                           self.hops) + self.src + self.dst + data
