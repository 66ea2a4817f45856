"""``fabrix test``: install the test tools, run the tests."""

from __future__ import annotations

import os
import subprocess
import sys

from stacks.session import get_engine
from support.checkout import ROOT, venv_python
from support.console import Console
from support.errors import Exit, OperationError

INSTALLED = ("requirements.txt", "requirements-azure.txt", "requirements-dev.txt")
"""What the test tools come from; the last names the others."""
STAMP = ROOT / ".venv" / "requirements-dev.installed"


def run(arguments: list[str], *, fast: bool) -> None:
    """Run pytest and leave with its exit code.

    Raises:
        OperationError: exit code 4 when the test tools cannot be installed.

    """
    console = Console(as_json=False)
    wanted = ROOT / "requirements-dev.txt"
    pins = b"".join((ROOT / name).read_bytes() for name in INSTALLED)
    if not STAMP.exists() or STAMP.read_bytes() != pins:
        console.info("installing the test tools of requirements-dev.txt (once)")
        command = [venv_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
            raise OperationError("installing requirements-dev.txt failed; the lines above say why", Exit.ENGINE_MISSING)
        STAMP.write_bytes(pins)
    selection = ["-m", "not engine and not slow"] if fast else []
    if not any(argument.startswith("-n") for argument in arguments):
        # Two at a time, whatever the machine has: each engine test keeps a core busy by itself. By class, since some of
        # them build on each other.
        selection += ["-n", "2", "--dist", "loadscope"]
    if not fast:
        get_engine(console)
    sys.stderr.flush()
    os.chdir(ROOT)
    os.execv(venv_python(), [str(venv_python()), "-m", "pytest", *selection, *arguments])  # noqa: S606 - our own interpreter
