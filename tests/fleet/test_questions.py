"""Answers of other versions, broken ones and none: each becomes words about that installation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.process import Answer
from fleet.questions import CHECKS, Reading, one_line, read_answer

from .fakes import status

QUESTIONS = {question.name: question for question in CHECKS}


def read(question: str, out: str, code: int = 0, err: str = "") -> Reading:
    answer = Answer(ending="ended", code=code, out=out, err=err, seconds=1.0)
    return read_answer(QUESTIONS[question], "prod", answer, 60)


def test_a_deployed_stack_is_in_order() -> None:
    assert read("status", status()).state == "ok"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"resources": 0, "changed": None}, "not deployed"),
        ({"pending": ["urn:one", "urn:two"]}, "2 unfinished operations"),
        ({"unfinished": {"words": "promotion of 2026.12.0, at step swap"}}, "unfinished: promotion of 2026.12.0"),
        ({"locks": [{"owner": "ci@host", "dead": True}]}, "locked by ci@host, which is gone"),
    ],
)
def test_an_unfinished_stack_is_not(changes: dict[str, Any], said: str) -> None:
    found = read("status", status(**changes))
    assert found.state == "bad" and said in found.message


def test_the_release_that_was_deployed_is_told_where_the_version_says_it() -> None:
    said = read("status", status(deployed={"running": {"id": "2026.10.0", "hash": "sha256:0"}})).message
    assert said.startswith("release 2026.10.0, 400 resources")


def test_a_lock_of_somebody_at_work_is_no_fault() -> None:
    assert read("status", status(locks=[{"owner": "ci@host", "dead": False}])).state == "ok"


def test_drift_is_named_and_counted() -> None:
    found = [{"name": f"vault-{n}", "path": "properties.sku"} for n in range(5)]
    answer = read("drift", json.dumps({"ok": False, "drift": found}), 1)
    assert answer.state == "bad" and "vault-0 properties.sku" in answer.message and "and 2 more" in answer.message
    assert read("drift", json.dumps({"ok": True, "drift": []})).state == "ok"


def test_a_ledger_that_does_not_verify_and_violations_are_bad() -> None:
    assert "does not verify" in read("ledger", json.dumps({"error": "the ledger of prod does not verify"}), 3).message
    assert read("evidence", json.dumps({"ok": True, "refused": 2})).message.startswith("2 mandatory violations")
    assert read("evidence", json.dumps({"ok": True, "refused": 0})).state == "ok"


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_version_without_a_command_says_so(name: str) -> None:
    found = read(name, "", 2, f"Usage: fabrix [OPTIONS]\n\nError: No such command '{name}'.\n")
    assert (found.state, found.message) == ("unknown", f"this installation's version has no `{name}`")


KEYS = st.sampled_from(["stacks", "stack", "resources", "ok", "error", "drift", "refused", "pending", "locks"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))


@pytest.mark.parametrize("name", QUESTIONS)
@given(DOCUMENTS, st.integers(-15, 255))
def test_no_answer_raises_or_passes_for_healthy_without_saying_so(name: str, document: Any, code: int) -> None:
    found = read(name, json.dumps(document), code)
    assert found.state in {"ok", "bad", "unknown"} and found.message
    assert code == 0 or found.state != "ok", "a command that failed is never healthy"


@given(st.binary(max_size=300), st.integers(-15, 255))
def test_garbage_is_garbage(out: bytes, code: int) -> None:
    found = read("status", out.decode("utf-8", errors="replace"), code)
    assert found.state != "ok" and "\n" not in found.message


def test_foreign_words_are_one_printable_line_without_secrets() -> None:
    assert one_line("first\n\x1b[31mlast\x1b[0m\n\n") == "[31mlast[0m"
    assert len(one_line("x" * 999)) == 160
    assert "not shown" in one_line("DefaultEndpointsProtocol=https;AccountKey=0123456789abcdef0123==")
