"""Values of ``--target``; apart from the targets themselves, which ``--help`` must not import."""

from enum import StrEnum


class TargetName(StrEnum):
    """Where a command acts."""

    LOCAL = "local"
    AZURE = "azure"
