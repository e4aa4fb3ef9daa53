#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Traffic over HITs for the scripts here, in few processes.

usage: traffic.py serve HIT
       traffic.py exchange HIT [--from HIT] [--tcp OCTETS] [SIZE...]
       traffic.py pings --from HIT,... HIT...
       traffic.py flow HIT FILE

serve     echoes UDP datagrams and answers TCP streams with their SHA-256
exchange  a TCP stream and UDP datagrams of the sizes to a server; exit 1 and
          a sentence when one is lost or changed
pings     one echo request for each pair of HITs; prints those without answer
flow      a datagram to a server every 20 ms until SIGTERM; FILE gets a line
          "NUMBER SENT ANSWERED" (seconds) for each answer
"""

import argparse
import hashlib
import os
import select
import signal
import socket
import struct
import sys
import time

PORT = 7000


def serve(hit):
    udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    udp.bind((hit, PORT))
    tcp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind((hit, PORT))
    tcp.listen()
    print("ready", flush=True)
    streams = {}
    while True:
        for sock in select.select([udp, tcp, *streams], [], [])[0]:
            if sock is udp:
                # The way back may be missing for a while.
                try:
                    data, peer = udp.recvfrom(65536)
                    udp.sendto(data, peer)
                except OSError:
                    pass
            elif sock is tcp:
                streams[tcp.accept()[0]] = hashlib.sha256()
            else:
                data = sock.recv(1 << 16)
                if data:
                    streams[sock].update(data)
                else:
                    sock.sendall(streams.pop(sock).digest())
                    sock.close()


def client(kind, hit, source, wait):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.settimeout(wait)
    if source:
        sock.bind((source, 0))
    sock.connect((hit, PORT))
    return sock


def exchange(hit, source, octets, sizes):
    for size in sizes:
        sock = client(socket.SOCK_DGRAM, hit, source, 15)
        data = os.urandom(size)
        sock.send(data)
        try:
            if sock.recv(65536) != data:
                return f"UDP {size}: changed on the way"
        except OSError as err:
            return f"UDP {size}: {err}"
    if octets:
        data = os.urandom(octets)
        try:
            sock = client(socket.SOCK_STREAM, hit, source, 60)
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            if sock.recv(64) != hashlib.sha256(data).digest():
                return f"TCP {octets}: changed on the way"
            if sock.recv(1):    # the end: nothing more is under way
                return f"TCP {octets}: more than the answer"
        except OSError as err:
            return f"TCP {octets}: {err}"
    return ""


def pings(sources, targets):
    """Exactly one echo request per pair, so that a lost one is seen."""
    lost = []
    times = []
    for source in sources:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                             socket.IPPROTO_ICMPV6)
        sock.bind((source, 0))
        # only echo replies, type 129: a bit that is set blocks
        sock.setsockopt(socket.IPPROTO_ICMPV6, 1,
                        struct.pack("8I", *[0xffffffff] * 4, 0xfffffffd,
                                    *[0xffffffff] * 3))
        sock.settimeout(15)
        for number, target in enumerate(targets):
            start = time.monotonic()
            echo = struct.pack("!BBHHH", 128, 0, 0, os.getpid() & 0xffff,
                               number)
            try:
                sock.sendto(echo, (target, 0))
                while True:
                    data, peer = sock.recvfrom(2048)
                    if peer[0] == target and data[4:8] == echo[4:8]:
                        break
                times.append(time.monotonic() - start)
            except OSError as err:
                lost.append(f"{source} {target}: {err}")
        sock.close()
    times.sort()
    if times:
        print(f"{len(times)} answered, median "
              f"{times[len(times) // 2] * 1e3:.1f} ms, "
              f"longest {times[-1] * 1e3:.1f} ms")
    for line in lost:
        print(f"lost {line}")
    return f"{len(lost)} lost" if lost else ""


def flow(hit, path):
    sock = None
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    number = 0
    with open(path, "w", buffering=1) as out:
        while not stop:
            # An ICMPv6 error while the peer is away must not end the flow.
            try:
                if sock is None:
                    sock = client(socket.SOCK_DGRAM, hit, None, 0.02)
                number += 1
                sock.send(struct.pack("!Qd", number, time.monotonic()))
                until = time.monotonic() + 0.02
                while (left := until - time.monotonic()) > 0:
                    sock.settimeout(left)
                    n, sent = struct.unpack("!Qd", sock.recv(64))
                    print(n, f"{sent:.3f}", f"{time.monotonic():.3f}",
                          file=out)
            except TimeoutError:
                pass
            except OSError:
                time.sleep(0.02)
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what",
                        choices=("serve", "exchange", "pings", "flow"))
    parser.add_argument("--from", dest="source", default="")
    parser.add_argument("--tcp", type=int, default=0)
    parser.add_argument("args", nargs="+")
    o = parser.parse_intermixed_args()
    if o.what == "serve":
        serve(o.args[0])
    elif o.what == "exchange":
        fault = exchange(o.args[0], o.source, o.tcp,
                         [int(a) for a in o.args[1:]])
    elif o.what == "pings":
        fault = pings(o.source.split(","), o.args)
    else:
        fault = flow(*o.args)
    if fault:
        print(fault)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
