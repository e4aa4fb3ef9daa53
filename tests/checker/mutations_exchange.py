# SPDX-License-Identifier: GPL-2.0
"""What can be wrong in an exchange, an association, in ESP and around it."""

import os
import struct

from craft import Packet, identity, packed, pseudo, sum16
from forge import Forge
from mutate import (
    U16, also, attr, case, data, esp_set, flip, patch, put, scene, twist)

# ---- I1, R1 ----


@scene("retx-i1", "another list")
def _(forge):
    forge.i1()
    forge.groups_i = (7, 8)
    forge.bex()


case("r1-order", {"I1": attr(receiver=packed("2001:22::1"))})
case("r1-address", {"R1 packet": attr(dst=packed("192.0.2.9"))})
case("r1-group", {"I1": put(511, b"\x08\x07")}, groups_r=(8, 7))
case("r1-group", {"R1": put(511, b"\x08")}, "not of its own list")
case("r1-signature", {"R1 signed": twist(61633)})
case("r1-signature", {"R1 octets": flip(47)}, "counter not covered")
case("r1-signature", {"R1 signed": patch(257, 0, b"\2")}, "K not covered",
     k=1)


@scene("r1-counter", "restart with less")
def _(forge):
    forge.whole()
    return Forge(counter=4, time=forge.time + 10).whole()


@scene("r1-dh-used", "ten seconds later")
def _(forge):
    forge.whole()
    other = Forge(time=forge.time + 10, counter=6)
    other.dh_made = forge.dh_r
    return other.whole()


@scene("r1-puzzle", "the same #I to two hosts")
def _(forge):
    forge.i1()
    forge.r1()
    forge.i = identity("p384")
    forge.time += 1
    nonce = forge.puzzle_i
    forge.i1()
    forge.edits["R1"] = patch(257, 4, nonce)
    forge.r1()


def smaller(kind="p256"):
    """The two identities in order of their HITs."""
    return sorted((identity(kind), identity(kind, 1)), key=lambda i: i.hit)


def rivals(forge):
    """Two forges of the same hosts, each initiating; the first by the
    smaller HIT.
    """
    low, high = smaller()
    forge.i, forge.r = low, high
    other = Forge(time=forge.time)
    other.i, other.r = high, low
    other.locators.reverse()
    return other


@scene("race-i1", "the smaller one answers")
def _(forge):
    other = rivals(forge)
    forge.i1()
    other.time += 0.005
    other.i1()
    other.r1()
    return other


@scene("race-i2", "the smaller one answers")
def _(forge):
    other = rivals(forge)
    forge.i1()
    forge.r1()
    forge.i2()
    other.time = forge.time
    other.bex()
    return other


# ---- I2 ----
case("i2-order", {}, "without R1", lambda f: (f.bex(), f.packets.pop(1)))
case("i2-address", {"I2 packet": attr(dst=packed("192.0.2.9"))})
case("i2-echo", {"I2": patch(321, 2, b"\0\0")}, "Opaque")
case("i2-echo", {"I2": patch(321, 4, b"\0\0")}, "#I")
case("i2-k", {"I2": patch(321, 0, b"\0")})
case("i2-solved", {"I2": patch(321, 52, b"\0" * 48)}, k=20,
     plan=lambda f: (setattr(f, "solve", lambda: os.urandom(f.n)),
                     f.whole()))
case("i2-lifetime", {"R1 packet": attr(time=900.0), "I1 packet": attr(
    time=899.0)})
case("i2-counter", {"I2": patch(129, 11, b"\7")})
case("i2-counter", {"I2": put(129, None)}, "absent")
case("i2-group", {"I2": patch(513, 0, b"\x08")})
case("i2-cipher", {"R1": put(579, U16(2))}, cipher=4)
case("i2-format", {"I2": put(2049, U16(4094))})
case("i2-esp", {"R1": put(4095, bytes(2) + U16(8))})
case("i2-suite", {"R1": put(715, b"\x10")}, initiator="p256",
     responder="rsa")
case("i2-echo-signed", {"I2": put(961, b"signed nance")}, echo=True)
case("i2-echo-signed", {"I2": put(961, None)}, "absent", echo=True)
case("i2-echo-unsigned", {"I2 signed": put(63425, b"first")}, echo=True)
case("i2-host-id", {"I2": put(705, None)})
case("i2-host-id", {"I2": also(641, bytes(36))}, "both")
case("i2-signature", {"I2 signed": twist(61697)})
case("i2-mac", {"I2 signed": twist(61505)})
case("key-log", {}, plan=lambda f: (f.whole(), f.keylog.clear(),
                                    f.keylog.append(
    "HIP 2001:22::1 2001:22::2 00 00 00")), name="no line")


def sealed(function):
    """Other contents in ENCRYPTED, made by @function(forge)."""
    def plan(forge):
        forge.edits["I2"] = lambda d: d.set(641, function(forge))
        return forge.whole()
    return plan


case("encrypted-iv", {}, "zeros", sealed(
    lambda f: f.encrypt(f.i.host_id, iv=bytes(16))), encrypted=True)
case("encrypted-padding", {}, "zeros", sealed(
    lambda f: f.encrypt(f.i.host_id, pad=bytes(
        16 - len(f.i.host_id) % 16))), encrypted=True)
case("encrypted-host-id", {}, "two", sealed(
    lambda f: f.encrypt(f.i.host_id * 2)), encrypted=True)
case("encrypted-host-id", {}, "no TLV", sealed(
    lambda f: f.encrypt(f.i.host_id[4:])), encrypted=True)


@scene("i2-dh-fresh", "two exchanges, one value")
def _(forge):
    forge.whole()
    other = Forge(time=forge.time + 10)
    other.dh_i = forge.dh_i
    return other.whole()


@scene("spi-fresh", "two exchanges, one SPI")
def _(forge):
    forge.whole()
    return Forge(time=forge.time + 10, spis=forge.spis).whole()


@scene("retx-i2", "signed anew")
def _(forge):
    forge.i1()
    forge.r1()
    forge.i2()
    forge.solve = lambda: forge.j
    forge.i2()
    forge.r2()


# ---- R2 ----
case("r2-order", {}, "without I2", lambda f: (f.bex(), f.packets.pop(2)))
case("r2-address", {"R2 packet": attr(dst=packed("192.0.2.9"))})
case("r2-signature", {"R2 signed": twist(61697)})
case("r2-mac", {"R2 signed": twist(61569)})
case("r2-mac", {}, "without HOST_ID", lambda f: (
    f.i1(), f.r1(), setattr(f, "r_host_id", b""), f.i2(), f.r2()))
case("r2-index", {"R2": patch(65, 2, b"\0\0")})


@scene("retx-r2", "signed anew")
def _(forge):
    forge.bex()
    forge.r2()


# ---- CLOSE, UPDATE, NOTIFY ----
case("close-order", {}, "no R2", lambda f: (f.i1(), f.r1(), f.i2(),
                                            f.close()))
case("close-nonce", {}, "zeros", lambda f: f.bex().close(nonce=bytes(16)))
case("close-nonce", {}, "short", lambda f: f.bex().close(nonce=b"abc"))
case("close-signature", {"CLOSE signed": twist(61697)})
case("close-mac", {"CLOSE signed": twist(61505)})
case("ack-signature", {"CLOSE_ACK signed": twist(61697)})
case("ack-mac", {"CLOSE_ACK signed": twist(61505)})
case("ack-echo", {"CLOSE_ACK": put(961, b"another nonce 16")})
case("ack-order", {}, "no CLOSE", lambda f: (f.whole(), f.packets.pop(-2)))


@scene("close-fresh", "two associations, one nonce")
def _(forge):
    forge.whole()
    return Forge(time=forge.time + 10, nonce=forge.nonce).whole()


@scene("retx-close", "another nonce")
def _(forge):
    forge.bex().close().close(nonce=b"another nonce 16")


def rekey(first=((385, bytes(4)),), second=((385, bytes(4)),
                                            (449, bytes(4)))):
    def plan(forge):
        forge.bex()
        forge.update(forge.i, list(first))
        forge.update(forge.r, list(second))
        forge.update(forge.i, [(449, bytes(4))], "last")
    return plan


case("update-seq", {}, "neither", rekey(first=((65, bytes(12)),)))
case("update-id", {}, "starts at 1", rekey(first=((385, b"\0\0\0\1"),)))
case("update-ack", {}, "never sent", rekey(second=((449, b"\0\0\0\1"),)))
case("update-signature", {"UPDATE signed": twist(61697)},
     plan=rekey())
case("update-mac", {"UPDATE signed": twist(61505)}, plan=rekey())
case("update-order", {}, "no association", lambda f: (
    rekey()(f), f.packets.pop(3)))


@scene("update-retx", "another parameter")
def _(forge):
    forge.bex()
    forge.update(forge.i, [(385, bytes(4))])
    forge.update(forge.i, [(65, bytes(12)), (385, bytes(4))])


for dh in (False, True):
    def again(forge, dh=dh):
        forge.bex().traffic().rekey(dh).traffic()

    case("rekey-old", {"UPDATE 1": patch(65, 4, b"\1\2\3\4")}, plan=again)
    case("rekey-new", {"UPDATE 2": patch(65, 8, bytes(3) + b"\x20")},
         plan=again)
    case("rekey-index", {"UPDATE 1": patch(65, 2, b"\0\1")}, plan=again)
    case("rekey-index" if dh else "esp-icv",
         {"UPDATE 2": patch(65, 2, b"\1\x80")}, "other index", again)
case("rekey-group", {"UPDATE 1": put(513, b"\x08\0\x60" + bytes(96))},
     plan=again)
case("notify-signature", {"NOTIFY signed": twist(61697)},
     plan=lambda f: f.bex().notify())

# ---- ESP ----
case("esp-size", {"esp packet": data(lambda d: d[:8])})
case("esp-size", {"esp packet": data(lambda d: d[:20])}, "no room for ICV")
case("esp-spi", {"esp": esp_set(spi=0x12345678)})
case("esp-address", {"esp": esp_set(src=packed("192.0.2.9"))})
case("esp-spi", {}, "before R2", lambda f: (
    f.i1(), f.r1(), f.i2(), f.esp_packet(f.i, 17, f.user(f.i, 17)), f.r2()))
case("esp-closed", {}, "a minute later", lambda f: (
    f.whole(), setattr(f, "time", f.time + 60), f.traffic()))
case("esp-first", {}, "starts at 2", lambda f: (
    f.bex(), f.sequence.update({f.spis[1]: 1}), f.traffic()))
case("esp-first", {}, "starts at 0", lambda f: (
    f.bex(), f.sequence.update({f.spis[1]: -1}), f.traffic()))
case("esp-once", {"esp": esp_set(seq=0)}, "number 0 again", lambda f: (
    f.bex(), f.sequence.update({f.spis[1]: -1}), f.traffic(),
    f.sequence.update({f.spis[1]: -1}), f.traffic()))
case("esp-once", {}, "doubled", lambda f: (
    f.whole(), f.packets.insert(5, f.packets[5])))
for suite in (8, 13):
    case("esp-icv", {"esp packet": data(
        lambda d: d[:-1] + bytes([d[-1] ^ 1]))}, "flipped, %d" % suite,
        esp=suite)
    case("esp-icv", {"esp": esp_set(high=1)}, "ESN, %d" % suite, esp=suite)
    case("esp-icv", {"esp": esp_set(keys=(bytes(20 if suite == 13 else 16),
                                          bytes(32)))},
         "other keys, %d" % suite, esp=suite)
    case("esp-iv", {"esp": lambda w: w.update(
        iv=bytes(16 if "auth" in w else len(w["iv"])))},
        "one IV, %d" % suite, esp=suite)
    case("esp-padding", {"esp": lambda w: w.update(
        pad=bytes(len(w["pad"])))}, "zeros, %d" % suite, esp=suite)
case("esp-padding", {"esp": lambda w: w.update(pad=b"\1", count=1)},
     "not aligned")
case("esp-padding", {"esp": lambda w: w.update(count=255)}, "too long")
case("esp-next", {"esp": lambda w: w.update(proto=59)}, "none")
case("esp-next", {"esp": lambda w: w.update(proto=41)}, "a tunnel")
case("esp-checksum", {"esp": lambda w: w.update(
    plain=w["plain"][:-1] + b"?")})


def clear_sum(what):
    """A UDP checksum over locators instead of HITs."""
    plain = bytearray(what["plain"])
    plain[6:8] = bytes(2)
    plain[6:8] = struct.pack("!H", sum16(pseudo(
        what["src"], what["dst"], 17, len(plain)) + plain))
    what["plain"] = bytes(plain)


case("esp-checksum", {"esp": clear_sum}, "over locators", lambda f: (
    f.bex(), f.esp_packet(f.i, 17, f.user(f.i, 17))))
case("esp-length", {"esp": lambda w: w.update(
    plain=w["plain"] + bytes(4))}, "TFC padding")


# ---- clear text ----


def extra(proto, src, dst, octets):
    """One more packet after a whole life."""
    def plan(forge):
        forge.whole()
        ends = {"i": forge.locators[0], "r": forge.locators[1],
                "hit-i": forge.i.hit, "hit-r": forge.r.hit}
        forge.add("extra", Packet("extra", forge.time, ends[src], ends[dst],
                                  proto, octets(forge)))
    return plan


case("clear-hit", {}, "UDP", extra(17, "hit-i", "hit-r", lambda f: f.user(
    f.i, 17)))
case("clear-text", {}, "UDP", extra(17, "i", "r", lambda f: f.user(f.i, 17)))
case("clear-nd", {}, "solicitation", extra(
    58, "i", "r", lambda f: b"\x87\0\0\0\0\0\0\0" + f.r.hit), family=6)
case("icmp-hip", {}, "v4", extra(
    1, "i", "r", lambda f: struct.pack("!BBHBBH", 12, 0, 0, 20 + 24, 0, 0) +
    f.packets[1].octets()[0]))
case("icmp-hip", {}, "v6", extra(
    58, "i", "r", lambda f: struct.pack("!BBHL", 4, 0, 0, 40 + 8) +
    f.packets[3].octets()[0]), family=6)
