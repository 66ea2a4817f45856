"""A preview asks the laws too: unknown values and unknown state refuse nothing, and hide nothing that is known."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.facts import TABLE
from emulator.values import UNKNOWN, UNKNOWNS, Secret

from .memory import ask, changed, codes, preview
from .valid import VALID, rule, world


def paths(value: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place inside inputs, containers and leaves."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        yield (*before, str(key))
        yield from paths(inner, (*before, str(key)))


@pytest.mark.parametrize("kind", VALID)
def test_whatever_is_unknown_nothing_valid_is_refused(kind: str) -> None:
    inputs = VALID[kind]
    there = world(kind)
    for place in paths(inputs):
        unsure = changed(inputs, {".".join(place): UNKNOWN}) if not any("." in step for step in place) else inputs
        texts = preview(kind, unsure)
        assert not texts, f"{kind} with an unknown {'.'.join(place)} was refused: {texts}"
        if place[0] not in TABLE[f"azure-native:{kind}"].placeholders:
            texts = ask(there, kind, unsure)
            assert not texts, f"{kind} with an unknown {'.'.join(place)} was refused in a known world: {texts}"


def test_what_is_known_is_refused_beside_an_unknown() -> None:
    inputs = changed(VALID["dbforpostgresql:Server"], {"version": "14", "administratorLoginPassword": UNKNOWN})
    assert codes(preview("dbforpostgresql:Server", inputs)) == {"VersionNotSupported"}


def test_an_unknown_rule_does_not_hide_a_wrong_one() -> None:
    inputs = changed(
        VALID["network:NetworkSecurityGroup"], {"securityRules": [UNKNOWNS["object"], rule("a", priority=1)]}
    )
    assert codes(preview("network:NetworkSecurityGroup", inputs)) == {"SecurityRuleInvalidPriority"}


def test_a_secret_is_looked_into_and_not_shown() -> None:
    inputs = copy.deepcopy(VALID["dbforpostgresql:Server"])
    inputs["administratorLoginPassword"] = Secret("weak")
    texts = preview("dbforpostgresql:Server", inputs)
    assert codes(texts) == {"PasswordTooWeak"}
    assert "weak" not in "".join(texts)


def test_a_preview_leaves_what_needs_the_world_to_the_deployment() -> None:
    inputs = changed(VALID["network:Subnet"], {"addressPrefix": "10.99.0.0/24"})
    assert not preview("network:Subnet", inputs), "the network may be made by the same deployment"
    assert codes(ask(world("network:Subnet"), "network:Subnet", inputs)) == {"NetcfgSubnetRangeOutsideVnet"}
