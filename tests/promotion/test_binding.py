"""What a plan is bound to: every single change is named, and what is no change is not."""

import copy
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from promotion import binding
from promotion.binding import differences, leaf_hashes, program_hashes, state_hashes
from promotion.model import Binding
from stacks.state import SECRET_MARK, SIGNATURE

HIDDEN = "correct horse battery staple"
URN = "urn:pulumi:prod::aifabrix::aifabrix:data:Data$azure-native:storage:StorageAccount::{}"


def secret(text: str, mark: str = "plaintext") -> dict[str, str]:
    return {SIGNATURE: SECRET_MARK, mark: json.dumps(text)}


def resource(name: str, **inputs: object) -> dict[str, Any]:
    urn = URN.format(name)
    return {"urn": urn, "type": "azure-native:storage:StorageAccount", "id": f"/x/{name}", "inputs": inputs}


def deployment(*entries: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"resources": list(entries), **more}


BEFORE = Binding(
    stack="prod",
    target="local",
    place="sha256:1",
    source="test",
    release="2026.12.0",
    release_hash="sha256:2",
    line={"running": "2026.11.0", "standby": "2026.12.0"},
    config=dict(leaf_hashes("", {"aifabrix:platform": {"size": "m", "network": {"addressSpace": ["10.0.0.0/22"]}}})),
    state=state_hashes(deployment(resource("a", sku="S"), resource("b", key=secret(HIDDEN)))),
    program={"__main__.py": "sha256:3", "policies/waivers.yaml": "sha256:4"},
    waivers=("PG-05 for postgres until 2027-01-01",),
    tools={"engine": "3.259.0"},
    state_time="2026-11-24T10:00:00Z",
)


def test_nothing_changed_says_nothing() -> None:
    assert differences(BEFORE, BEFORE) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stack": "test"}, "stack prod, not for stack test"),
        ({"target": "azure"}, "the local target, not for the azure target"),
        ({"place": "sha256:9"}, "a state of prod in another backend"),
        ({"source": None}, "a release from test, not for a release from no stack"),
        ({"release_hash": "sha256:9"}, "it is about release 2026.12.0 (sha256:2), not 2026.12.0 (sha256:9)"),
        ({"line": "2026.12.0"}, "the release line to deploy was 2026.11.0, slots 2026.12.0, now it would be"),
        ({"tools": {"engine": "3.260.0"}}, "engine was 3.259.0, now it is 3.260.0"),
        ({"waivers": ()}, "a waiver no longer holds: PG-05 for postgres until 2027-01-01"),
        ({"program": {**BEFORE.program, "__main__.py": "sha256:9"}}, "program: changed since then: __main__.py"),
        (
            {"program": {**BEFORE.program, "components/new.py": "sha256:9"}},
            "program: new since then: components/new.py",
        ),
        ({"program": {"__main__.py": "sha256:3"}}, "program: gone since then: policies/waivers.yaml"),
    ],
)
def test_each_change_is_named_and_nothing_else(change, said) -> None:
    found = differences(BEFORE, dataclasses.replace(BEFORE, **change))
    assert len(found) == 1, found
    assert said in found[0]


def test_a_change_of_the_configuration_is_named_by_its_path() -> None:
    now = {"aifabrix:platform": {"size": "l", "network": {"addressSpace": ["10.0.0.0/22", "10.1.0.0/22"]}}}
    found = differences(BEFORE, dataclasses.replace(BEFORE, config=dict(leaf_hashes("", now))))
    assert found == [
        "configuration: changed since then: aifabrix:platform.size",
        "configuration: new since then: aifabrix:platform.network.addressSpace[1]",
    ]


def test_a_commit_of_the_same_files_is_no_change() -> None:
    now = dataclasses.replace(BEFORE, commit="another", modified=True, state_time="later")
    assert differences(BEFORE, now) == []


def test_a_change_of_the_state_is_named_by_resource() -> None:
    now = state_hashes(deployment(resource("a", sku="XL"), resource("c")))
    found = differences(BEFORE, dataclasses.replace(BEFORE, state=now))
    assert found[0] == "state: changed since then: a (storage:StorageAccount)"
    assert found[1] == "state: gone since then: a secret, b (storage:StorageAccount)"
    assert found[2] == "state: new since then: c (storage:StorageAccount)"


def test_more_than_a_few_are_counted() -> None:
    now = state_hashes(deployment(*(resource(f"n{number:02d}") for number in range(20))))
    said = differences(dataclasses.replace(BEFORE, state={}), dataclasses.replace(BEFORE, state=now))
    assert said == [
        f"state: new since then: {', '.join(f'n{n:02d} (storage:StorageAccount)' for n in range(8))} and 12 more"
    ]


def test_unfinished_operations_are_a_change() -> None:
    now = {
        **BEFORE.state,
        **state_hashes(deployment(pending_operations=[{"type": "creating", "resource": resource("z")}])),
    }
    assert differences(BEFORE, dataclasses.replace(BEFORE, state=now)) == [
        "state: new since then: unfinished operations"
    ]


def test_a_secret_is_bound_and_cannot_be_read_from_its_hash() -> None:
    def bound(text: str) -> dict[str, str]:
        return state_hashes(deployment(resource("a", key=secret(text)), resource("b", key="plain")))

    one, other = bound(HIDDEN), bound("another")
    assert {key for key in one if one[key] != other[key]} == {binding.SECRETS}, "its resource says nothing of it"
    assert HIDDEN not in json.dumps(one)
    assert bound(HIDDEN) == one


@pytest.mark.parametrize("field", ["created", "modified", "sourcePosition", "stackTrace"])
def test_when_and_from_which_line_it_was_written_is_no_change(field) -> None:
    state = deployment(resource("a"), resource("b", key=secret(HIDDEN)))
    later = copy.deepcopy(state)
    later["resources"][1][field] = "another"
    assert state_hashes(later) == state_hashes(state)


@settings(max_examples=12, deadline=None)
@given(some.permutations(range(4)), some.permutations(["urn:1", "urn:2", "urn:3"]))
def test_the_order_in_which_the_engine_writes_is_no_change(order, names) -> None:
    listed = [{**resource(f"r{n}", key=secret(f"s{n}")), "dependencies": ["urn:1", "urn:2", "urn:3"]} for n in range(4)]
    other = [{**listed[number], "dependencies": list(names)} for number in order]
    assert state_hashes(deployment(*other)) == state_hashes(deployment(*listed))


def test_the_files_of_the_program_are_all_there() -> None:
    found = program_hashes(["releases/2026.11.0.yaml", "releases/not-there.yaml"])
    for name in (
        "__main__.py", "Pulumi.yaml", "requirements.txt", "components/platform.py", "settings/load.py",
        "settings/catalogue/keycloak.yaml", "policies/waivers.yaml", "policies/profiles.yaml",
        "resources/values.py", "topology/claims.py", "releases/2026.11.0.yaml",
    ):  # fmt: skip
        assert name in found, f"{name} decides what is made or how it is judged"
    assert not [
        name for name in found if "__pycache__" in name or name.startswith(("tests/", "docs/", "cli/", "stacks/"))
    ]
    assert "releases/not-there.yaml" not in found


def test_a_binding_survives_the_way_into_a_file_and_back() -> None:
    written = json.loads(json.dumps(BEFORE.document()))
    assert Binding.from_document(written) == BEFORE
    assert written["configHash"].startswith("sha256:")
