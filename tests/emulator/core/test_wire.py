"""The wire keeps every value what it is, in both directions."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc

from emulator import wire
from emulator.values import UNKNOWNS, Archive, Asset, Reference, Secret, Unknown, redact

texts = st.text(max_size=20)
assets = st.one_of(
    st.builds(Asset, text=texts.filter(bool)), st.builds(Asset, path=texts.filter(bool), hash=texts.filter(bool))
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**53), max_value=2**53),
    st.floats(allow_nan=False),
    texts,
    st.sampled_from(list(UNKNOWNS)).map(UNKNOWNS.__getitem__),
    assets,
    st.builds(Archive, assets=st.dictionaries(texts, assets, max_size=2)),
    st.builds(Reference, urn=texts, id=st.one_of(st.none(), texts, st.none().map(lambda _: UNKNOWNS["string"]))),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4), st.builds(Secret, inner)
    ),
    max_leaves=20,
)


@given(st.dictionaries(texts, values, max_size=5))
def test_every_value_survives_the_way_to_the_engine_and_back(given_values: dict[str, object]) -> None:
    sent = wire.encode(given_values)
    received = type(sent).FromString(sent.SerializeToString())
    assert comparable(wire.decode(received)) == comparable(given_values), "what the engine got is what was sent"


@given(values)
def test_every_value_survives_the_way_into_the_store_and_back(value: object) -> None:
    assert comparable(wire.load(json.loads(json.dumps(wire.dump(value))))) == comparable(value)


def comparable(value: object) -> object:
    """``value`` as data that can be compared: unknowns refuse to be."""
    if isinstance(value, Unknown):
        return ("unknown", value.kind)
    if isinstance(value, (Secret, Archive, Reference)):
        return (type(value).__name__, comparable(vars(value)))
    if isinstance(value, dict):
        return {key: comparable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    return value


def test_markers_are_those_of_the_installed_sdk() -> None:
    assert rpc._special_sig_key == wire.SIGNATURE
    assert rpc._special_secret_sig == wire.SECRET
    assert rpc._special_asset_sig == wire.ASSET
    assert rpc._special_archive_sig == wire.ARCHIVE
    assert rpc._special_resource_sig == wire.REFERENCE
    assert rpc._special_output_value_sig == wire.OUTPUT
    assert wire.SENTINELS["string"] == rpc.UNKNOWN


@pytest.mark.parametrize("kind", list(wire.SENTINELS))
def test_each_of_the_seven_unknowns_is_recognised(kind: str) -> None:
    struct = wire.encode({"x": wire.SENTINELS[kind]})
    assert wire.decode(struct)["x"] is UNKNOWNS[kind]


def test_an_output_value_that_is_secret_becomes_a_secret() -> None:
    marked = {wire.SIGNATURE: wire.OUTPUT, "value": "s", "secret": True, "dependencies": []}
    assert wire.load(marked) == Secret("s")


def test_an_output_value_without_value_is_unknown() -> None:
    assert wire.load({wire.SIGNATURE: wire.OUTPUT}) is UNKNOWNS["string"]


def test_a_signature_that_nobody_knows_is_refused() -> None:
    with pytest.raises(wire.WireError, match="newer than the local Azure"):
        wire.load({wire.SIGNATURE: "something-new"})


def test_a_secret_shows_in_no_representation_and_no_message() -> None:
    value = {"password": Secret("hunter2"), "name": "x"}
    assert "hunter2" not in repr(value)
    assert redact("cannot use hunter2 here", value) == "cannot use [secret] here"
