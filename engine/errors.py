"""Errors that say what is missing for an engine on this machine, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing that is missing or did not work."""

    what: str
    """What it is, and what was found instead."""

    remedy: str
    """The command, or the one sentence, that fixes it."""


class SourceError(Exception):
    """One source of the engine cannot be used; ``missing`` says why and what to do."""

    def __init__(self, what: str, *, remedy: str) -> None:
        self.missing = Missing(what=what, remedy=remedy)
        super().__init__(f"{what}: {remedy}")


class EngineMissing(Exception):  # noqa: N818 - named for what the reader has to know
    """No source has an engine; carries every reason, each with its remedy."""

    exit_code = 4
    """Exit code of the command line: engine or tool missing."""

    def __init__(self, missing: list[Missing]) -> None:
        self.missing = tuple(missing)
        lines = ["no Pulumi engine is available; any one of these remedies is enough:"]
        lines += [f"  - {item.what}\n    {item.remedy}" for item in missing]
        super().__init__("\n".join(lines))
