# SPDX-License-Identifier: GPL-2.0
"""One base exchange: from the first I1 to the SAs of both ends.

Machines that can load no module have no SAs to install, so the figure has two
parts, measured apart and added:

- natively, two daemons with kernel = null: signalling and cryptography in
  wall clock time, with the public-key operations alone, by OpenSSL, just
  before and after;
- in the VM that counts instructions, the same once with hip.ko and xfrm and
  once with kernel = null: the difference is what the SAs, policies and tables
  of both ends cost, in instructions. At one a nanosecond it is more than any
  machine of today takes.
"""

import os

from bench import Failure, median, percentile, row

SCRIPT = "tests/bench/guest/bex.sh"
# What lies between I1 and the last SA with P-256 at both ends: the Initiator
# verifies R1 and R2, signs I2; the Responder verifies I2, signs R2; both
# derive. Key pairs and the R1 are made in advance.
ON_PATH = {"verify": 3, "sign": 2, "derive": 2}


def exchanges(samples, kif):
    """The figures of one kif, in microseconds."""
    values = [float(s["exchange"]) for s in samples if s["kif"] == kif]
    if not values:
        raise Failure(f"{SCRIPT}: no exchange with kernel = {kif}")
    return values


def native(bench, rounds):
    if os.geteuid():
        raise Failure("network namespaces want root")
    out = bench.run(SCRIPT, "kif=null", f"rounds={rounds}")
    return [dict(word.split("=", 1) for word in line.split()[1:])
            for line in out.splitlines() if line.startswith("BENCH ")]


def public_key(bench, rounds):
    """Microseconds of each operation."""
    out = bench.run(bench.tools / "pkops", rounds)
    return {name: float(value)
            for name, value in (line.split() for line in out.splitlines())}


def measure(bench):
    bench.make("tests/bench")
    bench.make("hipd")
    rounds = 50 if bench.quick else 500
    before = public_key(bench, rounds)
    samples = native(bench, rounds)
    after = public_key(bench, rounds)

    null = exchanges(samples, "null")
    command = f"{SCRIPT} kif=null rounds={rounds}"
    where = f"{bench.native}, native"
    yield row("signalling median", median(null), "us", command, where)
    yield row("signalling p99", percentile(null, 99), "us", command, where)
    yield row("hip assoc connect median",
              median(float(s["call"]) for s in samples), "us", command, where)

    ops = {name: (before[name] + after[name]) / 2 for name in before}
    pkops = f"build/bench/pkops {rounds}"
    for name, value in ops.items():
        yield row(f"OpenSSL P-256 {name}", value, "us", pkops, where)
    floor = sum(count * ops[name] for name, count in ON_PATH.items())
    yield row("public-key operations on the path", floor, "us", pkops, where)
    yield row("their share of signalling", floor / median(null), "", command,
              where)

    for kernel in ("6.12",) if bench.quick else ("6.12", "6.1"):
        yield from with_kernel(bench, kernel, null)


def with_kernel(bench, kernel, null):
    rounds = 10 if bench.quick else 50
    counted = bench.vm(kernel, f"bench-bex-{kernel}", SCRIPT,
                       kif="null,kernel", rounds=rounds)
    command = f"{SCRIPT} kif=null,kernel rounds={rounds}"
    bare = median(exchanges(counted, "null"))
    full = median(exchanges(counted, "kernel"))
    yield row("instructions, signalling", bare * 1000, "", command, kernel)
    yield row("instructions, with SAs", full * 1000, "", command, kernel)
    yield row("SAs at both ends", full - bare, "us at 1/ns", command, kernel)
    yield row("base exchange median", median(null) + full - bare, "us",
              command, kernel, at_most=1500)
    yield row("base exchange p99", percentile(null, 99) + full - bare, "us",
              command, kernel, at_most=5000)
