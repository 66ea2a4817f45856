"""Resources decoded to plain data, their graph, and the verdicts on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from resources import arm
from resources.values import UNKNOWN, Value, find, get, known, steps


class Verdict(StrEnum):
    """What a rule or a proof says of a resource; ``undetermined``: a value is unknown, or outside the deployment."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not applicable"


class Provider(NamedTuple):
    """The provider that deploys a resource."""

    type: str
    name: str
    props: Mapping[str, Any]


@dataclass(frozen=True)
class Options:
    """The resource options that rules read."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    parent: str | None = None
    """URN of the parent."""
    provider: Provider | None = None
    aliases: tuple[str, ...] = ()
    retain_on_delete: bool = False


@dataclass(frozen=True)
class Resource:
    """A resource, decoded once: inputs as plain data, with the markers of ``resources.values``."""

    urn: str
    type: str
    """``storage:StorageAccount`` for azure-native whatever its API version; other packages keep their whole token."""
    name: str
    """Logical name, the last part of the URN."""
    props: Mapping[str, Any] = field(default_factory=dict)
    """Inputs."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Outputs; empty where a single resource is judged before it is deployed."""
    id: str | None = None
    """The id that the provider gave, if it is known."""
    options: Options = field(default_factory=Options)
    dependencies: frozenset[str] = frozenset()
    """URNs."""
    property_dependencies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name of a top-level input -> URNs that its value comes from; known even while the value is not."""
    token: str = ""
    """The type as the program wrote it, ``azure-native:storage/v20240101:StorageAccount``."""


@dataclass(frozen=True)
class Graph:
    """All resources of a plan or a state, and what refers to what."""

    resources: tuple[Resource, ...] = ()
    subscription: str = arm.NO_SUBSCRIPTION
    """Of resources whose provider names none."""

    @cached_property
    def _types(self) -> Mapping[str, list[Resource]]:
        by_type: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            by_type[resource.type].append(resource)
        return by_type

    @cached_property
    def _urns(self) -> Mapping[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """URN -> ARM id, assigned or composed from names; resources without one are left out."""
        ids = {}
        for resource in self.resources:
            provider = resource.options.provider
            named = provider.props.get("subscriptionId") if provider else None
            subscription = named if isinstance(named, str) and named else self.subscription
            if arm_id := resource.id or arm.compose(resource.type, resource.props, subscription):
                ids[resource.urn] = arm_id
        return ids

    @cached_property
    def _ids(self) -> Mapping[str, Resource]:
        by_key = {}
        for urn, arm_id in self.ids.items():
            by_key.setdefault(arm.local(arm_id), self._urns[urn])
            by_key[arm.key(arm_id)] = self._urns[urn]
        return by_key

    @cached_property
    def _links(self) -> dict[tuple[str, str], Mapping[str, list[Resource]]]:
        return {}

    def of(self, *types: str) -> Sequence[Resource]:
        """Return the resources of these types, in the order of the program."""
        if len(types) == 1:
            return self._types.get(types[0], [])
        return [resource for resource in self.resources if resource.type in types]

    def by_urn(self, urn: str) -> Resource | None:
        """Return the resource with this URN."""
        return self._urns.get(urn)

    def id_of(self, resource: Resource) -> str:
        """Return the ARM id of a resource; its URN where it has none."""
        return self.ids.get(resource.urn, resource.urn)

    def by_id(self, arm_id: str) -> Resource | None:
        """Return the resource with this ARM id, assigned or composed, without regard to case.

        The subscription is ignored where it is not known on one side.
        """
        if exact := self._ids.get(arm.key(arm_id)):
            return exact
        near = self._ids.get(arm.local(arm_id))
        subscription, other = arm.subscription(arm_id), arm.subscription(self.ids[near.urn]) if near else None
        return near if near and arm.NO_SUBSCRIPTION in (subscription, other) else None

    def made_from(self, source: Resource, path: str) -> list[Resource]:
        """Return the resources whose outputs went into the property that ``path`` is in, in the order of their URNs."""
        urns = sorted(source.property_dependencies.get(steps(path)[0], ()))
        return [self._urns[urn] for urn in urns if urn in self._urns]

    def refers(self, source: Resource, path: str) -> list[Resource]:
        """Return the resources that the value at ``path`` (``[]`` for each element) refers to.

        A known value is an ARM id and decides by itself; an unknown one refers to what its property depends on, which
        Pulumi reports even in the first preview.
        """
        values = [value for _, value in find(source, path)]
        targets: dict[str, Resource] = {}
        unmatched = not values
        for value in values:
            target = self.by_id(value) if isinstance(value, str) else None
            if target:
                targets[target.urn] = target
            else:
                unmatched = unmatched or not known(value)
        if unmatched and values:
            targets.update({each.urn: each for each in self.made_from(source, path)})
        return list(targets.values())

    def reference(self, source: Resource, path: str, *types: str) -> str | None:
        """Return the ARM id at ``path``: the value, or while that is unknown, the id of the resource it is made from.

        None where nothing is set, and where the value is not made from exactly one resource of ``types``.
        """
        value = get(source, path)
        if known(value):
            return value if isinstance(value, str) and value else None
        targets = [each for each in self.made_from(source, path) if not types or each.type in types]
        return self.id_of(targets[0]) if len(targets) == 1 else None

    def referring(self, target: Resource, type: str, path: str) -> list[Resource]:  # noqa: A002
        """Return the resources of ``type`` whose value at ``path`` refers to ``target``."""
        if (type, path) not in self._links:
            links: dict[str, list[Resource]] = defaultdict(list)
            for source in self.of(type):
                for each in self.refers(source, path):
                    links[each.urn].append(source)
            self._links[type, path] = links
        return self._links[type, path].get(target.urn, [])

    def unresolved(self, type: str, path: str) -> list[Resource]:  # noqa: A002
        """Return the resources of ``type`` whose ``path`` cannot be resolved yet.

        Its value is unknown and depends on nothing, or it is the id of a resource whose own names are not known. While
        there is one, the absence of a link is undetermined rather than proven.
        """
        return [each for each in self.of(type) if any(self._open(each, path, value) for _, value in find(each, path))]

    def _open(self, source: Resource, path: str, value: Value) -> bool:
        if not known(value):
            return value is UNKNOWN and not source.property_dependencies.get(steps(path)[0])
        return arm.is_id(value) and not self.by_id(value) and arm.kind(value) in self._nameless

    @cached_property
    def _nameless(self) -> frozenset[str]:
        """ARM types of the resources whose ids are not known yet."""
        kinds = {arm.kind(arm.PATHS.get(each.type, "")) for each in self.resources if each.urn not in self.ids}
        return frozenset(kinds - {""})
