"""Approvals of the pipeline's environment, in the form in which GitHub and Azure Pipelines tell them."""

import json
from pathlib import Path

import pytest

from promotion.ci import from_ci
from settings.promotion import Promotion
from support.errors import Exit, OperationError
from tests.promotion.cases import NEW, NOW, hours

GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "4711"}
AZURE = {"TF_BUILD": "True", "BUILD_BUILDID": "128"}
ASKED = Promotion.model_validate({"approvals": 1, "approvalHours": 12})


def review(login: str, state: str = "approved", *environments: str) -> dict[str, object]:
    names = environments or ("prod",)
    return {
        "state": state,
        "comment": "Ship it",
        "user": {"login": login, "id": 1},
        "environments": [{"id": 1, "name": name, "url": "https://api.github.com/…"} for name in names],
    }


def step(name: str, status: str = "approved", **more: object) -> dict[str, object]:
    person = {"displayName": name.title(), "uniqueName": f"{name}@contoso.example", "id": "1"}
    return {"assignedApprover": person, "status": status, "comment": "", **more}


def answer(*steps: object, environment: str = "prod", status: str = "approved", build: int = 128) -> dict[str, object]:
    one = {"id": "ee14f612", "status": status, "steps": list(steps), "pipeline": {"owner": {"id": build}}}
    return {"environment": environment, "count": 1, "value": [one]}


def read(tmp_path: Path, data: object, environment: dict[str, str]):
    file = tmp_path / "approvals.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return from_ci(file, "prod", NEW, ASKED, NOW, environment)


def test_github_says_who_approved_the_environment_of_the_stack(tmp_path) -> None:
    (one,) = read(tmp_path, [review("anna", "approved", "staging", "Prod")], GITHUB)
    assert one.who.source == "github"
    assert one.who.is_one_of(("anna@users.noreply.github.com",))
    assert (one.release, one.hash) == (NEW.id, NEW.hash), "it is about what this run promotes"
    assert dict(one.evidence) == {"run": "4711", "environment": "prod", "review": "1"}
    assert (one.at, one.expires) == (NOW, NOW + hours(12))
    assert one.note == "Ship it"


@pytest.mark.parametrize(
    "data",
    [[], [review("anna", "rejected")], [review("anna", "pending")], [review("anna", "approved", "test", "production")]],
)
def test_github_approvals_of_something_else_are_none(tmp_path, data) -> None:
    assert read(tmp_path, data, GITHUB) == ()


def test_azure_says_who_answered_though_another_one_was_asked(tmp_path) -> None:
    group = {"displayName": "[contoso]\\Approvers", "uniqueName": "vstfs:///…"}
    answered = step("bo")["assignedApprover"]
    people = read(tmp_path, answer(step("anna"), step("x", assignedApprover=group, actualApprover=answered)), AZURE)
    assert [one.who.name for one in people] == ["anna@contoso.example", "bo@contoso.example"]
    assert people[0].who.source == "azuredevops"
    assert dict(people[0].evidence) == {"run": "128", "environment": "prod", "approval": "ee14f612"}


@pytest.mark.parametrize(
    "data",
    [
        answer(step("anna"), environment="test"),
        answer(step("anna"), status="pending"),
        answer(step("anna"), build=127),
        answer(step("anna", "rejected"), step("bo", "pending")),
        {"environment": "prod", "count": 0, "value": []},
    ],
)
def test_azure_approvals_of_something_else_are_none(tmp_path, data) -> None:
    assert read(tmp_path, data, AZURE) == ()


@pytest.mark.parametrize(
    ("data", "environment", "said"),
    [
        ("not json", GITHUB, "is not JSON"),
        ([review("anna")], {}, "only in its own run of GitHub Actions"),
        ([review("anna")], AZURE, "only in its own run of GitHub Actions"),
        (answer(step("anna")), {}, "only in its own run"),
        (answer(step("anna")), GITHUB, "only in its own run"),
        ([{"state": "approved"}], GITHUB, "is not GitHub's review history"),
        (["approved"], GITHUB, "is not GitHub's review history"),
        ({"value": []}, AZURE, "beside `value`, the `environment`"),
        ({"environment": "prod", "value": [{"status": "approved"}]}, AZURE, "is not Azure Pipelines' list"),
        ('"approved"', AZURE, "is not Azure Pipelines' list"),
    ],
)
def test_what_is_no_such_answer_or_of_no_such_run_is_bad_input(tmp_path, data, environment, said) -> None:
    with pytest.raises(OperationError, match=said) as refused:
        read(tmp_path, data, environment)
    assert refused.value.code is Exit.BAD_INPUT


def test_a_file_that_is_not_there_is_bad_input(tmp_path) -> None:
    with pytest.raises(OperationError, match="cannot be read"):
        from_ci(tmp_path / "nothing.json", "prod", NEW, ASKED, NOW, GITHUB)
