# SPDX-License-Identifier: GPL-2.0
"""What may travel in clear between HIP hosts, and what may not."""

import struct

import ip
import wire
from report import declare

declare("clear", "RFC 7401 4.5, RFC 7343 4", {
    "clear-hit": "no packet carries a HIT as its address",
})
declare("nd", "RFC 7343 4", {
    "clear-nd": "nobody asks for the neighbour that has a HIT",
})
declare("clear", "RFC 7402 3, RFC 7401 5.1", {
    "clear-text": "between HIP hosts run HIP, ESP and ICMP, nothing else",
})
declare("icmp", "RFC 7401 5.4.4", {
    "icmp-hip": "a missing association is not reported in answer to I1, R1, "
                "I2, R2 or NOTIFY",
})

PERMITTED = {ip.PROTO_HIP, ip.PROTO_ESP, ip.PROTO_ICMP, ip.PROTO_ICMPV6, 2}
SOLICIT, ADVERTISE = 135, 136
PROBLEM4, PROBLEM6 = 12, 4
QUIET = (wire.I1, wire.R1, wire.I2, wire.R2, wire.NOTIFY)


def look(world, datagram):
    """Rules for every datagram, HIP and ESP included."""
    report, number = world.report, datagram.number
    src, dst, proto = datagram.src, datagram.dst, datagram.proto
    report.check("clear-hit", number, not ip.is_hit(src) and
                 not ip.is_hit(dst), lambda: "protocol %d from %s to %s" % (
                     proto, ip.text(src), ip.text(dst)))
    if proto == ip.PROTO_ICMPV6 and datagram.data[:1] and \
            datagram.data[0] in (SOLICIT, ADVERTISE):
        target = datagram.data[8:24]
        report.check("clear-nd", number, not ip.is_hit(target),
                     lambda: ip.text(target))
    if proto in (ip.PROTO_ICMP, ip.PROTO_ICMPV6):
        _problem(report, datagram)
    if proto not in PERMITTED:
        world.clear.append(datagram)


def _problem(report, datagram):
    """A Parameter Problem whose pointer is at a HIT."""
    data = datagram.data
    if len(data) < 8 + 48:
        return
    if datagram.proto == ip.PROTO_ICMP and data[0] == PROBLEM4:
        head, pointer, proto = (data[8] & 15) * 4, data[4], data[17]
    elif datagram.proto == ip.PROTO_ICMPV6 and data[0] == PROBLEM6:
        head, pointer, proto = 40, struct.unpack_from("!I", data, 4)[0], \
            data[14]
    else:
        return
    if proto != ip.PROTO_HIP or len(data) < 8 + head + 4:
        return
    at_hit = head + 8 <= pointer < head + wire.HEADER
    kind = data[8 + head + 2] & 0x7f
    report.check("icmp-hip", datagram.number,
                 not (at_hit and kind in QUIET), wire.NAMES.get(kind, kind))


def finish(world):
    """Clear text counts between hosts that have spoken HIP."""
    for sent in world.clear:
        both = sent.src in world.locators and sent.dst in world.locators
        world.report.check("clear-text", sent.number, not both, lambda:
                           "protocol %d from %s to %s" % (
                               sent.proto, ip.text(sent.src),
                               ip.text(sent.dst)))
    if not world.clear and world.locators:
        world.report.check("clear-text", 0, True)
