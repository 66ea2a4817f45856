"""The error that says what stands between this machine and an engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing that was looked for and not found, or that did not work."""

    what: str
    """The thing and what was found instead."""

    remedy: str
    """The command, or the one sentence, that mends it."""


class EngineMissing(Exception):  # noqa: N818 - named for what the reader has to know
    """No engine could be had; carries every reason at once, each with its remedy."""

    exit_code = 4
    """Exit code of the command line: engine or tool missing."""

    def __init__(self, missing: list[Missing]) -> None:
        self.missing = tuple(missing)
        lines = ["no Pulumi engine could be had; any one of these remedies is enough:"]
        lines += [f"  - {item.what}\n    {item.remedy}" for item in missing]
        super().__init__("\n".join(lines))
