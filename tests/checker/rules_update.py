# SPDX-License-Identifier: GPL-2.0
"""UPDATE: sequence and acknowledgement, and new keys for ESP.

RFC 7401 sections 5.3.5, 6.11, 6.12; RFC 7402 sections 5.2.2, 6.7 to 6.9; RFC
8046 section 5.3 for the pairs of OLD SPI and NEW SPI.
"""

import wire
from follow import ESP_SUITES
from report import declare
from rules_close import association, protected

declare("update", "RFC 7401 5.3.5, 6.11", {
    "update-order": "an UPDATE belongs to an association that was set up",
    "update-seq": "an UPDATE has SEQ or ACK",
    "update-id": "Update IDs start at 0 and grow by 1",
    "update-ack": "ACK names Update IDs that the peer has sent",
    "update-retx": "an UPDATE of a known Update ID repeats its parameters",
    "update-signature": "UPDATE's HIP_SIGNATURE verifies",
})
declare("update-keys", "RFC 7401 5.3.5, 6.4.1", {
    "update-mac": "UPDATE's HIP_MAC verifies with the association's key",
})
declare("rekey", "RFC 7402 5.1.1, RFC 8046 5.3", {
    "rekey-old": "OLD SPI is one that the sender announced, or 0 for a new "
                 "pair",
    "rekey-new": "NEW SPI is OLD SPI, 0, or one that was never announced",
})
declare("rekey", "RFC 7402 6.8, 6.9", {
    "rekey-index": "KEYMAT Index is 0 with a new DH value, else not below "
                   "the next unused octet",
    "rekey-group": "a new DH value is of the base exchange's group",
})


class Rekey:
    """ESP_INFOs of both hosts, until both are there."""

    def __init__(self):
        self.offers = {}        # sender's HIT: (Sa, index)
        self.dh = False


def update(world, message):
    report, number = world.report, message.number
    seq, ack = message.get(wire.SEQ), message.get(wire.ACK)
    report.check("update-seq", number, seq or ack, "none")
    exchange = association(world, message, "update-order")
    if not exchange:
        return
    protected(world, exchange, message, "update")
    if ack:
        peer = exchange.updates.get(message.receiver, {})
        ids = [int.from_bytes(ack.data[i:i + 4], "big")
               for i in range(0, ack.length, 4)]
        report.check("update-ack", number, set(ids) <= set(peer), ids)
    if seq and seq.length == 4 and _new(report, exchange, message, seq):
        _esp_info(world, exchange, message)


def _new(report, exchange, message, seq):
    """Whether this Update ID is seen for the first time."""
    sent = exchange.updates.setdefault(message.sender, {})
    own = [p.raw for p in message.params if p.type < wire.HIP_MAC and
           p.type != wire.ACK]
    value = int.from_bytes(seq.data, "big")
    if value in sent:
        report.check("update-retx", message.number, sent[value] == own,
                     "ID %d differs" % value)
        return False
    report.check("update-id", message.number, value == len(sent),
                 "%d after %d UPDATEs" % (value, len(sent)))
    sent[value] = own
    return True


def _esp_info(world, exchange, message):
    info = message.body(wire.ESP_INFO)
    if len(info) != 12:
        return
    report, number = world.report, message.number
    index, old, new = (int.from_bytes(info[a:b], "big") for a, b in
                       ((2, 4), (4, 8), (8, 12)))
    own = {sa.spi for sa in exchange.sas if sa.receiver == message.sender}
    report.check("rekey-old", number, old == 0 or old in own, "%#010x" % old)
    report.check("rekey-new", number, new in (0, old) or
                 (new > 255 and not world.sas.get(new)), "%#010x" % new)
    if new in (0, old):
        return
    rekey = exchange.rekey = exchange.rekey or Rekey()
    dh = message.body(wire.DIFFIE_HELLMAN)
    if dh:
        rekey.dh = True
        report.check("rekey-group", number, dh[:1] ==
                     exchange.i2.body(wire.DIFFIE_HELLMAN)[:1], dh[0])
    # Who asks while the other's new DH value is on its way knows of no 0.
    report.check("rekey-index", number, index == 0 if dh else
                 index >= exchange.next_index or (rekey.dh and index == 0),
                 "%d, next is %d" % (index, exchange.next_index))
    rekey.offers[message.sender] = (
        world.new_sa(exchange, message, message.sender), index)
    if len(rekey.offers) == 2:
        _finalise(world, exchange)


def _finalise(world, exchange):
    """Both ESP_INFOs are there: the new keys are settled."""
    rekey, exchange.rekey = exchange.rekey, None
    suite = ESP_SUITES.get(exchange.suite)
    index = 0 if rekey.dh else max(i for _, i in rekey.offers.values())
    keymat = exchange.keymat
    if rekey.dh:
        keymat = exchange.keymat = world.keylog.keymat(
            exchange.initiator, exchange.responder, exchange.i, exchange.j,
            exchange.secrets)
        exchange.secrets += 1
    if not suite:
        return
    exchange.next_index = index + 2 * (suite.enc + suite.auth)
    for sa, _ in rekey.offers.values():
        if keymat:
            sa.keys = keymat.esp(suite.enc, suite.auth, index)[sa.sender]
