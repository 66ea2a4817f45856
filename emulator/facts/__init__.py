"""What the local Azure knows about each resource type: :data:`TABLE`.

A type that is not in the table is accepted on its shape alone. Sources: Microsoft's published types and documentation,
named where a fact relies on one; paths and API versions as the pinned SDK uses them (a test compares them with the
SDK's classes).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from emulator.facts.build import fact_from_shape
from emulator.facts.model import Fact

MODULES = (
    "access",
    "alerts",
    "dns",
    "governance",
    "monitor",
    "network",
    "postgres",
    "redis",
    "registry",
    "services",
    "storage",
    "vault",
    "web",
)
"""Modules of this package that hold ``FACTS``."""

TABLE: Mapping[str, Fact] = MappingProxyType(
    {fact.token: fact for name in MODULES for fact in import_module(f"{__name__}.{name}").FACTS}
)
"""By type token."""


def fact_of(token: str) -> Fact:
    """Return what is known of a type, derived from its shape where the table has nothing.

    Raises:
        UnknownTypeError: the SDK has no such type.
    """
    return TABLE.get(token) or fact_from_shape(token)
