"""Writes what exists, or what a preview plans, as an ARM template: for other judges, and for readers of ARM's JSON.

It is a picture, not a way to deploy: resources of several scopes stand in one list, and secrets are parameters without
values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.armbody import body
from emulator.facts import TABLE
from emulator.facts.row import Fact
from emulator.places import parent_id, shape_only
from emulator.values import Secret, Unknown, Value, leaves
from emulator.world import arm_name

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TYPES = {"string": "string", "boolean": "bool", "number": "int", "array": "array", "object": "object"}


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One resource to write."""

    token: str
    id: str
    """ARM id; empty where a preview does not know it."""
    name: str
    """How the program, or Azure, calls it; parameters are named after it."""
    inputs: dict[str, Value]
    """By SDK input name; secrets and unknowns are marked."""


@dataclass
class _Parameters:
    """Parameters of the template, as they come up."""

    found: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, hint: str, kind: str, why: str) -> str:
        """Add a parameter and return the expression that reads it."""
        base = re.sub(r"\W+", "_", hint).strip("_") or "value"
        name, number = base, 2
        while name in self.found:
            name, number = f"{base}_{number}", number + 1
        self.found[name] = {"type": kind, "metadata": {"description": why}}
        return f"[parameters('{name}')]"


def template(resources: Iterable[Exported], facts: Mapping[str, Fact] = TABLE) -> dict[str, Any]:
    """Build a template with every azure-native resource in ``resources``; others (random, Entra) are left out.

    Args:
        resources: in any order; the template is sorted, parents before children.
        facts: rows by token; a type without one is written from its shape.
    """
    chosen = [one for one in resources if one.token.startswith("azure-native:")]
    known = {one.id.lower(): one for one in chosen if one.id}
    parameters = _Parameters()
    written = [_resource(one, facts.get(one.token) or shape_only(one.token), known, parameters) for one in chosen]
    order = sorted(range(len(chosen)), key=lambda n: (chosen[n].id.lower() or "~", written[n]["type"], chosen[n].name))
    return {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": dict(sorted(parameters.found.items())),
        "resources": [written[number] for number in order],
    }


def _resource(one: Exported, fact: Fact, known: Mapping[str, Exported], parameters: _Parameters) -> dict[str, Any]:
    """Write one resource."""
    inputs = {key: _plain(value, f"{one.name}_{key}", parameters) for key, value in one.inputs.items()}
    arm_type, name, scope = _address(one, fact, inputs)
    found: dict[str, Any] = {"type": arm_type, "apiVersion": fact.api_version, "name": name}
    if scope:
        found["scope"] = _reference(scope) if scope.lower() in known else scope
    found.update(body(fact, inputs, arm_type))
    depends = sorted({_reference(other.id) for other in _needed(one, known)})
    return {**found, "dependsOn": depends} if depends else found


def _plain(value: Value, hint: str, parameters: _Parameters) -> Any:  # noqa: ANN401 - JSON
    """JSON of a value: secrets and unknowns are parameters, text that looks like an expression is escaped."""
    if isinstance(value, Secret):
        return _hidden(value.value, hint, parameters)
    if isinstance(value, Unknown):
        return parameters.take(hint, _TYPES.get(value.kind, "string"), "Known only after the deployment")
    if isinstance(value, dict):
        return {key: _plain(item, f"{hint}_{key}", parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, f"{hint}_{number}", parameters) for number, item in enumerate(value)]
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        return f"[{value}"
    return value


def _hidden(value: Value, hint: str, parameters: _Parameters) -> Any:  # noqa: ANN401 - JSON
    """Parameters for what is secret. A secret object keeps its keys and its booleans, which tell nothing."""
    if isinstance(value, dict):
        return {key: _hidden(item, f"{hint}_{key}", parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item, f"{hint}_{number}", parameters) for number, item in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Secret):
        return _hidden(value.value, hint, parameters)
    return parameters.take(hint, "secureString", "Secret; its value is in no template")


def _address(one: Exported, fact: Fact, inputs: Mapping[str, Any]) -> tuple[str, str, str]:
    """ARM type, full name (``parent/child``) and scope of a resource."""
    path = one.id or _PLACEHOLDER.sub(lambda match: str(inputs.get(match.group(1), match.group(0))), fact.path)
    scope, found, tail = path.rpartition("/providers/")
    if not found:
        return fact.arm_type, arm_name(path), ""
    if fact.path.startswith(("/subscriptions/{subscriptionId}/resourceGroups", "/subscriptions/{subscriptionId}/")):
        scope = scope if "/providers/" in scope else ""
    segments = _segments(tail)
    names = segments[2::2]
    arm_type = fact.arm_type if "{recordType}" not in fact.path else "/".join((segments[0], *segments[1::2]))
    if all(not name.startswith("[") for name in names):
        return arm_type, "/".join(names), scope
    parts = ", ".join(name[1:-1] if name.startswith("[") else f"'{name}'" for name in names)
    pattern = "/".join(f"{{{number}}}" for number in range(len(names)))
    return arm_type, f"[format('{pattern}', {parts})]" if len(names) > 1 else names[0], scope


def _segments(tail: str) -> list[str]:
    """Segments of the part of an id after its provider; an expression is one segment."""
    return re.findall(r"\[[^\]]*\]|[^/]+", tail)


def _reference(arm_id: str) -> str:
    """ARM expression for the id of a resource of the template."""
    scope, found, tail = arm_id.rpartition("/providers/")
    if not found:
        return f"[subscriptionResourceId('Microsoft.Resources/resourceGroups', '{arm_name(arm_id)}')]"
    namespace, *rest = tail.split("/")
    kind = "/".join((namespace, *rest[::2]))
    names = ", ".join(f"'{_quoted(name)}'" for name in rest[1::2])
    if "/providers/" in scope:
        return f"[extensionResourceId('{_quoted(scope)}', '{kind}', {names})]"
    return f"[resourceId('{kind}', {names})]"


def _quoted(text: str) -> str:
    """Text inside an ARM string."""
    return text.replace("'", "''")


def _needed(one: Exported, known: Mapping[str, Exported]) -> Iterator[Exported]:
    """Resources of the template that this one lies in or names."""
    own = one.id.lower()
    named = [
        leaf.lower()
        for leaf in leaves(one.inputs)
        if isinstance(leaf, str) and leaf.lower().startswith("/subscriptions/")
    ]
    for start in (parent_id(own), *named) if own else named:
        arm_id = start
        while arm_id and arm_id not in known:
            arm_id = parent_id(arm_id)
        if arm_id and arm_id != own and not arm_id.startswith(f"{own}/"):
            yield known[arm_id]
