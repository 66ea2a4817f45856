"""`rotate` refuses before anything is changed, prepares a first rotation, and puts the stack file back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import rotate as command
from settings import load
from stacks import rotations
from stacks.slots import STACK
from support.console import Console
from support.errors import Exit, OperationError
from targets.name import TargetName
from tests.settings.conftest import Project, copied

PASSWORD, JWT = "keycloak-databases-0-passwordKeyVault", "miso-controller-secrets-jwtKeyVault"


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("keycloak-databases-0-password", "dev has no secret of that name"),
        ("miso-controller-admin-emailKeyVault", "you supply it"),
        ("flowise-secrets-encryptionKeyVault", "makes them unreadable"),
        (PASSWORD, "dev is not deployed on the local target, so no value can be exchanged"),
    ],
)
def test_what_cannot_be_rotated_is_refused_with_exit_code_two(checkout: Any, secret: str, words: str) -> None:
    before = (checkout.root / "Pulumi.dev.yaml").read_bytes()
    done = checkout.fabrix("rotate", "dev", secret, "--yes", "--json").must(2)
    assert words in done.document["error"]
    assert secret == PASSWORD or PASSWORD in done.document["allowed"]
    assert (checkout.root / "Pulumi.dev.yaml").read_bytes() == before


def state(counts: dict[str, int] | None = None, *names: str) -> dict[str, Any]:
    stack = {"type": STACK, "urn": "u", "outputs": {} if counts is None else {rotations.OUTPUT: counts}}
    kind = "azure-native_keyvault_v20260201:keyvault:Secret"
    secrets = [{"type": kind, "urn": name, "inputs": {"secretName": name}} for name in names or (PASSWORD, JWT)]
    return {"resources": [stack, *secrets]}


class FakeSession:
    """A session on a copied stack file whose state is given."""

    def __init__(self, project: Project) -> None:
        self.project, self.stack, self.console = project, "dev", Console(as_json=True)
        self.target = type("T", (), {"name": TargetName.LOCAL})

    @property
    def settings(self) -> Any:
        return self.project.load()

    def reload_stack_file(self) -> None:
        pass


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copied(tmp_path)


@pytest.fixture
def asked() -> list[bool]:
    """Whether each run of `up` shows its plan and asks."""
    return []


@pytest.fixture
def rotate(
    project: Project, monkeypatch: pytest.MonkeyPatch, asked: list[bool]
) -> Callable[..., list[tuple[int | None, str]]]:
    """Rotate a secret of the state that is given; returns the count and the recorded name of each run of `up`."""
    session = FakeSession(project)

    def run(
        secret: str, deployed: dict[str, Any], failing: str = "", *, yes: bool = True
    ) -> list[tuple[int | None, str]]:
        runs: list[tuple[int | None, str]] = []

        def up(_: Any, *, yes: bool, started: Callable[[], None], rotated: str, **__: Any) -> dict[str, Any]:
            runs.append((project.load().security.rotations.get(secret), rotated))
            asked.append(not yes)
            if failing == "no changes" and not yes:
                return {"ok": True}
            if failing == "before":
                raise OperationError("refused", Exit.REFUSED)
            started()
            if failing == "after":
                raise OperationError("failed")
            return {"ok": True}

        monkeypatch.setattr(command, "ROOT", project.root)
        monkeypatch.setattr(command, "run_up", up)
        monkeypatch.setattr(command, "require_state", lambda *_: {"deployment": deployed})
        monkeypatch.setattr(command.Session, "open", lambda *_, **__: session)
        monkeypatch.setattr(command, "require_yes_or_terminal", lambda *_, **__: None)
        asked.clear()
        command.rotate("dev", secret, yes=yes, as_json=True)
        return runs

    return run


def test_the_first_rotation_of_a_databases_password_is_prepared(rotate: Any, capsys: Any) -> None:
    assert rotate(PASSWORD, state()) == [(0, ""), (1, PASSWORD)]
    document = json.loads(capsys.readouterr().out)
    assert document["rotated"] == {"secret": PASSWORD, "rotations": 1, "readers": ["keycloak"]}


def test_a_later_rotation_and_one_of_another_secret_take_one_run(rotate: Any) -> None:
    assert rotate(JWT, state()) == [(1, JWT)]
    assert rotate(PASSWORD, state({JWT: 1, PASSWORD: 0})) == [(1, PASSWORD)]
    assert rotate(PASSWORD, state({JWT: 1, PASSWORD: 1})) == [(2, PASSWORD)]


def test_each_run_shows_its_plan_and_asks_unless_told_otherwise(rotate: Any, asked: list[bool]) -> None:
    """The stack file or the program may have other changes, which nobody may deploy by rotating a secret."""
    rotate(PASSWORD, state(), yes=False)
    assert asked == [True, True]
    rotate(PASSWORD, state({PASSWORD: 1}))
    assert asked == [False]


def test_a_count_that_changes_no_resource_is_kept_all_the_same(rotate: Any, asked: list[bool]) -> None:
    assert rotate(JWT, state(), failing="no changes", yes=False) == [(1, JWT), (1, JWT)]
    assert asked == [True, False]


def test_the_stack_file_is_put_back_unless_something_was_begun(rotate: Any, project: Project) -> None:
    file = project.file("dev")
    before = file.read_bytes()
    with pytest.raises(OperationError, match="refused"):
        rotate(JWT, state(), failing="before")
    assert file.read_bytes() == before
    with pytest.raises(OperationError, match="failed"):
        rotate(JWT, state(), failing="after")
    assert load.stack(project.root, "dev").security.rotations == {JWT: 1}, "`up` goes on with it"
    with pytest.raises(OperationError, match="counts 1 rotations, and 0 are deployed") as refused:
        rotate(JWT, state())
    assert refused.value.code is Exit.BAD_INPUT


def test_a_secret_that_is_not_deployed_yet_is_refused(rotate: Any) -> None:
    with pytest.raises(OperationError, match="is not deployed yet"):
        rotate(JWT, state({}, PASSWORD))
