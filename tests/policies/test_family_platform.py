"""Rules about apps, registries, networks, private endpoints and logs: their cases by the checks alone, and what is
true of every case, whatever it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from policies.model import Context, Outcome
from policies.rule import Rule
from policies.rules import diagnostics, network, privatelink, registry, web
from resources.model import Verdict
from resources.values import UNKNOWN
from tests.policies.cases import Also, Cases, Raw, res
from tests.policies.fixtures import diagnostics as diagnostics_cases
from tests.policies.fixtures import network as network_cases
from tests.policies.fixtures import privatelink as privatelink_cases
from tests.policies.fixtures import registry as registry_cases
from tests.policies.fixtures import web as web_cases
from tests.policies.harness import ORDER, PARAMETERS_OF_CASES, graph

FAMILIES = (
    (web, web_cases), (registry, registry_cases), (network, network_cases), (privatelink, privatelink_cases),
    (diagnostics, diagnostics_cases),
)  # fmt: skip
COUNTS = {"WB": 17, "CR": 8, "NW": 11, "PL": 5, "DG": 8}
RULES: dict[str, Rule] = {rule.id: rule for family, _ in FAMILIES for rule in family.RULES}
CASES: dict[str, Cases] = {rule_id: cases for _, fixtures in FAMILIES for rule_id, cases in fixtures.CASES.items()}
ALL = [
    pytest.param(RULES[rule_id], case, id=f"{rule_id}: {case.name}")
    for rule_id, cases in CASES.items()
    for case in cases.each()
]


def verdict(rule: Rule, case: Also, resources: list[Raw] | None = None) -> Verdict:
    """What the check itself says of the case, without library or service around it."""
    whole = graph(case.resources if resources is None else resources)
    found: set[Verdict] = set()
    for resource in whole.resources:
        if resource.type in rule.types:
            context = Context(whole, PARAMETERS_OF_CASES[case.profile], case.profile)
            found.update(each.verdict for each in _outcomes(rule.check(resource, context)))
    return next((each for each in ORDER if each in found), Verdict.NOT_APPLICABLE)


def _outcomes(answer: Iterable[Outcome] | Outcome) -> list[Outcome]:
    return [answer] if isinstance(answer, Outcome) else list(answer)


def test_the_families_have_exactly_their_rules() -> None:
    counted = {key: sum(rule_id.startswith(key) for rule_id in RULES) for key in COUNTS}
    assert counted == COUNTS
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize(("rule", "case"), ALL)
def test_the_check_gives_the_verdict_of_the_case(rule: Rule, case: Also) -> None:
    assert verdict(rule, case) == case.verdict


def _said(rule_id: str, *resources: Raw) -> Verdict:
    return verdict(RULES[rule_id], Also(name="", verdict=Verdict.PASS, resources=list(resources)))


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
    assert _said("WB-06", identity, other, replace(site, uses=same)) == Verdict.PASS
    different = {**same, "keyVaultReferenceIdentity": ("other",)}
    assert _said("WB-06", identity, other, replace(site, uses=different)) == Verdict.UNDETERMINED


def test_a_first_preview_knows_the_subnet_by_what_it_is_made_from() -> None:
    subnet = res("network:Subnet", "subnet")
    site = {"virtualNetworkSubnetId": UNKNOWN, "outboundVnetRouting": {"allTraffic": True}}
    made = res("web:WebApp", "app", site, uses={"virtualNetworkSubnetId": ("subnet",)})
    assert _said("WB-08", subnet, made) == Verdict.PASS
    assert _said("WB-08", subnet, res("web:WebApp", "app", site)) == Verdict.UNDETERMINED


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
    assert _said("DG-03", workspace, long) == Verdict.PASS
    assert _said("DG-03", workspace, short) == Verdict.UNDETERMINED
    assert _said("DG-03", workspace, foreign) == Verdict.UNDETERMINED


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_says_everything_that_its_page_needs(rule: Rule) -> None:
    texts = (rule.what, rule.why, rule.remediation, rule.azure_default, rule.bad, rule.good, rule.property)
    assert all(text.strip() for text in texts)
    for control in (*rule.iso, *rule.hipaa, *rule.gdpr):
        assert control.rationale and "\n" not in control.rationale, f"{control.id}: a rationale is one line"


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.remediate], ids=lambda rule: rule.id)
def test_what_a_remediation_sets_satisfies_its_rule(rule: Rule) -> None:
    case = CASES[rule.id].each()[0]
    mended = []
    for raw in case.resources:
        props = dict(raw.props)
        resource = graph([raw]).resources[0]
        context = Context(graph([raw]), PARAMETERS_OF_CASES["prod"], "prod")
        assert rule.remediate
        for path, value in rule.remediate(resource, context).items():
            outer, _, inner = path.partition(".")
            props[outer] = {**props.get(outer, {}), inner: value} if inner else value
        mended.append(replace(raw, props=props))
    assert verdict(rule, case, mended) == Verdict.PASS
