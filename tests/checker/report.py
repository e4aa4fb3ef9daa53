# SPDX-License-Identifier: GPL-2.0
"""Rules and what was found.

A rule is declared once, by the module that evaluates it, with the text that it
comes from. Every evaluation is counted, so that a rule which was never looked
at cannot pass for one that was kept.
"""

from collections import Counter, namedtuple

Rule = namedtuple("Rule", "id tags cite text")
Fault = namedtuple("Fault", "rule capture packet found")

RULES = {}


def declare(tags, cite, rules):
    """Declare rules {id: sentence} of one citation and one set of tags.

    A tag names what a capture must hold for the rule to be evaluated: with
    --require bex, each rule tagged "bex" must have been evaluated.
    """
    for name, text in rules.items():
        if name in RULES:
            raise ValueError("rule declared twice: " + name)
        RULES[name] = Rule(name, tuple(tags.split()), cite, text)


def tags():
    """All tags, sorted."""
    return sorted({tag for rule in RULES.values() for tag in rule.tags})


class Report:
    """Faults and counts of evaluations, over all captures of one run.

    Rules tagged "defaults" hold for hosts whose configuration left the
    protocol alone; they are evaluated with @defaults only.
    """

    def __init__(self, defaults=False):
        self.capture = ""
        self.ignored = set() if defaults else {
            rule.id for rule in RULES.values() if "defaults" in rule.tags}
        self.faults = []
        self.counts = Counter()

    def check(self, rule, packet, ok, found=""):
        """Count an evaluation of @rule at packet number @packet.

        @found tells what was there instead, when @ok is false. A callable
        is only called then.
        """
        if rule not in RULES:
            raise KeyError("rule not declared: " + rule)
        if rule in self.ignored:
            return bool(ok)
        self.counts[rule] += 1
        if not ok:
            text = found() if callable(found) else str(found)
            self.faults.append(Fault(rule, self.capture, packet, text))
        return bool(ok)

    def require(self, wanted):
        """Fault each rule in @wanted (tags or rule ids) not evaluated."""
        for name in wanted:
            rules = [r for r in RULES.values()
                     if r.id == name or name in r.tags]
            if not rules:
                raise KeyError(name)
            for rule in rules:
                if not self.counts[rule.id]:
                    self.faults.append(Fault(
                        rule.id, self.capture, 0,
                        "required (%s) and never evaluated" % name))
