"""Every gate both ways, on real settings, manifests, ledgers and clocks; and all of them together."""

import dataclasses
import json
import sys

import pytest

from judging.reports.findings import FindingOutcome
from judging.transition import Gap
from policies.profiles import Level
from promotion import gates
from promotion.gates.effect import blast_radius, policies, rehearsal
from promotion.gates.source_and_target import (
    ledger,
    order,
    same_release,
    source_drift,
    source_health,
    target_drift,
    target_health,
)
from promotion.model import GateOutcome, GateVerdict
from stacks.cloud.model import Health
from stacks.drift.detect import Difference, Drift
from stacks.running import RunningRelease
from support.console import Console
from support.errors import OperationError
from tests.judging import sample
from tests.promotion.cases import ANNA, AUTHOR, NEW, OLD, RULE, SERVER, Case, hours, rehearsed

PASSED, FAILED, NOT_APPLICABLE = GateOutcome.PASSED, GateOutcome.FAILED, GateOutcome.NOT_APPLICABLE

QUIET = Drift(differences=(), seconds=1.0)
CHANGED = Drift(
    differences=tuple(
        Difference(
            urn="u", type="azure-native:storage:StorageAccount", name=f"st{number}", path="minimumTlsVersion",
            expected="TLS1_2", found="hunter2-found-value", who="somebody", at="2026-11-24T09:00:00Z",
        )
        for number in range(6)
    ),
    seconds=1.0,
)  # fmt: skip


def health(app: str, ok: bool = True) -> Health:
    return Health(app=app, slot=None, ok=ok, detail="200" if ok else "503 Service Unavailable")


def runs(**changes: object) -> RunningRelease:
    return dataclasses.replace(RunningRelease(id=NEW.id, hash=NEW.hash), **changes)


# Order, and everything about where it comes from


def test_order_lets_a_release_come_from_the_environment_before_only(case: Case) -> None:
    assert order(case.candidate(source="test")).outcome is PASSED
    refused = order(case.candidate(source="dev"))
    assert refused.outcome is FAILED
    assert "promote dev test" in refused.way_forward
    assert order(case.candidate(source=None)).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(
    ("there", "outcome", "said"),
    [
        (runs(), PASSED, NEW.hash),
        (runs(id=OLD.id, hash=OLD.hash), FAILED, f"test runs {OLD.id}, not {NEW.id}"),
        (runs(hash=OLD.hash), FAILED, "the manifest was changed after it was deployed"),
        (runs(problems=["keycloak runs another image"]), FAILED, "keycloak runs another image"),
    ],
)
def test_same_release_asks_for_exactly_the_release(case: Case, there, outcome, said) -> None:
    verdict = same_release(case.candidate(known={"source_running": there}))
    assert verdict.outcome is outcome
    assert said in verdict.reason


@pytest.mark.parametrize(
    ("found", "outcome", "said"),
    [
        ([health("dataplane"), health("keycloak")], PASSED, "all 2 applications"),
        ([health("dataplane"), health("keycloak", ok=False)], FAILED, "keycloak: 503"),
        ([], FAILED, "no application that could be asked"),
    ],
)
def test_source_health_asks_every_application(case: Case, found, outcome, said) -> None:
    verdict = source_health(case.candidate(known={"source_health": found}))
    assert verdict.outcome is outcome
    assert said in verdict.reason


@pytest.mark.parametrize(
    ("found", "outcome", "said"),
    [
        ([health("dataplane"), health("keycloak")], PASSED, "all 2 applications of prod"),
        ([health("dataplane"), health("keycloak", ok=False)], FAILED, "keycloak: 503"),
        ([], FAILED, "prod has no application that could be asked"),
    ],
)
def test_target_health_asks_before_anything_is_changed(case: Case, found, outcome, said) -> None:
    verdict = target_health(case.candidate(known={"target_health": found}))
    assert verdict.outcome is outcome and said in verdict.reason


@pytest.mark.parametrize("found", [[health("keycloak", ok=False)], []], ids=["unhealthy", "no application"])
def test_an_unhealthy_target_gets_the_release_that_heals_it_if_somebody_says_so(case: Case, found) -> None:
    known = {"target_health": found}
    refused = target_health(case.candidate(known=known))
    assert f"./fabrix approve prod {NEW.id} --allow-loss target-health" in refused.way_forward
    accepted = target_health(case.candidate(known=known, allow_loss=("target-health",), promotion={"approvals": 0}))
    assert accepted.outcome is PASSED and "accepted by name" in accepted.reason


def test_an_unhealthy_target_may_be_rolled_back(case: Case) -> None:
    known = {"target_health": [health("keycloak", ok=False)]}
    assert target_health(case.candidate(source=None, known=known)).outcome is NOT_APPLICABLE


def test_what_azure_moves_by_itself_stops_no_promotion_and_is_named(case: Case) -> None:
    zone = Difference(
        urn="u", type="azure-native:dbforpostgresql:Server", name="psql", path="availabilityZone",
        expected="1", found="2", who=None, at=None, moved_by="a failover",
    )  # fmt: skip
    moved = Drift(differences=(), moved=(zone,), seconds=1.0)
    for gate, name in ((source_drift, "source_drift"), (target_drift, "target_drift")):
        verdict = gate(case.candidate(known={name: moved}))
        assert verdict.outcome is PASSED
        assert "psql.availabilityZone" in verdict.reason


def test_drift_stops_it_on_both_sides_and_names_no_value(case: Case) -> None:
    candidate = case.candidate(known={"source_drift": QUIET, "target_drift": CHANGED})
    assert source_drift(candidate).outcome is PASSED
    verdict = target_drift(candidate)
    assert verdict.outcome is FAILED
    assert "st0.minimumTlsVersion" in verdict.reason
    assert "and 2 more" in verdict.reason
    assert "./fabrix drift prod" in verdict.way_forward
    assert len(verdict.facts["differences"]) == 6, "the evidence has all of them"
    assert "hunter2" not in json.dumps(verdict.document()), "a value may be a secret that nobody marked"


def test_without_a_source_nothing_is_asked_about_it(case: Case) -> None:
    candidate = case.candidate(source=None)
    for judge in (same_release, source_health, source_drift):
        assert judge(candidate).outcome is NOT_APPLICABLE


# Ledger


def test_ledger_passes_where_both_verify_and_names_their_heads(case: Case) -> None:
    case.brought(OLD, stack="prod")
    case.brought(NEW, stack="test")
    verdict = ledger(case.candidate())
    assert verdict.outcome is PASSED
    assert verdict.facts["heads"] == {stack: ledger.head() for stack, ledger in case.ledgers.items()}


@pytest.mark.parametrize("stack", ["test", "prod"])
def test_ledger_stops_it_where_one_was_changed_and_so_does_every_gate_that_reads_it(case: Case, stack: str) -> None:
    case.brought(NEW, stack=stack)
    case.brought(NEW, stack=stack)
    entry = case.target.base / "records" / "ledger" / stack / "000001.json"
    entry.write_bytes(entry.read_bytes().replace(b'"sig"', b'"gis"'))
    candidate = case.candidate(promotion={"soakHours": 1, "approvals": 1})
    verdicts = {
        v.gate: v for v in gates.evaluate_gates(candidate, Console(as_json=True), only={"ledger", "soak", "approval"})
    }
    assert verdicts["ledger"].outcome is FAILED
    assert f"ledger verify {stack}" in verdicts["ledger"].way_forward
    assert verdicts["soak" if stack == "test" else "approval"].outcome is FAILED, "nothing may be built on it"


# Rehearsal, rules, losses


@pytest.mark.parametrize(
    ("found", "outcome", "said"),
    [
        (rehearsed(), PASSED, "the way back ends where it began"),
        (rehearsed(gaps=(Gap("dataplane", "postgres", "Server", "from then on"),)), PASSED, "1 times an application"),
        (
            rehearsed(ignored=("/sub/x: tags.a",)),
            PASSED,
            "began, except for what the program changes at any release: /sub/x",
        ),
        (rehearsed(errors=["postgres: quota"], way_back=None, judgement=None), FAILED, "postgres: quota"),
        (rehearsed(way_back=["/sub/x differs in sku"]), FAILED, "/sub/x differs in sku"),
        (rehearsed(way_back=None), FAILED, "the way back was not rehearsed"),
    ],
)
def test_rehearsal_has_to_deploy_and_come_back(case: Case, found, outcome, said) -> None:
    verdict = rehearsal(case.candidate(known={"rehearsal": found}))
    assert verdict.outcome is outcome
    assert said in verdict.reason


def judged(*outcomes: FindingOutcome, level: Level = "mandatory") -> object:
    lines = tuple(
        sample.finding("ST-01", outcome, "storage:StorageAccount", f"st{number}", level)
        for number, outcome in enumerate(outcomes)
    )
    return rehearsed(judgement=dataclasses.replace(sample.JUDGEMENT, findings=lines))


@pytest.mark.parametrize(
    ("found", "outcome", "said"),
    [
        (judged(FindingOutcome.PASS, FindingOutcome.WAIVED), PASSED, "profile prod"),
        (judged(FindingOutcome.PASS, FindingOutcome.FAIL), FAILED, "1 mandatory violations: ST-01 st1"),
        (judged(FindingOutcome.UNDETERMINED), FAILED, "1 mandatory rules undetermined: ST-01 st0"),
        (judged(FindingOutcome.FAIL, FindingOutcome.UNDETERMINED, level="advisory"), PASSED, "no mandatory rule"),
        (rehearsed(judgement=None, errors=["no"]), FAILED, "nothing was judged"),
    ],
)
def test_policies_stops_what_breaks_a_mandatory_rule_or_leaves_one_open(case: Case, found, outcome, said) -> None:
    verdict = policies(case.candidate(known={"rehearsal": found}))
    assert verdict.outcome is outcome
    assert said in verdict.reason


def test_blast_radius_lets_pass_what_loses_no_data(case: Case) -> None:
    assert blast_radius(case.candidate(known={"losses": ()})).outcome is PASSED
    verdict = blast_radius(case.candidate(known={"losses": (RULE,)}))
    assert verdict.outcome is PASSED
    assert "1 other resources" in verdict.reason


def test_blast_radius_stops_the_loss_of_data_until_an_approval_names_it(case: Case) -> None:
    asked = {"approvals": 1}
    known = {"losses": (SERVER, RULE)}
    verdict = blast_radius(case.candidate(promotion=asked, known=dict(known)))
    assert verdict.outcome is FAILED
    assert "postgres-sdc (dbforpostgresql:Server) would be replaced (because of network)" in verdict.reason
    assert "approve prod 2026.12.0 --allow-loss postgres-sdc" in verdict.way_forward

    case.approve(ANNA)
    assert blast_radius(case.candidate(promotion=asked, known=dict(known))).outcome is FAILED, "it does not name it"
    case.approve(ANNA, allow_loss=("another-server",))
    assert blast_radius(case.candidate(promotion=asked, known=dict(known))).outcome is FAILED, "it names another one"
    by_actor = case.candidate(promotion=asked, known=dict(known), allow_loss=("postgres-sdc",))
    assert blast_radius(by_actor).outcome is FAILED, "where approvals are asked for, the actor's word is none"
    case.approve(AUTHOR, allow_loss=("postgres-sdc",))
    assert blast_radius(case.candidate(promotion=asked, known=dict(known))).outcome is FAILED, "an author's is none"

    case.approve(ANNA, allow_loss=("postgres-sdc",))
    verdict = blast_radius(case.candidate(promotion=asked, known=dict(known)))
    assert verdict.outcome is PASSED
    assert verdict.facts["accepted"] == ["postgres-sdc"]
    case.now += hours(73)
    assert blast_radius(case.candidate(promotion=asked, known=dict(known))).outcome is FAILED, "it has expired"


def test_where_nobody_is_asked_the_actor_answers_for_a_loss_unless_he_made_the_release(case: Case) -> None:
    known = {"losses": (SERVER,)}
    anna = case.candidate(known=dict(known), actor=ANNA, allow_loss=(SERVER.urn,))
    author = case.candidate(known=dict(known), actor=AUTHOR, allow_loss=(SERVER.urn,))
    assert blast_radius(anna).outcome is PASSED
    assert blast_radius(author).outcome is FAILED


# The customer's own


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Modules of a customer, importable as from the folder of the checkout."""
    folder = tmp_path / "customer"
    folder.mkdir()
    (folder / "house_rules.py").write_text(
        "from promotion.model import GateVerdict\n"
        "def frozen(candidate):\n"
        "    frozen = f'{candidate.target.stack} is frozen'\n"
        "    return GateVerdict.failed(frozen, 'Wait for January.', until='2027-01-04')\n"
        "def fine(candidate):\n"
        "    return GateVerdict.passed('no freeze')\n"
        "def broken(candidate):\n"
        "    raise RuntimeError('no connection to the calendar')\n"
        "def yes(candidate):\n"
        "    return True\n"
    )
    (folder / "no_python.py").write_text("def judge(:\n")
    monkeypatch.syspath_prepend(str(folder))
    yield
    for name in ("house_rules", "no_python"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("name", "outcome", "said"),
    [
        ("house_rules:fine", PASSED, "no freeze"),
        ("house_rules:frozen", FAILED, "prod is frozen"),
        ("house_rules:broken", FAILED, "RuntimeError: no connection to the calendar"),
        ("house_rules:yes", FAILED, "returned bool, not a GateVerdict"),
        ("house_rules:missing", FAILED, "cannot be imported"),
        ("no_such_module:judge", FAILED, "cannot be imported"),
        ("no_python:judge", FAILED, "cannot be imported"),
    ],
)
def test_a_gate_of_the_customers_own_is_asked_like_ours(case: Case, modules, name, outcome, said) -> None:
    candidate = case.candidate(promotion={"gates": (name,)})
    assert [gate.id for gate in gates.customer_gates(candidate)] == [name]
    (verdict,) = gates.evaluate_gates(candidate, Console(as_json=True), only={name})
    assert verdict.outcome is outcome
    assert said in verdict.reason
    assert verdict.gate == name, "whatever it calls itself"


# All together


def test_every_gate_is_asked_though_some_raise_and_each_is_reported(case: Case, modules, capsys) -> None:
    candidate = case.candidate(
        promotion={"gates": ("house_rules:frozen",)}, known={"losses": (), "rehearsal": rehearsed()}
    )
    verdicts = gates.evaluate_gates(candidate, Console(as_json=False))
    ids = [gate.id for gate in gates.GATES]
    assert [verdict.gate for verdict in verdicts] == [*ids, "house_rules:frozen"]
    assert len(set(ids)) == len(ids)
    unknown = {v.gate: v for v in verdicts if "could not be decided" in v.reason}
    assert {"same-release", "source-drift", "target-drift", "target-health"} <= set(unknown), "nothing is deployed here"
    assert all(verdict.outcome is FAILED for verdict in unknown.values()), "what is unknown lets nothing pass"
    assert "not deployed on the local target" in unknown["target-drift"].reason
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line[0] in "✓✗·"] == [verdict.gate for verdict in verdicts]
    assert any("→ Wait for January." in line for line in lines), "the way forward is beside the verdict"


def test_what_looks_like_a_secret_in_a_verdict_is_withheld(case: Case, capsys) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    found = rehearsed(errors=[f"keycloak: cannot sign in with {token}"])
    (verdict,) = gates.evaluate_gates(
        case.candidate(known={"rehearsal": found}), Console(as_json=False), only={"rehearsal"}
    )
    assert verdict.outcome is FAILED
    assert "withheld" in verdict.reason
    assert token not in json.dumps(verdict.document()) + capsys.readouterr().out


def test_only_some_gates_can_be_asked(case: Case) -> None:
    verdicts = gates.evaluate_gates(case.candidate(), Console(as_json=True), only=["order", "window"])
    assert [verdict.gate for verdict in verdicts] == ["order", "window"]


def test_a_fact_is_determined_once_and_its_failure_is_remembered(case: Case, monkeypatch) -> None:
    asked = []

    def find_drift(session):
        asked.append(session)
        raise OperationError("the engine is broken")

    monkeypatch.setattr("promotion.candidate.find_drift", find_drift)
    candidate = case.candidate(known={"state": {}})
    for _ in range(3):
        with pytest.raises(OperationError, match="is broken"):
            _ = candidate.target_drift
    assert asked == [candidate.target]


def test_a_verdict_survives_the_way_into_a_file_and_back() -> None:
    verdict = GateVerdict.failed("a reason", "a way", number=3)
    verdict = dataclasses.replace(verdict, gate="order", title="a title")
    assert GateVerdict.from_document(json.loads(json.dumps(verdict.document()))) == verdict
