"""What a subscription may have in a region, counted as Azure counts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.facts.quotas import LIMIT, LIMITS, USES, family_of, limit_id
from emulator.laws.quotas import used
from emulator.world import ObjectView
from settings.azure_sizes import POSTGRES

from .memory import SUBSCRIPTION, Memory, ask, changed, codes
from .valid import VALID, world

REGION = "swedencentral"
SERVER, PLAN, ACCOUNT, ADDRESS = (
    "dbforpostgresql:Server",
    "web:AppServicePlan",
    "storage:StorageAccount",
    "network:PublicIPAddress",
)
NAMES = {ACCOUNT: "accountName", ADDRESS: "publicIpAddressName", SERVER: "serverName", PLAN: "name"}


def limited(there: Memory, namespace: str, name: str, limit: int) -> Memory:
    """The same world with another limit."""
    value = {"properties": {"limit": {"value": limit}}}
    arm_id = limit_id(SUBSCRIPTION, REGION, namespace, name)
    there.items.append(ObjectView(id=arm_id, token=LIMIT, arm_type=LIMITS, inputs=value, outputs=value))
    return there


@pytest.mark.parametrize(
    ("kind", "namespace", "quota", "code"),
    [
        (ACCOUNT, "Microsoft.Storage", "StorageAccounts", "MaxStorageAccountsCountPerSubscriptionExceeded"),
        (ADDRESS, "Microsoft.Network", "StandardSkuPublicIpAddresses", "PublicIPCountLimitReached"),
    ],
)
def test_the_object_that_passes_the_limit_is_refused(kind: str, namespace: str, quota: str, code: str) -> None:
    there = limited(world(kind), namespace, quota, 1)
    assert not ask(there, kind, VALID[kind])
    there.add(kind, VALID[kind])
    assert codes(ask(there, kind, changed(VALID[kind], {NAMES[kind]: "second1"}))) == {code}


def test_a_server_needs_the_cores_of_its_standby_too() -> None:
    size = {"sku.name": "Standard_D2ds_v5", "sku.tier": "GeneralPurpose", "highAvailability": {"mode": "SameZone"}}
    inputs = changed(VALID[SERVER], size)
    for quota in ("cores", "standardDDSv5Family"):
        assert not ask(limited(world(SERVER), "Microsoft.DBforPostgreSQL", quota, 4), SERVER, inputs)
        refused = ask(limited(world(SERVER), "Microsoft.DBforPostgreSQL", quota, 3), SERVER, inputs)
        assert codes(refused) == {"QuotaExceeded"} and "4 asked for" in refused[0]


def test_a_plan_needs_an_instance_of_its_own_sku_each() -> None:
    inputs = changed(VALID[PLAN], {"sku.name": "P1v3", "sku.tier": "PremiumV3", "sku.capacity": 3})
    assert not ask(limited(world(PLAN), "Microsoft.Web", "P1v3", 3), PLAN, inputs)
    assert not ask(limited(world(PLAN), "Microsoft.Web", "P2v3", 0), PLAN, inputs)
    assert codes(ask(limited(world(PLAN), "Microsoft.Web", "P1v3", 2), PLAN, inputs)) == {
        "SubscriptionIsOverQuotaForSku"
    }


def test_what_was_there_before_the_limit_sank_can_still_be_changed_but_not_grow() -> None:
    there = limited(world(), "Microsoft.Web", "P1v3", 1)
    before = changed(VALID[PLAN], {"sku.name": "P1v3", "sku.tier": "PremiumV3", "sku.capacity": 3})
    assert not ask(there, PLAN, changed(before, {"tags": {"a": "b"}}), olds=before)
    grown = ask(there, PLAN, changed(before, {"sku.capacity": 4}), olds=before)
    assert codes(grown) == {"SubscriptionIsOverQuotaForSku"}


def test_other_regions_and_subscriptions_count_for_themselves() -> None:
    there = Memory()
    there.add(ACCOUNT, {**VALID[ACCOUNT], "location": "westeurope"})
    there.add(ACCOUNT, {**VALID[ACCOUNT], "accountName": "elsewhere"}, "33333333-3333-4333-8333-333333333333")
    kind = "Microsoft.Storage/storageAccounts"
    assert not used(there, SUBSCRIPTION, REGION, kind)
    assert used(there, SUBSCRIPTION, "westeurope", kind) == {"StorageAccounts": 1}


@given(st.sampled_from(sorted(POSTGRES)), st.sampled_from(["Disabled", "SameZone", "ZoneRedundant"]))
def test_every_size_that_the_settings_offer_is_counted_with_its_cores_and_family(sku: str, mode: str) -> None:
    values = {"sku.name": sku, "highAvailability.mode": mode}
    use = USES["Microsoft.DBforPostgreSQL/flexibleServers"]
    cores = POSTGRES[sku].cores * (1 if mode == "Disabled" else 2)
    assert use.count(values.get) == {"cores": cores, family_of(sku): cores}
    assert family_of(sku) in use.names
