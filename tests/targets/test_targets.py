"""What a target hands to the engine: an altered release line without touching the stack file, and the right state."""

from pathlib import Path

import pytest

from engine.locate import Engine
from rehearsal.throwaway import ThrowawayTarget
from stacks.bootstrap.targets import DEFAULT_FILE, bootstrap_target
from stacks.session import target_named
from support.checkout import ROOT, read_yaml
from support.errors import Exit, OperationError
from targets.azure import AzureTarget
from targets.local import LocalTarget
from targets.name import TARGET, TargetName
from targets.target import STATE_URL

ENGINE = Engine(bin_dir=Path("/engine/bin"), version="3.259.0", source="built", language_host="python")
LINES = {
    "one release": ("2026.12.0", "2026.12.0"),
    "a pair": (("2026.12.0", "2026.11.0"), {"running": "2026.12.0", "standby": "2026.11.0"}),
    "a mapping": (
        {"running": "2026.12.0", "standby": "2026.11.0"},
        {"running": "2026.12.0", "standby": "2026.11.0"},
    ),
}


@pytest.mark.parametrize(("line", "written"), LINES.values(), ids=LINES)
def test_another_release_is_tried_on_a_copy(tmp_path: Path, line, written) -> None:
    target = LocalTarget(tmp_path)
    target.project().mkdir(parents=True)
    target.copy_stack_file("dev")
    salted = target.project() / "Pulumi.dev.yaml"
    salted.write_text(salted.read_text() + "encryptionsalt: v1:abc\n")
    original = (ROOT / "Pulumi.dev.yaml").read_bytes()

    option, file = target.config_arguments("dev", line)
    assert option == "--config-file"
    copy, base = read_yaml(Path(file)), read_yaml(salted)
    assert copy["config"]["aifabrix:platform"].pop("release") == written
    base["config"]["aifabrix:platform"].pop("release")
    assert copy == base, "everything else is as it was, the salt of the secrets included"
    assert (ROOT / "Pulumi.dev.yaml").read_bytes() == original


def test_without_a_release_the_stack_file_counts(tmp_path: Path) -> None:
    assert LocalTarget(tmp_path).config_arguments("dev", None) == []
    assert AzureTarget().config_arguments("dev", None) == []


def test_on_azure_the_copy_lies_outside_of_what_is_committed() -> None:
    option, file = AzureTarget().config_arguments("dev", "2026.12.0")
    assert option == "--config-file" and ".fabrix" in Path(file).parts
    assert read_yaml(Path(file))["config"]["aifabrix:platform"]["release"] == "2026.12.0"


def test_a_rehearsal_never_writes_into_the_state_of_the_team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_URL, "azblob://state-{stack}")
    assert LocalTarget().for_stack("dev").backend_url() == "azblob://state-dev"
    assert ThrowawayTarget(tmp_path).for_stack("dev").backend_url().startswith("file://")


def test_the_engine_is_told_its_target(tmp_path: Path) -> None:
    assert AzureTarget().environment(ENGINE)[TARGET] == "azure"
    assert LocalTarget(tmp_path).environment(ENGINE)[TARGET] == "local"


def test_nobody_reaches_azure_from_a_shell_of_the_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TARGET, "local")
    for open_target in (target_named, lambda name: bootstrap_target(name, DEFAULT_FILE)):
        with pytest.raises(OperationError, match=r"Leave `\./fabrix shell` first") as refused:
            open_target(TargetName.AZURE)
        assert refused.value.code == Exit.BAD_INPUT
        assert isinstance(open_target(TargetName.LOCAL), LocalTarget)
    monkeypatch.setenv(TARGET, "azure")
    assert isinstance(target_named(TargetName.AZURE), AzureTarget)
