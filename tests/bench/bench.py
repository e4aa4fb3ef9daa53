# SPDX-License-Identifier: GPL-2.0
"""What the areas share: rows, building, running natively and in a VM."""

import os
import pathlib
import platform
import statistics
import subprocess
import sys


class Failure(Exception):
    """A measurement could not be made; says why in a sentence."""


def row(name, value, unit, command, kernel, at_least=None, at_most=None):
    """One line of bench.json; with a bound it is met or not."""
    target = limit = met = None
    if at_least is not None:
        target, limit, met = f">= {at_least:g}", at_least, value >= at_least
    elif at_most is not None:
        target, limit, met = f"<= {at_most:g}", at_most, value <= at_most
    return {"name": name, "value": value, "unit": unit, "target": target,
            "limit": limit, "met": met, "command": command, "kernel": kernel}


def median(values):
    return statistics.median(values)


def percentile(values, percent):
    """Nearest rank: a value that was measured, not one in between."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, rank - 1)]


class Bench:
    """One run of the measurements."""

    def __init__(self, repo, quick):
        self.repo = pathlib.Path(repo)
        self.build = self.repo / "build"
        self.tools = self.build / "bench"
        self.quick = quick
        self.native = platform.release()

    @staticmethod
    def say(text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def run(self, *command, **more):
        """Standard output of a command that must succeed."""
        command = [str(word) for word in command]
        done = subprocess.run(command, text=True, capture_output=True,
                              check=False, cwd=self.repo, **more)
        if done.returncode:
            why = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise Failure(f"{' '.join(command)}: exit {done.returncode}: "
                          f"{why[-1] if why else 'no message'}")
        return done.stdout

    def make(self, folder):
        self.run("make", "-s", "-C", self.repo / folder)

    def vm(self, kernel, name, script, limit=3600, **words):
        """Run a guest script where the clock counts instructions.

        @words become its arguments KEY=VALUE. Returns its BENCH lines as
        dicts of text.
        """
        # The self-test of the kernel's jitter entropy fails, with a splat on
        # 6.1, where time is as regular as here.
        command = [str(self.repo / "tests/vm/run-qemu"), kernel, "-n", name,
                   "-t", str(limit), "-k", "cryptomgr.notests=1",
                   " ".join([script, *(f"{k}={v}" for k, v in words.items())])]
        done = subprocess.run(command, text=True, capture_output=True,
                              check=False, cwd=self.repo,
                              env={**os.environ, "HIPVM_ICOUNT": "skip"})
        if done.returncode:
            bad = [line for line in done.stdout.splitlines()
                   if line.startswith("not ok")] or done.stderr.splitlines()
            raise Failure(f"{script} on {kernel}: exit {done.returncode}: "
                          f"{'; '.join(bad[:3])}; see build/vm/{name}")
        return [dict(word.split("=", 1) for word in line.split()[2:])
                for line in done.stdout.splitlines()
                if line.startswith("# BENCH ")]
