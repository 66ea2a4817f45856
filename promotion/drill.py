"""Crash drills on the local Azure: end this process, as ``kill -9`` would, at a named point of a deployment.

``FABRIX_CRASH_AT=swapped ./fabrix promote dev test`` shows what an interruption there leaves behind and how the next
command deals with it. The variable is ignored on real Azure.
"""

from __future__ import annotations

import os
import signal

from targets.name import TargetName

VARIABLE = "FABRIX_CRASH_AT"

POINTS = (
    "begun", "staging", "staged", "verified", "swapping", "swapped-one", "swapped", "recorded-state", "recorded",
    "confirmed", "reported", "returning", "returned", "restoring", "restored", "reported-undone",
)  # fmt: skip
"""Every point, in the order in which a deployment, then its undoing, passes them."""


def crash_point(name: str, target: TargetName) -> None:
    """End the process here if the drill names this point.

    Raises:
        ValueError: there is no such point, so no drill would ever pass it.

    """
    if name not in POINTS:
        raise ValueError(f"{name!r} is not a crash point; add it to POINTS")
    if target is TargetName.LOCAL and os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
