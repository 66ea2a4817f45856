"""Tools that judge the templates, kept in the user's cache."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import filelock
import platformdirs
import pytest

from engine import go

ACTIONLINT = "v1.7.12"


def actionlint() -> Path:
    """The linter of workflows, built once for each user; the test is skipped where there is no Go to build it with."""
    home = Path(platformdirs.user_cache_dir("aifabrix")) / "tools" / f"actionlint-{ACTIONLINT}"
    program = home / "actionlint"
    home.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(home / ".lock"):
        if os.access(program, os.X_OK):
            return program
        found = go.on_path()
        tool = found[0] if found else go.in_cache()
        if tool is None:
            pytest.skip("no Go to build actionlint with")
        package = f"github.com/rhysd/actionlint/cmd/actionlint@{ACTIONLINT}"
        done = subprocess.run(
            [str(tool), "install", package],
            env={**os.environ, "GOBIN": str(home), "GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode != 0:
            pytest.skip(f"actionlint could not be built: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return program
