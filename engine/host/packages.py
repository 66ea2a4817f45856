"""What is installed in a Python environment, and which of it needs a plugin of the engine.

Also a program: ``python packages.py`` prints the packages of the interpreter that runs it as JSON. Standard library
only.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

_WITHOUT_PLUGIN = frozenset({"pulumi", "pulumi_policy", "pulumi_esc_sdk"})
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_RELEASE = re.compile(r"^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:(a|b|rc)(\d+))?$")
_STAGES = {"a": "alpha", "b": "beta", "rc": "rc"}


@dataclass(frozen=True)
class Package:
    """An installed distribution."""

    name: str
    version: str
    required: bool
    """Whether another installed distribution asks for it."""

    plugin: dict[str, Any] | None
    """Content of its ``pulumi-plugin.json``, where it has one."""


@dataclass(frozen=True)
class Plugin:
    """A resource plugin that a package works with."""

    name: str
    version: str
    server: str
    parameterization: dict[str, Any] | None


def installed(python: str) -> list[Package]:
    """Return what is installed for an interpreter, by name. Raises ``OSError`` when it cannot be asked."""
    if python == sys.executable:
        return here()
    said = subprocess.run([python, str(Path(__file__).resolve())], capture_output=True, text=True, check=False)
    if said.returncode != 0:
        raise OSError(f"{python} could not list its packages: {said.stderr.strip()}")
    return [Package(**item) for item in json.loads(said.stdout)]


def here() -> list[Package]:
    """Return what is installed for this interpreter."""
    found: dict[str, metadata.Distribution] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name and _key(name) not in found:  # the first on the path is the one that is imported
            found[_key(name)] = distribution
    asked = {_key(name) for distribution in found.values() for name in _requirements(distribution)}
    return [
        Package(distribution.metadata["Name"], distribution.version, key in asked, _plugin_file(distribution))
        for key, distribution in sorted(found.items())
    ]


def plugins(packages: list[Package]) -> list[Plugin]:
    """Return the resource plugins that these packages work with, by Pulumi's own convention.

    A package says so in ``pulumi-plugin.json``; one named ``pulumi_*`` without that file is taken to have a plugin of
    its own name and version. A version that is no plugin version is passed over, as Pulumi's host does.
    """
    result = []
    for package in packages:
        said = package.plugin or {}
        own = package.name.replace("-", "_")
        named = own.startswith("pulumi_") and own not in _WITHOUT_PLUGIN
        if (package.plugin is None and not named) or (package.plugin is not None and not said.get("resource")):
            continue
        version = said.get("version") or plugin_version(package.version)
        if version:
            name = said.get("name") or own.removeprefix("pulumi_").replace("_", "-")
            full = version if version.startswith("v") else f"v{version}"
            result.append(Plugin(name, full, said.get("server") or "", said.get("parameterization")))
    return result


def plugin_version(version: str) -> str | None:
    """Translate a Python version into that of a plugin: ``1.2`` is ``1.2.0``, ``1.2.3a4`` is ``1.2.3-alpha.4``."""
    match = _RELEASE.match(version)
    if match is None:
        return None
    major, minor, patch, stage, number = match.groups()
    return f"{major}.{minor or 0}.{patch or 0}" + (f"-{_STAGES[stage]}.{number}" if stage else "")


def _requirements(distribution: metadata.Distribution) -> list[str]:
    """Return the names that a distribution asks for in any case, extras left out."""
    asked = [text for text in distribution.requires or [] if "extra ==" not in text]
    return [match[0] for text in asked if (match := _NAME.match(text))]


def _plugin_file(distribution: metadata.Distribution) -> dict[str, Any] | None:
    module = distribution.metadata["Name"].replace("-", "_")
    path = Path(str(distribution.locate_file(f"{module}/pulumi-plugin.json")))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    print(json.dumps([asdict(package) for package in here()]))
