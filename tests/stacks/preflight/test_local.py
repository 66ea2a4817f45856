"""What the preflight finds in a local Azure that is not empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import inspect
from settings import PlatformSettings
from stacks.existing import allow_standby, create_existing
from stacks.preflight.checks import CHECKS
from stacks.preflight.model import Check, Finding, Level, Scene
from stacks.preflight.run import Verdict, document, preflight, refuse_failed, run
from support.errors import Exit, OperationError
from tests.emulator.laws.valid import VALID

from .conftest import OTHER, Local, Served, failed, judge, stack

SPOKE = f"/subscriptions/{OTHER}/resourceGroups/rg-spoke/providers/Microsoft.Network"
EXISTING: dict[str, Any] = {
    "network": {
        "mode": "existing",
        "id": f"{SPOKE}/virtualNetworks/vnet-spoke",
        "subnets": {"endpoints": "snet-endpoints", "apps": "snet-apps"},
    }
}
HUB_ZONE = "privatelink.vaultcore.azure.net"
HUB: dict[str, Any] = {"dns": {"mode": "existing", "zones": {HUB_ZONE: f"{SPOKE}/privateDnsZones/{HUB_ZONE}"}}}


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_nothing_stands_in_the_way_of_a_stack_in_an_empty_azure(local: Local, name: str) -> None:
    verdicts = judge(stack(name), local.questions)
    assert failed(verdicts) == {}
    assert verdicts.keys() == {check.id for check in CHECKS} - {"foreign-rights", "existing-network"}


def test_a_new_standby_is_refused_where_azure_gives_none_unless_it_does_to_this_subscription(local: Local) -> None:
    settings = stack("test", installation={"region": "westeurope"})
    found = failed(judge(settings, local.questions))
    assert found.keys() == {"postgres"} and "another zone of westeurope: not offered" in found["postgres"][0]
    with local.target.store() as store:
        allow_standby(store, settings)
    assert failed(judge(settings, local.questions)) == {}


def test_a_server_keeps_what_its_region_gives_to_nothing_new(served: Served) -> None:
    """Whoever upgrades has servers from before the block; none of that is asked of them again."""
    settings = stack("prod")
    server = {
        "sku": {"name": "Standard_D4ds_v5"},
        "properties": {"highAvailability": {"mode": "ZoneRedundant"}, "backup": {"geoRedundantBackup": "Enabled"}},
    }
    blocked = {"restricted": "Enabled", "zoneRedundantHaSupported": "Disabled", "supportedServerEditions": []}
    served.instead["/capabilities"] = (200, {"value": [blocked]})
    assert failed(judge(settings, served.questions)).keys() == {"postgres"}
    served.instead[f"/flexibleServers/{settings.names.of('postgres')}"] = (200, server)
    assert "postgres" not in failed(judge(settings, served.questions))


def test_what_cannot_be_asked_is_a_warning_with_the_reason(local: Local) -> None:
    licences = judge(stack(), local.questions)["licences"]
    assert licences.level is Level.WARN
    assert "the local directory has groups" in licences.findings[0].found


NAMED: dict[str, Callable[[PlatformSettings], dict[str, Any]]] = {
    "storage:StorageAccount": lambda s: {"accountName": s.names.of("storage", "audit")},
    "containerregistry:Registry": lambda s: {"registryName": s.names.of("registry")},
    "keyvault:Vault": lambda s: {"vaultName": s.names.of("key_vault")},
}


@pytest.mark.parametrize("kind", NAMED)
def test_a_name_that_another_subscription_has_fails(local: Local, kind: str) -> None:
    settings = stack()
    own = NAMED[kind](settings)
    local.create(settings, kind, {**VALID[kind], **own, "resourceGroupName": "rg-other"}, OTHER)
    found = failed(judge(settings, local.questions))
    assert found.keys() == {"names"}
    assert f"{next(iter(own.values()))} is taken" in found["names"][0]


def test_a_deleted_vault_keeps_its_name_and_the_next_generation_has_another(local: Local) -> None:
    settings = stack()
    vault = {**VALID["keyvault:Vault"], "vaultName": settings.names.of("key_vault"), "resourceGroupName": "rg-other"}
    created = local.create(settings, "keyvault:Vault", vault)
    with local.target.store() as store:
        inspect.remove(store, created)
    assert failed(judge(settings, local.questions)).keys() == {"deleted-vault"}
    security = {"vaultGeneration": 2}
    assert failed(judge(stack(security=security), local.questions)) == {}
    assert failed(judge(stack(security={"recoverDeletedVault": True}), local.questions)) == {}


def test_recovering_a_vault_that_is_not_deleted_fails(local: Local) -> None:
    found = failed(judge(stack(security={"recoverDeletedVault": True}), local.questions))
    assert found.keys() == {"deleted-vault"} and "there is no deleted" in found["deleted-vault"][0]


@pytest.mark.parametrize(
    ("quota", "enough"),
    [("cores", 4), ("standardDDSv5Family", 4), ("StorageAccounts", 5), ("VirtualNetworks", 1), ("P1v3", 2)],
)
def test_a_quota_that_is_one_too_small_fails(local: Local, quota: str, enough: int) -> None:
    settings = stack()
    own = settings.installation
    for limit, expected in ((enough - 1, {"quotas"}), (enough, set[str]())):
        with local.target.store() as store:
            inspect.set_quota(store, own.subscription_id, own.region, quota, limit)
        found = failed(judge(settings, local.questions))
        assert found.keys() == expected, found


def test_a_quota_that_is_deleted_is_azures_own_again(local: Local) -> None:
    settings = stack()
    own = settings.installation
    with local.target.store() as store:
        inspect.set_quota(store, own.subscription_id, own.region, "cores", 0)
        assert [row["name"] for row in inspect.listing(store)] == ["cores"]
        inspect.remove(store, "cores")
    assert failed(judge(settings, local.questions)) == {}


def test_an_unknown_quota_is_refused_with_those_that_there_are(local: Local) -> None:
    with local.target.store() as store, pytest.raises(LookupError, match=r"no quota here; there are .*StorageAccounts"):
        inspect.set_quota(store, OTHER, "swedencentral", "gpus", 1)


def test_what_exists_of_the_stack_itself_is_neither_taken_nor_counted_again(local: Local) -> None:
    settings = stack()
    own = settings.installation
    with local.target.store() as store:
        plane = local.plane(store, settings)
        group = settings.names.of("resource_group", "data")
        plane.create("azure-native:resources:ResourceGroup", {"resourceGroupName": group, "location": own.region})
        name = settings.names.of("storage", "audit")
        account = {**VALID["storage:StorageAccount"], "accountName": name, "resourceGroupName": group}
        plane.create("azure-native:storage:StorageAccount", {**account, "tags": settings.tags})
        inspect.set_quota(store, own.subscription_id, own.region, "StorageAccounts", 5)
    verdicts = judge(settings, local.questions)
    assert failed(verdicts) == {}
    assert "1 exist already" in verdicts["names"].findings[-1].found
    assert any("1 of 5 used, 4 needed" in one.found for one in verdicts["quotas"].findings)


def vnet(space: str) -> dict[str, Any]:
    return {"virtualNetworkName": "vnet-other", "addressSpace": {"addressPrefixes": [space]}}


def test_a_network_with_the_same_addresses_warns_since_it_can_never_be_peered(local: Local) -> None:
    settings = stack()
    local.create(settings, "network:VirtualNetwork", vnet("10.20.2.0/24"))
    addresses = judge(settings, local.questions)["addresses"]
    assert addresses.level is Level.WARN
    assert addresses.findings[0].found.startswith("10.20.0.0/22 is used by vnet-other too")


@pytest.mark.parametrize(("space", "expected"), [("10.20.0.0/16", {"addresses"}), ("10.30.0.0/16", set[str]())])
def test_addresses_of_the_network_that_the_hubs_zones_are_linked_to_fail(
    local: Local, space: str, expected: set[str]
) -> None:
    settings = stack(**HUB)
    with local.target.store() as store:
        create_existing(store, settings)
    hub = local.create(settings, "network:VirtualNetwork", vnet(space), OTHER)
    zone = {"resourceGroupName": "rg-spoke", "privateZoneName": HUB_ZONE, "location": "global"}
    link = {"virtualNetworkLinkName": "hub", "virtualNetwork": {"id": hub}, "registrationEnabled": False}
    local.create(settings, "privatedns:VirtualNetworkLink", {**zone, **link}, OTHER)
    assert failed(judge(settings, local.questions)).keys() == expected


def test_a_network_that_is_not_there_fails_until_somebody_creates_it(local: Local) -> None:
    settings = stack(**EXISTING)
    assert failed(judge(settings, local.questions)).keys() == {"existing-network"}
    with local.target.store() as store:
        create_existing(store, settings)
    verdicts = judge(settings, local.questions)
    assert failed(verdicts) == {}
    assert "addresses" not in verdicts, "the customer's own network has its addresses already"


@pytest.mark.parametrize(
    ("role", "delegation", "text"),
    [
        ("apps", [], "snet-apps (apps) is delegated to nothing"),
        (
            "endpoints",
            [{"name": "a", "serviceName": "Microsoft.Web/serverFarms"}],
            "snet-endpoints (endpoints) is deleg",
        ),
    ],
)
def test_a_subnet_with_the_wrong_delegation_fails(
    local: Local, role: str, delegation: list[dict[str, str]], text: str
) -> None:
    settings = stack(**EXISTING)
    with local.target.store() as store:
        create_existing(store, settings)
        inspect.change(store, f"snet-{role}", "delegations", delegation)
    assert text in failed(judge(settings, local.questions))["existing-network"][0]


def test_a_zone_of_the_hub_that_is_not_there_fails(local: Local) -> None:
    assert failed(judge(stack(**HUB), local.questions)).keys() == {"zones"}


def test_a_zone_that_is_linked_to_the_very_same_network_fails(local: Local) -> None:
    settings = stack(**EXISTING)
    with local.target.store() as store:
        create_existing(store, settings)
    zone = {"privateZoneName": HUB_ZONE, "location": "global"}
    local.create(settings, "privatedns:PrivateZone", zone)
    assert judge(settings, local.questions)["zones"].level is Level.WARN
    link = {
        "virtualNetworkLinkName": "a",
        "virtualNetwork": {"id": EXISTING["network"]["id"]},
        "registrationEnabled": False,
    }
    local.create(settings, "privatedns:VirtualNetworkLink", {**zone, **link})
    found = failed(judge(settings, local.questions))
    assert found.keys() == {"zones"} and "linked to the network already" in found["zones"][0]


@pytest.mark.parametrize("mode", ["existing", "ids"])
def test_groups_that_are_not_there_fail(local: Local, mode: str) -> None:
    ids = {g.role: f"5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f3{n}" for n, g in enumerate(stack().groups)}
    groups = {"mode": "existing"} if mode == "existing" else {"mode": "ids", "objectIds": ids}
    settings = stack(security={"groups": groups})
    assert len(failed(judge(settings, local.questions))["groups"]) == len(settings.groups)
    with local.target.store() as store:
        create_existing(store, settings)
    assert failed(judge(settings, local.questions)) == {}


def test_the_password_of_the_source_of_images_has_to_be_there(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    source = {"registry": "images.contoso.example", "username": "fabrix-pull"}
    settings = stack(data={"registry": {"source": source}})
    monkeypatch.delenv("FABRIX_REGISTRY_PASSWORD", raising=False)
    assert failed(judge(settings, local.questions)).keys() == {"images"}
    with local.target.store() as store:
        plane = local.plane(store, settings)
        group = settings.names.of("resource_group", "data")
        region = settings.installation.region
        plane.create("azure-native:resources:ResourceGroup", {"resourceGroupName": group, "location": region})
        registry = {"registryName": settings.names.of("registry"), "resourceGroupName": group, "location": region}
        plane.create("azure-native:containerregistry:Registry", {**VALID["containerregistry:Registry"], **registry})
    assert judge(settings, local.questions)["images"].level is Level.WARN, "all may be imported already"
    monkeypatch.setenv("FABRIX_REGISTRY_PASSWORD", "s3cret-s3cret")
    verdicts = judge(settings, local.questions)
    assert failed(verdicts) == {}
    assert "s3cret" not in str(document("dev", local.target, list(verdicts.values())))


def test_every_check_runs_whatever_one_of_them_meets(local: Local) -> None:
    def refused(_: Scene) -> list[Finding]:
        raise OperationError("Azure answers 403 to /a")

    def misread(_: Scene) -> list[Finding]:
        return [Finding(Level.PASS, {}["value"])]

    def short(_: Scene) -> list[Finding]:
        return [Finding(Level.PASS, str(list[str]()[0]))]

    checks = [Check(str(n), "t", "a", "f", run) for n, run in enumerate((refused, misread, short, lambda _: [GOOD]))]
    verdicts = run(Scene("dev", stack(), local.questions), checks)
    assert [verdict.level for verdict in verdicts] == [Level.WARN, Level.WARN, Level.WARN, Level.PASS]
    for verdict, word in zip(verdicts, ("403", "KeyError", "IndexError", "good"), strict=True):
        assert word in verdict.findings[0].found


def test_a_failure_that_somebody_answers_for_warns(local: Local) -> None:
    settings = stack(security={"recoverDeletedVault": True})
    for answered_for, level in (((), Level.FAIL), (("deleted-vault",), Level.WARN), (("names",), Level.FAIL)):
        verdicts = {one.check.id: one for one in preflight("dev", local.target, settings, answered_for)}
        assert verdicts["deleted-vault"].level is level
        overridden = [key for key, verdict in verdicts.items() if verdict.answered_for]
        assert overridden == (["deleted-vault"] if level is Level.WARN else []), "a check that passed is not overridden"
    with pytest.raises(OperationError, match="no check is called vaults; there are subscription, rights,") as caught:
        preflight("dev", local.target, settings, ["vaults"])
    assert caught.value.code is Exit.BAD_INPUT


GOOD, BAD = Finding(Level.PASS, "good"), Finding(Level.FAIL, "bad")


def test_one_failure_refuses_the_deployment_and_warnings_do_not(local: Local) -> None:
    check = CHECKS[0]
    refuse_failed("dev", local.target, [Verdict(check, (GOOD, Finding(Level.WARN, "hm")))])
    with pytest.raises(OperationError, match=rf"1 of 2 checks failed: {check.id}\. Nothing was changed") as caught:
        refuse_failed("dev", local.target, [Verdict(check, (GOOD, BAD)), Verdict(check, (GOOD,))])
    assert check.fix in str(caught.value) and "--answer-for" not in str(caught.value)
    assert caught.value.code is Exit.REFUSED
    assert caught.value.details["counts"] == {"PASS": 1, "WARN": 0, "FAIL": 1}
    assert caught.value.details["checks"][0]["findings"][1] == {"level": "FAIL", "found": "bad", "fix": check.fix}
