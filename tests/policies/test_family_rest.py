"""AKS, Front Door, AI, identity and governance: their cases asked of the checks directly, and what cases cannot say."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest

from emulator import shape
from emulator.values import UNKNOWN as LATER
from policies.evaluate import evaluate
from policies.model import ROOT, Context, Outcome
from policies.parameters import PARAMETERS
from policies.rule import Rule
from policies.rules import ai, aks, frontdoor, governance, identity
from policies.rules.governance.change import governed, property_paths
from policies.rules.governance.facts import PAIRS, PLANS, RESERVED, SIZES, STATEFUL, TAGGED
from policies.rules.governance.place import COPIES, REPLICAS
from policies.table import RULES
from resources.model import Resource, Verdict
from resources.values import UNKNOWN
from tests.policies.cases import Also, Raw, res
from tests.policies.harness import PARAMETERS_OF_CASES, cases, graph, token, urn

FAMILIES = (aks, frontdoor, ai, identity, governance)
OURS = tuple(rule for family in FAMILIES for rule in family.RULES)
ORDER = (Verdict.FAIL, Verdict.UNDETERMINED, Verdict.PASS, Verdict.NOT_APPLICABLE)
CASES = [pytest.param(rule, case, id=f"{rule.id}: {case.name}") for rule in OURS for case in cases()[rule.id].each()]


def context(raws: list[Raw], case: Also | None = None, **more: Any) -> Context:
    profile = case.profile if case else "prod"
    operations = {urn(raw): case.operations[raw.name] for raw in raws if case and raw.name in case.operations}
    return Context(
        graph(raws), PARAMETERS_OF_CASES[profile], profile, operations, case.waiver_problems if case else (), **more
    )


def asked(rule: Rule, resource: Resource, given: Context) -> list[Verdict]:
    answer = rule.check(resource, given)
    return [each.verdict for each in ([answer] if isinstance(answer, Outcome) else answer)]


def subjects(rule: Rule, given: Context) -> list[Resource]:
    anything = "*" in rule.types
    return [
        one
        for one in given.graph.resources
        if one.type in rule.types or (anything and one.token.startswith("azure-native"))
    ]


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_the_check_itself_gives_the_verdict_of_the_case(rule: Rule, case: Also) -> None:
    given = context(case.resources, case)
    found = {verdict for resource in subjects(rule, given) for verdict in asked(rule, resource, given)}
    worst = next((verdict for verdict in ORDER if verdict in found), Verdict.NOT_APPLICABLE)
    assert worst == case.verdict, f"{rule.id}, {case.name}: {found}"


def test_the_five_families_are_whole() -> None:
    counts = {family.RULES[0].id[:2]: len(family.RULES) for family in FAMILIES}
    assert counts == {"AK": 14, "FD": 10, "AI": 8, "ID": 6, "GV": 11}


def to_wire(value: Any) -> Any:
    """As the local Azure has it: its own marker for what is not known yet."""
    if value is UNKNOWN:
        return LATER
    if isinstance(value, dict):
        return {key: to_wire(each) for key, each in value.items()}
    return [to_wire(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("rule", [rule for rule in OURS if not rule.id.startswith("GV")], ids=lambda rule: rule.id)
def test_good_fixtures_are_what_the_sdk_accepts(rule: Rule) -> None:
    """A rule that looks at a misspelt property finds nothing, and its cases would not notice."""
    for raw in cases()[rule.id].pass_:
        problems = [
            each for each in shape.check(token(raw), to_wire(dict(raw.props))) if "required" not in each.message
        ]
        assert not problems, f"{rule.id}: {problems}"


def test_types_with_tags_are_those_of_the_sdk() -> None:
    wrong = [one for one in sorted(TAGGED) if "tags" not in shape.shape(f"azure-native:{one}").inputs]
    assert not wrong, f"these take no tags: {wrong}"
    judged = {one for rule in RULES.values() for one in rule.types if one.count(":") == 1 and "/" not in one}
    missed = [one for one in sorted(judged - TAGGED) if "tags" in _inputs(one)]
    assert not missed, f"these take tags and are not listed: {missed}"


def _inputs(type_: str) -> set[str]:
    """Inputs of a type that has a fixed shape in the SDK; nothing for what the SDK does not have."""
    try:
        return set(shape.shape(f"azure-native:{type_}").inputs)
    except Exception:  # noqa: BLE001 - types of other packages, and of earlier versions
        return set()


@pytest.mark.parametrize("type_", sorted({*STATEFUL, *SIZES, *PLANS, *COPIES, *REPLICAS}))
def test_tables_name_types_that_exist(type_: str) -> None:
    assert _inputs(type_), f"{type_} is not in the SDK"


def test_pairs_are_mutual_or_reserved() -> None:
    lonely = {one: two for one, two in PAIRS.items() if two not in PAIRS and two not in RESERVED}
    assert set(lonely.values()) <= {"koreasouth", "southindia", "southafricawest", "uaecentral"}


def test_a_copy_in_a_pair_that_is_not_allowed_is_found() -> None:
    """The default list has all of a pair or nothing; an installation may have a shorter one."""
    store = res("storage:StorageAccount", "store", {"location": "westeurope", "sku": {"name": "Standard_GRS"}})
    given = context([store])
    narrow = replace(given, parameters=replace(PARAMETERS["prod"], allowed_regions=("westeurope",)))
    assert Verdict.FAIL in asked(RULES["GV-01"], given.graph.resources[0], narrow)
    assert Verdict.FAIL not in asked(RULES["GV-01"], given.graph.resources[0], given)


def test_a_deletion_of_what_the_program_no_longer_names_is_reported_under_its_own_name() -> None:
    gone = "urn:pulumi:prod::aifabrix::aifabrix:data:Postgres$azure-native:dbforpostgresql:Server::postgres-weu"
    harmless = "urn:pulumi:prod::aifabrix::azure-native:network:RouteTable::routes"
    stack = graph([res(ROOT, "aifabrix-prod")])
    report = evaluate(stack, "prod", (RULES["GV-07"],), operations={gone: "delete", harmless: "delete"})
    assert [(one.verdict, one.urn) for one in report.findings] == [(Verdict.FAIL, gone)]
    kept = evaluate(stack, "prod", (RULES["GV-07"],), operations={gone: "same"})
    assert [one.verdict for one in kept.findings] == [Verdict.NOT_APPLICABLE]


def test_missing_tags_are_set_from_the_settings_and_given_ones_are_kept() -> None:
    raw = res("storage:StorageAccount", "store", {"tags": {"owner": "me", "cost-center": ""}})
    given = context([raw])
    tags = {
        "owner": "platform",
        "cost-center": "CC-1",
        "environment": "pro",
        "data-classification": "internal",
        "x": "y",
    }
    able = replace(given, parameters=replace(PARAMETERS["prod"], tags=tags))
    remediate = RULES["GV-02"].remediate
    assert remediate is not None
    assert remediate(given.graph.resources[0], able) == {
        "tags.cost-center": "CC-1", "tags.environment": "pro", "tags.data-classification": "internal",
    }  # fmt: skip


def test_governed_properties_are_read_from_the_table_of_rules() -> None:
    assert list(property_paths("properties.{a,b[].c}, d.e, value of four parameters")) == [
        "properties.a", "properties.b.c", "d.e",
    ]  # fmt: skip
    assert {"publicNetworkAccess", "tags", "location"} <= governed("storage:StorageAccount")
    assert "properties.networkAcls.defaultAction" in governed("keyvault:Vault")
    assert "highAvailability.mode" in governed("dbforpostgresql:Server")


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.id)
def test_examples_are_python(rule: Rule) -> None:
    ast.parse(rule.bad)
    ast.parse(rule.good)


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.id)
def test_every_control_has_a_reason_of_one_line(rule: Rule) -> None:
    for control in (*rule.iso, *rule.hipaa, *rule.gdpr):
        assert 20 <= len(control.rationale) <= 140, f"{rule.id} {control.id}"
        assert control.rationale.endswith("."), f"{rule.id} {control.id}"
