"""What customers bring along: network, zones, groups, a control layer elsewhere; and what may leave the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from settings.control import ExistingControl
from settings.groups import GROUPS
from settings.network import ExistingNetwork, ExistingZones

if TYPE_CHECKING:
    from tests.settings.conftest import Project

PREFIX = "config.aifabrix:platform"
HUB = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/hub/providers/Microsoft.Network"
WITHOUT_CONTROL = ["dataplane", "flowise", "openwebui"]


def network(**changes: Any) -> dict[str, Any]:
    base = {
        "mode": "existing",
        "id": f"{HUB}/virtualNetworks/spoke",
        "subnets": {"endpoints": "snet-pe", "apps": "snet-app"},
    }
    return {**base, **changes}


def test_a_network_of_the_customer_needs_no_addresses(project: Project) -> None:
    settings = project.edit("dev", "network", network()).load()
    assert isinstance(settings.network, ExistingNetwork)
    assert settings.addresses.subnets == (), "its subnets are the hub team's"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subnets": {"endpoints": "a"}}, "no subnet for apps"),
        ({"subnets": {"endpoints": "a", "apps": "b", "web": "c"}}, "unknown subnet role web"),
        ({"id": "spoke"}, "not the ARM id of a"),
        ({"addressSpace": ["10.0.0.0/22"]}, "unknown key 'addressSpace'"),
    ],
)
def test_a_network_brought_along_must_name_what_is_needed(
    project: Project, changes: dict[str, Any], message: str
) -> None:
    assert message in project.edit("dev", "network", network(**changes)).problem().message


def test_an_unknown_mode_lists_the_modes(project: Project) -> None:
    problem = project.edit("dev", "network.mode", "crate").problem()
    assert (problem.path, problem.allowed) == (f"{PREFIX}.network.mode", "create or existing")


def test_zones_can_be_the_hubs_or_left_to_policy(project: Project) -> None:
    zones = {"privatelink.vaultcore.azure.net": f"{HUB}/privateDnsZones/privatelink.vaultcore.azure.net"}
    dns = project.edit("dev", "dns", {"mode": "existing", "zones": zones}).load().dns
    assert isinstance(dns, ExistingZones)
    assert project.edit("dev", "dns", {"mode": "policy"}).load().dns.mode == "policy"


def test_a_zone_that_is_none_of_private_link_is_refused(project: Project) -> None:
    zones = {"vaultcore.azure.net": f"{HUB}/privateDnsZones/vaultcore.azure.net"}
    assert "no private link zone" in project.edit("dev", "dns", {"mode": "existing", "zones": zones}).problem().message


def test_a_custom_subnet_becomes_part_of_the_plan(project: Project) -> None:
    own = [{"name": "batch", "size": 27, "purpose": "Batch"}]
    subnet = project.edit("dev", "network.subnets", own).load().addresses.subnet("batch")
    assert (subnet.prefix, subnet.built_in) == ("10.20.3.224/27", False)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"name": "batch", "purpose": "x"}, "set either size or prefix"),
        ({"name": "batch", "size": 27, "prefix": "10.20.3.0/27", "purpose": "x"}, "set either size or prefix"),
        ({"name": "apps", "size": 27, "purpose": "x"}, "the platform has a subnet of this name"),
        ({"name": "batch", "size": 30, "purpose": "x"}, "less than or equal to 29"),
    ],
)
def test_a_custom_subnet_says_where_or_how_large(project: Project, own: dict[str, Any], message: str) -> None:
    assert message in project.edit("dev", "network.subnets", [own]).problem().message


def test_two_custom_subnets_cannot_have_one_name(project: Project) -> None:
    own = [{"name": "batch", "size": 28, "purpose": "x"}, {"name": "batch", "size": 28, "purpose": "y"}]
    assert project.edit("dev", "network.subnets", own).problem().path == f"{PREFIX}.network.subnets[1].name"


def test_egress_is_closed_unless_something_is_allowed(project: Project) -> None:
    assert project.load().network.egress.allow == (), "an empty list is closed, never open"


@pytest.mark.parametrize("destination", ["0.0.0.0/0", "*", "Internet", "example.org", "10.0.0.1/8"])
def test_the_way_out_never_leads_everywhere(project: Project, destination: str) -> None:
    rule = {"name": "out", "destination": destination, "ports": ["443"], "reason": "because"}
    problem = project.edit("dev", "network.egress", {"allow": [rule]}).problem()
    assert problem.path == f"{PREFIX}.network.egress.allow[0].destination"


@pytest.mark.parametrize(
    "destination",
    ["Storage.SwedenCentral", "Storage", "AzureFrontDoor.FirstParty", "203.0.113.0/28"],
)
def test_a_way_out_leads_to_a_tag_or_a_block(project: Project, destination: str) -> None:
    rule = {"name": "out", "destination": destination, "ports": ["443"], "reason": "because"}
    (allowed,) = project.edit("dev", "network.egress", {"allow": [rule]}).load().network.egress.allow
    assert allowed.destination == destination


@pytest.mark.parametrize(
    ("destination", "example"),
    [
        ("Storag", "Storage"),
        ("Everyone", "Storage"),
        ("AzureClou", "AzureSpringCloud"),
        ("Storage.SwedenCenter", "Storage.SwedenCentral"),
        ("AzureMonitor.SwedenCentral", "AzureMonitor"),
    ],
)
def test_a_tag_that_azure_does_not_have_is_answered_with_one_that_it_has(
    project: Project, destination: str, example: str
) -> None:
    rule = {"name": "out", "destination": destination, "ports": ["443"], "reason": "because"}
    problem = project.edit("dev", "network.egress", {"allow": [rule]}).problem()
    assert "no service tag of that name" in problem.message
    assert problem.example == example


@pytest.mark.parametrize("ports", [["0"], ["65536"], ["443-80"], ["*"], []])
def test_ports_are_ports(project: Project, ports: list[str]) -> None:
    rule = {"name": "out", "destination": "203.0.113.0/28", "ports": ports, "reason": "because"}
    assert ".ports" in project.edit("dev", "network.egress", {"allow": [rule]}).problem().path


def test_every_way_out_has_a_reason(project: Project) -> None:
    rule = {"name": "out", "destination": "Storage.SwedenCentral", "ports": ["443"]}
    assert project.edit("dev", "network.egress", {"allow": [rule]}).problem().path.endswith("[0].reason")


def test_a_control_layer_elsewhere_leaves_its_applications_out(project: Project) -> None:
    control = {"mode": "existing", "url": "https://fabrix.example/miso", "keycloakUrl": "https://fabrix.example/auth"}
    project.edit("dev", "control", control).edit("dev", "applications", {"catalogue": WITHOUT_CONTROL})
    settings = project.load()
    assert isinstance(settings.control, ExistingControl)
    assert [app.key for app in settings.apps] == WITHOUT_CONTROL
    key = {s.name: s for s in settings.secrets}["miso-controller-secrets-encryptionKeyVault"]
    assert key.generator == "supplied", "the key is the control layer's own and cannot be made again"


def test_the_control_layer_is_listed_where_it_is_created_and_nowhere_else(project: Project) -> None:
    project.edit("dev", "applications", {"catalogue": WITHOUT_CONTROL})
    assert "miso-controller and keycloak is not listed" in project.problem().message
    project.edit("dev", "applications", {}).edit("dev", "control", {"mode": "stack", "name": "prod"})
    assert "the control layer runs elsewhere" in project.problem().message


@pytest.mark.parametrize(("name", "message"), [("dev", "from itself"), ("staging", "no such stack")])
def test_a_control_layer_of_another_stack_must_exist(project: Project, name: str, message: str) -> None:
    project.edit("dev", "applications", {"catalogue": WITHOUT_CONTROL})
    problem = project.edit("dev", "control", {"mode": "stack", "name": name}).problem()
    assert message in problem.message
    assert problem.allowed == "prod, test"


@pytest.mark.parametrize("url", ["http://fabrix.example", "fabrix.example", "https://u:p@fabrix.example", "https://"])
def test_the_control_layer_is_reached_over_https(project: Project, url: str) -> None:
    project.edit("dev", "applications", {"catalogue": WITHOUT_CONTROL})
    control = {"mode": "existing", "url": url, "keycloakUrl": "https://fabrix.example/auth"}
    assert project.edit("dev", "control", control).problems()[0].path == f"{PREFIX}.control.url"


def test_an_unknown_region_is_answered_with_the_nearest(project: Project) -> None:
    problem = project.edit("dev", "installation.region", "westeuropa").problem()
    assert problem.example == "westeurope"


@pytest.mark.parametrize("guid", ["7D2C1C1E-5A0F-4C0E-9B7E-1F6A2F0C9D11", "not-a-guid", "{7d2c1c1e}"])
def test_identifiers_are_lower_case_guids(project: Project, guid: str) -> None:
    assert project.edit("dev", "installation.tenantId", guid).problem().allowed == "a GUID in lower case"


@pytest.mark.parametrize("environment", ["prod", "miso", "test", "DEV"])
def test_environment_codes_are_dev_tst_pro(project: Project, environment: str) -> None:
    assert project.edit("dev", "installation.environment", environment).problem().allowed == "dev, tst or pro"


def test_a_tag_name_that_azure_refuses_is_refused(project: Project) -> None:
    assert "tag name" in project.edit("dev", "installation.tags", {"a/b": "c"}).problem().message


def test_an_unknown_role_has_no_group(project: Project) -> None:
    assert "no role" in project.edit("dev", "security.groups.names", {"aifabrix-boss": "Bosses"}).problem().message


def listed_groups() -> dict[str, str]:
    return {group.role: f"5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f3{place}" for place, group in enumerate(GROUPS)}


def test_groups_can_be_listed_by_their_object_ids(project: Project) -> None:
    ids = listed_groups()
    settings = project.edit("dev", "security.groups", {"mode": "ids", "objectIds": ids, "suffix": "-x"}).load()
    assert settings.group_ids == ids
    assert all(group.display_name.endswith("-x") for group in settings.groups), "PostgreSQL shows this name"


def test_groups_that_are_not_listed_have_no_ids_here(project: Project) -> None:
    assert project.load().group_ids == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"aifabrix-observer": None}, "no object id for aifabrix-observer"),
        ({"aifabrix-boss": "5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f3f"}, "no role 'aifabrix-boss'"),
        ({"aifabrix-observer": "5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f30"}, "aifabrix-observer has the group of another"),
    ],
)
def test_every_role_has_one_listed_group_of_its_own(
    project: Project, change: dict[str, str | None], message: str
) -> None:
    ids = {role: value for role, value in {**listed_groups(), **change}.items() if value}
    found = project.edit("dev", "security.groups", {"mode": "ids", "objectIds": ids}).problem()
    assert message in found.message and found.example


def test_a_listed_group_is_named_by_a_guid(project: Project) -> None:
    ids = {**listed_groups(), "aifabrix-observer": "AI-Fabrix-Observers"}
    found = project.edit("dev", "security.groups", {"mode": "ids", "objectIds": ids}).problem()
    assert found.allowed == "a GUID in lower case" and "aifabrix-observer" in found.path
