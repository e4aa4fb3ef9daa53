#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A hostile host: sends one kind of bad HIP packet to a victim.

  hostile.py --list                 kinds, the counter that must grow, why
  hostile.py KIND --src ADDR --dst ADDR --src-hit HIT --dst-hit HIT
             [--count N] [--pcap FILE]
  hostile.py --batch                such lines from standard input, one start

Kinds "i2-..." really begin a base exchange under a Host Identity of their own
(--src-hit is not used) and send an I2 that is right but for one thing. Kinds
"replay-..." take the packet from --pcap. "good" runs a right exchange and
closes it: it shows that the others fail for their one fault only.

Sources that are not this host's need CAP_NET_ADMIN. Exit status: 0 sent, 1 no
answer to I1 or no such packet in the capture, 2 usage.
"""

import argparse
import hashlib
import os
import socket
import struct
import sys
import time

from cryptography.hazmat.primitives.asymmetric import ec

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "checker"))

import ip       # noqa: E402
import pcap     # noqa: E402
import wire     # noqa: E402
from craft import (     # noqa: E402
    CURVES, Draft, Identity, identity, packed, pseudo, sum16)
from forge import Forge     # noqa: E402
from mutate import U16, also, attr, flip, patch, put, twist     # noqa: E402

IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75
ANSWER = 5.0            # seconds to wait for R1, R2 or CLOSE_ACK


class Wire:
    """A raw socket of protocol 139 (or another) between two locators."""

    def __init__(self, src, dst, proto=ip.PROTO_HIP):
        family, level, option = (
            (socket.AF_INET6, socket.IPPROTO_IPV6, IPV6_TRANSPARENT)
            if ":" in dst else
            (socket.AF_INET, socket.IPPROTO_IP, IP_TRANSPARENT))
        self.ends = packed(src), packed(dst)
        self.dst, self.v4 = dst, family == socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_RAW, proto)
        try:
            self.socket.bind((src, 0))
        except OSError:
            self.socket.setsockopt(level, option, 1)
            self.socket.bind((src, 0))

    def send(self, octets):
        self.socket.sendto(octets, (self.dst, 0))

    def sum(self, octets):
        """@octets with the checksum that they need."""
        octets = bytearray(octets)
        octets[4:6] = bytes(2)
        value = sum16(pseudo(*self.ends, ip.PROTO_HIP, len(octets)) + octets)
        octets[4:6] = struct.pack("!H", value)
        return bytes(octets)

    def receive(self, kind, hit):
        """The next packet of a type to @hit, or None."""
        end = time.monotonic() + ANSWER
        while time.monotonic() < end:
            self.socket.settimeout(max(end - time.monotonic(), 0.01))
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                return None
            if self.v4:
                data = data[(data[0] & 15) * 4:]
            if len(data) >= 40 and data[2] == kind and data[24:40] == hit:
                return data
        return None


# ---- packets out of nothing ----

SIMPLE = {}             # kind: (counter, why, draft edit, octet edit)


def simple(kind, counter, why, edit=None, octets=None, packet=1):
    SIMPLE[kind] = (counter, why, edit, octets, packet)


def size_of(octets):
    octets[1] = 255


def overrun(octets):
    octets[42:44] = b"\0\xf0"


def unordered(draft):
    draft.params = [(511, b"\7"), (129, bytes(12))]


def lacking(draft):
    draft.params = []


simple("short", "drop_short", "39 octets",
       octets=lambda o: o.__delitem__(slice(39, None)))
simple("length", "drop_short", "Header Length beyond the datagram",
       octets=size_of)
simple("version", "drop_version", "version 1", attr(version=0x11))
simple("type", "drop_type", "packet type 100", attr(kind=100))
simple("checksum", "drop_checksum", "one bit", octets=flip(4))
simple("order", "drop_param_order", "R1_COUNTER after DH_GROUP_LIST",
       unordered)
simple("overrun", "drop_param", "a parameter longer than the packet",
       octets=overrun)
simple("size", "drop_param", "an empty DH_GROUP_LIST", put(511, b""))
simple("repeat", "drop_param", "DH_GROUP_LIST twice", also(511, b"\7"))
simple("critical", "drop_critical", "unknown critical parameter 2051",
       also(2051, b"abcd"))
simple("missing", "drop_missing", "I1 without DH_GROUP_LIST", lacking)
simple("hit", "drop_hit", "a receiver HIT that is nobody's",
       attr(receiver=packed("2001:22::dead:beef")))
simple("sender-null", "drop_sender_hit", "the null HIT as sender",
       attr(sender=bytes(16)))
simple("sender-own", "drop_sender_hit", "the victim's HIT as sender",
       lambda draft: setattr(draft, "sender", draft.receiver))
simple("sender-prefix", "drop_sender_hit", "a sender that is no ORCHID",
       attr(sender=packed("2001:db8::1")))


def stray(kind, name, params):
    def edit(draft):
        draft.kind, draft.params = kind, params
    simple(name, "drop_no_assoc", "%s from --src-hit without association" %
           wire.NAMES[kind], edit)
    simple(name + "-established", "drop_state" if kind in (
        wire.R1, wire.R2) else "drop_mac",
        "%s, made up, while an association with --src-hit stands" %
        wire.NAMES[kind], edit)


PROOF = [(61505, os.urandom(48)), (61697, U16(7) + os.urandom(64))]
stray(wire.R1, "r1", [
    (129, bytes(11) + b"\1"), (257, b"\0\x25\0\0" + os.urandom(48)),
    (511, b"\7"), (513, b"\7\0\x40" + os.urandom(64)), (579, U16(2)),
    (705, identity("p256").host_id[4:77]), (715, b"\x10\x20"),
    (2049, U16(4095)), (4095, U16(0) + U16(8)),
    (61633, U16(7) + os.urandom(64))])
stray(wire.R2, "r2", [(65, bytes(3) + b"\x80" + bytes(4) + b"\1\2\3\4"),
                      (61569, os.urandom(48)), PROOF[1]])
stray(wire.CLOSE, "close", [(897, os.urandom(16))] + PROOF)
simple("close-ack", "drop_no_assoc", "CLOSE_ACK without association",
       lambda d: (attr(kind=wire.CLOSE_ACK)(d),
                  setattr(d, "params", [(961, bytes(16))] + PROOF)))


def send_simple(kind, args, link):
    _, _, edit, octets, packet = SIMPLE[kind]
    draft = Draft(packet, packed(args.src_hit), packed(args.dst_hit),
                  [(511, b"\7\x08")])
    if edit:
        edit(draft)
    data = bytearray(link.sum(draft.octets()))
    if octets:
        octets(data)
        if kind not in ("checksum", "short"):
            data = link.sum(data)
    link.send(bytes(data))
    return 0


# ---- exchanges ----

class Victim:
    """What its R1 tells of the Responder."""

    def __init__(self, octets):
        self.hit = bytes(octets[8:24])
        self.suite = self.hit[3] & 15
        self.hash = hashlib.sha256 if self.suite == 1 else hashlib.sha384
        params = {p.type: p for p in wire.split(octets[40:])[0]}
        self.host_id = params[wire.HOST_ID].raw
        self.puzzle = params[wire.PUZZLE].data
        self.counter = params[wire.R1_COUNTER].data
        self.dh = params[wire.DIFFIE_HELLMAN].data
        self.echo = params.get(wire.ECHO_REQUEST_SIGNED)
        formats = params[wire.ESP_TRANSFORM].data[2:]
        self.suites = struct.unpack("!%dH" % (len(formats) // 2), formats)

    @property
    def key(self):
        """Stands in for the private key that only the victim has."""
        return self

    def public_key(self):
        """Of its Diffie-Hellman key."""
        return ec.EllipticCurvePublicKey.from_encoded_point(
            CURVES[self.dh[0]][0], b"\4" + self.dh[3:])


class Attacker(Forge):
    """An Initiator that answers a real R1."""

    def __init__(self, args, edits):
        super().__init__(edits=edits)
        self.i = Identity("p256")
        self.locators = [packed(args.src), packed(args.dst)]

    def take(self, octets):
        self.r = victim = Victim(octets)
        self.dh_r, self.group = victim, victim.dh[0]
        self.n = victim.hash().digest_size
        self.k, self.opaque = victim.puzzle[0], victim.puzzle[2:4]
        self.puzzle_i = victim.puzzle[4:]
        self.counter = int.from_bytes(victim.counter[4:], "big")
        self.esp = 13 if 13 in victim.suites else 8


def sealed_junk(attacker):
    """ENCRYPTED instead of HOST_ID, and no HOST_ID in it."""
    def edit(draft):
        junk = attacker.encrypt(b"\x03\xc1\x00\x04junk" * 4)
        draft.params = [(641, junk) if t == 705 else (t, c)
                        for t, c in draft.params]
    return edit


I2_KINDS = {
    "i2-missing": ("drop_missing", "I2 without ESP_INFO",
                   {"I2": put(65, None)}),
    "i2-counter": ("drop_r1_counter", "a generation that never was",
                   {"I2": patch(129, 4, b"\xee" * 8)}),
    "i2-nonce": ("drop_puzzle", "a #I that the victim did not give",
                 {"I2": patch(321, 4, bytes(8))}),
    "i2-group": ("drop_dh", "another group than the R1's",
                 {"I2": patch(513, 0, b"\x09")}),
    "i2-point": ("drop_dh", "a point that is not on the curve",
                 {"I2": twist(513)}),
    "i2-cipher": ("drop_cipher", "NULL-ENCRYPT, not offered",
                  {"I2": put(579, U16(1))}),
    "i2-ciphers": ("drop_cipher", "two ciphers chosen",
                   {"I2": put(579, U16(2) + U16(4))}),
    "i2-format": ("drop_transport", "a format that is not ESP",
                  {"I2": put(2049, U16(4094))}),
    "i2-esp": ("drop_esp_suite", "AES-CMAC alone, not offered",
               {"I2": put(4095, U16(0) + U16(14))}),
    "i2-spi": ("drop_esp_info", "NEW SPI 1",
               {"I2": patch(65, 8, b"\0\0\0\1")}),
    "i2-index": ("drop_esp_info", "KEYMAT Index inside the HIP keys",
                 {"I2": patch(65, 2, b"\0\x08")}),
    "i2-host-id": ("drop_host_id", "the Host Identity of somebody else",
                   {"I2": lambda d: d.set(705, identity(
                       "p256", 5).host_id[4:77])}),
    "i2-mac": ("drop_mac", "HIP_MAC, one bit", {"I2 signed": twist(61505)}),
    "i2-signature": ("drop_signature", "HIP_SIGNATURE, one bit",
                     {"I2 signed": twist(61697)}),
    "i2-encrypted": ("drop_decrypt", "ENCRYPTED without a HOST_ID", None),
    "good": ("bex_completed", "a right exchange, then CLOSE", {}),
}


def send_i2(kind, args, link):
    attacker = Attacker(args, I2_KINDS[kind][2] or {})
    if kind == "i2-encrypted":
        attacker.edits["I2"] = sealed_junk(attacker)
    i1 = Draft(wire.I1, attacker.i.hit, packed(args.dst_hit),
               [(511, b"\7\x08")])
    link.send(link.sum(i1.octets()))
    r1 = link.receive(wire.R1, attacker.i.hit)
    if not r1:
        print("hostile: no R1", file=sys.stderr)
        return 1
    attacker.take(r1)
    attacker.i2()
    link.send(attacker.packets[-1].data)
    if kind != "good":
        return 0
    return 0 if close_again(attacker, link) else 1


def close_again(attacker, link):
    """After a right I2: R2, CLOSE, CLOSE_ACK."""
    if not link.receive(wire.R2, attacker.i.hit):
        print("hostile: no R2", file=sys.stderr)
        return False
    attacker.send("CLOSE", Draft(wire.CLOSE, attacker.i.hit, attacker.r.hit,
                                 [(897, attacker.nonce)]),
                  mac=61505, sign=61697)
    link.send(attacker.packets[-1].data)
    if not link.receive(wire.CLOSE_ACK, attacker.i.hit):
        print("hostile: no CLOSE_ACK", file=sys.stderr)
        return False
    return True


# ---- replays, ESP ----

REPLAYS = {
    "replay-r1": ("drop_state", "an old R1 to an established Initiator",
                  wire.R1),
    "replay-i2": ("retransmit", "the I2 that made the association: the same "
                  "R2 again, nothing else", wire.I2),
    "replay-i2-old": ("drop_replay,drop_r1_counter,drop_puzzle",
                      "an I2 of an association that is gone", wire.I2),
    "replay-r2": ("drop_state", "an old R2 to an established Initiator",
                  wire.R2),
    "replay-close": ("drop_mac", "a CLOSE of the association before this one",
                     wire.CLOSE),
    "replay-esp": ("XfrmInStateSeqError", "ESP that was seen (counter of the "
                   "kernel)", ip.PROTO_ESP),
}


def captured(path, wanted, dst):
    """HIP packets of a type, or all ESP packets, to @dst in a capture."""
    reassembly = ip.Reassembly()
    for frame in pcap.read(path):
        for seen in reassembly.datagrams(frame):
            esp = wanted == ip.PROTO_ESP and seen.proto == ip.PROTO_ESP
            hip = (seen.proto == ip.PROTO_HIP and len(seen.data) >= 40 and
                   seen.data[2] == wanted)
            if (esp or hip) and seen.dst == packed(dst):
                yield seen.data


def replay(kind, args, link):
    wanted = REPLAYS[kind][2]
    if wanted == ip.PROTO_ESP:
        link = Wire(args.src, args.dst, ip.PROTO_ESP)
    found = list(captured(args.pcap, wanted, args.dst))
    for octets in found:
        link.send(octets)
    return 0 if found else 1


def esp_unknown(kind, args, link):
    """ESP of an SPI that was never announced."""
    Wire(args.src, args.dst, ip.PROTO_ESP).send(
        struct.pack("!LL", 0x0badcafe, 1) + os.urandom(64))
    return 0


OTHERS = {"esp-unknown": ("XfrmInNoStates", "ESP of an SPI never announced "
                          "(counter of the kernel)", esp_unknown)}


def kinds():
    """{kind: (counter, why, function)}."""
    out = {k: (v[0], v[1], send_simple) for k, v in SIMPLE.items()}
    out.update({k: (v[0], v[1], send_i2) for k, v in I2_KINDS.items()})
    out.update({k: (v[0], v[1], replay) for k, v in REPLAYS.items()})
    out.update(OTHERS)
    return out


def batch():
    """Run the lines of standard input; answer each with "= STATUS"."""
    sys.stderr = sys.stdout
    for line in sys.stdin:
        try:
            status = main(line.split())
        except SystemExit as err:
            status = err.code
        except OSError as err:
            print(err)
            status = 1
        print("=", status, flush=True)
    return 0


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", nargs="?", choices=sorted(kinds()),
                        metavar="KIND")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--batch", action="store_true")
    for name in ("--src", "--dst", "--src-hit", "--dst-hit", "--pcap"):
        parser.add_argument(name)
    parser.add_argument("--count", type=int, default=1)
    args = parser.parse_args(argv)
    if args.batch:
        return batch()
    if args.list:
        for kind, (counter, why, _) in kinds().items():
            print("%s\t%s\t%s" % (kind, counter, why))
        return 0
    if not args.kind or not args.src or not args.dst:
        parser.error("KIND, --src and --dst are needed")
    if args.kind.startswith("replay") and not args.pcap:
        parser.error("%s needs --pcap" % args.kind)
    if args.kind in SIMPLE and not (args.src_hit and args.dst_hit) or \
            args.kind in I2_KINDS and not args.dst_hit:
        parser.error("%s needs the HITs" % args.kind)
    link = Wire(args.src, args.dst)
    worker = kinds()[args.kind][2]
    return max(worker(args.kind, args, link) for _ in range(args.count))


if __name__ == "__main__":
    sys.exit(main())
