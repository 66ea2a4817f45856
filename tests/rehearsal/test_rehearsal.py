"""A rehearsal deploys into a local Azure of its own, and its deployments can be compared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from judging.origins import Origins
from rehearsal.comparison import differences
from rehearsal.rehearsal import Rehearsal, RehearsedDeployment
from stacks.events import Run
from support.checkout import ROOT


class TestComparing:
    """Two deployments are compared by ids and inputs; values are never told."""

    def test_missing_new_and_different_objects_are_told_without_values(self) -> None:
        start = RehearsedDeployment(Run(), {}, {"/a": {"x": "hunter2-old"}, "/b": {}})
        end = RehearsedDeployment(Run(), {}, {"/a": {"x": "hunter2-new"}, "/c": {}})
        said = differences(start, end)
        assert said == ["/b is missing at the end", "/c exists only at the end", "/a differs in x"]
        assert "hunter2" not in " ".join(said), "the inputs of objects hold secrets"

    def test_equal_deployments_differ_in_nothing(self) -> None:
        one, other = (RehearsedDeployment(Run(), {}, {"/a": {"x": [1]}}) for _ in range(2))
        assert differences(one, other) == []

    def test_a_deployment_does_not_print_its_objects(self) -> None:
        assert "hunter2" not in repr(RehearsedDeployment(Run(), {}, {"/a": {"x": "hunter2"}}))


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
        _, first = rehearsed
        assert first.errors == []
        resources = first.deployment["resources"]
        assert len(resources) > 300, "the state is written at the end although no checkpoint was"
        assert not first.deployment.get("pending_operations")
        assert len(first.objects) > 300

    def test_no_value_is_left_open(self, rehearsed: tuple[Rehearsal, RehearsedDeployment]) -> None:
        text = json.dumps(rehearsed[1].deployment)
        assert "04da6b54-80e4-46f7-96ec-b56ff0331ba9" not in text, "the engine's sign for an unknown value"

    def test_the_positions_of_resources_point_into_the_program(
        self, rehearsed: tuple[Rehearsal, RehearsedDeployment]
    ) -> None:
        rehearsal, first = rehearsed
        origins = Origins(first.deployment, rehearsal.project, ROOT, "dev")
        for entry in first.deployment["resources"]:
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
