"""The file that lists installations: every fault at once, with its line, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.listing import read_installations
from support.errors import Exit, OperationError

GOOD = """installations:
  - name: contoso-sdc
    path: ../contoso
    stacks: [dev, prod]
    environment:
      AZURE_SUBSCRIPTION_ID: 11111111-2222-3333-4444-555555555555
      FABRIX_STATE_URL: azblob://state-{stack}?storage_account=stcontoso
  - {name: fabrikam, path: fabrikam, target: local, stacks: [test]}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "fleet.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str, *only: str) -> str:
    with pytest.raises(OperationError) as caught:
        read_installations(written(folder, text), only)
    assert caught.value.code is Exit.BAD_INPUT
    return str(caught.value)


def test_a_good_file_is_read_in_its_order(tmp_path: Path) -> None:
    first, second = read_installations(written(tmp_path, GOOD))
    assert (first.name, first.target, first.stacks) == ("contoso-sdc", "azure", ("dev", "prod"))
    assert first.environment["AZURE_SUBSCRIPTION_ID"].startswith("1111")
    assert (second.name, second.target) == ("fabrikam", "local")


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    said = refusal(
        tmp_path,
        "installations:\n"
        "  - name: contoso\n"
        "    path: ../contoso\n"
        "    stakcs: [dev]\n"
        "  - name: contoso\n"
        "    path: other\n"
        "    stacks: []\n"
        "    target: aws\n"
        "    environment:\n"
        "      PATH: /somewhere\n"
        "      AZURE_CLIENT_SECRET: hunter2hunter2\n",
    )
    for line, part in ((4, "stakcs"), (5, "taken"), (7, "stacks"), (8, "target"), (10, "PATH"), (11, "SECRET")):
        assert f"fleet.yaml:{line}: " in said and part in said, f"line {line} about {part}:\n{said}"
    assert "hunter2" not in said, "a secret is never shown"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AZURE_CLIENT_SECRET", "abc"),
        ("AZURE_STORAGE_KEY", "short"),
        ("AZURE_CLIENT_ID", "abc8Q~" + "d" * 33),
        ("AZURE_STORAGE_CONNECTION_STRING", "AccountName=st;AccountKey=0123456789abcdef=="),
        ("PULUMI_BACKEND_URL", "https://me:password1@example.invalid/state"),
        ("FABRIX_STATE_URL", "azblob://state?sig=0123456789abcdefghijklmnop"),
    ],
)
def test_what_looks_secret_is_refused_and_not_shown(tmp_path: Path, name: str, value: str) -> None:
    entry = f"{{name: one-two, path: x, stacks: [dev], environment: {{{name}: '{value}'}}}}"
    said = refusal(tmp_path, f"installations: [{entry}]")
    assert value not in said and "no secrets" in said


@pytest.mark.parametrize("name", ["PATH", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_HOME", "FABRIX_NOW", "azure_tenant_id"])
def test_only_variables_that_say_where_things_are_may_be_set(tmp_path: Path, name: str) -> None:
    said = refusal(tmp_path, f"installations: [{{name: one-two, path: x, stacks: [dev], environment: {{{name}: x}}}}]")
    assert "AZURE_*" in said and "FABRIX_LOCAL_HOME" in said


@pytest.mark.parametrize("text", ["", "[]", "installations: []", "installations: {}", "a: 1", "installations:\n\t- x"])
def test_what_is_no_list_of_installations_is_refused(tmp_path: Path, text: str) -> None:
    assert "problem" in refusal(tmp_path, text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="cannot be read") as caught:
        read_installations(tmp_path / "none.yaml")
    assert caught.value.code is Exit.BAD_INPUT


def test_single_installations_can_be_chosen(tmp_path: Path) -> None:
    assert [one.name for one in read_installations(written(tmp_path, GOOD), ["fabrikam"])] == ["fabrikam"]
    assert "Did you mean fabrikam?" in refusal(tmp_path, GOOD, "fabricam")
