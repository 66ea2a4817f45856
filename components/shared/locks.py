"""Locks: Azure itself refuses to delete what holds data, whoever asks."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import authorization

from components.base import FabrixComponent

LOCK_NAME = "platform-keeps-data"
"""A scope may carry locks of several owners, each with a name of its own; this one is the platform's."""


def lock(
    parent: FabrixComponent, name: str, *, target: pulumi.Resource, scope: pulumi.Input[str], reason: str
) -> authorization.ManagementLockByScope:
    """Forbid deletion of ``scope``, which is the ARM id of ``target``; ``reason`` is what Azure shows to whoever tries.

    The lock covers what hangs on the resource too: role assignments and diagnostic settings below it cannot be deleted
    while it stands. It depends on ``target``, so that a destroy takes the lock away first.
    """
    return authorization.ManagementLockByScope(
        name,
        lock_name=LOCK_NAME,
        scope=scope,
        level="CanNotDelete",
        notes=reason,
        opts=parent.child(depends_on=[target]),
    )
