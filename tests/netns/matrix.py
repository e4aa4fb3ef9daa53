#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The rows of matrix.sh, driven from inside host A.

usage: matrix.py --pid PID --log FILE --hits-a HIT,... --hits-b HIT,...
                 --v4 ADDRESS --v6 ADDRESS --suites NUMBER,... [--full]
       matrix.py --cover

Prints "pass WHAT" or "fail WHAT: WHY". A row leaves hipd of A (PID, which logs
to FILE) no choice but what it names, plays it, and ends the association.
--cover counts the pairs of values that the rows play: all there are.

Six groups times nine suites are the rows: with the suite cut into two digits
to base 3, sums modulo 3 give the other columns so that each value of a column
meets each value of any other (--cover looks). It is the least that is
possible, as every group has to meet every suite.

Of what is used most, two suites, groups, identities and both families, all 16
combinations are played: what those rows leave out comes after them, without
new keys.

--full plays every combination instead, both hosts with the same kind of
identity, each with new keys.
"""

import argparse
import itertools
import json
import os
import signal
import socket
import sys
import time

import traffic

GROUPS = {7: "p256", 8: "p384", 4: "modp3072", 9: "p521", 3: "modp1536",
          11: "modp2048"}
SUITES = {13: "aes128-gcm-16", 11: "aes128-ccm-16", 9: "aes256-cbc-sha256",
          8: "aes128-cbc-sha256", 12: "aes128-gcm-8", 10: "aes128-ccm-8",
          7: "null-sha256", 14: "aes128-cmac-96", 15: "aes128-gmac"}
CIPHERS = {2: "aes-128-cbc", 4: "aes-256-cbc", 1: "null"}
IDENTITIES = ("rsa", "ecdsa", "p384")
FAMILIES = (4, 6)
# What is used most: all combinations of (group, suite, identity, family)
USUAL = ((7, 8), (13, 8), ("rsa", "ecdsa"), FAMILIES)
CONFIG, HOSTS = "/etc/hip/hipd.conf", "/etc/hip/hosts"
WAIT = 20.0


def pairs():
    """(A's identity, B's identity, group, cipher, suite, family)."""
    for s, suite in enumerate(SUITES):
        high, low = divmod(s, 3)
        for g, group in enumerate(GROUPS):
            yield (IDENTITIES[(g + low) % 3], IDENTITIES[(g + 2 * low) % 3],
                   group, list(CIPHERS)[(g + high) % 3], suite,
                   FAMILIES[(s + g) % 2])


def usual(row):
    """What it is as a combination of the usual, if it is one."""
    one, other, group, _, suite, family = row
    return (group, suite, one, family) if one == other else None


def extra():
    """Rows for what pairs() leaves out of the usual."""
    played = {usual(row) for row in pairs()}
    for what in itertools.product(*USUAL):
        if what not in played:
            group, suite, identity, family = what
            yield identity, identity, group, next(iter(CIPHERS)), suite, family


def full():
    """All there are."""
    for identity, *rest in itertools.product(IDENTITIES, GROUPS, CIPHERS,
                                             SUITES, FAMILIES):
        yield identity, identity, *rest


def cover():
    """Whether each value of a column meets each of any other, and all that is
    usual is there.
    """
    columns = list(zip(*pairs()))
    for one, other in itertools.combinations(columns, 2):
        wanted = len(set(one)) * len(set(other))
        if len(set(zip(one, other))) != wanted:
            return "of %d pairs only %d are played" % (
                wanted, len(set(zip(one, other))))
    played = {usual(row) for row in (*pairs(), *extra())}
    missing = set(itertools.product(*USUAL)) - played
    if missing:
        return "not played: %s" % sorted(missing)
    print("%d rows for pairs, %d more" % (len(columns[0]),
                                          len(list(extra()))))
    return ""


class Control:
    """hipd's control socket."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(WAIT)
        self.sock.connect("/run/hip/hipd.sock")

    def call(self, method, **parameters):
        message = {"method": "io.hip." + method, "parameters": parameters}
        self.sock.sendall(json.dumps(message).encode() + b"\0")
        data = b""
        while not data.endswith(b"\0"):
            more = self.sock.recv(65536)
            if not more:
                raise OSError("hipd closed the control socket")
            data += more
        answer = json.loads(data[:-1])
        if "error" in answer:
            raise OSError(answer["parameters"]["message"])
        return answer["parameters"]


class Matrix:
    """Host A, and what one row does with it."""

    def __init__(self, options):
        self.pid = options.pid
        self.log = open(options.log, encoding="utf-8", errors="replace")
        self.hits_a = dict(zip(IDENTITIES, options.hits_a.split(",")))
        self.hits_b = dict(zip(IDENTITIES, options.hits_b.split(",")))
        self.locator = {4: options.v4, 6: options.v6}
        self.control = Control()

    def reloaded(self):
        """Whether it says so in what is new in its log."""
        return any("read again" in line or "nothing changed" in line
                   for line in self.log)

    @staticmethod
    def wait(what, condition):
        end = time.monotonic() + WAIT
        while not condition():
            if time.monotonic() > end:
                raise OSError(what)
            time.sleep(0.02)

    def configure(self, group, cipher, suite, family):
        self.log.seek(0, os.SEEK_END)
        with open(CONFIG, "w", encoding="ascii") as file:
            file.write("[protocol]\ndh-groups = %d\nciphers = %d\n"
                       "esp-suites = %d\n" % (group, cipher, suite))
        with open(HOSTS, "w", encoding="ascii") as file:
            for hit in self.hits_b.values():
                file.write("%s %s\n" % (hit, self.locator[family]))
        os.kill(self.pid, signal.SIGHUP)
        self.wait("no reload", self.reloaded)

    def find(self, kind, a, b):
        """The association or path of these HITs, or None."""
        items = self.control.call(kind + ".List", peer=b)
        for item in items[kind.lower() + "s"]:
            if (item["local_hit"], item["peer_hit"]) == (a, b):
                return item
        return None

    def same(self, a, b, wanted):
        """What was agreed on."""
        assoc, path = self.find("Assoc", a, b), self.find("Path", a, b)
        if not assoc or not path:
            return "no association"
        got = (assoc["dh_group"], assoc["cipher"], path["esp_suite"],
               6 if ":" in path["peer"] else 4)
        return "" if got == wanted else "agreed on %s" % (got,)

    def rekey(self, a, b):
        """New SPIs; what flows afterwards is under the new keys."""
        old = self.find("Path", a, b)["spi_in"]
        self.control.call("Assoc.Rekey", peer=b, dh=True)
        if self.find("Path", a, b)["spi_in"] == old:
            return "the SPI is the old one"
        return traffic.pings([a], [b]) or traffic.exchange(
            b, a, 3000, [1300])

    def close(self, a, b):
        self.control.call("Assoc.Close", peer=b)
        self.wait("not closed", lambda: not self.find("Assoc", a, b))
        return ""

    def row(self, one, other, group, cipher, suite, family, rekey):
        a, b = self.hits_a[one], self.hits_b[other]
        what = "%s to %s, %s, %s, %s, IPv%d: " % (
            one, other, GROUPS[group], CIPHERS[cipher], SUITES[suite], family)
        wanted = (GROUPS[group], CIPHERS[cipher], SUITES[suite], family)
        for name, step in (
                ("reload", lambda: self.configure(group, cipher, suite,
                                                  family)),
                ("the first ping is answered",
                 lambda: traffic.pings([a], [b])),
                ("as configured", lambda: self.same(a, b, wanted)),
                ("UDP and TCP", lambda: traffic.exchange(
                    b, a, 30000, [64, 1352, 3000])),
                ("rekey", (lambda: self.rekey(a, b)) if rekey else None),
                ("close", lambda: self.close(a, b))):
            if not step:
                continue
            try:
                fault = step()
            except (OSError, KeyError, TypeError) as err:
                fault = str(err) or repr(err)
            print("%s %s%s%s" % ("fail" if fault else "pass", what, name,
                                 ": " + fault if fault else ""), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cover", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--pid", type=int)
    for name in ("log", "hits-a", "hits-b", "v4", "v6", "suites"):
        parser.add_argument("--" + name)
    options = parser.parse_args()
    if options.cover:
        fault = cover()
        print(fault, end="")
        return 1 if fault else 0
    matrix = Matrix(options)
    suites = {int(s) for s in options.suites.split(",")}
    plan = ((True, full()),) if options.full else (
        (True, pairs()), (False, extra()))
    for rekey, rows in plan:
        for row in rows:
            if row[4] in suites:
                matrix.row(*row, rekey)
    return 0


if __name__ == "__main__":
    sys.exit(main())
