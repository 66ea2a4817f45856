"""What a manifest has to be, and what the databases allow."""

import pytest

from promotion.gates.release import manifest, migration
from promotion.model import GateOutcome
from targets.azure import AzureTarget
from tests.promotion.cases import ANNA, NEW, OLD, Case, release

PASSED, FAILED = GateOutcome.PASSED, GateOutcome.FAILED


def at(identifier: str, level: int, readable_from: int = 1, way_back: tuple[str, ...] = ("swap", "release", "restore")):
    return release(identifier, database={"level": level, "readableFrom": readable_from}, wayBack=way_back)


def test_a_manifest_that_agrees_with_everything_passes(case: Case) -> None:
    case.brought(NEW, stack="test")
    case.brought(OLD, stack="prod")
    verdict = manifest(case.candidate())
    assert verdict.outcome is PASSED, verdict.reason
    assert verdict.facts["manifestHash"] == NEW.hash


@pytest.mark.parametrize("stack", ["test", "prod"])
@pytest.mark.parametrize("kind", ["deployment", "rollback", "approval"])
def test_a_release_that_either_ledger_knows_with_another_content_is_stopped(case: Case, stack: str, kind: str) -> None:
    before = release(NEW.id, summary="What it was when it was deployed")
    if kind == "approval":
        case.approve(ANNA, before, stack=stack)
    else:
        case.brought(before, kind, stack=stack)
    verdict = manifest(case.candidate())
    assert verdict.outcome is FAILED
    assert f"entry 1 of the ledger of {stack} has {NEW.id} with the hash {before.hash}" in verdict.reason
    assert "A release never changes" in verdict.way_forward
    assert "release new" in verdict.way_forward


def test_that_a_gate_refused_another_content_once_is_not_held_against_the_right_one(case: Case) -> None:
    wrong = release(NEW.id, summary="Somebody changed it, and was stopped")
    case.brought(wrong, "gate", stack="prod", outcome="failed")
    case.brought(wrong, "promotion", stack="prod", phase="refused")
    assert manifest(case.candidate()).outcome is PASSED


def test_an_example_is_for_the_local_target_only(case: Case) -> None:
    candidate = case.candidate()
    candidate.target.target = AzureTarget()
    verdict = manifest(candidate)
    assert verdict.outcome is FAILED
    assert "example" in verdict.reason
    candidate.release = release(NEW.id, example=False)
    assert manifest(candidate).outcome is PASSED


def test_everything_that_is_wrong_is_said_at_once(case: Case) -> None:
    wanted = release(NEW.id, installer="99.0.0", policyPack="sha256:" + "0" * 64)
    problem = "releases/2026.12.0.yaml: images.keycloak: a digest is missing"
    verdict = manifest(case.candidate(wanted, known={"settings_problems": problem}))
    assert verdict.outcome is FAILED
    for said in ("asks for version 99.0.0", "other rules", "a digest is missing"):
        assert said in verdict.reason, said


def test_an_application_without_its_image_in_the_release_is_named(case: Case) -> None:
    candidate = case.candidate(release("2029.1.0"))
    del candidate.known["settings_problems"]
    verdict = manifest(candidate)
    assert verdict.outcome is FAILED
    assert "prod cannot run it" in verdict.reason
    assert "there is no manifest of that release" in verdict.reason


FORWARD = [
    (at("2026.12.0", 1), at("2026.12.1", 1), PASSED, "there is a way back"),
    (at("2026.12.0", 3, 2), at("2026.12.1", 4, 3), PASSED, "there is a way back"),
    (at("2026.12.0", 3, 2), at("2026.12.1", 5, 4), FAILED, "no way back but to restore data"),
    (at("2026.12.0", 3, 2), at("2026.12.1", 2), FAILED, "has brought it to 3"),
]
BACK = [
    (at("2026.12.1", 4, 3), at("2026.12.0", 3), PASSED, "reads the database of 2026.12.1"),
    (at("2026.12.1", 4, 4), at("2026.12.0", 3), FAILED, "releases below level 4 cannot read"),
    (at("2026.12.1", 4, 3, ("swap", "restore")), at("2026.12.0", 3), FAILED, "does not allow going back"),
    (at("2026.12.1", 4, 3, ("restore",)), at("2026.12.0", 3), FAILED, "wayBack: restore"),
    (at("2026.11.0", 4, 4, ("swap",)), at("2026.9.0", 1), FAILED, "releases below level 4 cannot read"),
]


@pytest.mark.parametrize(("running", "wanted", "outcome", "said"), [*FORWARD, *BACK])
def test_migration_lets_pass_what_the_databases_allow(case: Case, running, wanted, outcome, said) -> None:
    verdict = migration(case.candidate(wanted, running=running))
    assert verdict.outcome is outcome
    assert said in verdict.reason
    assert outcome is PASSED or verdict.way_forward, "a refusal says what to do"
    assert verdict.facts["running"]["level"] == running.database.level


def test_a_migration_that_the_running_release_cannot_read_needs_somebody_who_answers_for_it(case: Case) -> None:
    running, wanted = at("2026.12.0", 3, 2), at("2026.12.1", 5, 4)
    refused = migration(case.candidate(wanted, running=running))
    assert "--allow-loss way-back" in refused.way_forward and "expand first" in refused.way_forward
    answered = migration(case.candidate(wanted, running=running, allow_loss=("way-back",)))
    assert answered.outcome is PASSED and answered.facts["leadsBack"] is False


def test_going_back_that_is_refused_names_the_way_that_is_left(case: Case) -> None:
    def way(*ways: str) -> str:
        running = at("2026.12.1", 4, 3, ways)
        return migration(case.candidate(at("2026.12.0", 3), running=running)).way_forward

    assert "`./fabrix rollback prod`" in way("swap")
    assert "--restore-data" in way("restore")
    unreadable = migration(case.candidate(at("2026.12.0", 3), running=at("2026.12.1", 4, 4, ("swap",))))
    assert "Go forward" in unreadable.way_forward
