"""The evaluation: each rule by itself, errors as findings, waivers applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from policies.evaluate import evaluate
from policies.model import Context, Outcome, ok, skip
from policies.table import RULES
from policies.waivers import Waiver
from resources.model import Resource, Verdict
from resources.values import equals, get
from tests.policies.cases import res
from tests.policies.harness import graph

ACCOUNT = "storage:StorageAccount"
BASE = replace(RULES["ST-01"], id="XX-01", types=(ACCOUNT,), scope="R", profile="P1")
BAD = res(ACCOUNT, "bad", {"on": False})
GOOD = res(ACCOUNT, "good", {"on": True})
WAIVER = Waiver(
    rule="XX-01", urn=f"{ACCOUNT}::bad*", owner="o", reason="r", ticket="t", approver="a", expires=date(2026, 12, 1)
)


def _on(resource: Resource, _context: Context) -> Outcome:
    return ok(equals(get(resource, "on"), True), "it is off", "on")


def _raises(_resource: Resource, _context: Context) -> Outcome:
    message = "canary-5d1f-of-a-secret"
    raise RuntimeError(message)


ON = replace(BASE, check=_on)
RAISES = replace(BASE, id="XX-02", check=_raises)


def test_every_resource_gets_its_own_verdict() -> None:
    report = evaluate(graph([BAD, GOOD]), "prod", (ON,))
    assert [each.verdict for each in report.findings] == [Verdict.FAIL, Verdict.PASS]


@pytest.mark.parametrize(
    ("profile", "verdict"), [("prod", Verdict.FAIL), ("test", Verdict.FAIL), ("dev", Verdict.UNDETERMINED)]
)
def test_a_rule_that_raises_is_its_own_finding_and_hides_no_other(profile, verdict: Verdict) -> None:
    report = evaluate(graph([BAD]), profile, (RAISES, ON))
    assert [(each.rule, each.verdict) for each in report.findings] == [("XX-02", verdict), ("XX-01", Verdict.FAIL)]
    assert report.findings[0].reason == "rule error: RuntimeError", "the text of an error may hold a secret"


def test_a_rule_that_raises_half_way_is_a_finding_too() -> None:
    def half(_resource: Resource, _context: Context) -> Iterator[Outcome]:
        yield ok(True, "never seen")
        raise KeyError

    report = evaluate(graph([GOOD]), "prod", (replace(BASE, check=half),))
    assert [each.reason for each in report.findings] == ["rule error: KeyError"]


def test_every_failure_is_told_and_a_pass_only_where_nothing_else_is() -> None:
    def many(_resource: Resource, _context: Context) -> list[Outcome]:
        return [ok(True, "fine"), ok(False, "first"), ok(None, "second"), ok(False, "first"), skip("no matter")]

    report = evaluate(graph([GOOD]), "prod", (replace(BASE, check=many),))
    assert [(each.verdict, each.reason) for each in report.findings] == [
        (Verdict.FAIL, "first"),
        (Verdict.UNDETERMINED, "second"),
    ]


def test_a_rule_about_single_resources_sees_no_other() -> None:
    def alone(_resource: Resource, context: Context) -> Outcome:
        return ok(len(context.graph.resources) == 1, "it sees others")

    assert evaluate(graph([BAD, GOOD]), "prod", (replace(BASE, check=alone),)).of(Verdict.FAIL) == []


def test_a_rule_about_relations_sees_all() -> None:
    def all_seen(_resource: Resource, context: Context) -> Outcome:
        return ok(len(context.graph.resources) == 2, "it sees too few")

    rule = replace(BASE, check=all_seen, scope="S")
    assert evaluate(graph([BAD, GOOD]), "prod", (rule,)).of(Verdict.FAIL) == []


def test_an_outcome_can_be_about_another_resource() -> None:
    def about(resource: Resource, context: Context) -> Outcome:
        return ok(False, "reason", about=next(each for each in context.graph.resources if each.urn != resource.urn))

    rule = replace(BASE, check=about, scope="S", types=("keyvault:Vault",))
    report = evaluate(graph([BAD, res("keyvault:Vault", "v")]), "prod", (rule,))
    assert [each.urn.rsplit("::", 1)[-1] for each in report.findings] == ["bad"]


def test_a_disabled_rule_is_not_applied() -> None:
    assert evaluate(graph([BAD]), "dev", (replace(ON, profile="P3"),)).findings == ()


def test_a_rule_without_a_resource_to_judge_is_named() -> None:
    assert evaluate(graph([]), "prod", (ON,)).idle == ("XX-01",)


def test_any_means_the_resources_of_azure_native_and_nothing_else() -> None:
    rule = replace(ON, types=("*",))
    raws = [
        BAD,
        res("pulumi:pulumi:Stack", "s"),
        res("azuread:index/group:Group", "g"),
        res("aifabrix:data:Store", "c"),
    ]
    assert [each.urn.rsplit("::", 1)[-1] for each in evaluate(graph(raws), "prod", (rule,)).findings] == ["bad"]


def test_a_waived_finding_stays_in_the_report_with_its_waiver() -> None:
    report = evaluate(graph([BAD, GOOD]), "prod", (ON,), (WAIVER,))
    assert report.of(Verdict.FAIL) == []
    assert [(each.finding.rule, each.waiver) for each in report.waived] == [("XX-01", WAIVER)]


def test_a_waiver_of_another_rule_or_resource_excuses_nothing() -> None:
    others = (replace(WAIVER, rule="XX-09"), replace(WAIVER, urn=f"{ACCOUNT}::other"))
    assert len(evaluate(graph([BAD]), "prod", (ON,), others).of(Verdict.FAIL)) >= 1


def test_a_waiver_for_another_environment_excuses_nothing_and_is_not_missed() -> None:
    report = evaluate(graph([BAD]), "prod", (ON,), (replace(WAIVER, environments=("dev",)),))
    assert [each.rule for each in report.of(Verdict.FAIL)] == ["XX-01"]


def test_an_unused_waiver_is_a_violation_with_its_place() -> None:
    unused = replace(WAIVER, where="policies/waivers.yaml:3")
    report = evaluate(graph([GOOD, res("pulumi:pulumi:Stack", "stack")]), "prod", (ON,), (unused,))
    assert [(each.rule, each.path) for each in report.of(Verdict.FAIL)] == [("GV-10", "policies/waivers.yaml:3")]
    assert report.unused == (unused,)


def test_a_waiver_of_a_rule_that_is_disabled_here_is_not_called_unused() -> None:
    assert evaluate(graph([GOOD]), "dev", (replace(ON, profile="P3"),), (WAIVER,)).unused == ()


def test_the_error_of_a_rule_is_never_waived() -> None:
    waiver = replace(WAIVER, rule="XX-02")
    report = evaluate(graph([BAD]), "prod", (RAISES,), (waiver,))
    assert "XX-02" in {each.rule for each in report.of(Verdict.FAIL)}
