"""The interpreter that runs a program, a policy pack or a plugin, and its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from google.protobuf import json_format
from pulumi.runtime.proto import language_pb2


class NoInterpreterError(Exception):
    """The project's virtual environment does not exist; the message says which and how to fix that."""


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter and its virtual environment."""

    python: str
    virtualenv: Path | None
    """The project's virtual environment; None if it names none."""

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return ``base`` (default: the host's own environment) with the virtual environment activated."""
        env = dict(os.environ if base is None else base)
        if self.virtualenv:
            env["VIRTUAL_ENV"] = str(self.virtualenv)
            env["PATH"] = os.pathsep.join([str(self.virtualenv / "bin"), env.get("PATH", os.defpath)])
            env.pop("PYTHONHOME", None)
        return env

    def version(self) -> str:
        """Return the interpreter's version, e.g. ``3.11.7``."""
        if self.python == sys.executable:
            return ".".join(str(part) for part in sys.version_info[:3])
        done = subprocess.run([self.python, "--version"], capture_output=True, text=True, check=False)
        return done.stdout.removeprefix("Python").strip()


def virtualenv(info: language_pb2.ProgramInfo) -> Path | None:
    """Return the folder that ``runtime.options.virtualenv`` names, relative to the project; it may not exist."""
    name = json_format.MessageToDict(info.options).get("virtualenv")
    return Path(info.root_directory, str(name)) if name else None


def choose(info: language_pb2.ProgramInfo) -> Interpreter:
    """Return the interpreter of the project's virtual environment, else the one that runs this host.

    Raises :class:`NoInterpreterError`.
    """
    folder = virtualenv(info)
    if folder is None:
        return Interpreter(sys.executable, None)
    python = folder / "bin" / "python"
    if not os.access(python, os.X_OK):
        raise NoInterpreterError(
            f"the project's virtual environment {folder} (runtime.options.virtualenv) has no bin/python: "
            "run `pulumi install`, or correct the option"
        )
    return Interpreter(str(python), folder)
