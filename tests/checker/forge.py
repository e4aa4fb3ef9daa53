# SPDX-License-Identifier: GPL-2.0
"""Makes captures of HIP hosts: right ones, and wrong in one chosen thing.

Written from RFC 7401 and RFC 7402 a second time, on purpose: it uses nothing
of the checker but the pcap writer, so that one mistake is not made twice.
"""

import hashlib
import hmac
import ipaddress
import os
import struct
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import (
    ec, padding, rsa, utils)
from cryptography.hazmat.primitives.ciphers import (
    Cipher, algorithms, modes)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CURVES = {7: (ec.SECP256R1(), 32), 8: (ec.SECP384R1(), 48),
          9: (ec.SECP521R1(), 66)}
KINDS = ("p256", "p384", "rsa")
LINK_RAW = 101


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


class Forge:
    """Two hosts and what they send each other.

    @edits: {stage: function} changes one thing on the way. Stages of a HIP
    packet NAME: "NAME" gets the Draft before MAC and signature,
    "NAME signed" after them, "NAME octets" a bytearray without checksum,
    "NAME summed" with it, "NAME packet" the Packet; "esp" gets a dictionary.
    """

    LOCATORS = {4: ("192.0.2.1", "198.51.100.2"),
                6: ("2001:db8:1::1", "2001:db8:2::2")}

    def __init__(self, initiator="p256", responder="p256", edits=(), **given):
        self.i, self.r = identity(initiator), identity(responder, 1)
        self.edits = dict(edits)
        self.group, self.esp, self.cipher, self.family = 7, 13, 2, 4
        self.encrypted = self.echo = False
        self.counter, self.k, self.lifetime = 5, 3, 37
        self.groups_i, self.groups_r = None, None
        self.offer, self.esp_offer = (2, 4), (13, 8)
        self.time, self.spis, self.dh_made = 1000.0, None, None
        self.nonce, self.opaque = os.urandom(16), b"\x12\x34"
        self.__dict__.update(given)
        self.groups_i = self.groups_i or (self.group,)
        self.groups_r = self.groups_r or (self.group,)
        self.locators = [packed(a) for a in self.LOCATORS[self.family]]
        self.spis = self.spis or [struct.unpack("!L", os.urandom(4))[0] |
                                  0x1000 for _ in range(2)]
        self.packets, self.keylog = [], []
        self.sequence, self.number = {}, 0

    def edit(self, stage, thing):
        if stage in self.edits:
            self.edits[stage](thing)
        return thing

    # ---- HIP packets ----

    def send(self, name, draft, mac=0, extra=b"", sign=0, late=()):
        """MAC, sign, sum and send a draft, @late the parameters behind."""
        who = self.i if draft.sender == self.i.hit else self.r
        self.edit(name, draft)
        if mac:
            key = self.hip_keys[draft.sender][1]
            value = hmac.new(key, bytes(draft.octets(extra)),
                             self.r.hash).digest()
            draft.params.append((mac, value))
        if sign == 61633:
            self._sign_r1(who, draft)
        elif sign:
            value = who.sign(bytes(draft.octets()))
            draft.params.append((sign, struct.pack("!H", who.alg) + value))
        draft.params += late
        self.edit(name + " signed", draft)
        data = self.edit(name + " octets", draft.octets())
        src, dst = self.locators if who is self.i else self.locators[::-1]
        data[4:6] = struct.pack("!H", sum16(pseudo(src, dst, 139, len(data))
                                            + data))
        self.edit(name + " summed", data)
        self.add(name, Packet(name, self.time, src, dst, 139, data))

    def add(self, name, packet):
        self.edit(name + " packet", packet)
        self.number += 1
        packet.ident = packet.ident or self.number
        self.packets.append(packet)
        self.time += 0.01
        return packet

    @staticmethod
    def _sign_r1(who, draft):
        blank = Draft(draft.kind, draft.sender, bytes(16), [
            (t, c[:2] + bytes(len(c) - 2) if t == 257 else c)
            for t, c in draft.params])
        blank.controls = draft.controls
        draft.params.append((61633, struct.pack("!H", who.alg) +
                             who.sign(bytes(blank.octets()))))

    def i1(self):
        self.send("I1", Draft(1, self.i.hit, self.r.hit,
                              [(511, bytes(self.groups_i))]))

    def r1(self):
        curve, size = CURVES[self.group]
        self.dh_r = self.dh_made or ec.generate_private_key(curve)
        self.n = self.r.hash().digest_size
        self.puzzle_i = os.urandom(self.n)
        params = [
            (129, struct.pack("!LQ", 0, self.counter or 0)),
            (257, bytes([self.k, self.lifetime]) + self.opaque +
             self.puzzle_i),
            (511, bytes(self.groups_r)),
            (513, self._public(self.dh_r, size)),
            (579, struct.pack("!%dH" % len(self.offer), *self.offer)),
            (705, self.r.host_id[4:4 + 6 + len(self.r.hi)]),
            (715, b"\x10\x20"),
            (897, b"signed nonce"),
            (2049, struct.pack("!H", 4095)),
            (4095, struct.pack("!H%dH" % len(self.esp_offer), 0,
                               *self.esp_offer))]
        params = self._optional(params, 897)
        draft = Draft(2, self.r.hit, self.i.hit, params)
        late = [(63661, b"first"), (63661, b"second")] if self.echo else []
        self.send("R1", draft, sign=61633, late=late)
        self.r_host_id = self.r.host_id

    def _optional(self, params, echo):
        absent = [] if self.echo else [echo]
        absent += [] if self.counter else [129]
        return [(t, c) for t, c in params if t not in absent]

    def _public(self, key, size):
        point = key.public_key().public_numbers()
        return (struct.pack("!BH", self.group, 2 * size) +
                point.x.to_bytes(size, "big") + point.y.to_bytes(size, "big"))

    def solve(self):
        """J whose hash ends in K zero bits."""
        while True:
            j = os.urandom(self.n)
            digest = self.r.hash(self.puzzle_i + self.i.hit + self.r.hit +
                                 j).digest()
            if int.from_bytes(digest[-4:], "big") % (1 << self.k) == 0:
                return j

    def derive(self):
        """Kij, and the HIP and ESP keys of both."""
        if not hasattr(self, "dh_i"):
            self.dh_i = ec.generate_private_key(CURVES[self.group][0])
        secret = self.dh_i.exchange(ec.ECDH(), self.dh_r.public_key())
        hits = sorted((self.i.hit, self.r.hit), reverse=True)
        name = hashes.SHA256() if self.r.suite == 1 else hashes.SHA384()
        okm = HKDF(name, 600, self.puzzle_i + self.j,
                   hits[1] + hits[0]).derive(secret)
        enc = {2: 16, 4: 32}[self.cipher]
        esp = (16, 32) if self.esp == 8 else (20, 0)
        out, at = [], 0
        for size in (enc, self.n) * 2 + esp * 2:
            out.append(okm[at:at + size])
            at += size
        self.index = 2 * (enc + self.n)
        self.hip_keys = {hits[0]: out[0:2], hits[1]: out[2:4]}
        self.esp_keys = {hits[0]: out[4:6], hits[1]: out[6:8]}
        self.keylog.append("HIP %s %s %s %s %s" % (
            ipaddress.ip_address(self.i.hit),
            ipaddress.ip_address(self.r.hit), self.puzzle_i.hex(),
            self.j.hex(), secret.hex()))

    def i2(self):
        self.j = self.solve()
        self.derive()
        contents = self.i.host_id[4:4 + 6 + len(self.i.hi)]
        params = [
            (65, struct.pack("!HHLL", 0, self.index, 0, self.spis[0])),
            (129, struct.pack("!LQ", 0, self.counter or 0)),
            (321, bytes([self.k, 0]) + self.opaque + self.puzzle_i + self.j),
            (513, self._public(self.dh_i, CURVES[self.group][1])),
            (579, struct.pack("!H", self.cipher)),
            (641, self.encrypt(self.i.host_id)) if self.encrypted else
            (705, contents),
            (961, b"signed nonce"),
            (2049, struct.pack("!H", 4095)),
            (4095, struct.pack("!HH", 0, self.esp))]
        draft = Draft(3, self.i.hit, self.r.hit,
                      self._optional(params, 961))
        late = [(63425, b"first"), (63425, b"second")] if self.echo else []
        self.send("I2", draft, mac=61505, sign=61697, late=late)

    def encrypt(self, plain, pad=None, iv=None):
        """Contents of ENCRYPTED."""
        iv = iv or os.urandom(16)
        if pad is None:
            count = 16 - len(plain) % 16
            pad = bytes([count]) * count
        worker = Cipher(algorithms.AES(self.hip_keys[self.i.hit][0]),
                        modes.CBC(iv)).encryptor()
        return bytes(4) + iv + worker.update(plain + pad)

    def r2(self, name="R2"):
        draft = Draft(4, self.r.hit, self.i.hit, [
            (65, struct.pack("!HHLL", 0, self.index, 0, self.spis[1]))])
        self.send(name, draft, mac=61569, extra=self.r_host_id, sign=61697)

    def bex(self):
        self.i1()
        self.r1()
        self.i2()
        self.r2()
        return self

    def close(self, who=None, nonce=None):
        """CLOSE by @who (the Initiator) and its CLOSE_ACK."""
        who = who or self.i
        other = self.r if who is self.i else self.i
        nonce = nonce or self.nonce
        self.send("CLOSE", Draft(18, who.hit, other.hit, [(897, nonce)]),
                  mac=61505, sign=61697)
        self.send("CLOSE_ACK", Draft(19, other.hit, who.hit, [(961, nonce)]),
                  mac=61505, sign=61697)
        return self

    def update(self, who, params, name="UPDATE"):
        other = self.r if who is self.i else self.i
        self.send(name, Draft(16, who.hit, other.hit, params), mac=61505,
                  sign=61697)

    def notify(self, kind=44, name="NOTIFY"):
        self.send(name, Draft(17, self.r.hit, self.i.hit, [
            (832, struct.pack("!HH", 0, kind))]), sign=61697)

    # ---- ESP ----

    def user(self, who, proto, size=64):
        """A transport segment between the HITs."""
        other = self.r if who is self.i else self.i
        body = os.urandom(size)
        if proto == 17:
            head = struct.pack("!HHHH", 5000, 5001, 8 + size, 0)
            at = 6
        elif proto == 6:
            head = struct.pack("!HHLLBBHHH", 5000, 22, 1, 1, 0x50, 0x10,
                               1000, 0, 0)
            at = 16
        else:
            head = struct.pack("!BBHHH", 128, 0, 0, 9, 1)
            at = 2
        data = bytearray(head + body)
        value = sum16(pseudo(who.hit, other.hit, proto, len(data)) + data)
        data[at:at + 2] = struct.pack("!H", value or 0xffff)
        return bytes(data)

    def esp_packet(self, who, proto, plain, name="esp"):
        """One ESP packet by @who."""
        to_r = who is self.i
        spi = self.spis[1 if to_r else 0]
        seq = self.sequence[spi] = self.sequence.get(spi, 0) + 1
        src, dst = self.locators if to_r else self.locators[::-1]
        block = 16 if self.esp == 8 else 4
        pad = -(len(plain) + 2) % block
        what = self.edit(name, {
            "spi": spi, "seq": seq, "high": 0, "proto": proto, "src": src,
            "dst": dst, "plain": plain, "keys": self.esp_keys[who.hit],
            "pad": bytes(range(1, pad + 1)), "count": pad,
            "iv": os.urandom(16) if self.esp == 8 else
            struct.pack("!Q", seq)})
        self.add("esp", Packet("esp", self.time, what["src"], what["dst"],
                               50, self._seal(what)))

    def _seal(self, what):
        head = struct.pack("!LL", what["spi"], what["seq"])
        high = struct.pack("!L", what["high"])
        body = what["plain"] + what["pad"] + bytes([what["count"],
                                                    what["proto"]])
        enc, auth = what["keys"]
        if self.esp == 13:
            return head + what["iv"] + AESGCM(enc[:16]).encrypt(
                enc[16:] + what["iv"], body, head[:4] + high + head[4:])
        worker = Cipher(algorithms.AES(enc),
                        modes.CBC(what["iv"])).encryptor()
        head += what["iv"] + worker.update(body)
        return head + hmac.new(auth, head + high,
                               hashlib.sha256).digest()[:16]

    def traffic(self, name="esp"):
        for proto in (58, 17, 6):
            for who in (self.i, self.r):
                self.esp_packet(who, proto, self.user(who, proto), name)
        return self

    def whole(self):
        """A whole life: exchange, traffic, close."""
        return self.bex().traffic().close()

    def frames(self, mtu=0):
        return [(packet.time, octets) for packet in self.packets
                for octets in packet.octets(mtu)]
