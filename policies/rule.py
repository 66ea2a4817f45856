"""What a rule is made of: its text, its check and the controls that it serves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from policies.model import Check, Remediate

Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: Mapping[str, Severity] = {"C": "critical", "H": "high", "M": "medium", "L": "low"}


@dataclass(frozen=True)
class Control:
    """A control of a framework that a rule serves."""

    id: str
    """``A.8.24``, ``164.312(e)(1)``, ``Art. 32(1)(a)``."""
    strength: Literal["direct", "supporting"]
    rationale: str
    """One line: why the rule serves the control."""


def direct(control: str, rationale: str) -> Control:
    """Map to a control that the rule implements by itself."""
    return Control(control, "direct", rationale)


def supporting(control: str, rationale: str) -> Control:
    """Map to a control to which the rule contributes."""
    return Control(control, "supporting", rationale)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: metadata, documentation, check and remediation."""

    id: str
    title: str
    types: tuple[str, ...]
    """Resource types that the rule judges, without ``azure-native:``; all carriers, inline and separate."""
    property: str
    """The properties that decide, as the documentation shows them."""
    severity: Literal["C", "H", "M", "L"]
    scope: Literal["R", "S"]
    """``R`` judges one resource by itself, ``S`` uses the graph."""
    profile: Literal["P1", "P2", "P3", "P4"]
    """Row of ``policies.profiles.LEVELS``."""
    iso: tuple[Control, ...] = ()
    hipaa: tuple[Control, ...] = ()
    gdpr: tuple[Control, ...] = ()
    what: str
    why: str
    remediation: str
    azure_default: str
    bad: str
    """Example in Python of a resource that the rule fails."""
    good: str
    check: Check
    remediate: Remediate | None = None
    """The fix; only rules have one whose fix is deterministic and replaces no resource."""


def without_indices(path: str) -> str:
    """Return a property path without its list indices: ``a.b[0].c`` is ``a.b.c``."""
    return re.sub(r"\[[^\]]*\]", "", path).strip(".")
