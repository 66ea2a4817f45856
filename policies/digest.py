"""The identity of the rules: a release names the rules that it was judged by with it.

It covers the sources that decide a verdict: rules, checks, evaluation, the parameters and levels of the profiles. It
does not cover what an installation adds (waivers, tightened levels) nor what only presents the rules (pages,
frameworks).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PRESENTING = ("__main__.py", "controls.py", "digest.py", "docs.py", "frameworks")
"""Files and folders of this package that decide nothing."""


def sources(folder: Path = FOLDER) -> list[Path]:
    """List the files that take part, in a fixed order."""
    found = (file for file in folder.rglob("*.py") if file.relative_to(folder).parts[0] not in PRESENTING)
    return sorted(found, key=lambda file: file.relative_to(folder).as_posix())


def digest(folder: Path = FOLDER) -> str:
    """Return ``sha256:`` and 64 digits over names and bytes of the sources; how lines end does not matter."""
    whole = hashlib.sha256()
    for file in sources(folder):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        whole.update(f"{file.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        whole.update(content)
    return f"sha256:{whole.hexdigest()}"
