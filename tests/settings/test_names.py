"""Physical names: legal for every kind, deterministic, different where two things are different."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.name_rules import RULES
from settings.names import IllegalNameError, Names, check_name
from settings.regions import REGIONS

COMPOSED = sorted(kind for kind, rule in RULES.items() if rule.style not in {"verbatim", "guid"})
UNIQUE = sorted(kind for kind, rule in RULES.items() if rule.suffix)

words = st.from_regex(r"\A[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,4}\Z").filter(lambda w: 3 <= len(w) <= 40)
parts = st.none() | words
installations = st.builds(
    Names,
    service_name=words,
    environment=st.sampled_from(["dev", "tst", "pro"]),
    region=st.sampled_from(sorted(REGIONS)),
    subscription_id=st.uuids().map(str),
    instance=st.integers(1, 999),
)


def names(**changes: object) -> Names:
    fields = {
        "service_name": "aifabrix",
        "environment": "dev",
        "region": "swedencentral",
        "subscription_id": "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b",
        "instance": 1,
    }
    return Names(**{**fields, **changes})  # ty: ignore[invalid-argument-type]


@given(installations, st.sampled_from(COMPOSED), parts)
def test_every_name_is_one_that_azure_accepts(installation: Names, kind: str, part: str | None) -> None:
    name = installation.of(kind, part)
    assert check_name(kind, name) is None, f"{name} breaks the rule of {kind}"
    assert "--" not in name, "hyphens never double"


@given(installations, st.sampled_from(COMPOSED), parts)
def test_a_name_depends_on_its_installation_kind_and_part_only(
    installation: Names, kind: str, part: str | None
) -> None:
    again = Names(
        service_name=installation.service_name,
        environment=installation.environment,
        region=installation.region,
        subscription_id=installation.subscription_id,
        instance=installation.instance,
    )
    assert again.of(kind, part) == installation.of(kind, part), "the same inputs give the same name"


@given(installations, st.sampled_from(UNIQUE), words)
def test_a_unique_name_ends_with_six_characters_however_long_it_would_be(
    installation: Names, kind: str, part: str
) -> None:
    name = installation.of(kind, part)
    assert re.fullmatch(r"[0-9a-z]{6}", name[-6:]), "the suffix survives truncation"
    if len(name) < RULES[kind].max_length - 12:
        assert name.endswith(installation.suffix), "names that fit share the installation's suffix"


@given(st.sampled_from(UNIQUE), parts, st.uuids(), st.uuids())
def test_two_subscriptions_never_share_a_globally_unique_name(
    kind: str, part: str | None, one: uuid.UUID, other: uuid.UUID
) -> None:
    pair = {names(subscription_id=str(one)).of(kind, part), names(subscription_id=str(other)).of(kind, part)}
    assert one == other or len(pair) == 2, "the subscription is in the suffix"


@pytest.mark.parametrize("kind", UNIQUE)
@pytest.mark.parametrize(
    "change", [{"environment": "tst"}, {"instance": 2}, {"region": "northeurope"}, {"service_name": "aifabrix2"}]
)
def test_installations_that_differ_in_one_thing_have_different_names(kind: str, change: dict[str, object]) -> None:
    assert names(**change).of(kind) != names().of(kind), f"{change} tells two installations apart"


@pytest.mark.parametrize("kind", COMPOSED)
def test_long_parts_that_begin_alike_stay_different_when_cut(kind: str) -> None:
    beginning = "application-with-a-key-of-forty-charact"
    one, other = (names().of(kind, f"{beginning}{end}") for end in "ab")
    assert one != other, "the suffix of a cut name covers what was cut"


def test_names_follow_the_cloud_adoption_framework() -> None:
    found = {
        kind: names().of(kind, part) for kind, part in (("resource_group", "data"), ("subnet", "apps"), ("plan", None))
    }
    assert found == {
        "resource_group": "rg-aifabrix-data-dev-sdc-001",
        "subnet": "snet-aifabrix-apps-dev-sdc-001",
        "plan": "asp-aifabrix-dev-sdc-001",
    }


@pytest.mark.parametrize(("kind", "start"), [("key_vault", "kv-aifabrix-dev-"), ("storage", "staifabrixauditdev")])
def test_where_room_is_short_the_region_goes_before_anything_else(kind: str, start: str) -> None:
    part = "audit" if kind == "storage" else None
    assert names().of(kind, part).startswith(start), "the suffix covers the region"


def test_region_codes_are_unique() -> None:
    codes = [region.code for region in REGIONS.values()]
    assert len(set(codes)) == len(codes), "two regions with one code would give one name to two things"


def test_guids_are_uuids_that_differ_by_installation_and_parts() -> None:
    guids = [names().guid("a", "b"), names().guid("a", "c"), names(instance=2).guid("a", "b")]
    assert len(set(guids)) == 3, "each part and each installation counts"
    assert all(str(uuid.UUID(g)) == g for g in guids), "role assignments are named by GUIDs"
    assert names().of("role_assignment", "x") == names().guid("role_assignment", "x")


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("secret", "has_underscore"),
        ("secret", "has/slash"),
        ("container", "Upper"),
        ("share", "a"),
        ("database", "9lives"),
    ],
)
def test_a_name_that_is_given_verbatim_is_checked_against_azures_rule(kind: str, part: str) -> None:
    with pytest.raises(IllegalNameError, match=re.escape(repr(part))):
        names().of(kind, part)


def test_secrets_keep_the_names_that_the_product_knows() -> None:
    assert names().of("secret", "miso-databases-0-urlKeyVault") == "miso-databases-0-urlKeyVault"
