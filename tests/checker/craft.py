# SPDX-License-Identifier: GPL-2.0
"""Host Identities, HIP packets and IP datagrams to be put in a capture.

Part of forge.py, and like it written without a look at the checker.
"""

import hashlib
import ipaddress
import secrets
import struct
import subprocess
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (
    ec, padding, rsa, utils)

CURVES = {7: (ec.SECP256R1(), 32), 8: (ec.SECP384R1(), 48),
          9: (ec.SECP521R1(), 66)}
KINDS = ("p256", "p384", "rsa", "low")
MODP = {3: "modp_1536", 4: "modp_3072", 11: "modp_2048"}
SUITES = {"rsa": (5, 1, hashlib.sha256), "low": (9, 3, hashlib.sha1),
          "p256": (7, 2, hashlib.sha384), "p384": (7, 2, hashlib.sha384)}


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


# ---- SECP160R1, which the library lacks: projective coordinates ----

FIELD = (1 << 160) - (1 << 31) - 1
ORDER = int("0100000000000000000001F4C8F927AED3CA752257", 16)
BASE = (int("4A96B5688EF573284664698968C38BB913CBFC82", 16),
        int("23A628553168947D59DCC912042351377AC5FB32", 16), 1)


def _double(point):
    x, y, z = point
    w, s = 3 * (x - z) * (x + z), 2 * y * z         # a = -3
    r = y * s
    square = (x + r) ** 2 - x * x - r * r
    h = w * w - 2 * square
    return (h * s % FIELD, (w * (square - h) - 2 * r * r) % FIELD,
            s ** 3 % FIELD)


def _plus(one, other):
    if not one[2] or not other[2]:
        return other if not one[2] else one
    u = (other[1] * one[2] - one[1] * other[2]) % FIELD
    v = (other[0] * one[2] - one[0] * other[2]) % FIELD
    if not v:
        return (0, 1, 0) if u else _double(one)
    z = one[2] * other[2]
    a = u * u * z - v ** 3 - 2 * v * v * one[0] * other[2]
    return (v * a % FIELD, (u * (v * v * one[0] * other[2] - a) -
                            v ** 3 * one[1] * other[2]) % FIELD,
            v ** 3 * z % FIELD)


def low_times(number, point=BASE):
    """(x, y) of @number times a point of SECP160R1."""
    out = (0, 1, 0)
    for bit in bin(number)[2:]:
        out = _double(out) if out[2] else out
        out = _plus(out, point) if bit == "1" else out
    inverse = pow(out[2], FIELD - 2, FIELD)
    return out[0] * inverse % FIELD, out[1] * inverse % FIELD


def low_sign(secret, octets):
    """r | s with SHA-1."""
    digest = int.from_bytes(hashlib.sha1(octets).digest(), "big")
    while True:
        k = secrets.randbelow(ORDER - 1) + 1
        r = low_times(k)[0] % ORDER
        s = pow(k, ORDER - 2, ORDER) * (digest + r * secret) % ORDER
        if r and s:
            return r.to_bytes(21, "big") + s.to_bytes(21, "big")


# ---- Diffie-Hellman ----

@lru_cache(maxsize=None)
def modp(group):
    """The prime of a MODP group, as OpenSSL knows it."""
    text = subprocess.run(
        ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
         "group:" + MODP[group]], capture_output=True, check=True).stdout
    return serialization.load_pem_parameters(text).parameter_numbers().p


class Exchange:
    """One side of a Diffie-Hellman exchange."""

    def __init__(self, group):
        self.group = group
        if group in CURVES:
            curve, size = CURVES[group]
            self.key = ec.generate_private_key(curve)
            point = self.key.public_key().public_numbers()
            self.numbers = (point.x, point.y)
        elif group == 10:
            size, self.key = 20, secrets.randbelow(ORDER - 1) + 1
            self.numbers = low_times(self.key)
        else:
            size = (modp(group).bit_length() + 7) // 8
            self.key = secrets.randbits(256)
            self.numbers = (pow(2, self.key, modp(group)),)
        self.size = size
        self.public = b"".join(n.to_bytes(size, "big") for n in self.numbers)

    def contents(self):
        """Of DIFFIE_HELLMAN."""
        return struct.pack("!BH", self.group, len(self.public)) + self.public

    def secret(self, other):
        if self.group in CURVES:
            return self.key.exchange(ec.ECDH(), other.key.public_key())
        if self.group == 10:
            value = low_times(self.key, (*other.numbers, 1))[0]
        else:
            value = pow(other.numbers[0], self.key, modp(self.group))
        return value.to_bytes(self.size, "big")


class Identity:
    """A Host Identity with its private key."""

    def __init__(self, kind):
        self.kind = kind
        self.alg, self.suite, self.hash = SUITES[kind]
        if kind == "rsa":
            self.key = rsa.generate_private_key(65537, 2048)
            n = self.key.public_key().public_numbers().n
            self.hi = b"\x03\x01\x00\x01" + n.to_bytes(256, "big")
        elif kind == "low":
            self.key = secrets.randbelow(ORDER - 1) + 1
            self.hi = b"\0\1\4" + b"".join(
                n.to_bytes(20, "big") for n in low_times(self.key))
        else:
            label = 1 if kind == "p256" else 2
            curve, self.size = CURVES[6 + label]
            self.key = ec.generate_private_key(curve)
            point = self.key.public_key().public_numbers()
            self.hi = (struct.pack("!HB", label, 4) +
                       point.x.to_bytes(self.size, "big") +
                       point.y.to_bytes(self.size, "big"))
        self.rename()

    def rename(self):
        """Set HIT and HOST_ID after the HI."""
        digest = self.hash(bytes.fromhex("F0EFF02FBFF43D0FE7930C3C6E6174EA") +
                           self.hi).digest()
        start = {1: 10, 2: 18, 3: 4}[self.suite]
        middle = digest[start:start + 12]
        self.hit = bytes([0x20, 1, 0, 0x20 + self.suite]) + middle
        self.host_id = tlv(705, struct.pack("!HHH", len(self.hi), 0,
                                            self.alg) + self.hi)

    def sign(self, octets):
        if self.kind == "rsa":
            return self.key.sign(octets, padding.PSS(
                padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        if self.kind == "low":
            return low_sign(self.key, octets)
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
