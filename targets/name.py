"""Values of ``--target``, in a file of their own: ``--help`` must not import the targets themselves."""

from enum import StrEnum


class TargetName(StrEnum):
    """Where a command acts."""

    LOCAL = "local"
    AZURE = "azure"
