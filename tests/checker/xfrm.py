# SPDX-License-Identifier: GPL-2.0
"""SAs as `ip xfrm state` prints them, against what the exchange says."""

import ipaddress
import re

from keys import EspKeys
from report import declare

declare("xfrm", "RFC 7402 5.2, 7", {
    "xfrm-keys": "the kernel's SA has the keys that KEYMAT gives it",
    "xfrm-ends": "the kernel's SA has the locators and HITs of its exchange",
})
declare("xfrm", "RFC 7402 3.3, 3.3.5", {
    "xfrm-beet": "the SA is in mode BEET, with ESN and a replay window of at "
                 "least 64",
})

ALGORITHM = re.compile(r"^\s+(aead|enc|auth-trunc) (\S+) (?:0x([0-9a-f]*))?"
                       r"(?: (\d+))?$", re.M)
# Names, bits of ICV and, where it tells suites apart, octets of key.
SUITES = {
    ("ecb(cipher_null)", "hmac(sha256)", 128): 7,
    ("cbc(aes)", "hmac(sha256)", 128, 16): 8,
    ("cbc(aes)", "hmac(sha256)", 128, 32): 9,
    ("rfc4309(ccm(aes))", 64): 10, ("rfc4309(ccm(aes))", 128): 11,
    ("rfc4106(gcm(aes))", 64): 12, ("rfc4106(gcm(aes))", 128): 13,
    ("ecb(cipher_null)", "cmac(aes)", 96): 14,
    ("rfc4543(gcm(aes))", 128): 15,
}


def _address(text):
    return ipaddress.ip_address(text.split("/")[0]).packed


def _algorithms(block):
    """(suite, EspKeys) of one SA; suite 0 for what is none of them."""
    algs = {kind: (name, bytes.fromhex(key), int(bits or 0))
            for kind, name, key, bits in ALGORITHM.findall(block)}
    if "aead" in algs:
        name, key, bits = algs["aead"]
        suite = SUITES.get((name, bits), 0)
        return suite, EspKeys(b"", key) if suite == 15 else EspKeys(key, b"")
    enc = algs.get("enc", ("", b"", 0))
    auth = algs.get("auth-trunc", ("", b"", 0))
    names = (enc[0], auth[0], auth[2])
    suite = SUITES.get(names) or SUITES.get((*names, len(enc[1])), 0)
    return suite, EspKeys(enc[1], auth[1])


def read(path):
    """The SAs of a file, as dictionaries."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for block in re.split(r"^(?=src )", text, flags=re.M):
        head = re.match(r"src (\S+) dst (\S+)", block)
        spi = re.search(r"proto esp spi (0x[0-9a-f]+)", block)
        if not head or not spi:
            continue
        sel = re.search(r"^\s+sel src (\S+) dst (\S+)", block, re.M)
        suite, found = _algorithms(block)
        windows = re.findall(r"replay[-_]window (\d+)", block)
        yield {"src": _address(head[1]), "dst": _address(head[2]),
               "spi": int(spi[1], 16), "suite": suite, "keys": found,
               "beet": " mode beet" in block,
               "esn": re.search(r"flag.*\besn\b", block) is not None,
               "window": max(map(int, windows), default=0),
               "sel": tuple(map(_address, sel.groups())) if sel else None}


def check(world, path):
    """Evaluate the rules on each SA of @path whose SPI was announced."""
    report = world.report
    for entry in read(path):
        report.check("xfrm-beet", 0, entry["beet"] and entry["esn"] and
                     entry["window"] >= 64, "SPI %#010x" % entry["spi"])
        sa = world.sa(entry["spi"], entry["dst"])
        if not sa:
            continue
        what = "SPI %#010x" % sa.spi
        if sa.keys:
            report.check("xfrm-keys", 0, sa.keys == entry["keys"] and
                         sa.suite == entry["suite"], what)
        report.check("xfrm-ends", 0, (entry["src"], entry["dst"]) ==
                     (sa.src, sa.dst) and entry["sel"] in
                     (None, (sa.sender, sa.receiver)), what)
