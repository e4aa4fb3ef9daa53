# SPDX-License-Identifier: GPL-2.0
"""R2, and what holds once an exchange is over.

RFC 7401 sections 4.4, 5.3.4, 6.9, 6.10; RFC 7402 section 5.2.3.
"""

import ip
import wire
from report import declare
from rules_bex import same, signature
from rules_i2 import esp_info

declare("bex", "RFC 7401 4.4.2, 6.9", {
    "r2-order": "an R2 answers an I2 of this Initiator",
    "r2-address": "an R2 goes back to the address that its I2 came from",
})
declare("bex", "RFC 7401 5.2.14, 5.3.4", {
    "r2-signature": "R2's HIP_SIGNATURE verifies with the Responder's HI",
})
declare("keys", "RFC 7401 5.2.13, 6.4.1", {
    "r2-mac": "HIP_MAC_2 verifies with the Responder's HOST_ID appended",
})
declare("bex", "RFC 7402 5.1.1, 5.2.3", {
    "r2-index": "R2's KEYMAT Index is that of the I2",
})
declare("retx", "RFC 7401 6.9", {
    "retx-r2": "the same I2 is answered by the same R2",
})
declare("race", "RFC 7401 4.4.2, 6.9", {
    "race-i2": "a host in I2-SENT whose HIT is the smaller one does not "
               "answer an I2",
})


def r2(world, message):
    report, number = world.report, message.number
    found = [e for e in world.pair(message.sender, message.receiver)
             if e.responder == message.sender]
    if not report.check("r2-order", number, found, lambda: "no I2 from %s" %
                        ip.text(message.receiver)):
        return
    exchange = _answered(found, message)
    if exchange.r2:
        report.check("retx-r2", number, same(exchange.r2, message),
                     "differs from packet %d" % exchange.r2.number)
        return
    exchange.r2 = message
    world.dh_used.setdefault(exchange.r1.body(wire.DIFFIE_HELLMAN), message)
    report.check("r2-address", number,
                 message.datagram.dst == exchange.i2.datagram.src,
                 lambda: ip.text(message.datagram.dst))
    if world.keylog.given:
        report.check("key-log", number, exchange.hip_keys, lambda:
                     "none of I = %s" % exchange.i.hex())
    if exchange.hip_keys:
        report.check("r2-mac", number, _mac_ok(exchange, message),
                     "it does not")
    signature(world, message, "r2-signature", wire.HIP_SIGNATURE)
    mine, theirs = (m.body(wire.ESP_INFO)[2:4] for m in
                    (message, exchange.i2))
    report.check("r2-index", number, mine == theirs, "%s, I2 has %s" %
                 (mine.hex(), theirs.hex()))
    _race(world, exchange, message)
    esp_info(world, exchange, message)


def _mac_ok(exchange, message):
    host_id = exchange.r1.get(wire.HOST_ID)
    return exchange.mac_ok(message, wire.HIP_MAC_2,
                           message.body(wire.HIP_MAC_2),
                           host_id.raw if host_id else b"")


def _answered(found, message):
    """The exchange of an R2: the MAC tells, else the newest."""
    for exchange in reversed(found):
        if exchange.hip_keys and _mac_ok(exchange, message):
            return exchange
    return found[-1]


def _race(world, exchange, message):
    """The smaller HIT's own I2 is under way: it waits for an R2."""
    local, peer = message.sender, message.receiver
    own = world.list(wire.I2, local, peer)
    if local > peer or not own or world.closed(local, peer):
        return
    last = own[-1]
    answered = any(m.number > last.number
                   for m in world.list(wire.R2, peer, local))
    if answered or message.time - last.time > 8:
        return
    world.report.check("race-i2", message.number,
                       exchange.i2.number < last.number,
                       "own I2 is packet %d" % last.number)
