#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Random messages to the netlink family of hip.ko, after hip.yaml.

usage: genl_fuzz.py SEED COUNT LOCAL_HIT

Half of the messages are well formed, with values that build state up and take
it down again; the others are those with something broken. genl_model.py says
what each of the former must answer; what the kernel takes of the latter, the
model must take as well, and both have the same tables whenever a dump is
compared. Each refusal of a well formed message needs a sentence. Meanwhile
packets are sent, dumps are left half read, and one listener never reads.

Prints the messages by answer. Exit status 1: the kernel and the model
disagree; the message is shown.
"""

import collections
import errno
import random
import socket
import struct
import sys

import genl
from genl_model import Model, is_hit

LOCALS, PEERS, IDS, DEVICES = 3, 6, 12, 3
EDGES = (0, 1, 2, 3, 255, 256, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff)


def address(text):
    return socket.inet_pton(socket.AF_INET6, text)


class Disagree(Exception):
    """The kernel and the model."""


class Maker:
    """Makes messages."""

    def __init__(self, rng, spec, local):
        self.rng, self.spec = rng, spec
        # Packets are sent from the first; the others are nobody's address.
        self.locals = [address(local)] + [
            address(f"2001:20::1:{i:x}") for i in range(1, LOCALS)]
        self.peers = [address(f"2001:20::2:{i:x}") for i in range(PEERS)]
        self.devices = [i for i, _ in socket.if_nameindex()]
        self.counters = []

    def hit(self, pool):
        if self.rng.random() < 0.94:
            return self.rng.choice(pool)
        return self.rng.choice((
            self.locals[0], self.rng.randbytes(16), bytes(16), b"\xff" * 16,
            address("2001:1f:ffff::1"), address("2001:30::1"),
            address("2001:2f:ffff::1")))

    def locator(self):
        return address(self.rng.choice(
            ("::ffff:192.0.2.1", "::ffff:198.51.100.1", "2001:db8:a::1",
             "2001:db8:b::1", "::", "::ffff:0.0.0.0")))

    def number(self, usual):
        return usual if self.rng.random() < 0.95 else self.rng.choice(EDGES)

    def value(self, attr):
        """A plausible one, as octets."""
        rng = self.rng
        if attr.name == "local-hit":
            return self.hit(self.locals)
        if attr.name == "peer-hit":
            return self.hit(self.peers)
        if attr.type == "binary":
            return self.locator()
        if attr.type == "string":
            return self.rng.choice(
                self.counters + ["", "x", "n" * 31, "n" * 32]
            ).encode() + b"\0"
        usual = {"id": 1 + rng.randrange(IDS),
                 "default-path": 1 + rng.randrange(IDS),
                 "if-id": rng.choice((0, 0, 77)),
                 "state": rng.choice((1, 1, 1, 2, 0)),
                 "reason": rng.randrange(3),
                 "ifindex": rng.choice(self.devices)}
        number = self.number(usual.get(attr.name, rng.randrange(256, 1 << 32)))
        return number.to_bytes(4, "big" if attr.big else "little")

    def said(self, op):
        """Attributes of a well formed message: pairs of number and octets."""
        names = [name for name in op.request if self.rng.random() < 0.98]
        chosen = [[op.attrs[name].number, self.value(op.attrs[name])]
                  for name in names]
        self.agree(op, chosen)
        self.rng.shuffle(chosen)
        return chosen

    def agree(self, op, chosen):
        """Values that depend on each other mostly fit: a path belongs to one
        pair, and its ends are of one family."""
        if self.rng.random() < 0.1:
            return
        by_name = {pair[0]: pair for pair in chosen}

        def of(name):
            return by_name.get(op.attrs[name].number) \
                if name in op.attrs else None

        path = of("id") or of("default-path")
        if path and of("local-hit") and of("peer-hit"):
            number = int.from_bytes(path[1], "little")
            of("local-hit")[1] = self.locals[number % LOCALS]
            of("peer-hit")[1] = self.peers[number % PEERS]
        state = of("state")
        if state and state[1][0] == 2 and path:
            chosen.remove(path)
        if of("local") and of("peer"):
            of("peer")[1] = of("local")[1][:12] + self.rng.randbytes(4)

    # What is broken in a message

    def lengthen(self, chosen):
        victim = self.rng.choice(chosen)
        victim[1] = self.rng.randbytes(self.rng.randrange(41))

    def double(self, chosen):
        chosen.append(list(self.rng.choice(chosen)))
        if self.rng.random() < 0.5:
            chosen[-1][1] = self.rng.randbytes(len(chosen[-1][1]))

    def drop(self, chosen):
        chosen.pop(self.rng.randrange(len(chosen)))

    def strange(self, chosen):
        chosen.append([self.rng.choice(
            (0, 1, 5, 16, 17, 31, 255, 0x3fff, self.rng.randrange(1 << 14))),
            self.rng.randbytes(self.rng.choice((0, 4, 16, 60)))])

    def nest(self, chosen):
        victim = self.rng.choice(chosen)
        if self.rng.random() < 0.5:
            victim[1] = genl.attribute(victim[0], victim[1])
        victim[0] |= self.rng.choice((0, genl.NESTED, 0x4000, 0xc000))

    def noise(self, chosen):
        victim = self.rng.choice(chosen)
        victim[1] = self.rng.randbytes(len(victim[1]))

    def edge(self, chosen):
        victim = self.rng.choice(chosen)
        if len(victim[1]) == 4:
            victim[1] = struct.pack("=I", self.rng.choice(EDGES))

    def broken(self, chosen):
        """The attributes as octets, with one to three faults."""
        for _ in range(self.rng.randrange(1, 4)):
            if chosen:
                self.rng.choice((self.lengthen, self.double, self.drop,
                                 self.strange, self.nest, self.noise,
                                 self.edge))(chosen)
        octets = b"".join(genl.attribute(*pair) for pair in chosen)
        if self.rng.random() < 0.2 and octets:
            octets = bytearray(octets)
            struct.pack_into("=H", octets, 0, self.rng.choice(
                (0, 1, 3, 4, 5, 19, 21, len(octets), 0xffff)))
        if self.rng.random() < 0.1:
            octets = bytes(octets) + self.rng.randbytes(
                self.rng.randrange(1, 40))
        return bytes(octets)

    def header(self, message):
        """A fault outside the attributes; None when there is no answer."""
        message = bytearray(message)
        kind = self.rng.randrange(4)
        if kind == 0:
            message[16] = self.rng.choice((0, 12, 13, 14, 15, 255))
        elif kind == 1:
            message[18] = 1             # reserved
        elif kind == 2:
            del message[self.rng.randrange(16, 20):]
            struct.pack_into("=I", message, 0, len(message))
        else:
            message[7] |= self.rng.choice((4, 8, 0x10))
        return bytes(message)


class Fuzzer:
    """Sends them and compares."""

    def __init__(self, seed, local):
        self.rng = random.Random(seed)
        self.spec = genl.Spec()
        self.make = Maker(self.rng, self.spec, local)
        self.sockets = [genl.Socket() for _ in range(4)]
        self.family = self.sockets[0].family
        groups = self.sockets[0].groups
        # One takes part and hears of all changes, another never reads.
        self.deaf = genl.Socket(self.family)
        self.watcher = genl.Socket(self.family)
        for name in ("mgmt", "events"):
            self.deaf.join(groups[name])
            self.watcher.join(groups[name])
        self.watcher.socket.setblocking(False)
        self.half = []          # dumps that were not read to their end
        self.packets = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.packets.bind((local, 0))
        self.packets.setblocking(False)
        self.tally = collections.Counter()
        loose = {(self.make.locals[0], peer) for peer in self.make.peers}
        self.model = Model(set(self.make.devices), (), loose)
        self.make.counters = [said["name"]
                              for said in self.dump("stat-get")]
        self.model.counters = self.make.counters

    def dump(self, name):
        op = self.spec.ops[name]
        answer = self.sockets[0].ask(op.number, b"", genl.F_DUMP)
        if answer.error:
            raise Disagree(f"{name}: dump: {answer.error}")
        return [self.spec.values(op, octets) for octets in answer.replies]

    def compare(self):
        """All tables."""
        for op in self.spec.ops.values():
            if op.dumps and op.name != "stat-get":
                replies = self.dump(op.name)
                if not self.model.whole(op, replies):
                    raise Disagree(f"{op.name}: dumped {replies},\nmodel: "
                                   f"{vars(self.model)}")

    def judge(self, op, octets, answer, clean):
        """One answer to a "do"."""
        said = self.spec.values(op, octets) if clean or not answer.error \
            else {}
        if not clean and answer.error:
            return
        want = self.model.ask(op, said)
        if want is None:
            want = answer.error if answer.error in (0, errno.ENOENT) else 0
        if answer.error != want:
            raise Disagree(f"{op.name} {said}: the kernel says "
                           f"{answer.error} {answer.sentence!r}, wanted "
                           f"{want}")
        if answer.error and not answer.sentence:
            raise Disagree(f"{op.name} {said}: refused with {want}, without "
                           f"a sentence")
        for reply in answer.replies:
            reply = self.spec.values(op, reply)
            if not self.model.right(op, reply):
                raise Disagree(f"{op.name}: got {reply}")

    def count(self, what, answer):
        name = errno.errorcode.get(answer.error, "ok")
        self.tally[f"{what} {name}"] += 1

    def batch(self, sender):
        """One to four messages in one datagram."""
        sent = []
        for _ in range(self.rng.choice((1, 1, 1, 4))):
            op = self.rng.choice(list(self.spec.ops.values()))
            clean = self.rng.random() < 0.55
            chosen = self.make.said(op)
            octets = b"".join(genl.attribute(*pair) for pair in chosen) \
                if clean else self.make.broken(chosen)
            message = sender.message(op.number, octets)
            if not clean and self.rng.random() < 0.2:
                message, op = self.make.header(message), None
            sent.append((sender.seq, op, octets, clean, message))
        sender.socket.send(b"".join(
            message + bytes(-len(message) % 4) for *_, message in sent))
        answers = sender.answers([seq for seq, *_ in sent])
        for seq, op, octets, clean, _ in sent:
            answer = answers[seq]
            if op:
                self.judge(op, octets, answer, clean)
            elif not answer.error:
                raise Disagree(f"taken: {sent}")
            self.count(op.name if op else "header", answer)
        return len(sent)

    def half_dump(self):
        """Begin a dump, or go on with one, or leave it."""
        if len(self.half) < 3:
            sender = genl.Socket(self.family)
            op = self.rng.choice([op for op in self.spec.ops.values()
                                  if op.dumps])
            octets = b"" if self.rng.random() < 0.5 else \
                self.make.broken(self.make.said(op))
            sender.socket.send(sender.message(op.number, octets,
                                              genl.F_DUMP))
            self.half.append(sender)
            return
        sender = self.rng.choice(self.half)
        if self.rng.random() < 0.5:
            sender.socket.setblocking(False)
            try:
                self.tally["datagrams of slow dumps"] += 1
                list(sender.receive())
                return
            except OSError:
                pass
        self.half.remove(sender)
        sender.close()

    def packet(self):
        peer = socket.inet_ntop(socket.AF_INET6,
                                self.rng.choice(self.make.peers))
        try:
            self.packets.sendto(bytes(self.rng.choice((8, 3000))), (peer, 9))
            self.tally["packets"] += 1
        except OSError:
            self.tally["packets refused"] += 1

    def listen(self):
        """A listener that is slow, too: what it missed is no fault."""
        try:
            while True:
                for kind, *_ in self.watcher.receive():
                    self.tally["notifications"] += kind == self.family
        except OSError as error:
            self.tally[f"listener {errno.errorcode[error.errno]}"] += 1

    def run(self, count):
        done = 0
        while done < count:
            done += self.batch(self.rng.choice(self.sockets))
            if done % 17 == 0:
                self.half_dump()
            if done % 5 == 0:
                self.packet()
            if done % 50 == 0:
                self.listen()
            if done % 200 == 0:
                self.compare()
        self.compare()

    def clear(self):
        """Take down what the model says is there, until nothing is."""
        def gone(name, **values):
            op = self.spec.ops[name]
            octets = b"".join(
                genl.attribute(op.attrs[key.replace("_", "-")].number, value)
                for key, value in values.items())
            self.judge(op, octets, self.sockets[0].ask(op.number, octets),
                       True)

        for pair in list(self.model.assocs):
            gone("assoc-del", local_hit=pair[0], peer_hit=pair[1])
        for number in list(self.model.paths):
            gone("path-del", id=struct.pack("=I", number))
        for index in list(self.model.inside):
            gone("inside-del", ifindex=struct.pack("=I", index))
        self.compare()

    def close(self):
        for sender in [*self.sockets, *self.half, self.deaf, self.watcher]:
            sender.close()
        self.packets.close()


def main():
    seed, count, local = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    assert is_hit(address(local))
    # The kernel names who sent attributes with something left over.
    with open("/proc/self/comm", "w") as comm:
        comm.write("hostile")
    fuzzer = Fuzzer(seed, local)
    try:
        fuzzer.run(count)
        fuzzer.clear()
        status = 0
    except Disagree as disagree:
        print(f"seed {seed}, after {sum(fuzzer.tally.values())}: {disagree}")
        status = 1
    for what, number in sorted(fuzzer.tally.items()):
        print(f"{number:8} {what}")
    fuzzer.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
