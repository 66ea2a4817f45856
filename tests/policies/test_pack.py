"""The pack through the SDK's own analyzer service: grouped, decoded once, honest about what does not apply."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from datetime import date

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies import pack, proxy
from policies.model import Context, Outcome, ok
from policies.profiles import LEVELS, PROFILES
from policies.start import Setup
from policies.table import RULES, TABLE
from policies.waivers import Waiver, Waivers
from resources.model import Resource
from resources.values import UNKNOWN, equals, get
from tests.policies.cases import Raw, res
from tests.policies.harness import PARAMETERS_OF_CASES, analyze_request, cases, servicer, stack_request

ACCOUNT = "storage:StorageAccount"
BASE = replace(RULES["ST-01"], id="XX-01", types=(ACCOUNT,), scope="R", profile="P1", remediate=None)
BAD = res(ACCOUNT, "bad", {"on": False, "later": UNKNOWN})
STACK = res("pulumi:pulumi:Stack", "stack")


def _on(resource: Resource, _context: Context) -> Outcome:
    return ok(equals(get(resource, "on"), True), "it is off", "on")


def _raises(_resource: Resource, _context: Context) -> Outcome:
    raise RuntimeError


ON = replace(BASE, check=_on)
WAIVER = Waiver(
    rule="XX-01", urn=f"{ACCOUNT}::bad", owner="o", reason="r", ticket="T-1", approver="a", expires=date(2026, 12, 1)
)


def _analyze(setup: Setup, raw: Raw, *others: Raw):
    return servicer(setup).Analyze(analyze_request(raw, [raw, *others]), None)


def _level(diagnostic: analyzer_pb2.AnalyzeDiagnostic) -> str:
    return analyzer_pb2.EnforcementLevel.Name(diagnostic.enforcementLevel).lower()


@pytest.mark.parametrize("profile", PROFILES)
def test_there_is_one_policy_for_each_level_and_scope(profile) -> None:
    names = [each.name for each in pack.policies(Setup(profile=profile))]
    assert names == ["resources-mandatory", "stack-mandatory", "resources-advisory", "stack-advisory"]


def test_the_service_says_what_the_policies_are_and_which_controls_they_serve() -> None:
    info = servicer(Setup(profile="prod")).GetAnalyzerInfo(None, None)
    mandatory = info.policies[0]
    assert mandatory.framework.name == "ISO/IEC 27001"
    assert "A.8.24" in mandatory.framework.reference
    assert {"164.312(e)(1)", "Art. 32(1)(a)"} <= set(mandatory.tags)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("row", ["P1", "P2", "P3", "P4"])
def test_a_violation_has_the_level_of_its_profile(profile, row: str) -> None:
    response = _analyze(Setup(profile=profile, rules=(replace(ON, profile=row),)), BAD)
    levels = [_level(each) for each in response.diagnostics]
    assert levels == [each for each in [LEVELS[row][profile]] if each != "disabled"]


def test_the_message_names_rule_severity_property_and_remedy() -> None:
    (found,) = _analyze(Setup(profile="prod", rules=(ON,)), BAD).diagnostics
    text = found.message.split("\n", 1)[1]
    assert text.startswith("XX-01 [critical] HTTPS only, set explicitly: it is off (on). ")
    assert text.endswith(ON.remediation)


def test_a_definite_violation_is_reported_while_other_inputs_are_unknown() -> None:
    both = replace(ON, id="XX-02", check=lambda r, _c: ok(equals(get(r, "later"), True), "later is off"))
    found = _analyze(Setup(profile="prod", rules=(both, ON)), BAD).diagnostics
    assert sorted(_level(each) for each in found) == ["advisory", "mandatory"]
    assert "cannot be decided yet" in next(each.message for each in found if _level(each) == "advisory")


def test_one_unknown_resource_hides_no_violation_of_another_in_the_stack() -> None:
    rule = replace(ON, scope="S")
    request = stack_request([res(ACCOUNT, "unknown", {"on": UNKNOWN}), BAD])
    found = servicer(Setup(profile="prod", rules=(rule,))).AnalyzeStack(request, None).diagnostics
    assert [(each.urn.rsplit("::", 1)[-1], _level(each)) for each in found] == [
        ("bad", "mandatory"),
        ("unknown", "advisory"),
    ]


@pytest.mark.parametrize(("profile", "level"), [("dev", "advisory"), ("test", "mandatory"), ("prod", "mandatory")])
def test_a_rule_that_raises_is_reported_beside_the_others(profile, level: str) -> None:
    raising = replace(BASE, id="XX-02", check=_raises)
    found = _analyze(Setup(profile=profile, rules=(raising, ON)), BAD).diagnostics
    assert {re.findall(r"XX-\d\d", each.message)[0]: _level(each) for each in found} == {
        "XX-02": level,
        "XX-01": "mandatory",
    }


def test_a_resource_that_no_rule_judges_is_not_applicable() -> None:
    response = _analyze(Setup(profile="prod", rules=(ON,)), res("keyvault:Vault", "v"))
    assert [each.policy_name for each in response.not_applicable] == ["resources-mandatory", "resources-advisory"]


def test_what_passes_is_not_called_inapplicable() -> None:
    response = _analyze(Setup(profile="prod", rules=(ON,)), res(ACCOUNT, "good", {"on": True}))
    assert [each.policy_name for each in response.not_applicable] == ["resources-advisory"]
    assert not response.diagnostics


def test_a_waived_violation_stops_nothing_and_stays_visible() -> None:
    setup = Setup(profile="prod", rules=(ON,), waivers=Waivers((WAIVER,), ()))
    (found,) = _analyze(setup, BAD).diagnostics
    assert _level(found) == "advisory"
    assert "waived until 2026-12-01 by a (T-1)" in found.message


def _after_everything(setup: Setup, raws: list[Raw]):
    service = servicer(setup)
    for raw in raws:
        service.Analyze(analyze_request(raw, raws), None)
    return service.AnalyzeStack(stack_request(raws), None)


def test_a_waiver_that_excused_nothing_is_a_violation_of_the_stack() -> None:
    setup = Setup(profile="prod", rules=(ON, RULES["GV-10"]), waivers=Waivers((WAIVER,), ()))
    unused = _after_everything(setup, [STACK, res(ACCOUNT, "good", {"on": True})]).diagnostics
    assert any("waiver of XX-01 is unused" in each.message and _level(each) == "mandatory" for each in unused)
    assert not _after_everything(setup, [STACK, BAD]).diagnostics


def test_an_expired_waiver_is_a_violation_of_the_stack() -> None:
    setup = Setup(profile="dev", rules=(RULES["GV-10"],), waivers=Waivers((), (WAIVER,)))
    found = _after_everything(setup, [STACK]).diagnostics
    assert any("expired on 2026-12-01" in each.message for each in found)


def test_inputs_that_azure_does_not_return_are_still_there_for_rules_about_the_stack() -> None:
    rule = replace(ON, scope="S")
    service = servicer(Setup(profile="prod", rules=(rule,)))
    seen = res(ACCOUNT, "a", {"on": True}, outputs={"location": "swedencentral"})
    service.Analyze(analyze_request(seen, [seen]), None)
    assert not service.AnalyzeStack(stack_request([seen]), None).diagnostics


def _everything() -> list[Raw]:
    found: dict[str, Raw] = {}
    for rule_id, written in cases().items():
        for raw in written.fail:
            name = f"{rule_id}-{raw.name}".lower()
            found[name] = replace(raw, name=name, uses={}, depends=(), parent=None)
    return list(found.values())


def test_each_resource_is_decoded_once_however_many_rules_judge_it(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = {"inputs": 0, "stack": 0}
    inputs, stack = proxy.from_inputs, proxy.from_stack

    def count_inputs(args):
        counted["inputs"] += 1
        return inputs(args)

    def count_stack(given, seen):
        counted["stack"] += 1
        return stack(given, seen)

    monkeypatch.setattr(proxy, "from_inputs", count_inputs)
    monkeypatch.setattr(proxy, "from_stack", count_stack)
    raws = _everything()
    _after_everything(Setup(profile="prod"), raws)
    assert len(TABLE) > 1
    assert counted == {"inputs": len(raws), "stack": len(raws)}


def test_no_rule_raises_on_a_resource_whose_every_input_is_unknown() -> None:
    raws = [replace(raw, props=dict.fromkeys(raw.props, UNKNOWN), outputs={}, id=None) for raw in _everything()]
    service = servicer(Setup(profile="prod"))
    responses = [service.Analyze(analyze_request(raw, raws), None) for raw in raws]
    responses.append(service.AnalyzeStack(stack_request(raws), None))
    errors = {each.message for response in responses for each in response.diagnostics if "rule error" in each.message}
    assert not errors


FIXES = [rule for rule in TABLE if rule.remediate]


def _remediated(rule, raw: Raw):
    setup = Setup(profile="prod", rules=(rule,), parameters=PARAMETERS_OF_CASES["prod"])
    service = servicer(setup, remediate=True)
    return setup, service.Remediate(analyze_request(raw, [raw]), None).remediations


@pytest.mark.parametrize("rule", FIXES, ids=lambda rule: rule.id)
def test_a_safe_fix_makes_its_own_failing_case_pass(rule) -> None:
    for raw in cases()[rule.id].fail:
        setup, mended = _remediated(rule, raw)
        if raw.type in rule.types or rule.types == ("*",):
            (change,) = mended
            props = json_format.MessageToDict(change.properties)
            found = _analyze(setup, replace(raw, props=props)).diagnostics
            assert not [each for each in found if _level(each) == "mandatory"], f"{rule.id} still fails"


@pytest.mark.parametrize("rule", FIXES, ids=lambda rule: rule.id)
def test_a_safe_fix_leaves_alone_what_passes_or_is_not_known(rule) -> None:
    for raw in [*cases()[rule.id].pass_, *cases()[rule.id].undetermined]:
        assert not _remediated(rule, raw)[1]


def test_a_safe_fix_hands_unknown_values_on() -> None:
    _, (change,) = _remediated(
        RULES["ST-01"], res(ACCOUNT, "a", {"accountName": UNKNOWN, "enableHttpsTrafficOnly": False})
    )
    assert dict(change.properties) == {"accountName": UNKNOWN_STRING_VALUE, "enableHttpsTrafficOnly": True}


def test_nothing_is_changed_unless_it_was_asked_for() -> None:
    names = {each.name for each in pack.policies(Setup(profile="prod"))}
    assert "remediation" not in names
    bad = res(ACCOUNT, "a", {"enableHttpsTrafficOnly": False})
    assert not servicer(Setup(profile="prod")).Remediate(analyze_request(bad, [bad]), None).remediations


def test_a_waived_violation_is_not_mended() -> None:
    waiver = replace(WAIVER, rule="ST-01")
    bad = res(ACCOUNT, "bad", {"enableHttpsTrafficOnly": False})
    setup = Setup(profile="prod", rules=(RULES["ST-01"],), waivers=Waivers((waiver,), ()))
    assert not servicer(setup, remediate=True).Remediate(analyze_request(bad, [bad]), None).remediations


def test_judging_prints_nothing_to_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine reads the port of a pack from there."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdout", said)
    _after_everything(Setup(profile="prod"), [STACK, BAD])
    assert said.getvalue() == ""
