"""Locks: Azure itself refuses to delete what holds data, whoever tries."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import authorization

from components.base import FabrixComponent
from components.context import Context

LOCK_NAME = "platform-keeps-data"
"""A scope may carry locks of several owners, each with a name of its own; this one is the platform's."""


def lock(
    parent: FabrixComponent,
    name: str,
    *,
    target: pulumi.Resource,
    scope: pulumi.Input[str],
    reason: str,
    context: Context,
) -> authorization.ManagementLockByScope:
    """Forbid deletion of ``scope``, which is the ARM id of ``target``; ``reason`` is what Azure shows to whoever tries.

    The lock covers everything below the resource too: role assignments and diagnostic settings there cannot be
    deleted while it exists, those of other components included. Where ``context`` knows when everything has been
    declared, the lock waits for that, and so a destroy removes it first. It is then a child of the region: as a child
    of the component it would be among what later components wait for, and both would wait for ever.
    """
    completion = context.completion
    options = (
        parent.child(depends_on=[target])
        if completion is None
        else pulumi.ResourceOptions(parent=completion.owner, depends_on=completion.with_last(target))
    )
    return authorization.ManagementLockByScope(
        name, lock_name=LOCK_NAME, scope=scope, level="CanNotDelete", notes=reason, opts=options
    )
