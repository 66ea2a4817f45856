"""A customer's network, DNS zones and Entra groups: there before the program runs, used by it, and left alone by it."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from components.shared.endpoints import ENDPOINTS, zones_of
from emulator import inspect
from emulator.control import ControlPlane
from emulator.facts import TABLE
from emulator.facts.regions import lift_id
from emulator.laws import LAWS
from emulator.store import Store
from settings import PlatformSettings, load
from settings.groups import GROUPS
from settings.subnets import BUILT_IN
from stacks import existing
from support.errors import OperationError

ROOT = Path(__file__).resolve().parents[2]
HUB = "/subscriptions/22222222-2222-4333-8444-555555555555/resourceGroups/rg-hub/providers/Microsoft.Network"
SPOKE = "/subscriptions/1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b/resourceGroups/rg-spoke/providers/Microsoft.Network"
VNET = f"{SPOKE}/virtualNetworks/vnet-spoke-ai"
SUBNETS = {"endpoints": "snet-endpoints", "apps": "snet-apps", "jobs": "snet-jobs", "runner": "snet-runner"}
ZONES = {zone: f"{HUB}/privateDnsZones/{zone}" for zone in zones_of(tuple(ENDPOINTS))}
NAMES = [f"{group.display_name}-dev" for group in GROUPS]
EXISTING: dict[str, Any] = {
    "network": {"mode": "existing", "id": VNET, "subnets": SUBNETS},
    "dns": {"mode": "existing", "zones": ZONES},
    "groups": {"mode": "existing", "suffix": "-dev"},
}


def stack(text: str, **changes: Any) -> dict[str, Any]:
    """A stack file with sections changed; ``groups`` is the one below ``security``."""
    document = YAML(typ="safe").load(text)
    platform = document["config"]["aifabrix:platform"]
    for name, section in changes.items():
        (platform["security"] if name == "groups" else platform)[name] = section
    return document


def settings(**changes: Any) -> PlatformSettings:
    text = (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    return load.config(ROOT, stack(text, **changes)["config"]["aifabrix:platform"])


def owned(store: Store) -> Counter[str]:
    """How many objects of each type the customer has; nothing may belong to anyone else."""
    rows = inspect.listing(store)
    assert {row["owner"] for row in rows} <= {"customer"}, "assuming something makes nothing of the program's"
    return Counter(row["type"].rsplit("/", 1)[-1] for row in rows)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = Store(tmp_path / "azure.db")
    yield opened
    opened.close()


def test_what_the_stack_file_names_exists_afterwards_and_is_said(store: Store) -> None:
    said = existing.create_existing(store, settings(**EXISTING))
    assert owned(store) == {
        "resourceGroups": 2, "virtualNetworks": 1, "subnets": len(SUBNETS), "groups": len(GROUPS),
        "privateDnsZones": len(ZONES), "virtualNetworkLinks": len(ZONES),
    }  # fmt: skip
    words = "; ".join(said)
    assert "vnet-spoke-ai with subnets snet-endpoints, snet-apps, snet-jobs, snet-runner" in words
    assert f"{len(ZONES)} private DNS zones" in words
    assert "AI-Fabrix-Observers-dev" in words


@pytest.mark.parametrize("row", BUILT_IN, ids=lambda row: row.role)
def test_a_subnet_has_the_size_and_delegation_that_the_platform_needs(store: Store, row: Any) -> None:
    existing.create_existing(store, settings(**EXISTING))
    inputs = inspect.show(store, f"{VNET}/subnets/{SUBNETS[row.role]}")["inputs"]
    assert inputs["addressPrefix"].endswith(f"/{row.length}")
    assert [one["serviceName"] for one in inputs["delegations"]] == ([row.delegation] if row.delegation else [])


def test_everything_lies_where_its_id_says_and_in_the_region_of_the_installation(store: Store) -> None:
    existing.create_existing(store, settings(**EXISTING))
    for arm_id in (VNET, *ZONES.values()):
        assert store.object(arm_id) is not None, f"{arm_id} is what the program will name"
    assert inspect.show(store, VNET)["location"] == "swedencentral", (
        "endpoints and apps must be in their network's region"
    )


def test_a_standby_that_the_stack_file_says_azure_allows_is_allowed(store: Store) -> None:
    """``check`` deploys such a stack from nothing; without it no pipeline of an older installation would pass."""
    own = settings().installation.model_dump(by_alias=True, mode="json")
    chosen = settings(installation={**own, "region": "westeurope", "regionFeatures": ["zoneRedundantHa"]})
    assert existing.has_existing(chosen)
    assert existing.create_existing(store, chosen) == ["zone-redundant PostgreSQL in westeurope"]
    assert store.get(lift_id(own["subscriptionId"], "westeurope")) is not None


def test_listed_groups_exist_under_the_ids_that_the_stack_file_names(store: Store) -> None:
    ids = {group.role: f"5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f3{place}" for place, group in enumerate(GROUPS)}
    chosen = settings(groups={"mode": "ids", "objectIds": ids})
    assert existing.has_existing(chosen)
    said = existing.create_existing(store, chosen)
    assert {one.outputs["objectId"] for one in store.objects("Microsoft.Graph/groups")} == set(ids.values())
    assert existing.create_existing(store, chosen) == said, "a second time they are there"


class TestPeeredNetworks:
    PEERS = (f"{HUB}/virtualNetworks/vnet-hub", f"{HUB}/virtualNetworks/vnet-pipelines")

    def chosen(self, **more: Any) -> PlatformSettings:
        ingress = {"peerings": list(self.PEERS), **more}
        return settings(
            network={"mode": "create", "addressSpace": ["10.31.0.0/22", "172.31.0.0/22"], "ingress": ingress}
        )

    def test_they_exist_and_overlap_neither_the_stacks_network_nor_each_other(self, store: Store) -> None:
        said = existing.create_existing(store, self.chosen())
        assert owned(store) == {"resourceGroups": 1, "virtualNetworks": 2}
        blocks = [inspect.show(store, one)["inputs"]["addressSpace"]["addressPrefixes"] for one in self.PEERS]
        assert blocks == [["172.31.4.0/24"], ["172.31.5.0/24"]]
        assert said == ["virtual network vnet-hub, peered", "virtual network vnet-pipelines, peered"]

    def test_the_one_whose_gateway_is_used_has_one(self, store: Store) -> None:
        chosen = self.chosen(gateway=self.PEERS[1].upper())
        assert "with a gateway" in existing.create_existing(store, chosen)[1]
        assert owned(store)["virtualNetworkGateways"] == 1
        before = store.objects()
        existing.create_existing(store, chosen)
        assert store.objects() == before, "a second time it is there"

    def test_a_stack_without_any_assumes_nothing(self) -> None:
        assert existing.has_existing(self.chosen())
        assert not existing.has_existing(settings())


def test_a_second_time_changes_nothing_and_says_the_same(store: Store) -> None:
    first = existing.create_existing(store, settings(**EXISTING))
    before = store.objects()
    assert existing.create_existing(store, settings(**EXISTING)) == first
    assert store.objects() == before


def test_what_exists_is_left_as_it_is(store: Store) -> None:
    chosen = settings(network=EXISTING["network"])
    plane = ControlPlane(
        store, chosen.installation.subscription_id, chosen.installation.tenant_id, facts=TABLE, laws=LAWS
    )
    group = {"resourceGroupName": "rg-spoke", "location": "swedencentral"}
    plane.create("azure-native:resources:ResourceGroup", group, who=inspect.CUSTOMER)
    space = {
        "addressSpace": {"addressPrefixes": ["10.9.0.0/24"]},
        "subnets": [{"name": "own", "addressPrefix": "10.9.0.0/26"}],
    }
    vnet = {**group, "virtualNetworkName": "vnet-spoke-ai", **space}
    plane.create("azure-native:network:VirtualNetwork", vnet, who=inspect.CUSTOMER)
    existing.create_existing(store, chosen)
    shown = {
        row["name"]: inspect.show(store, row["id"])["inputs"] for row in inspect.listing(store, kind="network:Subnet")
    }
    assert set(shown) == {"own", *SUBNETS.values()}, "only what was missing was added"
    assert shown["snet-endpoints"]["addressPrefix"] == "10.9.0.64/26", (
        "in the network's own space, beside what is there"
    )


def test_a_network_without_room_is_told(store: Store) -> None:
    chosen = settings(network=EXISTING["network"])
    plane = ControlPlane(
        store, chosen.installation.subscription_id, chosen.installation.tenant_id, facts=TABLE, laws=LAWS
    )
    group = {"resourceGroupName": "rg-spoke", "location": "swedencentral"}
    plane.create("azure-native:resources:ResourceGroup", group)
    space = {"addressSpace": {"addressPrefixes": ["10.9.0.0/27"]}}
    plane.create("azure-native:network:VirtualNetwork", {**group, "virtualNetworkName": "vnet-spoke-ai", **space})
    with pytest.raises(OperationError, match=r"snet-endpoints.*no room left for a /26"):
        existing.create_existing(store, chosen)
    assert len(store.objects()) == 2, "nothing is left half-made"


def test_zones_are_linked_to_a_network_of_the_customers_only(store: Store) -> None:
    existing.create_existing(store, settings(dns=EXISTING["dns"]))
    assert owned(store) == {"resourceGroups": 1, "privateDnsZones": len(ZONES)}, (
        "the program's network is not there yet"
    )
    existing.create_existing(store, settings(dns=EXISTING["dns"], network=EXISTING["network"]))
    assert owned(store)["virtualNetworkLinks"] == len(ZONES)


def test_a_network_that_is_linked_to_another_zone_of_the_name_is_told_with_the_way_out(store: Store) -> None:
    existing.create_existing(store, settings(**EXISTING))
    zone = next(iter(ZONES))
    moved = {**ZONES, zone: f"{SPOKE}/privateDnsZones/{zone}"}
    with pytest.raises(OperationError, match=r"(?s)ConflictingZoneName.*fabrix azure delete"):
        existing.create_existing(store, settings(**{**EXISTING, "dns": {"mode": "existing", "zones": moved}}))


@pytest.mark.parametrize(("changes", "names"), [({}, False), ({"dns": {"mode": "policy"}}, False), (EXISTING, True)])
def test_a_stack_that_makes_all_it_uses_assumes_nothing(changes: dict[str, Any], names: bool) -> None:
    assert existing.has_existing(settings(**changes)) is names


BY_CUSTOMER = (
    "virtualNetworks", "subnets", "privateDnsZones", "virtualNetworkLinks", "networkSecurityGroups", "natGateways",
    "publicIPAddresses", "routeTables", "flowLogs", "Graph/groups",
)  # fmt: skip
"""Endings of types of which the program may make nothing: the hub team and the customer's directory own them."""


@pytest.fixture(scope="module")
def hub_checkout(module_checkout: Any) -> Any:
    file = module_checkout.root / "Pulumi.dev.yaml"
    document = stack(file.read_text(encoding="utf-8"), **EXISTING)
    file.write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML
    return module_checkout


def objects(checkout: Any) -> list[dict[str, Any]]:
    return checkout.fabrix("azure", "list", "--json").must().document["objects"]


@pytest.mark.engine
class TestAStackInACustomersHub:
    """From what the customer has to a platform in it, and back to what the customer has. In order."""

    def test_the_shell_puts_it_there_for_plain_pulumi(self, hub_checkout: Any) -> None:
        done = hub_checkout.fabrix("shell", "-c", "true").must()
        assert "assumed to exist, as the stack file says: virtual network vnet-spoke-ai" in done.stderr
        assert {row["owner"] for row in objects(hub_checkout)} == {"customer"}

    def test_a_preview_says_what_it_assumes_and_makes_nothing_else(self, hub_checkout: Any) -> None:
        done = hub_checkout.fabrix("preview", "dev", "--json").must()
        assert "assumed to exist, as the stack file says: virtual network vnet-spoke-ai" in done.stderr
        assert {row["owner"] for row in objects(hub_checkout)} == {"customer"}
        planned = {change["type"] for change in done.document["changes"]}
        foreign = {"azure-native:network:VirtualNetwork", "azure-native:network:Subnet", "azuread:index/group:Group"}
        assert not planned & foreign, "what exists is used, not planned"

    def test_up_builds_the_platform_in_the_customers_network(self, hub_checkout: Any) -> None:
        done = hub_checkout.fabrix("up", "dev", "--yes", "--json").must()
        assert done.document["assumed"], "a pipeline can read what was assumed"
        assert done.document["resources"] > 100
        mine = [row for row in objects(hub_checkout) if row["owner"] == "program"]
        wrong = [row["id"] for row in mine if row["type"].endswith(BY_CUSTOMER)]
        assert not wrong, f"the program made what the customer owns: {wrong}"
        assert sum(row["type"] == "Microsoft.Network/privateEndpoints" for row in mine) > 5

    def test_endpoints_and_apps_are_in_the_named_subnets_and_records_in_the_named_zones(
        self, hub_checkout: Any
    ) -> None:
        with closing(Store(hub_checkout.local / "azure.db")) as store:
            endpoints = store.list("Microsoft.Network/privateEndpoints")
            apps = store.list("Microsoft.Web/sites")
            groups = store.list("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
        assert {one.value("subnet.id") for one in endpoints} == {f"{VNET}/subnets/snet-endpoints"}
        assert {one.value("virtualNetworkSubnetId") for one in apps} == {f"{VNET}/subnets/snet-apps"}
        used = {config["privateDnsZoneId"] for one in groups for config in one.inputs["privateDnsZoneConfigs"]}
        assert used and used <= set(ZONES.values())

    def test_rights_go_to_the_customers_groups(self, hub_checkout: Any) -> None:
        with closing(Store(hub_checkout.local / "azure.db")) as store:
            ids = {one.outputs["objectId"] for one in store.list("Microsoft.Graph/groups")}
            rights = store.list("Microsoft.Authorization/roleAssignments")
        granted = {one.value("principalId") for one in rights if one.value("principalType") == "Group"}
        assert granted == ids and len(ids) == len(NAMES)

    def test_a_second_up_changes_nothing(self, hub_checkout: Any) -> None:
        assert hub_checkout.fabrix("up", "dev", "--yes", "--json").must().document["counts"] == {}

    def test_destroy_leaves_exactly_what_the_customer_had(self, hub_checkout: Any) -> None:
        before = {row["id"] for row in objects(hub_checkout) if row["owner"] == "customer"}
        hub_checkout.fabrix("destroy", "dev", "--yes", "--json").must()
        assert {row["id"] for row in objects(hub_checkout)} == before
        assert {VNET, *ZONES.values()} < before
