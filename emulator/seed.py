"""Fills a local Azure with what exists already elsewhere, as a Pulumi state tells it.

Nothing is created here and no law is asked: the objects exist, in another local Azure or in the real one, and Azure has
accepted them. Laws are asked again when somebody changes them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from emulator import places
from emulator.directory import Directory
from emulator.facts import TABLE
from emulator.facts.identity import DIRECTORY
from emulator.plugins.functions import KEYS
from emulator.record import Record
from emulator.reflection import UnknownTypeError
from emulator.shape import shape
from emulator.store import Store
from emulator.values import Value, secret_texts

PACKAGES = ("azure-native", "azuread")
"""Packages whose objects live in the local Azure; all others (``random``) live in Pulumi's state alone."""

KEYED = dict(KEYS.values())
"""Type → how the keys are made that a program may ask for."""


@dataclass(frozen=True, kw_only=True)
class Existing:
    """An object that exists already."""

    id: str
    token: str
    inputs: Mapping[str, Value] = field(repr=False)
    """By SDK input name; secrets are marked."""
    outputs: Mapping[str, Value] = field(repr=False)
    """By SDK output name; secrets are marked."""
    created: int = field(default_factory=time.time_ns)
    """Nanoseconds since 1970. The keys that the object hands out follow from it."""


def unknown(tokens: Iterable[str]) -> list[str]:
    """Return the types that the local Azure cannot hold: the installed SDKs have no such class."""
    return sorted({token for token in tokens if token.split(":", 1)[0] in PACKAGES and not _known(token)})


def fill(store: Store, objects: Iterable[Existing], tenants: Mapping[str, str]) -> int:
    """Put objects into ``store``, all or none, and return how many; one with the id of an earlier one replaces it.

    Args:
        store: the local Azure.
        objects: of :data:`PACKAGES`; others are passed over.
        tenants: subscription id → the tenant that it belongs to.

    Raises:
        UnknownTypeError: a type is :func:`unknown`.

    """
    count = 0
    with store.change():
        for subscription, tenant in tenants.items():
            store.register(subscription, tenant)
        for one in objects:
            if one.token.split(":", 1)[0] in PACKAGES:
                store.put(_record(store, one))
                count += 1
    return count


def keys(one: Existing) -> tuple[str, ...]:
    """Return the keys that the object will hand out once it is in a store, the first one first."""
    make = KEYED.get(one.token)
    record = Record(id=one.id, token=one.token, arm_type="", inputs={}, outputs={}, created=one.created)
    return tuple(secret_texts(make(record))) if make else ()


def _record(store: Store, one: Existing) -> Record:
    directory = one.token.startswith("azuread:")
    if directory:
        arm_type = Directory(store, "").entry(one.token).arm_type
    else:
        arm_type = (TABLE.get(one.token) or places.shape_only(one.token)).arm_type
    return Record(
        id=one.id,
        token=one.token,
        arm_type=arm_type,
        inputs=dict(one.inputs),
        outputs=dict(one.outputs),
        shape_only=one.token not in (DIRECTORY if directory else TABLE),
        created=one.created,
    )


def _known(token: str) -> bool:
    if token in TABLE or token in DIRECTORY:
        return True
    try:
        shape(token)
    except UnknownTypeError:
        return False
    return True
