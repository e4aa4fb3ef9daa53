# SPDX-License-Identifier: GPL-2.0
"""hipd under load: exchanges a second, floods.

Everything runs natively with kernel = null. Other work on the machine slows
processors down, those that share a core by a third and more: so hipd and the
public-key operations take turns in short rounds, and the least processor time
that each of them needed is held against the other.
"""

import os
import subprocess

from bench import Failure, median, row

SCRIPT = "tests/bench/guest/load.sh"
# A Responder reads the Initiator's key, verifies I2, derives, signs R2. Its
# own keys and R1s serve many exchanges under load.
RESPONDER = {"decode": 1, "verify": 1, "derive": 1, "sign": 1}
# An Initiator makes a key, reads the Responder's, verifies R1, derives, signs
# I2, verifies R2.
INITIATOR = {"keygen": 1, "decode": 1, "verify": 2, "derive": 1, "sign": 1}


def script(bench, **words):
    """Samples of load.sh: the public-key operations' and the mode's."""
    out = bench.run(SCRIPT, *(f"{k}={v}" for k, v in words.items()))
    lines = [dict(word.split("=", 1) for word in line.split()[1:])
             for line in out.splitlines() if line.startswith("BENCH ")]
    samples = [line for line in lines if "mode" in line]
    if not samples:
        raise Failure(f"{SCRIPT}: no result")
    ops = {}
    for line in lines:
        if "op" in line:
            ops.setdefault(line["op"], []).append(float(line["us"]))
    command = " ".join([SCRIPT, *(f"{k}={v}" for k, v in words.items())])
    return samples, ops, command


def floor(ops, counts):
    """Microseconds of public-key operations, each at its best."""
    return sum(count * min(ops[name]) for name, count in counts.items())


def responder(bench, where):
    rounds = 40 if bench.quick else 120
    samples, ops, command = script(bench, mode="exchange", cpus=1, n=100,
                                   rounds=rounds)
    costs = [float(s["cpu_us"]) / float(s["n"]) for s in samples]
    alone = floor(ops, RESPONDER)
    yield row("Responder, one processor", 1e6 / min(costs), "exchanges/s",
              command, where)
    yield row("Responder, public-key operations alone", 1e6 / alone,
              "exchanges/s", command, where)
    yield row("Responder / public-key operations", alone / min(costs), "",
              command, where, at_least=0.70)
    yield row("I2 to R2, 64 at once, p50",
              median([float(s["p50"]) for s in samples]), "us", command, where)
    yield row("I2 to R2, 64 at once, p99",
              median([float(s["p99"]) for s in samples]), "us", command, where)


def initiator(bench, where):
    """In one process: its load generator would cost as much as it does."""
    rounds = 16 if bench.quick else 40
    costs, ops = [], {}
    command = "build/bench/bexops 200"
    for _ in range(rounds):
        for line in bench.run(bench.tools / "pkops", 100).splitlines():
            name, value = line.split()
            ops.setdefault(name, []).append(float(value))
        for line in bench.run(bench.tools / "bexops", 200).splitlines():
            name, value = line.split()
            if name == "initiator":
                costs.append(float(value))
    alone = floor(ops, INITIATOR)
    yield row("Initiator, one processor, without sockets", 1e6 / min(costs),
              "exchanges/s", command, where)
    yield row("Initiator / public-key operations", alone / min(costs), "",
              command, where, at_least=0.70)


def pkops_gain(bench, rounds):
    """What a second processor adds to public-key operations alone."""
    command = [str(bench.tools / "pkops"), "300"]

    def verify(out):
        return next(float(line.split()[1]) for line in out.splitlines()
                    if line.startswith("verify"))

    gains = []
    for _ in range(rounds):
        alone = verify(bench.run("taskset", "-c", "1", "chrt", "-f", "10",
                                 *command))
        both = [subprocess.Popen(["taskset", "-c", str(cpu), "chrt", "-f",
                                  "10", *command], text=True,
                                 stdout=subprocess.PIPE) for cpu in (0, 1)]
        beside = median([verify(p.communicate()[0]) for p in both])
        gains.append(2 * alone / beside)
    return median(gains)


def two(bench, where):
    if os.cpu_count() < 2:
        raise Failure("one processor cannot tell what two would do")
    turns = 2 if bench.quick else 6
    one, both, left = [], [], []
    for _ in range(turns):      # turn about: the machine's pace changes
        for cpus in ("1", "0,1"):
            samples, _, command = script(bench, mode="exchange", cpus=cpus,
                                         i1=0, n=500, rounds=8)
            us = [float(s["us"]) for s in samples]
            if cpus == "1":
                one += us
                continue
            both += us
            left += [u - float(s["own_us"]) / 2     # of both processors
                     for u, s in zip(us, samples)]
    gain = median(one) / median(both)
    alone = pkops_gain(bench, 8 * turns)
    yield row("Responder, two processors / one", gain, "", command, where,
              at_least=1.8)
    yield row("the same, of what hipload leaves of two",
              median(one) / median(left), "", command, where)
    yield row("public-key operations, two processors / one", alone, "",
              "build/bench/pkops 300", where)
    yield row("share of that gain", gain / alone, "", command, where,
              at_least=0.9)


def floods(bench, where):
    seconds = 4 if bench.quick else 10
    for mode, name, rate in (("i1", "I1 flood", 100000),
                             ("i2", "bad I2 flood", 20000)):
        samples, _, command = script(bench, mode=mode, cpus=1, n=seconds,
                                     rate=rate)
        s = {key: float(value) for key, value in samples[0].items()
             if key != "mode"}
        handled = 1e6 * s["rx"] / s["cpu_us"]
        bound = {"at_least": 100000} if mode == "i1" else {}
        yield row(f"{name}: handled", handled, "packets/processor s",
                  command, where, **bound)
        yield row(f"{name}: memory", s["rss"] - s["rss0"], "KiB", command,
                  where, at_most=16384)
        yield row(f"{name}: an honest peer's longest exchange",
                  s["honest_ms"], "ms", command, where, at_most=2000)
        yield row(f"{name}: honest peer's failures", s["honest_failed"], "",
                  command, where, at_most=0)


def measure(bench):
    if os.geteuid():
        raise Failure("network namespaces want root")
    bench.make("hipd")
    bench.make("tests/bench")
    where = f"{bench.native}, native"
    yield from responder(bench, where)
    yield from initiator(bench, where)
    yield from two(bench, where)
    yield from floods(bench, where)
