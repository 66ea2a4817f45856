"""``fabrix test``: install the test tools, run the tests."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from cli.options import new_app
from stacks.session import get_engine
from support.checkout import ROOT, venv_python
from support.console import Console
from support.errors import Exit, OperationError

REQUIREMENTS = ("requirements.txt", "requirements-azure.txt", "requirements-dev.txt")
"""The test tools; the last names the others."""
STAMP = ROOT / ".venv" / "requirements-dev.installed"
FAST = "not engine and not slow"

app = new_app()


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def test(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="Only tests that start no engine and no server.")] = False,
) -> None:
    """Run the tests; further arguments go to pytest."""
    console = Console(as_json=False)
    _install(console)
    arguments = ["-m", FAST] if fast else []
    if not any(argument.startswith("-n") for argument in context.args):
        # Two at a time on any machine: each engine test keeps a core busy by itself. By class, since some tests of a
        # class build on each other; in the order of tests/conftest.py, which begins with the longest.
        arguments += ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
    if fast:
        console.info("fast: leaves out every test that starts the engine or a server; `./fabrix test` runs them all")
    else:
        get_engine(console)
    sys.stderr.flush()
    os.chdir(ROOT)
    os.execv(venv_python(), [str(venv_python()), "-m", "pytest", *arguments, *context.args])  # noqa: S606 - our own interpreter


def _install(console: Console) -> None:
    """Install the test tools, unless those of today's requirements are installed already.

    Raises:
        OperationError: exit code 4.

    """
    pins = b"".join((ROOT / name).read_bytes() for name in REQUIREMENTS)
    if STAMP.exists() and STAMP.read_bytes() == pins:
        return
    last = REQUIREMENTS[-1]
    console.info(f"installing the test tools of {last} (once)")
    command = [venv_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", ROOT / last]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
        raise OperationError(f"installing {last} failed; the lines above say why", Exit.ENGINE_MISSING)
    STAMP.write_bytes(pins)
