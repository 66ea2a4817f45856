"""Laws of Azure: what it refuses, by type token.

A law takes a :class:`~emulator.world.Request` and a :class:`~emulator.world.World` and yields one text a violation.
Laws of :data:`CHECK_LAWS` need nothing but the request, so a preview refuses too; those of :data:`STATE_LAWS` look at
what exists, so they decide when the change is made. Laws under ``*`` hold for every type. Files are by subject, each
with its tables at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from emulator.laws import (
    accounts,
    alerting,
    apps,
    caches,
    collection,
    databases,
    delegation,
    endpoints,
    exports,
    generic,
    grants,
    plans,
    registries,
    resolution,
    restores,
    routing,
    servers,
    subnets,
    traffic,
    vaults,
)
from emulator.world import Law

_SUBJECTS = (
    subnets,
    delegation,
    traffic,
    routing,
    endpoints,
    resolution,
    vaults,
    grants,
    servers,
    restores,
    databases,
    caches,
    accounts,
    registries,
    collection,
    exports,
    alerting,
    plans,
    apps,
)
EVERY = "*"
"""Key of the laws that hold for every type."""


def _table(tables: list[Mapping[str, tuple[Law, ...]]], every: tuple[Law, ...]) -> Mapping[str, tuple[Law, ...]]:
    """Merge the tables of all subjects; several subjects may have laws for one type."""
    merged: dict[str, tuple[Law, ...]] = {EVERY: every}
    for table in tables:
        for token, laws in table.items():
            key = f"azure-native:{token}"
            merged[key] = merged.get(key, ()) + laws
    return MappingProxyType(merged)


CHECK_LAWS = _table([subject.CHECK for subject in _SUBJECTS], generic.CHECK)
"""Type token → laws that need the request alone."""
STATE_LAWS = _table([subject.STATE for subject in _SUBJECTS], generic.STATE)
"""Type token → laws that look at what exists."""
LAWS: Mapping[str, tuple[Law, ...]] = MappingProxyType(
    {key: CHECK_LAWS.get(key, ()) + STATE_LAWS.get(key, ()) for key in {**CHECK_LAWS, **STATE_LAWS}}
)
"""Type token → all its laws."""
