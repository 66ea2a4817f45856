"""When an application counts as well: the rule of the platform's own health checks.

Status 200 and, where the body is a JSON object, a ``status`` of UP, ok or healthy, or ``success`` true; any other body
says nothing against it (application schema of the builder). ``status`` true counts too: open-webui answers that.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

WELL = frozenset(("up", "ok", "healthy", "true"))
"""Values of ``status``, compared without regard to case."""

_LONGEST = 40  # characters of a status that are repeated


def judge(status: int, body: str) -> tuple[bool, str]:
    """Say whether an answer is a healthy one, and why; the body itself is never repeated."""
    if status != HTTPStatus.OK:
        return False, f"HTTP {status}"
    try:
        document: Any = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return True, "HTTP 200"
    success, said = document.get("success"), document.get("status")
    if success is True:
        return True, "HTTP 200, success"
    if isinstance(said, (str, bool)):
        return str(said).lower() in WELL, f"HTTP 200, status {str(said)[:_LONGEST]}"
    found = "success is not true" if "success" in document else "its JSON has neither status nor success"
    return False, f"HTTP 200, but {found}"
