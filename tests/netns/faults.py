#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What faults.sh and vm/systemd.sh do to a daemon and its surroundings.

usage: faults.py rcvbuf PID
       faults.py strangers HIT N
       faults.py connect PATH N
       faults.py hold PID

rcvbuf     the netlink sockets of a process that listen to groups get queues
           that hold a message or two; prints how many sockets there were
strangers  a datagram to each of N HITs that nobody has, from HIT
connect    N connections to a socket, held until standard input ends
hold       every thread of a process but the first stands still until it ends
"""

import ctypes
import os
import socket
import sys

PIDFD_GETFD = 438
SOL_NETLINK = 270
NETLINK_LIST_MEMBERSHIPS = 9
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WALL = 0x40000000               # threads, too


def borrow(pidfd, fd):
    """A descriptor of another process, as one of ours."""
    got = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, pidfd, fd, 0)
    if got < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return got


def listens(sock):
    groups = sock.getsockopt(SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, 64)
    return any(groups)


def rcvbuf(pid):
    pidfd = os.pidfd_open(pid)
    found = 0
    for fd in map(int, os.listdir(f"/proc/{pid}/fd")):
        if not os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
            continue
        with socket.socket(fileno=borrow(pidfd, fd)) as sock:
            if sock.family == socket.AF_NETLINK and listens(sock):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                found += 1
    print(found)


def strangers(hit, count):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.bind((hit, 0))
        for n in range(1, count + 1):
            try:
                sock.sendto(b"x", (f"2001:21::{n:x}", 9))
            except OSError as err:  # ICMPv6 about one before
                print(f"stranger {n}: {err}", file=sys.stderr)


def connect(path, count):
    held = []
    for _ in range(count):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        held.append(sock)
    print("connected", flush=True)
    sys.stdin.read()


def ptrace(request, tid):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(request, tid, None, None):
        raise OSError(ctypes.get_errno(), f"ptrace of thread {tid}")


def hold(pid):
    threads = [int(tid) for tid in os.listdir(f"/proc/{pid}/task")]
    threads.remove(pid)
    for tid in threads:
        ptrace(PTRACE_SEIZE, tid)
        ptrace(PTRACE_INTERRUPT, tid)
        os.waitpid(tid, WALL)
    print(f"held {len(threads)}", flush=True)
    # The process is not gone before we have heard of each.
    for tid in threads:
        os.waitpid(tid, WALL)


def main():
    what, *args = sys.argv[1:]
    if what == "rcvbuf":
        rcvbuf(int(args[0]))
    elif what == "strangers":
        strangers(args[0], int(args[1]))
    elif what == "connect":
        connect(args[0], int(args[1]))
    elif what == "hold":
        hold(int(args[0]))
    else:
        sys.exit(__doc__)


main()
