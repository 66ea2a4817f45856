"""The checkout: its folder, its interpreter, and how files in it are read and written."""

from __future__ import annotations

import os
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: the folder of ``Pulumi.yaml``."""


def venv_python() -> Path:
    """Interpreter of the checkout's virtual environment."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return ROOT / ".venv" / folder / name


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in ``path``; an empty file is an empty mapping."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}


def dump_yaml(document: dict[str, Any]) -> str:
    """Return ``document`` as YAML in block style, a line for each value."""
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.width = 10_000
    stream = StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
"""Of the project: rules, local Azure and command line have one version."""
