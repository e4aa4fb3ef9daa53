# SPDX-License-Identifier: GPL-2.0
"""The default path against bare xfrm BEET: what hip.ko costs per packet.

Runs guest/datapath.sh on both stock kernels where one guest nanosecond is one
instruction, so that the two machines may run side by side and beside other
work. A ratio is that of the medians of all rounds of one boot; every round
measures each variant once, one after the other.
"""

import concurrent.futures

from bench import Failure, median, row

SCRIPT = "tests/bench/guest/datapath.sh"

# What is compared: name, variant, its base. With the offload modules 6.12
# alone carries no TCP over BEET (hip.ko mends that), so its TCP is held
# against the plain base.
COMPARED = {
    "6.12": (("", "hip", {"pps": "bare", "rtt": "bare", "tcp": "bare"}),
             (" offload", "hip+offload",
              {"pps": "bare+offload", "rtt": "bare+offload", "tcp": "bare"})),
    "6.1": (("", "hip", {"pps": "bare", "rtt": "bare", "tcp": "bare"}),),
}
# Name, unit, least ratio, whether less is better.
METRICS = {
    "pps": ("UDP 64", "1/s", 0.98, False),
    "rtt": ("RTT", "us", 0.98, True),
    "tcp": ("TCP", "Mbit/s", 0.95, False),
}


def plan(quick):
    """Arguments of the guest script."""
    if quick:
        return {"suites": "gcm", "outers": "6", "rounds": 3,
                "packets": 4096, "pings": 500, "octets": "8M"}
    return {"suites": "gcm,cbc", "outers": "4,6", "rounds": 5,
            "packets": 8192, "pings": 1000, "octets": "16M"}


def words(kernel, quick):
    variants = dict.fromkeys(
        name for _, variant, bases in COMPARED[kernel]
        for name in (*bases.values(), variant))
    return {"variants": ",".join(variants), **plan(quick)}


def one_case(kernel, suite, outer, samples):
    """Rows of a suite and an outer family."""
    command = f"{SCRIPT} suites={suite} outers={outer}"
    case = f"{suite} over IPv{outer}"

    def middle(variant, metric):
        values = [float(s[metric]) for s in samples
                  if s["variant"] == variant and metric in s]
        if not values:
            raise Failure(f"{case}: {kernel}: no {metric} of {variant}")
        return median(values)

    for label, variant, bases in COMPARED[kernel]:
        for metric, base in bases.items():
            name, unit, least, less = METRICS[metric]
            old, new = middle(base, metric), middle(variant, metric)
            yield row(f"{case}{label} {name} {base}", old, unit, command,
                      kernel)
            yield row(f"{case}{label} {name} {variant}", new, unit, command,
                      kernel)
            yield row(f"{case}{label} {name} ratio",
                      old / new if less else new / old, "", command, kernel,
                      at_least=least)


def measure(bench):
    bench.make("hipd")
    bench.make("tests/bench")
    bench.make("tests/tools")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = {kernel: pool.submit(bench.vm, kernel, f"bench-datapath-{kernel}",
                                    SCRIPT, **words(kernel, bench.quick))
                for kernel in COMPARED}
    for kernel, run in runs.items():
        samples = run.result()
        for case in dict.fromkeys((s["suite"], s["outer"]) for s in samples):
            yield from one_case(kernel, *case, [
                s for s in samples if (s["suite"], s["outer"]) == case])
