"""Strict reading of the files beside the rules: every fault at once, with its file and line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from settings.document import Document, read_yaml
from settings.problems import Issue, Problem, nearest, show

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder; problems name files relative to it."""


class PolicyFileError(Exception):
    """A file of waivers or levels cannot be used, so nothing was judged. Its text is the whole report."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        headline = f"{count} problem{'s' if count > 1 else ''} in the files of the policies"
        super().__init__("\n\n".join([headline, *map(str, self.problems)]))


class Reader:
    """Reads one file and collects its problems."""

    def __init__(self, root: Path, name: str) -> None:
        self.document: Document = read_yaml(root, name)
        self.problems: list[Problem] = list(self.document.problems)

    def issue(self, path: tuple[str | int, ...], message: str, *, found: str = "", allowed: str = "") -> None:
        """Add a problem at a path of the file."""
        self.problems.append(self.document.problem(Issue(path, message, found, allowed)))

    def mapping(self, path: tuple[str | int, ...], value: Any, keys: Collection[str]) -> Mapping[str, Any]:  # noqa: ANN401
        """Return a mapping with no other keys than these; other keys, and other types, are reported and left out."""
        if not isinstance(value, dict):
            self.issue(path, "a mapping is expected", found=show(value), allowed=", ".join(keys))
            return {}
        for key in [key for key in value if key not in keys]:
            near = nearest(key, list(keys))
            hint = f"; did you mean {near}?" if near else ""
            self.issue((*path, key), f"unknown key{hint}", found=key, allowed=", ".join(keys))
        return {key: each for key, each in value.items() if key in keys}

    def stop(self) -> None:
        """Raise ``PolicyFileError`` if anything is wrong."""
        if self.problems:
            raise PolicyFileError(self.problems)
