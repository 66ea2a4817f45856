"""Facts of Azure, one row a resource type: :data:`TABLE`.

A type without a row is accepted on its shape alone. Sources: Microsoft's published types and documentation, named where
a row relies on one; paths and API versions as the pinned SDK uses them (a test compares them with the SDK's classes).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from emulator.facts import (
    access,
    alerts,
    dns,
    governance,
    monitor,
    network,
    postgres,
    redis,
    registry,
    services,
    storage,
    vault,
    web,
)
from emulator.facts.row import Fact

_MODULES = (
    access,
    alerts,
    dns,
    governance,
    monitor,
    network,
    postgres,
    redis,
    registry,
    services,
    storage,
    vault,
    web,
)

TABLE: Mapping[str, Fact] = MappingProxyType({row.token: row for module in _MODULES for row in module.ROWS})
"""Type token → row."""
