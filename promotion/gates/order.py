"""Gate ``order``: dev → test → prod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion import order
from promotion.verdict import GateVerdict

if TYPE_CHECKING:
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Let a release come only from the environment before."""
    source, target = candidate.source, candidate.target
    if source is None:
        return GateVerdict.not_applicable("it comes from no other stack")
    facts = {"from": source.stack, "to": target.stack}
    if said := order.problem(source.settings, target.settings, source.stack, target.stack):
        reason, _, way = said.partition(": ")
        return GateVerdict.failed(reason, way, **facts)
    return GateVerdict.passed(f"{target.stack} takes its releases from {source.stack}", **facts)
