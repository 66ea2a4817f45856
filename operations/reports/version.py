"""Version of the judge, as reports name it."""

from __future__ import annotations

import tomllib

from operations.target import ROOT

VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
"""Of the project: rules, local Azure and command line are one."""
