"""What every stage of a region works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.base import FabrixComponent
from components.context import Context
from settings import PlatformSettings


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The region under construction: its component, its settings, and what its resources are called."""

    region: FabrixComponent[Any]
    settings: PlatformSettings
    context: Context

    def name(self, role: str, *parts: str) -> str:
        """Logical name of a part of this region."""
        return self.context.logical(role, *parts)

    def child(self, **options: Any) -> pulumi.ResourceOptions:  # noqa: ANN401 - passed through to ResourceOptions
        """Options of a part of this region."""
        return self.region.child(**options)
