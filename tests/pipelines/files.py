"""The templates of ``pipelines/``, read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / "pipelines" / "github"
AZURE = ROOT / "pipelines" / "azure-devops"


def load(path: Path) -> Any:
    """The document; ``on`` stays a word, as in YAML 1.2."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
