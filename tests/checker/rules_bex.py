# SPDX-License-Identifier: GPL-2.0
"""I1 and R1: who may be answered, with what, signed by whom.

RFC 7401 sections 4.1, 4.4, 5.3.1, 5.3.2, 6.7.
"""

import ip
import keys
import wire
from report import declare

AGAIN = 20.0            # seconds in which an I1 belongs to one attempt
SOON = 2.0              # seconds that a used DH value may still be offered

declare("retx", "RFC 7401 6.6", {
    "retx-i1": "an I1 sent again is the same octets",
})
declare("bex", "RFC 7401 4.4.2, 6.7", {
    "r1-order": "an R1 answers an I1 of this Initiator",
    "r1-address": "an R1 goes back to the address that its I1 came from",
})
declare("bex", "RFC 7401 5.2.6", {
    "r1-group": "R1's group is the first of its own list that the I1 lists "
                "too, or one of its own when there is none",
})
declare("bex", "RFC 7401 5.2.15, 5.3.2", {
    "r1-signature": "HIP_SIGNATURE_2 verifies with the receiver's HIT and "
                    "PUZZLE's Opaque and #I zeroed",
})
declare("bex", "RFC 7401 5.2.14, 5.2.15", {
    "sig-size": "the signature has the length of the modulus, or of r and s",
})
declare("counter", "RFC 7401 4.1.4", {
    "r1-counter": "the R1 generation counter of a HI never decreases, among "
                  "R1s of one group",
})
declare("bex", "RFC 7401 5.3.2", {
    "r1-dh-used": "a DH value that made an association is soon offered no "
                  "more",
})
declare("bex", "RFC 7401 4.1.2, 6.3", {
    "r1-puzzle": "two Initiators never get the same #I",
})
declare("race", "RFC 7401 4.4.2, 6.7", {
    "race-i1": "a host in I1-SENT whose HIT is the smaller one does not "
               "answer an I1",
})


def signature(world, message, rule, kind, zero=False):
    """Check a signature by the HI that is known for the sender."""
    known = world.host_ids.get(message.sender)
    param = message.get(kind)
    if not known or not param:
        return
    key, value = known[0], param.data[2:]
    world.report.check("sig-size", message.number,
                       len(value) == keys.signature_length(key),
                       "%d octets" % len(value))
    world.report.check(rule, message.number, keys.verify(
        key, message.covered(kind, zero=zero), value), "it does not")


def learn(world, message, param):
    """Remember the Host Identity of a HOST_ID that fits its HIT."""
    found = keys.host_id(param.data)
    if not found or found.alg not in keys.SUITE_OF_ALG:
        return
    if keys.hit_of(found.alg, found.hi) != message.sender:
        return
    key = keys.public_key(found.alg, found.hi)
    if key:
        world.host_ids[message.sender] = (key, param.raw)


def same(one, other):
    """Equal octets; the checksum may follow other addresses."""
    if (one.datagram.src, one.datagram.dst) == (other.datagram.src,
                                                other.datagram.dst):
        return one.data == other.data
    return one.covered(1 << 16) == other.covered(1 << 16)


def i1(world, message):
    earlier = world.list(wire.I1, message.sender, message.receiver)
    if earlier and message.time - earlier[-1].time < AGAIN:
        i2s = world.list(wire.I2, message.sender, message.receiver)
        if not i2s or i2s[-1].number < earlier[-1].number:
            world.report.check("retx-i1", message.number,
                               same(earlier[-1], message),
                               "differs from packet %d" % earlier[-1].number)


def i1s_of(world, r1):
    """I1s that @r1 may answer; null HITs match by address."""
    named = world.list(wire.I1, r1.receiver, r1.sender)
    null = [m for m in world.list(wire.I1, r1.receiver, bytes(16))
            if m.datagram.dst == r1.datagram.src]
    return sorted(named + null, key=lambda m: m.number)


def r1(world, message):
    report, number = world.report, message.number
    i1s = i1s_of(world, message)
    if report.check("r1-order", number, i1s, lambda: "no I1 from %s to %s" %
                    (ip.text(message.receiver), ip.text(message.sender))):
        ends = {(m.datagram.dst, m.datagram.src) for m in i1s}
        report.check("r1-address", number, (
            message.datagram.src, message.datagram.dst) in ends,
            lambda: "from %s to %s" % (ip.text(message.datagram.src),
                                       ip.text(message.datagram.dst)))
        _group(world, message, i1s)
    host_id = message.get(wire.HOST_ID)
    if host_id:
        learn(world, message, host_id)
    signature(world, message, "r1-signature", wire.HIP_SIGNATURE_2, True)
    used = world.dh_used.get(message.body(wire.DIFFIE_HELLMAN))
    report.check("r1-dh-used", number, used is None or
                 message.time - used.time < SOON,
                 lambda: "it did in packet %d" % used.number)
    _counter(world, message)
    _puzzle(world, message)
    _race(world, message)


def _group(world, message, i1s):
    own = list(message.body(wire.DH_GROUP_LIST))
    chosen = message.body(wire.DIFFIE_HELLMAN)[:1]
    if not own or not chosen:
        return
    rights = set()
    for i1_ in {m.body(wire.DH_GROUP_LIST) for m in i1s[-3:]}:
        common = [group for group in own if group in i1_]
        rights |= set(common[:1] or own)
    world.report.check("r1-group", message.number, chosen[0] in rights,
                       lambda: "group %d, own list %s, I1 %s" % (
                           chosen[0], own, list(
                               i1s[-1].body(wire.DH_GROUP_LIST))))


def _counter(world, message):
    data = message.body(wire.R1_COUNTER)
    if len(data) != 12:
        return
    value = int.from_bytes(data[4:], "big")
    key = (message.sender, message.body(wire.DIFFIE_HELLMAN)[:1])
    last = world.counters.get(key, 0)
    world.report.check("r1-counter", message.number,
                       value >= last or world.lossy,
                       "%d after %d" % (value, last))
    world.counters[key] = max(value, last)


def _puzzle(world, message):
    nonce = message.body(wire.PUZZLE)[4:]
    if not nonce:
        return
    owner = world.nonces.setdefault((message.sender, nonce),
                                    message.receiver)
    world.report.check("r1-puzzle", message.number,
                       owner == message.receiver,
                       lambda: "given to %s before" % ip.text(owner))


def _race(world, message):
    """The smaller HIT's own I1 is under way: it waits for an R1."""
    local, peer = message.sender, message.receiver
    own = world.list(wire.I1, local, peer)
    if local > peer or not own or world.closed(local, peer):
        return
    last = own[-1]
    later = (world.list(wire.I2, local, peer) +     # now it is in I2-SENT
             world.list(wire.R1, peer, local) +
             world.list(wire.I2, peer, local))
    answered = any(m.number > last.number for m in later)
    # In I2-SENT, without an answer, it asks for a newer R1 beside the I2.
    answered |= any(last.time - m.time < 8
                    for m in world.list(wire.I2, local, peer))
    if answered or message.time - last.time > 8:
        return
    asked = [m for m in i1s_of(world, message) if m.number > last.number]
    world.report.check("race-i1", message.number, not asked,
                       "own I1 is packet %d" % last.number)
