# SPDX-License-Identifier: GPL-2.0
"""What a running association must not lose a packet of.

New ESP keys and floods of its host, while UDP takes the rest of the one
processor, on the stock kernels in the VM. It counts packets and not time, so
the host's load is nothing to it.
"""

from bench import Failure, row

SCRIPT = "tests/bench/guest/loss.sh"
QUICK = {"rekeys": 12, "i1": 20000, "i2": 4000}
FULL = {"rekeys": 80, "i1": 30000, "i2": 10000}


def numbers(samples, what):
    """The load in both directions and what else there is about @what."""
    found = [s for s in samples if s["what"] == what]
    load = [s for s in found if "from" in s]
    rest = [s for s in found if "from" not in s]
    if len(load) != 2 or len(rest) != 1:
        raise Failure(f"{SCRIPT}: {what} is incomplete")
    return (sum(int(s["sent"]) for s in load),
            sum(int(s["received"]) for s in load),
            {key: float(value) for key, value in rest[0].items()
             if key != "what"})


def one_kernel(bench, kernel, plan):
    samples = bench.vm(kernel, f"bench-loss-{kernel}", SCRIPT, **plan)
    command = " ".join([SCRIPT, *(f"{k}={v}" for k, v in plan.items())])

    def loss(name, sent, received):
        yield row(f"{name}: UDP sent", sent, "packets", command, kernel,
                  at_least=10000)
        yield row(f"{name}: UDP received", received, "packets", command,
                  kernel)
        yield row(f"{name}: UDP lost", sent - received, "packets", command,
                  kernel, at_most=0)

    sent, received, rest = numbers(samples, "rekey")
    yield row("rekeys under load", rest["rekeys"], "", command, kernel,
              at_least=10)
    yield from loss("rekeys", sent, received)
    yield row("rekeys: dropped by ESP", rest["esp"], "packets", command,
              kernel, at_most=0)
    for what, name in (("i1", "I1 flood"), ("i2", "bad I2 flood")):
        sent, received, rest = numbers(samples, what)
        yield row(f"{name} under load: packets", rest["n"], "packets",
                  command, kernel)
        yield row(f"{name} under load: taken by hipd", rest["rx"], "packets",
                  command, kernel)
        yield from loss(name, sent, received)
        yield row(f"{name}: the association's SPIs replaced", rest["spis"],
                  "", command, kernel, at_most=0)


def measure(bench):
    bench.make("hipd")
    bench.make("tests/bench")
    for kernel in ("6.12",) if bench.quick else ("6.12", "6.1"):
        yield from one_kernel(bench, kernel,
                              QUICK if bench.quick else FULL)
