"""What cases alone cannot show about the rules: fixes, examples, tables of facts, and what a first preview knows."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from emulator import shape
from emulator.values import UNKNOWN as EMULATOR_UNKNOWN
from policies.evaluate import evaluate
from policies.model import ROOT, Context, Outcome
from policies.parameters import PARAMETERS
from policies.rule import Rule
from policies.rules.governance.facts import PAIRS, PLANS, RESERVED, SIZES, STATEFUL, TAGGED
from policies.rules.governance.location import COPIES, REPLICAS
from policies.rules.shared import addresses, days, span
from policies.table import FAMILIES, RULES, TABLE, governed, property_paths
from resources.model import Resource, Verdict
from resources.values import SECRET, UNKNOWN
from tests.policies.cases import Also, Raw, res
from tests.policies.fixtures import storage as storage_cases
from tests.policies.harness import ORDER, PARAMETERS_OF_CASES, by_library, cases, graph, token, urn, worst

CASES = [pytest.param(rule, case, id=f"{rule.id}: {case.name}") for rule in TABLE for case in cases()[rule.id].each()]
FIXED = [
    pytest.param(rule, case, id=f"{rule.id}: {case.name}")
    for rule in TABLE
    for case in cases()[rule.id].each()
    if rule.remediate and case.verdict is Verdict.FAIL
]
EXAMPLES = [
    pytest.param(text, id=f"{rule.id}: {kind}")
    for family in ("storage", "keyvault", "postgres", "redis")
    for rule in FAMILIES[family]
    for kind, text in (("bad", rule.bad), ("good", rule.good))
]


def context(raws: list[Raw], case: Also | None = None) -> Context:
    profile = case.profile if case else "prod"
    operations = {urn(raw): case.operations[raw.name] for raw in raws if case and raw.name in case.operations}
    problems = case.waiver_problems if case else ()
    return Context(graph(raws), PARAMETERS_OF_CASES[profile], profile, operations, problems, governed)


def answers(rule: Rule, resource: Resource, about: Context) -> set[Verdict]:
    answer = rule.check(resource, about)
    return {each.verdict for each in ([answer] if isinstance(answer, Outcome) else answer)}


def verdict(rule: Rule, *raws: Raw, case: Also | None = None) -> Verdict:
    """What the check itself answers, without library or service around it."""
    about = context(list(raws), case)
    subjects = [
        each
        for each in about.graph.resources
        if each.type in rule.types or ("*" in rule.types and each.token.startswith("azure-native"))
    ]
    found = {one for resource in subjects for one in answers(rule, resource, about)}
    return next((one for one in ORDER if one in found), Verdict.NOT_APPLICABLE)


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_the_check_itself_gives_the_verdict_of_the_case(rule: Rule, case: Also) -> None:
    assert verdict(rule, *case.resources, case=case) == case.verdict


def _set(props: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    return {**props, head: _set(props.get(head) or {}, rest, value) if rest else value}


def _remedied(rule: Rule, raw: Raw, case: Also) -> Raw:
    assert rule.remediate, "a rule that can be fixed says how"
    about = context([raw], case)
    props: Mapping[str, Any] = raw.props
    for path, value in rule.remediate(about.graph.resources[0], about).items():
        props = _set(props, path, value)
    return replace(raw, props=props)


@pytest.mark.parametrize(("rule", "case"), FIXED)
def test_a_remediation_makes_what_failed_pass(rule: Rule, case: Also) -> None:
    fixed = replace(case, resources=[_remedied(rule, raw, case) for raw in case.resources])
    assert worst(by_library(rule, fixed)) is Verdict.PASS, f"{rule.id} still fails {case.name!r} once it is remedied"


def test_a_remediation_does_not_widen_what_is_narrower_already() -> None:
    raw = storage_cases.account(allowCrossTenantReplication=True, allowedCopyScope="PrivateLink")[0]
    case = Also(name="narrow", verdict=Verdict.FAIL, resources=[raw])
    assert _remedied(RULES["ST-09"], raw, case).props["allowedCopyScope"] == "PrivateLink"


def test_missing_tags_are_set_from_the_settings_and_existing_ones_are_kept() -> None:
    raw = res("storage:StorageAccount", "store", {"tags": {"owner": "me", "cost-center": ""}})
    tags = {
        "owner": "platform",
        "cost-center": "CC-1",
        "environment": "pro",
        "data-classification": "internal",
        "x": "y",
    }
    about = replace(context([raw]), parameters=replace(PARAMETERS["prod"], tags=tags))
    remediate = RULES["GV-02"].remediate
    assert remediate is not None
    assert remediate(about.graph.resources[0], about) == {
        "tags.cost-center": "CC-1", "tags.environment": "pro", "tags.data-classification": "internal",
    }  # fmt: skip


def _calls(text: str) -> Iterator[tuple[str, str, list[str]]]:
    for node in ast.walk(ast.parse(text, mode="eval")):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)):
                yield module, name, [each.arg for each in node.keywords if each.arg]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_uses_classes_and_arguments_of_the_sdk(text: str) -> None:
    calls = list(_calls(text))
    assert calls, "an example builds something"
    for module, name, arguments in calls:
        made = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
        known = inspect.signature(getattr(made, "_internal_init", made.__init__)).parameters
        assert not set(arguments) - set(known), f"{module}.{name} has no such argument"


def _emulated(value: Any) -> Any:
    """As the local Azure has it: its own marker for what is not known yet."""
    if value is UNKNOWN:
        return EMULATOR_UNKNOWN
    if isinstance(value, Mapping):
        return {key: _emulated(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_emulated(each) for each in value]
    return "secret" if value is SECRET else value


@pytest.mark.parametrize(
    "rule", [rule for rule in TABLE if rule not in FAMILIES["governance"]], ids=lambda rule: rule.id
)
def test_the_case_that_passes_has_properties_and_values_of_the_sdk(rule: Rule) -> None:
    """A rule that reads a misspelt property would fail everybody; its passing case would be misspelt the same way."""
    for raw in (each for each in cases()[rule.id].pass_ if each.type != ROOT):
        problems = shape.check(token(raw), _emulated(dict(raw.props)))
        wrong = [each for each in problems if "required" not in each.message]
        assert not wrong, f"{rule.id}: {wrong}"


@pytest.mark.parametrize(
    ("text", "length"),
    [("P90D", 90), ("P1Y", 365), ("P1Y30D", 395), ("P2W", 14), ("PT36H", 1.5), ("P", None), ("90", None), (None, None)],
)
def test_durations_are_read_in_days(text: str | None, length: float | None) -> None:
    assert days(text) == length


def test_addresses_are_counted() -> None:
    assert addresses("203.0.113.7") == 1
    assert addresses("203.0.113.7/24") == 256, "host bits do not make a range another one"
    assert addresses("everywhere") is None
    assert span("203.0.113.1", "203.0.113.4") == 4
    assert span("203.0.113.4", "203.0.113.1") is None, "a range runs forwards"


def test_a_first_preview_knows_the_identity_by_what_it_is_made_from() -> None:
    identity = res("managedidentity:UserAssignedIdentity", "identity")
    other = res("managedidentity:UserAssignedIdentity", "other")
    site = res(
        "web:WebApp",
        "app",
        {
            "identity": {"type": "UserAssigned", "userAssignedIdentities": [UNKNOWN]},
            "keyVaultReferenceIdentity": UNKNOWN,
        },
    )
    same = {"identity": ("identity",), "keyVaultReferenceIdentity": ("identity",)}
    assert verdict(RULES["WB-06"], identity, other, replace(site, uses=same)) == Verdict.PASS
    different = {**same, "keyVaultReferenceIdentity": ("other",)}
    assert verdict(RULES["WB-06"], identity, other, replace(site, uses=different)) == Verdict.UNDETERMINED


def test_a_first_preview_knows_the_subnet_by_what_it_is_made_from() -> None:
    subnet = res("network:Subnet", "subnet")
    site = {"virtualNetworkSubnetId": UNKNOWN, "outboundVnetRouting": {"allTraffic": True}}
    made = res("web:WebApp", "app", site, uses={"virtualNetworkSubnetId": ("subnet",)})
    assert verdict(RULES["WB-08"], subnet, made) == Verdict.PASS
    assert verdict(RULES["WB-08"], subnet, res("web:WebApp", "app", site)) == Verdict.UNDETERMINED


def test_an_archive_of_six_years_shows_where_the_table_is_seen_too() -> None:
    names = {"workspaceName": "log-one", "resourceGroupName": "rg-one"}
    workspace = res(
        "operationalinsights:Workspace",
        "logs",
        {**names, "retentionInDays": 365, "tags": {"data-classification": "phi"}},
    )
    table = {**names, "tableName": "AppTraces"}
    long = res("operationalinsights:Table", "table", {**table, "totalRetentionInDays": 2190})
    short = res("operationalinsights:Table", "table", {**table, "totalRetentionInDays": 2189})
    foreign = res("operationalinsights:Table", "table", {**long.props, "workspaceName": "log-two"})
    assert verdict(RULES["DG-03"], workspace, long) == Verdict.PASS
    assert verdict(RULES["DG-03"], workspace, short) == Verdict.UNDETERMINED
    assert verdict(RULES["DG-03"], workspace, foreign) == Verdict.UNDETERMINED


def test_types_with_tags_are_those_of_the_sdk() -> None:
    wrong = [one for one in sorted(TAGGED) if "tags" not in shape.shape(f"azure-native:{one}").inputs]
    assert not wrong, f"these take no tags: {wrong}"
    judged = {one for rule in TABLE for one in rule.types if one.count(":") == 1 and "/" not in one}
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
    about = context([store])
    narrow = replace(about, parameters=replace(PARAMETERS["prod"], allowed_regions=("westeurope",)))
    assert Verdict.FAIL in answers(RULES["GV-01"], about.graph.resources[0], narrow)
    assert Verdict.FAIL not in answers(RULES["GV-01"], about.graph.resources[0], about)


def test_a_deletion_of_what_the_program_no_longer_names_is_reported_under_its_own_name() -> None:
    gone = "urn:pulumi:prod::aifabrix::aifabrix:data:Postgres$azure-native:dbforpostgresql:Server::postgres-sdc"
    harmless = "urn:pulumi:prod::aifabrix::azure-native:network:RouteTable::routes"
    stack = graph([res(ROOT, "aifabrix-prod")])
    report = evaluate(stack, "prod", (RULES["GV-07"],), operations={gone: "delete", harmless: "delete"})
    assert [(one.verdict, one.urn) for one in report.findings] == [(Verdict.FAIL, gone)]
    kept = evaluate(stack, "prod", (RULES["GV-07"],), operations={gone: "same"})
    assert [one.verdict for one in kept.findings] == [Verdict.NOT_APPLICABLE]


def test_governed_properties_are_read_from_the_table_of_rules() -> None:
    assert list(property_paths("properties.{a,b[].c}, d.e, value of four parameters")) == [
        "properties.a", "properties.b.c", "d.e",
    ]  # fmt: skip
    assert {"publicNetworkAccess", "tags", "location"} <= governed("storage:StorageAccount")
    assert "properties.networkAcls.defaultAction" in governed("keyvault:Vault")
    assert "highAvailability.mode" in governed("dbforpostgresql:Server")
