"""Policy packs of the command line: their arguments to the engine, and a look at ours before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from support.checkout import ROOT

OURS = ROOT / "policies"
"""The pack of this project."""


def pack_arguments(packs: Sequence[Path]) -> list[str]:
    """Return the engine's arguments for ``packs``.

    Raises:
        OperationError: exit code 2, our pack is among them and its waivers or levels cannot be used. The engine would
            only say that a pack failed, and hide where.

    """
    if any(pack.resolve() == OURS for pack in packs):
        from judging.judgement import PolicyFiles

        PolicyFiles.read()
    return [argument for pack in packs for argument in ("--policy-pack", str(pack.resolve()))]
