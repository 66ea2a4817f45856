"""Objects of the local Azure as they are kept, and how they become rows of the store and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from emulator import wire
from emulator.values import Value, plain
from emulator.world import Item, arm_name

COLUMNS = "id, token, arm_type, shape_only, inputs, outputs, created, changed"
"""What :func:`from_row` reads, in its order."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One object as it is kept."""

    id: str
    """As it was spelt at creation."""
    token: str
    arm_type: str
    inputs: dict[str, Value]
    """By SDK input name; secrets are marked."""
    outputs: dict[str, Value]
    """By SDK output name; secrets are marked."""
    shape_only: bool = False
    """The type has no row in the facts table: nothing but its shape was checked."""
    created: int = 0
    """Nanoseconds since 1970, set by the store."""
    changed: int = 0
    """Nanoseconds since 1970, set by the store; different after every change."""

    @property
    def key(self) -> str:
        """What the object is found by."""
        return self.id.lower()

    def item(self) -> Item:
        """Return the object as laws see it, secrets opened."""
        return Item(
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
    """``pulumi``, ``by hand``, or ``customer`` for what was there before the program came."""
    what: str
    """``create``, ``update``, ``delete``, ``recover`` or ``purge``."""
    id: str
    token: str
    paths: tuple[str, ...]
    """Property paths that changed; never values."""


def to_row(record: Record) -> tuple[Any, ...]:
    """Return the columns of a record in the order of the store's tables."""
    inputs, outputs = (json.dumps(wire.dump(part), separators=(",", ":")) for part in (record.inputs, record.outputs))
    names = (record.arm_type, record.arm_type.lower(), arm_name(record.key))
    return (
        record.key,
        record.id,
        record.token,
        *names,
        int(record.shape_only),
        inputs,
        outputs,
        record.created,
        record.changed,
    )


def from_row(row: tuple[Any, ...]) -> Record:
    """Make a record of its :data:`COLUMNS`."""
    arm_id, token, arm_type, shape_only, inputs, outputs, created, changed = row
    return Record(
        id=arm_id,
        token=token,
        arm_type=arm_type,
        shape_only=bool(shape_only),
        inputs=wire.load(json.loads(inputs)),
        outputs=wire.load(json.loads(outputs)),
        created=created,
        changed=changed,
    )
