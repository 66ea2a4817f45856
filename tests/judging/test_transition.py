"""What a deployment replaced or deleted, and which app lacked what it uses meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from judging import transition
from stacks.events import ResourceStep, Run

APP, DATABASE = "azure-native:web:WebApp", "azure-native:dbforpostgresql:Server"
RULE, ENDPOINT = "azure-native:network:NatGateway", "azure-native:network:PrivateEndpoint"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::aifabrix::{kind}::{name}"


def step(operation: str, kind: str, name: str, **detailed: str) -> ResourceStep:
    return ResourceStep(operation, urn(kind, name), kind, None, None, (), detailed)


def ran(*steps: ResourceStep) -> Run:
    return Run(finished=list(steps))


def entry(kind: str, name: str, *after: str, names: str = "") -> dict[str, Any]:
    """A resource of a state: what it waits for, and what its inputs spell."""
    return {
        "urn": urn(kind, name),
        "type": kind,
        "custom": True,
        "id": f"/subscriptions/s/things/{name}",
        "dependencies": list(after),
        "inputs": {"value": names},
    }


STATE: dict[str, Any] = {
    "resources": [
        entry(DATABASE, "postgres"),
        entry(ENDPOINT, "endpoint", urn(DATABASE, "postgres"), names="/things/postgres"),
        entry(APP, "flowise", urn(ENDPOINT, "endpoint"), names="postgresql://postgres.example.net:5432/x"),
        entry(APP, "keycloak", urn(ENDPOINT, "endpoint"), names="nothing of it"),
    ]
}
"""Both apps wait for the server and its endpoint; only one names the server."""


class TestTheWayThere:
    """What a deployment replaced or deleted, and what an app was without meanwhile."""

    def test_what_holds_data_is_named_first_with_what_caused_it(self) -> None:
        found = transition.losses(
            ran(
                step("delete", RULE, "nat"),
                step("delete-replaced", DATABASE, "postgres"),
                step("create-replacement", DATABASE, "postgres", location="update-replace", tags="update"),
                step("update", APP, "flowise"),
            )
        )
        assert [(loss.name, loss.operation, loss.stateful) for loss in found] == [
            ("postgres", "replace", True),
            ("nat", "delete", False),
        ]
        assert found[0].properties == ("location",), "only what forces a replacement is its cause"

    def test_components_and_providers_are_no_losses(self) -> None:
        assert transition.losses(ran(step("delete", "aifabrix:data:Redis", "redis"))) == ()

    @pytest.mark.parametrize(
        ("case", "steps", "until"),
        [
            (
                "deleted before the new one exists, the app stays as it is",
                [step("delete-replaced", DATABASE, "postgres"), step("create-replacement", DATABASE, "postgres")],
                "until the new one exists",
            ),
            (
                "deleted first, and the app is moved after",
                [
                    step("delete-replaced", DATABASE, "postgres"),
                    step("create-replacement", DATABASE, "postgres"),
                    step("update", APP, "flowise"),
                ],
                "until the app uses the new one",
            ),
            ("deleted for good", [step("delete", DATABASE, "postgres")], "from then on"),
            (
                "deleted before the app stops using it",
                [step("delete", DATABASE, "postgres"), step("update", APP, "flowise")],
                "until the app is changed",
            ),
        ],
    )
    def test_an_app_is_without_what_it_depends_on(self, case: str, steps: list[ResourceStep], until: str) -> None:
        assert [(gap.app, gap.dependency, gap.until) for gap in transition.gaps(STATE, ran(*steps))] == [
            ("flowise", "postgres", until)
        ], f"{case}: found through what lies between them, and only for the app that names it"

    @pytest.mark.parametrize(
        "steps",
        [
            [
                step("create-replacement", DATABASE, "postgres"),
                step("update", APP, "flowise"),
                step("delete-replaced", DATABASE, "postgres"),
            ],
            [step("create-replacement", DATABASE, "postgres"), step("delete-replaced", DATABASE, "postgres")],
            [step("delete", APP, "flowise"), step("delete", DATABASE, "postgres")],
        ],
        ids=["taken over before the old one goes", "created first, the app needs no change", "the app goes first"],
    )
    def test_no_gap_where_nothing_is_missed(self, steps: list[ResourceStep]) -> None:
        assert transition.gaps(STATE, ran(*steps)) == ()

    def test_the_way_to_what_an_app_names_is_needed_too(self) -> None:
        found = transition.gaps(STATE, ran(step("delete", ENDPOINT, "endpoint")))
        assert [(gap.app, gap.dependency) for gap in found] == [("flowise", "endpoint")], (
            "the other app waits for the endpoint, too, but does not use what it leads to"
        )

    def test_the_words_say_what_holds_data(self) -> None:
        lost = transition.losses(ran(step("delete", DATABASE, "postgres")))
        assert list(transition.describe(lost, ())) == ["postgres (dbforpostgresql:Server) is deleted; IT HOLDS DATA"]
