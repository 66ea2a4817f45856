"""Gates about the rehearsal: on a local Azure made from the stack's own state it deploys, goes back, and complies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from judging.reports.findings import FindingOutcome
from promotion.model import GateVerdict
from support.text import some

if TYPE_CHECKING:
    from judging.reports.findings import ReportedFinding
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Gate ``rehearsal``: it deploys there, and the way back ends where it began."""
    stack, found = candidate.target.stack, candidate.rehearsed
    facts = {
        "seconds": round(found.seconds, 1),
        "errors": list(found.errors),
        "wayBack": list(found.way_back or ()),
        "leftOut": list(found.ignored),
        "notComparable": list(found.uncomparable),
        "losses": [{"name": each.name, "type": each.type, "operation": each.operation} for each in found.losses],
        "appsWithoutDependency": [f"{gap.app} without {gap.dependency} {gap.until}" for gap in found.gaps],
    }
    again = f"`./fabrix rehearse {stack} --release {candidate.release.id} --and-back` shows it again."
    if found.errors:
        return GateVerdict.failed(
            f"it does not deploy on the rehearsal of {stack}: {'; '.join(found.errors)}", again, **facts
        )
    if found.way_back is None:
        return GateVerdict.failed("the way back was not rehearsed", again, **facts)
    if found.way_back:
        return GateVerdict.failed(
            f"the way back does not end where it began: {some(found.way_back, 4, '; ')}", again, **facts
        )
    short = f"; {len(found.gaps)} times an application was without something it uses" if found.gaps else ""
    but = f", but for what the program changes at any release: {some(found.ignored, 4, '; ')}" if found.ignored else ""
    return GateVerdict.passed(
        f"it deploys to a local Azure (emulated) made from the state of {stack}, and the way back ends where it "
        f"began{but}{short}",
        **facts,
    )


def policies(candidate: Candidate) -> GateVerdict:
    """Gate ``policies``: no mandatory rule of the stack's profile is broken, and none could not be decided."""
    found = candidate.rehearsed.judgement
    if found is None:
        return GateVerdict.failed(
            "nothing was judged, since the rehearsal did not deploy", "Mend what the gate `rehearsal` says."
        )
    broken = found.refusals
    open_ = [line for line in found.of(FindingOutcome.UNDETERMINED) if line.level == "mandatory"]
    facts = {
        "profile": found.profile,
        "counts": found.counts(),
        "broken": [_short(line) for line in broken],
        "undetermined": [_short(line) for line in open_],
    }
    if not broken and not open_:
        return GateVerdict.passed(f"no mandatory rule of profile {found.profile} is broken or undetermined", **facts)
    said = []
    if broken:
        said.append(f"{len(broken)} mandatory violations: {some([_short(line) for line in broken], 4, '; ')}")
    if open_:
        said.append(f"{len(open_)} mandatory rules undetermined: {some([_short(line) for line in open_], 4, '; ')}")
    return GateVerdict.failed(
        f"profile {found.profile}: {'; '.join(said)}",
        f"`./fabrix check {candidate.target.stack}` says where and how to mend it; a waiver is the other way "
        "(policies/waivers.yaml).",
        **facts,
    )


def _short(line: ReportedFinding) -> str:
    return f"{line.rule.id} {line.name}"
