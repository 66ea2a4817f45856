"""Exit codes, on which scripts and pipelines rely, and the error that carries one."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """Exit codes of the process; :data:`MEANING` is part of ``--help``."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    REFUSED = 3
    ENGINE_MISSING = 4


MEANING: dict[Exit, str] = {
    Exit.OK: "done",
    Exit.FAILED: "the operation failed",
    Exit.BAD_INPUT: "bad input or usage; nothing was changed",
    Exit.REFUSED: "refused by a policy, a gate or a lock",
    Exit.ENGINE_MISSING: "the engine or a tool is missing",
}


class OperationError(Exception):
    """Ends a command with a message for people and a code for scripts.

    ``details`` is what ``--json`` prints besides the message; it never holds a secret.
    """

    def __init__(self, message: str, code: Exit = Exit.FAILED, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.details = details or {}
