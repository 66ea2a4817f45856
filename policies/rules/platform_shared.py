"""What the rules about apps, networks and logs share: parts of a resource by name, links that a plan knows already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from policies.model import Context
from resources.model import Resource
from resources.values import ABSENT, Trilean, Value, all_of, equals, find, get, known, present, steps

WEB_APPS = ("web:WebApp", "web:WebAppSlot")
"""A slot is a site of its own: it takes over nothing from its app, so every rule about apps judges both."""


class Parts(NamedTuple):
    """Resources that belong to another one."""

    found: list[Resource]
    complete: bool
    """False where another one may belong to it too, because nobody can tell yet whose part it is."""


def parts(context: Context, owner: Resource, type_: str, names: Mapping[str, str]) -> Parts:
    """Find the resources of ``type_`` that name ``owner``: input of the part -> input of the owner with the same name.

    Names that are written out decide; a name that is not known yet belongs to what it is made from.
    """
    found, complete = [], True
    for part in context.graph.of(type_):
        answer = _belongs(part, owner, names)
        if answer:
            found.append(part)
        complete = complete and answer is not None
    return Parts(found, complete)


def _belongs(part: Resource, owner: Resource, names: Mapping[str, str]) -> Trilean:
    keys = {**names, "resourceGroupName": "resourceGroupName"}
    answer = all_of(*(_same(get(part, theirs), get(owner, ours)) for theirs, ours in keys.items()))
    if answer is not None:
        return answer
    made_from = part.dependencies.union(*(part.property_dependencies.get(theirs, ()) for theirs in names))
    return True if owner.urn in made_from else None


def _same(value: Value, other: Value) -> Trilean:
    if not known(value) or not known(other) or ABSENT in (value, other):
        return None
    return equals(value, other)


def referrers(context: Context, target: Resource, type_: str, path: str) -> Parts:
    """Find the resources of ``type_`` whose id at ``path`` is that of ``target``."""
    graph = context.graph
    loose = bool(graph.unresolved(type_, path))
    if nameless(context, target):
        values = [value for source in graph.of(type_) for _, value in find(source, path)]
        loose = loose or any(known(value) and graph.by_id(str(value)) is None for value in values)
    return Parts(list(graph.referring(target, type_, path)), not loose)


def nameless(context: Context, *resources: Resource) -> bool:
    """Tell whether one of these has an id that nobody can compose yet: an id that is written out may be its own."""
    return any(resource.urn not in context.graph.ids for resource in resources)


def depends(resource: Resource, path: str, kind: str) -> bool:
    """Tell whether the property that ``path`` is in is made from a resource of ``kind``, such as ``NatGateway``."""
    urns = resource.property_dependencies.get(steps(path)[0], ())
    return any(urn.rsplit("::", 1)[0].endswith(f":{kind}") for urn in urns)


def wired(resource: Resource, path: str, kind: str) -> Trilean:
    """Tell whether ``path`` points to something; an id that is not known yet does if it is made from a ``kind``."""
    answer = present(get(resource, path))
    return True if answer is None and depends(resource, path, kind) else answer
