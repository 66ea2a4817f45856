"""One thing that a claim looked at, and how an answer becomes evidence."""

from __future__ import annotations

from dataclasses import dataclass

from topology.model import Answer, Blocked, Path, Undetermined, Verdict


@dataclass(frozen=True)
class Evidence:
    """One thing that was looked at."""

    subject: str
    """URN of the resource it is about; a name where there is none."""
    verdict: Verdict
    text: str


def judged(answer: Answer, *, wanted: type) -> Verdict:
    """Turn an answer into a verdict; ``wanted`` is the kind that passes."""
    if isinstance(answer, Undetermined):
        return Verdict.UNDETERMINED
    return Verdict.PASS if isinstance(answer, wanted) else Verdict.FAIL


def words(answer: Answer) -> str:
    """Say an answer in half a sentence."""
    if isinstance(answer, Path):
        return f"open on port {answer.port}, {answer.hops[-1].text if answer.hops else 'directly'}"
    word = "blocked" if isinstance(answer, Blocked) else "undetermined"
    return f"{word}: {answer.text}"
