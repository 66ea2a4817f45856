"""Gates about the effect of a release: how a rehearsal went, which rules it breaks, and what data it would lose."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from judging.reports.findings import FindingOutcome, ReportedFinding
from judging.transition import Loss
from promotion.candidate import Candidate
from promotion.model import GateVerdict
from support.console import shortened


def rehearsal(candidate: Candidate) -> GateVerdict:
    """Require that it deploys to a local Azure made from the stack's state, and that reverting ends at the start."""
    stack, result = candidate.target.stack, candidate.rehearsal
    facts = {
        "seconds": round(result.seconds, 1),
        "errors": list(result.errors),
        "wayBack": list(result.way_back or ()),
        "leftOut": list(result.ignored),
        "notComparable": list(result.uncomparable),
        "losses": [{"name": loss.name, "type": loss.type, "operation": loss.operation} for loss in result.losses],
        "appsWithoutDependency": [f"{gap.app} without {gap.dependency} {gap.until}" for gap in result.gaps],
    }
    again = f"`./fabrix rehearse {stack} --release {candidate.release.id} --and-back` shows it again."
    if result.errors:
        return GateVerdict.failed(
            f"it does not deploy on the rehearsal of {stack}: {'; '.join(result.errors)}", again, **facts
        )
    if result.way_back is None:
        return GateVerdict.failed("the way back was not rehearsed", again, **facts)
    if result.way_back:
        return GateVerdict.failed(
            f"the way back does not end where it began: {shortened(result.way_back, 4, '; ')}", again, **facts
        )
    gaps = f"; {len(result.gaps)} times an application was without something it uses" if result.gaps else ""
    ignored = f", except for what the program changes at any release: {shortened(result.ignored, 4, '; ')}"
    return GateVerdict.passed(
        f"it deploys to a local Azure (emulated) made from the state of {stack}, and the way back ends where it "
        f"began{ignored if result.ignored else ''}{gaps}",
        **facts,
    )


def policies(candidate: Candidate) -> GateVerdict:
    """Require that no mandatory rule of the stack's profile is broken or undetermined."""
    judgement = candidate.rehearsal.judgement
    if judgement is None:
        return GateVerdict.failed(
            "nothing was judged, since the rehearsal did not deploy", "Fix what the gate `rehearsal` reports."
        )
    broken = [_finding(one) for one in judgement.refusals]
    undetermined = [_finding(one) for one in judgement.of(FindingOutcome.UNDETERMINED) if one.level == "mandatory"]
    facts = {
        "profile": judgement.profile,
        "counts": judgement.counts(),
        "broken": broken,
        "undetermined": undetermined,
    }
    if not broken and not undetermined:
        return GateVerdict.passed(
            f"no mandatory rule of profile {judgement.profile} is broken or undetermined", **facts
        )
    reasons = []
    if broken:
        reasons.append(f"{len(broken)} mandatory violations: {shortened(broken, 4, '; ')}")
    if undetermined:
        reasons.append(f"{len(undetermined)} mandatory rules undetermined: {shortened(undetermined, 4, '; ')}")
    return GateVerdict.failed(
        f"profile {judgement.profile}: {'; '.join(reasons)}",
        f"`./fabrix check {candidate.target.stack}` shows where and how to fix it; a waiver is the other way "
        "(policies/waivers.yaml).",
        **facts,
    )


def _finding(finding: ReportedFinding) -> str:
    return f"{finding.rule.id} {finding.name}"


def blast_radius(candidate: Candidate) -> GateVerdict:
    """Require that nothing stateful is deleted or replaced in rehearsal or plan, unless an approval names it."""
    stateful = [loss for loss in candidate.losses if loss.stateful]
    accepted = candidate.accepted_losses
    open_ = [loss for loss in stateful if loss.name not in accepted and loss.urn not in accepted]
    facts = {
        "stateful": [_document(loss) for loss in stateful],
        "other": [_document(loss) for loss in candidate.losses if not loss.stateful],
        "accepted": sorted({loss.name for loss in stateful if loss not in open_}),
    }
    if open_:
        listed = "; ".join(
            f"{loss.name} ({loss.type.removeprefix('azure-native:')}) would be {_operation(loss)}" for loss in open_
        )
        names = " ".join(f"--allow-loss {loss.name}" for loss in open_)
        return GateVerdict.failed(
            f"{listed}, with the data in it",
            "Change the release or the stack file so that it stays. If the data may go, somebody has to accept the "
            f"loss: `./fabrix approve {candidate.target.stack} {candidate.release.id} {names}`.",
            **facts,
        )
    if stateful:
        names = ", ".join(loss.name for loss in stateful)
        return GateVerdict.passed(f"{names} will be lost with their data, which was accepted by name", **facts)
    number = len(candidate.losses)
    rest = f"; {number} other resources are replaced or deleted" if number else ""
    return GateVerdict.passed(f"nothing stateful is replaced or deleted{rest}", **facts)


def _document(loss: Loss) -> dict[str, Any]:
    return {**asdict(loss), "properties": list(loss.properties)}


def _operation(loss: Loss) -> str:
    cause = f" (because of {', '.join(loss.properties)})" if loss.properties else ""
    return ("replaced" if loss.operation == "replace" else "deleted") + cause
