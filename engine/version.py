"""The engine's version, and the comparison of version numbers."""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBERS = re.compile(r"(?<![\d.])v?(?:go)?(\d+)\.(\d+)(?:\.(\d+))?")


class Version(NamedTuple):
    """Three numbers that compare as expected; pre-release and build suffixes are dropped."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


ENGINE = Version(3, 259, 0)
"""The engine with which the project is tested; the one that is downloaded or built."""

GO = Version(1, 25, 11)
"""The oldest Go that builds it: the `go` directive of its module file."""

PYTHON = Version(3, 10)
"""The oldest Python on which the project and its SDKs run."""


def parse(text: str) -> Version | None:
    """Return the first version number in ``text`` (``v3.259.0-dev``, ``go1.26.8``, ``Python 3.11.7``), else None."""
    match = _NUMBERS.search(text)
    if match is None:
        return None
    major, minor, patch = match.groups()
    return Version(int(major), int(minor), int(patch or 0))


def suits(version: Version | None) -> bool:
    """Return whether an engine of this version can run the project: same major, and not older than :data:`ENGINE`."""
    return version is not None and version.major == ENGINE.major and version[:2] >= ENGINE[:2]
