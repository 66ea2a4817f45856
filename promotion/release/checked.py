"""The answer of one check of a release."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class CheckResult(StrEnum):
    """What a check says."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Check:
    """One thing that was to be checked."""

    what: str
    """``hash``, ``policy pack``, ``components``, ``installer``, ``stack``, ``image``, ``signature``, ``sbom``."""
    about: str
    """Which one: the stack, or registry and repository; empty where there is one only."""
    verdict: CheckResult
    reason: str
    """What was found; for what is not checked, why."""

    def __str__(self) -> str:
        return f"{self.verdict:<12}{self.what}{f' {self.about}' if self.about else ''}: {self.reason}"

    def document(self) -> dict[str, Any]:
        """JSON form."""
        return asdict(self)


def right(what: str, about: str, reason: str) -> Check:
    """Say that something is as it should be."""
    return Check(what, about, CheckResult.RIGHT, reason)


def wrong(what: str, about: str, reason: str) -> Check:
    """Say that something is not as it should be."""
    return Check(what, about, CheckResult.WRONG, reason)


def not_checked(what: str, about: str, reason: str) -> Check:
    """Say why nobody can tell."""
    return Check(what, about, CheckResult.NOT_CHECKED, reason)
