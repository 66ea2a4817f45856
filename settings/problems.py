"""What is wrong with the settings, described so that it can be fixed without reading the code."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from settings.literal_secrets import looks_secret, secret_name

Path = tuple[str | int, ...]
"""Keys and list indexes from the top of a file."""


@dataclass(frozen=True)
class Problem:
    """One thing to fix."""

    file: str
    """Path of the file, relative to the project."""
    line: int | None
    """Line of the value, or of its parent when the value is missing, from 1; None without a file to point into."""
    path: str
    """Where in the file, e.g. ``config.aifabrix:platform.network.addressSpace[0]``; empty for the file as a whole."""
    message: str
    found: str
    """The value in the file, shortened; never a secret."""
    allowed: str
    example: str

    def __str__(self) -> str:
        location = self.file if self.line is None else f"{self.file}:{self.line}"
        lines = [f"{location}: {self.path}" if self.path else location, f"    {self.message}"]
        for label, text in (("found", self.found), ("allowed", self.allowed), ("example", self.example)):
            if text:
                lines.append(f"    {label + ':':<9}{text}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Issue:
    """A problem that does not know its file and line yet."""

    path: Path
    message: str
    found: str = ""
    allowed: str = ""
    example: str = ""

    def under(self, *parts: str | int) -> Issue:
        """Return the same issue with ``parts`` in front of its path."""
        return Issue((*parts, *self.path), self.message, self.found, self.allowed, self.example)


class SettingsError(Exception):
    """The settings cannot be used. Holds every :class:`Problem`; its text is the whole report."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        headline = f"{count} problem{'s' if count > 1 else ''} in the settings"
        super().__init__("\n\n".join([headline, *map(str, self.problems)]))


def write_path(path: Path) -> str:
    """Format a path the way people write it: ``a.b[2].c``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def show(value: Any, path: Path = ()) -> str:  # noqa: ANN401 - anything a YAML file can hold
    """Format a value on one line, shortened; hidden when its path or the value looks secret."""
    if value is None:
        return "nothing"
    if _is_secret(value, path):
        return "a value that looks secret (not shown)"
    text = json.dumps(value, ensure_ascii=False, default=str)
    kinds = {dict: "a mapping", list: "a list", bool: "a boolean", int: "a number", float: "a number", str: "text"}
    kind = kinds.get(type(value), type(value).__name__)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({kind})"  # noqa: PLR2004 - one line of a terminal


def nearest(word: object, known: Sequence[str]) -> str | None:
    """Return the known word most like ``word``, whatever the case of its letters; None when nothing is near."""
    by_lower = {k.lower(): k for k in known}
    close = difflib.get_close_matches(str(word).lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def _is_secret(value: Any, path: Path) -> bool:  # noqa: ANN401 - anything a YAML file can hold
    if isinstance(value, dict):
        return any(_is_secret(child, (*path, str(key))) for key, child in value.items())
    if isinstance(value, list):
        return any(_is_secret(child, path) for child in value)
    if isinstance(value, str) and looks_secret(value):
        return True
    plain = isinstance(value, str | int) and not isinstance(value, bool)
    return plain and any(isinstance(part, str) and secret_name(part) for part in path)
