# SPDX-License-Identifier: GPL-2.0
"""Numbers computed by others, that checker and forge must both reproduce.

The I1 of RFC 7401 appendix C with its checksums; HITs, a puzzle, keying
material and a MAC computed apart from both.
"""

import ipaddress

import craft
import ip
import wire

HIT1, HIT2 = (ipaddress.ip_address("2001:21::%d" % n).packed for n in (1, 2))
G256 = bytes.fromhex(
    "04"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
G384 = bytes.fromhex(
    "04"
    "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38"
    "5502f25dbf55296c3a545e3872760ab7"
    "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c0"
    "0a60b1ce1d7e819d7a431d7c90ea0e5f")
RSA = b"\3\1\0\1" + bytes(n ^ 0x80 for n in range(256))
HITS = (
    (5, RSA, "2001:21:f126:2cc6:d1bc:659b:d142:84e1"),
    (7, b"\0\1" + G256, "2001:22:f482:7b66:edea:73a8:1796:b6"),
    (7, b"\0\1" + G256[1:], "2001:22:549b:5c1a:ac37:1ebc:cf8c:885"),
    (7, b"\0\2" + G384, "2001:22:fa11:1755:9b40:ee42:9793:f282"),
    (9, b"\0\1\4" + b"\x11" * 40, "2001:23:3df4:1eee:6577:e5a5:a4ee:d4c5"),
)
PUZZLES = ((1, 1), (8, 251), (16, 31219))
KEYMAT = {
    1: ("3a23a1c9a32936ef1cda611003137928",
        "425eb93d41cfd1cee2bd06d18203d81c86df100c603ddf96892fb0787e47be6a",
        "9ada6c762d57eb44b39928f4c40ae5e7",
        "38d037f41d3509bc2c3a51a49220568d33828484581d1d0729822ab0654d8bb2",
        "3bf860fcaaaeb59756d2dfbeafc323c8",
        "5f957b1e80ace4f1e31a0f2393c3cd9c3fe63fa59030b2f16e6b5056959f0387",
        "8da9e0fa94a840dc3d8e5c8789f1821d",
        "4d3941659676b7581fda8093faa1ad8e62ed84274c784785ea2773c12120418d"),
    2: ("28d34a78c8f2f2376284644b23fa26a6",
        "bb4e948ecb4bc100c966f4d4a86b7ac68c72cabdca2e3b0b93c400be05e409a1"
        "1a0dd7b2d94082bbbb41b94caeebe8f8",
        "c4c9193f2b9d480c3887b6cdcadf691a",
        "b6ddc8cd82121aa88fd5c260192352a9ff52dd2e4567c785d328836891cecf2d"
        "1454d4092e8e13eb280b5399b82dcf76",
        "1bb871b510acca695247253f537d0e2e",
        "9aae12c7a739b612cfdf8cdbd3ae11a08091d7bc34f28e57874623f16889d0e3",
        "3c85697ecc9b3f3f2738ecd5f99c4fcb",
        "bc37829bcb4fb5d6a850d85e5b8664ea2ea34903644373b7bf4a20e631bac692"),
}
MAC = ("3b0510210000000020010021000000000000000000000001"
       "200100210000000000000000000000020181000400000000",
       "bf2026c74a4122832cac0be76f84d778b2045f843f7d7c9302cca6032162744b")
I1 = ("3b050121%s0000200100200000000000000000000000012001002000000000000000"
      "000000000201ff000303040800")
I1_SUMS = (("2001:db8::1", "2001:db8::2", 0x1a5e),
           ("192.0.2.1", "192.0.2.2", 0xf1ce))


def test(tap, keys, groups):
    """Every vector."""
    for alg, hi, text in HITS:
        hit = ip.text(keys.hit_of(alg, hi))
        tap.result(hit == text, "vector: HIT " + text, hit)
    for k, j in PUZZLES:
        solved = [keys.puzzle_solved(k, b"\xaa" * 32, HIT1, HIT2,
                                     n.to_bytes(32, "big"))
                  for n in (j - 1, j)]
        tap.result(solved == [False, True], "vector: puzzle K=%d" % k, solved)
    for suite, wanted in KEYMAT.items():
        size = wire.HASH_LEN[suite]
        keymat = keys.Keymat(HIT1, HIT2, b"\xaa" * size, b"\xbb" * size,
                             b"\x11" * 192)
        keymat.hash = keys.HASH[suite]
        hip, esp = keymat.hip(2), keymat.esp(16, 32, 32 + 2 * size)
        got = (*hip[HIT2], *hip[HIT1], *esp[HIT2], *esp[HIT1])
        tap.result([g.hex() for g in got] == list(wanted),
                   "vector: KEYMAT of suite %d" % suite,
                   "\n".join(g.hex() for g in got))
    tap.result(keys.mac(keys.HASH[1], b"\x0b" * 32, bytes.fromhex(
        MAC[0])).hex() == MAC[1], "vector: HIP_MAC")
    checksums(tap)
    for group in groups.MODP:
        p = groups.prime(group)
        tap.result(groups.public_valid(group, b"\4") and
                   not groups.public_valid(group, b"\1") and
                   not groups.public_valid(group, (p - 1).to_bytes(
                       groups.public_length(group), "big")) and
                   pow(2, p - 1, p) == 1, "vector: MODP group %d" % group)


def checksums(tap):
    for src, dst, wanted in I1_SUMS:
        ends = [ipaddress.ip_address(a).packed for a in (src, dst)]
        octets = bytes.fromhex(I1 % "0000")
        tap.result(ip.checksum(*ends, 139, octets) == wanted and
                   craft.sum16(craft.pseudo(*ends, 139, len(octets)) +
                               octets) == wanted,
                   "vector: checksum %#06x" % wanted)
    ends = [ipaddress.ip_address("2001:20::%d" % n).packed for n in (1, 2)]
    syn = bytes.fromhex("ffdc001600000001000000005002ffff00000000")
    tap.result(ip.checksum(*ends, 6, syn) == 0x6faa,
               "vector: TCP over HITs 0x6faa", hex(ip.checksum(*ends, 6,
                                                               syn)))
