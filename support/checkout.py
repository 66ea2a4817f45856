"""The checkout: its folder, version and interpreter, and its YAML."""

from __future__ import annotations

import os
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
"""Folder of the checkout, which holds ``Pulumi.yaml``."""


def venv_python() -> Path:
    """Return the interpreter of the checkout's virtual environment."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return ROOT / ".venv" / folder / name


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in ``path``; an empty file is an empty mapping."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}


def dump_yaml(document: dict[str, Any]) -> str:
    """Return ``document`` as YAML in block style, one line a value."""
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.width = 10_000
    stream = StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
"""Version of the project; rules, local Azure and command line share it."""
