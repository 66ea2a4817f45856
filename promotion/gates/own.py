"""The customer's own gates: functions in modules of the checkout, named in the stack file's ``promotion.gates``."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from promotion.gates.gate import Gate, Judge
from promotion.model import GateVerdict
from support.checkout import ROOT

if TYPE_CHECKING:
    from promotion.candidate import Candidate


def gates(candidate: Candidate) -> tuple[Gate, ...]:
    """Return a gate for each that the stack file names, in its order."""
    return tuple(Gate(name, f"your own gate {name}", _judge(name)) for name in candidate.settings.promotion.gates)


def _judge(name: str) -> Judge:
    """Import it only when it is asked: one that cannot be imported stops the release like one that says no."""

    def judge(candidate: Candidate) -> GateVerdict:
        module, _, function = name.partition(":")
        try:
            found = getattr(_module(module), function)
        except (ImportError, AttributeError, SyntaxError) as error:
            return GateVerdict.failed(
                f"{name} cannot be imported: {error}",
                f"`promotion.gates` of Pulumi.{candidate.target.stack}.yaml names module:function, importable from the "
                "folder of this checkout.",
            )
        verdict = found(candidate)
        if not isinstance(verdict, GateVerdict):
            return GateVerdict.failed(
                f"{name} returned {type(verdict).__name__}, not a GateVerdict",
                "Return passed(…), failed(…) or not_applicable(…) of promotion.model.GateVerdict.",
            )
        return verdict

    return judge


def _module(name: str) -> object:
    """Import from the checkout, wherever the command was started."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return importlib.import_module(name)
