# SPDX-License-Identifier: GPL-2.0
"""Makes captures of HIP hosts: right ones, and wrong in one chosen thing.

Written from RFC 7401 and RFC 7402 a second time, on purpose: it uses nothing
of the checker, so that one mistake is not made twice.
"""

import hashlib
import hmac
import ipaddress
import os
import struct

from cryptography.hazmat.primitives import cmac, hashes
from cryptography.hazmat.primitives.ciphers import (
    Cipher, algorithms, modes)
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from craft import Draft, Exchange, Packet, identity, packed, pseudo, sum16

LINK_RAW = 101
ESP_KEYS = {7: (0, 32), 8: (16, 32), 9: (32, 32), 10: (19, 0), 11: (19, 0),
            12: (20, 0), 13: (20, 0), 14: (0, 16), 15: (0, 20)}


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
        self.suites = b"\x10\x20\x30"
        self.time, self.spis, self.dh_made = 1000.0, None, None
        self.nonce, self.opaque = os.urandom(16), b"\x12\x34"
        self.__dict__.update(given)
        self.groups_i = self.groups_i or (self.group,)
        self.groups_r = self.groups_r or (self.group,)
        self.locators = [packed(a) for a in self.LOCATORS[self.family]]
        self.spis = self.spis or [struct.unpack("!L", os.urandom(4))[0] |
                                  0x1000 for _ in range(2)]
        self.packets, self.keylog, self.updates = [], [], {}
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
        self.dh_r = self.dh_made or Exchange(self.group)
        self.n = self.r.hash().digest_size
        self.puzzle_i = os.urandom(self.n)
        params = [
            (129, struct.pack("!LQ", 0, self.counter or 0)),
            (257, bytes([self.k, self.lifetime]) + self.opaque +
             self.puzzle_i),
            (511, bytes(self.groups_r)),
            (513, self.dh_r.contents()),
            (579, struct.pack("!%dH" % len(self.offer), *self.offer)),
            (705, self.r.host_id[4:4 + 6 + len(self.r.hi)]),
            (715, self.suites),
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
            self.dh_i = Exchange(self.group)
        secret = self.dh_i.secret(self.dh_r)
        hits = sorted((self.i.hit, self.r.hit), reverse=True)
        self.expand(secret)
        enc = {1: 0, 2: 16, 4: 32}[self.cipher]
        at = self.cut(0, enc, self.n)
        self.index = 2 * (enc + self.n)
        self.hip_keys = {hits[0]: at[0:2], hits[1]: at[2:4]}
        self.draw_esp()
        self.keylog.append("HIP %s %s %s %s %s" % (
            ipaddress.ip_address(self.i.hit),
            ipaddress.ip_address(self.r.hit), self.puzzle_i.hex(),
            self.j.hex(), secret.hex()))

    def expand(self, secret):
        """Keying material from Kij."""
        hits = sorted((self.i.hit, self.r.hit))
        name = {1: hashes.SHA256, 2: hashes.SHA384,
                3: hashes.SHA1}[self.r.suite]()
        self.okm = HKDF(name, 2000, self.puzzle_i + self.j,
                        hits[0] + hits[1]).derive(secret)

    def cut(self, at, *sizes):
        """Two keys for the greater HIT and two for the other, from @at."""
        out = []
        for size in sizes * 2:
            out.append(self.okm[at:at + size])
            at += size
        return out

    def draw_esp(self):
        """ESP keys from self.index."""
        sizes = ESP_KEYS[self.esp]
        keys = self.cut(self.index, *sizes)
        self.esp_keys = {max(self.i.hit, self.r.hit): keys[:2],
                         min(self.i.hit, self.r.hit): keys[2:]}
        self.next_index = self.index + 2 * sum(sizes)

    def i2(self):
        self.j = self.solve()
        self.derive()
        contents = self.i.host_id[4:4 + 6 + len(self.i.hi)]
        params = [
            (65, struct.pack("!HHLL", 0, self.index, 0, self.spis[0])),
            (129, struct.pack("!LQ", 0, self.counter or 0)),
            (321, bytes([self.k, 0]) + self.opaque + self.puzzle_i + self.j),
            (513, self.dh_i.contents()),
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
        if self.cipher == 1:
            return bytes(4) + plain
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

    def rekey(self, dh=False):
        """New SPIs and ESP keys by three UPDATEs; @dh: also a new secret."""
        self.index = 0 if dh else self.next_index
        old, self.spis = self.spis, [spi + 1 for spi in self.spis]
        keys = [Exchange(self.group) for _ in range(2)]
        ids = []
        for n, who in enumerate((self.i, self.r)):
            ids.append(struct.pack("!L", self.updates.get(who.hit, 0)))
            self.updates[who.hit] = self.updates.get(who.hit, 0) + 1
            params = [(65, struct.pack("!HHLL", 0, self.index, old[n],
                                       self.spis[n])), (385, ids[n])]
            params += [(449, ids[0])] * n
            if dh:
                params.append((513, keys[n].contents()))
            self.update(who, params, "UPDATE %d" % (n + 1))
        self.update(self.i, [(449, ids[1])], "UPDATE 3")
        if dh:
            secret = keys[0].secret(keys[1])
            self.expand(secret)
            self.keylog.append(" ".join(self.keylog[0].split()[:-1] +
                                        [secret.hex()]))
        self.draw_esp()
        return self

    def crossing(self):
        """Both ask for new keys at once; the first has a new DH value, whose
        other half is the Responder's of the base exchange.
        """
        old, self.spis = self.spis, [spi + 1 for spi in self.spis]
        key, ids = Exchange(self.group), []
        for n, who in enumerate((self.i, self.r)):
            ids.append(struct.pack("!L", self.updates.get(who.hit, 0)))
            self.updates[who.hit] = self.updates.get(who.hit, 0) + 1
            index = self.next_index if n else 0
            params = [(65, struct.pack("!HHLL", 0, index, old[n],
                                       self.spis[n])), (385, ids[n])]
            if not n:
                params.append((513, key.contents()))
            self.update(who, params, "UPDATE %d" % (n + 1))
        self.update(self.i, [(449, ids[1])], "UPDATE 3")
        self.update(self.r, [(449, ids[0])], "UPDATE 4")
        secret = key.secret(self.dh_r)
        self.expand(secret)
        self.keylog.append(" ".join(self.keylog[0].split()[:-1] +
                                    [secret.hex()]))
        self.index = 0
        self.draw_esp()
        return self

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
        block = 16 if self.esp in (8, 9) else 4
        pad = -(len(plain) + 2) % block
        what = self.edit(name, {
            "spi": spi, "seq": seq, "high": 0, "proto": proto, "src": src,
            "dst": dst, "plain": plain, "keys": self.esp_keys[who.hit],
            "pad": bytes(range(1, pad + 1)), "count": pad,
            "iv": os.urandom(16) if self.esp in (8, 9) else b"" if
            self.esp in (7, 14) else struct.pack("!Q", seq)})
        self.add("esp", Packet("esp", self.time, what["src"], what["dst"],
                               50, self._seal(what)))

    def _seal(self, what):
        head = struct.pack("!LL", what["spi"], what["seq"])
        high = struct.pack("!L", what["high"])
        body = what["plain"] + what["pad"] + bytes([what["count"],
                                                    what["proto"]])
        enc, auth = what["keys"]
        nonce = (enc or auth)[16:] + what["iv"]
        first = head[:4] + high + head[4:]
        if self.esp in (10, 11):
            return head + what["iv"] + AESCCM(
                enc[:16], 8 * (self.esp - 9)).encrypt(nonce, body, first)
        if self.esp in (12, 13):
            # the whole tag is the longest one: a short one is its beginning
            sealed = AESGCM(enc[:16]).encrypt(nonce, body, first)
            return head + what["iv"] + sealed[:len(sealed) - 8 * (
                13 - self.esp)]
        if self.esp == 15:
            return head + what["iv"] + body + AESGCM(auth[:16]).encrypt(
                nonce, b"", first + what["iv"] + body)
        if self.esp in (8, 9):
            worker = Cipher(algorithms.AES(enc),
                            modes.CBC(what["iv"])).encryptor()
            body = worker.update(body)
        head += what["iv"] + body
        if self.esp == 14:
            worker = cmac.CMAC(algorithms.AES(auth))
            worker.update(head + high)
            return head + worker.finalize()[:12]
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
