# SPDX-License-Identifier: GPL-2.0
"""Generic netlink by hand: messages after hip.yaml, and a socket to send them.

Nothing here refuses a message that the kernel should refuse.
"""

import dataclasses
import os
import pathlib
import socket
import struct

import yaml

SPEC = (pathlib.Path(__file__).resolve().parents[2] / "Documentation" /
        "netlink" / "specs" / "hip.yaml")

NETLINK_GENERIC, SOL_NETLINK = 16, 270
ADD_MEMBERSHIP, CAP_ACK, EXT_ACK = 1, 10, 11
NLMSG_ERROR, NLMSG_DONE = 2, 3
F_REQUEST, F_MULTI, F_ACK, F_DUMP = 1, 2, 4, 0x300
F_CAPPED, F_TLVS = 0x100, 0x200
ERR_MSG = 1
CTRL_ID, CTRL_GETFAMILY = 16, 3
CTRL_A_ID, CTRL_A_NAME, CTRL_A_MCAST_GROUPS = 1, 2, 7
NESTED = 0x8000


def attribute(kind, payload, length=None):
    """One attribute; @length instead of the right one."""
    length = len(payload) + 4 if length is None else length
    return (struct.pack("=HH", length, kind) + payload +
            bytes(-len(payload) % 4))


def attributes(octets):
    """Pairs of type and payload, as far as lengths are right."""
    while len(octets) >= 4:
        length, kind = struct.unpack_from("=HH", octets)
        if not 4 <= length <= len(octets):
            return
        yield kind & 0x3fff, octets[4:length]
        octets = octets[(length + 3) & ~3:]


@dataclasses.dataclass
class Attr:
    """An attribute of the specification."""

    name: str
    number: int
    type: str
    checks: dict
    top: int            # of an enum, else 0
    big: bool           # big-endian


@dataclasses.dataclass
class Op:
    """A request of the specification."""

    name: str
    number: int
    attrs: dict         # of its set, by name
    request: list       # names
    dumps: bool


class Spec:
    """The requests of the family."""

    def __init__(self, path=SPEC):
        spec = yaml.load(path.read_text(), yaml.CSafeLoader)
        enums = {d["name"]: len(d["entries"]) - 1
                 for d in spec["definitions"] if d["type"] == "enum"}
        sets = {}
        for table in spec["attribute-sets"]:
            sets[table["name"]] = {
                row["name"]: Attr(row["name"], i, row["type"],
                                  row.get("checks", {}),
                                  enums.get(row.get("enum"), 0),
                                  row.get("byte-order") == "big-endian")
                for i, row in enumerate(table["attributes"], 1)}
        self.ops = {}
        for i, row in enumerate(spec["operations"]["list"], 1):
            if "do" in row:
                self.ops[row["name"]] = Op(
                    row["name"], i, sets[row["attribute-set"]],
                    row["do"]["request"]["attributes"], "dump" in row)
        self.by_number = {op.number: op for op in self.ops.values()}

    def values(self, op, octets):
        """What a message says: attribute name -> value, the last one wins."""
        names = {attr.number: attr for attr in op.attrs.values()}
        said = {}
        for kind, payload in attributes(octets):
            if kind in names:
                said[names[kind].name] = self.value(names[kind], payload)
        return said

    @staticmethod
    def value(attr, payload):
        if attr.type in ("u8", "u32", "u64"):
            big = attr.big
            return int.from_bytes(payload, "big" if big else "little")
        if attr.type == "string":
            return payload.split(b"\0")[0].decode("latin-1")
        return bytes(payload)


@dataclasses.dataclass
class Answer:
    """What came of one message."""

    error: int = None           # errno, None: not told
    sentence: str = ""
    replies: list = dataclasses.field(default_factory=list)


class Socket:
    """One generic netlink socket."""

    def __init__(self, family=None, timeout=20):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_GENERIC)
        self.socket.setsockopt(SOL_NETLINK, EXT_ACK, 1)
        self.socket.setsockopt(SOL_NETLINK, CAP_ACK, 1)
        self.socket.bind((0, 0))
        self.socket.settimeout(timeout)
        # Made once: what allocates memory here may be told that there is none.
        self.buffer = bytearray(1 << 16)
        self.seq = 0
        self.groups = {}
        self.family = family or self.resolve("hip")

    def resolve(self, name):
        answer = self.ask(CTRL_GETFAMILY, attribute(
            CTRL_A_NAME, name.encode() + b"\0"), kind=CTRL_ID)
        if answer.error:
            raise OSError(answer.error, os.strerror(answer.error))
        said = dict(attributes(answer.replies[0]))
        for _, group in attributes(said[CTRL_A_MCAST_GROUPS]):
            fields = dict(attributes(group))
            self.groups[fields[1].rstrip(b"\0").decode()] = int.from_bytes(
                fields[2], "little")
        return int.from_bytes(said[CTRL_A_ID], "little")

    def join(self, number):
        self.socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, number)

    def message(self, cmd, octets=b"", flags=F_ACK, kind=None):
        self.seq += 1
        return struct.pack("=IHHIIBBH", 20 + len(octets),
                           self.family if kind is None else kind,
                           F_REQUEST | flags, self.seq, 0, cmd, 1, 0) + octets

    def receive(self):
        """The messages of one datagram: type, flags, seq, octets."""
        size = self.socket.recv_into(self.buffer)
        data = bytes(self.buffer[:size])
        while len(data) >= 16:
            length, kind, bits, seq = struct.unpack_from("=IHHI", data)
            yield kind, bits, seq, data[16:length]
            data = data[(length + 3) & ~3:]

    def answers(self, seqs):
        """Collect until each of @seqs is acknowledged: seq -> Answer."""
        got = {seq: Answer() for seq in seqs}
        while any(answer.error is None for answer in got.values()):
            for kind, bits, seq, octets in self.receive():
                answer = got.get(seq)
                if not answer:
                    continue
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    answer.error = -struct.unpack_from("=i", octets)[0]
                    answer.sentence = self.sentence(kind, bits, octets)
                else:
                    answer.replies.append(octets[4:])
        return got

    @staticmethod
    def sentence(kind, bits, octets):
        if not bits & F_TLVS:
            return ""
        skip = 4
        if kind == NLMSG_ERROR:
            size = struct.unpack_from("=I", octets, 4)[0]
            skip += 16 if bits & F_CAPPED else (size + 3) & ~3
        said = dict(attributes(octets[skip:]))
        return said.get(ERR_MSG, b"").rstrip(b"\0").decode()

    def ask(self, cmd, octets=b"", flags=F_ACK, kind=None):
        """Send one message and wait for all of its answer."""
        self.socket.send(self.message(cmd, octets, flags, kind))
        return self.answers([self.seq])[self.seq]

    def close(self):
        self.socket.close()
