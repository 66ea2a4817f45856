"""The control matrix: the rules that serve each control of a framework, and who is responsible for the rest.

Generated from the table of rules and the catalogues in ``policies.frameworks``. A rule never proves a whole control,
so each control names what remains, and its owner, even if rules cover it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from policies.frameworks.gdpr import ARTICLES
from policies.frameworks.hipaa import SECURITY_RULE
from policies.frameworks.iso27001 import ANNEX_A
from policies.frameworks.requirement import Requirement
from policies.rule import Control, Rule

_RANGE = re.compile(r"^Art\. (\d+)\s*[-\u2013]\s*(\d+)$")


@dataclass(frozen=True)
class Framework:
    """One framework and its catalogue."""

    key: Literal["iso", "hipaa", "gdpr"]
    """The field of a rule with its controls."""
    name: str
    requirements: tuple[Requirement, ...]

    def find(self, control_id: str) -> tuple[Requirement, ...]:
        """Return the requirements that a mapping names: one, those of a range (``Art. 44-46``), or none."""
        if span := _RANGE.match(control_id):
            wanted = {f"Art. {number}" for number in range(int(span[1]), int(span[2]) + 1)}
        else:
            wanted = {control_id}
        return tuple(requirement for requirement in self.requirements if requirement.id in wanted)


FRAMEWORKS: tuple[Framework, ...] = (
    Framework("iso", "ISO/IEC 27001:2022 Annex A", ANNEX_A),
    Framework("hipaa", "HIPAA 45 CFR 164", SECURITY_RULE),
    Framework("gdpr", "GDPR, Regulation (EU) 2016/679", ARTICLES),
)


@dataclass(frozen=True)
class Coverage:
    """A requirement with the rules that serve it."""

    requirement: Requirement
    rules: tuple[tuple[Rule, Control], ...]
    """Each rule with its mapping, in the order of the table."""

    @property
    def extent(self) -> Literal["direct", "supporting", "none"]:
        """The strongest mapping of any rule."""
        strengths = {control.strength for _, control in self.rules}
        return "direct" if "direct" in strengths else "supporting" if strengths else "none"


def coverage(framework: Framework, rules: Iterable[Rule]) -> tuple[Coverage, ...]:
    """Return every requirement of the framework, covered or not, in the order of the catalogue."""
    serving: dict[str, list[tuple[Rule, Control]]] = {requirement.id: [] for requirement in framework.requirements}
    for rule in rules:
        mapped: tuple[Control, ...] = getattr(rule, framework.key)
        for control in mapped:
            for requirement in framework.find(control.id):
                serving[requirement.id].append((rule, control))
    return tuple(Coverage(requirement, tuple(serving[requirement.id])) for requirement in framework.requirements)
