"""What may pass in the network, read off the security rules alone."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from components.network.rules import DESCRIPTION_LIMIT, SERVICE_TAG, check_destination, rules_of, security_rule
from components.network.traffic import DELEGATED, FLOWS, PLATFORM, EgressRow, IngressRow, Rule
from settings import service_tags
from settings.addresses import AddressPlan
from settings.runners import RUNNERS
from settings.subnets import CustomSubnet, Subnet
from settings.traffic_rules import RESERVED

SUBNETS = AddressPlan.make(["10.20.0.0/22"], [CustomSubnet(name="own", size=27)]).subnets
BY_ROLE = {subnet.role: subnet for subnet in SUBNETS}
OFFICE = IngressRow(name="office", source="10.100.0.0/16", subnet="endpoints", ports=("443",), reason="Staff")
BATCH = IngressRow(name="batch", source="own", subnet="endpoints", ports=("443", "5432"), reason="Nightly jobs")
SMTP = EgressRow(name="smtp", destination="203.0.113.0/28", ports=("587",), reason="Mail relay")
ROLES = sorted(BY_ROLE)


def rules(
    role: str,
    egress: tuple[EgressRow, ...] = (),
    dns: tuple[str, ...] = (),
    ingress: tuple[IngressRow, ...] = (),
) -> list[Rule]:
    return rules_of(BY_ROLE[role], subnets=SUBNETS, egress=egress, ingress=ingress, dns_servers=dns)


def opened(
    role: str, direction: str, egress: tuple[EgressRow, ...] = (), ingress: tuple[IngressRow, ...] = ()
) -> list[Rule]:
    every = rules(role, egress, ingress=ingress)
    return [rule for rule in every if rule.direction == direction and rule.access == "Allow"]


def added(role: str, direction: str, *ingress: IngressRow) -> list[Rule]:
    """Rules that rows of ``ingress`` add."""
    without = opened(role, direction)
    return [rule for rule in opened(role, direction, ingress=ingress) if rule not in without]


@pytest.mark.parametrize("role", ROLES)
def test_the_last_word_in_both_directions_is_a_denial_of_everything(role: str) -> None:
    for direction in ("Inbound", "Outbound"):
        last = max((r for r in rules(role) if r.direction == direction), key=lambda r: r.priority)
        assert (last.access, last.source, last.destinations, last.ports, last.protocol) == (
            "Deny",
            "*",
            ("*",),
            ("*",),
            "*",
        )
        assert last.priority == 4096, "Azure's defaults, which allow the whole network and the Internet, come after it"


@pytest.mark.parametrize("role", ROLES)
def test_nothing_enters_from_the_internet_or_from_anywhere(role: str) -> None:
    sources = {rule.source for rule in opened(role, "Inbound")}
    assert sources <= {subnet.prefix for subnet in SUBNETS} | {"AzureLoadBalancer"}


@pytest.mark.parametrize("role", ROLES)
def test_without_an_allow_list_nothing_reaches_the_internet(role: str) -> None:
    inside = IPv4Network("10.20.0.0/22")
    for rule in opened(role, "Outbound"):
        for destination in rule.destinations:
            if not SERVICE_TAG.fullmatch(destination):
                assert IPv4Network(destination).subnet_of(inside), "an empty allow list is closed egress, never open"
            else:
                assert destination != "Internet"


def test_the_endpoints_subnet_sends_nothing_at_all_even_when_the_customer_allows_something() -> None:
    assert opened("endpoints", "Outbound", (SMTP,)) == []


@pytest.mark.parametrize("role", [role for role in ROLES if role != "endpoints"])
def test_the_allow_list_opens_exactly_its_destination_and_ports(role: str) -> None:
    extra = [rule for rule in opened(role, "Outbound", (SMTP,)) if rule not in opened(role, "Outbound")]
    assert [(r.destinations, r.ports, r.source) for r in extra] == [
        (("203.0.113.0/28",), ("587",), BY_ROLE[role].prefix)
    ]


class TestWhoMayConnect:
    def test_people_reach_what_is_behind_the_endpoints_and_nothing_else(self) -> None:
        (rule,) = added("endpoints", "Inbound", OFFICE)
        assert (rule.source, rule.ports, rule.reason) == ("10.100.0.0/16", ("443",), "Staff")
        assert rule.destinations == (BY_ROLE["endpoints"].prefix,)
        for role in ROLES:
            assert added(role, "Outbound", OFFICE) == []
            assert role == "endpoints" or added(role, "Inbound", OFFICE) == []

    def test_a_subnet_of_the_network_gets_both_ends(self) -> None:
        (leaves,), (enters,) = added("own", "Outbound", BATCH), added("endpoints", "Inbound", BATCH)
        assert (leaves.source, leaves.destinations) == (BY_ROLE["own"].prefix, (BY_ROLE["endpoints"].prefix,))
        assert (enters.source, enters.destinations) == (BY_ROLE["own"].prefix, (BY_ROLE["endpoints"].prefix,))
        assert leaves.ports == enters.ports == ("443", "5432")

    def test_a_row_that_is_appended_moves_no_priority(self) -> None:
        (before,), after = added("endpoints", "Inbound", OFFICE), added("endpoints", "Inbound", OFFICE, BATCH)
        assert before in after

    @pytest.mark.parametrize("source", ["0.0.0.0/0", "everyone", "Internet"])
    def test_nobody_lets_everybody_in(self, source: str) -> None:
        row = IngressRow(name="all", source=source, subnet="endpoints", ports=("443",), reason="x")
        with pytest.raises(ValueError, match="ingress 'all'"):
            rules("endpoints", ingress=(row,))


class TestOneSubnetAlone:
    ROW = EgressRow(name="ci", destination="203.0.113.0/28", ports=("443",), subnets=("runner",), reason="CI")

    def test_a_row_for_the_runner_opens_nothing_for_the_applications(self) -> None:
        assert [rule.name for rule in opened("runner", "Outbound", (self.ROW,)) if rule not in rules("runner")] == [
            "allow-ci"
        ]
        for role in ROLES:
            if role != "runner":
                assert rules(role, (self.ROW,)) == rules(role)

    def test_priorities_are_those_of_the_list(self) -> None:
        (after_ci,) = [r for r in rules("apps", (self.ROW, SMTP)) if r.name == "allow-smtp"]
        (alone,) = [r for r in rules("apps", (SMTP, self.ROW)) if r.name == "allow-smtp"]
        assert (alone.priority, after_ci.priority) == (1000, 1001)

    def test_a_runner_that_is_named_may_reach_its_service(self) -> None:
        listed = tuple(
            EgressRow(name=r.name, destination=r.destination, ports=r.ports, subnets=r.subnets, reason=r.reason)
            for r in RUNNERS["azureDevOps"]
        )
        found = [r for r in opened("runner", "Outbound", listed) if r.name.startswith("allow-azure-devops")]
        assert len(found) == len(listed)
        assert {r.ports for r in found} == {("443",)}
        assert opened("apps", "Outbound", listed) == opened("apps", "Outbound")


@pytest.mark.parametrize("role", ROLES)
def test_no_group_has_two_rules_of_one_name(role: str) -> None:
    """Microsoft Learn, "Network security groups": a name is unique in its group, whatever the direction."""
    names = [rule.name.lower() for rule in rules(role, (SMTP,), ("10.0.0.4",), (OFFICE, BATCH))]
    assert len(names) == len(set(names))


def test_no_row_of_the_stack_file_can_take_a_name_of_the_platforms_rules() -> None:
    for role in ROLES:
        for rule in rules(role, dns=("10.0.0.4",)):
            kind, _, name = rule.name.lower().partition("-")
            assert kind == "deny" or name in RESERVED, "add it to settings.traffic_rules.RESERVED"


def test_only_apps_and_jobs_reach_databases_and_only_apps_reach_the_cache() -> None:
    reached = {rule.source: set(rule.ports) for rule in opened("endpoints", "Inbound") if "5432" in rule.ports}
    assert set(reached) == {BY_ROLE["apps"].prefix, BY_ROLE["jobs"].prefix}
    assert [r.source for r in opened("endpoints", "Inbound") if "10000" in r.ports] == [BY_ROLE["apps"].prefix]


def test_shares_are_mounted_with_two_ports() -> None:
    """App Service needs 80 beside 445 (Microsoft Learn, "Mount Azure Storage as a local share")."""
    for role, direction in (("apps", "Outbound"), ("endpoints", "Inbound")):
        (ports,) = [r.ports for r in opened(role, direction) if "445" in r.ports]
        assert {"80", "445"} <= set(ports)


def test_whatever_a_client_may_send_to_the_endpoints_they_accept_and_nothing_more() -> None:
    endpoints = BY_ROLE["endpoints"].prefix
    accepted = {(r.source, r.ports) for r in opened("endpoints", "Inbound")}
    sent = {(r.source, r.ports) for role in ROLES for r in opened(role, "Outbound") if r.destinations == (endpoints,)}
    assert sent == accepted, "a flow opened at one end only is either useless or a hole"


def test_applications_cannot_be_reached_directly() -> None:
    assert opened("apps", "Inbound") == [], "callers go through the private endpoint of the application"
    assert opened("runner", "Inbound") == []


def test_a_subnet_of_the_customers_own_is_closed_until_the_allow_list_opens_it() -> None:
    assert opened("own", "Inbound") == []
    assert opened("own", "Outbound") == []


def test_a_container_apps_environment_gets_what_it_needs_to_run_wherever_it_is() -> None:
    names = {(r.direction, r.name) for r in rules("jobs")}
    assert {(r.direction, r.name) for r in DELEGATED["Microsoft.App/environments"]} <= names
    other = Subnet(
        role="own-jobs",
        prefix="10.20.3.0/27",
        delegation="Microsoft.App/environments",
        purpose="test",
        private_endpoints=False,
    )
    own = rules_of(other, subnets=[*SUBNETS, other], egress=())
    (probe,) = [r for r in own if r.source == "AzureLoadBalancer"]
    assert probe.destinations == ("10.20.3.0/27",)


def test_services_that_have_a_private_endpoint_are_not_reached_by_their_public_tag() -> None:
    required = {rule.name for rule in DELEGATED["Microsoft.App/environments"]}  # of Azure's own nodes, not of ours
    found = (rule for role in ROLES for rule in opened(role, "Outbound") if rule.name not in required)
    tags = {tag for rule in found for tag in rule.destinations}
    public = ("AzureMonitor", "AzureKeyVault", "Storage", "AzureContainerRegistry", "AppService", "AzureCloud")
    assert not {tag for tag in tags if tag.startswith(public)}, "data would leave by the way that nobody watches"


def test_the_nodes_of_the_jobs_send_their_logs_and_no_other_subnet_reaches_azure_monitor() -> None:
    (logs,) = [rule for rule in opened("jobs", "Outbound") if "AzureMonitor" in rule.destinations]
    assert (logs.ports, logs.protocol) == (("443",), "Tcp")
    assert not [
        r for role in ROLES if role != "jobs" for r in opened(role, "Outbound") if "AzureMonitor" in r.destinations
    ]


@pytest.mark.parametrize("role", ROLES)
def test_no_rule_of_the_platform_lets_out_to_a_tag_that_holds_almost_everything(role: str) -> None:
    tags = {tag for rule in opened(role, "Outbound") for tag in rule.destinations if SERVICE_TAG.fullmatch(tag)}
    assert not {tag for tag in tags if service_tags.width(tag)}


@pytest.mark.parametrize("tag", ["AzureCloud", "AzureCloud.SwedenCentral", "VirtualNetwork"])
def test_a_row_to_a_tag_that_holds_almost_everything_is_refused_here_too(tag: str) -> None:
    with pytest.raises(ValueError, match="name the service that it needs"):
        check_destination(EgressRow(name="wide", destination=tag, ports=("443",), reason="Everything"))


def test_dns_servers_of_the_customer_are_reached_on_port_53_over_udp_and_tcp() -> None:
    (rule,) = [r for r in rules("apps", dns=("10.1.0.4", "10.1.0.5")) if r.name == "allow-dns"]
    assert (rule.destinations, rule.ports, rule.protocol) == (("10.1.0.4", "10.1.0.5"), ("53",), "*")
    assert security_rule(rule).destination_address_prefixes == ["10.1.0.4", "10.1.0.5"]


@pytest.mark.parametrize("role", ROLES)
def test_azure_accepts_names_priorities_and_descriptions(role: str) -> None:
    many = tuple(
        EgressRow(name=f"n{i}", destination="203.0.113.0/28", ports=("443",), reason="r" * 300) for i in range(50)
    )
    for direction in ("Inbound", "Outbound"):
        found = [r for r in rules(role, many, ("10.1.0.4",)) if r.direction == direction]
        for what in ("priority", "name"):
            values = [getattr(rule, what) for rule in found]
            assert len(values) == len(set(values)), f"Azure refuses two rules with one {what}"
        assert all(100 <= rule.priority <= 4096 for rule in found)
        assert all(len(rule.reason) <= DESCRIPTION_LIMIT for rule in found)
        assert all(rule.reason for rule in found), "a rule without a reason cannot be reviewed"


def test_adding_to_the_allow_list_moves_no_rule_that_was_there() -> None:
    second = EgressRow(name="crm", destination="198.51.100.7/32", ports=("443",), reason="CRM")
    assert set(map(repr, rules("apps", (SMTP,)))) <= set(map(repr, rules("apps", (SMTP, second))))


def test_changing_what_one_flow_reaches_keeps_the_priorities_of_the_others() -> None:
    assert len({flow.client + flow.name for flow in FLOWS}) == len(FLOWS)
    assert 100 + 10 * len(FLOWS) <= 300, "flows have the priorities from 100, service tags those from 300"
    assert 300 + 10 * len(PLATFORM) <= 400


@pytest.mark.parametrize("destination", ["*", "Internet", "Any", "0.0.0.0/0", "::/0"])
def test_an_allow_list_that_opens_everything_is_refused(destination: str) -> None:
    row = EgressRow(name="all", destination=destination, ports=("443",), reason="convenience")
    with pytest.raises(ValueError, match="open the network to everyone"):
        rules("apps", (row,))


def test_a_host_name_is_refused_with_the_reason() -> None:
    row = EgressRow(name="api", destination="api.openai.com", ports=("443",), reason="model")
    with pytest.raises(ValueError, match="host names need a firewall"):
        rules("apps", (row,))


@pytest.mark.parametrize(
    "destination",
    ["Storage.SwedenCentral", "AzureFrontDoor.Frontend", "AzureFrontDoor.Frontend.WestEurope", "203.0.113.9"],
)
def test_blocks_addresses_and_service_tags_are_accepted(destination: str) -> None:
    row = EgressRow(name="ok", destination=destination, ports=("443", "8000-8080"), reason="partner")
    made = security_rule(next(rule for rule in rules("apps", (row,)) if rule.name == "allow-ok"))
    assert made.destination_address_prefix == destination
    assert made.destination_port_ranges == ["443", "8000-8080"]
    assert made.destination_port_range is None


def test_every_tag_that_a_stack_file_may_name_is_accepted() -> None:
    tags = (*service_tags.TAGS, *(f"{regional}.WestEurope" for regional in service_tags.REGIONAL))
    for tag in (tag for tag in tags if not service_tags.width(tag)):
        check_destination(EgressRow(name="ok", destination=tag, ports=("443",), reason="partner"))
