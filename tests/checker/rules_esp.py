# SPDX-License-Identifier: GPL-2.0
"""ESP: announced, in order, authentic, and what is inside.

RFC 7402 sections 3 and 5, RFC 4303 with extended sequence numbers.
"""

import hashlib
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers import (
    Cipher, algorithms, modes)
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM

import ip
import keys
from follow import ESP_SUITES
from report import declare

LATE = 1.0              # seconds that ESP may arrive after CLOSE_ACK
NEXT = {ip.PROTO_TCP, ip.PROTO_UDP, ip.PROTO_ICMPV6, ip.PROTO_FRAGMENT,
        33, 43, 60, 132, 136}
CHECKED = (ip.PROTO_TCP, ip.PROTO_UDP, ip.PROTO_ICMPV6)

declare("esp", "RFC 4303 2.1, RFC 7402 5.2", {
    "esp-size": "an ESP packet holds SPI, sequence number, IV and ICV",
    "esp-spi": "the SPI was announced by an earlier ESP_INFO: I2's for what "
               "the Responder sends, R2's for what the Initiator sends",
})
declare("esp", "RFC 7402 3.2", {
    "esp-address": "ESP runs between the locators of its exchange",
})
declare("esp-late", "RFC 7401 6.14, 6.15", {
    "esp-closed": "no ESP follows once the association is closed",
})
declare("esp", "RFC 4303 2.2, 3.3.3", {
    "esp-first": "the first sequence number of an SA is 1",
    "esp-once": "a sequence number serves one packet of an SA",
})
declare("esp-keys", "RFC 7402 3.3.5, RFC 4303 2.2.1, 2.8", {
    "esp-icv": "the ICV verifies with the SA's key and the 64-bit sequence "
               "number",
})
declare("esp-iv", "RFC 4303 2.3, RFC 4106 3", {
    "esp-iv": "an SA uses an IV once",
})
declare("esp-keys", "RFC 4303 2.4", {
    "esp-padding": "padding octets count 1, 2, 3 and align to 4 octets or a "
                   "cipher block",
})
declare("esp-keys", "RFC 7402 3.1, RFC 4303 2.6", {
    "esp-next": "the next header is one that follows an IPv6 header",
})
declare("esp-keys", "RFC 7401 4.5.1", {
    "esp-checksum": "the transport checksum uses the HITs as addresses",
})
declare("esp-keys", "RFC 7402 B.1, RFC 4303 2.7", {
    "esp-length": "nothing follows the transport's own length",
})


def esp(world, datagram):
    """An ESP packet."""
    report, number, data = world.report, datagram.number, datagram.data
    if not report.check("esp-size", number, len(data) > 8, len(data)):
        return
    spi, seq = struct.unpack_from("!II", data)
    sa = world.sa(spi, datagram.dst)
    if not report.check("esp-spi", number, sa, lambda: "%#010x from %s" % (
            spi, ip.text(datagram.src))):
        return
    _use(world, sa, datagram)
    if _sequence(world, sa, datagram, seq) and sa.suite in ESP_SUITES:
        fixed = ESP_SUITES[sa.suite]
        if report.check("esp-size", number, len(data) >= 8 + fixed.iv +
                        fixed.icv + 4, len(data)) and sa.keys:
            _open(world, sa, datagram, seq)


def _use(world, sa, datagram):
    report, number, exchange = world.report, datagram.number, sa.exchange
    report.check("esp-address", number,
                 (sa.src, sa.dst) == (datagram.src, datagram.dst),
                 lambda: "from %s to %s" % (ip.text(datagram.src),
                                            ip.text(datagram.dst)))
    if exchange.closed is not None:
        report.check("esp-closed", number,
                     datagram.time - exchange.closed < LATE,
                     "%.1f s later" % (datagram.time - exchange.closed))


def _sequence(world, sa, datagram, seq):
    """Whether this sequence number is new."""
    digest = hashlib.sha256(datagram.data).digest()[:8]
    if seq in sa.seen:
        # a network may double a packet; a sender may not
        ok = world.lossy and sa.seen[seq] == digest
        world.report.check("esp-once", datagram.number, ok, seq)
        return False
    world.report.check("esp-once", datagram.number, True)
    sa.seen[seq] = digest
    if sa.first is None:
        sa.first = datagram.number
    return True


def _open(world, sa, datagram, seq):
    """Authenticate, decrypt, and look inside."""
    report, number = world.report, datagram.number
    suite, data = ESP_SUITES[sa.suite], datagram.data
    high = sa.highest >> 32
    if seq < 1 << 31 < sa.highest & 0xffffffff:
        high += 1
    plain = _decrypt(suite, sa.keys, data, struct.pack("!I", high))
    if not report.check("esp-icv", number, plain is not None,
                        "SPI %#010x, sequence number %d" % (sa.spi, seq)):
        return
    sa.highest = max(sa.highest, high << 32 | seq)
    iv = data[8:8 + suite.iv]
    if iv:
        report.check("esp-iv", number, iv not in sa.ivs, iv.hex())
        sa.ivs.add(iv)
    pad = plain[-2]
    end = len(plain) - 2 - pad
    report.check("esp-padding", number, end >= 0 and
                 plain[end:-2] == bytes(range(1, pad + 1)) and
                 len(plain) % suite.block == 0, "%d octets" % pad)
    if end >= 0:
        _inner(world, sa, datagram, plain[-1], plain[:end])


def _decrypt(suite, esp_keys, data, high):
    """Plain text of an ESP packet, or None when it is not authentic."""
    if suite.kind in COMBINED:
        try:
            return COMBINED[suite.kind](suite, esp_keys, data, high)
        except InvalidTag:
            return None
    start, end = 8 + suite.iv, len(data) - suite.icv
    covered = data[:end] + high
    if suite.kind == "cmac":
        worker = cmac.CMAC(algorithms.AES(esp_keys.auth))
        worker.update(covered)
        digest = worker.finalize()
    else:
        digest = keys.mac(hashlib.sha256, esp_keys.auth, covered)
    if digest[:suite.icv] != data[end:]:
        return None
    body = data[start:end]
    if suite.kind != "cbc":
        return body
    if not body or len(body) % 16:
        return None
    return keys.decrypt_cbc(esp_keys.enc, data[8:start], body)


def _gcm(suite, esp_keys, data, high):
    """RFC 4106; the tag may be short, which AESGCM does not allow."""
    key, salt = esp_keys.enc[:-4], esp_keys.enc[-4:]
    worker = Cipher(algorithms.AES(key), modes.GCM(
        salt + data[8:16], data[-suite.icv:], suite.icv)).decryptor()
    worker.authenticate_additional_data(data[:4] + high + data[4:8])
    return worker.update(data[16:-suite.icv]) + worker.finalize()


def _ccm(suite, esp_keys, data, high):
    """RFC 4309: 3 octets of salt."""
    key, salt = esp_keys.enc[:-3], esp_keys.enc[-3:]
    return AESCCM(key, suite.icv).decrypt(
        salt + data[8:16], data[16:], data[:4] + high + data[4:8])


def _gmac(suite, esp_keys, data, high):
    """RFC 4543: everything is additional data, the IV too."""
    key, salt = esp_keys.auth[:-4], esp_keys.auth[-4:]
    body = data[8:-suite.icv]
    AESGCM(key).decrypt(salt + data[8:16], data[-suite.icv:],
                        data[:4] + high + data[4:8] + body)
    return body[8:]


COMBINED = {"gcm": _gcm, "ccm": _ccm, "gmac": _gmac}


def _inner(world, sa, datagram, proto, data):
    """The payload that the BEET header stood before."""
    report, number = world.report, datagram.number
    if not report.check("esp-next", number, proto in NEXT, proto):
        return
    if proto == ip.PROTO_FRAGMENT and len(data) >= 8:
        field, ident = struct.unpack_from("!HI", data, 2)
        pieces = sa.pieces.setdefault(ident, ip.Pieces())
        whole = pieces.add(field & 0xfff8, bool(field & 1), data[8:],
                           data[0])
        if whole is None:
            return
        del sa.pieces[ident]
        proto, data = pieces.first, whole
    if proto in CHECKED:
        report.check("esp-checksum", number, ip.checksum_ok(
            sa.sender, sa.receiver, proto, data), "protocol %d" % proto)
    if proto == ip.PROTO_UDP and len(data) >= 8:
        length = int.from_bytes(data[4:6], "big")
        report.check("esp-length", number, length == len(data),
                     "UDP length %d of %d" % (length, len(data)))


def finish(world):
    """At the end of the capture."""
    report = world.report
    for sa in (sa for same_spi in world.sas.values() for sa in same_spi):
        if not sa.seen:
            continue
        report.check("esp-first", sa.first, world.lossy or
                     min(sa.seen) == 1, "%d is" % min(sa.seen))
