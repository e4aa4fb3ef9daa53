# SPDX-License-Identifier: GPL-2.0
"""Hashes, HITs, Host Identities, signatures, puzzles and keying material.

RFC 7401 sections 3.2, 5.2.9, 6.3, 6.4 and 6.5; RFC 7343; RFC 7402 section 7.
The library gives primitives only: AES, RSA, ECDSA, hash functions; SECP160R1
is in low.py.
"""

import hashlib
import hmac
from collections import namedtuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import (
    Cipher, algorithms, modes)

import low

CONTEXT = bytes.fromhex("f0eff02fbff43d0fe7930c3c6e6174ea")
HASH = {1: hashlib.sha256, 2: hashlib.sha384, 3: hashlib.sha1}
RSA, ECDSA, ECDSA_LOW = 5, 7, 9
SUITE_OF_ALG = {3: 1, RSA: 1, ECDSA: 2, ECDSA_LOW: 3}
CURVES = {1: ec.SECP256R1(), 2: ec.SECP384R1()}
CIPHER_KEY = {1: 0, 2: 16, 4: 32}


def suite(hit):
    """HIT suite of a HIT: its OGA id."""
    return hit[3] & 15


def rhash(hit):
    """RHASH of an exchange, by the Responder's HIT."""
    return HASH[suite(hit)]


def hit_of(alg, hi):
    """The HIT of a Host Identity: the middle 96 bits of its hash."""
    number = SUITE_OF_ALG[alg]
    digest = HASH[number](CONTEXT + hi).digest()
    start = (len(digest) - 12) // 2
    return (b"\x20\x01\x00" + bytes([0x20 | number]) +
            digest[start:start + 12])


def puzzle_solved(k, i, hit_i, hit_r, j):
    """Whether the low @k bits of RHASH(I | HIT-I | HIT-R | J) are 0."""
    digest = rhash(hit_r)(i + hit_i + hit_r + j).digest()
    return int.from_bytes(digest, "big") & ((1 << k) - 1) == 0


def mac(name, key, data):
    return hmac.new(key, data, name).digest()


def hkdf(name, secret, salt, info, length):
    """HKDF, RFC 5869."""
    size = name().digest_size
    if length > 255 * size:
        raise ValueError("more than HKDF gives")
    prk = mac(name, salt, secret)
    block, out = b"", b""
    for count in range(1, (length + size - 1) // size + 1):
        block = mac(name, prk, block + info + bytes([count]))
        out += block
    return out[:length]


HipKeys = namedtuple("HipKeys", "enc mac")
EspKeys = namedtuple("EspKeys", "enc auth")


class Keymat:
    """Keying material of one association.

    Keys are drawn in the order gl, lg: first what the host with the greater
    HIT sends with.
    """

    def __init__(self, hit_i, hit_r, i, j, secret):
        self.low, self.high = sorted((hit_i, hit_r))
        self.hash = rhash(hit_r)
        self.args = (secret, i + j, self.low + self.high)

    def draw(self, offset, lengths):
        """Keys of the given lengths, one behind the other from @offset."""
        whole = hkdf(self.hash, *self.args, offset + sum(lengths))
        out = []
        for length in lengths:
            out.append(whole[offset:offset + length])
            offset += length
        return out

    def hip(self, cipher):
        """{sender's HIT: HipKeys}."""
        sizes = [CIPHER_KEY[cipher], self.hash().digest_size] * 2
        keys = self.draw(0, sizes)
        return {self.high: HipKeys(*keys[:2]), self.low: HipKeys(*keys[2:])}

    def esp(self, enc, auth, index):
        """{sender's HIT: EspKeys}."""
        keys = self.draw(index, [enc, auth] * 2)
        return {self.high: EspKeys(*keys[:2]), self.low: EspKeys(*keys[2:])}


def decrypt_cbc(key, iv, data):
    """AES-CBC, padding left in place."""
    worker = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return worker.update(data) + worker.finalize()


# ---- Host Identities ----

HostId = namedtuple("HostId", "alg hi di_type di")


def host_id(body):
    """Take HOST_ID's contents apart; None when the lengths disagree."""
    if len(body) < 6:
        return None
    hi_len = int.from_bytes(body[0:2], "big")
    di = int.from_bytes(body[2:4], "big")
    if 6 + hi_len + (di & 0xfff) != len(body):
        return None
    return HostId(int.from_bytes(body[4:6], "big"), body[6:6 + hi_len],
                  di >> 12, body[6 + hi_len:])


def rsa_numbers(hi):
    """(e octets, n octets) of an RSA HI (RFC 3110), or None."""
    if len(hi) > 3 and hi[0] == 0:
        length, start = int.from_bytes(hi[1:3], "big"), 3
    elif len(hi) > 1:
        length, start = hi[0], 1
    else:
        return None
    e, n = hi[start:start + length], hi[start + length:]
    return (e, n) if length and len(e) == length and n else None


def public_key(alg, hi):
    """A key object for a Host Identity, or None when it is not valid."""
    try:
        if alg == RSA:
            e, n = (int.from_bytes(x, "big") for x in rsa_numbers(hi))
            return rsa.RSAPublicNumbers(e, n).public_key()
        if alg == ECDSA:
            curve = CURVES[int.from_bytes(hi[:2], "big")]
            return ec.EllipticCurvePublicKey.from_encoded_point(
                curve, bytes(hi[2:]))
        if alg == ECDSA_LOW and hi[:2] == b"\0\1":
            return low.PublicKey(hi[2:])
    except (TypeError, ValueError, KeyError):
        pass
    return None


def signature_length(key):
    """Octets of a signature by @key: of the modulus, or of r and s."""
    if isinstance(key, low.PublicKey):
        return 2 * low.ORDER_SIZE
    size = (key.key_size + 7) // 8
    return size if isinstance(key, rsa.RSAPublicKey) else 2 * size


def verify(key, data, signature):
    """RSASSA-PSS with SHA-256, ECDSA r|s with SHA-384 (LOW: SHA-1)."""
    if isinstance(key, low.PublicKey):
        return key.verify(signature, data)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data,
                       padding.PSS(padding.MGF1(hashes.SHA256()), 32),
                       hashes.SHA256())
        else:
            half = len(signature) // 2
            r, s = (int.from_bytes(x, "big") for x in
                    (signature[:half], signature[half:]))
            key.verify(utils.encode_dss_signature(r, s), data,
                       ec.ECDSA(hashes.SHA384()))
    except (InvalidSignature, ValueError):
        return False
    return True
