"""Provenance of evidence: what was judged, by which rules and tools, and when."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from support.checkout import ROOT
from support.errors import OperationError
from support.git import git

TOOLS = ("pulumi", "pulumi-azure-native", "pulumi-azuread", "pulumi-random", "pulumi-policy", "pydantic")
PACK = ("policies", "topology", "resources")
"""Folders whose files decide verdicts."""


@dataclass(frozen=True)
class Provenance:
    """What two runs must have in common for their evidence to be equal, and the time."""

    stack: str
    environment: str
    profile: str
    target: str
    release: str
    release_hash: str
    """SHA-256 of the content of its manifest: its identity."""
    commit: str
    """Of the checkout; empty outside a git repository."""
    modified: bool
    """Whether the checkout differs from the commit."""
    pack_hash: str
    """SHA-256 over the names and contents of the rules' files."""
    state_version: str
    """When the state was last written; identifies the deployment that is judged."""
    tools: dict[str, str]
    time: str
    """When the evidence was taken, UTC; the only thing that differs between two runs on the same input."""

    def document(self) -> dict[str, Any]:
        """JSON form."""
        return asdict(self)


def pack_hash(root: Path = ROOT) -> str:
    """Return the SHA-256 over the files that decide verdicts: rules, parameters, profiles, waivers."""
    digest = hashlib.sha256()
    files = [file for folder in PACK for file in (root / folder).rglob("*") if file.suffix in {".py", ".yaml"}]
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def commit_and_modified() -> tuple[str, bool]:
    """Return the commit of the checkout and whether files differ from it; empty outside a git repository."""
    try:
        return git("rev-parse", "HEAD").decode().strip(), bool(git("status", "--porcelain").strip())
    except OperationError:
        return "", False


def tool_versions(engine_version: str) -> dict[str, str]:
    """Return the versions of the engine, Python and the packages that plan, deploy and judge."""
    versions = {"engine": engine_version, "python": platform.python_version()}
    return versions | {name: importlib.metadata.version(name) for name in TOOLS}
