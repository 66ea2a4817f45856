"""``fabrix schema``."""

from __future__ import annotations

import sys
from pathlib import Path

from settings.schema import text


def run(output: Path | None) -> None:
    """Write the JSON Schema of stack files to ``output`` or to stdout."""
    if output is None:
        sys.stdout.write(text())
        return
    output.write_text(text(), encoding="utf-8")
    sys.stderr.write(f"wrote {output}\n")
