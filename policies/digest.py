"""The identity of the rules: a release manifest names the rules that the release was judged by.

It covers the sources that decide a verdict: rules, checks, evaluation, the parameters and levels of the profiles, and
the reading of resources. It does not cover what an installation adds (waivers, tightened levels) nor what only
presents the rules (pages, frameworks).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder."""
FOLDERS = ("policies", "resources")
PRESENTING = ("__main__.py", "controls.py", "digest.py", "docs.py", "frameworks")
"""Files and folders of ``policies`` that decide nothing."""


def sources(root: Path = ROOT) -> list[Path]:
    """List the files that it covers, in a fixed order."""
    files = (file for folder in FOLDERS for file in (root / folder).rglob("*.py"))
    deciding = (file for file in files if file.relative_to(root).parts[1] not in PRESENTING)
    return sorted(deciding, key=lambda file: file.relative_to(root).as_posix())


def digest(root: Path = ROOT) -> str:
    """Return ``sha256:`` and 64 digits over names and bytes of the sources, whatever their line endings."""
    total = hashlib.sha256()
    for file in sources(root):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return f"sha256:{total.hexdigest()}"
