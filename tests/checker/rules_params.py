# SPDX-License-Identifier: GPL-2.0
"""What the contents of each parameter must be, whatever came before.

RFC 7401 section 5.2 and RFC 7402 section 5.1.
"""

import groups
import ip
import keys
import wire
from report import declare

CIPHERS = {1, 2, 4}
ESP_SUITES = {1, 7, 8, 9, 10, 11, 12, 13, 14, 15}
NOTIFY_TYPES = ({1, 7, 14, 15, 16, 17, 18, 19, 20, 24, 26, 28, 32, 40, 42, 44,
                 46, 48, 50, 51, 60, 61, 62, 63, 64, 16384, 16385} |
                set(range(8192, 16384)) | set(range(40960, 65536)))
PUZZLE_K_MAX = 26

# Smallest and largest contents; None: any.
SIZES = {
    wire.ESP_INFO: (12, 12), wire.R1_COUNTER: (12, 12), wire.SEQ: (4, 4),
    wire.ACK: (4, None), wire.DH_GROUP_LIST: (1, None),
    wire.DIFFIE_HELLMAN: (4, None), wire.HIP_CIPHER: (2, 12),
    wire.ENCRYPTED: (4, None), wire.HOST_ID: (6, None),
    wire.HIT_SUITE_LIST: (1, None), wire.NOTIFICATION: (4, None),
    wire.ECHO_REQUEST_SIGNED: (1, None),
    wire.ECHO_RESPONSE_SIGNED: (1, None),
    wire.TRANSPORT_FORMAT_LIST: (2, None), wire.ESP_TRANSFORM: (4, 14),
    wire.HIP_SIGNATURE: (3, None), wire.HIP_SIGNATURE_2: (3, None),
}
PAIRS = (wire.HIP_CIPHER, wire.TRANSPORT_FORMAT_LIST, wire.ESP_TRANSFORM)
# Reserved octets: (offset, octets) in the contents.
RESERVED = {wire.ESP_INFO: (0, 2), wire.R1_COUNTER: (0, 4),
            wire.SOLUTION: (1, 1), wire.ENCRYPTED: (0, 4),
            wire.ESP_TRANSFORM: (0, 2), wire.NOTIFICATION: (0, 2)}

declare("bex", "RFC 7401 5.2, RFC 7402 5.1", {
    "param-size": "contents have the size that the parameter's layout gives",
    "param-reserved": "reserved fields are 0",
})
declare("bex", "RFC 7401 5.2.4", {
    "puzzle-size": "PUZZLE is 4 octets and #I, of RHASH's length",
    "puzzle-i": "#I is not all zeros",
    "puzzle-k": "#K is no more than a host can be asked to solve (26)",
    "puzzle-lifetime": "the lifetime is at least a second (32)",
})
declare("bex", "RFC 7401 5.2.5", {
    "solution-size": "SOLUTION is 4 octets, #I and #J, of RHASH's length",
})
declare("defaults", "RFC 7401 5.2.7", {
    "dhlist-weak": "by default an I1 does not propose SECP160R1",
})
declare("bex", "RFC 7401 5.2.6", {
    "dhlist-groups": "DH_GROUP_LIST holds known groups, none twice",
})
declare("bex", "RFC 7401 5.2.7", {
    "dh-size": "Public Value Length is that of the group and of the contents",
    "dh-public": "the public value belongs to the group",
})
declare("bex", "RFC 7401 5.2.8", {
    "cipher-known": "HIP_CIPHER holds known ciphers, none twice",
    "cipher-choice": "I2 chooses exactly one cipher",
})
declare("bex", "RFC 7401 5.2.9", {
    "hostid-form": "HI Length and DI Length fill HOST_ID; without DI-Type "
                   "there is no DI",
    "hostid-alg": "the algorithm is of the suite in the sender's HIT",
    "hostid-key": "the HI is a valid key: RSA as RFC 3110 of at least 2048 "
                  "bits, ECDSA as curve and point",
})
declare("ecdsa", "RFC 7401 5.2.9, SEC1 2.3.3", {
    "hostid-point": "an ECDSA point is 04 | X | Y, coordinates at full width",
})
declare("rsa", "RFC 3110 2", {
    "hostid-rsa": "RSA exponent and modulus have no leading zero octets",
})
declare("bex", "RFC 7401 3.2, RFC 7343 2", {
    "hostid-hit": "the sender's HIT is the ORCHID of the HI",
})
declare("bex", "RFC 7401 5.2.10", {
    "suites-form": "HIT_SUITE_LIST holds suites in the high nibble, the low "
                   "one 0, none twice",
    "suites-own": "HIT_SUITE_LIST has the suite of the sender's own HIT",
})
declare("bex", "RFC 7401 5.2.11", {
    "format-param": "each transport format listed has its parameter, and "
                    "each such parameter its format",
    "format-choice": "I2 lists exactly one transport format",
})
declare("bex", "RFC 7402 5.1.2", {
    "esp-offer": "R1 offers known ESP suites, none twice",
    "esp-choice": "I2 chooses exactly one known ESP suite",
})
declare("defaults", "RFC 7401 5.2.10", {
    "suites-required": "by default R1 lists the required HIT suite, 0x10",
})
declare("defaults", "RFC 7401 5.2.8, RFC 7402 5.1.2", {
    "cipher-null": "by default NULL-ENCRYPT is not offered or chosen",
    "cipher-mandatory": "by default R1 offers the mandatory cipher, 2",
    "esp-mandatory": "by default R1 offers the mandatory ESP suite, 8",
})
declare("bex", "RFC 7402 5.1.1, RFC 4303 2.1", {
    "espinfo-old": "OLD SPI is 0 in the base exchange",
    "espinfo-new": "NEW SPI is 256 or more",
})
declare("bex", "RFC 7401 5.2.14", {
    "sig-alg": "the signature's algorithm is that of the sender's HI",
})
declare("encrypted-aes", "RFC 7401 5.2.18", {
    "encrypted-form": "ENCRYPTED holds an IV and whole cipher blocks",
    "encrypted-iv": "the IV of ENCRYPTED is not all zeros",
})
declare("notify", "RFC 7401 5.2.19", {
    "notify-type": "the notification's type is known or private",
})


def check(report, message):
    """Evaluate all rules of this file on one packet."""
    for param in message.params:
        _size(report, message, param)
        worker = CONTENTS.get(param.type)
        if worker:
            worker(report, message, param.data)


def _size(report, message, param):
    low, high = SIZES.get(param.type, (0, None))
    ok = param.length >= low and (high is None or param.length <= high)
    if param.type in PAIRS:
        ok = ok and param.length % 2 == 0
    if param.type == wire.ACK:
        ok = ok and param.length % 4 == 0
    report.check("param-size", message.number, ok, "type %d, %d octets" %
                 (param.type, param.length))
    if param.type in RESERVED:
        start, length = RESERVED[param.type]
        field = param.data[start:start + length]
        report.check("param-reserved", message.number, not any(field),
                     "type %d: %s" % (param.type, field.hex()))


def _once(numbers):
    return len(numbers) == len(set(numbers))


def _puzzle(report, message, data):
    size = wire.HASH_LEN.get(keys.suite(message.sender), 0)
    if not report.check("puzzle-size", message.number,
                        len(data) == 4 + size, "%d octets" % len(data)):
        return
    report.check("puzzle-i", message.number, any(data[4:]), "zeros")
    report.check("puzzle-k", message.number, data[0] <= PUZZLE_K_MAX, data[0])
    report.check("puzzle-lifetime", message.number, data[1] >= 32, data[1])


def _solution(report, message, data):
    size = wire.HASH_LEN.get(keys.suite(message.receiver), 0)
    report.check("solution-size", message.number, len(data) == 4 + 2 * size,
                 "%d octets" % len(data))


def _dh_list(report, message, data):
    report.check("dhlist-groups", message.number, data and _once(data) and
                 all(g in groups.KNOWN for g in data), list(data))
    if message.type == wire.I1:
        report.check("dhlist-weak", message.number, 10 not in data,
                     list(data))


def _dh(report, message, data):
    if len(data) < 3:
        return
    group, length = data[0], int.from_bytes(data[1:3], "big")
    fits = (length == len(data) - 3 and
            length == groups.public_length(group))
    if report.check("dh-size", message.number, fits,
                    "group %d, %d octets" % (group, length)):
        report.check("dh-public", message.number,
                     groups.public_valid(group, data[3:]),
                     "not in group %d" % group)


def _cipher(report, message, data):
    ids = message.u16s(wire.HIP_CIPHER)
    number = message.number
    report.check("cipher-known", number, ids and _once(ids) and
                 CIPHERS.issuperset(ids), ids)
    report.check("cipher-null", number, 1 not in ids, ids)
    if message.type == wire.R1:
        report.check("cipher-mandatory", number, 2 in ids, ids)
    elif message.type == wire.I2:
        report.check("cipher-choice", number, len(ids) == 1, ids)




def check_host_id(report, message, data):
    """HOST_ID's contents; also called for one that was encrypted."""
    number = message.number
    found = keys.host_id(data)
    if not report.check("hostid-form", number,
                        found and (found.di_type or not found.di),
                        "lengths do not add up"):
        return None
    report.check("hostid-alg", number, keys.SUITE_OF_ALG.get(found.alg) ==
                 keys.suite(message.sender), "algorithm %d, HIT %s" %
                 (found.alg, ip.text(message.sender)))
    if found.alg in keys.SUITE_OF_ALG:
        hit = keys.hit_of(found.alg, found.hi)
        report.check("hostid-hit", number, hit == message.sender,
                     ip.text(hit))
    key = keys.public_key(found.alg, found.hi)
    report.check("hostid-key", number,
                 key and (found.alg != keys.RSA or key.key_size >= 2048),
                 "algorithm %d" % found.alg)
    if found.alg in (keys.ECDSA, keys.ECDSA_LOW):
        size = 3 + 2 * ((key.key_size + 7) // 8) if key else 0
        report.check("hostid-point", number, len(found.hi) == size and
                     found.hi[2] == 4, "%d octets" % len(found.hi))
    if found.alg == keys.RSA:
        numbers = keys.rsa_numbers(found.hi)
        report.check("hostid-rsa", number, numbers and
                     all(part[0] for part in numbers), "leading zero")
    return key


def _suites(report, message, data):
    number = message.number
    ids = [octet >> 4 for octet in data]
    report.check("suites-form", number, all(ids) and _once(ids) and
                 not any(octet & 15 for octet in data), data.hex())
    report.check("suites-own", number, keys.suite(message.sender) in ids,
                 data.hex())
    report.check("suites-required", number, 1 in ids, data.hex())


def _formats(report, message, data):
    listed = set(message.u16s(wire.TRANSPORT_FORMAT_LIST))
    there = {p.type for p in message.params if 2050 <= p.type <= 4095}
    report.check("format-param", message.number, listed == there,
                 "listed %s, there %s" % (sorted(listed), sorted(there)))
    if message.type == wire.I2:
        report.check("format-choice", message.number, len(data) == 2,
                     sorted(listed))


def _esp_transform(report, message, data):
    ids = message.u16s(wire.ESP_TRANSFORM, 2)
    known = ids and _once(ids) and ESP_SUITES.issuperset(ids)
    if message.type == wire.R1:
        report.check("esp-offer", message.number, known, ids)
        report.check("esp-mandatory", message.number, 8 in ids, ids)
    elif message.type == wire.I2:
        report.check("esp-choice", message.number, known and len(ids) == 1,
                     ids)


def _esp_info(report, message, data):
    if message.type not in (wire.I2, wire.R2) or len(data) != 12:
        return
    old, new = (int.from_bytes(data[i:i + 4], "big") for i in (4, 8))
    report.check("espinfo-old", message.number, old == 0, "%#x" % old)
    report.check("espinfo-new", message.number, new >= 256, "%#x" % new)


def _signature(report, message, data):
    alg = int.from_bytes(data[:2], "big")
    report.check("sig-alg", message.number, keys.SUITE_OF_ALG.get(alg) ==
                 keys.suite(message.sender), alg)


def _encrypted(report, message, data):
    if message.u16s(wire.HIP_CIPHER) == [1]:
        return          # whole parameters, without an IV
    blocks = len(data) - 4
    report.check("encrypted-form", message.number, blocks >= 32 and
                 blocks % 16 == 0, "%d octets" % blocks)
    report.check("encrypted-iv", message.number, any(data[4:20]), "zeros")


def _notification(report, message, data):
    kind = int.from_bytes(data[2:4], "big")
    report.check("notify-type", message.number, kind in NOTIFY_TYPES, kind)


CONTENTS = {
    wire.PUZZLE: _puzzle, wire.SOLUTION: _solution,
    wire.DH_GROUP_LIST: _dh_list, wire.DIFFIE_HELLMAN: _dh,
    wire.HIP_CIPHER: _cipher, wire.HOST_ID: check_host_id,
    wire.HIT_SUITE_LIST: _suites, wire.TRANSPORT_FORMAT_LIST: _formats,
    wire.ESP_TRANSFORM: _esp_transform, wire.ESP_INFO: _esp_info,
    wire.HIP_SIGNATURE: _signature, wire.HIP_SIGNATURE_2: _signature,
    wire.ENCRYPTED: _encrypted, wire.NOTIFICATION: _notification,
}
