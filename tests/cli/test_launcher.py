"""The launcher makes its environment once, again only when requirements.txt changes, and adds next to nothing."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import warm

ROOT = Path(__file__).resolve().parents[2]
TIMES_A_BARE_PYTHON = 6.0
"""Measured: 1.8. The promise is 0.3 s (docs/benchmarks.md); a ratio holds on a busy machine too."""

COLD = {warm.ADDRESS: "off"}
"""The launcher as users start it."""


def test_a_warm_start_adds_little_to_a_bare_python(checkout) -> None:
    """Everything before the command line's own imports: the shell, the comparison, the interpreter."""
    (checkout.root / "cli" / "__main__.py").write_text("")
    ratios = []
    for _ in range(5):
        started = time.monotonic()
        subprocess.run([ROOT / ".venv" / "bin" / "python", "-c", ""], check=True)
        bare = time.monotonic() - started
        started = time.monotonic()
        checkout.fabrix(environment=COLD).must()
        ratios.append((time.monotonic() - started) / bare)
    assert statistics.median(ratios) <= TIMES_A_BARE_PYTHON, f"the launcher does more than it has to: {ratios}"


def test_without_a_python_it_says_what_to_install(checkout, tmp_path) -> None:
    shutil.rmtree(checkout.root / ".venv")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("dirname", "cmp", "mkdir", "cat", "rm", "sleep", "sh"):
        (tools / name).symlink_to(shutil.which(name))
    done = checkout.fabrix("--help", environment={"PATH": str(tools)})
    assert done.code == 4
    assert "needs Python 3.11" in done.stderr and "apt-get install" in done.stderr


def test_a_lock_of_a_dead_run_does_not_block_the_next(checkout) -> None:
    (checkout.root / "requirements.txt").write_text("\n")
    shutil.rmtree(checkout.root / ".venv")
    lock = checkout.root / ".venv.lock"
    lock.mkdir()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (lock / "pid").write_text(str(gone.pid))
    (checkout.root / "cli" / "__main__.py").write_text("print('ran')")
    done = checkout.fabrix().must()
    assert done.stdout == "ran\n" and not lock.exists()
    assert (checkout.root / ".venv" / "requirements.installed").read_text() == "\n"


@pytest.mark.parametrize("changed", [False, True])
def test_the_environment_is_redone_only_when_the_requirements_change(checkout, changed) -> None:
    shutil.rmtree(checkout.root / ".venv")
    (checkout.root / "requirements.txt").write_text("\n")
    (checkout.root / "cli" / "__main__.py").write_text("")
    checkout.fabrix().must()
    if changed:
        (checkout.root / "requirements.txt").write_text("# a change\n")
    again = checkout.fabrix(environment={"PIP_NO_INDEX": "1", "HOME": os.environ["HOME"]}).must()
    assert ("preparing the Python environment" in again.stderr) is changed
