"""When everything of a region has been declared: what must come last, such as a lock, waits for it.

A lock forbids deleting whatever is below it, rights and diagnostic settings of later components included. So it has
to be created after all of them, which makes a destroy lift it before any of them. The component that makes the
lock cannot know what comes later; it waits for this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pulumi


class Completion:
    """A future of the region: resources to depend on, known once all of them have been declared."""

    def __init__(self, owner: pulumi.Resource) -> None:
        self.owner = owner
        self._declared: asyncio.Future[Sequence[pulumi.Resource]] = asyncio.get_event_loop().create_future()

    def declare(self, resources: Sequence[pulumi.Resource]) -> None:
        """Resolve it. Must happen even when declaring fails half-way, or the program would wait for ever."""
        if not self._declared.done():
            self._declared.set_result(resources)

    def with_last(self, first: pulumi.Resource) -> pulumi.Output[Sequence[pulumi.Resource]]:
        """``first`` and everything declared, for ``depends_on``."""
        return pulumi.Output.from_input(self._after(first))

    async def _after(self, first: pulumi.Resource) -> Sequence[pulumi.Resource]:
        return [first, *await self._declared]
