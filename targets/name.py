"""Values of ``--target``, and the variable that repeats it.

In a file of their own: ``--help`` must not import the targets themselves.
"""

from enum import StrEnum

TARGET = "FABRIX_TARGET"
"""Environment variable: the target that the engine, and a `./fabrix shell`, were started for."""


class TargetName(StrEnum):
    """Where a command acts."""

    LOCAL = "local"
    AZURE = "azure"
