# SPDX-License-Identifier: GPL-2.0
"""Capture files: classic pcap and pcapng, read frame by frame."""

import struct
from collections import namedtuple

# time in seconds; data as captured; truncated: cut by the snapshot length
Frame = namedtuple("Frame", "number time link data truncated")

LINK_ETHERNET = 1
LINK_RAW = (12, 14, 101)
LINK_SLL = 113
LINK_SLL2 = 276
LINK_IPV4 = 228
LINK_IPV6 = 229

CLASSIC = {0xa1b2c3d4: 1e-6, 0xa1b23c4d: 1e-9}
SECTION, INTERFACE, SIMPLE, ENHANCED = 0x0a0d0d0a, 1, 3, 6


class CaptureError(Exception):
    """The file is no capture that we can read."""


def read(path):
    """Yield the frames of the capture file @path."""
    with open(path, "rb") as file:
        head = file.read(4)
        if len(head) == 0:
            raise CaptureError("%s: empty file" % path)
        file.seek(0)
        if head == struct.pack("!I", SECTION):
            yield from _pcapng(file, path)
        else:
            yield from _classic(file, path)


def _classic(file, path):
    head = file.read(24)
    for order in "<>":
        if len(head) == 24:
            magic, = struct.unpack_from(order + "I", head)
            if magic in CLASSIC:
                break
    else:
        raise CaptureError("%s: not a pcap file" % path)
    unit = CLASSIC[magic]
    link = struct.unpack_from(order + "I", head, 20)[0] & 0xffff
    number = 0
    while True:
        head = file.read(16)
        if len(head) < 16:
            return
        sec, frac, length, original = struct.unpack(order + "IIII", head)
        data = file.read(length)
        if len(data) < length:
            return      # the capturing program was stopped while it wrote
        number += 1
        yield Frame(number, sec + frac * unit, link, data,
                    length < original)


def _blocks(file, path):
    """Yield (byte order, type, body) of each pcapng block."""
    order = "<"
    while True:
        head = file.read(8)
        if len(head) < 8:
            return
        if head[:4] == struct.pack("!I", SECTION):
            magic = file.read(4)
            file.seek(-4, 1)
            order = "<" if magic == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack(order + "II", head)
        if length < 12 or length % 4:
            raise CaptureError("%s: block of %d octets" % (path, length))
        body = file.read(length - 12)
        file.read(4)
        if len(body) < length - 12:
            return
        yield order, kind, body


def _resolution(order, options):
    """Seconds in a tick, from the options of an interface block."""
    while len(options) >= 4:
        code, length = struct.unpack_from(order + "HH", options)
        if code == 9 and length == 1:
            value = options[4]
            return 2.0 ** -(value & 0x7f) if value & 0x80 else 10.0 ** -value
        options = options[4 + (length + 3) // 4 * 4:]
    return 1e-6


def _pcapng(file, path):
    interfaces = []
    number = 0
    for order, kind, body in _blocks(file, path):
        if kind == SECTION:
            interfaces = []
        elif kind == INTERFACE:
            link, = struct.unpack_from(order + "H", body)
            interfaces.append((link, _resolution(order, body[8:])))
        elif kind == ENHANCED:
            which, high, low, length, original = struct.unpack_from(
                order + "IIIII", body)
            link, unit = interfaces[which]
            number += 1
            yield Frame(number, (high << 32 | low) * unit, link,
                        body[20:20 + length], length < original)
        elif kind == SIMPLE:
            raise CaptureError("%s: packets without a time" % path)


def write(path, link, frames):
    """Write classic pcap; @frames is a list of (time, octets)."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144,
                               link))
        for time, data in frames:
            file.write(struct.pack("<IIII", int(time),
                                   int(time % 1 * 1000000),
                                   len(data), len(data)))
            file.write(data)
