"""What several families of rules share: checks of one input, fixes, related resources, addresses and durations."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from policies.model import Context, Outcome, Remediate, ok
from resources.model import Resource
from resources.values import (
    ABSENT,
    Trilean,
    Value,
    all_of,
    any_of,
    equals,
    find,
    get,
    known,
    negate,
    one_of,
    present,
    steps,
)

CLASSIFICATION = "tags.data-classification"
WEB_APPS = ("web:WebApp", "web:WebAppSlot")
"""A slot is a site of its own that inherits nothing from its app, so every rule about apps judges both."""
WIDE_RANGE = 256
"""Addresses in a /24 network: a firewall rule for more than that no longer names a location."""

_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_DAYS = (365, 30.4375, 7, 1, 1 / 24, 1 / 1440, 1 / 86400)


def expect(resource: Resource, path: str, reason: str, *, to_be: object, default: Value = ABSENT) -> Outcome:
    """Require the input at ``path`` to be ``to_be``, or one of it where it is a tuple.

    ``reason`` says what is wrong otherwise; ``default`` is what Azure assumes where the input is not set.
    """
    value = get(resource, path, default)
    return ok(one_of(value, to_be) if isinstance(to_be, tuple) else equals(value, to_be), reason, path)


def expect_set(resource: Resource, path: str, reason: str) -> Outcome:
    """Require the input at ``path`` to be set to something."""
    return ok(present(get(resource, path)), reason, path)


def set_inputs(inputs: Mapping[str, Any]) -> Remediate:
    """Make a fix that sets the same inputs on every resource."""
    return lambda _resource, _context: inputs


def implies(condition: Trilean, answer: Trilean) -> Trilean:
    """Return whether ``answer`` holds wherever ``condition`` does."""
    return any_of(negate(condition), answer)


def classified(resource: Resource, classes: Iterable[str]) -> Trilean:
    """Return whether the tag ``data-classification`` is one of ``classes``; a missing tag is none of them."""
    return one_of(get(resource, CLASSIFICATION), classes)


def restricted(resource: Resource, context: Context) -> Trilean:
    """Return whether a resource is tagged as holding restricted or health data."""
    return classified(resource, context.parameters.restricted_classifications)


class Related(NamedTuple):
    """Resources that belong to another one, or point to it."""

    certain: list[Resource]
    complete: bool
    """False where there may be more, because of some resource it cannot be decided yet."""

    def any(self, test: Callable[[Resource], Trilean] = lambda _: True) -> Trilean:
        """Return whether one of them passes ``test``; undecided while there may be more."""
        return any_of(*(test(each) for each in self.certain), False if self.complete else None)


def children(context: Context, owner: Resource, type_: str, *keys: str) -> Related:
    """Find the resources of ``type_`` whose inputs ``keys`` are those of ``owner``: its name, and those around it.

    Names that are known decide. For one that is not, Pulumi still knows which resource it comes from. Leave the
    resource group out of ``keys`` for names that are unique in all of Azure.
    """
    answers = [(child, _belongs(context, child, owner, keys)) for child in context.graph.of(type_)]
    return Related([child for child, mine in answers if mine], all(mine is not None for _, mine in answers))


def site_children(context: Context, site: Resource, type_: str) -> Related:
    """Find the resources of ``type_`` that belong to a web app; those of a slot have types that end in ``Slot``."""
    if site.type == "web:WebAppSlot":
        return children(context, site, f"{type_}Slot", "name", "slot", "resourceGroupName")
    return children(context, site, type_, "name", "resourceGroupName")


def owner_of(context: Context, child: Resource, type_: str, *keys: str) -> Resource | None:
    """Find the resource of ``type_`` that ``child`` belongs to; None where the graph does not have it."""
    return next((each for each in context.graph.of(type_) if _belongs(context, child, each, keys)), None)


def _belongs(context: Context, child: Resource, owner: Resource, keys: tuple[str, ...]) -> Trilean:
    same = all_of(*(_same(get(child, key), get(owner, key)) for key in keys))
    if same is not None:
        return same
    names = [key for key in keys if key != "resourceGroupName"]
    sources = {urn for name in names for urn in child.property_dependencies.get(name, ())}
    if owner.urn in sources:
        return True
    others = [context.graph.by_urn(urn) for urn in sources]
    if any(other and other.type == owner.type for other in others):
        return False
    return True if owner.urn in child.dependencies else None


def _same(value: Value, other: Value) -> Trilean:
    if not known(value) or not known(other) or ABSENT in (value, other):
        return None
    return equals(value, other)


def referrers(context: Context, target: Resource, type_: str, path: str) -> Related:
    """Find the resources of ``type_`` whose value at ``path`` is the id of ``target``."""
    graph = context.graph
    complete = not graph.unresolved(type_, path)
    if any_id_unknown(context, target):
        values = [value for source in graph.of(type_) for _, value in find(source, path)]
        complete = complete and not any(known(value) and graph.by_id(str(value)) is None for value in values)
    return Related(list(graph.referring(target, type_, path)), complete)


def any_id_unknown(context: Context, *resources: Resource) -> bool:
    """Return whether the id of one of these cannot be composed yet, so that a literal id may be its own."""
    return any(resource.urn not in context.graph.ids for resource in resources)


def depends(resource: Resource, path: str, kind: str) -> bool:
    """Return whether the input that ``path`` begins with comes from a resource of ``kind``, such as ``NatGateway``."""
    urns = resource.property_dependencies.get(steps(path)[0], ())
    return any(urn.rsplit("::", 1)[0].endswith(f":{kind}") for urn in urns)


def refers_to_something(resource: Resource, path: str, kind: str) -> Trilean:
    """Return whether ``path`` points to something; an unknown id does where it comes from a ``kind``."""
    answer = present(get(resource, path))
    return True if answer is None and depends(resource, path, kind) else answer


def addresses(value: Value) -> int | None:
    """Count the addresses of ``203.0.113.7`` or ``203.0.113.0/24``; None for anything else."""
    try:
        return ipaddress.ip_network(value, strict=False).num_addresses
    except ValueError:
        return None


def span(start: Value, end: Value) -> int | None:
    """Count the IPv4 addresses from ``start`` to ``end``, both included; None where they are no such range."""
    try:
        count = int(ipaddress.IPv4Address(end)) - int(ipaddress.IPv4Address(start)) + 1
    except ValueError:
        return None
    return count if count > 0 else None


def days(value: Value) -> float | None:
    """Return an ISO 8601 duration such as ``P90D`` or ``P1Y`` in days; None where it is none."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        return None
    return sum(int(count or 0) * unit for count, unit in zip(match.groups(), _DAYS, strict=True))


def split_list(value: Value, separator: str) -> Value:
    """Split a list written as text into lower-case items; markers are returned as they are."""
    if not isinstance(value, str):
        return value
    return [item.strip().lower() for item in value.split(separator) if item.strip()]
