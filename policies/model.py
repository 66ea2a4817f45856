"""What rules work with: contexts, outcomes, findings.

A check is a function of a resource and a context that returns outcomes, made by ``ok`` and ``skip``. Reasons never
contain the value of a property: it may be a secret, and not everywhere do rules get the marker of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.parameters import Parameters
from resources.model import Graph, Resource, Verdict
from resources.values import Trilean

ROOT = "pulumi:pulumi:Stack"
"""Type of a stack's root resource, the subject of rules about a whole stack, such as "a budget exists"."""
ANY = "*"
"""In ``Rule.types``: every resource of azure-native."""


@dataclass(frozen=True)
class Outcome:
    """One answer of a check about a resource."""

    verdict: Verdict
    reason: str
    path: str = ""
    """The property that decided."""
    urn: str = ""
    """The resource, if it is not the one that was checked."""


def ok(answer: Trilean, reason: str, path: str = "", *, about: Resource | None = None) -> Outcome:
    """Return an outcome: the rule holds, does not, or cannot be decided yet (``None``).

    ``reason`` says what is wrong if it does not hold, without the value of the property: "HTTP is not refused", "no
    private endpoint with sub-resource 'vault'".
    """
    verdict = {True: Verdict.PASS, False: Verdict.FAIL, None: Verdict.UNDETERMINED}[answer]
    return Outcome(verdict, reason, path, about.urn if about else "")


def skip(reason: str) -> Outcome:
    """Return that the rule does not apply to this resource, and why."""
    return Outcome(Verdict.NOT_APPLICABLE, reason)


def _no_table(type_: str) -> frozenset[str]:
    raise LookupError(f"asked for the governed properties of {type_} outside of an evaluation")


@dataclass(frozen=True)
class Context:
    """What a check may use besides the resource."""

    graph: Graph
    """All resources for a rule of scope ``S``; only the resource itself for one of scope ``R``."""
    parameters: Parameters
    profile: str
    """``dev``, ``test`` or ``prod``."""
    operations: Mapping[str, str] = field(default_factory=dict)
    """URN -> planned operation (``create``, ``update``, ``replace``, ``delete`` ...), if a plan is judged."""
    waiver_problems: tuple[str, ...] = ()
    """Faults of waivers, one sentence each."""
    governed: Callable[[str], frozenset[str]] = _no_table
    """Properties of a type that rules judge; set for rules of scope ``R``."""


Check = Callable[[Resource, Context], "Iterable[Outcome] | Outcome"]
Remediate = Callable[[Resource, Context], Mapping[str, Any]]
"""Returns the input paths to set and their values, ``{"siteConfig.minTlsVersion": "1.2"}``; must not read values."""


@dataclass(frozen=True)
class Finding:
    """What a rule says of a resource, as reports carry it."""

    rule: str
    verdict: Verdict
    urn: str
    reason: str
    path: str = ""
