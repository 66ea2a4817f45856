"""What ``psql`` said when it failed, without what must not be shown."""

from __future__ import annotations

import re

_BEGINS = re.compile(r"^psql:.*\b(?:ERROR|FATAL|PANIC|error):|^(?:ERROR|FATAL|PANIC):")
_ENDS = re.compile(r"^(?:LINE \d+|QUERY|CONTEXT|STATEMENT|LOCATION):|^(?:psql:.*\b)?(?:WARNING|NOTICE|INFO):")
_PASSWORD = re.compile(r"(?i)(\b(?:pg)?password\b\s*[=:]?\s*)(?:E?'.*|(?<==)\S+)")
"""From an opening quote everything goes: an excerpt may end before the closing one."""
_ADDRESS = re.compile(r"(://[^:@/\s]*:)[^@\s]+(@)")


def error_lines(said: str) -> list[str]:
    """Return the lines of an error with its details and hints, as they are, but for the text of statements.

    The statement that failed may hold a password, so its excerpt (``LINE 1: …``), the query and the context are left
    out, and whatever is written as a password elsewhere (PostgreSQL 17 manual, "psql" and "Reporting Errors and
    Messages"). Text in another form is returned whole, with the same protection.
    """
    kept: list[str] = []
    inside = False
    for line in said.splitlines():
        if _BEGINS.search(line):
            inside = True
        elif _ENDS.search(line):
            inside = False
        if inside and line.strip():
            kept.append(line)
    lines = kept or [line for line in said.splitlines() if line.strip() and not _ENDS.search(line)]
    return [_ADDRESS.sub(r"\1…\2", _PASSWORD.sub(r"\1'…'", line)).rstrip() for line in lines]
