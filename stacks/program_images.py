"""The program's part in importing images: between its registry and its sites, within one run of the engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pulumi

from settings import PlatformSettings
from stacks.images import ImageStock
from support.errors import OperationError
from targets.azure import AzureTarget
from targets.local import LocalTarget
from targets.name import TARGET, TargetName
from targets.target import Target


def importer(settings: PlatformSettings) -> Callable[[str], Awaitable[None]] | None:
    """Return what puts the images of ``settings`` into the registry once it exists; None if nothing is to be done.

    Nothing on Azure where the stack file names no source of images. Not for previews.
    """
    local = os.environ.get("FABRIX_AZURE_DB") if os.environ.get(TARGET) == TargetName.LOCAL else None
    if not (local or settings.image_source):
        return None
    target: Target = LocalTarget(Path(local).parent) if local else AzureTarget()

    async def import_images(_host: str) -> None:
        """Import while the engine goes on with everything else."""
        stack = pulumi.get_stack()
        try:
            await asyncio.to_thread(
                lambda: ImageStock.of(stack, target.for_stack(stack), settings).import_missing(pulumi.log.info)
            )
        except OperationError as error:
            raise pulumi.RunError(str(error)) from None

    return import_images
