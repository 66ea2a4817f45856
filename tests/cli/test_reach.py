"""``reach --expect``: the exit code says whether what a script asks for is proven."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from cli import reach
from resources.values import UNKNOWN
from support.console import Console
from tests.topology.small import Small

TO_VAULT, FROM_OUTSIDE = ("app-one", "vault"), ("internet", "vault")


def run(monkeypatch: pytest.MonkeyPatch, small: Small, *arguments: str) -> tuple[int, dict[str, object]]:
    """Run the command on a small network instead of a deployed one."""
    session = SimpleNamespace(console=Console(as_json=True))
    monkeypatch.setattr(reach.Session, "open", lambda *_, **__: session)
    monkeypatch.setattr(reach, "deployed_topology", lambda _: small.build())
    done = CliRunner().invoke(reach.app, [*arguments, "--json"])
    return done.exit_code, json.loads(done.stdout) if done.exit_code < 2 else {}


@pytest.mark.parametrize(
    ("ends", "expect", "code"),
    [
        (TO_VAULT, "reachable", 0),
        (TO_VAULT, "blocked", 1),
        (FROM_OUTSIDE, "blocked", 0),
        (FROM_OUTSIDE, "reachable", 1),
    ],
)
def test_the_exit_code_says_whether_it_is_as_expected(monkeypatch, ends, expect, code) -> None:
    found, document = run(monkeypatch, Small(), *ends, "--expect", expect)
    assert (found, document["ok"], document["expected"]) == (code, code == 0, expect)


@pytest.mark.parametrize("ends", [TO_VAULT, FROM_OUTSIDE])
def test_without_an_expectation_every_answer_is_a_success(monkeypatch, ends) -> None:
    code, document = run(monkeypatch, Small(), *ends)
    assert (code, document["ok"]) == (0, True)
    assert "expected" not in document


@pytest.mark.parametrize("expect", ["reachable", "blocked"])
def test_what_is_not_known_is_neither(monkeypatch, expect) -> None:
    small = Small()
    small.set("vault", "properties.publicNetworkAccess", UNKNOWN)
    code, document = run(monkeypatch, small, *FROM_OUTSIDE, "--expect", expect)
    assert (code, document["outcome"]) == (1, "undetermined")


def test_another_word_is_refused(monkeypatch) -> None:
    assert run(monkeypatch, Small(), *TO_VAULT, "--expect", "open")[0] == 2
