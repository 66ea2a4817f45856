"""Trying again where Azure says that a resource is busy, which no order of the program can exclude.

A server that was made a moment ago answers ``ServerIsBusy`` to its first child (Azure/azure-postgresql issue 134), and
Azure's own work on a resource looks the same as a neighbour's. azure-native repeats one code of that kind alone
(:mod:`components.shared.order`). The engine calls an error hook for every operation that failed and repeats the
operation where the hook says so (Pulumi, "Resource option: hooks", error hooks): the wait is in the hook.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

import pulumi

from components.shared.order import ORDERS

BUSY = ("ServerIsBusy", "StorageAccountOperationInProgress", "another operation is in progress")
"""Azure's codes and words for: the same request succeeds later. ``ConflictError`` of Key Vault is none of them, since a
vault answers it for a name that is taken, too."""
WAITS = (15.0, 30.0, 60.0, 60.0, 60.0, 60.0)
"""Seconds before each new attempt; after the last one the operation has failed."""

WRITTEN = frozenset(f"azure-native:{kind}" for order in ORDERS.values() for step in order.steps for kind in step.types)
"""Types that are written below a resource which takes one operation at a time."""

_REFUSED_AT_ONCE = re.compile(r"RESPONSE 409|Status(?:Code)?=409")
"""In azcore's and autorest's words, an answer to the request itself. A create that Azure took and that failed later has
left something: created again, it is refused as existing, and the engine forgets it (pulumi/pulumi issue 24683), while
the failure itself records it, so that the next `up` goes on."""

Decision = Callable[[pulumi.ErrorHookArgs], Awaitable[bool]]


def again(codes: Sequence[str] = BUSY, waits: Sequence[float] = WAITS) -> Decision:
    """Return what waits, and says whether a failed operation is to be tried again."""

    async def decide(args: pulumi.ErrorHookArgs) -> bool:
        attempts = len(args.errors)
        newest = args.errors[0] if args.errors else ""
        if attempts > len(waits) or not any(code.lower() in newest.lower() for code in codes):
            return False
        if args.failed_operation == "create" and not _REFUSED_AT_ONCE.search(newest):
            return False
        seconds = waits[attempts - 1]
        pulumi.log.info(f"{args.name} is tried again in {seconds:.0f} s, since Azure says that it is busy")
        await asyncio.sleep(seconds)
        return True

    return decide


def retry_while_busy(decide: Decision | None = None) -> pulumi.ResourceTransformation:
    """Return the stack transformation that gives every writer of :data:`WRITTEN` an error hook."""
    hook = pulumi.ErrorHook("busy", decide or again())

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ not in WRITTEN:
            return None
        hooks = pulumi.ResourceHookBinding(on_error=[hook])
        options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=hooks))
        return pulumi.ResourceTransformationResult(props=args.props, opts=options)

    return transform
