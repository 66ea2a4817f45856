"""Gate ``approval``: enough people who did not make it have said yes to exactly this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion.model import GateVerdict
from records.clock import timestamp

if TYPE_CHECKING:
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Count the people whose approvals count."""
    stack, asked, found = candidate.target.stack, candidate.settings.promotion, candidate.approvals
    people = [max(person, key=lambda one: one.at) for person in found.people]
    facts = {
        "asked": asked.approvals,
        "approvals": [{"by": one.who.document(), "at": timestamp(one.at), "hash": one.hash} for one in people],
        "notCounted": [{"by": one.who.document(), "at": timestamp(one.at), "why": why} for one, why in found.refused],
    }
    named = ", ".join(one.words for one in people)
    if asked.approvals == 0:
        return GateVerdict.not_applicable(
            f"{stack} asks for no approval{f' (there is one by {named})' if named else ''}", **facts
        )
    if len(people) >= asked.approvals:
        return GateVerdict.passed(f"approved by {named}", **facts)
    have = f"{len(people)} of {asked.approvals} approvals{f' ({named})' if named else ''}"
    rest = "; ".join(f"that of {one.who.name} does not count: {why}" for one, why in found.refused)
    plan = " --plan FILE" if candidate.reviewed_plan else ""
    return GateVerdict.failed(
        f"{have}{f'; {rest}' if rest else ''}",
        f"{'Somebody who did not make it' if asked.another_person else 'Somebody'} runs `./fabrix approve {stack} "
        f"{candidate.release.id}{plan}`, or approves the pipeline's environment {stack}.",
        **facts,
    )
