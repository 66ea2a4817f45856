"""Outputs show what Azure computes, hide what was secret, and promise in a preview only what is known."""

from __future__ import annotations

from typing import Any

from emulator import results
from emulator.facts.model import Fact, Placement
from emulator.shape import Shape
from emulator.values import UNKNOWN, Secret

PLACE = Placement(id="/s/x", name="x", subscription_id="s", tenant_id="t", location="swedencentral")
SHAPE = Shape(
    "t:m:T", frozenset({"name", "host", "principalId", "identity", "location", "other", "p"}), None, "TArgs", {}
)


def _host(inputs: dict[str, Any], place: Placement) -> dict[str, Any]:
    return {"host": f"{inputs['n']}.local", "principalId": place.guid("p")}


def fact(**more: Any) -> Fact:
    """A row whose host name is computed."""
    made: dict[str, Any] = {"outputs": _host, **more}
    return Fact(token="t:m:T", arm_type="T/t", path="/s/{n}", late=("principalId", "identity.principalId"), **made)


def test_a_preview_knows_what_is_computed_and_not_what_azure_makes_up() -> None:
    found = results.forecast(fact(), SHAPE, {"n": "x"}, PLACE)
    assert found["host"] == "x.local"
    assert found["principalId"] is UNKNOWN
    assert found["location"] == "swedencentral", "taken from where the object stands"
    assert found["other"] is None, "what will be absent is known to be"


def test_a_preview_does_not_promise_absence_where_it_could_not_compute() -> None:
    found = results.forecast(fact(), SHAPE, {"n": UNKNOWN}, PLACE)
    assert "host" not in found
    assert "other" not in found
    assert found["principalId"] is UNKNOWN


def test_a_late_output_inside_another_is_unknown_and_its_neighbours_are_not() -> None:
    row = fact(outputs=lambda *_: {"identity": {"type": "SystemAssigned", "principalId": "made up"}})
    assert results.forecast(row, SHAPE, {"n": "x"}, PLACE)["identity"] == {
        "type": "SystemAssigned",
        "principalId": UNKNOWN,
    }


def test_the_preview_of_a_change_keeps_what_azure_made_up() -> None:
    row = fact(outputs=lambda *_: {"identity": {"type": "Other"}})
    before = {"principalId": "kept", "identity": {"type": "SystemAssigned", "principalId": "kept too"}}
    found = results.forecast(row, SHAPE, {"n": "x"}, PLACE, before)
    assert found["principalId"] == "kept"
    assert found["identity"] == {"type": "Other", "principalId": "kept too"}


def test_a_computed_text_that_contains_a_secret_is_secret() -> None:
    found = results.outputs(fact(), SHAPE, {"n": Secret("long-secret")}, PLACE)
    assert found["host"] == Secret("long-secret.local")


def test_a_computed_value_in_the_place_of_a_secret_input_is_secret_whatever_its_type() -> None:
    row = fact(outputs=lambda inputs, _: {"p": {**inputs["p"], "more": 1}})
    found = results.outputs(row, SHAPE, {"n": "x", "p": {"port": Secret(5432), "open": True}}, PLACE)
    assert found["p"] == {"port": Secret(5432), "open": True, "more": 1}


def test_outputs_that_are_secret_by_nature_are_secret() -> None:
    assert results.outputs(fact(secret=("host",)), SHAPE, {"n": "x"}, PLACE)["host"] == Secret("x.local")
