"""Objects as the store keeps them, their activity log, and the conversion to rows and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from emulator import wire
from emulator.ids import arm_name
from emulator.values import Value, plain
from emulator.world import ObjectView

COLUMNS = "id, token, arm_type, shape_only, inputs, outputs, created, changed"
"""Columns that :func:`from_row` reads, in order."""


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """An object of the local Azure as it is stored."""

    id: str
    """ARM or directory id as it was spelt at creation."""
    token: str
    arm_type: str
    inputs: dict[str, Value]
    """By SDK input name; secrets are marked."""
    outputs: dict[str, Value]
    """By SDK output name; secrets are marked."""
    shape_only: bool = False
    """The type is not in the facts table: nothing but its shape was checked."""
    created: int = 0
    """Nanoseconds since 1970, set by the store."""
    changed: int = 0
    """Nanoseconds since 1970, set by the store; different after every change."""

    @property
    def key(self) -> str:
        """The id in lower case, by which the object is found."""
        return self.id.lower()

    def view(self) -> ObjectView:
        """Return the object as laws see it, with its secrets in clear text."""
        return ObjectView(
            id=self.id,
            token=self.token,
            arm_type=self.arm_type,
            inputs=plain(self.inputs),
            outputs=plain(self.outputs),
        )


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One line of the activity log."""

    at: int
    """Nanoseconds since 1970."""
    who: str
    """``pulumi``, ``by hand``, ``azure`` by itself, or ``customer`` for what existed before the program."""
    what: str
    """``create``, ``update``, ``delete``, ``recover``, ``purge``, ``swap`` or ``failover``."""
    id: str
    token: str
    paths: tuple[str, ...]
    """Property paths that changed; never values."""


def to_row(stored: StoredObject) -> tuple[Any, ...]:
    """Return the columns of an object in the order of the store's tables."""
    inputs, outputs = (json.dumps(wire.dump(part), separators=(",", ":")) for part in (stored.inputs, stored.outputs))
    names = (stored.arm_type, stored.arm_type.lower(), arm_name(stored.key))
    return (
        stored.key,
        stored.id,
        stored.token,
        *names,
        int(stored.shape_only),
        inputs,
        outputs,
        stored.created,
        stored.changed,
    )


def from_row(row: tuple[Any, ...]) -> StoredObject:
    """Return the object with these :data:`COLUMNS`."""
    arm_id, token, arm_type, shape_only, inputs, outputs, created, changed = row
    return StoredObject(
        id=arm_id,
        token=token,
        arm_type=arm_type,
        shape_only=bool(shape_only),
        inputs=wire.load(json.loads(inputs)),
        outputs=wire.load(json.loads(outputs)),
        created=created,
        changed=changed,
    )
