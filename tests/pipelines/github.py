"""Runs the steps of a workflow as a runner of GitHub Actions does: bash, a temporary folder, the step's environment."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.conftest import Result, undisturbed
from tests.pipelines.files import GITHUB, load

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def step_of(file: str, job: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The job and its step of that name."""
    found = load(GITHUB / file)["jobs"][job]
    (step,) = [each for each in found["steps"] if each.get("name") == name]
    return found, step


def resolved(text: str, values: Mapping[str, str]) -> str:
    """Put in what ``${{ }}`` stands for; a test must know every expression."""
    return _EXPRESSION.sub(lambda match: values[match[1]], text)


def run(
    file: str, job: str, name: str, folder: Path, values: Mapping[str, str], environment: Mapping[str, str]
) -> Result:
    """Run one step in ``folder``, against the local Azure where it says azure."""
    found, step = step_of(file, job, name)
    assert step["shell"] == "bash", "without it, bash does not stop at a failing pipe"
    said = {**found.get("env", {}), **step.get("env", {})}
    declared = {key: resolved(str(value), values) for key, value in said.items()}
    return bash(step["run"], folder, {**environment, **declared}, "--noprofile", "--norc", "-eo", "pipefail")


def bash(script: str, folder: Path, environment: Mapping[str, str], *options: str) -> Result:
    """Run a script as a pipeline does; where it says azure, the local Azure is meant."""
    done = subprocess.run(
        ["bash", *options, "-c", script.replace("--target azure", "--target local")],
        cwd=folder,
        env={**os.environ, **undisturbed(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)
