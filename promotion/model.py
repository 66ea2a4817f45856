"""What the parts of a promotion hand to each other: verdicts of gates, previews, bindings and reviewed plans."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from judging import transition
from judging.transition import Loss
from stacks import report
from stacks.events import CHANGES, Run
from support.digest import canonical_json, sha256

# Gates


class GateOutcome(StrEnum):
    """How a gate decided."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, kw_only=True)
class GateVerdict:
    """Answer of one gate. It is written into the ledger, so it never holds a secret."""

    outcome: GateOutcome
    reason: str
    """Why, in a sentence or two."""
    way_forward: str = ""
    """What to do about a failure."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the decision rests on, for evidence; plain JSON."""
    gate: str = ""
    """Id of the gate; set by whoever asked it."""
    title: str = ""
    reviewed: bool = False
    """Whether it comes from a reviewed plan, in which nothing has changed since."""

    @classmethod
    def passed(cls, reason: str, **facts: Any) -> Self:  # noqa: ANN401 - plain JSON
        """Return a verdict that lets the release pass."""
        return cls(outcome=GateOutcome.PASSED, reason=reason, facts=facts)

    @classmethod
    def failed(cls, reason: str, way_forward: str = "", **facts: Any) -> Self:  # noqa: ANN401
        """Return a verdict that stops the release, with what to do about it."""
        return cls(outcome=GateOutcome.FAILED, reason=reason, way_forward=way_forward, facts=facts)

    @classmethod
    def not_applicable(cls, reason: str, **facts: Any) -> Self:  # noqa: ANN401
        """Return a verdict of a gate that has nothing to decide here."""
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
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read what :meth:`document` wrote.

        Raises:
            KeyError, ValueError: it is not a verdict.

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


# Plans


@dataclass(frozen=True)
class Preview:
    """The engine's preview of a stack at another release line, and the engine's plan to apply it unchanged."""

    run: Run
    engine_plan: str = field(repr=False)
    """JSON; its secrets are encrypted with the stack's own key."""

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What it would replace or delete."""
        return transition.losses(dataclasses.replace(self.run, finished=self.run.steps))

    @property
    def summary(self) -> tuple[str, ...]:
        """What it would do: counts, then a line for each change with type, name and properties, never a value."""
        steps = [step for step in self.run.steps if step.operation in CHANGES and step.real]
        lines = [
            f"{report.OPERATIONS[step.operation][1]} {report.short_type(step.type)} {step.name}"
            + (f" ({', '.join(sorted(step.detailed) or step.diffs)})" if step.detailed or step.diffs else "")
            for step in steps
        ]
        return (report.summary(self.run, planned=True), *lines)


Hashes = dict[str, str]


@dataclass(frozen=True)
class Binding:
    """Everything that must be as it was when the plan was made; the field names are those of the plan's file."""

    stack: str
    target: str
    """``local`` or ``azure``."""
    place: str
    """Digest of the backend's address, so that a plan of one machine's local Azure is none of another's."""
    source: str | None
    release: str
    release_hash: str
    line: Any
    """Release line that the engine deploys."""
    config: Hashes
    """Path in the stack's configuration → hash of its value, the release line included."""
    state: Hashes
    """URN → hash of the resource in the state; unfinished operations and all secrets have a key of their own."""
    program: Hashes
    """File → hash of its content."""
    waivers: tuple[str, ...]
    """Waivers in force on the day of the plan."""
    tools: dict[str, str]
    """Engine and packages → version."""
    state_time: str = ""
    """When the state was last written; for people."""
    commit: str = ""
    """Commit of the checkout; for people, since the hashes of the files decide."""
    modified: bool = False
    """Whether the checkout differed from the commit."""

    def document(self) -> dict[str, Any]:
        """JSON form, with one hash over each group."""
        groups = {f"{name}Hash": canonical_hash(getattr(self, name)) for name in ("config", "state", "program")}
        return {**asdict(self), "waivers": list(self.waivers), **groups}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Binding:
        """Read what :meth:`document` wrote.

        Raises:
            KeyError, TypeError: it is not a binding.

        """
        fields: dict[str, Any] = {name: document[name] for name in cls.__dataclass_fields__}
        fields["waivers"] = tuple(fields["waivers"])
        return cls(**fields)


@dataclass(frozen=True)
class ReviewedPlan:
    """A plan that people review and a later command carries out, with what it is bound to and what gates said of it."""

    binding: Binding
    engine_plan: str = field(repr=False)
    """The engine's plan, JSON; its secrets are encrypted with the stack's own key."""
    summary: tuple[str, ...]
    """What will be done: counts, then a line for each change."""
    losses: tuple[Loss, ...]
    """What is replaced or deleted, in the plan or in the rehearsal."""
    verdicts: tuple[GateVerdict, ...]
    """Verdicts of the gates that judge plan and rehearsal."""
    created: str
    expires: str
    by: dict[str, Any]

    @property
    def digest(self) -> str:
        """Identity of the plan: hash of its whole content."""
        return canonical_hash(self.document())

    def document(self) -> dict[str, Any]:
        """JSON form: ``content`` of a plan's file."""
        return {
            "binding": self.binding.document(),
            "summary": list(self.summary),
            "losses": [asdict(loss) for loss in self.losses],
            "verdicts": [verdict.document() for verdict in self.verdicts],
            "created": self.created,
            "expires": self.expires,
            "by": self.by,
            "enginePlan": self.engine_plan,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> ReviewedPlan:
        """Read what :meth:`document` wrote.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: it is not a plan.

        """
        return cls(
            binding=Binding.from_document(document["binding"]),
            engine_plan=document["enginePlan"],
            summary=tuple(document["summary"]),
            losses=tuple(_loss(loss) for loss in document["losses"]),
            verdicts=tuple(GateVerdict.from_document(verdict) for verdict in document["verdicts"]),
            created=document["created"],
            expires=document["expires"],
            by=document["by"],
        )


def _loss(document: Mapping[str, Any]) -> Loss:
    fields: dict[str, Any] = {name: document[name] for name in Loss.__dataclass_fields__}
    fields["properties"] = tuple(fields["properties"])
    return Loss(**fields)


def canonical_hash(value: Any) -> str:  # noqa: ANN401 - plain JSON
    """Return the hash of a plain value: SHA-256 over its canonical JSON."""
    return f"sha256:{sha256(canonical_json(value, default=str))}"
