"""Resources decoded to plain data, their graph, and the verdicts on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from resources import arm
from resources.values import UNKNOWN, Value, find, known, steps


class Verdict(StrEnum):
    """What a rule says of a resource."""

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
    """The options of a resource that rules look at."""

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
    """All resources of a plan or a state, and what points at what."""

    resources: tuple[Resource, ...] = ()

    @cached_property
    def _types(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            found[resource.type].append(resource)
        return found

    @cached_property
    def _urns(self) -> Mapping[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """URN -> ARM id, given or composed from names; what has none is left out."""
        found = {}
        for resource in self.resources:
            provider = resource.options.provider
            subscription = provider.props.get("subscriptionId") if provider else None
            plain = subscription if isinstance(subscription, str) else None
            if identifier := resource.id or arm.compose(resource.type, resource.props, plain):
                found[resource.urn] = identifier
        return found

    @cached_property
    def _ids(self) -> Mapping[str, Resource]:
        found = {}
        for urn, identifier in self.ids.items():
            found.setdefault(arm.local(identifier), self._urns[urn])
            found[arm.key(identifier)] = self._urns[urn]
        return found

    @cached_property
    def _links(self) -> dict[tuple[str, str], Mapping[str, list[Resource]]]:
        return {}

    def of(self, *types: str) -> Sequence[Resource]:
        """Give the resources of these types, in the order of the program."""
        if len(types) == 1:
            return self._types.get(types[0], [])
        return [resource for resource in self.resources if resource.type in types]

    def by_urn(self, urn: str) -> Resource | None:
        """Find a resource by its URN."""
        return self._urns.get(urn)

    def by_id(self, arm_id: str) -> Resource | None:
        """Find a resource by its ARM id, given or composed, without regard to case.

        The subscription is left out of the comparison where it is not known on one side.
        """
        if found := self._ids.get(arm.key(arm_id)):
            return found
        near = self._ids.get(arm.local(arm_id))
        subscription, other = arm.subscription(arm_id), arm.subscription(self.ids[near.urn]) if near else None
        return near if near and arm.NO_SUBSCRIPTION in (subscription, other) else None

    def refers(self, source: Resource, path: str) -> list[Resource]:
        """Give the resources that the value at ``path`` (``[]`` for each element) points to.

        A value that is known is an ARM id and decides by itself; one that is not known points to what its property
        depends on, which Pulumi tells even in the first preview.
        """
        values = [value for _, value in find(source, path)]
        found: dict[str, Resource] = {}
        unmatched = not values
        for value in values:
            target = self.by_id(value) if isinstance(value, str) else None
            if target:
                found[target.urn] = target
            else:
                unmatched = unmatched or not known(value)
        if unmatched and values:
            for urn in sorted(source.property_dependencies.get(steps(path)[0], ())):
                if target := self._urns.get(urn):
                    found[urn] = target
        return list(found.values())

    def referring(self, target: Resource, type: str, path: str) -> list[Resource]:  # noqa: A002
        """Give the resources of ``type`` whose value at ``path`` points to ``target``."""
        if (type, path) not in self._links:
            links: dict[str, list[Resource]] = defaultdict(list)
            for source in self.of(type):
                for each in self.refers(source, path):
                    links[each.urn].append(source)
            self._links[type, path] = links
        return self._links[type, path].get(target.urn, [])

    def unresolved(self, type: str, path: str) -> list[Resource]:  # noqa: A002
        """Give the resources of ``type`` of which nobody can tell yet where ``path`` points.

        The value is unknown and its property depends on nothing, or it is the id of something whose own names are not
        known. While there is one, the absence of a link is undetermined rather than proven.
        """
        return [each for each in self.of(type) if any(self._open(each, path, value) for _, value in find(each, path))]

    def _open(self, source: Resource, path: str, value: Value) -> bool:
        if not known(value):
            return value is UNKNOWN and not source.property_dependencies.get(steps(path)[0])
        return arm.is_id(value) and not self.by_id(value) and arm.kind(value) in self._nameless

    @cached_property
    def _nameless(self) -> frozenset[str]:
        """ARM types of the resources whose ids cannot be told yet."""
        kinds = {arm.kind(arm.PATHS.get(each.type, "")) for each in self.resources if each.urn not in self.ids}
        return frozenset(kinds - {""})
