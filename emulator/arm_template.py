"""Writes what exists, or what a preview plans, as an ARM template: for other tools, and for readers of ARM's JSON.

It is a description, not a way to deploy: resources of several scopes are in one list, and secrets are parameters
without values. :mod:`emulator.arm_deployment` writes one that Azure deploys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.arm_body import body
from emulator.facts import fact_of
from emulator.facts.model import Fact
from emulator.ids import arm_name, parent_id
from emulator.values import Secret, Unknown, Value, leaves

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TYPES = {"string": "string", "boolean": "bool", "number": "int", "array": "array", "object": "object"}
_WITHHELD = "Secret; its value is in no template"


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One resource to write."""

    token: str
    id: str
    """ARM id; empty where a preview does not know it."""
    name: str
    """Name in the program, or in Azure; parameters are named after it."""
    inputs: dict[str, Value]
    """By SDK input name; secrets and unknowns are marked."""


@dataclass
class _Parameters:
    """Parameters of the template, collected while resources are written."""

    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, hint: str, kind: str, description: str) -> str:
        """Add a parameter and return the expression that reads it."""
        base = re.sub(r"\W+", "_", hint).strip("_") or "value"
        name, number = base, 2
        while name in self.by_name:
            name, number = f"{base}_{number}", number + 1
        self.by_name[name] = {"type": kind, "metadata": {"description": description}}
        return f"[parameters('{name}')]"


@dataclass(frozen=True)
class Written:
    """Resources of a template, and what they refer to."""

    chosen: list[Exported]
    known: Mapping[str, Exported]
    """ARM id in lower case → resource."""
    resources: list[dict[str, Any]]
    """Each of ``chosen`` as the template has it, in the same order."""
    parameters: Mapping[str, dict[str, Any]]
    """Sorted by name."""

    @property
    def order(self) -> list[int]:
        """Places in ``chosen``, parents before children."""
        return sorted(
            range(len(self.chosen)),
            key=lambda n: (self.chosen[n].id.lower() or "~", self.resources[n]["type"], self.chosen[n].name),
        )


def write(resources: Iterable[Exported]) -> Written:
    """Write every azure-native resource in ``resources``; others (random, Entra) are left out."""
    chosen = [one for one in resources if one.token.startswith("azure-native:")]
    known = {one.id.lower(): one for one in chosen if one.id}
    parameters = _Parameters()
    written = [_resource(one, fact_of(one.token), known, parameters) for one in chosen]
    return Written(chosen, known, written, dict(sorted(parameters.by_name.items())))


def template(resources: Iterable[Exported]) -> dict[str, Any]:
    """Return a template with every azure-native resource in ``resources``; others (random, Entra) are left out.

    Args:
        resources: in any order; the template is sorted, parents before children.
    """
    written = write(resources)
    return {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": dict(written.parameters),
        "resources": [written.resources[number] for number in written.order],
    }


def _resource(one: Exported, fact: Fact, known: Mapping[str, Exported], parameters: _Parameters) -> dict[str, Any]:
    """Return one resource of the template."""
    inputs = {key: _json(value, f"{one.name}_{key}", parameters) for key, value in one.inputs.items()}
    arm_type, name, scope = _address(one, fact, inputs)
    resource: dict[str, Any] = {"type": arm_type, "apiVersion": fact.api_version, "name": name}
    if scope:
        resource["scope"] = reference(scope) if scope.lower() in known else scope
    resource.update(body(fact, inputs, arm_type))
    depends = sorted({reference(other.id) for other in dependencies(one, known)})
    return {**resource, "dependsOn": depends} if depends else resource


def _json(value: Value, hint: str, parameters: _Parameters) -> Any:
    """Return a value as JSON: secrets and unknowns are parameters, text that looks like an expression is escaped."""
    if isinstance(value, Secret):
        return _secret_json(value.value, hint, parameters)
    if isinstance(value, Unknown):
        return parameters.add(hint, _TYPES.get(value.kind, "string"), "Known only after the deployment")
    if isinstance(value, dict):
        return {key: _json(item, f"{hint}_{key}", parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item, f"{hint}_{number}", parameters) for number, item in enumerate(value)]
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        return f"[{value}"
    return value


def _secret_json(value: Value, hint: str, parameters: _Parameters) -> Any:
    """Return a secret value as parameters. A secret object keeps its keys and its booleans, which reveal nothing."""
    if isinstance(value, dict):
        return {key: _secret_json(item, f"{hint}_{key}", parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [_secret_json(item, f"{hint}_{number}", parameters) for number, item in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Secret):
        return _secret_json(value.value, hint, parameters)
    kind = value.kind if isinstance(value, Unknown) else ""
    if kind == "array":
        # ARM has no secure list, so it is in a secure object (Microsoft Learn, "Data types in ARM templates").
        whole = parameters.add(hint, "secureObject", f"{_WITHHELD}; an object whose `value` is the list")
        return f"{whole.removesuffix(']')}.value]"
    return parameters.add(hint, "secureObject" if kind == "object" else "secureString", _WITHHELD)


def _address(one: Exported, fact: Fact, inputs: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return ARM type, full name (``parent/child``) and scope of a resource."""
    path = one.id or _PLACEHOLDER.sub(lambda match: str(inputs.get(match.group(1), match.group(0))), fact.path)
    scope, separator, tail = path.rpartition("/providers/")
    if not separator:
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
    """Return the segments of the part of an id after its provider; an expression is one segment."""
    return re.findall(r"\[[^\]]*\]|[^/]+", tail)


def reference(arm_id: str) -> str:
    """Return the ARM expression for the id of a resource of the template."""
    scope, separator, tail = arm_id.rpartition("/providers/")
    if not separator:
        return f"[subscriptionResourceId('Microsoft.Resources/resourceGroups', '{arm_name(arm_id)}')]"
    namespace, *rest = tail.split("/")
    kind = "/".join((namespace, *rest[::2]))
    names = ", ".join(f"'{_quoted(name)}'" for name in rest[1::2])
    if "/providers/" in scope:
        return f"[extensionResourceId('{_quoted(scope)}', '{kind}', {names})]"
    return f"[resourceId('{kind}', {names})]"


def _quoted(text: str) -> str:
    """Return text as it is written inside an ARM string."""
    return text.replace("'", "''")


def dependencies(one: Exported, known: Mapping[str, Exported]) -> Iterator[Exported]:
    """Yield the resources of the template that contain this one or that it refers to."""
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
