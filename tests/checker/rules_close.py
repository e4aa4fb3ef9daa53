# SPDX-License-Identifier: GPL-2.0
"""CLOSE, CLOSE_ACK and NOTIFY, and what packets of an association share.

RFC 7401 sections 5.3.6 to 5.3.8, 6.13 to 6.15.
"""

import ip
import wire
from report import declare
from rules_bex import learn, same, signature

declare("close", "RFC 7401 6.14", {
    "close-order": "a CLOSE belongs to an association that was set up",
    "close-nonce": "the nonce is at least 8 octets and not all zeros",
    "close-fresh": "each association is closed with a nonce of its own",
    "close-signature": "CLOSE's HIP_SIGNATURE verifies",
})
declare("close-keys", "RFC 7401 5.3.7, 6.4.1", {
    "close-mac": "CLOSE's HIP_MAC verifies with the association's key",
})
declare("close", "RFC 7401 6.15", {
    "ack-order": "a CLOSE_ACK answers a CLOSE",
    "ack-echo": "CLOSE_ACK returns a CLOSE's nonce unmodified",
    "ack-signature": "CLOSE_ACK's HIP_SIGNATURE verifies",
})
declare("close-keys", "RFC 7401 5.3.8, 6.4.1", {
    "ack-mac": "CLOSE_ACK's HIP_MAC verifies with the association's key",
})
declare("retx-close", "RFC 7401 4.4.2", {
    "retx-close": "a CLOSE sent again is the same octets",
})
declare("notify", "RFC 7401 5.3.6", {
    "notify-signature": "NOTIFY's HIP_SIGNATURE verifies",
})


def association(world, message, rule):
    """The association that a packet belongs to: the MAC tells, else the
    newest one with an R2.
    """
    made = [e for e in world.pair(message.sender, message.receiver) if e.r2]
    if not world.report.check(rule, message.number, made, lambda:
                              "none of %s and %s" % (
                                  ip.text(message.sender),
                                  ip.text(message.receiver))):
        return None
    received = message.body(wire.HIP_MAC)
    for exchange in reversed(made):
        if exchange.hip_keys and exchange.mac_ok(message, wire.HIP_MAC,
                                                 received):
            return exchange
    return made[-1]


def protected(world, exchange, message, name):
    """HIP_MAC and HIP_SIGNATURE."""
    if exchange.hip_keys:
        world.report.check(name + "-mac", message.number, exchange.mac_ok(
            message, wire.HIP_MAC, message.body(wire.HIP_MAC)), "it does not")
    signature(world, message, name + "-signature", wire.HIP_SIGNATURE)


def close(world, message):
    report, number = world.report, message.number
    exchange = association(world, message, "close-order")
    if not exchange:
        return
    protected(world, exchange, message, "close")
    nonce = message.body(wire.ECHO_REQUEST_SIGNED)
    report.check("close-nonce", number, len(nonce) >= 8 and any(nonce),
                 nonce.hex())
    sent = exchange.closes.setdefault(message.sender, [])
    if sent:
        report.check("retx-close", number, same(sent[0], message),
                     "differs from packet %d" % sent[0].number)
    else:
        owner = world.close_nonces.setdefault(nonce, number)
        report.check("close-fresh", number, owner == number,
                     "used in packet %d" % owner)
    sent.append(message)


def close_ack(world, message):
    report, number = world.report, message.number
    closes = world.list(wire.CLOSE, message.receiver, message.sender)
    if not report.check("ack-order", number, closes, "no CLOSE"):
        return
    nonce = message.body(wire.ECHO_RESPONSE_SIGNED)
    report.check("ack-echo", number, nonce in {
        m.body(wire.ECHO_REQUEST_SIGNED) for m in closes}, nonce.hex())
    exchange = association(world, message, "close-order")
    if not exchange:
        return
    protected(world, exchange, message, "ack")
    if exchange.closed is None:
        exchange.closed = message.time


def notify(world, message):
    host_id = message.get(wire.HOST_ID)
    if host_id:
        learn(world, message, host_id)
    signature(world, message, "notify-signature", wire.HIP_SIGNATURE)
