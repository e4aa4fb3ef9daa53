# SPDX-License-Identifier: GPL-2.0
"""The HIP packet as it lies on the wire: header and parameters.

One packet at a time, no memory of others: RFC 7401 sections 5.1 and 5.2.
"""

import struct
from collections import namedtuple

import ip
from report import declare

I1, R1, I2, R2 = 1, 2, 3, 4
UPDATE, NOTIFY, CLOSE, CLOSE_ACK = 16, 17, 18, 19
NAMES = {I1: "I1", R1: "R1", I2: "I2", R2: "R2", UPDATE: "UPDATE",
         NOTIFY: "NOTIFY", CLOSE: "CLOSE", CLOSE_ACK: "CLOSE_ACK"}

ESP_INFO, R1_COUNTER, LOCATOR_SET, PUZZLE, SOLUTION = 65, 129, 193, 257, 321
SEQ, ACK, DH_GROUP_LIST, DIFFIE_HELLMAN = 385, 449, 511, 513
HIP_CIPHER, ENCRYPTED, HOST_ID, HIT_SUITE_LIST = 579, 641, 705, 715
CERT, NOTIFICATION = 768, 832
ECHO_REQUEST_SIGNED, ECHO_RESPONSE_SIGNED = 897, 961
TRANSPORT_FORMAT_LIST, ESP_TRANSFORM = 2049, 4095
HIP_MAC, HIP_MAC_2, HIP_SIGNATURE_2, HIP_SIGNATURE = (
    61505, 61569, 61633, 61697)
ECHO_RESPONSE_UNSIGNED, ECHO_REQUEST_UNSIGNED = 63425, 63661

HEADER = 40
ANONYMOUS = 1
HASH_LEN = {1: 32, 2: 48, 3: 20}        # of each HIT suite

# Mandatory and optional parameters of each packet (spec of RFC 7401 5.3 and
# RFC 7402 5.2), and those of RFC 8003, 8004 and 8046 that may join them.
ALLOWED = {
    I1: ({DH_GROUP_LIST}, {65498, 65500, 63998, 65520}),
    R1: ({PUZZLE, DH_GROUP_LIST, DIFFIE_HELLMAN, HIP_CIPHER, HOST_ID,
          HIT_SUITE_LIST, TRANSPORT_FORMAT_LIST, HIP_SIGNATURE_2,
          ESP_TRANSFORM},
         {R1_COUNTER, LOCATOR_SET, 608, 610, CERT, ECHO_REQUEST_SIGNED, 930,
          ECHO_REQUEST_UNSIGNED, 64002, 65502}),
    I2: ({SOLUTION, DIFFIE_HELLMAN, HIP_CIPHER, TRANSPORT_FORMAT_LIST,
          HIP_MAC, HIP_SIGNATURE, ESP_INFO, ESP_TRANSFORM},
         {R1_COUNTER, LOCATOR_SET, 608, 610, ENCRYPTED, HOST_ID, CERT, 932,
          ECHO_RESPONSE_SIGNED, ECHO_RESPONSE_UNSIGNED,
          ECHO_REQUEST_UNSIGNED, 63998, 65520}),
    R2: ({HIP_MAC_2, HIP_SIGNATURE, ESP_INFO},
         {LOCATOR_SET, 934, 936, 950, CERT, ECHO_RESPONSE_UNSIGNED, 64002}),
    UPDATE: ({HIP_MAC, HIP_SIGNATURE},
             {ESP_INFO, LOCATOR_SET, SEQ, ACK, DIFFIE_HELLMAN, ENCRYPTED,
              930, 932, 934, 936, 950, ECHO_REQUEST_SIGNED,
              ECHO_RESPONSE_SIGNED, ECHO_REQUEST_UNSIGNED,
              ECHO_RESPONSE_UNSIGNED, 65498, 65500, 65502}),
    NOTIFY: ({NOTIFICATION, HIP_SIGNATURE}, {HOST_ID}),
    CLOSE: ({ECHO_REQUEST_SIGNED, HIP_MAC, HIP_SIGNATURE}, set()),
    CLOSE_ACK: ({ECHO_RESPONSE_SIGNED, HIP_MAC, HIP_SIGNATURE}, set()),
}
REPEATED = {CERT, NOTIFICATION, ECHO_REQUEST_UNSIGNED,
            ECHO_RESPONSE_UNSIGNED, ENCRYPTED}
PRIVATE = range(32768, 49152)   # our own, even, signed

declare("bex", "RFC 7401 5.1", {
    "hdr-size": "a HIP datagram holds the header and all that Header Length "
                "announces, at least 40 octets",
    "hdr-end": "nothing follows the octets that Header Length counts",
    "hdr-next": "Next Header is 59, none",
    "hdr-type": "the packet type is known and the bit before it 0",
    "hdr-version": "the version is 2",
    "hdr-reserved": "reserved bits are 0, the fixed bit is 1",
    "hdr-controls": "no control bit but A, and A only in R1 and I2",
})
declare("bex", "RFC 7401 5.1.1", {
    "hdr-checksum": "the checksum covers the pseudo-header of the outer "
                    "family, header and parameters",
})
declare("bex", "RFC 7401 5.1, RFC 7343 2", {
    "hdr-sender": "the sender's HIT is an ORCHID of a known suite",
    "hdr-receiver": "the receiver's HIT is an ORCHID of a known suite, or "
                    "null in an I1 or NOTIFY, and not the sender's",
})
declare("ipv4", "RFC 7401 5.1.3", {
    "hdr-df": "HIP over IPv4 may be fragmented: DF is not set",
})
declare("bex", "RFC 7401 5.2.1", {
    "tlv-length": "each parameter ends within the packet",
    "tlv-order": "parameters stand in increasing order of type",
    "tlv-repeat": "only parameters that may be repeated are",
    "tlv-padding": "padding octets are 0",
})
declare("bex", "RFC 7401 5.3, RFC 7402 5.2", {
    "tlv-mandatory": "a packet carries each parameter mandatory for it",
    "tlv-allowed": "a packet carries no parameter that is not its own",
})

Param = namedtuple("Param", "type length offset total data raw")


class Message:
    """A HIP packet that could be taken apart."""

    def __init__(self, datagram, data):
        self.datagram = datagram
        self.number = datagram.number
        self.time = datagram.time
        self.data = data
        self.type = data[2] & 0x7f
        self.controls = int.from_bytes(data[6:8], "big")
        self.sender = bytes(data[8:24])
        self.receiver = bytes(data[24:40])
        self.params = []

    @property
    def name(self):
        return NAMES.get(self.type, "type %d" % self.type)

    def get(self, kind):
        """The first parameter of a type, or None."""
        return next((p for p in self.params if p.type == kind), None)

    def all(self, kind):
        return [p for p in self.params if p.type == kind]

    def body(self, kind):
        """Contents of the first parameter of a type; b"" without one."""
        param = self.get(kind)
        return param.data if param else b""

    def u16s(self, kind, skip=0):
        """Contents as 16-bit numbers, @skip octets left out."""
        data = self.body(kind)[skip:]
        return list(struct.unpack("!%dH" % (len(data) // 2),
                                  data[:len(data) // 2 * 2]))

    def covered(self, below, extra=b"", zero=False):
        """Octets that a MAC or signature covers (RFC 7401 6.4).

        @below: parameters of a smaller type; @extra: a TLV appended;
        @zero: also the fields that HIP_SIGNATURE_2 leaves out (5.2.15).
        """
        out = bytearray(self.data[:HEADER])
        out[4:6] = b"\0\0"
        if zero:
            out[24:40] = bytes(16)
        for param in self.params:
            if param.type >= below:
                continue
            raw = bytearray(param.raw)
            if zero and param.type == PUZZLE:
                raw[6:4 + param.length] = bytes(param.length - 2)
            out += raw
        out += extra
        out[1] = len(out) // 8 - 1
        return bytes(out)


def split(data):
    """TLVs in @data: (list, whether they end where the data ends)."""
    params, offset = [], 0
    while offset < len(data):
        if len(data) - offset < 4:
            return params, False
        kind, length = struct.unpack_from("!HH", data, offset)
        total = 11 + length - (length + 3) % 8
        if offset + total > len(data):
            return params, False
        params.append(Param(kind, length, offset, total,
                            bytes(data[offset + 4:offset + 4 + length]),
                            bytes(data[offset:offset + total])))
        offset += total
    return params, True


def parse(report, datagram):
    """Check the form of a HIP datagram. None when it has none."""
    data, number = datagram.data, datagram.number
    size = (data[1] + 1) * 8 if len(data) > 1 else 0
    if not report.check("hdr-size", number, HEADER <= size <= len(data),
                        lambda: "%d octets, Header Length %d octets" %
                        (len(data), size)):
        return None
    report.check("hdr-end", number, len(data) == size,
                 "%d octets follow" % (len(data) - size))
    message = Message(datagram, bytes(data[:size]))
    _header(report, message)
    if message.type not in NAMES:
        return None
    message.params, whole = split(message.data[HEADER:])
    report.check("tlv-length", number, whole, "the last one does not")
    if not whole:
        return None
    _params(report, message)
    return message


def _header(report, message):
    number, data, datagram = message.number, message.data, message.datagram
    report.check("hdr-next", number, data[0] == 59, data[0])
    report.check("hdr-type", number, data[2] in NAMES, hex(data[2]))
    report.check("hdr-version", number, data[3] >> 4 == 2, data[3] >> 4)
    report.check("hdr-reserved", number, data[3] & 15 == 1,
                 "low half octet %#x" % (data[3] & 15))
    valid = ANONYMOUS if message.type in (R1, I2) else 0
    report.check("hdr-controls", number, not message.controls & ~valid,
                 "%#06x in %s" % (message.controls, message.name))
    report.check("hdr-checksum", number,
                 ip.checksum_ok(datagram.src, datagram.dst, ip.PROTO_HIP,
                                data),
                 "%#06x is wrong" % int.from_bytes(data[4:6], "big"))
    sender, receiver = message.sender, message.receiver
    report.check("hdr-sender", number, known_hit(sender), ip.text(sender))
    null = message.type in (I1, NOTIFY) and not any(receiver)
    report.check("hdr-receiver", number, sender != receiver and
                 (null or known_hit(receiver)), ip.text(receiver))
    if len(datagram.src) == 4:
        report.check("hdr-df", number, not datagram.df, "DF is set")


def known_hit(hit):
    """A HIT of a suite whose hash we know."""
    return ip.is_hit(hit) and hit[3] & 15 in HASH_LEN


def _params(report, message):
    number = message.number
    types = [p.type for p in message.params]
    report.check("tlv-order", number, types == sorted(types), types)
    twice = {t for t in types if types.count(t) > 1} - REPEATED
    report.check("tlv-repeat", number, not twice, sorted(twice))
    dirty = [p.type for p in message.params if any(p.raw[4 + p.length:])]
    report.check("tlv-padding", number, not dirty, "of %s" % dirty)
    mandatory, optional = ALLOWED[message.type]
    missing = mandatory - set(types)
    report.check("tlv-mandatory", number, not missing,
                 "%s without %s" % (message.name, sorted(missing)))
    alien = {t for t in types if t not in mandatory | optional and
             t not in PRIVATE}
    report.check("tlv-allowed", number, not alien,
                 "%s with %s" % (message.name, sorted(alien)))
