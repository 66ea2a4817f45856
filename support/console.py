"""Output of commands: text for people on stderr and stdout, or one JSON document for scripts on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console as RichConsole


class Console:
    """Text for people, or one JSON document for scripts, never both on stdout."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.stderr = RichConsole(stderr=True, highlight=False, soft_wrap=True)
        """Progress and explanations; always stderr, so that stdout can be piped."""
        self.out = RichConsole(file=sys.stderr if as_json else sys.stdout, highlight=False, soft_wrap=True)
        """The result as text; goes to stderr if stdout is for JSON."""

    def info(self, text: str, *, style: str | None = None) -> None:
        """Print a line of progress."""
        self.stderr.print(text, style=style, markup=False)

    def result(self, text: str, *, style: str | None = None) -> None:
        """Print a line of the result."""
        self.out.print(text, style=style, markup=False)

    def emit(self, document: dict[str, Any]) -> None:
        """Print the JSON document if ``--json`` was passed."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, indent=2, sort_keys=False, default=str) + "\n")
            sys.stdout.flush()


def shortened(names: Sequence[str], limit: int, separator: str = ", ") -> str:
    """Join the first ``limit`` of ``names`` and count the rest: ``a, b and 3 more``."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"{separator.join(names[:limit])}{more}"
