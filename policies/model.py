"""What rules use and what they answer: contexts, outcomes, findings.

A check is a function of a resource and a context that returns outcomes, made by ``ok`` and ``skip``. Reasons never
repeat the value of a property: it may be a secret, and the marker for that does not reach every place where rules run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.parameters import Parameters
from resources.model import Graph, Resource, Verdict
from resources.values import Trilean

ROOT = "pulumi:pulumi:Stack"
"""Type of a stack's root resource: rules about the stack as a whole, such as "a budget exists", are about this one."""
ANY = "*"
"""In ``Rule.types``: every resource of azure-native."""


@dataclass(frozen=True)
class Outcome:
    """One answer of a check about a resource."""

    verdict: Verdict
    reason: str
    path: str = ""
    """The property that the answer is about."""
    urn: str = ""
    """The resource, where it is another one than the check was asked about."""


def ok(answer: Trilean, reason: str, path: str = "", *, about: Resource | None = None) -> Outcome:
    """Answer a check: holds, does not, or cannot be decided yet (``None``).

    ``reason`` says what is wrong when it does not hold, in words and without the value found:
    "HTTP is not refused", "no private endpoint with sub-resource 'vault'".
    """
    verdict = {True: Verdict.PASS, False: Verdict.FAIL, None: Verdict.UNDETERMINED}[answer]
    return Outcome(verdict, reason, path, about.urn if about else "")


def skip(reason: str) -> Outcome:
    """Answer that the rule has nothing to say about this resource, and why."""
    return Outcome(Verdict.NOT_APPLICABLE, reason)


@dataclass(frozen=True)
class Context:
    """What a check may use besides the resource."""

    graph: Graph
    """All resources for a rule of scope ``S``; only the resource itself for one of scope ``R``."""
    parameters: Parameters
    profile: str
    """``dev``, ``test`` or ``prod``."""
    operations: Mapping[str, str] = field(default_factory=dict)
    """URN -> planned operation (``create``, ``update``, ``replace``, ``delete`` ...), where a plan is judged."""
    waiver_problems: tuple[str, ...] = ()
    """What is wrong with the waivers, one sentence each."""


Check = Callable[[Resource, Context], "Iterable[Outcome] | Outcome"]
Remediate = Callable[[Resource, Context], Mapping[str, Any]]
"""Gives the input paths to set and their values: ``{"siteConfig.minTlsVersion": "1.2"}``; must not read the values."""


@dataclass(frozen=True)
class Finding:
    """What a rule says of a resource, as reports carry it."""

    rule: str
    verdict: Verdict
    urn: str
    reason: str
    path: str = ""
