"""Policy packs of the command line: what runs here, what is missing, and where a policy raised."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from engine.host import policies
from judging.packs import require_plugins, runtime_of
from stacks import report
from stacks.events import Run
from support.console import Console
from support.errors import Exit, OperationError
from tests.conftest import Checkout


def pack(folder: Path, text: str, name: str = "PulumiPolicy.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "runtime"),
    [("runtime: python\n", "python"), ("runtime: {name: nodejs, options: {}}\n", "nodejs"), ("runtime: opa\n", "opa")],
)
def test_a_pack_says_what_it_is_written_in(tmp_path: Path, text: str, runtime: str) -> None:
    assert runtime_of(pack(tmp_path, text)) == runtime
    assert runtime_of(Path(__file__).parents[2] / "policies") == "python"


@pytest.mark.parametrize("text", ["", "version: 1.0.0\n", "runtime: {options: {}}\n", "runtime: [\n"])
def test_a_file_without_a_runtime_makes_no_pack(tmp_path: Path, text: str) -> None:
    with pytest.raises(OperationError, match=r"its PulumiPolicy\.yaml names no runtime") as error:
        runtime_of(pack(tmp_path, text))
    assert error.value.code is Exit.BAD_INPUT


@pytest.mark.parametrize("command", ["preview dev", "up dev --yes"])
def test_a_folder_that_is_no_pack_stops_before_the_engine(checkout: Checkout, tmp_path: Path, command: str) -> None:
    done = checkout.fabrix(*command.split(), "--policy-pack", str(tmp_path), "--json").must(2)
    assert "there is no PulumiPolicy.yaml in it" in done.document["error"] and "__main__.py" in done.document["error"]
    assert not (checkout.root / ".fabrix" / "logs").exists(), "the engine was not asked"


def test_a_pack_in_another_language_names_what_is_missing(tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path), "PULUMI_HOME": str(tmp_path)}
    with pytest.raises(OperationError, match="packs in Python run here") as error:
        require_plugins(tmp_path, "nodejs", nothing)
    assert error.value.code is Exit.ENGINE_MISSING
    assert error.value.details["missing"] == ["pulumi-language-nodejs", "node"]


def test_an_installed_plugin_is_enough(tmp_path: Path) -> None:
    (tmp_path / "plugins" / "analyzer-policy-opa-v1.0.0").mkdir(parents=True)
    require_plugins(tmp_path, "opa", {"PATH": "", "PULUMI_HOME": str(tmp_path)})


# A policy that raises


class ResourceValidationPolicy:
    """A policy as the SDK's, as far as the host sees it."""

    name = "no-pets"

    def __init__(self, answer: Callable[[], object]) -> None:
        self._answer = answer

    def validate(self) -> object:
        return self._answer()

    remediate = validate


class StackValidationPolicy(ResourceValidationPolicy):
    """The other kind."""

    def validate(self) -> object:
        return self._answer()


def raising() -> object:
    raise KeyError("hunter2")


async def raising_later() -> object:
    return raising()


@pytest.fixture
def located(monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies under the host, of a pack whose folder is this one."""
    sdk = ModuleType("sdk")
    for kind in (ResourceValidationPolicy, StackValidationPolicy):
        for method in ("validate", "remediate"):
            monkeypatch.setattr(kind, method, getattr(kind, method))  # put back after the test
        setattr(sdk, kind.__name__, kind)
    policies.locate_errors(sdk, str(Path(__file__).parent))


@pytest.mark.usefixtures("located")
@pytest.mark.parametrize("kind", [ResourceValidationPolicy, StackValidationPolicy])
def test_a_policy_that_raises_is_named_with_file_and_line(kind: type[ResourceValidationPolicy]) -> None:
    line = raising.__code__.co_firstlineno + 1
    with pytest.raises(policies.PolicyRaisedError) as error:
        kind(raising).validate()
    assert str(error.value).startswith("policy no-pets of the pack ")
    assert str(error.value).endswith(f"raised KeyError in {__file__}, line {line}")
    assert "hunter2" not in str(error.value), "its text may hold a secret"


@pytest.mark.usefixtures("located")
def test_a_policy_that_waits_is_located_too() -> None:
    with pytest.raises(policies.PolicyRaisedError, match="raised KeyError"):
        asyncio.run(ResourceValidationPolicy(raising_later).validate())  # ty: ignore[invalid-argument-type]


@pytest.mark.usefixtures("located")
def test_what_the_sdk_raises_is_an_answer() -> None:
    def unknown() -> object:
        raise UnknownValueError(UNKNOWN_STRING_VALUE, ["location"])

    with pytest.raises(UnknownValueError):
        ResourceValidationPolicy(unknown).validate()


def test_a_plan_that_a_pack_cannot_judge_is_bad_input() -> None:
    said = "policy no-pets of the pack /packs/own raised KeyError in /packs/own/__main__.py, line 4"
    run = Run(errors=[("urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", f"error: {report.RAISED}{said}")])
    with pytest.raises(OperationError) as error:
        report.raise_if_failed("preview", run, 255, Console(as_json=True), {})
    assert error.value.code is Exit.BAD_INPUT and said in str(error.value)
    with pytest.raises(OperationError) as error:
        report.raise_if_failed("up", run, 255, Console(as_json=True), {})
    assert error.value.code is Exit.FAILED, "something may have been changed"
