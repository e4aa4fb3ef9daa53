# SPDX-License-Identifier: GPL-2.0
"""Check captures of HIP and ESP, octet by octet, against the RFCs.

Prints a line "FAULT rule packet sentence" for each fault, then a summary.
Exit status: 0 no fault, 1 faults, 2 usage or a file that cannot be read.
"""

import argparse
import json
import sys

import follow
import ip
import pcap
import report as rep
import rules_bex
import rules_clear
import rules_close
import rules_esp
import rules_i2
import rules_params
import rules_r2
import rules_update
import wire
import xfrm

HIP_RULES = {
    wire.I1: rules_bex.i1, wire.R1: rules_bex.r1, wire.I2: rules_i2.i2,
    wire.R2: rules_r2.r2, wire.UPDATE: rules_update.update,
    wire.NOTIFY: rules_close.notify, wire.CLOSE: rules_close.close,
    wire.CLOSE_ACK: rules_close.close_ack,
}


def examine(report, path, keylog, lossy=False, states=()):
    """Check one capture. Returns (packets, World)."""
    world = follow.World(report, keylog, lossy)
    reassembly = ip.Reassembly()
    report.capture, count = path, 0
    for frame in pcap.read(path):
        count += 1
        if frame.truncated:
            raise pcap.CaptureError("%s: packet %d was cut by the snapshot "
                                    "length" % (path, frame.number))
        for datagram in reassembly.datagrams(frame):
            rules_clear.look(world, datagram)
            if datagram.proto == ip.PROTO_HIP:
                hip(world, datagram)
            elif datagram.proto == ip.PROTO_ESP:
                rules_esp.esp(world, datagram)
    rules_esp.finish(world)
    rules_clear.finish(world)
    for state in states:
        xfrm.check(world, state)
    return count, world


def hip(world, datagram):
    """A HIP packet: its form, its contents, its place in the exchange."""
    message = wire.parse(world.report, datagram)
    if message:
        rules_params.check(world.report, message)
        HIP_RULES[message.type](world, message)
        world.add(message)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keylog", action="append", default=[],
                        metavar="FILE", help="key log of hipd; also requires "
                        "tag keys")
    parser.add_argument("--ip-xfrm", action="append", default=[],
                        metavar="FILE", help="output of ip xfrm state")
    parser.add_argument("--require", default="", metavar="NAME,...",
                        help="tags or rules that must have been evaluated: "
                        + " ".join(rep.tags()))
    parser.add_argument("--defaults", action="store_true",
                        help="the hosts offer what they do by default")
    parser.add_argument("--lossy", action="store_true",
                        help="the network lost, doubled or reordered "
                        "packets on their way to the capture")
    parser.add_argument("--rules", action="store_true",
                        help="list all rules and how often each was "
                        "evaluated")
    parser.add_argument("-j", "--json", action="store_true")
    parser.add_argument("capture", nargs="*")
    return parser, parser.parse_args()


def print_rules(report):
    for rule in rep.RULES.values():
        print("%8d %-20s %s [%s] (%s)" % (
            report.counts[rule.id], rule.id, rule.text, rule.cite,
            " ".join(rule.tags)))


def print_text(report, packets, exchanges, args):
    for fault in report.faults:
        where = "%s:" % fault.capture if len(args.capture) > 1 else ""
        rule = rep.RULES[fault.rule]
        print("FAULT %s %s%d %s [%s]: %s" % (
            fault.rule, where, fault.packet, rule.text, rule.cite,
            fault.found))
    if args.rules:
        print_rules(report)
    done = sum(1 for exchange in exchanges if exchange["r2"])
    print("%d packets, %d exchanges (%d completed, %d with keys), %d of %d "
          "rules evaluated %d times, %d faults" % (
              packets, len(exchanges), done,
              sum(exchange["keys"] for exchange in exchanges),
              sum(1 for n in report.counts.values() if n), len(rep.RULES),
              sum(report.counts.values()), len(report.faults)))


def print_json(report, packets, exchanges):
    print(json.dumps({
        "packets": packets, "exchanges": exchanges,
        "rules": {rule: report.counts[rule] for rule in rep.RULES},
        "faults": [fault._asdict() for fault in report.faults]}, indent=1))


def main():
    parser, args = arguments()
    wanted = [name for name in args.require.split(",") if name]
    wanted += ["keys"] if args.keylog else []
    for name in wanted:
        if name not in rep.RULES and name not in rep.tags():
            parser.error("no such tag or rule: " + name)
    if not args.capture and not args.rules:
        parser.error("no capture given")
    report, keylog = rep.Report(args.defaults), follow.KeyLog()
    packets, exchanges = 0, []
    try:
        for path in args.keylog:
            keylog.load(path)
        for path in args.capture:
            count, world = examine(report, path, keylog, args.lossy,
                                   args.ip_xfrm)
            packets += count
            exchanges += [e.summary() for e in world.exchanges]
    except (OSError, ValueError, pcap.CaptureError) as error:
        print("check: %s" % error, file=sys.stderr)
        return 2
    report.require(wanted)
    if args.json:
        print_json(report, packets, exchanges)
    else:
        print_text(report, packets, exchanges, args)
    return 1 if report.faults else 0
