# SPDX-License-Identifier: GPL-2.0
"""Diffie-Hellman groups and whether a public value is one of theirs.

RFC 7401 section 5.2.7; RFC 3526 (MODP primes, from their formula), RFC 5903
(curves of NIST) and SEC 2 (SECP160R1).
"""

from collections import namedtuple
from functools import lru_cache

Modp = namedtuple("Modp", "bits offset")
Curve = namedtuple("Curve", "size p b")         # a is -3 in all of them

MODP = {3: Modp(1536, 741804), 4: Modp(3072, 1690314), 11: Modp(2048, 124476)}
CURVE = {
    7: Curve(32, 2**256 - 2**224 + 2**192 + 2**96 - 1, int(
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        16)),
    8: Curve(48, 2**384 - 2**128 - 2**96 + 2**32 - 1, int(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a"
        "c656398d8a2ed19d2a85c8edd3ec2aef", 16)),
    9: Curve(66, 2**521 - 1, int(
        "051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef10"
        "9e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503"
        "f00", 16)),
    10: Curve(20, 2**160 - 2**31 - 1, int(
        "1c97befc54bd7a8b65acf89f81d4d4adc565fa45", 16)),
}
KNOWN = sorted(MODP.keys() | CURVE.keys())


def _arctan(x, one):
    """arctan(1/x) in units of 1/one."""
    power = total = one // x
    n, sign = 1, 1
    while power:
        power //= x * x
        n, sign = n + 2, -sign
        total += sign * (power // n)
    return total


@lru_cache(maxsize=None)
def prime(group):
    """p = 2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) pi) + k)."""
    bits, offset = MODP[group]
    guard = 64
    one = 1 << (bits - 130 + guard)
    pi = 4 * (4 * _arctan(5, one) - _arctan(239, one))
    return (2**bits - 2**(bits - 64) - 1 +
            2**64 * ((pi >> guard) + offset))


def public_length(group):
    """Octets of a public value; None for an unknown group."""
    if group in MODP:
        return MODP[group].bits // 8
    if group in CURVE:
        return 2 * CURVE[group].size
    return None


def public_valid(group, value):
    """Whether @value is a point of the curve, or of the prime subgroup."""
    if group in MODP:
        p = prime(group)
        y = int.from_bytes(value, "big")
        return 2 <= y <= p - 2 and pow(y, (p - 1) // 2, p) == 1
    size, p, b = CURVE[group]
    x = int.from_bytes(value[:size], "big")
    y = int.from_bytes(value[size:], "big")
    return (len(value) == 2 * size and x < p and y < p and
            (y * y - (x * x * x - 3 * x + b)) % p == 0)
