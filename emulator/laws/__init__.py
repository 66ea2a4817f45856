"""Laws of Azure: what it refuses, by type token.

A law takes a :class:`~emulator.world.Request` and a :class:`~emulator.world.World` and yields one text for each
violation. Laws of :data:`CHECK_LAWS` need nothing but the request, so a preview refuses too; those of
:data:`STATE_LAWS` look at what exists, so they decide when the change is made. Files are by subject, each with its
tables at the end; the laws of :mod:`~emulator.laws.generic` hold for every type.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from emulator.laws import generic
from emulator.world import ANY_TYPE, Law

SUBJECTS = (
    "subnets",
    "delegation",
    "traffic",
    "routing",
    "peerings",
    "endpoints",
    "resolution",
    "vaults",
    "grants",
    "servers",
    "placement",
    "restores",
    "databases",
    "caches",
    "accounts",
    "registries",
    "collection",
    "exports",
    "alerting",
    "plans",
    "apps",
    "jobs",
    "quotas",
)
"""Modules of this package with tables ``CHECK`` and ``STATE``, in the order in which their laws are asked."""

Table = Mapping[str, tuple[Law, ...]]


def _merged(name: str, for_any_type: tuple[Law, ...]) -> Table:
    """Merge the tables called ``name`` of all subjects; several subjects may have laws for one type."""
    merged = {ANY_TYPE: for_any_type}
    for subject in SUBJECTS:
        for token, laws in getattr(import_module(f"{__name__}.{subject}"), name).items():
            key = f"azure-native:{token}"
            merged[key] = merged.get(key, ()) + laws
    return MappingProxyType(merged)


CHECK_LAWS = _merged("CHECK", generic.CHECK)
"""Type token → laws that need the request alone."""
STATE_LAWS = _merged("STATE", generic.STATE)
"""Type token → laws that look at what exists."""
LAWS: Table = MappingProxyType(
    {key: CHECK_LAWS.get(key, ()) + STATE_LAWS.get(key, ()) for key in {**CHECK_LAWS, **STATE_LAWS}}
)
"""Type token → all its laws."""
