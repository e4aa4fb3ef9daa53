# SPDX-License-Identifier: GPL-2.0
"""What the capture has shown so far: packets, exchanges, key log, SAs."""

import ipaddress
import re
from collections import namedtuple

import ip
import keys
import wire

# enc, auth: octets of key drawn; iv, icv: on the wire; block: alignment
EspSuite = namedtuple("EspSuite", "enc auth iv icv block kind")
ESP_SUITES = {
    7: EspSuite(0, 32, 0, 16, 4, "hmac"),
    8: EspSuite(16, 32, 16, 16, 16, "cbc"),
    9: EspSuite(32, 32, 16, 16, 16, "cbc"),
    10: EspSuite(19, 0, 8, 8, 4, "ccm"),
    11: EspSuite(19, 0, 8, 16, 4, "ccm"),
    12: EspSuite(20, 0, 8, 8, 4, "gcm"),
    13: EspSuite(20, 0, 8, 16, 4, "gcm"),
    14: EspSuite(0, 16, 0, 12, 4, "cmac"),
    15: EspSuite(0, 20, 8, 16, 4, "gmac"),
}


class KeyLog:
    """Lines "HIP <hit-i> <hit-r> <I> <J> <Kij>" of hipd --keylog."""

    LINE = re.compile(r"HIP (\S+) (\S+) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)$")

    def __init__(self):
        self.secrets = {}
        self.given = False

    def load(self, path):
        self.given = True
        with open(path, encoding="ascii") as file:
            for number, line in enumerate(file, 1):
                found = self.LINE.match(line.strip())
                if not found:
                    raise ValueError("%s:%d: not a line of a key log" %
                                     (path, number))
                hits = [ipaddress.IPv6Address(h).packed
                        for h in found.groups()[:2]]
                i, j, secret = (bytes.fromhex(x) for x in found.groups()[2:])
                known = self.secrets.setdefault((*hits, i, j), [])
                if secret not in known:
                    known.append(secret)

    def keymat(self, initiator, responder, i, j, nth=0):
        """KEYMAT of the base exchange, or of the @nth new DH secret."""
        known = self.secrets.get((initiator, responder, i, j), [])
        if len(known) <= nth:
            return None
        return keys.Keymat(initiator, responder, i, j, known[nth])


class Sa:
    """One direction of ESP, as ESP_INFO announced it."""

    def __init__(self, exchange, spi, receiver):
        self.exchange = exchange
        self.spi = spi
        self.receiver = receiver        # HIT
        self.sender = exchange.other(receiver)
        self.suite = exchange.suite
        self.keys = None                # EspKeys
        self.src = self.dst = None      # locators
        self.seen = {}                  # sequence number: hash of packet
        self.ivs = set()
        self.first = None               # number of the first packet
        self.highest = 0                # 64 bits
        self.pieces = {}                # inner fragments


class Exchange:
    """A base exchange from its I2 on, and the association it made."""

    def __init__(self, r1, i2):
        self.r1, self.i2, self.r2 = r1, i2, None
        self.initiator, self.responder = i2.sender, i2.receiver
        size = wire.HASH_LEN[keys.suite(i2.receiver)]
        solution = i2.body(wire.SOLUTION)
        self.i, self.j = solution[4:4 + size], solution[4 + size:]
        ciphers = i2.u16s(wire.HIP_CIPHER)
        self.cipher = ciphers[0] if ciphers else 0
        suites = i2.u16s(wire.ESP_TRANSFORM, 2)
        self.suite = suites[0] if suites else 0
        self.keymat = None
        self.hip_keys = {}              # sender's HIT: HipKeys
        self.closes = {}                # sender's HIT: [CLOSE]
        self.updates = {}               # sender's HIT: {Update ID: params}
        self.closed = None              # time of the first CLOSE_ACK
        self.sas = []
        self.next_index = 0             # of KEYMAT, not yet drawn
        self.secrets = 1                # of the key log, used
        self.rekey = None

    def other(self, hit):
        return self.responder if hit == self.initiator else self.initiator

    def use(self, keymat):
        """Draw the HIP keys; keeps none for a cipher that we do not know."""
        if keymat and self.cipher in keys.CIPHER_KEY:
            self.keymat = keymat
            self.hip_keys = keymat.hip(self.cipher)

    def hip_length(self):
        """Octets that the HIP keys take: the first KEYMAT index."""
        return 2 * (keys.CIPHER_KEY[self.cipher] +
                    wire.HASH_LEN[keys.suite(self.responder)])

    def mac_ok(self, message, below, received, extra=b""):
        """Whether @received is the MAC of @message by its sender's key."""
        key = self.hip_keys[message.sender].mac
        return received == keys.mac(keys.rhash(self.responder), key,
                                    message.covered(below, extra))

    def summary(self):
        """For people and for --json."""
        return {"initiator": ip.text(self.initiator),
                "responder": ip.text(self.responder),
                "i2": self.i2.number,
                "r2": self.r2.number if self.r2 else None,
                "family": 4 if len(self.i2.datagram.src) == 4 else 6,
                "dh_group": self.i2.body(wire.DIFFIE_HELLMAN)[0],
                "cipher": self.cipher, "esp_suite": self.suite,
                "keys": bool(self.hip_keys),
                "esp": sum(len(sa.seen) for sa in self.sas),
                "closed": self.closed is not None}


class World:
    """State of one capture, for the rules of all files."""

    def __init__(self, report, keylog, lossy=False):
        self.report = report
        self.keylog = keylog
        self.lossy = lossy
        self.messages = []              # every HIP message
        self.exchanges = []
        self.by_pair = {}               # frozenset of HITs: [Exchange]
        self.by_nonce = {}              # (HIT-I, HIT-R, I, J): Exchange
        self.sent = {}                  # (type, sender, receiver): [Message]
        self.host_ids = {}              # HIT: (key, HOST_ID TLV)
        self.sas = {}                   # SPI: [Sa]
        self.locators = set()           # addresses that sent HIP
        self.clear = []                 # datagrams neither HIP, ESP nor ICMP
        self.counters = {}              # (HIT, group): highest R1 generation
        self.dh_used = {}               # DIFFIE_HELLMAN of R1s: their R2
        self.nonces = {}                # (HIT-R, #I): HIT-I
        self.close_nonces = {}          # nonce: packet number
        self.dh_values = {}             # public value of I2: packet number

    def add(self, message):
        self.messages.append(message)
        self.sent.setdefault((message.type, message.sender,
                              message.receiver), []).append(message)
        self.locators.add(message.datagram.src)

    def list(self, kind, sender, receiver):
        """Messages of a type so far, oldest first."""
        return self.sent.get((kind, sender, receiver), [])

    def closed(self, one, other):
        """Whether a CLOSE was seen between two HITs."""
        return bool(self.list(wire.CLOSE, one, other) or
                    self.list(wire.CLOSE, other, one))

    def pair(self, one, other):
        return self.by_pair.setdefault(frozenset((one, other)), [])

    def add_exchange(self, exchange):
        self.exchanges.append(exchange)
        self.pair(exchange.initiator, exchange.responder).append(exchange)
        self.by_nonce[(exchange.initiator, exchange.responder, exchange.i,
                       exchange.j)] = exchange

    def add_sa(self, exchange, message, receiver):
        """The SA that the ESP_INFO of an I2 or R2 announces, with keys."""
        sa = self.new_sa(exchange, message, receiver)
        suite = ESP_SUITES.get(sa.suite)
        if not suite or exchange.cipher not in keys.CIPHER_KEY:
            return
        index = exchange.hip_length()
        exchange.next_index = index + 2 * (suite.enc + suite.auth)
        if exchange.keymat:
            sa.keys = exchange.keymat.esp(suite.enc, suite.auth,
                                          index)[sa.sender]

    def new_sa(self, exchange, message, receiver):
        info = message.body(wire.ESP_INFO)
        sa = Sa(exchange, int.from_bytes(info[8:12], "big"), receiver)
        sa.src, sa.dst = message.datagram.dst, message.datagram.src
        exchange.sas.append(sa)
        self.sas.setdefault(sa.spi, []).append(sa)
        return sa

    def sa(self, spi, dst):
        """The newest SA of an SPI, that of the destination preferred."""
        found = self.sas.get(spi, [])
        here = [sa for sa in found if sa.dst == dst]
        return (here or found or [None])[-1]
