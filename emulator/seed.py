"""Fills a local Azure with objects that exist elsewhere, as a Pulumi state describes them.

Nothing is created here and no law is asked: the objects exist, in another local Azure or in the real one, and Azure
has accepted them. Laws are asked when somebody changes them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from emulator.directory import Directory
from emulator.errors import UnknownTypeError
from emulator.facts import TABLE, fact_of
from emulator.facts.identity import DIRECTORY
from emulator.functions import KEYS
from emulator.shape import shape
from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import Value, secret_texts

PACKAGES = ("azure-native", "azuread")
"""Packages whose objects are in the local Azure; all others (``random``) are in Pulumi's state alone."""

TYPES_WITH_KEYS = dict(KEYS.values())
"""Type → what computes the keys that a program may ask for."""


@dataclass(frozen=True, kw_only=True)
class Existing:
    """An object that already exists."""

    id: str
    token: str
    inputs: Mapping[str, Value] = field(repr=False)
    """By SDK input name; secrets are marked."""
    outputs: Mapping[str, Value] = field(repr=False)
    """By SDK output name; secrets are marked."""
    created: int = field(default_factory=time.time_ns)
    """Nanoseconds since 1970. The object's keys depend on it."""


def unsupported_types(tokens: Iterable[str]) -> list[str]:
    """Return the types that the local Azure cannot hold: the installed SDKs have no such class."""
    return sorted({token for token in tokens if token.split(":", 1)[0] in PACKAGES and not _is_supported(token)})


def fill(store: Store, objects: Iterable[Existing], tenants: Mapping[str, str]) -> int:
    """Put objects into ``store``, all or none, and return how many; one with the id of an earlier one replaces it.

    Args:
        store: the local Azure.
        objects: of :data:`PACKAGES`; others are ignored.
        tenants: subscription id → the tenant that it belongs to.

    Raises:
        UnknownTypeError: a type is not supported, see :func:`unsupported_types`.

    """
    count = 0
    with store.change():
        for subscription, tenant in tenants.items():
            store.register(subscription, tenant)
        for one in objects:
            if one.token.split(":", 1)[0] in PACKAGES:
                store.put(_stored_object(store, one))
                count += 1
    return count


def access_keys(one: Existing) -> tuple[str, ...]:
    """Return the keys that the object will have once it is in a store, in Azure's order."""
    compute = TYPES_WITH_KEYS.get(one.token)
    stored = StoredObject(id=one.id, token=one.token, arm_type="", inputs={}, outputs={}, created=one.created)
    return tuple(secret_texts(compute(stored))) if compute else ()


def _stored_object(store: Store, one: Existing) -> StoredObject:
    in_directory = one.token.startswith("azuread:")
    arm_type = (Directory(store, "").entry(one.token) if in_directory else fact_of(one.token)).arm_type
    return StoredObject(
        id=one.id,
        token=one.token,
        arm_type=arm_type,
        inputs=dict(one.inputs),
        outputs=dict(one.outputs),
        shape_only=one.token not in (DIRECTORY if in_directory else TABLE),
        created=one.created,
    )


def _is_supported(token: str) -> bool:
    if token in TABLE or token in DIRECTORY:
        return True
    try:
        shape(token)
    except UnknownTypeError:
        return False
    return True
