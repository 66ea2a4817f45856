"""What every gate is: a name and one function from a candidate to a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from promotion.model import GateVerdict

if TYPE_CHECKING:
    from promotion.candidate import Candidate

Judge = Callable[["Candidate"], GateVerdict]

When = Literal["plan", "always"]


@dataclass(frozen=True)
class Gate:
    """One gate."""

    id: str
    title: str
    """What it asks, in a few words."""
    judge: Judge
    when: When = "always"
    """``plan``: what it says of a reviewed plan holds as long as nothing that the plan is bound to has changed."""
    waits: bool = False
    """Whether a plan may be made while it still refuses: people or time may open it before the plan is applied."""
