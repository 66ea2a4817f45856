"""The gates that a release passes on its way onto a stack: one table, one signature, every verdict reported.

A customer's own gates follow those of the table (:mod:`promotion.gates.own`). Cheap ones come first, and
none is skipped because another one failed: whoever reads the list sees all that is to be done.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING

from promotion.gates import (
    drifting,
    ledgers,
    losses,
    manifest,
    migration,
    order,
    own,
    people,
    rehearsal,
    soak,
    source,
    window,
)
from promotion.gates.gate import Gate
from promotion.model import SIGNS, GateVerdict

if TYPE_CHECKING:
    from promotion.candidate import Candidate
    from support.console import Console

GATES: tuple[Gate, ...] = (
    Gate("order", "comes from the environment before", order.judge),
    Gate("window", "in the change window", window.judge, waits=True),
    Gate("ledger", "the ledgers verify", ledgers.judge),
    Gate("manifest", "the release is complete and unchanged", manifest.judge),
    Gate("migration", "the databases allow it", migration.judge, waits=True),
    Gate("approval", "approved by people who did not make it", people.judge, waits=True),
    Gate("soak", "has run long enough where it comes from", soak.judge, waits=True),
    Gate("same-release", "runs where it comes from, to the digest", source.same_release),
    Gate("source-health", "is well where it comes from", source.health),
    Gate("source-drift", "nothing drifted where it comes from", source.drift),
    Gate("target-drift", "nothing drifted where it goes", drifting.target),
    Gate("rehearsal", "deploys and comes back on a rehearsal", rehearsal.judge, when="plan"),
    Gate("policies", "keeps the rules of the profile", rehearsal.policies, when="plan"),
    Gate("blast-radius", "loses no data that nobody answers for", losses.judge, waits=True),
)
"""In the order in which they are asked."""

PLAN_GATES = frozenset(gate.id for gate in GATES if gate.when == "plan")
"""What these say of a reviewed plan holds as long as nothing that the plan is bound to has changed."""

WAITING = frozenset(gate.id for gate in GATES if gate.waits)
"""For these a plan may wait: they are asked again, and have to pass, when it is applied."""


def judge_all(candidate: Candidate, console: Console, only: Collection[str] | None = None) -> tuple[GateVerdict, ...]:
    """Ask every gate, or ``only`` those with these ids, and report each as it answers.

    A gate that raises has failed; the others are asked all the same.
    """
    verdicts = []
    for gate in (*GATES, *own.gates(candidate)):
        if only is not None and gate.id not in only:
            continue
        verdict = _reviewed(candidate, gate) or _ask(candidate, gate)
        verdicts.append(verdict)
        show(verdict, console)
    return tuple(verdicts)


def show(verdict: GateVerdict, console: Console) -> None:
    """Print one verdict."""
    sign, colour = SIGNS[verdict.outcome]
    reviewed = " (from the reviewed plan)" if verdict.reviewed else ""
    console.result(f"{sign} {verdict.gate:<13} {verdict.title}: {verdict.reason}{reviewed}", style=colour)
    if verdict.stops and verdict.way_forward:
        console.result(f"{'':<16}→ {verdict.way_forward}", style=colour)


def stopping(verdicts: Collection[GateVerdict]) -> tuple[GateVerdict, ...]:
    """Return those that do not let it pass."""
    return tuple(verdict for verdict in verdicts if verdict.stops)


def _ask(candidate: Candidate, gate: Gate) -> GateVerdict:
    try:
        verdict = gate.judge(candidate)
    except Exception as error:  # noqa: BLE001 - whatever a gate raises, it did not let the release pass
        said = str(error).strip() or "without a word"
        kind = "" if type(error).__name__ == "OperationError" else f"{type(error).__name__}: "
        verdict = GateVerdict.failed(f"it could not be decided: {kind}{said}")
    return _harmless(dataclasses.replace(verdict, gate=gate.id, title=gate.title))


def _harmless(verdict: GateVerdict) -> GateVerdict:
    """Withhold what looks like a secret: a verdict is printed, and written into the ledger for all to read."""
    from records.ledger.entry import refuse_secrets
    from support.errors import OperationError

    try:
        refuse_secrets(verdict.document())
    except OperationError:
        reason = "what it said is withheld, since something in it looks like a secret"
        return dataclasses.replace(verdict, reason=reason, way_forward="", facts={})
    return verdict


def _reviewed(candidate: Candidate, gate: Gate) -> GateVerdict | None:
    """Take the verdict of the reviewed plan, if it has one for this gate."""
    if candidate.reviewed_plan is None or gate.when != "plan":
        return None
    found = next((verdict for verdict in candidate.reviewed_plan.verdicts if verdict.gate == gate.id), None)
    return dataclasses.replace(found, reviewed=True) if found else None
