# SPDX-License-Identifier: GPL-2.0
"""Many associations and many peers: memory, time to start, time to list.

hipd's memory is the heap of a process that holds the associations and nothing
else (scale.c); hip.ko's is what the kernel's own accounts grow by
(guest/scale.sh). Starting is from the execution of hipd until it says READY
to the service manager, for whom this program stands in. What is timed runs at
real-time priority, so that other work on the machine is not in it.
"""

import os
import pathlib
import socket
import subprocess
import tempfile
import time

from bench import Failure, median, row

N = 10000
SCRIPT = "tests/bench/guest/scale.sh"


def real_time(pid=0):
    os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(10))


def hosts_file(path, n):
    with open(path, "w") as out:
        for i in range(n):
            out.write(f"2001:22:1:2::{i >> 16:x}:{i & 0xffff:x} "
                      f"peer{i} peer{i}.example.org "
                      f"10.{i >> 16}.{i >> 8 & 255}.{i & 255} "
                      f"2001:db8::{i:x}\n")


def wait_ready(notify, hipd):
    notify.settimeout(60)
    while b"READY=1" not in notify.recv(4096).split(b"\n"):
        if hipd.poll() is not None:
            raise Failure(f"hipd: exit {hipd.returncode}")


def start_once(bench, folder):
    """One start of hipd with the files in @folder, seconds."""
    hipd = bench.build / "hipd" / "hipd"
    path = f"\0hip-bench-{os.getpid()}"
    begin = time.monotonic()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        process = subprocess.Popen(
            [hipd, "-c", folder / "hipd.conf"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            preexec_fn=real_time,
            env={**os.environ, "NOTIFY_SOCKET": "@" + path[1:]})
        try:
            wait_ready(notify, process)
            seconds = time.monotonic() - begin
        except TimeoutError:
            raise Failure("hipd: not ready after a minute") from None
        finally:
            process.terminate()
            process.communicate(timeout=60)
    return seconds


def starts(bench, n, rounds):
    """Rounds of start_once() with @n peers in the hosts file."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "keys").mkdir(mode=0o700)
        hosts_file(folder / "hosts", n)
        (folder / "hipd.conf").write_text(
            f"[hipd]\nkernel = null\nkeys = {folder}/keys\n"
            f"hosts = {folder}/hosts\nsocket = {folder}/sock\n"
            f"r1-counter = {folder}/r1-counter\n"
            f"saved-state = {folder}/associations\n")
        start_once(bench, folder)     # makes the keys
        return [start_once(bench, folder) for _ in range(rounds)]


def associations(bench, rounds):
    """Octets of each, heap and resident, and seconds of listing them all."""
    command = bench.build / "hipd" / "hip"
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "sock"
        process = subprocess.Popen(
            [bench.tools / "scale", str(N), path], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            said = {}
            for line in process.stdout:
                key, _, value = line.strip().partition(" ")
                said[key] = value
                if key == "ready":
                    break
            else:
                raise Failure(f"scale: exit {process.wait()}")
            real_time(process.pid)
            times = []
            for _ in range(rounds):
                begin = time.monotonic()
                out = bench.run(command, "--socket", path, "-o", "assoc",
                                "show", preexec_fn=real_time)
                times.append(time.monotonic() - begin)
                if len(out.splitlines()) < N:
                    raise Failure("hip assoc show: not all of them")
        finally:
            process.stdin.close()
            process.wait(timeout=60)
    return float(said["bytes"]), float(said["rss"]), median(times)


def measure(bench):
    bench.make("hipd")
    bench.make("tests/bench")
    bench.make("tests/tools")
    where = f"{bench.native}, native"
    rounds = 3 if bench.quick else 7
    heap, resident, listing = associations(bench, rounds)
    command = f"build/bench/scale {N}"
    yield row(f"hipd for each of {N} associations", heap, "octets", command,
              where, at_most=4096)
    yield row("the same, resident", resident, "octets", command, where)
    yield row(f"hip assoc of {N}", listing, "s", f"{command} SOCKET", where,
              at_most=0.5)
    command = "hipd -c FILE until READY=1"
    yield row("start, no peers", median(starts(bench, 0, rounds)), "s",
              command, where)
    yield row(f"start, {N} peers in hosts",
              median(starts(bench, N, rounds)), "s", command, where,
              at_most=1)
    for kernel in ("6.12",) if bench.quick else ("6.12", "6.1"):
        sample = bench.vm(kernel, f"bench-scale-{kernel}", SCRIPT, n=N)[0]
        for key, name, limit in (
                ("bytes", f"hip.ko for each of {N} associations", 2048),
                ("left", "the same when they are gone", None)):
            yield row(name, float(sample[key]), "octets",
                      f"{SCRIPT} n={N}", kernel, at_most=limit)
