"""The engine's event log, decoded: planned and finished steps, policy violations and diagnostics.

The log is a file of JSON lines, one ``EngineEvent`` each (the engine's API type of that name), written while the engine
works.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.tokens import sdk_token

CHANGES = frozenset(
    {"create", "update", "delete", "replace", "create-replacement", "delete-replaced", "import", "read"}
)
"""Operations that change something; ``same`` and ``refresh`` do not."""

_COLOUR = re.compile(r"<\{%[^%]*%\}>")


@dataclass(frozen=True)
class ResourceStep:
    """One resource's step as the engine announced it."""

    operation: str
    urn: str
    type: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    diffs: tuple[str, ...]
    detailed: dict[str, str]
    """Property path → kind of change (``add``, ``update``, ``delete-replace`` …)."""

    @property
    def real(self) -> bool:
        """Whether it is about an object in a cloud; stacks, components and providers only group or configure."""
        return not self.type.startswith(("pulumi:", "aifabrix:"))

    @property
    def name(self) -> str:
        """Logical name: the last part of the URN."""
        return self.urn.rsplit("::", 1)[-1]


@dataclass
class Run:
    """Everything that one run of the engine reported."""

    steps: list[ResourceStep] = field(default_factory=list)
    finished: list[ResourceStep] = field(default_factory=list)
    failed: list[ResourceStep] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    """(urn or empty, message) of every error diagnostic."""
    warnings: list[tuple[str, str]] = field(default_factory=list)
    policy: list[dict[str, Any]] = field(default_factory=list)
    changes: dict[str, int] = field(default_factory=dict)
    complete: bool = False
    seconds: float = 0.0

    @property
    def violations(self) -> list[dict[str, Any]]:
        """Mandatory policy violations."""
        return [event for event in self.policy if event.get("enforcementLevel") == "mandatory"]

    def counts(self) -> Counter[str]:
        """Count steps by operation, leaving out those that change nothing."""
        source = self.finished or self.steps
        return Counter(step.operation for step in source if step.operation in CHANGES and step.real)

    def resources(self) -> int:
        """Count the resources that exist after the run, or would after a preview."""
        deleted = {"delete", "delete-replaced"}
        return len({step.urn for step in (self.finished or self.steps) if step.real and step.operation not in deleted})

    def consume(self, event: dict[str, Any]) -> None:
        """Add one event."""
        if pre := event.get("resourcePreEvent"):
            self.steps.append(_step(pre["metadata"]))
        elif done := event.get("resOutputsEvent"):
            self.finished.append(_step(done["metadata"]))
        elif failed := event.get("resOpFailedEvent"):
            self.failed.append(_step(failed["metadata"]))
        elif diagnostic := event.get("diagnosticEvent"):
            self._diagnostic(diagnostic)
        elif policy := event.get("policyEvent"):
            self.policy.append({**policy, "message": without_colours(policy.get("message", ""))})
        elif summary := event.get("summaryEvent"):
            self.changes = {k: v for k, v in summary.get("resourceChanges", {}).items() if k in CHANGES}
            self.complete = summary.get("result", "succeeded") in ("", "succeeded")

    def _diagnostic(self, diagnostic: dict[str, Any]) -> None:
        entry = (
            diagnostic.get("urn", ""),
            without_colours(diagnostic.get("prefix", "") + diagnostic.get("message", "")).strip(),
        )
        if not entry[1] or diagnostic.get("ephemeral"):
            return
        severity = diagnostic.get("severity", "")
        if severity.startswith("error") and entry not in self.errors:
            self.errors.append(entry)
        elif severity == "warning" and entry not in self.warnings:
            self.warnings.append(entry)


def _step(metadata: dict[str, Any]) -> ResourceStep:
    return ResourceStep(
        operation=metadata["op"],
        urn=metadata["urn"],
        type=sdk_token(metadata["type"]),
        old=metadata.get("old"),
        new=metadata.get("new"),
        diffs=tuple(metadata.get("diffs") or ()),
        detailed={path: d.get("diffKind", "") for path, d in (metadata.get("detailedDiff") or {}).items()},
    )


def without_colours(text: str) -> str:
    """Return the text of an event without the engine's colour commands."""
    return _COLOUR.sub("", text)


class EventLog:
    """A growing event log, read piece by piece; keeps its position between calls, even interrupted ones."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._position = 0

    def read(self) -> list[dict[str, Any]]:
        """Return the events completed since the last call."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as log:
            log.seek(self._position)
            chunk = log.read()
        complete, newline, _ = chunk.rpartition(b"\n")
        self._position += len(complete) + len(newline)
        return [json.loads(line) for line in complete.splitlines() if line.strip()]
