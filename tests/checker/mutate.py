# SPDX-License-Identifier: GPL-2.0
"""How captures are made that break one rule.

A mutation returns (frames, key log lines) and names the rule that it breaks.
The change is made before MAC and signature where it can be, so that only the
rule itself can tell.
"""

import struct

from forge import Forge

MUTATIONS = []          # (rule, name, function)
U16 = struct.Struct("!H").pack


def breaks(rule, name, function):
    MUTATIONS.append((rule, name, function))


def case(rule, edits, name="", plan=None, **given):
    """A whole life with @edits; @plan(forge) plays another one."""
    def run():
        forge = Forge(edits=edits, **given)
        (plan or Forge.whole)(forge)
        return forge.frames(), forge.keylog
    breaks(rule, name or ", ".join(edits), run)


def scene(rule, name, **given):
    """Decorator of a plan that edits nothing but plays something else."""
    def decorate(function):
        def run():
            forge = Forge(**given)
            other = function(forge)
            more = other.frames() if other else []
            lines = forge.keylog + (other.keylog if other else [])
            return sorted(forge.frames() + more, key=lambda f: f[0]), lines
        breaks(rule, name, run)
        return function
    return decorate


def attr(**values):
    return lambda thing: thing.__dict__.update(values)


def put(kind, contents):
    """Replace contents; None removes the parameter."""
    return lambda draft: draft.set(kind, contents)


def also(kind, contents):
    """One more parameter, in its place."""
    def edit(draft):
        draft.params.append((kind, contents))
        draft.params.sort(key=lambda p: p[0])
    return edit


def patch(kind, offset, octets):
    """Overwrite octets of the contents of a parameter."""
    def edit(draft):
        old = draft.get(kind)
        draft.set(kind, old[:offset] + octets + old[offset + len(octets):])
    return edit


def twist(kind):
    """Flip a bit of the last octet of the contents of a parameter."""
    def edit(draft):
        old = draft.get(kind)
        draft.set(kind, old[:-1] + bytes([old[-1] ^ 1]))
    return edit


def flip(offset):
    def edit(octets):
        octets[offset] ^= 1
    return edit


def esp_set(**values):
    """The second ESP packet differs."""
    state = []

    def edit(what):
        state.append(1)
        if len(state) == 2:
            what.update(values)
    return edit


def data(function):
    def edit(packet):
        packet.data = function(packet.data)
    return edit
