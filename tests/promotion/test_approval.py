"""Who approved, what that is worth, and the command that records it."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from cli.approve import approve
from promotion import approval
from promotion.approval import Approval, record_new
from promotion.gates import time_and_people
from promotion.model import GateOutcome
from records.identity import Identity
from records.ledger import open_ledger
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from tests.promotion.cases import ANNA, AUTHOR, BO, NEW, NOW, OLD, Case, hours, release

PASSED, FAILED, NOT_APPLICABLE = GateOutcome.PASSED, GateOutcome.FAILED, GateOutcome.NOT_APPLICABLE


def asked(case: Case, number: int = 1, **more: object):
    return time_and_people.approval(case.candidate(promotion={"approvals": number, **more}))


# The gate


def test_a_stack_that_asks_nobody_needs_nobody(case: Case) -> None:
    assert asked(case, 0).outcome is NOT_APPLICABLE


def test_without_approvals_it_says_who_has_to_do_what(case: Case) -> None:
    verdict = asked(case)
    assert verdict.outcome is FAILED
    assert "0 of 1 approvals" in verdict.reason
    assert f"./fabrix approve prod {NEW.id}" in verdict.way_forward


def test_another_persons_approval_of_this_content_counts(case: Case) -> None:
    case.approve(ANNA)
    verdict = asked(case)
    assert verdict.outcome is PASSED
    assert verdict.facts["approvals"] == [
        {"by": {"name": ANNA.name, "source": "git"}, "at": "2026-11-24T10:00:00Z", "hash": NEW.hash}
    ]


def test_an_authors_approval_does_not_count_under_any_of_his_names(case: Case) -> None:
    case.approve(AUTHOR)
    case.approve(Identity("octocat", "github", (AUTHOR.name.upper(),)))
    verdict = asked(case)
    assert verdict.outcome is FAILED
    assert [each["why"] for each in verdict.facts["notCounted"]] == [
        f"{AUTHOR.name} is an author of {NEW.id}",
        f"octocat is an author of {NEW.id}",
    ]
    assert asked(case, anotherPerson=False).outcome is PASSED, "a stack may allow it"


def test_an_applications_identity_is_no_other_person(case: Case) -> None:
    """Anybody, an author too, may start the pipeline that has it."""
    case.approve(Identity("1f6e0d2c-0000-4000-8000-000000000000", "service", ("somebody",)))
    verdict = asked(case)
    assert verdict.outcome is FAILED
    assert "is an application" in verdict.facts["notCounted"][0]["why"] and "--ci-approval" in verdict.reason
    assert asked(case, anotherPerson=False).outcome is PASSED, "a stack may allow it"


def test_a_login_that_cannot_be_told_from_the_authors_does_not_count(case: Case) -> None:
    octocat = Identity("octocat", "github", ("octocat@users.noreply.github.com",))
    by_mail = release(NEW.id, authors=("author@contoso.example", "Ada Author"))
    case.approve(octocat, by_mail)
    verdict = time_and_people.approval(case.candidate(by_mail, promotion={"approvals": 1}))
    assert verdict.outcome is FAILED
    assert "names no GitHub login" in verdict.facts["notCounted"][0]["why"], "the authors are known by mail only"
    assert "--author LOGIN" in verdict.facts["notCounted"][0]["why"], "it says how to go on"
    named = release(NEW.id, authors=("author@contoso.example", "another-login"))
    case.approve(octocat, named)
    assert time_and_people.approval(case.candidate(named, promotion={"approvals": 1})).outcome is PASSED


def test_a_repeated_run_does_not_bring_an_old_approval_back_to_life(case: Case) -> None:
    def brought() -> Approval:
        who = Identity("bo", "github", ("bo@contoso.example",))
        proof = (("environment", "prod"), ("review", "1"), ("run", "4711"))
        return Approval(NEW.id, NEW.hash, who, case.now, case.now + hours(12), evidence=proof)

    first = case.candidate(promotion={"approvals": 1, "approvalHours": 12})
    first.ci = (brought(),)
    assert time_and_people.approval(first).outcome is PASSED
    record_new(first.ledger, first.ci)
    case.now += hours(24 * 20)
    again = case.candidate(promotion={"approvals": 1, "approvalHours": 12})
    again.ci = (brought(),)
    assert time_and_people.approval(again).outcome is FAILED, "the ledger knows when it was said first"


def test_the_same_person_twice_is_one_person_and_two_are_two(case: Case) -> None:
    case.approve(ANNA)
    case.approve(Identity("anna-w", "github", ("Anna@Contoso.example",)))
    verdict = asked(case, 2)
    assert verdict.outcome is FAILED
    assert "1 of 2" in verdict.reason
    case.approve(BO)
    assert asked(case, 2).outcome is PASSED


def test_names_that_turn_out_to_be_one_person_are_counted_once(case: Case) -> None:
    case.approve(Identity("a@x.example", "git"))
    case.approve(Identity("a-login", "os"))
    assert asked(case, 2).outcome is PASSED
    case.approve(Identity("a-login", "github", ("a@x.example",)))
    assert asked(case, 2).outcome is FAILED, "the third says that the first two are one"


def test_an_approval_expires_at_its_hour_also_if_the_stack_was_tightened_since(case: Case) -> None:
    case.approve(ANNA)
    case.now += hours(71.99)
    assert asked(case).outcome is PASSED
    assert asked(case, approvalHours=24).outcome is FAILED, "hours of today's stack file"
    case.now += hours(0.01)
    verdict = asked(case, approvalHours=1000)
    assert verdict.outcome is FAILED, "hours of the day on which it was given"
    assert "expired on 2026-11-27T10:00:00Z" in verdict.reason


def test_an_approval_of_another_content_of_the_same_id_does_not_count(case: Case) -> None:
    case.approve(ANNA, release(NEW.id, summary="What Anna read"))
    verdict = asked(case)
    assert verdict.outcome is FAILED
    assert f"of another manifest of {NEW.id}" in verdict.reason


def test_an_approval_of_another_release_is_not_even_mentioned(case: Case) -> None:
    case.approve(ANNA, OLD)
    assert asked(case).facts["notCounted"] == []


def test_an_approval_from_the_future_does_not_count(case: Case) -> None:
    case.now += hours(1)
    case.approve(ANNA)
    case.now -= hours(1)
    assert "from the future" in asked(case).reason


def test_a_rollback_ends_what_was_approved_before_it_at_the_same_second_too(case: Case) -> None:
    case.approve(ANNA)
    case.brought(OLD, "rollback", stack="prod")
    verdict = asked(case)
    assert verdict.outcome is FAILED
    assert "rolled back after it" in verdict.reason
    case.approve(ANNA)
    assert asked(case).outcome is PASSED


def test_an_approval_of_one_plan_is_none_of_another_nor_of_none(case: Case) -> None:
    plan = "sha256:" + "1" * 64
    case.approve(ANNA, plan=plan)
    given = approval.recorded(case.ledgers["prod"].entries())
    promotion = case.candidate(promotion={"approvals": 1}).settings.promotion
    count = {
        name: len(approval.count(given, NEW, promotion, case.now, plan=digest).people)
        for name, digest in {"this": plan, "another": "sha256:" + "2" * 64, "none": None}.items()
    }
    assert count == {"this": 1, "another": 0, "none": 0}


def test_what_the_pipeline_brings_along_counts_and_is_written_down_once(case: Case) -> None:
    case.approve(BO)
    brought = dataclasses.replace(
        approval.recorded(case.ledgers["prod"].entries())[0], who=ANNA, evidence=(("run", "7"),), sequence=None
    )
    candidate = case.candidate(promotion={"approvals": 2}, ci=(brought,))
    assert time_and_people.approval(candidate).outcome is PASSED
    assert len(approval.record_new(candidate.ledger, candidate.ci)) == 1
    assert approval.record_new(candidate.ledger, candidate.ci) == [], "its step ran twice"
    assert asked(case, 2).outcome is PASSED


# The command


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A local Azure of its own; `as_` says who runs the command."""
    monkeypatch.setenv("FABRIX_LOCAL_HOME", str(tmp_path / "local"))
    monkeypatch.setenv("FABRIX_NOW", NOW.isoformat())
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    def as_(name: str):
        monkeypatch.setenv("GITHUB_ACTOR", name)
        return open_ledger(LocalTarget(), "prod")

    return as_


def run(**options: Any) -> None:
    approve("prod", OLD.id, as_json=True, **options)


def test_approving_records_who_what_and_until_when(here, capsys) -> None:
    ledger = here("anna")
    run(note="Read and tried", allow_loss=["postgres-sdc"])
    said = capsys.readouterr()
    assert said.err.startswith("Target: local Azure (emulated"), "the first line says where the command acts"
    document = json.loads(said.out)
    assert document["ok"]
    assert (document["asked"], document["counted"]) == (1, 1)
    (entry,) = ledger.entries()
    assert entry.kind == "approval"
    assert entry.predicate["hash"] == OLD.hash
    assert entry.predicate["allowLoss"] == ["postgres-sdc"]
    assert entry.predicate["expires"] == "2026-11-27T10:00:00Z"
    assert entry.subjects == {f"release/{OLD.id}": OLD.hash.removeprefix("sha256:")}
    assert "anna" in entry.predicate["words"]


def test_an_author_is_refused_at_once_with_the_way_forward(here) -> None:
    ledger = here(AUTHOR.name)
    with pytest.raises(OperationError, match=r"is an author of 2026\.11\.0") as refused:
        run()
    assert refused.value.code is Exit.REFUSED
    assert "Ask somebody who did not make it" in str(refused.value)
    assert ledger.entries() == [], "nothing is recorded"


def test_a_check_of_the_preflight_that_does_not_exist_cannot_be_accepted(here) -> None:
    with pytest.raises(OperationError, match="preflight-rihgts: the preflight has no such check") as refused:
        approve("prod", OLD.id, allow_loss=["preflight-rihgts"])
    assert refused.value.code is Exit.BAD_INPUT and "preflight-rights" in str(refused.value)


def test_what_people_said_in_the_pipeline_is_recorded_once(here, tmp_path, monkeypatch, capsys) -> None:
    ledger = here("bot")
    monkeypatch.setenv("GITHUB_RUN_ID", "4711")
    review = {"state": "approved", "comment": "", "user": {"login": "anna"}, "environments": [{"name": "prod"}]}
    (tmp_path / "approvals.json").write_text(json.dumps([review]))
    for _ in range(2):
        run(ci_approval=tmp_path / "approvals.json")
    (entry,) = ledger.entries()
    assert entry.by.name == "bot", "who wrote it down is not who approved"
    assert entry.predicate["approver"]["name"] == "anna"
    assert entry.predicate["evidence"] == {"environment": "prod", "run": "4711", "review": "1"}
    capsys.readouterr()
    with pytest.raises(OperationError, match="one or the other"):
        run(ci_approval=tmp_path / "approvals.json", note="mine")


@pytest.mark.parametrize(
    ("name", "said"), [("2031.1.0", "there is no manifest of that release"), ("nonsense", "no manifest")]
)
def test_an_unknown_release_is_bad_input(here, name, said) -> None:
    here("anna")
    with pytest.raises(OperationError, match=said) as refused:
        approve("prod", name, as_json=True)
    assert refused.value.code is Exit.BAD_INPUT


def test_a_manifest_that_the_ledger_knows_otherwise_cannot_be_approved(here) -> None:
    ledger = here("anna")
    other = release(OLD.id, summary="What it was")
    ledger.append("deployment", {"release": other.id, "hash": other.hash}, {})
    with pytest.raises(OperationError, match="A release never changes") as refused:
        run()
    assert refused.value.code is Exit.REFUSED


def test_a_ledger_that_does_not_verify_gets_no_approval(here) -> None:
    ledger = here("anna")
    run()
    file = LocalTarget().base / "records" / "ledger" / "prod" / "000001.json"
    file.write_bytes(file.read_bytes().replace(b'"sig"', b'"gis"'))
    with pytest.raises(OperationError, match="does not verify") as refused:
        run()
    assert refused.value.code is Exit.REFUSED
    assert len(ledger.documents.names("ledger/prod/0")) == 1


def test_a_note_that_looks_like_a_secret_is_not_written_down(here) -> None:
    ledger = here("anna")
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    with pytest.raises(OperationError) as refused:
        run(note=f"the token is {token}")
    assert token not in str(refused.value)
    assert ledger.entries() == []


@pytest.mark.parametrize("content", ["not json", "[]", '{"format": "fabrix-plan/9"}', '{"format": "fabrix-plan/1"}'])
def test_a_file_that_is_no_plan_is_bad_input(here, tmp_path, content) -> None:
    here("anna")
    (tmp_path / "plan.json").write_text(content)
    with pytest.raises(OperationError) as refused:
        run(plan=tmp_path / "plan.json")
    assert refused.value.code is Exit.BAD_INPUT
