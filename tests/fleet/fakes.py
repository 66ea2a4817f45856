"""Folders that answer like an installation, or do what a broken one does."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def status(stack: str = "prod", **changes: Any) -> str:
    one = {
        "stack": stack,
        "release": "2026.11.0",
        "resources": 400,
        "changed": "2026-11-20",
        "pending": [],
        "locks": [],
    }
    return json.dumps({"ok": True, "target": "local", "stacks": [{**one, **changes}]})


def fake(folder: Path, *lines: str) -> Path:
    """An installation whose `fabrix` is a shell script."""
    folder.mkdir(parents=True)
    script = folder / "fabrix"
    script.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    script.chmod(0o755)
    return folder


def answering(folder: Path, text: str, code: int = 0) -> Path:
    made = fake(folder, f'cat "$(dirname "$0")/answer"; exit {code}')
    (made / "answer").write_text(text, encoding="utf-8")
    return made


def listing(folder: Path, *names: str, **changes: Any) -> Path:
    """A file that lists folders beside it."""
    one = {"stacks": ["prod"], "target": "local", **changes}
    file = folder / "fleet.yaml"
    file.write_text(json.dumps({"installations": [{"name": n, "path": n, **one} for n in names]}), encoding="utf-8")
    return file


@dataclass
class Ran:
    """How a fleet command ended."""

    code: int
    document: dict[str, Any]
    words: str

    def answers(self, name: str) -> list[dict[str, Any]]:
        return next(one["answers"] for one in self.document["installations"] if one["name"] == name)

    def said(self, name: str) -> str:
        return "; ".join(answer["said"] for answer in self.answers(name))

    @property
    def healthy(self) -> set[str]:
        return {one["name"] for one in self.document["installations"] if one["healthy"]}


def start(mode: str, file: Path, *only: str, parallel: int = 4, timeout: float = 60) -> subprocess.Popen[str]:
    options = [f"--parallel={parallel}", f"--timeout={timeout}", *(f"--only={name}" for name in only), "--json"]
    return subprocess.Popen(
        [str(ROOT / ".venv" / "bin" / "python"), "cli", "fleet", mode, str(file), *options],
        cwd=ROOT,
        env={**os.environ, "FABRIX_TODAY": "2026-11-24"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(mode: str, file: Path, *only: str, parallel: int = 4, timeout: float = 60) -> Ran:
    child = start(mode, file, *only, parallel=parallel, timeout=timeout)
    out, err = child.communicate(timeout=300)
    assert out, f"no document:\n{err}"
    return Ran(child.returncode, json.loads(out), err)
