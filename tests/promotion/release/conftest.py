"""A registry, a login, and a copy of what commands on releases read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.release import app
from policies.digest import FOLDERS
from support.errors import OperationError
from tests.promotion.release.oci import Oci, serving

ROOT = Path(__file__).parents[3]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Oci]]:
    """Starts registries; no login and no proxy of the machine takes part."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(serving(Oci(**options)))


@pytest.fixture
def logged_in(registry: Any, tmp_path: Path) -> Callable[[dict[str, Any]], None]:
    """Writes Docker's configuration."""

    def write(config: dict[str, Any]) -> None:
        (tmp_path / "docker").mkdir()
        (tmp_path / "docker" / "config.json").write_text(json.dumps(config))

    return write


@dataclass
class Tree:
    """A copy of the files that commands on releases read."""

    root: Path

    def run(self, *arguments: str) -> Result:
        """Run ``fabrix release``; a foreseen failure is in ``exception``."""
        return CliRunner().invoke(app, list(arguments))

    def document(self, *arguments: str) -> dict[str, Any]:
        done = self.run(*arguments, "--json")
        assert done.exception is None, done.exception
        return json.loads(done.stdout)

    def refused(self, *arguments: str) -> OperationError:
        error = self.run(*arguments).exception
        assert isinstance(error, OperationError), error
        return error

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text, f"{name} no longer holds {old!r}"
        (self.root / name).write_text(text.replace(old, new, 1))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    root = tmp_path / "tree"
    shutil.copytree(ROOT / "releases", root / "releases")
    for file in [*ROOT.glob("Pulumi*.yaml"), ROOT / "requirements.txt"]:
        shutil.copy(file, root)
    for room in FOLDERS:
        (root / room).symlink_to(ROOT / room, target_is_directory=True)
    monkeypatch.setattr("cli.release.ROOT", root)
    monkeypatch.setattr("stacks.settings_files.ROOT", root)
    monkeypatch.setattr("cli.release.git_names", lambda: ["maker@contoso.example"])
    return Tree(root)
