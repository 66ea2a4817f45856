"""The words of every answer, and what a resource must look like to be asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Resource(Protocol):
    """One planned or deployed resource; ``policies`` and :mod:`topology.state` have classes that fit."""

    @property
    def urn(self) -> str:
        """Pulumi's name of it, unique in its stack."""
        ...

    @property
    def type(self) -> str:
        """Without ``azure-native:``, e.g. ``network:Subnet``; other packages keep their prefix."""
        ...

    @property
    def name(self) -> str:
        """Logical name."""
        ...

    @property
    def props(self) -> Mapping[str, Any]:
        """Inputs; anything that is no plain value stands for an unknown one."""
        ...

    @property
    def id(self) -> str | None:
        """ARM id, None before creation."""
        ...

    @property
    def property_dependencies(self) -> Mapping[str, Collection[str]]:
        """Property → URNs of the resources whose outputs went into it."""
        ...


class Verdict(StrEnum):
    """Of a claim. ``undetermined``: a value is unknown, or lies with somebody else."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNDETERMINED = "undetermined"

    @staticmethod
    def worst(verdicts: Collection[Verdict]) -> Verdict:
        """One failure fails the whole; one unknown leaves it open; nothing to judge passes."""
        for verdict in (Verdict.FAIL, Verdict.UNDETERMINED):
            if verdict in verdicts:
                return verdict
        return Verdict.PASS


class Reason(StrEnum):
    """Why a connection is impossible, for programs; the sentence beside it is for people."""

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
    """One step of a connection and what lets it pass (or stops it)."""

    at: str
    """Where: name of the subnet, security group, route table, endpoint, service."""
    text: str
    rule: str = ""
    """Name of the security rule or route that decided; empty where none did."""


@dataclass(frozen=True)
class Path:
    """The connection is possible."""

    source: str
    target: str
    port: int
    hops: tuple[Hop, ...]
    private: bool
    """Whether it stays inside the network; False for one that uses a public address."""


@dataclass(frozen=True)
class Blocked:
    """The connection is impossible, and why."""

    source: str
    target: str
    port: int
    hops: tuple[Hop, ...]
    """What it passed before it was stopped."""
    reason: Reason
    text: str
    rule: str = ""


@dataclass(frozen=True)
class Undetermined:
    """Not decidable from these resources: a value is unknown, or the answer lies with somebody else."""

    source: str
    target: str
    port: int
    hops: tuple[Hop, ...]
    text: str


Answer = Path | Blocked | Undetermined


class _Unknown:
    """The value of anything that is not known yet."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()
_PLAIN = (str, int, float, bool, Mapping, list, tuple)


def known(value: object) -> bool:
    """Whether ``value`` is a plain one; whatever marks unknown or secret values elsewhere is not."""
    return value is None or isinstance(value, _PLAIN)


def get(source: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - a property may be anything
    """Value at ``path`` (``networkAcls.defaultAction``), None where it is absent, ``UNKNOWN`` where it is not known."""
    value: Any = source
    for step in path.split("."):
        if not known(value):
            return UNKNOWN
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value if known(value) else UNKNOWN


def text(source: Mapping[str, Any], path: str) -> str | None:
    """Text at ``path``; None where it is absent, unknown or something else."""
    value = get(source, path)
    return value if isinstance(value, str) and value else None


def entries(source: Mapping[str, Any], path: str) -> list[Any]:
    """List at ``path``, empty where there is none or it is unknown."""
    value = get(source, path)
    return list(value) if isinstance(value, (list, tuple)) else []


def strings(value: object) -> Iterator[tuple[str, str]]:
    """Every text inside ``value`` with its path; keys of mappings are paths, not texts."""
    pending: list[tuple[str, object]] = [("", value)]
    while pending:
        path, item = pending.pop()
        if isinstance(item, str):
            yield path, item
        elif isinstance(item, Mapping):
            pending += [(f"{path}.{key}".lstrip("."), inner) for key, inner in item.items()]
        elif isinstance(item, Sequence):
            pending += [(f"{path}[{index}]", inner) for index, inner in enumerate(item)]


def outputs(resource: Resource) -> Mapping[str, Any]:
    """Return what Azure computed for ``resource``; empty for a planned one, and for a class that has no outputs."""
    found = getattr(resource, "outputs", None)
    return found if isinstance(found, Mapping) else {}
