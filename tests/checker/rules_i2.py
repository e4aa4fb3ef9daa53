# SPDX-License-Identifier: GPL-2.0
"""I2: that it fits the R1 that it answers, and what is inside ENCRYPTED.

RFC 7401 sections 4.1.2, 5.3.3, 6.3, 6.8; RFC 7402 sections 5.1, 5.2.
"""

import ip
import keys
import wire
from follow import Exchange
from report import declare
from rules_bex import learn, same, signature
from rules_params import check_host_id

declare("bex", "RFC 7401 4.4.2, 6.8", {
    "i2-order": "an I2 follows an R1 to this Initiator",
    "i2-address": "an I2 goes to the address that the R1 came from",
})
declare("bex", "RFC 7401 5.2.5", {
    "i2-echo": "SOLUTION echoes #I and Opaque of an R1",
    "i2-k": "SOLUTION echoes #K of the R1",
})
declare("bex", "RFC 7401 4.1.2, 6.3", {
    "i2-solved": "the low #K bits of RHASH(I | HIT-I | HIT-R | J) are 0",
    "i2-lifetime": "the solution comes within the puzzle's lifetime",
})
declare("counter", "RFC 7401 5.2.3, 5.3.3", {
    "i2-counter": "R1_COUNTER is an unmodified copy of the R1's, or in both "
                  "absent",
})
declare("bex", "RFC 7401 5.2.7, 6.8", {
    "i2-group": "I2 uses the DH group of the R1",
    "i2-dh-fresh": "an Initiator's DH value serves one exchange",
})
declare("bex", "RFC 7401 5.2.8, 5.3.3", {
    "i2-cipher": "the cipher chosen is one that the R1 offers",
})
declare("bex", "RFC 7401 5.2.11, 5.3.3", {
    "i2-format": "the transport format chosen is one that the R1 offers",
})
declare("bex", "RFC 7402 5.1.2", {
    "i2-esp": "the ESP suite chosen is one that the R1 offers",
})
declare("bex", "RFC 7401 5.2.10, 6.8", {
    "i2-suite": "the Initiator's HIT suite is in the R1's HIT_SUITE_LIST",
})
declare("echo", "RFC 7401 5.2.20, 5.2.22", {
    "i2-echo-signed": "ECHO_RESPONSE_SIGNED is the R1's request, unmodified",
})
declare("echo", "RFC 7401 5.2.21, 5.2.23", {
    "i2-echo-unsigned": "each ECHO_REQUEST_UNSIGNED is answered unmodified",
})
declare("bex", "RFC 7401 5.3.3", {
    "i2-host-id": "I2 has HOST_ID, in clear or ENCRYPTED, not both",
})
declare("bex", "RFC 7401 5.2.14, 5.3.3", {
    "i2-signature": "I2's HIP_SIGNATURE verifies with the Initiator's HI",
})
declare("keys", "RFC 7401 5.2.12, 6.4.1", {
    "i2-mac": "I2's HIP_MAC verifies with the sender's key",
})
declare("keys", "RFC 7401 6.5", {
    "key-log": "the key log has the secret of each exchange",
})
declare("encrypted", "RFC 7401 5.2.18", {
    "encrypted-host-id": "ENCRYPTED holds one whole HOST_ID",
})
declare("encrypted-aes", "RFC 7401 5.2.18", {
    "encrypted-padding": "ENCRYPTED's padding is that of PKCS#5",
})
declare("bex", "RFC 7402 5.1.1, 7", {
    "espinfo-index": "KEYMAT Index is where the HIP keys end",
})
declare("bex", "RFC 7402 5.1.1, 6.5", {
    "spi-fresh": "a host announces an SPI for one exchange only",
})
declare("retx", "RFC 7401 6.8", {
    "retx-i2": "an I2 sent again is the same octets",
})


def i2(world, message):
    """An I2: an exchange begins, or is asked for again."""
    solution = message.body(wire.SOLUTION)
    size = wire.HASH_LEN.get(keys.suite(message.receiver), 0)
    if len(solution) != 4 + 2 * size:
        return
    known = world.by_nonce.get((message.sender, message.receiver,
                                solution[4:4 + size], solution[4 + size:]))
    if known:
        world.report.check("retx-i2", message.number,
                           same(known.i2, message),
                           "differs from packet %d" % known.i2.number)
        return
    r1 = _answered(world, message, solution[2:4 + size])
    if r1:
        exchange = Exchange(r1, message)
        _solution(world, exchange, solution)
        _offers(world, exchange)
        _echoes(world, exchange)
        _keys(world, exchange)
        world.add_exchange(exchange)
        esp_info(world, exchange, message)


def _answered(world, message, echoed):
    """The R1 that @message answers: same Opaque and #I."""
    report, number = world.report, message.number
    r1s = world.list(wire.R1, message.receiver, message.sender)
    if not report.check("i2-order", number, r1s, lambda: "no R1 from %s" %
                        ip.text(message.receiver)):
        return None
    match = [m for m in r1s if m.body(wire.PUZZLE)[2:] == echoed]
    report.check("i2-echo", number, match, "of no R1")
    r1 = (match or r1s)[-1]
    if not r1.get(wire.LOCATOR_SET):
        report.check("i2-address", number,
                     message.datagram.dst == r1.datagram.src,
                     lambda: ip.text(message.datagram.dst))
    return r1


def _solution(world, exchange, solution):
    report, number = world.report, exchange.i2.number
    puzzle = exchange.r1.body(wire.PUZZLE)
    if len(puzzle) < 4:
        return
    report.check("i2-k", number, solution[0] == puzzle[0],
                 "%d, R1 has %d" % (solution[0], puzzle[0]))
    report.check("i2-solved", number, keys.puzzle_solved(
        puzzle[0], exchange.i, exchange.initiator, exchange.responder,
        exchange.j), "K = %d" % puzzle[0])
    lifetime = 2.0 ** (puzzle[1] - 32)
    took = exchange.i2.time - exchange.r1.time
    report.check("i2-lifetime", number, took <= lifetime,
                 "%.1f s of %.1f s" % (took, lifetime))


def _offers(world, exchange):
    """What the Initiator chose, against what the R1 offers."""
    report, r1, message = world.report, exchange.r1, exchange.i2
    number = message.number

    def raw(which):
        param = which.get(wire.R1_COUNTER)
        return param.raw if param else None

    if raw(r1) or raw(message):
        report.check("i2-counter", number, raw(r1) == raw(message), "differs")
    value = message.body(wire.DIFFIE_HELLMAN)
    group = r1.body(wire.DIFFIE_HELLMAN)[:1]
    report.check("i2-group", number, value[:1] == group,
                 "%s, R1 has %s" % (value[:1].hex(), group.hex()))
    owner = world.dh_values.setdefault(value, message.number)
    report.check("i2-dh-fresh", number, owner == message.number,
                 "used in packet %d" % owner)
    for rule, kind, skip in (("i2-cipher", wire.HIP_CIPHER, 0),
                             ("i2-format", wire.TRANSPORT_FORMAT_LIST, 0),
                             ("i2-esp", wire.ESP_TRANSFORM, 2)):
        chosen, offer = message.u16s(kind, skip), r1.u16s(kind, skip)
        report.check(rule, number, set(chosen) <= set(offer),
                     "%s of %s" % (chosen, offer))
    suites = [octet >> 4 for octet in r1.body(wire.HIT_SUITE_LIST)]
    report.check("i2-suite", number, keys.suite(message.sender) in suites,
                 suites)


def _echoes(world, exchange):
    report, r1, message = world.report, exchange.r1, exchange.i2
    asked = r1.get(wire.ECHO_REQUEST_SIGNED)
    given = message.get(wire.ECHO_RESPONSE_SIGNED)
    if asked or given:
        report.check("i2-echo-signed", message.number, asked and given and
                     asked.data == given.data, "differs")
    asked = [p.data for p in r1.all(wire.ECHO_REQUEST_UNSIGNED)]
    given = [p.data for p in message.all(wire.ECHO_RESPONSE_UNSIGNED)]
    if asked or given:
        report.check("i2-echo-unsigned", message.number,
                     sorted(asked) == sorted(given), "differs")


def _keys(world, exchange):
    """Key log, Host Identity, MAC and signature."""
    report, message = world.report, exchange.i2
    exchange.use(world.keylog.keymat(exchange.initiator, exchange.responder,
                                     exchange.i, exchange.j))
    host_id = message.get(wire.HOST_ID)
    secret = message.get(wire.ENCRYPTED)
    report.check("i2-host-id", message.number,
                 bool(host_id) != bool(secret), "has %s" % (
                     "both" if host_id else "none"))
    if secret and exchange.hip_keys:
        host_id = _decrypt(report, exchange, secret.data) or host_id
    if host_id:
        learn(world, message, host_id)
    if exchange.hip_keys:
        report.check("i2-mac", message.number, exchange.mac_ok(
            message, wire.HIP_MAC, message.body(wire.HIP_MAC)), "it does not")
    signature(world, message, "i2-signature", wire.HIP_SIGNATURE)


def _decrypt(report, exchange, data):
    """HOST_ID inside ENCRYPTED, or None."""
    message = exchange.i2
    key = exchange.hip_keys[message.sender].enc
    plain, pad = data[4:], 0            # of the NULL cipher
    if key:
        if len(data) < 36 or len(data) % 16 != 4:
            return None
        plain = keys.decrypt_cbc(key, data[4:20], data[20:])
        pad = plain[-1]
        report.check("encrypted-padding", message.number, 1 <= pad <= 16 and
                     plain.endswith(bytes([pad]) * pad), plain[-16:].hex())
    params, whole = wire.split(plain[:-pad] if 1 <= pad <= 16 else plain)
    ok = whole and [p.type for p in params] == [wire.HOST_ID]
    if not report.check("encrypted-host-id", message.number, ok,
                        [p.type for p in params]):
        return None
    check_host_id(report, message, params[0].data)
    return params[0]


def esp_info(world, exchange, message):
    """ESP_INFO of I2 and R2: index and SPI; the SA that it announces."""
    info = message.body(wire.ESP_INFO)
    if len(info) != 12:
        return
    index, spi = (int.from_bytes(info[a:b], "big") for a, b in
                  ((2, 4), (8, 12)))
    if exchange.cipher in keys.CIPHER_KEY:
        right = exchange.hip_length()
        world.report.check("espinfo-index", message.number, index == right,
                           "%d instead of %d" % (index, right))
    earlier = [sa for sa in world.sas.get(spi, [])
               if sa.receiver == message.sender]
    world.report.check("spi-fresh", message.number, not earlier,
                       "%#010x again" % spi)
    world.add_sa(exchange, message, message.sender)
