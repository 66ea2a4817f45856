"""The gates that a release passes on its way to a stack: one table, one signature, every verdict reported.

A gate is a function from a candidate to a verdict, named like its id, in the file of its topic: the two stacks, time
and people, the release itself, or its effect. A customer's own gates, functions in modules of the checkout that the
stack file names in ``promotion.gates``, follow those of the table. Cheap gates come first, and none is skipped because
another one failed: whoever reads the list sees everything that is left to do.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass

from promotion.candidate import Candidate
from promotion.gates import effect, release, source_and_target, time_and_people
from promotion.model import GateOutcome, GateVerdict
from records.ledger.entry import refuse_secrets
from support.checkout import ROOT
from support.console import Console
from support.errors import OperationError

GateFunction = Callable[[Candidate], GateVerdict]


@dataclass(frozen=True)
class Gate:
    """One gate."""

    id: str
    title: str
    """What has to be true, in a few words."""
    judge: GateFunction
    kept_in_plan: bool = False
    """Whether its verdict is kept in a reviewed plan, and holds while nothing that the plan is bound to changes."""
    may_wait: bool = False
    """Whether a plan may be made while it fails: people or time may open it, and it is asked again when applying."""


GATES: tuple[Gate, ...] = (
    Gate("order", "from the previous environment", source_and_target.order),
    Gate("window", "in the change window", time_and_people.window, may_wait=True),
    Gate("ledger", "the ledgers verify", source_and_target.ledger),
    Gate("manifest", "the release is complete and unchanged", release.manifest),
    Gate("migration", "the databases allow it", release.migration, may_wait=True),
    Gate("approval", "approved by people who did not make it", time_and_people.approval, may_wait=True),
    Gate("soak", "ran long enough on the source stack", time_and_people.soak, may_wait=True),
    Gate("same-release", "runs on the source stack, to the digest", source_and_target.same_release),
    Gate("source-health", "healthy on the source stack", source_and_target.source_health),
    Gate("source-drift", "no drift on the source stack", source_and_target.source_drift),
    Gate("target-health", "healthy on the target stack", source_and_target.target_health, may_wait=True),
    Gate("target-drift", "no drift on the target stack", source_and_target.target_drift),
    Gate("steps", "the target stack's own changes can be made in one run", source_and_target.steps),
    Gate("preflight", "Azure is ready for it (preflight)", source_and_target.preflight, may_wait=True),
    Gate("rehearsal", "deploys and reverts in a rehearsal", effect.rehearsal, kept_in_plan=True),
    Gate("policies", "complies with the rules of the profile", effect.policies, kept_in_plan=True),
    Gate("blast-radius", "loses no data without somebody's consent", effect.blast_radius, may_wait=True),
)
"""In the order in which they are asked."""

KEPT_IN_PLAN = frozenset(gate.id for gate in GATES if gate.kept_in_plan)
MAY_WAIT = frozenset(gate.id for gate in GATES if gate.may_wait)

_SIGNS = {
    GateOutcome.PASSED: ("✓", "green"),
    GateOutcome.FAILED: ("✗", "red"),
    GateOutcome.NOT_APPLICABLE: ("·", "dim"),
}
"""Sign and colour for people."""


def evaluate_gates(
    candidate: Candidate, console: Console, only: Collection[str] | None = None
) -> tuple[GateVerdict, ...]:
    """Ask every gate, or ``only`` those with these ids, and report each verdict as it comes.

    A gate that raises has failed; the others are asked all the same.
    """
    verdicts = []
    for gate in (*GATES, *customer_gates(candidate)):
        if only is not None and gate.id not in only:
            continue
        verdict = _from_reviewed_plan(candidate, gate) or _ask(candidate, gate)
        verdicts.append(verdict)
        _show(verdict, console)
    return tuple(verdicts)


def _show(verdict: GateVerdict, console: Console) -> None:
    sign, colour = _SIGNS[verdict.outcome]
    reviewed = " (from the reviewed plan)" if verdict.reviewed else ""
    console.result(f"{sign} {verdict.gate:<13} {verdict.title}: {verdict.reason}{reviewed}", style=colour)
    if verdict.stops and verdict.way_forward:
        console.result(f"{'':<16}→ {verdict.way_forward}", style=colour)


def _ask(candidate: Candidate, gate: Gate) -> GateVerdict:
    try:
        verdict = gate.judge(candidate)
    except Exception as error:  # noqa: BLE001 - whatever a gate raises, it did not let the release pass
        message = str(error).strip() or "no message"
        kind = "" if type(error) is OperationError else f"{type(error).__name__}: "
        verdict = GateVerdict.failed(f"it could not be decided: {kind}{message}")
    return _without_secrets(dataclasses.replace(verdict, gate=gate.id, title=gate.title))


def _without_secrets(verdict: GateVerdict) -> GateVerdict:
    """Withhold what looks like a secret: a verdict is printed, and written into the ledger for all to read."""
    try:
        refuse_secrets(verdict.document())
    except OperationError:
        reason = "its reason is withheld, since something in it looks like a secret"
        return dataclasses.replace(verdict, reason=reason, way_forward="", facts={})
    return verdict


def _from_reviewed_plan(candidate: Candidate, gate: Gate) -> GateVerdict | None:
    """Return the verdict in the reviewed plan, if it has one for this gate."""
    if candidate.reviewed_plan is None or not gate.kept_in_plan:
        return None
    kept = next((verdict for verdict in candidate.reviewed_plan.verdicts if verdict.gate == gate.id), None)
    return dataclasses.replace(kept, reviewed=True) if kept else None


# The customer's own gates


def customer_gates(candidate: Candidate) -> tuple[Gate, ...]:
    """Return a gate for each function that the stack file names, in its order."""
    return tuple(Gate(name, f"your own gate {name}", _imported(name)) for name in candidate.settings.promotion.gates)


def _imported(name: str) -> GateFunction:
    """Return a judge that imports ``module:function`` when it is asked; if it cannot, it fails like any other gate."""

    def judge(candidate: Candidate) -> GateVerdict:
        module, _, function = name.partition(":")
        if str(ROOT) not in sys.path:  # importable wherever the command was started
            sys.path.insert(0, str(ROOT))
        try:
            own = getattr(importlib.import_module(module), function)
        except (ImportError, AttributeError, SyntaxError) as error:
            return GateVerdict.failed(
                f"{name} cannot be imported: {error}",
                f"`promotion.gates` of Pulumi.{candidate.target.stack}.yaml names module:function, importable from the "
                "folder of this checkout.",
            )
        verdict = own(candidate)
        if not isinstance(verdict, GateVerdict):
            return GateVerdict.failed(
                f"{name} returned {type(verdict).__name__}, not a GateVerdict",
                "Return passed(…), failed(…) or not_applicable(…) of promotion.model.GateVerdict.",
            )
        return verdict

    return judge
