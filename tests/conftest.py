"""Fixtures of the whole suite: the engine, and checkouts of this repository that a test may change and deploy from."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from filelock import FileLock

from tests import warm
from tests.azurite import azurite  # noqa: F401 - a fixture of the whole suite
from tests.postgresql import postgresql  # noqa: F401 - a fixture of the whole suite

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Whoever started the tests in the background ignores interrupts, and every program they start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("suite")

ROOT = Path(__file__).resolve().parent.parent
TODAY = "2026-11-24"
ONE_CHECKPOINT = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""State is written when the engine ends, not after each resource: three fifths of an `up`'s work, and of use only to
whoever goes on after a crash. Tests of crashes and interrupts start their command without it."""


FIRST_UP = ".fabrix/up.txt"
"""What the ``up`` of :func:`dev_deployed` printed."""


def undisturbed() -> dict[str, str]:
    """Return the variables of commands that nobody kills."""
    # A day on which the shipped waivers hold: that they end is tested with days of its own.
    return {"FABRIX_TODAY": TODAY, "NO_COLOR": "1", "COLUMNS": "200", **ONE_CHECKPOINT, **warm.environment()}


@dataclass
class Result:
    """How one command of the launcher ended."""

    code: int
    stdout: str
    stderr: str
    command: str = ""
    """Words after ``./fabrix``."""

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document of ``--json``."""
        return json.loads(self.stdout)

    def must(self, code: int = 0) -> Result:
        assert self.code == code, f"exit {self.code}, expected {code}\n{self.stdout}\n{self.stderr}"
        return self


@dataclass
class Checkout:
    """A copy of this repository in a folder of its own, sharing only the virtual environment."""

    root: Path

    @property
    def local(self) -> Path:
        return self.root / ".fabrix" / "local"

    def fabrix(self, *arguments: str, timeout: float = 300, environment: dict[str, str] | None = None) -> Result:
        """Run a command to its end."""
        return self._run([str(self.root / "fabrix"), *arguments], timeout, environment or {})

    def python(self, *arguments: str, timeout: float = 300, environment: dict[str, str] | None = None) -> Result:
        """Run a script that imports this checkout's code, to its end."""
        return self._run([str(self.root / ".venv" / "bin" / "python"), *arguments], timeout, environment or {})

    def _run(self, command: list[str], timeout: float, environment: dict[str, str]) -> Result:
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **undisturbed(), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr, shlex.join(command[1:]))

    def start(self, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, so that a test can kill it."""
        return subprocess.Popen(
            [str(self.root / "fabrix"), *arguments],
            cwd=self.root,
            env={**os.environ, "FABRIX_TODAY": TODAY, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def edit(self, name: str, *replacements: tuple[str, str]) -> None:
        """Replace text in a file; a text that is not there fails the test rather than testing nothing."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        for old, new in replacements:
            assert old in text, f"{name} does not contain {old!r}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
        return subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout


def make_checkout(folder: Path) -> Checkout:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for name in listed:
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    warm.link_environment(ROOT / ".venv", folder / ".venv")
    return Checkout(folder)


def shrink(checkout: Checkout, *more: str, stacks: tuple[str, ...] = ("dev",)) -> Checkout:
    """Let stacks run two applications and ``more``, where a test is about the engine and not about what is deployed."""
    apps = ", ".join(("miso-controller", "keycloak", *more))
    for stack in stacks:
        path = checkout.root / f"Pulumi.{stack}.yaml"
        text = re.sub(r"\n    applications:\n(?:      .*\n|\n)*", "\n", path.read_text(encoding="utf-8")).rstrip("\n")
        path.write_text(f"{text}\n\n    applications: {{catalogue: [{apps}]}}\n", encoding="utf-8")
    return checkout


@pytest.fixture
def small_checkout(tmp_path: Path) -> Checkout:
    """A fresh checkout for one test, whose dev stack is small."""
    return shrink(make_checkout(tmp_path / "checkout"))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh checkout for one test."""
    return make_checkout(tmp_path / "checkout")


@pytest.fixture(scope="module")
def module_checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout that the tests of one module share, in order."""
    return make_checkout(tmp_path_factory.mktemp("shared") / "checkout")


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Checkout], None], Checkout], None]:
    """Deploy something once for the whole run, all its workers, and give each checkout that asks a copy of the result.

    The checkout that gets it must have the stack files that it was deployed with.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def give(name: str, deploy: Callable[[Checkout], None], checkout: Checkout) -> None:
        origin = shared / f"once-{name}" / "checkout"
        with FileLock(shared / f"once-{name}.lock"):
            if not (origin.parent / "done").exists():
                shutil.rmtree(origin, ignore_errors=True)
                deploy(make_checkout(origin))
                (origin.parent / "done").touch()
        shutil.copytree(origin / ".fabrix", checkout.root / ".fabrix", symlinks=True)
        for link in (checkout.local / "project").iterdir():
            if link.is_symlink():
                link.unlink()  # it leads into the other checkout, and is made anew

    return give


@pytest.fixture(scope="session")
def dev_deployed(once: Any) -> Callable[[Checkout], None]:
    """Give a checkout the shipped dev stack, as `up dev` leaves it."""

    def deploy(checkout: Checkout) -> None:
        done = checkout.fabrix("up", "dev", "--yes", "--json").must()
        (checkout.root / FIRST_UP).write_text(done.stdout + done.stderr, encoding="utf-8")

    return lambda checkout: once("dev", deploy, checkout)


@pytest.fixture(scope="session")
def engine() -> Any:
    """The engine that this machine uses; fetched or built where there is none."""
    from engine.locate import ensure

    return ensure(print)


@pytest.fixture(scope="session")
def engine_environment(engine: Any) -> Callable[[Path], dict[str, str]]:
    """Complete offline environment of an engine whose home and state lie in the given folder."""
    from engine.environment import variables

    def build(folder: Path) -> dict[str, str]:
        (folder / "state").mkdir(parents=True, exist_ok=True)
        return {**os.environ, **variables(engine, folder / "home", (folder / "state").as_uri(), "only for a test")}

    return build


LONGEST = (
    "promotion/test_path.py",
    "promotion/test_in_place.py",
    "promotion/test_interrupted.py",
    "pipelines/test_as_ci.py",
    "docs/test_docs.py",
    "docs/test_bench.py",
    "rehearsal/test_rehearse.py",
)
"""Modules that take minutes; they begin first, so that no worker is left alone with one at the end. The third needs
what the first deploys, and would wait for it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first, then all that start the engine."""

    def rank(item: pytest.Item) -> int:
        name = item.path.as_posix()
        place = next((number for number, long in enumerate(LONGEST) if name.endswith(long)), len(LONGEST))
        return place if item.get_closest_marker("engine") else len(LONGEST) + 1

    items.sort(key=rank)


@pytest.fixture(autouse=True)
def _no_ambient_pulumi(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own Pulumi settings must not reach a test."""
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
