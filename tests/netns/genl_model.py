# SPDX-License-Identifier: GPL-2.0
"""What hip.ko must answer: its tables and rules once more, from hip.yaml.

State acquire is left out: packets make and unmake it at any time. A pair for
which packets are sent is "loose": what depends on that state may be either.
"""

import errno
import ipaddress

HITS = ipaddress.ip_network("2001:20::/28")
MAPPED = ipaddress.ip_network("::ffff:0:0/96")
ACQUIRE, UP, CLOSING = range(3)
SPARE, PATH_UP, UNUSABLE = range(3)
FIELDS = ("if-id", "spi-in", "spi-out", "local", "peer")


def is_hit(octets):
    return ipaddress.IPv6Address(octets) in HITS


class Refused(Exception):
    """With the errno."""


def need(fine, number=errno.EINVAL):
    if not fine:
        raise Refused(number)


class Model:
    """The tables of one network namespace."""

    def __init__(self, devices, counters, loose):
        self.devices, self.counters, self.loose = devices, counters, loose
        self.paths = {}         # id -> pair and FIELDS
        self.assocs = {}        # pair -> (state, path id or None)
        self.inside = set()

    @staticmethod
    def policy(op, said):
        """What the generated tables refuse."""
        for name, value in said.items():
            attr = op.attrs[name]
            least = attr.checks.get("min", 0)
            if attr.type == "u32" and (value < least or
                                       attr.top and value > attr.top):
                raise Refused(errno.ERANGE)
            if attr.type == "string" and len(value) > attr.checks.get(
                    "max-len", 1 << 16):
                raise Refused(errno.EINVAL)

    def ask(self, op, said):
        """The errno that a well-formed message gets, its effect taken over.
        None: may be 0 or ENOENT."""
        self.said = said
        try:
            self.policy(op, said)
            return getattr(self, op.name.replace("-", "_"))()
        except Refused as refused:
            return refused.args[0]

    def pair(self):
        hits = [self.said.get(which) for which in ("local-hit", "peer-hit")]
        need(all(hits) and all(map(is_hit, hits)) and hits[0] != hits[1])
        return tuple(hits)

    def number(self, name):
        need(name in self.said)
        return self.said[name]

    def assoc_get(self):
        pair = self.pair()
        if pair in self.assocs:
            return 0
        need(pair in self.loose, errno.ENOENT)
        return None

    def assoc_new(self):
        pair, state = self.pair(), self.number("state")
        path = self.said.get("default-path")
        need(state != ACQUIRE)
        if state == UP:
            need(path)
            need(path in self.paths, errno.ENOENT)
            need(self.paths[path][0] == pair)
            self.assocs[pair] = UP, path
            return 0
        need(path is None)
        need(pair in self.assocs, errno.ENOENT)
        self.assocs[pair] = CLOSING, self.assocs[pair][1]
        return 0

    def assoc_del(self):
        need(self.assocs.pop(self.pair(), None), errno.ENOENT)
        return 0

    def assoc_fail(self):
        pair = self.pair()
        self.number("reason")
        need(pair in self.loose, errno.ENOENT)
        return None

    def path_get(self):
        need(self.number("id") in self.paths, errno.ENOENT)
        return 0

    def path_new(self):
        number, pair = self.number("id"), self.pair()
        need(self.number("spi-in") > 255 and self.number("spi-out") > 255)
        need("local" in self.said and "peer" in self.said)
        need(len({ipaddress.IPv6Address(self.said[end]) in MAPPED
                  for end in ("local", "peer")}) == 1)
        need(self.paths.get(number, (pair,))[0] == pair, errno.EEXIST)
        self.paths[number] = pair, *(self.said.get(f, 0) for f in FIELDS)
        return 0

    def path_del(self):
        number = self.number("id")
        need(number in self.paths, errno.ENOENT)
        pair = self.paths[number][0]
        state, path = self.assocs.get(pair, (None, None))
        if path == number:
            need(state != UP, errno.EBUSY)
            self.assocs[pair] = state, None
        del self.paths[number]
        return 0

    def inside_get(self):
        need(self.number("ifindex") in self.inside, errno.ENOENT)
        return 0

    def inside_new(self):
        index = self.number("ifindex")
        need(index in self.devices, errno.ENODEV)
        need(index not in self.inside, errno.EEXIST)
        self.inside.add(index)
        return 0

    def inside_del(self):
        index = self.number("ifindex")
        need(index in self.inside, errno.ENOENT)
        self.inside.remove(index)
        return 0

    def stat_get(self):
        need("name" in self.said)
        need(self.said["name"] in self.counters, errno.ENOENT)
        return 0

    # Replies, as Spec.values() gives them

    def right(self, op, said):
        """Whether one reply to a get, or one of a dump, is as it must be."""
        if op.name == "path-get":
            number = said.get("id")
            pair = said["local-hit"], said["peer-hit"]
            state = SPARE if self.assocs.get(pair) != (UP, number) else PATH_UP
            return number in self.paths and self.paths[number] == (
                pair, *(said[f] for f in FIELDS)) and (
                    said["state"] == (state if said["mtu"] else UNUSABLE))
        if op.name == "assoc-get":
            pair = said["local-hit"], said["peer-hit"]
            want = self.assocs.get(pair)
            if not want:
                return pair in self.loose and said["state"] == ACQUIRE
            return want == (said["state"], said.get("default-path"))
        if op.name == "inside-get":
            return said.get("ifindex") in self.inside
        return said["name"] in self.counters and bool(said["help"])

    def whole(self, op, replies):
        """Whether a dump is."""
        size = {"path-get": len(self.paths), "assoc-get": len(self.assocs),
                "inside-get": len(self.inside),
                "stat-get": len(self.counters)}[op.name]
        real = [said for said in replies if op.name != "assoc-get" or
                said["state"] != ACQUIRE]
        return len(real) == size and all(self.right(op, r) for r in replies)
