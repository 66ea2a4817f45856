"""What may enter and leave the network, row by row, and who reaches the platform."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from settings import service_tags
from settings.network import NewNetwork
from settings.regions import REGIONS

if TYPE_CHECKING:
    from settings.traffic import Ingress
    from tests.settings.conftest import Project

PREFIX = "config.aifabrix:platform"


@pytest.mark.parametrize("host", ["login.salesforce.com", "https://api.github.com/meta", "*.openai.com"])
def test_a_host_name_is_answered_with_why_it_cannot_be_allowed(project: Project, host: str) -> None:
    rule = {"name": "crm", "destination": host, "ports": ["443"], "reason": "because"}
    problem = project.edit("dev", "network.egress", {"allow": [rule]}).problem()
    assert "compares addresses and never sees a name" in problem.message
    assert "software as a service without fixed addresses cannot be allowed yet" in problem.message
    assert "firewall" in problem.allowed
    assert problem.example == "203.0.113.0/28"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("storage", "Storage"),
        ("STORAGE.westeurope", "Storage.WestEurope"),
        ("Sql.eastus2", "Sql.EastUS2"),
        ("azurefrontdoor.frontend.uksouth", "AzureFrontDoor.Frontend.UKSouth"),
        ("203.0.113.9", "203.0.113.9/32"),
        ("203.0.113.0/255.255.255.240", "203.0.113.0/28"),
        ("10.0.0.0/8", "10.0.0.0/8"),
    ],
)
def test_a_destination_has_one_spelling_whatever_the_file_says(project: Project, written: str, read: str) -> None:
    rule = {"name": "out", "destination": written, "ports": ["443"], "reason": "because"}
    (row,) = project.edit("dev", "network.egress", {"allow": [rule]}).load().network.outbound
    assert row.destination == read


def test_azure_spells_every_region_in_words() -> None:
    for region in REGIONS:
        tag = service_tags.spelled(f"storage.{region}")
        assert tag is not None and tag.lower() == f"storage.{region}"
        assert "".join(re.findall(r"[A-Z]+[a-z]*\d?", tag)) == tag.replace(".", ""), f"{tag} has a word of no spelling"


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ("Internet", "every public address"),
        ("internet", "every public address"),
        ("VirtualNetwork", "every peered network"),
        ("AzureCloud", "Azure's data centres"),
        ("azurecloud.WestEurope", "Azure's data centres"),
        ("AzureCloud.centralfrance", "Azure's data centres"),
        ("0.0.0.0/0", "everywhere"),
        ("0.0.0.0/1", "almost everywhere"),
        ("128.0.0.0/7", "almost everywhere"),
    ],
)
def test_no_row_lets_out_to_everything(project: Project, destination: str, words: str) -> None:
    rule = {"name": "out", "destination": destination, "ports": ["443"], "reason": "because"}
    problem = project.edit("dev", "network.egress", {"allow": [rule]}).problem()
    assert "opens the way out to" in problem.message and words in problem.message
    assert service_tags.spelled(problem.example) or IPv4Network(problem.example)


class TestOutboundRowsBySubnet:
    ROW: ClassVar = {"name": "ci-runner", "destination": "203.0.113.0/28", "ports": ["443"], "reason": "CI"}

    def test_all_subnets_unless_some_are_named(self, project: Project) -> None:
        (row,) = project.edit("dev", "network.egress", {"allow": [self.ROW]}).load().network.outbound
        assert row.subnets == ()

    @pytest.mark.parametrize("subnet", ["endpoints", "nowhere"])
    def test_a_subnet_that_sends_nothing_is_refused(self, project: Project, subnet: str) -> None:
        row = {**self.ROW, "subnets": ["runner", subnet]}
        problem = project.edit("dev", "network.egress", {"allow": [row]}).problem()
        assert problem.path == f"{PREFIX}.network.egress.allow[0].subnets[1]"
        assert problem.allowed == "apps, jobs, runner"

    def test_a_subnet_of_the_customers_own_is_one(self, project: Project) -> None:
        own = [{"name": "batch", "size": 28, "purpose": "x"}]
        project.edit("dev", "network.subnets", own)
        (row,) = (
            project.edit("dev", "network.egress", {"allow": [{**self.ROW, "subnets": ["batch"]}]})
            .load()
            .network.outbound
        )
        assert row.subnets == ("batch",)

    @pytest.mark.parametrize("name", ["apps-https", "azure-devops-1"])
    def test_a_name_of_the_platforms_own_rules_is_refused(self, project: Project, name: str) -> None:
        problem = project.edit("dev", "network.egress", {"allow": [{**self.ROW, "name": name}]}).problem()
        assert "a rule of the platform has this name" in problem.message

    def test_a_runner_brings_its_rows_and_they_are_for_its_subnet_alone(self, project: Project) -> None:
        assert project.load().network.outbound == ()
        rows = project.edit("dev", "network.runner", "azureDevOps").load().network.outbound
        assert {row.subnets for row in rows} == {("runner",)}
        assert {row.ports for row in rows} == {("443",)}

    def test_a_runner_whose_addresses_nobody_publishes_is_refused(self, project: Project) -> None:
        assert "azureDevOps" in project.edit("dev", "network.runner", "github").problem().allowed


class TestWhoReachesThePlatform:
    OFFICE: ClassVar = {"name": "office", "source": "10.100.0.0/16", "reason": "Staff"}
    HUB = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/hub/providers/Microsoft.Network"

    def ingress(self, project: Project, **section: Any) -> Project:
        return project.edit("dev", "network.ingress", section)

    def read(self, project: Project) -> Ingress:
        network = project.load().network
        assert isinstance(network, NewNetwork)
        return network.ingress

    def test_nobody_unless_somebody_is_named(self, project: Project) -> None:
        ingress = self.read(project)
        assert (ingress.allow, ingress.peerings, ingress.gateway) == ((), (), None)

    def test_a_row_reaches_what_is_behind_the_endpoints_by_https(self, project: Project) -> None:
        (row,) = self.read(self.ingress(project, allow=[self.OFFICE])).allow
        assert (row.subnet, row.ports) == ("endpoints", ("443",))

    @pytest.mark.parametrize(
        "source", ["0.0.0.0/0", "8.0.0.0/7", "10.100.0.1/16", "Internet", "fe80::/10", "vpn.example"]
    )
    def test_a_source_is_a_block_that_is_not_almost_everybody(self, project: Project, source: str) -> None:
        problem = self.ingress(project, allow=[{**self.OFFICE, "source": source}]).problem()
        assert problem.path == f"{PREFIX}.network.ingress.allow[0].source"
        assert problem.example == "10.100.0.0/16"

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("source", "10.20.0.0/24", "overlaps this network"),
            ("source", "endpoints", "no subnet that sends anything"),
            ("source", "nowhere", "no subnet that sends anything"),
            ("subnet", "apps", "nothing answers in such a subnet"),
            ("ports", ["0"], "no port or range of ports"),
        ],
    )
    def test_what_leads_nowhere_is_refused(self, project: Project, field: str, value: Any, words: str) -> None:
        problem = self.ingress(project, allow=[{**self.OFFICE, field: value}]).problem()
        assert words in problem.message
        assert problem.path.startswith(f"{PREFIX}.network.ingress.allow[0].{field}")

    def test_a_block_has_one_spelling(self, project: Project) -> None:
        row = {**self.OFFICE, "source": "10.100.0.0/255.255.0.0"}
        assert self.read(self.ingress(project, allow=[row])).allow[0].source == "10.100.0.0/16"

    def test_a_subnet_of_the_network_may_be_named_instead_of_its_block(self, project: Project) -> None:
        project.edit("dev", "network.subnets", [{"name": "batch", "size": 28, "purpose": "x"}])
        (row,) = self.read(self.ingress(project, allow=[{**self.OFFICE, "source": "batch"}])).allow
        assert row.source == "batch"

    def test_the_gateway_is_that_of_a_peered_network(self, project: Project) -> None:
        hub, other = (f"{self.HUB}/virtualNetworks/{name}" for name in ("vnet-hub", "vnet-other"))
        assert "not peered" in self.ingress(project, peerings=[hub], gateway=other).problem().message
        assert self.read(self.ingress(project, peerings=[hub], gateway=hub.upper())).gateway

    def test_two_peered_networks_have_two_names(self, project: Project) -> None:
        hub = f"{self.HUB}/virtualNetworks/vnet-hub"
        problem = self.ingress(project, peerings=[hub, hub.replace("/hub/", "/hub2/")]).problem()
        assert problem.path == f"{PREFIX}.network.ingress.peerings[1]"

    def test_what_is_peered_is_a_network(self, project: Project) -> None:
        assert "ARM id" in self.ingress(project, peerings=["vnet-hub"]).problem().message

    def test_an_existing_network_has_owners_who_decide(self, project: Project) -> None:
        network = {
            "mode": "existing",
            "id": f"{self.HUB}/virtualNetworks/v",
            "subnets": {"endpoints": "a", "apps": "b"},
        }
        problem = project.edit("dev", "network", {**network, "ingress": {}}).problem()
        assert "unknown key 'ingress'" in problem.message


@pytest.mark.parametrize("block", ["172.30.4.0/22", "100.100.8.0/22"])
def test_the_platforms_own_block_is_not_one_that_container_apps_keeps(project: Project, block: str) -> None:
    problem = project.edit("dev", "network.addressSpace", [block]).problem()
    assert "Container Apps cannot run there" in problem.message


def test_a_block_may_hold_what_container_apps_keeps_if_the_platform_lies_elsewhere_in_it(project: Project) -> None:
    assert project.edit("dev", "network.addressSpace", ["172.30.0.0/15", "172.16.0.0/16"][::-1]).load()
