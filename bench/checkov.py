"""Checkov, to compare with: in a virtual environment of its own, since its pinned packages conflict with ours."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path
from typing import Any

import platformdirs

VERSION = "3.3.30"


def checkov_python() -> Path:
    """Return the Python of a virtual environment with Checkov, created once per user and version.

    Raises:
        RuntimeError: it cannot be installed; the message ends with the installer's output.

    """
    home = Path(platformdirs.user_cache_dir("aifabrix")) / f"checkov-{VERSION}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        venv.EnvBuilder(with_pip=True, clear=True).create(home)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"checkov=={VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"Checkov {VERSION} cannot be installed: {done.stderr.strip()[-500:]}")
        (home / "complete").touch()
    return python


def checkov_report(python: Path, folder: Path, template: dict[str, Any]) -> dict[str, Any]:
    """Return Checkov's report on an ARM template; ``folder`` must be empty.

    Raises:
        RuntimeError: Checkov printed no report.

    """
    (folder / "deploymentTemplate.json").write_text(json.dumps(template, indent=2), encoding="utf-8")
    done = subprocess.run(
        [str(python), "-m", "checkov.main", "-d", str(folder), "--framework", "arm", "-o", "json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LOG_LEVEL": "ERROR", "BC_SKIP_MAPPING": "TRUE"},
        cwd=folder,
    )
    if not done.stdout.strip().startswith("{"):
        raise RuntimeError(f"Checkov printed no report: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)
