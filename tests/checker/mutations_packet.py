# SPDX-License-Identifier: GPL-2.0
"""What a single HIP packet can have wrong: rules of wire and rules_params."""

from cryptography.hazmat.primitives.asymmetric import rsa

from craft import identity, packed
from mutate import U16, also, attr, case, data, flip, patch, put, twist

# ---- header ----
case("hdr-size", {"I1 packet": data(lambda d: d[:39])})
case("hdr-size", {"R2 packet": data(lambda d: d[:-8])})
case("hdr-end", {"I1 packet": data(lambda d: d + bytes(8))})
case("hdr-next", {"I1": attr(next=17)})
case("hdr-type", {"I1": attr(kind=0x81)})
case("hdr-type", {"I1": attr(kind=7)})
case("hdr-version", {"R1": attr(version=0x11)})
case("hdr-reserved", {"I2": attr(version=0x23)}, "reserved bit")
case("hdr-reserved", {"I2": attr(version=0x20)}, "fixed bit")
case("hdr-controls", {"R1": attr(controls=2)})
case("hdr-controls", {"R2": attr(controls=1)})
case("hdr-checksum", {"R2 summed": flip(5)})
case("hdr-sender", {"I1": attr(sender=packed("2001:db8::1"))})
case("hdr-sender", {"I1": attr(sender=packed("2001:24::1"))})
case("hdr-receiver", {"I1": attr(receiver=packed("2001:10::1"))})
case("hdr-receiver", {"R2": attr(receiver=bytes(16))}, "null in R2")
case("hdr-df", {"R1 packet": attr(df=True)})

# ---- TLV ----
case("tlv-length", {"I1 octets": flip(42)})
case("tlv-order", {"R1": lambda d: d.params.reverse()})
case("tlv-repeat", {"I1": also(511, b"\7")})
case("tlv-padding", {"I1 octets": flip(-1)})
case("tlv-mandatory", {"R2": put(65, None)})
case("tlv-mandatory", {"R1": put(715, None)})
case("tlv-allowed", {"R1": also(65, bytes(12))})
case("tlv-allowed", {"I2": also(2051, bytes(4))}, "unknown critical")

# ---- contents ----
case("param-size", {"R1": put(129, bytes(8))})
case("param-size", {"R1": put(579, U16(2) * 7)})
case("param-size", {"R1": put(579, b"\0\2\0")})
case("param-reserved", {"R2": patch(65, 0, b"\1")})
case("param-reserved", {"R1": patch(129, 3, b"\1")})
case("param-reserved", {"I2": patch(321, 1, b"\1")})
case("puzzle-size", {"R1": put(257, bytes(36))})
case("puzzle-i", {"R1": patch(257, 4, bytes(48))})
case("puzzle-k", {"R1": patch(257, 0, b"\x1b")})
case("puzzle-lifetime", {"R1": patch(257, 1, b"\0")})
case("solution-size", {"I2": put(321, bytes(68))})
case("dhlist-groups", {"I1": put(511, b"\7\7")})
case("dhlist-groups", {"I1": put(511, b"\7\5")}, "deprecated")
case("dhlist-weak", {"I1": put(511, b"\7\n")})
case("dh-size", {"R1": patch(513, 2, b"\x41")})
case("dh-size", {"R1": patch(513, 0, b"\x08")}, "other group")
case("dh-public", {"R1": twist(513)})
case("dh-public", {"I2": patch(513, 3, bytes(64))}, "infinity")
case("cipher-known", {"R1": put(579, U16(2) + U16(3))})
case("cipher-null", {"R1": put(579, U16(2) + U16(1))})
case("cipher-mandatory", {"R1": put(579, U16(4))})
case("cipher-choice", {"I2": put(579, U16(2) + U16(4))})
case("hostid-form", {"R1": patch(705, 2, U16(3))})
case("hostid-form", {"R1": lambda d: d.set(705, d.get(705)[:2] + U16(2) +
                                           d.get(705)[4:] + b"ab")},
     "a DI of no type")
case("hostid-alg", {"R1": patch(705, 4, U16(5))})
case("hostid-hit", {"R1": lambda d: d.set(
    705, identity("p256", 7).host_id[4:77])})
case("hostid-key", {"R1": twist(705)}, "not on the curve")


def odd_identity(kind, change):
    """An identity whose HI differs before HIT and HOST_ID are made."""
    def plan(forge):
        who = forge.r = type(forge.r)(kind)
        change(who)
        who.rename()
        return forge.whole()
    return plan


def short_rsa(who):
    who.key = rsa.generate_private_key(65537, 1024)
    n = who.key.public_key().public_numbers().n
    who.hi = b"\x03\x01\x00\x01" + n.to_bytes(128, "big")


def hi(function):
    def change(who):
        who.hi = function(who.hi)
    return change


case("hostid-key", {}, "RSA of 1024 bits",
     odd_identity("rsa", short_rsa), responder="rsa")
case("hostid-point", {}, "X | Y", odd_identity(
    "p256", hi(lambda x: x[:2] + x[3:])))
case("hostid-rsa", {}, "leading zero", odd_identity(
    "rsa", hi(lambda x: x[:4] + b"\0" + x[4:])), responder="rsa")
case("suites-form", {"R1": put(715, b"\x10\x21")})
case("suites-form", {"R1": put(715, b"\x10\x20\x20")})
case("suites-own", {"R1": put(715, b"\x10\x30")})
case("suites-required", {"R1": put(715, b"\x20")})
case("format-param", {"R1": put(2049, U16(4095) + U16(4094))})
case("format-param", {"R1": put(4095, None)}, "listed, not there")
case("format-choice", {"I2": put(2049, U16(4095) * 2)})
case("esp-mandatory", {"R1": put(4095, bytes(2) + U16(13))})
case("esp-offer", {"R1": put(4095, bytes(2) + U16(8) + U16(3))})
case("esp-choice", {"I2": put(4095, bytes(2) + U16(13) + U16(8))})
case("espinfo-old", {"R2": patch(65, 4, b"\1")})
case("espinfo-new", {"R2": patch(65, 8, b"\0\0\0\xff")})
case("espinfo-index", {"R2": patch(65, 2, b"\0\x60")})
case("sig-alg", {"R2 signed": patch(61697, 0, U16(5))})
case("sig-size", {"R2 signed": lambda d: d.set(61697,
                                               d.get(61697) + bytes(2))})
case("encrypted-form", {"I2": lambda d: d.set(641, d.get(641) + b"\0")},
     encrypted=True)
case("notify-type", {}, "type 2", lambda f: f.bex().notify(2))
