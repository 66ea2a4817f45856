"""Our own dev stack, deployed by the real engine: all claims hold, and what is broken by hand breaks its own."""

import copy
import dataclasses
import json
from typing import Any

import pytest

from resources.model import Resource, Verdict
from resources.values import UNKNOWN
from stacks.state import resource_graph
from tests.conftest import Checkout, make_checkout
from tests.topology.small import prove, reach
from topology import Blocked, Path, Reason, build
from topology.claims import Expectations

pytestmark = pytest.mark.engine

NOTHING_BEYOND = Expectations(egress=())
"""The dev stack has an empty allow list."""


@pytest.fixture(scope="module")
def place(tmp_path_factory, dev_deployed) -> Checkout:
    checkout = make_checkout(tmp_path_factory.mktemp("topology") / "checkout")
    dev_deployed(checkout)
    return checkout


@pytest.fixture(scope="module")
def deployment(place) -> dict[str, Any]:
    done = place.fabrix("shell", "-c", "pulumi stack export --stack dev").must()
    return json.loads(done.stdout)["deployment"]


@pytest.fixture
def deployed(deployment) -> list[Resource]:
    return list(resource_graph(copy.deepcopy(deployment)).resources)


def find(resources: list[Resource], kind: str, name: str) -> Resource:
    found = [one for one in resources if one.type == kind and one.name == name]
    assert len(found) == 1, (
        f"{kind} {name}: {len(found)} of them; the stack has {[r.name for r in resources if r.type == kind]}"
    )
    return found[0]


def not_passed(resources: list[Resource]) -> dict[str, Verdict]:
    claims = prove(build(resources), NOTHING_BEYOND)
    return {claim.key: claim.verdict for claim in claims if claim.verdict is not Verdict.PASS}


def test_all_five_claims_hold(deployed) -> None:
    claims = prove(build(deployed), NOTHING_BEYOND)
    assert not_passed(deployed) == {}, [claim.broken for claim in claims]
    looked_at = {claim.key: len(claim.evidence) for claim in claims}
    assert looked_at["internet"] >= 15 and looked_at["private"] >= 30 and looked_at["secrets"] >= 30, looked_at


def as_planned(resources: list[Resource]) -> list[Resource]:
    """What the first preview knows: no id, no output, and nothing that Azure or Entra invents."""
    made = {
        text for one in resources for key, text in one.outputs.items()
        if key in {"principalId", "clientId", "objectId"} and isinstance(text, str)
    }  # fmt: skip

    def blind(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: blind(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [blind(inner) for inner in value]
        return UNKNOWN if value in made else value

    return [dataclasses.replace(one, id=None, outputs={}, props=blind(dict(one.props))) for one in resources]


def test_they_hold_on_the_first_preview_too(deployed) -> None:
    planned = as_planned(deployed)
    unknown = [
        one for one in planned if one.type == "authorization:RoleAssignment" and one.props["principalId"] is UNKNOWN
    ]
    assert len(unknown) > 50, "the test hides what a preview does not know"
    assert not_passed(planned) == {}, [claim.broken for claim in prove(build(planned), NOTHING_BEYOND)]


def open_the_cache(resources: list[Resource]) -> None:
    cache = find(resources, "redisenterprise:RedisEnterprise", "redis-sdc").props
    assert isinstance(cache, dict)
    cache["publicNetworkAccess"] = "Enabled"


def unlink_zone(resources: list[Resource]) -> None:
    link = find(resources, "privatedns:VirtualNetworkLink", "dns-sdc-privatelink-postgres-database-azure-com")
    resources.remove(link)


def deny_the_cache(resources: list[Resource]) -> None:
    rules = find(resources, "network:NetworkSecurityGroup", "network-sdc-endpoints").props["securityRules"]
    rule = next(rule for rule in rules if rule["name"] == "allow-apps-redis")
    rule["access"] = "Deny"


def open_the_way_out(resources: list[Resource]) -> None:
    rules = find(resources, "network:NetworkSecurityGroup", "network-sdc-apps").props["securityRules"]
    next(rule for rule in rules if rule["name"] == "deny-internet")["access"] = "Allow"


def read_a_neighbours_secret(resources: list[Resource]) -> None:
    grants = [
        one
        for one in resources
        if one.type == "authorization:RoleAssignment" and "/secrets/dataplane-" in one.props["scope"]
    ]
    flowise = next(
        one
        for one in resources
        if one.type == "authorization:RoleAssignment" and "/secrets/flowise-" in one.props["scope"]
    )
    stranger = dataclasses.replace(
        flowise, urn=flowise.urn + "-x", name="x", id=None, props={**flowise.props, "scope": grants[0].props["scope"]}
    )
    resources.append(stranger)


def use_the_vault_of_test(resources: list[Resource]) -> None:
    settings = find(resources, "web:WebApp", "app-sdc-flowise").props["siteConfig"]["appSettings"]
    settings.append({"name": "OTHER", "value": "https://kv-aifabrix-tst-000000.vault.azure.net/"})


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (open_the_cache, "internet"), (unlink_zone, "private"), (deny_the_cache, "private"),
        (open_the_way_out, "egress"), (read_a_neighbours_secret, "secrets"), (use_the_vault_of_test, "environments"),
    ],
)  # fmt: skip
def test_one_thing_broken_by_hand_breaks_exactly_its_claim(deployed, change, broken) -> None:
    change(deployed)
    assert not_passed(deployed) == {broken: Verdict.FAIL}
    assert not_passed(as_planned(deployed)) == {broken: Verdict.FAIL}, "and a preview would have said so"


def test_a_vault_whose_switch_is_opened_by_hand_still_has_its_firewall(deployed) -> None:
    find(deployed, "keyvault:Vault", "vault-sdc").props["properties"]["publicNetworkAccess"] = "Enabled"
    answer = reach(build(deployed), "internet", "vault")
    assert isinstance(answer, Blocked) and answer.reason is Reason.FIREWALL


def test_every_app_reaches_the_database_and_no_runner_the_cache(deployed) -> None:
    topology = build(deployed)
    for app in ("flowise", "openwebui", "dataplane", "keycloak", "miso-controller"):
        answer = reach(topology, app, "postgres")
        assert isinstance(answer, Path) and answer.private, answer
    refused = reach(topology, "runner", "redis")
    assert isinstance(refused, Blocked) and refused.reason is Reason.SECURITY_RULE


class TestCommands:
    def test_reach_answers_with_the_path(self, place) -> None:
        found = place.fabrix("reach", "flowise", "postgres", "--json").must().document
        assert found["outcome"] == "reachable" and found["private"] and found["port"] == 5432
        assert [hop["rule"] for hop in found["hops"] if hop["rule"]] == ["allow-apps-postgres", "allow-apps-postgres"]

    def test_reach_answers_with_the_reason(self, place) -> None:
        found = place.fabrix("reach", "internet", "vault", "443", "--json").must().document
        assert found["outcome"] == "blocked" and found["reason"] == "public-access-off"

    def test_access_answers_for_a_principal(self, place) -> None:
        found = place.fabrix("access", "flowise", "--json").must().document
        assert found["principal"]["kind"] == "identity"
        assert all("flowise" in one["scope"] for one in found["rights"] if "/secrets/flowise" in one["scope"])
        assert {"AcrPull", "Key Vault Secrets User"} <= {one["role"] for one in found["rights"]}

    def test_access_answers_for_a_secret(self, place) -> None:
        name = "dataplane-databases-0-passwordKeyVault"
        found = place.fabrix("access", name, "--json").must().document
        readers = {one["principal"] for one in found["answers"][0]["grants"]}
        assert readers == {"AI-Fabrix-Security-Admins-dev", "id-aifabrix-dataplane-dev-sdc-001"}
        assert {one["through"] for one in found["indirect"]} == {"id-aifabrix-dataplane-dev-sdc-001"}

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["reach", "flowise", "vault", "--stack", "test"], "has no state"),
            (["access", "vault", "--stack", "prod"], "has no state"),
            (["reach", "flowisse", "vault"], "nearest"),
            (["access", "AI-Fabrix-Observer"], "nearest"),
            (["reach", "flowise", "vault", "70000"], "no port"),
        ],
    )
    def test_bad_input_ends_with_2_and_says_what_to_do(self, place, words, said) -> None:
        assert said in place.fabrix(*words, "--json").must(2).document["error"]
