"""A project of its own for every test that starts the real engine, and fake tools for those that do not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from engine import environment, locate

PROVIDER = Path(__file__).parent / "provider.py"
Tool = Callable[..., Path]


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """Makes an executable that prints a text: ``tool("pulumi", "v3.259.0", folder="a")``."""

    def make(name: str, says: str = "", *, folder: str = "tools", code: int = 0) -> Path:
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked after yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def alive() -> Callable[[int], bool]:
    return is_alive


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty cache and nothing but a shell on PATH; returns the cache's folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/nonexistent")
    return tmp_path / "cache" / "aifabrix" / "engine"


@dataclass(frozen=True)
class Project:
    """A Pulumi project with a stack ``dev``, state in a folder, and one local provider."""

    folder: Path
    environ: dict[str, str]

    def program(self, text: str) -> None:
        (self.folder / "__main__.py").write_text(text, encoding="utf-8")

    def pack(self, text: str) -> Path:
        folder = self.folder.parent / "pack"
        folder.mkdir(exist_ok=True)
        (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n", encoding="utf-8")
        (folder / "__main__.py").write_text(text, encoding="utf-8")
        return folder

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=120)
        return process.returncode, output

    def processes(self) -> list[str]:
        """Command lines of everything that this project's engine started and that is still there."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environ = (folder / "environ").read_bytes().split(b"\0")
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if f"PULUMI_HOME={self.environ['PULUMI_HOME']}".encode() in environ and words:
                found.append(words)
        return found


@pytest.fixture
def project(tmp_path: Path, engine: locate.Engine) -> Iterator[Project]:
    """A new project on this machine's engine; afterwards nothing that it started may be left."""
    folder, home, state = tmp_path / "project", tmp_path / "home", tmp_path / "state"
    for place in (folder, home, state):
        place.mkdir()
    environment.install_plugin(home, "random", "4.21.4", [sys.executable, str(PROVIDER)])
    variables = environment.variables(engine, home, f"file://{state}", "a passphrase")
    made = Project(folder, {**os.environ, **variables})
    (folder / "Pulumi.yaml").write_text(
        "name: probe\nruntime: {name: python, options: {toolchain: pip}}\n", encoding="utf-8"
    )
    code, output = made.run("stack", "init", "dev")
    assert code == 0, output
    yield made
    end = time.monotonic() + 2
    while made.processes() and time.monotonic() < end:
        time.sleep(0.05)
    assert not made.processes(), "a test must not leave a process of the engine behind"
