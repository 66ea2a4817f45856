"""How the tables of the law tests are run: a valid object, changed, asked for in a world with everything else."""

from __future__ import annotations

from typing import Any, NamedTuple

from .memory import Memory, ask, changed, codes
from .valid import VALID, world


class Case(NamedTuple):
    """A request that differs from a valid one by ``changes``; ``code`` is Azure's answer, None where it accepts."""

    kind: str
    changes: dict[str, Any]
    code: str | None = None
    olds: dict[str, Any] | None = None
    """Changes of the valid inputs that the object had before; None asks for a new object."""


def answer(case: Case, there: Memory | None = None) -> list[str]:
    """What the laws say to a case."""
    inputs = changed(VALID[case.kind], case.changes)
    if case.olds is None:
        return ask(there or world(case.kind), case.kind, inputs)
    return ask(there or world(), case.kind, inputs, olds=changed(VALID[case.kind], case.olds))


def decide(case: Case, there: Memory | None = None) -> None:
    """Assert that Azure answers as the case says, with that code and no other."""
    texts = answer(case, there)
    if case.code is None:
        assert not texts, f"Azure accepts this: {texts}"
        return
    assert codes(texts) == {case.code}, f"expected {case.code}, got {texts or 'nothing'}"
    for text in texts:
        assert "Allowed: " in text, f"a refusal says what is allowed: {text}"
