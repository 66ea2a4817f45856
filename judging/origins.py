"""Locates findings: the line of the stack file that decides one, or of the component that makes its resource."""

from __future__ import annotations

import ast
import functools
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from settings import document
from settings.load import PREFIX
from support.checkout import ROOT

SET_BY: Mapping[str, tuple[str, ...]] = {
    "PG-08": ("data.postgres.backupDays",),
    "PG-09": ("data.postgres.geoBackup",),
    "PG-10": ("data.postgres.highAvailability",),
    "RD-06": ("data.redis.highAvailability",),
    "ST-13": ("data.storage.sku", "data.storage"),
    "DG-03": ("observability.retentionDays",),
    "DG-08": ("security.locks", "security.protect"),
    "WB-14": ("compute.plan",),
    "KV-08": ("security.secretsExpire",),
    "GV-01": ("installation.region",),
    "GV-02": ("installation",),
    "GV-03": ("installation.dataClassification",),
    "GV-08": ("observability.budget", "size"),
    "GV-09": ("installation.subscriptionId",),
    "NW-11": ("network.ingress.peerings", "network.addressSpace"),
}
"""Rule → settings that decide what it judges, as paths below the platform object; the first that the stack file has is
shown. Add a row when one setting decides the verdict of a rule; without a row a finding points at the component."""

_SHARED = ("components/base.py", "components/shared/")
_POSITION = re.compile(r"^project:///?(?P<path>.+?)#(?P<line>\d+)$")
_NAMED = re.compile(r"^(?P<file>policies/[\w.-]+\.yaml):(?P<line>\d+)$")


@dataclass(frozen=True, order=True)
class Origin:
    """A line of a file of the checkout."""

    file: str
    """Path relative to the checkout, with forward slashes."""
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Origins:
    """Locates the findings on one deployed stack."""

    def __init__(self, deployment: Mapping[str, Any], project: Path, source: Path, stack: str) -> None:
        """Read the positions that the engine recorded, relative to ``project``, of the program in ``source``."""
        self._base, self._source = project.resolve(), source.resolve()
        self._frames = {entry["urn"]: tuple(self._positions(entry)) for entry in deployment.get("resources") or ()}
        self._stack_file = document.read_yaml(source, f"Pulumi.{stack}.yaml")

    def of(self, rule: str, urn: str, path: str = "") -> tuple[Origin, ...]:
        """Return the likeliest origin first: the line of the stack file, else the component; then the others.

        ``path`` is the property that the finding names, or a line of one of the policy files.
        """
        if named := _NAMED.match(path):
            return (Origin(named["file"], int(named["line"])),)
        frames = self._frames.get(urn) or class_of(urn)
        own = [frame for frame in frames if not frame.file.startswith(_SHARED)] or list(frames)
        likely = [*self._setting(rule), *own[:1], *frames[:1]]
        return tuple(dict.fromkeys(likely)) or (Origin(self._stack_file.name, 1),)

    def _setting(self, rule: str) -> list[Origin]:
        for path in SET_BY.get(rule, ()):
            full = (*PREFIX, *path.split("."))
            if full in self._stack_file.lines:
                return [Origin(self._stack_file.name, self._stack_file.lines[full])]
        return []

    def _positions(self, entry: Mapping[str, Any]) -> Iterator[Origin]:
        """Yield the stack frames inside the program's own files, innermost first."""
        for frame in entry.get("stackTrace") or ({"sourcePosition": entry.get("sourcePosition", "")},):
            match = _POSITION.match(frame.get("sourcePosition", ""))
            if not match:
                continue
            path = Path(os.path.normpath(self._base / match["path"]))
            if path.is_relative_to(self._source):
                inside = path.relative_to(self._source)
                if not inside.parts[0].startswith("."):
                    yield Origin(inside.as_posix(), int(match["line"]))


def class_of(urn: str) -> tuple[Origin, ...]:
    """Return the line of the class of the nearest component around ``urn``, for a state without positions."""
    *_, kinds, _ = urn.split("::")
    for token in reversed(kinds.split("$")):
        if token.startswith("aifabrix:") and (origin := _classes().get(token)):
            return (origin,)
    return ()


@functools.cache
def _classes() -> Mapping[str, Origin]:
    """Type token → line of the component class, by the naming rule of ``components.base``."""
    classes = {}
    for file in sorted((ROOT / "components").rglob("*.py")):
        inside = file.relative_to(ROOT)
        module = inside.parts[1] if len(inside.parts) > 2 else "platform"  # noqa: PLR2004 - components/<module>/<file>
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                classes[f"aifabrix:{module}:{node.name}"] = Origin(inside.as_posix(), node.lineno)
    return classes
