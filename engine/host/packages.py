"""Packages installed in a Python environment, and the engine's plugins that they need.

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
    """Another installed distribution requires it."""

    plugin: dict[str, Any] | None
    """Content of its ``pulumi-plugin.json``, if it has one."""


@dataclass(frozen=True)
class Plugin:
    """A resource plugin that a package needs."""

    name: str
    version: str
    server: str
    parameterization: dict[str, Any] | None


def installed(python: str) -> list[Package]:
    """Return what is installed for an interpreter, by name. Raises ``OSError`` if it does not run."""
    if python == sys.executable:
        return installed_here()
    done = subprocess.run([python, str(Path(__file__).resolve())], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{python} could not list its packages: {done.stderr.strip()}")
    return [Package(**item) for item in json.loads(done.stdout)]


def installed_here() -> list[Package]:
    """Return what is installed for this interpreter."""
    by_key: dict[str, metadata.Distribution] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name and _key(name) not in by_key:  # the first on the path is the one that is imported
            by_key[_key(name)] = distribution
    required = {_key(name) for distribution in by_key.values() for name in _requirements(distribution)}
    return [
        Package(distribution.metadata["Name"], distribution.version, key in required, _plugin_file(distribution))
        for key, distribution in sorted(by_key.items())
    ]


def plugins(packages: list[Package]) -> list[Plugin]:
    """Return the resource plugins of these packages, by Pulumi's own convention.

    A package declares its plugin in ``pulumi-plugin.json``; one named ``pulumi_*`` without that file is assumed to have
    a plugin of its own name and version. One whose version is not a plugin version is ignored, as by Pulumi's host.
    """
    result = []
    for package in packages:
        declared = package.plugin or {}
        module = package.name.replace("-", "_")
        assumed = module.startswith("pulumi_") and module not in _WITHOUT_PLUGIN
        if (package.plugin is None and not assumed) or (package.plugin is not None and not declared.get("resource")):
            continue
        version = declared.get("version") or plugin_version(package.version)
        if version:
            name = declared.get("name") or module.removeprefix("pulumi_").replace("_", "-")
            full = version if version.startswith("v") else f"v{version}"
            result.append(Plugin(name, full, declared.get("server") or "", declared.get("parameterization")))
    return result


def plugin_version(version: str) -> str | None:
    """Return a plugin's version for a Python version: ``1.2`` → ``1.2.0``, ``1.2.3a4`` → ``1.2.3-alpha.4``."""
    match = _RELEASE.match(version)
    if match is None:
        return None
    major, minor, patch, stage, number = match.groups()
    return f"{major}.{minor or 0}.{patch or 0}" + (f"-{_STAGES[stage]}.{number}" if stage else "")


def _requirements(distribution: metadata.Distribution) -> list[str]:
    """Return the names that a distribution requires unconditionally, without extras."""
    required = [text for text in distribution.requires or [] if "extra ==" not in text]
    return [match[0] for text in required if (match := _NAME.match(text))]


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
    print(json.dumps([asdict(package) for package in installed_here()]))
