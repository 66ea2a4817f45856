"""How the local Azure refuses a request."""

from __future__ import annotations

from collections.abc import Sequence


class Refusal(Exception):  # noqa: N818 - the field's word; it is Azure's answer, no failure of ours
    """A request that Azure would turn down."""

    def __init__(self, code: str, message: str, *, status: str = "FAILED_PRECONDITION") -> None:
        """Refuse with Azure's error ``code``, a ``message`` that says what to do, and the gRPC ``status`` name."""
        super().__init__(error_text(code, message))
        self.code = code
        self.status = status

    @classmethod
    def of(cls, violations: Sequence[str]) -> Refusal:
        """Refuse with the texts of all violated laws; each carries its own code."""
        refusal = cls("", "", status="FAILED_PRECONDITION")
        refusal.args = (violations[0] if len(violations) == 1 else "\n".join(f"- {text}" for text in violations),)
        return refusal


class UnknownTypeError(LookupError):
    """The installed SDK has no resource of that type."""


def error_text(code: str, message: str) -> str:
    """Return an error as Azure writes it."""
    return f'Code="{code}" Message="{message}"'
