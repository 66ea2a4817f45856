"""An entry in one line for people."""

from __future__ import annotations

from typing import Any

from records.ledger.entry import Entry

_LONGEST = 60
"""Characters of one value; more is what ``--json`` is for."""


def line(entry: Entry) -> str:
    """Tell number, time, who, kind and what: the sentence in ``words``, else the plain values of the predicate."""
    return f"{entry.sequence:>4}  {entry.at}  {entry.by}  {entry.kind}: {what(entry)}"


def what(entry: Entry) -> str:
    """Tell what an entry says."""
    if isinstance(words := entry.predicate.get("words"), str):
        return words
    plain = [f"{key} {_short(value)}" for key, value in entry.predicate.items() if not isinstance(value, (dict, list))]
    return ", ".join(plain) or ", ".join(sorted(entry.predicate)) or "nothing further"


def _short(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    text = {True: "yes", False: "no", None: "none"}.get(value) if value in (True, False, None) else str(value)
    text = " ".join(str(text).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
