"""Opens the cloud that a target acts on."""

from __future__ import annotations

from settings import PlatformSettings
from stacks.cloud.azure import AzureCloud
from stacks.cloud.local import LocalCloud
from stacks.cloud.model import Cloud
from targets.local import LocalTarget
from targets.name import TargetName
from targets.target import Target


def open_cloud(target: Target, settings: PlatformSettings) -> Cloud:
    """Return the cloud that a target acts on; no request is sent yet.

    Raises:
        OperationError: exit code 4, a package that only real Azure needs is missing.

    """
    if target.name is TargetName.AZURE:
        return AzureCloud.of(settings)
    if not isinstance(target, LocalTarget):  # a throwaway target is one too; nothing else has the local target's name
        raise TypeError(f"no cloud for {type(target).__name__}")
    return LocalCloud(target)
