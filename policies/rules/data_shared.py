"""What the rules about stores of data share: the classification tag, children, addresses, durations."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple

from policies.model import Context
from resources.model import Resource
from resources.values import ABSENT, Trilean, Value, any_of, equals, get, negate, one_of

CLASSIFICATION = "tags.data-classification"

WIDE_RANGE = 256
"""Addresses: a firewall rule for more of them than one /24 network no longer names a place."""

_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_DAYS = (365, 30.4375, 7, 1, 1 / 24, 1 / 1440, 1 / 86400)


def classified(resource: Resource, classes: Iterable[str]) -> Trilean:
    """Tell whether the tag ``data-classification`` is one of ``classes``; without the tag it is none of them."""
    return one_of(get(resource, CLASSIFICATION), classes)


def given(condition: Trilean, answer: Trilean) -> Trilean:
    """Tell whether ``answer`` holds where ``condition`` does; elsewhere everything holds."""
    return any_of(negate(condition), answer)


class Children(NamedTuple):
    """Resources that belong to another one."""

    found: list[Resource]
    complete: bool
    """False where a resource of the same type may belong to it too, because its owner is not known yet."""


def children(context: Context, owner: Resource, type_: str, path: str, own: str) -> Children:
    """Find the resources of ``type_`` that name ``owner`` in their input ``path``; ``own`` is where it has its name.

    Two names that are known decide by themselves; of one that is not, Pulumi still tells which resource it comes from.
    """
    name = get(owner, own)
    found, complete = [], True
    for child in context.graph.of(type_):
        mine = _names(context, child, path, owner, name)
        found += [child] if mine else []
        complete = complete and mine is not None
    return Children(found, complete)


def owner_of(context: Context, child: Resource, path: str, type_: str, own: str) -> Resource | None:
    """Find the resource of ``type_`` that ``child`` names in its input ``path``; None where it is not in the graph."""
    owners = (each for each in context.graph.of(type_) if _names(context, child, path, each, get(each, own)))
    return next(owners, None)


def _names(context: Context, child: Resource, path: str, owner: Resource, name: Value) -> Trilean:
    value = get(child, path)
    if value is ABSENT or (isinstance(value, str) and isinstance(name, str)):
        return equals(value, name)
    sources = child.property_dependencies.get(path, frozenset())
    if owner.urn in sources:
        return True
    others = [context.graph.by_urn(urn) for urn in sources]
    return False if any(other and other.type == owner.type for other in others) else None


def addresses(value: Value) -> int | None:
    """Count the addresses of ``203.0.113.7`` or ``203.0.113.0/24``; None for anything else."""
    try:
        return ipaddress.ip_network(value, strict=False).num_addresses
    except ValueError:
        return None


def span(start: Value, end: Value) -> int | None:
    """Count the addresses from ``start`` to ``end``, both included; None where they are no range of IPv4 addresses."""
    try:
        count = int(ipaddress.IPv4Address(end)) - int(ipaddress.IPv4Address(start)) + 1
    except ValueError:
        return None
    return count if count > 0 else None


def days(value: Value) -> float | None:
    """Read an ISO 8601 duration such as ``P90D`` or ``P1Y`` in days; None where it is none."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        return None
    return sum(int(count or 0) * unit for count, unit in zip(match.groups(), _DAYS, strict=True))


def words(value: Value, separator: str) -> Value:
    """Split a list written as text into its lower-case words; markers stay what they are."""
    if not isinstance(value, str):
        return value
    return [word.strip().lower() for word in value.split(separator) if word.strip()]
