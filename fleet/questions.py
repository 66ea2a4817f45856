"""What an installation is asked, and how its answers are read, whatever its version is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fleet.process import LARGEST, Answer
from settings.literal_secrets import looks_secret
from support.console import shortened

State = Literal["ok", "bad", "unknown"]
"""Healthy; not healthy; or the installation's version cannot tell."""

_LONGEST = 160
_NO_COMMAND = "No such command"
"""Message of the command line library about an unknown command."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an answer means."""

    state: State
    message: str
    final: bool = False
    """Whether no more questions about this stack make sense."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One read-only command."""

    name: str
    arguments: Callable[[str, Path], list[str]]
    """(stack, folder for files) → arguments of ``./fabrix``."""
    read: Callable[[str, int, Mapping[str, Any]], Reading]
    """(stack, exit code, JSON document) → its meaning."""


def read_answer(question: Question, stack: str, answer: Answer, timeout: float) -> Reading:
    """Read an answer; whatever is wrong with it becomes a message, never an exception."""
    if answer.ending != "ended":
        return Reading(state="bad", message=_failure(answer, timeout), final=True)
    document = _document(answer.out)
    if document is None:
        if answer.code == 2 and _NO_COMMAND in answer.err:  # noqa: PLR2004 - bad usage
            return Reading(state="unknown", message=f"this installation's version has no `{question.name}`")
        first = one_line(answer.err) or one_line(answer.out)
        return Reading(state="bad", message=f"answered no JSON (exit {answer.code}){f': {first}' if first else ''}")
    try:
        return question.read(stack, answer.code, document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        kind = type(error).__name__
        return Reading(state="unknown", message=f"its version answers `{question.name}` in another form ({kind})")


def _failure(answer: Answer, timeout: float) -> str:
    return {
        "timeout": f"did not answer within {timeout:g} s and was ended",
        "stopped": "was interrupted",
        "flood": f"printed more than {LARGEST // 1024 // 1024} MiB and was ended",
        "missing": f"could not be started: {answer.err}",
    }[answer.ending]


def _document(text: str) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def one_line(text: str) -> str:
    """Return the last line of a command's output, printable and shortened, and withheld if it looks secret."""
    lines = ["".join(c for c in line if c.isprintable()).strip() for line in text.splitlines()]
    last = next((line for line in reversed(lines) if line), "")
    if looks_secret(last):
        return "(not shown: it looks secret)"
    return last if len(last) <= _LONGEST else f"{last[: _LONGEST - 1]}…"


def _failed(code: int, document: Mapping[str, Any]) -> Reading:
    first = str(document.get("error") or "").strip().splitlines()
    return Reading(state="bad", message=f"exit {code}: {one_line(first[0]) if first else 'no reason given'}")


def _status(stack: str, code: int, document: Mapping[str, Any]) -> Reading:
    if code != 0:
        return _failed(code, document)
    status = {one["stack"]: one for one in document["stacks"]}[stack]
    if not status["resources"]:
        return Reading(state="bad", message="not deployed", final=True)
    pending, dead = len(status.get("pending") or ()), [one for one in status.get("locks") or () if one.get("dead")]
    problems = [f"{pending} unfinished operations"] if pending else []
    if unfinished := status.get("unfinished"):
        problems.append(one_line(f"unfinished: {unfinished['words']}"))
    problems += [f"locked by {one_line(str(one.get('owner')))}, which is gone" for one in dead]
    release = ((status.get("deployed") or {}).get("running") or {}).get("id") or status["release"]
    summary = f"release {release}, {status['resources']} resources, last change {status['changed']}"
    return Reading(state="bad" if problems else "ok", message="; ".join([*problems, summary]))


def _drift(_: str, code: int, document: Mapping[str, Any]) -> Reading:
    if code not in (0, 1) or "drift" not in document:
        return _failed(code, document)
    differences = [one_line(f"{one['name']} {one['path']}") for one in document["drift"]]
    if code == 0 and not differences:
        return Reading(state="ok", message="no drift")
    return Reading(state="bad", message=f"drift: {shortened(differences, 3)}")


def _ledger(_: str, code: int, document: Mapping[str, Any]) -> Reading:
    if code == 0 and document["ok"] is True:
        return Reading(state="ok", message="the ledger verifies")
    return _failed(code, document)


def _evidence(_: str, code: int, document: Mapping[str, Any]) -> Reading:
    if code != 0:
        return _failed(code, document)
    refused = int(document["refused"])
    if refused:
        return Reading(state="bad", message=f"{refused} mandatory violations of the policies")
    return Reading(state="ok", message="no mandatory violation of the policies")


STATUS = Question(name="status", arguments=lambda stack, _: ["status", stack], read=_status)
CHECKS = (
    STATUS,
    Question(name="drift", arguments=lambda stack, _: ["drift", stack], read=_drift),
    Question(name="ledger", arguments=lambda stack, _: ["ledger", "verify", stack], read=_ledger),
    # Judges what is deployed; its files go into a temporary folder.
    Question(name="evidence", arguments=lambda stack, folder: ["evidence", stack, "-o", str(folder)], read=_evidence),
)
