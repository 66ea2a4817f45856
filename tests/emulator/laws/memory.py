"""A world in memory with one valid object of each kind, and ways to ask the laws about changes of it."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

from emulator.facts import TABLE
from emulator.facts.model import Placement
from emulator.ids import arm_id, arm_name, parent_id, resource_group
from emulator.laws import LAWS
from emulator.values import plain
from emulator.world import ANY_TYPE, NoWorld, ObjectView, Operation, Request, World, violations

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
TENANT = "22222222-2222-4222-8222-222222222222"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-one"
GONE = object()
"""Stands for an input that a case takes away."""

_LIST = list  # the class below has a method of that name


class Memory:
    """Objects in a list; the :class:`~emulator.world.World` that laws are asked with."""

    def __init__(self) -> None:
        self.items: _LIST[ObjectView] = []

    def add(self, kind: str, inputs: dict[str, Any], subscription: str = SUBSCRIPTION) -> ObjectView:
        """Put an object here, with the outputs that Azure computes; no law is asked."""
        fact = TABLE[f"azure-native:{kind}"]
        where = arm_id(fact, inputs, subscription, TENANT)
        assert where, f"{kind}: the id needs {fact.placeholders}"
        placement = Placement(
            id=where,
            name=arm_name(where),
            subscription_id=subscription,
            tenant_id=TENANT,
            resource_group=resource_group(where),
            location=inputs.get("location", "swedencentral"),
            parent_id=parent_id(where),
        )
        computed = fact.outputs(plain(inputs), placement) if fact.outputs else {}
        own = copy.deepcopy(inputs)
        item = ObjectView(id=where, token=fact.token, arm_type=fact.arm_type, inputs=own, outputs={**own, **computed})
        self.items.append(item)
        return item

    def get(self, arm_id: str) -> ObjectView | None:
        return next((item for item in self.items if item.id.lower() == arm_id.lower()), None)

    def children(self, arm_id: str) -> Sequence[ObjectView]:
        return [item for item in self.items if item.id.lower().startswith(arm_id.lower().rstrip("/") + "/")]

    def list(self, arm_type: str) -> Sequence[ObjectView]:
        return [item for item in self.items if item.arm_type.lower() == arm_type.lower()]

    def by_global_name(self, arm_type: str, name: str) -> ObjectView | None:
        return next((item for item in self.list(arm_type) if item.name.lower() == name.lower()), None)


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """``base`` with values at dotted paths changed, added, or taken away (:data:`GONE`)."""
    found = copy.deepcopy(base)
    for path, value in changes.items():
        *outer, last = path.split(".")
        holder: Any = found
        for step in outer:
            holder = holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, {})
        key: Any = int(last) if isinstance(holder, list) else last
        if value is GONE:
            holder.pop(key, None)
        else:
            holder[key] = copy.deepcopy(value)
    return found


def ask(
    world: World,
    kind: str,
    inputs: dict[str, Any],
    *,
    olds: dict[str, Any] | None = None,
    operation: Operation | None = None,
) -> list[str]:
    """What all laws of a type say about a request."""
    fact = TABLE[f"azure-native:{kind}"]
    request = Request(
        token=fact.token,
        fact=fact,
        id=arm_id(fact, inputs, SUBSCRIPTION, TENANT) or "",
        inputs=plain(inputs),
        olds=plain(olds),
        operation=operation or ("update" if olds is not None else "create"),
        subscription_id=SUBSCRIPTION,
        tenant_id=TENANT,
    )
    return violations((*LAWS[ANY_TYPE], *LAWS.get(fact.token, ())), request, world)


def preview(kind: str, inputs: dict[str, Any]) -> list[str]:
    """What a preview says: nothing can be asked of Azure."""
    return ask(NoWorld(), kind, inputs)


def codes(texts: list[str]) -> set[str]:
    """Azure's error codes in texts."""
    return {match.group(1) for text in texts if (match := re.match(r'Code="(\w+)"', text))}
