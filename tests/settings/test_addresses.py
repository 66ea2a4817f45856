"""Address planning: disjoint, inside the declared space, and nothing ever moves."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.addresses import AddressError, AddressPlan
from settings.subnets import BUILT_IN, RESERVE, BuiltInSubnet, CustomSubnet

spaces = st.tuples(st.integers(0, 255), st.integers(12, 23)).map(
    lambda pair: str(IPv4Network((f"10.{pair[0]}.0.0", pair[1]), strict=False))
)
customs = st.lists(st.integers(24, 29), max_size=6).map(
    lambda sizes: [CustomSubnet(name=f"own-{index}", size=size) for index, size in enumerate(sizes)]
)


def plan(space: list[str], custom: list[CustomSubnet]) -> AddressPlan | None:
    try:
        return AddressPlan.make(space, custom)
    except AddressError:
        return None


def fault(space: list[str], *custom: CustomSubnet) -> str:
    with pytest.raises(AddressError) as caught:
        AddressPlan.make(space, custom)
    return "; ".join(f"{f.message} | {f.allowed} | {f.example}" for f in caught.value.issues)


@given(spaces, customs)
def test_subnets_lie_inside_the_space_and_never_overlap(space: str, custom: list[CustomSubnet]) -> None:
    made = plan([space], custom)
    blocks = [IPv4Network(subnet.prefix) for subnet in (made.subnets if made else ())]
    assert all(block.subnet_of(IPv4Network(space)) for block in blocks), "every subnet is carved out of the space"
    assert not any(a.overlaps(b) for a, b in combinations(blocks, 2)), "no address belongs to two subnets"


@given(spaces, customs)
def test_a_plan_is_a_function_of_its_inputs(space: str, custom: list[CustomSubnet]) -> None:
    assert plan([space], custom) == plan([space], custom)


@given(spaces, customs, st.integers(24, 29))
def test_appending_a_custom_subnet_moves_nothing(space: str, custom: list[CustomSubnet], size: int) -> None:
    before, after = plan([space], custom), plan([space], [*custom, CustomSubnet(name="new", size=size)])
    if before and after:
        assert after.subnets[: len(before.subnets)] == before.subnets, "what is there stays where it is"


@given(spaces, customs)
def test_appending_a_built_in_subnet_moves_nothing(space: str, custom: list[CustomSubnet]) -> None:
    before = plan([space], custom)
    if before:
        grown = (*BUILT_IN, BuiltInSubnet(role="later", length=28, delegation=None, purpose="A later release"))
        after = {s.role: s.prefix for s in AddressPlan.make([space], custom, grown).subnets}
        assert {s.role: s.prefix for s in before.subnets}.items() <= after.items(), "a new release moves no subnet"


@given(spaces, customs)
def test_adding_an_address_space_moves_nothing(space: str, custom: list[CustomSubnet]) -> None:
    before, after = plan([space], custom), plan([space, "192.168.0.0/20"], custom)
    if before:
        assert after is not None
        assert after.subnets == before.subnets, "a second block only gives room to what comes later"


@given(customs)
def test_the_size_that_is_asked_for_is_enough_and_half_of_it_is_not(custom: list[CustomSubnet]) -> None:
    with pytest.raises(AddressError) as caught:
        AddressPlan.make(["10.0.0.0/29"], custom)
    example = IPv4Network(caught.value.issues[0].example)
    assert plan([str(example)], custom), f"{example} was said to be large enough"
    half = str(IPv4Network((example.network_address, example.prefixlen + 1)))
    assert plan([half], custom) is None, f"{example} was said to be needed, yet {half} is enough"


def test_the_built_in_subnets_fit_their_reserve() -> None:
    made = AddressPlan.make([f"10.0.0.0/{RESERVE}"])
    assert [s.role for s in made.subnets] == ["endpoints", "apps", "jobs", "runner"]
    assert made.subnet("apps").delegation == "Microsoft.Web/serverFarms", "the plan's subnet belongs to App Service"
    assert [s.role for s in made.subnets if s.private_endpoints] == ["endpoints"], "endpoints have one subnet"


def test_the_purpose_of_the_endpoints_subnet_counts_the_addresses_that_azure_leaves() -> None:
    endpoints = AddressPlan.make(["10.0.0.0/24"]).subnet("endpoints")
    usable = IPv4Network(endpoints.prefix).num_addresses - 5
    assert usable == 59 and f"{usable} of them fit" in endpoints.purpose, "Azure keeps five of 64"


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (["10.0.0.0/25"], "too small for the subnets | a first block of /24 or larger"),
        (["10.0.0.0/30"], "a size that Azure refuses"),
        (["10.0.0.0/7"], "a size that Azure refuses"),
        (["10.0.0.1/22"], "host bits are set | the first address of the block | 10.0.0.0/22"),
        (["10.0.0.0"], "without prefix length"),
        (["10.0.0.256/22"], "not an IPv4 block"),
        (["fd00::/48"], "not an IPv4 block"),
        (["20.0.0.0/16"], "not a private range"),
        (["10.0.0.0/22", "10.0.2.0/24"], "overlaps 10.0.0.0/22"),
    ],
)
def test_an_address_space_that_azure_or_the_plan_cannot_use_is_refused(space: list[str], message: str) -> None:
    assert message in fault(space)


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("10.0.0.64/27", "overlaps subnet 'apps' (10.0.0.64/26)"),
        ("10.0.0.192/28", "kept for the platform's own subnets"),
        ("10.1.0.0/27", "outside the address space"),
        ("10.0.1.0/30", "smaller than any subnet of Azure"),
        ("10.0.1.1/27", "host bits"),
    ],
)
def test_a_custom_block_that_cannot_be_had_is_refused_with_a_free_one(prefix: str, message: str) -> None:
    assert message in fault(["10.0.0.0/22"], CustomSubnet(name="own", prefix=prefix))


def test_two_custom_blocks_that_overlap_are_refused() -> None:
    one, other = CustomSubnet(name="a", prefix="10.0.1.0/26"), CustomSubnet(name="b", prefix="10.0.1.32/27")
    assert "overlaps subnet 'a'" in fault(["10.0.0.0/22"], one, other)


def test_a_role_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(KeyError, match="endpoints, apps, jobs, runner"):
        AddressPlan.make(["10.0.0.0/24"]).subnet("edge")
