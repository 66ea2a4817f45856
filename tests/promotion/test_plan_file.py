"""The file of a reviewed plan: for its owner's eyes, refused when changed, unknown or late."""

import dataclasses
import json
import stat
from typing import Any

import pytest

from judging.transition import Loss
from promotion import gates, plan
from promotion.approval import Approval, recorded
from promotion.model import GateOutcome, GateVerdict, Preview, ReviewedPlan
from promotion.own_approval import own_approval
from stacks.events import ResourceStep, Run
from support.console import Console
from support.errors import Exit, OperationError
from tests.promotion.cases import ANNA, NEW, RULE, SERVER, Case, hours, rehearsed
from tests.promotion.test_binding import BEFORE

VERDICT = dataclasses.replace(GateVerdict.passed("it deploys", seconds=2.0), gate="rehearsal", title="deploys")


def bound(**changes: Any) -> ReviewedPlan:
    fields: dict[str, Any] = {
        "binding": dataclasses.replace(BEFORE, release=NEW.id, release_hash=NEW.hash),
        "engine_plan": '{"resourcePlans": {}}',
        "summary": ("1 to change", "change web:WebApp app (siteConfig)"),
        "losses": (SERVER, RULE),
        "verdicts": (VERDICT,),
        "created": "2026-11-24T10:00:00Z",
        "expires": "2026-11-25T10:00:00Z",
        "by": ANNA.document(),
    }
    return ReviewedPlan(**{**fields, **changes})


def test_a_plan_survives_the_way_into_its_file_and_back(tmp_path) -> None:
    one = bound()
    plan.save(one, tmp_path / "folder" / "plan.json")
    assert plan.load(tmp_path / "folder" / "plan.json") == one


def test_only_its_owner_can_read_the_file_also_if_it_was_there_before(tmp_path) -> None:
    file = tmp_path / "plan.json"
    file.write_text("something")
    file.chmod(0o644)
    plan.save(bound(), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"], "nothing is left beside it"


@pytest.mark.parametrize(
    "path",
    [
        ("content", "enginePlan"),
        ("content", "binding", "release_hash"),
        ("content", "expires"),
        ("content", "losses", 0, "stateful"),
        ("content", "verdicts", 0, "outcome"),
        ("content", "summary", 1),
        ("digest",),
    ],
)
def test_a_file_that_was_changed_is_refused(tmp_path, path) -> None:
    file = tmp_path / "plan.json"
    plan.save(bound(), file)
    document = json.loads(file.read_text())
    at = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = {"stateful": False, "outcome": "not applicable"}.get(str(path[-1]), "2030-01-01T00:00:00Z")
    file.write_text(json.dumps(document))
    with pytest.raises(OperationError, match="was changed after it was made") as refused:
        plan.load(file)
    assert refused.value.code is Exit.REFUSED


def test_a_file_with_a_digest_that_fits_is_unknown_to_the_ledger(tmp_path, case: Case) -> None:
    plan.record(case.ledgers["prod"], bound())
    forged = bound(losses=())
    plan.save(forged, tmp_path / "plan.json")
    loaded = plan.load(tmp_path / "plan.json")
    entries = case.ledgers["prod"].entries()
    assert plan.is_recorded(entries, bound().digest)
    assert not plan.is_recorded(entries, loaded.digest), "its own digest is no signature"


def test_that_somebody_approved_a_digest_does_not_make_it_known(case: Case) -> None:
    case.approve(ANNA, plan=bound().digest)
    assert not plan.is_recorded(case.ledgers["prod"].entries(), bound().digest)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nothing", "it is not JSON"),
        ('{"format": "fabrix-plan/1", "content": {}}', "is not a complete plan: KeyError"),
        ('{"format": "another/1"}', "format is 'another/1'"),
        ("[1]", "format is None"),
    ],
)
def test_a_file_that_is_no_plan_is_bad_input(tmp_path, content, said) -> None:
    (tmp_path / "plan.json").write_text(content)
    with pytest.raises(OperationError, match="plan") as refused:
        plan.load(tmp_path / "plan.json")
    assert said in str(refused.value)
    assert refused.value.code is Exit.BAD_INPUT


def test_stale_says_that_it_expired_and_that_the_ledger_does_not_know_it(case: Case, monkeypatch) -> None:
    one = bound()
    monkeypatch.setattr(plan, "bind", lambda _: one.binding)
    assert "does not know it" in plan.reasons_against(one, case.candidate())[0]
    plan.record(case.ledgers["prod"], one)
    assert plan.reasons_against(one, case.candidate()) == []
    case.now += hours(24)
    assert plan.reasons_against(one, case.candidate()) == ["it expired on 2026-11-25T10:00:00Z"]


def test_what_a_reviewed_plan_says_is_not_asked_again_but_its_losses_are_judged_again(case: Case) -> None:
    known = {"rehearsal": rehearsed(errors=["no"])}
    candidate = case.candidate(promotion={"approvals": 1}, reviewed_plan=bound(), known=known)
    only = {"rehearsal", "policies", "blast-radius"}
    found = {verdict.gate: verdict for verdict in gates.evaluate_gates(candidate, Console(as_json=True), only=only)}
    assert found["rehearsal"] == dataclasses.replace(VERDICT, reviewed=True)
    assert not found["policies"].reviewed, "the plan holds no verdict of it, so it is asked"
    assert found["blast-radius"].outcome is GateOutcome.FAILED, "who answers for a loss may come after the plan"
    case.approve(ANNA, plan=bound().digest, allow_loss=(SERVER.name,))
    again = case.candidate(promotion={"approvals": 1}, reviewed_plan=bound())
    (verdict,) = gates.evaluate_gates(again, Console(as_json=True), only={"blast-radius"})
    assert verdict.outcome is GateOutcome.PASSED


def step(operation: str, loss: Loss, **detailed: str) -> ResourceStep:
    return ResourceStep(operation, loss.urn, loss.type, {}, {}, (), detailed)


def test_a_preview_tells_what_would_be_lost_and_why() -> None:
    steps = [
        step("same", dataclasses.replace(RULE, urn="urn:other")),
        step("create-replacement", SERVER),
        step("replace", SERVER, network="update-replace", tags="update"),
        step("delete-replaced", SERVER),
        step("delete", RULE),
    ]
    preview = Preview(Run(steps=steps), "{}")
    assert preview.losses == (SERVER, dataclasses.replace(RULE, properties=()))
    assert preview.summary[0] == "1 to create as replacement, 1 to delete, 1 to delete after replacement, 1 to replace"
    assert "replace dbforpostgresql:Server postgres-sdc (network, tags)" in preview.summary


@pytest.fixture
def approver(case: Case):
    """What `approve --plan` does before it records, for Anna."""

    def approve_plan(one: ReviewedPlan, allow_loss: tuple[str, ...] = ()) -> Approval:
        file = case.folder / "plan.json"
        plan.save(one, file)
        return own_approval(case.candidate(), file, allow_loss, "")

    return approve_plan


def test_approving_a_plan_binds_the_approval_to_it(case: Case, approver) -> None:
    plan.record(case.ledgers["prod"], bound())
    made = approver(bound(), allow_loss=(SERVER.name,))
    assert made.plan == bound().digest
    assert made.allow_loss == (SERVER.name,)
    assert recorded(case.ledgers["prod"].entries()) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stack": "test"}, "it is a plan for test"),
        ({"target": "azure"}, "on the azure target"),
        ({"release_hash": "sha256:" + "0" * 64}, "it deploys 2026.12.0 (sha256:000"),
    ],
)
def test_a_plan_for_something_else_cannot_be_approved(case: Case, approver, change, said) -> None:
    other = bound(binding=dataclasses.replace(bound().binding, **change))
    plan.record(case.ledgers["prod"], other)
    with pytest.raises(OperationError) as refused:
        approver(other)
    assert refused.value.code is Exit.REFUSED
    assert said in str(refused.value)


def test_a_plan_that_the_ledger_does_not_know_or_that_is_late_cannot_be_approved(case: Case, approver) -> None:
    with pytest.raises(OperationError, match="does not know it"):
        approver(bound())
    plan.record(case.ledgers["prod"], bound())
    case.now += hours(24)
    with pytest.raises(OperationError, match="it expired on"):
        approver(bound())


def test_a_loss_that_the_plan_does_not_have_is_a_slip_of_the_pen(case: Case, approver) -> None:
    plan.record(case.ledgers["prod"], bound())
    with pytest.raises(OperationError, match="with data it loses postgres-sdc") as refused:
        approver(bound(), allow_loss=("postgres-wue",))
    assert refused.value.code is Exit.BAD_INPUT
