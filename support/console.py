"""How commands speak: people read stderr and stdout in words, scripts read one JSON document on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console as RichConsole


class Console:
    """Words for people, or one JSON document for scripts, never both on stdout."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.stderr = RichConsole(stderr=True, highlight=False, soft_wrap=True)
        """Progress and explanations; always stderr, so that stdout can be piped."""
        self.out = RichConsole(file=sys.stderr if as_json else sys.stdout, highlight=False, soft_wrap=True)
        """The result in words; moves to stderr when stdout belongs to JSON."""

    def info(self, text: str, *, style: str | None = None) -> None:
        """Print a line of progress."""
        self.stderr.print(text, style=style, markup=False)

    def result(self, text: str, *, style: str | None = None) -> None:
        """Print a line of the result."""
        self.out.print(text, style=style, markup=False)

    def emit(self, document: dict[str, Any]) -> None:
        """Print the JSON document, if that is what was asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, indent=2, sort_keys=False, default=str) + "\n")
            sys.stdout.flush()
