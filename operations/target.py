"""Where a command acts: the embedded local Azure or the real one, with the same program and stack files."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path

from engine.locate import Engine
from operations.target_name import TargetName

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: the folder of ``Pulumi.yaml``."""


class Target(ABC):
    """What the engine needs to know about the place it acts on."""

    name: TargetName

    @property
    @abstractmethod
    def headline(self) -> str:
        """The first line that every command prints."""

    @abstractmethod
    def project(self) -> Path:
        """Folder of the Pulumi.yaml that the engine is run in."""

    @abstractmethod
    def environment(self, engine: Engine) -> dict[str, str]:
        """Environment variables of the engine, complete."""

    @abstractmethod
    def prepare(self, engine: Engine, stack: str) -> None:
        """Make everything that a run on ``stack`` needs; safe to repeat."""


class AzureTarget(Target):
    """Real Azure: the checkout itself is the project; backend, login and plugins are the user's own."""

    name = TargetName.AZURE

    @property
    def headline(self) -> str:
        """Say plainly that this is not the emulation."""
        return "Target: Azure (real subscription; state and login as your environment sets them)"

    def project(self) -> Path:
        """Return the checkout."""
        return ROOT

    def environment(self, engine: Engine) -> dict[str, str]:
        """Return the user's environment with the engine first on PATH."""
        path = f"{engine.bin_dir}{os.pathsep}{os.environ.get('PATH', '')}"
        return {**os.environ, "PATH": path, "FABRIX_PYTHON": str(venv_python())}

    def prepare(self, engine: Engine, stack: str) -> None:
        """Nothing to make: plugins are acquired by the engine, stacks by ``pulumi stack init``."""


def venv_python() -> Path:
    """Interpreter of the checkout's virtual environment."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return ROOT / ".venv" / folder / name
