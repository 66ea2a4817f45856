"""Answers about a connection, and the evidence that claims are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from resources.model import Verdict


class Reason(StrEnum):
    """Why a connection is impossible, for programs; the text beside it is for people."""

    SECURITY_RULE = "security-rule"
    ROUTE = "route"
    PUBLIC_ACCESS = "public-access-off"
    FIREWALL = "service-firewall"
    ENDPOINT = "no-private-endpoint"
    ZONE_GROUP = "no-zone-group"
    ZONE_LINK = "zone-not-linked"
    PENDING = "approval-pending"
    INTEGRATION = "no-vnet-integration"
    NOT_CONNECTED = "networks-not-connected"
    NO_WAY_OUT = "no-way-out"
    PORT = "port-not-served"


@dataclass(frozen=True)
class Hop:
    """One step of a connection and what lets it pass."""

    at: str
    """Name of the subnet, security group, route table, endpoint or service."""
    text: str
    rule: str = ""
    """Name of the security rule or route that decided; empty if none did."""


@dataclass(frozen=True)
class Path:
    """The connection is possible."""

    source: str
    target: str
    port: int
    hops: tuple[Hop, ...]
    private: bool
    """Whether it stays inside the network; False if it uses a public address."""


@dataclass(frozen=True)
class Blocked:
    """The connection is impossible, and why."""

    source: str
    target: str
    port: int
    hops: tuple[Hop, ...]
    """What it passed before it was blocked."""
    reason: Reason
    text: str
    rule: str = ""


@dataclass(frozen=True)
class Undetermined:
    """Not decidable from these resources: a value is unknown, or the answer lies outside the deployment."""

    source: str
    target: str
    port: int
    hops: tuple[Hop, ...]
    text: str


Answer = Path | Blocked | Undetermined


@dataclass(frozen=True)
class Evidence:
    """One observation that a claim is judged by."""

    subject: str
    """URN of the resource it is about; a name if there is none."""
    verdict: Verdict
    text: str


def verdict_on(answer: Answer, *, wanted: type) -> Verdict:
    """Turn an answer into a verdict; ``wanted`` is the kind of answer that passes."""
    if isinstance(answer, Undetermined):
        return Verdict.UNDETERMINED
    return Verdict.PASS if isinstance(answer, wanted) else Verdict.FAIL


def summary(answer: Answer) -> str:
    """Summarise an answer in half a sentence."""
    if isinstance(answer, Path):
        return f"open on port {answer.port}, {answer.hops[-1].text if answer.hops else 'directly'}"
    outcome = "blocked" if isinstance(answer, Blocked) else "undetermined"
    return f"{outcome}: {answer.text}"
