#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Allocations of the kernel fail one after the other, by failslab.

usage: genl_faults.py requests | packets | namespace | module FILE

An action is done with its first allocation failing, then with its second, and
so on until it is through without. Each time it must say that it failed and
have changed nothing, or have worked nevertheless, and work when it is tried
again. Prints for each action "NAME: N allocations", or what went wrong, and
then the exit status is 1. /proc/thread-self/fail-nth says which one fails.
"""

import collections
import ctypes
import errno
import os
import re
import socket
import struct
import sys

import genl

FAILSLAB = "/sys/kernel/debug/failslab/"
CLONE_NEWNET = 0x40000000
FINIT_MODULE, DELETE_MODULE = 313, 176      # x86-64
# Frames of the module's start, in a stack; those with "?" are no callers.
OURS = re.compile(rb"\] (hip|net)_\w+\+\S+ \[hip\]")
STEP = 24
ROUNDS = 50
LOST = (errno.ENOMEM, errno.ENOBUFS)
libc = ctypes.CDLL(None, use_errno=True)


class Wrong(Exception):
    """What must not be."""


def need(fine, text):
    if not fine:
        raise Wrong(text)


def call(function, *args):
    if function(*args) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def address(text):
    return socket.inet_pton(socket.AF_INET6, text)


class Faults:
    """Lets the nth allocation of this thread fail."""

    def __init__(self):
        for name, value in (("ignore-gfp-wait", "N"), ("verbose", "0"),
                            ("verbose_ratelimit_interval_ms", "0"),
                            ("probability", "0"), ("times", "-1")):
            self.set(name, value)
        self.file = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
        self.log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        self.left = 0

    @staticmethod
    def set(name, value):
        with open(FAILSLAB + name, "w", encoding="ascii") as file:
            file.write(value)

    def during(self, n, action):
        """Whether one failed, and the error that @action met."""
        error = 0
        octets = str(n).encode()
        os.pwrite(self.file, octets, 0)
        try:
            action()
        except OSError as raised:
            error = raised.errno
        left = os.pread(self.file, 16, 0)
        os.pwrite(self.file, b"0", 0)
        self.left = int(left)
        return self.left == 0, error

    def each(self, name, once):
        """Call once(n, during) with n = 1, 2, ... until nothing fails. It
        returns whether something did."""
        n = 1
        while True:
            try:
                failed = once(n)
            except Wrong as wrong:
                raise Wrong(f"{name}: allocation {n}: {wrong}") from None
            if not failed:
                break
            n += 1
        print(f"{name}: {n - 1} allocations", flush=True)
        need(n > 1, f"{name}: nothing failed")


    def stack(self):
        """Of the allocations that failed since the last time."""
        said = b""
        while True:
            try:
                said += os.read(self.log, 8192)
            except BrokenPipeError:
                pass
            except BlockingIOError:
                return said

    def last(self, once):
        """How many an action makes; from now on stack() tells whose failed."""
        many = 1 << 20
        once(many)
        self.set("verbose", "2")
        os.lseek(self.log, 0, os.SEEK_END)
        return many - self.left

    def fail(self, name, once, n):
        """The stack of the nth."""
        try:
            once(n)
        except Wrong as wrong:
            raise Wrong(f"{name}: allocation {n}: {wrong}") from None
        return self.stack()

    def back(self, name, once):
        """Of an action that is mostly the kernel's own only what the module
        allocates: backwards from the last."""
        n = self.last(once)
        seen = since = 0
        while n and since < (10 if seen else 100):
            ours = OURS.search(self.fail(name, once, n))
            seen, since = (seen + 1, 0) if ours else (seen, since + 1)
            n -= 1
        self.set("verbose", "0")
        print(f"{name}: {seen} allocations", flush=True)
        need(seen, f"{name}: nothing failed")

    def by(self, name, once, wanted, behind):
        """Those of the module's functions @wanted, which come shortly before
        those that the function @behind is responsible for. How many there are
        before differs from time to time (per-CPU chunks, numbers): until
        each has failed once."""
        end = n = self.last(once)
        for coarse in range(n, 0, -STEP):
            if b"] %s+" % behind in self.fail(name, once, coarse):
                end = coarse
        missing = set(wanted)
        window = range(end + STEP, max(end - 3 * STEP, 0), -1)
        for n in ROUNDS * list(window):
            stack = self.fail(name, once, n)
            missing -= {f for f in missing if b"] %s+" % f in stack}
            if not missing:
                break
        self.set("verbose", "0")
        print(f"{name}: {len(wanted) - len(missing)} allocations", flush=True)
        need(not missing, f"{name}: none failed in {missing}")


class Tables:
    """Requests to the module; those of the test itself never fail."""

    def __init__(self):
        self.spec = genl.Spec()
        self.socket = genl.Socket()
        self.family = self.socket.family

    def octets(self, name, /, **values):
        op = self.spec.ops[name]
        octets = b""
        for key, value in values.items():
            attr = op.attrs[key.replace("_", "-")]
            if attr.type == "u32":
                value = value.to_bytes(4, "big" if attr.big else "little")
            elif attr.type == "string":
                value = value.encode() + b"\0"
            octets += genl.attribute(attr.number, value)
        return op.number, octets

    def ask(self, name, /, **values):
        return self.socket.ask(*self.octets(name, **values))

    def do(self, name, /, **values):
        answer = self.ask(name, **values)
        need(not answer.error, f"{name}: {answer.error} {answer.sentence}")
        return self.spec.values(self.spec.ops[name], answer.replies[0]) \
            if answer.replies else None

    def dump(self, name, sender=None):
        answer = (sender or self.socket).ask(self.spec.ops[name].number,
                                             b"", genl.F_DUMP)
        need(not answer.error, f"{name}: dump: {answer.error}")
        return [self.spec.values(self.spec.ops[name], octets)
                for octets in answer.replies]

    def there(self, name, /, **values):
        return not self.ask(name, **values).error


HITS = {"local_hit": address("2001:20::a"), "peer_hit": address("2001:20::b")}
PATH = {"id": 1, **HITS, "spi_in": 0x2001, "spi_out": 0x1001,
        "local": address("::ffff:192.0.2.1"),
        "peer": address("::ffff:198.51.100.1")}
MANY = 24


class Requests:
    """Each request of the specification."""

    def __init__(self, faults, tables):
        self.faults, self.tables = faults, tables
        self.watcher = genl.Socket(tables.family)
        self.watcher.socket.setblocking(False)
        self.watcher.join(tables.socket.groups["mgmt"])

    def heard(self):
        """What a listener got since the last time: its number, or that
        something is lost."""
        count = 0
        while True:
            try:
                count += len(list(self.watcher.receive()))
            except BlockingIOError:
                return count
            except OSError as error:
                need(error.errno == errno.ENOBUFS, f"listener: {error}")
                count += 1000

    def change(self, name, before, done, values, told=True):
        """A request that changes something."""
        tables = self.tables
        cmd, octets = tables.octets(name, **values)

        def once(n):
            sender = genl.Socket(tables.family)
            message = sender.message(cmd, octets)
            before()
            need(not done(), f"{name}: cannot be tried")
            self.heard()
            failed, error = self.faults.during(
                n, lambda: sender.socket.send(message))
            sentence = ""
            if not error:
                try:
                    answer = sender.answers([sender.seq])[sender.seq]
                    error, sentence = answer.error, answer.sentence
                    if error:
                        need(not done(), f"changed, and said {error}")
                except OSError as lost:
                    error = lost.errno
            sender.close()
            heard = self.heard()
            need(error in LOST if failed and error else not error,
                 f"{name}: {error} {sentence}")
            need(error or done(), "nothing changed, and nobody said so")
            if told and done():
                need(heard, "changed, and no listener knows")
            if not done():
                tables.do(name, **values)
                need(done(), "does not work afterwards")
            return failed

        self.faults.each(name, once)

    def read(self, name, values, flags=genl.F_ACK, size=1):
        """A request that asks: all of it, or an error."""
        tables = self.tables
        cmd, octets = tables.octets(name, **values)

        def once(n):
            # A dump that broke off leaves its socket useless.
            sender = genl.Socket(tables.family, timeout=5)
            answer = []
            failed, error = self.faults.during(n, lambda: answer.append(
                sender.ask(cmd, octets, flags)))
            sender.close()
            if not error:
                error = answer[0].error
                got = len(answer[0].replies)
                need(error or got == size, f"{name}: {got} of {size}")
            need(error in LOST if failed and error else not error,
                 f"{name}: error {error}")
            return failed

        kind = "dump" if flags == genl.F_DUMP else "do"
        self.faults.each(f"{name} {kind}", once)

    def run(self):
        tables = self.tables
        ask, do, there = tables.ask, tables.do, tables.there

        def state(which):
            answer = ask("assoc-get", **HITS)
            return not answer.error and tables.spec.values(
                tables.spec.ops["assoc-get"],
                answer.replies[0])["state"] == which

        def no_path():
            ask("assoc-new", state=2, **HITS)
            ask("path-del", id=1)

        def no_assoc():
            do("path-new", **PATH)
            ask("assoc-del", **HITS)

        def up():
            do("path-new", **PATH)
            do("assoc-new", state=1, default_path=1, **HITS)

        def other_spi():
            do("path-new", **{**PATH, "spi_in": 0x3001})

        def path_is_as_wished():
            answer = ask("path-get", id=1)
            return not answer.error and tables.spec.values(
                tables.spec.ops["path-get"],
                answer.replies[0])["spi-in"] == PATH["spi_in"]

        self.change("path-new", no_path, lambda: there("path-get", id=1),
                    PATH)
        self.change("path-new", other_spi, path_is_as_wished, PATH)
        self.change("assoc-new", no_assoc, lambda: state(1),
                    {"state": 1, "default_path": 1, **HITS})
        self.change("assoc-new", up, lambda: state(2),
                    {"state": 2, **HITS})
        self.change("assoc-del", up,
                    lambda: not there("assoc-get", **HITS), HITS)
        self.change("path-del", no_assoc,
                    lambda: not there("path-get", id=1), {"id": 1})
        self.change("inside-new", lambda: ask("inside-del", ifindex=1),
                    lambda: there("inside-get", ifindex=1), {"ifindex": 1},
                    told=False)
        self.change("inside-del", lambda: ask("inside-new", ifindex=1),
                    lambda: not there("inside-get", ifindex=1),
                    {"ifindex": 1}, told=False)

        for i in range(MANY):
            hits = {**HITS, "peer_hit": address(f"2001:20::3:{i:x}")}
            do("path-new", **{**PATH, **hits, "id": i + 1})
            do("assoc-new", state=1, default_path=i + 1, **hits)
        do("inside-new", ifindex=1)
        self.read("assoc-get", {**HITS, "peer_hit": address("2001:20::3:1")})
        self.read("path-get", {"id": 1})
        self.read("inside-get", {"ifindex": 1})
        self.read("stat-get", {"name": "queued"})
        self.read("assoc-get", {}, genl.F_DUMP, MANY)
        self.read("path-get", {}, genl.F_DUMP, MANY)
        self.read("inside-get", {}, genl.F_DUMP, 1)
        self.read("stat-get", {}, genl.F_DUMP, len(tables.dump("stat-get")))
        do("inside-del", ifindex=1)
        for i in range(MANY):
            hits = {**HITS, "peer_hit": address(f"2001:20::3:{i:x}")}
            do("assoc-del", **hits)
            do("path-del", id=i + 1)


class Packets:
    """Packets that wait, and packets that find their way."""

    def __init__(self, faults, tables):
        self.faults, self.tables = faults, tables
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.socket.bind((socket.inet_ntop(socket.AF_INET6,
                                           HITS["local_hit"]), 0))
        self.listener = genl.Socket(tables.family, timeout=5)
        self.listener.join(tables.socket.groups["events"])
        self.receiver = self.inside("B")

    @staticmethod
    def inside(name):
        """A socket of another namespace."""
        with open("/proc/self/ns/net", encoding="ascii") as here, \
                open(f"/run/netns/{name}", encoding="ascii") as there:
            call(libc.setns, there.fileno(), CLONE_NEWNET)
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            call(libc.setns, here.fileno(), CLONE_NEWNET)
        sock.bind(("::", 9))
        sock.settimeout(5)
        return sock

    def lost(self):
        """Counters of packets that did not get through: name -> value."""
        count = {said["name"]: said["value"]
                 for said in self.tables.dump("stat-get")
                 if said["help"].startswith("dropped")}
        for table in ("snmp6", "xfrm_stat"):
            with open(f"/proc/self/net/{table}", encoding="ascii") as file:
                for name, value in (line.split() for line in file):
                    if table == "xfrm_stat" or re.search(
                            "Discards|Errors|NoRoutes|FragFails", name):
                        count[name] = int(value)
        with open("/proc/self/net/dev", encoding="ascii") as file:
            for line in list(file)[2:]:
                name, rest = line.split(":")
                numbers = rest.split()
                count[name + " tx"] = int(numbers[10]) + int(numbers[11])
        return count

    def stat(self, name):
        return self.tables.do("stat-get", name=name)["value"]

    def event(self):
        """Wait for an acquire: what the module asks for."""
        spec = self.tables.spec
        while True:
            try:
                _, _, _, octets = next(self.listener.receive())
                return spec.values(spec.ops["assoc-get"],
                                   octets[4:])["peer-hit"]
            except OSError as error:
                need(error.errno == errno.ENOBUFS, f"no event: {error}")

    def queue(self):
        """To a HIT without association."""
        def once(n):
            peer = address(f"2001:20::4:{n:x}")
            before, queued = self.lost(), self.stat("queued")
            target = socket.inet_ntop(socket.AF_INET6, peer), 9
            failed, error = self.faults.during(
                n, lambda: self.socket.sendto(b"x", target))
            waits = self.stat("queued") - queued
            need(not error or error in LOST, f"refused with {error}")
            need(error or waits or self.lost() != before,
                 "a packet is lost, and nobody counted")
            need(failed or waits, f"does not wait: {error}")
            # A lost event is repeated.
            if waits:
                need(self.event() == peer, "an event for another peer")
                self.tables.do("assoc-fail", local_hit=HITS["local_hit"],
                               peer_hit=peer, reason=2)
            return failed

        self.faults.each("packet that waits", once)

    def send(self, name, size, before):
        """Through a path: it arrives, or somebody counted."""
        target = socket.inet_ntop(socket.AF_INET6, HITS["peer_hit"]), 9

        def once(n):
            before()
            was = self.lost()
            payload = struct.pack("!I", n) + bytes(size)
            failed, error = self.faults.during(
                n, lambda: self.socket.sendto(payload, target))
            counted = {key: value - was.get(key, 0) for key, value
                       in self.lost().items() if value != was.get(key, 0)}
            need(not error or error in LOST or counted,
                 f"a packet is lost, and nobody counted: {error}")
            if not error and not counted:
                self.arrives(payload)
                error = None
            need(failed or error is None, f"does not arrive: {error}, "
                 f"{counted}")
            self.seen[error if error else ",".join(counted) or "arrived"] += 1
            return failed

        self.seen = collections.Counter()
        self.faults.each(name, once)
        print("#  ", dict(self.seen), flush=True)

    def arrives(self, payload):
        """It does; others, which were counted as lost, may come late."""
        try:
            while self.receiver.recv(65536) != payload:
                pass
        except socket.timeout:
            need(False, "a packet is lost, and nobody counted")

    def release(self):
        """An association comes up for which a packet waits."""
        tables = self.tables
        target = socket.inet_ntop(socket.AF_INET6, HITS["peer_hit"]), 9
        cmd, octets = tables.octets("assoc-new", state=1, default_path=7,
                                    **HITS)

        def once(n):
            sender = genl.Socket(tables.family)
            tables.ask("assoc-del", **HITS)
            queued = self.stat("queued")
            payload = b"waits %d" % n
            self.socket.sendto(payload, target)
            need(self.stat("queued") == queued + 1, "does not wait")
            was = self.lost()
            failed, error = self.faults.during(n, lambda: sender.socket.send(
                sender.message(cmd, octets)))
            try:
                error = error or sender.answers([sender.seq])[sender.seq].error
            except OSError as lost:
                error = lost.errno
            sender.close()
            need(error in LOST if failed and error else not error,
                 f"assoc-new: {error}")
            if error:
                tables.do("assoc-new", state=1, default_path=7, **HITS)
            if self.lost() == was:
                self.arrives(payload)
            return failed

        self.faults.each("association up with a packet that waits", once)

    def run(self):
        do = self.tables.do
        self.queue()

        def path(if_id):
            do("path-new", **{**PATH, "id": 7, "if_id": if_id,
                              "spi_in": 0x2007, "spi_out": 0x1007})

        path(77)
        do("assoc-new", state=1, default_path=7, **HITS)
        self.send("packet that builds a bundle", 8, lambda: path(77))
        self.send("packet that is cut", 3000, lambda: path(77))
        self.release()
        do("assoc-del", **HITS)
        do("path-del", id=7)


def namespace(faults, tables):
    """Made with hip.ko loaded."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)

    def once(n):
        failed, error = faults.during(
            n, lambda: call(libc.unshare, CLONE_NEWNET))
        if not error:
            need(not genl.Socket().ask(
                *tables.octets("path-new", **PATH)).error, "has no tables")
            call(libc.setns, here, CLONE_NEWNET)
        # What else fails in a namespace says why in its own way.
        need(failed or not error, f"error {error}")
        return failed

    # The first device comes when all tables are there.
    faults.by("namespace", once, (b"hip_assoc_init", b"hip_hooks_add"),
              b"loopback_net_init")


def module(faults, path):
    """Loaded; what the kernel allocates before the module's start is its own
    affair."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def once(n):
        failed, error = faults.during(n, lambda: call(
            libc.syscall, FINIT_MODULE, file, b"", 0))
        with open("/proc/modules", encoding="ascii") as modules:
            loaded = any(line.startswith("hip ") for line in modules)
        need(loaded == (not error), f"error {error}, loaded: {loaded}")
        need(failed or not error, f"error {error}")
        if loaded:
            call(libc.syscall, DELETE_MODULE, b"hip", os.O_NONBLOCK)
        return failed

    faults.back("module", once)


def main():
    faults = Faults()
    try:
        if sys.argv[1] == "requests":
            Requests(faults, Tables()).run()
        elif sys.argv[1] == "packets":
            Packets(faults, Tables()).run()
        elif sys.argv[1] == "namespace":
            namespace(faults, Tables())
        else:
            module(faults, sys.argv[2])
    except Wrong as wrong:
        print(f"wrong: {wrong}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
