"""The table of all rules: source of the pack, the profiles, the documentation and the control matrix."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from policies.model import Check, Remediate

FAMILIES = (
    "storage", "keyvault", "postgres", "redis", "web", "aks", "registry", "frontdoor", "network", "privatelink",
    "diagnostics", "identity", "ai", "governance",
)  # fmt: skip
"""Modules of ``policies.rules``, in the order of the table; each has ``RULES: tuple[Rule, ...]``."""


@dataclass(frozen=True)
class Control:
    """A control of a framework that a rule serves."""

    id: str
    """``A.8.24``, ``164.312(e)(1)``, ``Art. 32(1)(a)``."""
    strength: Literal["direct", "supporting"]
    rationale: str
    """One line: why the rule serves the control."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule with all that is said about it."""

    id: str
    title: str
    types: tuple[str, ...]
    """Types that the rule judges, without ``azure-native:``; all carriers, inline and separate."""
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
    fix: bool = False
    """The rule has a remediation that is deterministic and replaces nothing."""
    what: str
    why: str
    remediation: str
    azure_default: str
    bad: str
    """Example in Python of a resource that the rule fails."""
    good: str
    check: Check
    remediate: Remediate | None = None


if TYPE_CHECKING:
    TABLE: tuple[Rule, ...]
    """All rules, in the order of the families."""
    RULES: Mapping[str, Rule]
    """The same by id."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the protocol of modules
    """Put the table together when it is asked for: the rules import this module for ``Rule``."""
    if name == "TABLE":
        modules = [f"policies.rules.{family}" for family in FAMILIES]
        found = [importlib.import_module(each) for each in modules if importlib.util.find_spec(each)]
        return globals().setdefault(name, tuple(rule for module in found for rule in module.RULES))
    if name == "RULES":
        return globals().setdefault(name, {rule.id: rule for rule in __getattr__("TABLE")})
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
