"""A rehearsal deploys into a local Azure of its own, tells what it did on the way, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from judging import transition
from rehearsal.comparison import differences
from rehearsal.rehearsal import Rehearsal, RehearsedDeployment
from resources.values import SECRET
from stacks.events import ResourceStep, Run
from stacks.state import resource_graph
from support.errors import Exit, OperationError
from support.git import changed_files, commit_of, extract

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


class TestComparing:
    """Two stages are compared by ids and inputs; values are never told."""

    def test_missing_new_and_different_objects_are_told_without_values(self) -> None:
        start = RehearsedDeployment(Run(), {}, {"/a": {"x": "hunter2-old"}, "/b": {}})
        end = RehearsedDeployment(Run(), {}, {"/a": {"x": "hunter2-new"}, "/c": {}})
        said = differences(start, end)
        assert said == ["/b is missing at the end", "/c exists only at the end", "/a differs in x"]
        assert "hunter2" not in " ".join(said), "the inputs of a stage hold secrets"

    def test_equal_stages_differ_in_nothing(self) -> None:
        assert (
            differences(
                RehearsedDeployment(Run(), {}, {"/a": {"x": [1]}}), RehearsedDeployment(Run(), {}, {"/a": {"x": [1]}})
            )
            == []
        )

    def test_a_stage_does_not_print_its_objects(self) -> None:
        assert "hunter2" not in repr(RehearsedDeployment(Run(), {}, {"/a": {"x": "hunter2"}}))


class TestRevisions:
    """Earlier revisions are read from git without touching the work tree."""

    def test_an_unknown_revision_is_bad_input(self) -> None:
        with pytest.raises(OperationError, match="no revision 'no-such'") as caught:
            commit_of("no-such")
        assert caught.value.code is Exit.BAD_INPUT

    def test_a_revision_that_looks_like_an_option_is_no_option(self) -> None:
        with pytest.raises(OperationError, match="no revision"):
            commit_of("--help")

    def test_the_files_of_a_revision_are_all_there(self, tmp_path: Path) -> None:
        folder = extract(commit_of("HEAD"), tmp_path / "earlier")
        assert (folder / "__main__.py").is_file() and (folder / "components" / "base.py").is_file()
        assert not (folder / ".git").exists(), "it is a copy, not a work tree of the repository"

    def test_changed_files_count_those_that_git_does_not_know(self) -> None:
        assert all(not Path(name).is_absolute() for name in changed_files(commit_of("HEAD")))


class TestTheState:
    """What the rules see of an exported state."""

    def test_secrets_are_marked_and_their_text_is_not_kept(self) -> None:
        special = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:canary"}
        entry = {"urn": urn(DATABASE, "p"), "type": DATABASE, "custom": True, "inputs": {"password": special, "n": 1}}
        (resource,) = resource_graph({"resources": [entry]}).resources
        assert resource.props["password"] is SECRET and resource.props["n"] == 1
        assert "canary" not in repr(resource)

    def test_what_waits_for_deletion_is_no_longer_judged(self) -> None:
        entry = {"urn": urn(DATABASE, "p"), "type": DATABASE, "custom": True, "delete": True}
        assert resource_graph({"resources": [entry]}).resources == ()


@pytest.fixture(scope="module")
def rehearsed(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rehearsal, RehearsedDeployment]:
    """The development stack, deployed once for the tests that follow."""
    rehearsal = Rehearsal(engine, "dev", tmp_path_factory.mktemp("rehearsal"))
    return rehearsal, rehearsal.deploy()


@pytest.mark.engine
class TestOnTheEngine:
    """With the real engine and the stack files of this checkout."""

    def test_the_whole_stack_stands_and_its_state_was_written(
        self, rehearsed: tuple[Rehearsal, RehearsedDeployment]
    ) -> None:
        _, stage = rehearsed
        assert stage.errors == []
        resources = stage.deployment["resources"]
        assert len(resources) > 300, "the state is written at the end although no checkpoint was"
        assert not stage.deployment.get("pending_operations")
        assert len(stage.objects) > 300

    def test_no_value_is_left_open(self, rehearsed: tuple[Rehearsal, RehearsedDeployment]) -> None:
        text = json.dumps(rehearsed[1].deployment)
        assert "04da6b54-80e4-46f7-96ec-b56ff0331ba9" not in text, "the engine's sign for an unknown value"

    def test_the_positions_of_resources_point_into_the_program(
        self, rehearsed: tuple[Rehearsal, RehearsedDeployment]
    ) -> None:
        from judging.origins import Origins
        from support.checkout import ROOT

        rehearsal, stage = rehearsed
        origins = Origins(stage.deployment, rehearsal.project, ROOT, "dev")
        for entry in stage.deployment["resources"]:
            if entry["type"].startswith("azure-native:"):
                place = origins.of("ST-01", entry["urn"])[0]
                assert place.file.startswith(("components/", "__main__.py")), f"{entry['urn']}: {place}"
                lines = (ROOT / place.file).read_text(encoding="utf-8").splitlines()
                assert 0 < place.line <= len(lines)

    def test_a_second_deployment_changes_nothing(self, rehearsed: tuple[Rehearsal, RehearsedDeployment]) -> None:
        rehearsal, first = rehearsed
        again = rehearsal.deploy()
        assert again.run.counts() == {}
        assert differences(first, again) == []
