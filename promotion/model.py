"""What a gate says: whether the release may pass, why, and what to do if it may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self


class GateOutcome(StrEnum):
    """How a gate decided."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


SIGNS: Mapping[GateOutcome, tuple[str, str]] = {
    GateOutcome.PASSED: ("✓", "green"),
    GateOutcome.FAILED: ("✗", "red"),
    GateOutcome.NOT_APPLICABLE: ("·", "dim"),
}
"""Sign and colour for people."""


@dataclass(frozen=True, kw_only=True)
class GateVerdict:
    """One decision of one gate. It is written into the ledger, so it never holds a secret."""

    outcome: GateOutcome
    reason: str
    """Why, in a sentence or two."""
    way_forward: str = ""
    """What to do about it, where it failed."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the decision rests on, for evidence; plain JSON."""
    gate: str = ""
    """Id of the gate; filled in by whoever asked it."""
    title: str = ""
    reviewed: bool = False
    """Whether it was taken from a reviewed plan, in which nothing has changed since."""

    @classmethod
    def passed(cls, reason: str, **facts: Any) -> Self:  # noqa: ANN401 - plain JSON
        """Let it pass."""
        return cls(outcome=GateOutcome.PASSED, reason=reason, facts=facts)

    @classmethod
    def failed(cls, reason: str, way_forward: str = "", **facts: Any) -> Self:  # noqa: ANN401
        """Stop it, and say what to do."""
        return cls(outcome=GateOutcome.FAILED, reason=reason, way_forward=way_forward, facts=facts)

    @classmethod
    def not_applicable(cls, reason: str, **facts: Any) -> Self:  # noqa: ANN401
        """Say that there is nothing to decide here."""
        return cls(outcome=GateOutcome.NOT_APPLICABLE, reason=reason, facts=facts)

    @property
    def stops(self) -> bool:
        """Whether the release must not pass."""
        return self.outcome is GateOutcome.FAILED

    def document(self) -> dict[str, Any]:
        """JSON form: in ``--json``, in the ledger, in a plan."""
        return {
            "gate": self.gate,
            "title": self.title,
            "outcome": self.outcome.value,
            "reason": self.reason,
            **({"wayForward": self.way_forward} if self.way_forward else {}),
            **({"facts": dict(self.facts)} if self.facts else {}),
            **({"reviewed": True} if self.reviewed else {}),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what :meth:`document` wrote.

        Raises:
            KeyError, ValueError: it is none.

        """
        return cls(
            gate=document["gate"],
            title=document["title"],
            outcome=GateOutcome(document["outcome"]),
            reason=document["reason"],
            way_forward=document.get("wayForward", ""),
            facts=document.get("facts") or {},
            reviewed=bool(document.get("reviewed")),
        )
