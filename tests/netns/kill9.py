#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Kills two daemons in turn while a TCP connection goes on.

usage: kill9.py KILLS STOPS PORT COMMAND_A COMMAND_B

COMMAND_x is a file with the daemon's command, its words ended by NUL; PORT is
that of the connection from host A. Each round kills one daemon with SIGKILL,
or in the last STOPS rounds stops it with SIGTERM, starts it again, waits until
it says that it is ready, as systemd would (sd_notify(3)), and then
until the connection has carried 20000 more octets.

Prints "SURVIVED RETRANSMITTED ARRIVED SECONDS" and "lost OCTETS after round N"
for a connection that stops; exit status 1 then.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time

READY = 60          # seconds, on the slowest machine
MORE = 20000        # octets


class Daemon:
    """One that is killed and started again."""

    def __init__(self, name, command):
        self.path = f"/run/hip-test/{name}.notify"
        with open(command, "rb") as file:
            self.command = file.read().split(b"\0")[:-1]
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(READY)
        os.chmod(self.path, 0o666)
        self.log = open(f"{os.environ['OUT']}/{name}.kill9.log", "ab")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, env=dict(os.environ, NOTIFY_SOCKET=self.path))
        while b"READY=1" not in self.socket.recv(4096):
            pass

    def kill(self, sig):
        self.process.send_signal(sig)
        self.process.wait()


def number(pattern, line):
    found = re.search(pattern, line)
    return int(found[1]) if found else 0


def progress(port):
    """Octets acknowledged, segments sent again and those of them that had
    arrived all the same, as the receiver says; of the busiest.
    """
    text = subprocess.run(
        ["ip", "netns", "exec", "A", "ss", "-H", "-t", "-i", "-n",
         f"dport = :{port}"], check=True, capture_output=True,
        text=True).stdout
    most = (0, 0, 0)
    for line in text.splitlines():
        acked = re.search(r"\bbytes_acked:(\d+)", line)
        if acked:
            most = max(most, (int(acked[1]),
                              number(r"\bretrans:\d+/(\d+)", line),
                              number(r"\bdsack_dups:(\d+)", line)))
    return most


def goes_on(port):
    start = progress(port)[0]
    end = time.monotonic() + READY
    while time.monotonic() < end:
        if progress(port)[0] >= start + MORE:
            return True
        time.sleep(0.05)
    return False


def main():
    kills, stops, port = (int(word) for word in sys.argv[1:4])
    daemons = [Daemon(name, path)
               for name, path in zip("AB", sys.argv[4:6])]
    for daemon in daemons:
        daemon.start()
    before = progress(port)
    begin = time.monotonic()
    survived = 0
    for number in range(kills + stops):
        daemon = daemons[number % 2]
        daemon.kill(signal.SIGKILL if number < kills else signal.SIGTERM)
        daemon.start()
        if not goes_on(port):
            print(f"lost {progress(port)[0]} after round {number + 1}")
            break
        survived += 1
    after = progress(port)
    print(survived, after[1] - before[1], after[2] - before[2],
          round(time.monotonic() - begin))
    for daemon in daemons:
        daemon.kill(signal.SIGKILL)
    return survived < kills + stops


if __name__ == "__main__":
    sys.exit(main())
