# SPDX-License-Identifier: GPL-2.0
"""ECDSA over SECP160R1 with SHA-1 (RFC 7401 section 5.2.9, SEC 1 section
4.1.4, SEC 2 version 1 section 2.4.2), which the library does not have."""

import hashlib

P = 2**160 - 2**31 - 1
A = -3
B = 0x1c97befc54bd7a8b65acf89f81d4d4adc565fa45
N = 0x0100000000000000000001f4c8f927aed3ca752257
G = (0x4a96b5688ef573284664698968c38bb913cbfc82,
     0x23a628553168947d59dcc912042351377ac5fb32)
SIZE, ORDER_SIZE = 20, 21       # octets of a coordinate, of r and s


def on_curve(point):
    x, y = point
    return x < P and y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def add(one, other):
    """Sum of two points; None is infinity."""
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    if one == other:
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def multiply(number, point):
    out = None
    while number:
        if number & 1:
            out = add(out, point)
        point = add(point, point)
        number >>= 1
    return out


class PublicKey:
    """A point, from 04 | X | Y or X | Y."""

    key_size = 160

    def __init__(self, octets):
        if len(octets) == 2 * SIZE + 1 and octets[0] == 4:
            octets = octets[1:]
        if len(octets) != 2 * SIZE:
            raise ValueError("no point")
        self.point = (int.from_bytes(octets[:SIZE], "big"),
                      int.from_bytes(octets[SIZE:], "big"))
        if not on_curve(self.point):
            raise ValueError("not on the curve")

    def verify(self, signature, data):
        """Whether r | s is a signature of the SHA-1 of @data."""
        if len(signature) != 2 * ORDER_SIZE:
            return False
        r, s = (int.from_bytes(x, "big") for x in (
            signature[:ORDER_SIZE], signature[ORDER_SIZE:]))
        if not 0 < r < N or not 0 < s < N:
            return False
        e = int.from_bytes(hashlib.sha1(data).digest(), "big")
        w = pow(s, -1, N)
        point = add(multiply(e * w % N, G), multiply(r * w % N, self.point))
        return point is not None and point[0] % N == r
