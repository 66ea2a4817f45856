"""A security group's decision, held against a reference that tries every address one by one."""

import random
from ipaddress import IPv4Address, IPv4Network, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topology.addresses import ELSEWHERE, INTERNET, Peer, Space, covers
from topology.nsg import DEFAULT_RULES, Rule, decide, in_range, matches

VNET = Space(blocks=(ip_network("10.0.0.0/24"),))
HERE, THERE, OUTSIDE = IPv4Network("10.0.0.0/29"), IPv4Network("10.0.0.8/29"), IPv4Network("203.0.113.0/30")
PORTS = (22, 443, 5432, 8080)


def blocks_in(network: IPv4Network) -> st.SearchStrategy[str]:
    lengths = st.integers(network.prefixlen, 32)
    return lengths.flatmap(lambda length: st.sampled_from([str(block) for block in network.subnets(new_prefix=length)]))


ENDS = st.one_of(
    blocks_in(HERE),
    blocks_in(THERE),
    blocks_in(OUTSIDE),
    st.sampled_from(["*", "VirtualNetwork", "Internet", "10.0.0.0/24"]),
)
RANGES = st.one_of(
    st.just("*"), st.sampled_from([str(port) for port in PORTS]),
    st.tuples(st.integers(1, 9000), st.integers(0, 900)).map(lambda pair: f"{pair[0]}-{pair[0] + pair[1]}"),
)  # fmt: skip


@st.composite
def rule_sets(draw) -> list[Rule]:
    count = draw(st.integers(0, 7))
    priorities = draw(st.lists(st.integers(100, 4096), min_size=count, max_size=count, unique=True))
    return [
        Rule(
            name=f"rule-{priority}", priority=priority, inbound=draw(st.booleans()), allow=draw(st.booleans()),
            protocol=draw(st.sampled_from(["*", "Tcp", "Udp"])),
            sources=tuple(draw(st.lists(ENDS, min_size=1, max_size=3))),
            destinations=tuple(draw(st.lists(ENDS, min_size=1, max_size=3))),
            ports=tuple(draw(st.lists(RANGES, min_size=1, max_size=2))),
        )
        for priority in priorities
    ]  # fmt: skip


def holds(written: str, address: IPv4Address) -> bool:
    """What a reader of the documentation would say."""
    inside = address in IPv4Network("10.0.0.0/24")
    tags = {"*": True, "VirtualNetwork": inside, "Internet": not inside}
    return tags[written] if written in tags else address in IPv4Network(written)


def reference(
    rules: list[Rule], source: IPv4Address, destination: IPv4Address, port: int, *, inbound: bool
) -> tuple[bool, str]:
    """First match by priority, for one packet."""
    for rule in sorted(
        [*rules, *(r for r in DEFAULT_RULES if "LoadBalancer" not in r.name)], key=lambda rule: rule.priority
    ):
        spoken = (
            rule.inbound == inbound
            and rule.protocol in {"*", "Tcp"}
            and any(holds(one, source) for one in rule.sources or ())
            and any(holds(one, destination) for one in rule.destinations or ())
            and any(one == "*" or int(one.split("-")[0]) <= port <= int(one.split("-")[-1]) for one in rule.ports or ())
        )
        if spoken:
            return rule.allow, rule.name
    raise AssertionError("the default rules decide everything")


@settings(max_examples=150, deadline=None)
@given(
    rules=rule_sets(),
    ends=st.sampled_from([(HERE, THERE), (THERE, HERE), (HERE, OUTSIDE), (OUTSIDE, HERE), (HERE, HERE)]),
    port=st.sampled_from(PORTS),
    inbound=st.booleans(),
    seed=st.integers(),
)
def test_every_decision_is_one_that_some_packet_meets_and_no_packet_meets_another(
    rules, ends, port, inbound, seed
) -> None:
    shuffled = random.Random(seed).sample(rules, len(rules))  # noqa: S311 - an order, not a key
    decided = decide(shuffled, Peer(block=ends[0]), Peer(block=ends[1]), port, inbound=inbound, space=VNET)
    tried = {reference(rules, one, other, port, inbound=inbound) for one in ends[0] for other in ends[1]}
    assert {(decision.allow, decision.rule.name) for decision in decided} == tried
    assert all(decision.certain for decision in decided), "blocks are cut until every rule speaks of all or nothing"


@settings(max_examples=100, deadline=None)
@given(rules=rule_sets(), port=st.sampled_from(PORTS))
def test_a_rule_below_one_that_speaks_of_everything_changes_nothing(rules, port) -> None:
    everything = Rule(name="first", priority=1, inbound=False, allow=False)
    decided = decide([*rules, everything], Peer(block=HERE), Peer(block=OUTSIDE), port, inbound=False, space=VNET)
    assert [decision.rule.name for decision in decided] == ["first"]


@pytest.mark.parametrize(
    ("port", "written", "held"),
    [(443, "443", True), (443, "*", True), (443, "400-500", True), (443, "443-443", True), (444, "443", False),
     (80, "81-90", False), (90, "81-90", True), (80, "nonsense", False)],
)  # fmt: skip
def test_a_range_holds_its_ends(port, written, held) -> None:
    assert in_range(port, written) is held


@pytest.mark.parametrize(
    ("written", "peer", "held"),
    [
        ("AzureActiveDirectory", Peer(tag="AzureActiveDirectory"), True),
        ("azureactivedirectory", Peer(tag="AzureActiveDirectory"), True),
        ("Storage", Peer(tag="Storage.SwedenCentral"), True),
        ("Storage.SwedenCentral", Peer(tag="Storage"), None),
        ("AzureCloud", Peer(tag="Storage"), None),
        ("Storage", Peer(tag="AzureMonitor"), False),
        ("Internet", Peer(tag="Storage"), True),
        ("VirtualNetwork", Peer(tag="Storage"), False),
        ("Storage", Peer.of("198.51.100.7"), None),
        ("Storage", Peer.of("10.1.2.3"), False),
        ("198.51.100.0/24", Peer(tag="Storage"), None),
        ("10.0.0.0/8", Peer(tag="Storage"), False),
        ("Internet", INTERNET, True),
        ("Storage", INTERNET, None),
        ("198.51.100.0/24", INTERNET, None),
        ("Storage", ELSEWHERE, False),
        ("198.51.100.0/24", ELSEWHERE, False),
        ("Internet", ELSEWHERE, True),
        ("0.0.0.0/0", ELSEWHERE, True),
        ("Internet", Peer.of("10.1.2.3"), False),
        ("VirtualNetwork", Peer.of("10.0.0.9"), True),
        ("VirtualNetwork", Peer.of("10.1.0.9"), False),
        ("AzureLoadBalancer", INTERNET, False),
        ("10.0.0.0/28", Peer.of("10.0.0.0/24"), None),
        ("fd00::/8", Peer.of("10.0.0.0/24"), False),
    ],
)  # fmt: skip
def test_what_a_rule_names_and_whom_it_holds(written, peer, held) -> None:
    assert covers(written, peer, VNET) is held


def test_routes_of_a_subnet_widen_the_tag_of_the_network() -> None:
    routed = Space(blocks=VNET.blocks, routed=(ip_network("192.168.0.0/16"),))
    assert covers("VirtualNetwork", Peer.of("192.168.3.4"), routed) is None, "documented, and easily overlooked"


def test_unknown_parts_of_a_rule_leave_the_decision_uncertain() -> None:
    rule = Rule(name="hidden", priority=100, inbound=False, allow=True, destinations=None)
    decided = decide([rule], Peer(block=HERE), Peer.of("203.0.113.9"), 443, inbound=False, space=VNET)
    assert [(d.rule.name, d.certain) for d in decided] == [("hidden", False), ("AllowInternetOutBound", False)]


def test_a_rule_about_the_clients_own_port_speaks_of_some_connections() -> None:
    rule = Rule(name="odd", priority=100, inbound=False, allow=False, source_ports=("1024-65535",))
    assert matches(rule, Peer(block=HERE), Peer(block=THERE), 443, VNET) is None


def test_a_rule_of_another_protocol_does_not_speak() -> None:
    rule = Rule(name="dns", priority=100, inbound=False, allow=True, protocol="Udp")
    assert matches(rule, Peer(block=HERE), Peer(block=THERE), 53, VNET) is False
    assert matches(rule, Peer(block=HERE), Peer(block=THERE), 53, VNET, "Udp") is True
