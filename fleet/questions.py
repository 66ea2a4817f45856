"""What an installation is asked, and how its answers are read, whatever its version answers with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fleet.process import LARGEST, Answer
from settings.literal_secrets import looks_secret
from support.text import some

State = Literal["ok", "bad", "unknown"]
"""In order; not in order; or the installation's version cannot say."""

_LONGEST = 160
_NO_COMMAND = "No such command"
"""Words of the command line library for a command that this version does not have."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an answer says."""

    state: State
    said: str
    done: bool = False
    """Nothing more needs to be asked of this stack."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One read-only command."""

    name: str
    words: Callable[[str, Path], list[str]]
    """Of a stack and a folder for files: the command's words."""
    read: Callable[[str, int, Mapping[str, Any]], Reading]
    """Of a stack, the exit code and the JSON document."""


def reading(question: Question, stack: str, answer: Answer, timeout: float) -> Reading:
    """Read an answer; whatever is wrong with it becomes words, never an exception."""
    if answer.ending != "ended":
        return Reading(state="bad", said=_endings(answer, timeout), done=True)
    document = _document(answer.out)
    if document is None:
        if answer.code == 2 and _NO_COMMAND in answer.err:  # noqa: PLR2004 - bad usage
            return Reading(state="unknown", said=f"this installation's version has no `{question.name}`")
        first = one_line(answer.err) or one_line(answer.out)
        return Reading(state="bad", said=f"answered no JSON (exit {answer.code}){f': {first}' if first else ''}")
    try:
        return question.read(stack, answer.code, document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        kind = type(error).__name__
        return Reading(state="unknown", said=f"its version answers `{question.name}` in another form ({kind})")


def _endings(answer: Answer, timeout: float) -> str:
    return {
        "timeout": f"did not answer within {timeout:g} s and was ended",
        "stopped": "was interrupted",
        "flood": f"printed more than {LARGEST // 1024 // 1024} MiB and was ended",
        "missing": f"could not be started: {answer.err}",
    }[answer.ending]


def _document(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def one_line(text: str) -> str:
    """Return the last line of what a foreign command said, printable and shortened; nothing that looks secret."""
    lines = ["".join(c for c in line if c.isprintable()).strip() for line in text.splitlines()]
    last = next((line for line in reversed(lines) if line), "")
    if looks_secret(last):
        return "(not shown: it looks secret)"
    return last if len(last) <= _LONGEST else f"{last[: _LONGEST - 1]}…"


def _failed(code: int, document: Mapping[str, Any]) -> Reading:
    first = str(document.get("error") or "").strip().splitlines()
    return Reading(state="bad", said=f"exit {code}: {one_line(first[0]) if first else 'no reason given'}")


def _status(stack: str, code: int, document: Mapping[str, Any]) -> Reading:
    if code != 0:
        return _failed(code, document)
    found = {one["stack"]: one for one in document["stacks"]}[stack]
    if not found["resources"]:
        return Reading(state="bad", said="not deployed", done=True)
    pending, dead = len(found.get("pending") or ()), [one for one in found.get("locks") or () if one.get("dead")]
    wrong = [f"{pending} unfinished operations"] if pending else []
    if unfinished := found.get("unfinished"):
        wrong.append(one_line(f"unfinished: {unfinished['words']}"))
    wrong += [f"locked by {one_line(str(one.get('owner')))}, which is gone" for one in dead]
    release = ((found.get("deployed") or {}).get("running") or {}).get("id") or found["release"]
    said = f"release {release}, {found['resources']} resources, last change {found['changed']}"
    return Reading(state="bad" if wrong else "ok", said="; ".join([*wrong, said]))


def _drift(_: str, code: int, document: Mapping[str, Any]) -> Reading:
    if code not in (0, 1) or "drift" not in document:
        return _failed(code, document)
    found = list(document["drift"])
    if code == 0 and not found:
        return Reading(state="ok", said="no drift")
    differences = [one_line(f"{one['name']} {one['path']}") for one in found]
    return Reading(state="bad", said=f"drift: {some(differences, 3)}")


def _ledger(_: str, code: int, document: Mapping[str, Any]) -> Reading:
    if code == 0 and document["ok"] is True:
        return Reading(state="ok", said="the ledger verifies")
    return _failed(code, document)


def _evidence(_: str, code: int, document: Mapping[str, Any]) -> Reading:
    if code != 0:
        return _failed(code, document)
    refused = int(document["refused"])
    if refused:
        return Reading(state="bad", said=f"{refused} mandatory violations of the policies")
    return Reading(state="ok", said="no mandatory violation of the policies")


STATUS = Question(name="status", words=lambda stack, _: ["status", stack], read=_status)
CHECKS = (
    STATUS,
    Question(name="drift", words=lambda stack, _: ["drift", stack], read=_drift),
    Question(name="ledger", words=lambda stack, _: ["ledger", "verify", stack], read=_ledger),
    # The verdict on what is deployed; its files go into a folder of ours, which is thrown away.
    Question(name="evidence", words=lambda stack, folder: ["evidence", stack, "-o", str(folder)], read=_evidence),
)
