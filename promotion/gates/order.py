"""Gate ``order``: dev → test → prod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion import order
from promotion.model import GateVerdict

if TYPE_CHECKING:
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Report the verdict that was reached before the stack was locked, or reach it here."""
    return candidate.order or order.judge(candidate.source, candidate.target)
