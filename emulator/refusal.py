"""How the local Azure says no."""

from __future__ import annotations

from collections.abc import Sequence


class Refusal(Exception):  # noqa: N818 - the field's word; it is Azure's answer, no failure of ours
    """A request that Azure would turn down."""

    def __init__(self, code: str, message: str, *, status: str = "FAILED_PRECONDITION") -> None:
        """Say no with Azure's error ``code``, a ``message`` with the way out, and the gRPC ``status`` name."""
        super().__init__(f'Code="{code}" Message="{message}"')
        self.code = code
        self.status = status

    @classmethod
    def of(cls, texts: Sequence[str]) -> Refusal:
        """Say no with the texts of laws, all of them; each carries its own code."""
        refusal = cls("", "", status="FAILED_PRECONDITION")
        refusal.args = (texts[0] if len(texts) == 1 else "\n".join(f"- {text}" for text in texts),)
        return refusal


def said(code: str, message: str) -> str:
    """One violation in Azure's manner."""
    return f'Code="{code}" Message="{message}"'
