# SPDX-License-Identifier: GPL-2.0
"""One base exchange: from the first I1 to the SAs of both ends.

Machines that can load no module have no SAs to install, so the figure has two
parts, measured apart and added:

- natively, two daemons with kernel = null: signalling and cryptography in
  wall clock time, with the public-key operations alone, by OpenSSL, just
  before and after;
- in the VM that counts instructions, the same once with hip.ko and xfrm and
  once with kernel = null: the difference is what SAs, policies and tables of
  both ends cost, in instructions. One request to xfrm that both kernels know
  is timed natively and counted in the VM; that tells what such an instruction
  takes here.

The 99th percentile adds the tails of both parts: the native one, of the worse
of the pauses, and what the slowest exchanges with hip.ko take beyond a usual
one without.
"""

import os

from bench import Failure, median, percentile, row

SCRIPT = "tests/bench/guest/bex.sh"
# What lies between I1 and the last SA with P-256 at both ends: the Initiator
# verifies R1 and R2, signs I2; the Responder verifies I2, signs R2; both
# derive. Key pairs and the R1 are made in advance.
ON_PATH = {"verify": 3, "sign": 2, "derive": 2}



def figures(samples, kif, pause, key="exchange"):
    """The figures of one way to measure, in microseconds."""
    values = [float(s[key]) for s in samples
              if s.get("kif") == kif and s["pause"] == str(pause)]
    if not values:
        raise Failure(f"{SCRIPT}: no exchange with kernel = {kif}")
    return values


def request(samples):
    """Microseconds (in the VM: thousands of instructions) of a request."""
    return next(float(s["xfrm"]) for s in samples if "xfrm" in s)


def native(bench, rounds):
    if os.geteuid():
        raise Failure("network namespaces want root")
    out = bench.run(SCRIPT, "kif=null", "pause=0,30", f"rounds={rounds}")
    return [dict(word.split("=", 1) for word in line.split()[1:])
            for line in out.splitlines() if line.startswith("BENCH ")]


def public_key(bench, rounds):
    """Microseconds of each operation."""
    out = bench.run(bench.tools / "pkops", rounds)
    return {name: float(value)
            for name, value in (line.split() for line in out.splitlines())}


def measure(bench):
    bench.make("hipd")
    bench.make("tests/bench")
    rounds = 50 if bench.quick else 500
    before = public_key(bench, rounds)
    samples = native(bench, rounds)
    after = public_key(bench, rounds)

    null = figures(samples, "null", 0)
    idle = figures(samples, "null", 30)
    command = f"{SCRIPT} kif=null pause=0,30 rounds={rounds}"
    where = f"{bench.native}, native"
    for name, value in (
            ("signalling median", median(null)),
            ("signalling p99", percentile(null, 99)),
            ("signalling after 30 ms idle, median", median(idle)),
            ("signalling after 30 ms idle, p99", percentile(idle, 99)),
            ("hip assoc connect median",
             median(figures(samples, "null", 0, "call"))),
            ("request to xfrm median", request(samples))):
        yield row(name, value, "us", command, where)

    ops = {name: (before[name] + after[name]) / 2 for name in before}
    pkops = f"build/bench/pkops {rounds}"
    for name, value in ops.items():
        yield row(f"OpenSSL P-256 {name}", value, "us", pkops, where)
    floor = sum(count * ops[name] for name, count in ON_PATH.items())
    yield row("public-key operations on the path", floor, "us", pkops, where)
    yield row("their share of signalling", floor / median(null), "", command,
              where)

    for kernel in ("6.12",) if bench.quick else ("6.12", "6.1"):
        yield from with_kernel(bench, kernel, null, idle, request(samples))


def with_kernel(bench, kernel, null, idle, native_request):
    """Rows of the whole exchange on @kernel."""
    rounds = 20 if bench.quick else 200
    words = {"kif": "null,kernel", "pause": 30, "rounds": rounds}
    counted = bench.vm(kernel, f"bench-bex-{kernel}", SCRIPT, **words)
    command = " ".join([SCRIPT, *(f"{k}={v}" for k, v in words.items())])
    bare = median(figures(counted, "null", 30))
    exchanges = figures(counted, "kernel", 30)
    full = median(exchanges)
    rate = native_request / request(counted)
    added = (full - bare) * rate
    added99 = (percentile(exchanges, 99) - bare) * rate
    for name, value, unit in (
            ("instructions, signalling", bare * 1e3, ""),
            ("instructions, with SAs", full * 1e3, ""),
            ("request to xfrm, instructions", request(counted) * 1e3, ""),
            ("SAs at both ends", added, "us"),
            ("SAs at both ends, p99", added99, "us")):
        yield row(name, value, unit, command, kernel)
    yield row("base exchange median", median(null) + added, "us", command,
              kernel, at_most=1500)
    worst = max(percentile(null, 99), percentile(idle, 99))
    yield row("base exchange p99", worst + added99, "us", command, kernel,
              at_most=5000)
