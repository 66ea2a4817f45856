"""Health checks over HTTPS, repeated for as long as a starting application may take, and what counts as healthy.

The rule is that of the platform's own health checks (application schema of the builder): status 200 and, where the body
is a JSON object, a ``status`` of UP, ok or healthy, or ``success`` true. Any other body is no evidence against it.
``status`` true counts too: open-webui answers that.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from typing import IO, Any

HEALTHY = frozenset(("up", "ok", "healthy", "true"))
"""Values of ``status``, compared without regard to case."""

LONGEST_STATUS = 40
"""Characters of a status that are repeated in a message."""

START_SECONDS = 600.0
"""How long a container may take to answer: what the program tells App Service by
``WEBSITES_CONTAINER_START_TIME_LIMIT``. A swap starts containers anew."""

EVERY_SECONDS = 5.0

ANSWER_SECONDS = 10.0
"""Timeout of one request."""

LARGEST = 65536
"""Bytes of an answer that are read."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect, to a login for one, is no healthy answer."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none."""


@dataclass(frozen=True, kw_only=True)
class HealthProbe:
    """Requests one address until it is healthy or the timeout has passed."""

    address: Callable[[str, str], str] = lambda host, path: f"https://{host}{path}"
    """Host and path → URL."""
    timeout: float = START_SECONDS
    """Seconds in all."""
    every: float = EVERY_SECONDS
    """Seconds between two requests."""

    def check(self, host: str, path: str) -> tuple[bool, str]:
        """Return whether it became healthy in time, and a description of its last answer."""
        deadline = time.monotonic() + self.timeout
        while True:
            ok, detail = self._request(self.address(host, path))
            left = deadline - time.monotonic()
            if ok:
                return ok, detail
            if left <= 0:
                return ok, f"{detail}, for {self.timeout:.0f} s"
            time.sleep(min(self.every, left))

    def _request(self, url: str) -> tuple[bool, str]:
        opener = urllib.request.build_opener(_NoRedirect)
        request = urllib.request.Request(url, headers={"User-Agent": "fabrix"})  # noqa: S310 - https, or a test's own
        try:
            with opener.open(request, timeout=ANSWER_SECONDS) as answer:
                return judge_answer(answer.status, answer.read(LARGEST).decode(errors="replace"))
        except urllib.error.HTTPError as error:
            with error:
                return judge_answer(error.code, "")
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            return False, f"no answer ({type(reason).__name__}); applications answer inside their network only"


def judge_answer(status: int, body: str) -> tuple[bool, str]:
    """Return whether an answer is healthy, and why; the body itself is never repeated."""
    if status != HTTPStatus.OK:
        return False, f"HTTP {status}"
    try:
        document: Any = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return True, "HTTP 200"
    success, reported = document.get("success"), document.get("status")
    if success is True:
        return True, "HTTP 200, success"
    if isinstance(reported, (str, bool)):
        return str(reported).lower() in HEALTHY, f"HTTP 200, status {str(reported)[:LONGEST_STATUS]}"
    problem = "success is not true" if "success" in document else "its JSON has neither status nor success"
    return False, f"HTTP 200, but {problem}"
