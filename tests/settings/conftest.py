"""A copy of the shipped stack files that a test may break, and what the loader says about it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from ruamel.yaml import YAML

from settings import PlatformSettings, Problem, SettingsError, load

hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("suite")

ROOT = Path(__file__).parents[2]
PLATFORM = ("config", load.CONFIG_KEY)
DELETE = object()


@dataclass
class Project:
    """A folder with the three stack files and the releases."""

    root: Path

    def file(self, stack: str) -> Path:
        return self.root / f"Pulumi.{stack}.yaml"

    def edit(self, stack: str, path: str, value: Any) -> Project:
        """Set the value at a dotted path below ``aifabrix:platform``; ``DELETE`` takes a key away."""
        yaml = YAML()
        data = yaml.load(self.file(stack).read_text())
        node = data[PLATFORM[0]][PLATFORM[1]]
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        for part in parents:
            if isinstance(part, str) and part not in node:
                node[part] = {}
            node = node[part]
        if value is DELETE:
            del node[last]
        else:
            node[last] = value
        out = io.StringIO()
        yaml.dump(data, out)
        self.file(stack).write_text(out.getvalue())
        return self

    def replace(self, stack: str, old: str, new: str) -> Project:
        """Edit the text of a stack file."""
        text = self.file(stack).read_text()
        assert old in text, f"the shipped {stack} stack no longer holds {old!r}"
        self.file(stack).write_text(text.replace(old, new, 1))
        return self

    def load(self, stack: str = "dev") -> PlatformSettings:
        return load.stack(self.root, stack)

    def problems(self, stack: str = "dev") -> tuple[Problem, ...]:
        """Problems of a stack; each must be complete enough to be mended."""
        with pytest.raises(SettingsError) as caught:
            self.load(stack)
        for problem in caught.value.problems:
            assert problem.message, "a problem says what is wrong"
            assert problem.found, f"a problem says what was found: {problem}"
            assert problem.allowed or "twice" in problem.message, f"a problem says what is allowed: {problem}"
        return caught.value.problems

    def problem(self, stack: str = "dev") -> Problem:
        """The only problem of a stack."""
        problems = self.problems(stack)
        assert len(problems) == 1, "\n".join(map(str, problems))
        return problems[0]


def copied(folder: Path) -> Project:
    """The shipped stacks, copied into ``folder``."""
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, folder)
    shutil.copytree(ROOT / "releases", folder / "releases")
    return Project(folder)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copied(tmp_path)


@pytest.fixture
def delete() -> object:
    """Value that makes ``Project.edit`` take a key away."""
    return DELETE


@pytest.fixture
def custom_app() -> Callable[..., dict[str, Any]]:
    """A customer's application that every environment accepts, with changes."""

    def make(**changes: Any) -> dict[str, Any]:
        app = {
            "key": "claims",
            "title": "Claims",
            "image": "claims/portal@sha256:" + "0" * 64,
            "port": 8080,
            "healthPath": "/health",
        }
        return {key: value for key, value in {**app, **changes}.items() if value is not DELETE}

    return make


@pytest.fixture(scope="session")
def shipped() -> dict[str, PlatformSettings]:
    """The three shipped stacks."""
    return {name: load.stack(ROOT, name) for name in ("dev", "test", "prod")}
