"""Asks an application over HTTPS whether it is well, as long as one that is starting may take."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO

from stacks.cloud.rule import judge

START_SECONDS = 600.0
"""How long a container may take to answer: what the program tells App Service by
``WEBSITES_CONTAINER_START_TIME_LIMIT``. A swap starts containers anew."""

EVERY_SECONDS = 5.0
ANSWER_SECONDS = 10.0
"""Patience for one answer."""

LARGEST = 65536
"""Bytes of an answer that are looked at."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect, to a login for one, is no healthy answer."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none."""


@dataclass(frozen=True, kw_only=True)
class Prober:
    """Asks one address until it is well or time is up."""

    address: Callable[[str, str], str] = lambda host, path: f"https://{host}{path}"
    """Host and path → URL."""
    patience: float = START_SECONDS
    """Seconds in all."""
    every: float = EVERY_SECONDS
    """Seconds between two questions."""

    def ask(self, host: str, path: str) -> tuple[bool, str]:
        """Return whether it became well in time, and its last answer in words."""
        deadline = time.monotonic() + self.patience
        while True:
            ok, said = self._once(self.address(host, path))
            left = deadline - time.monotonic()
            if ok:
                return ok, said
            if left <= 0:
                return ok, f"{said}, for {self.patience:.0f} s"
            time.sleep(min(self.every, left))

    def _once(self, url: str) -> tuple[bool, str]:
        opener = urllib.request.build_opener(_NoRedirect)
        request = urllib.request.Request(url, headers={"User-Agent": "fabrix"})  # noqa: S310 - https, or a test's own
        try:
            with opener.open(request, timeout=ANSWER_SECONDS) as answer:
                return judge(answer.status, answer.read(LARGEST).decode(errors="replace"))
        except urllib.error.HTTPError as error:
            with error:
                return judge(error.code, "")
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            return False, f"no answer ({type(reason).__name__}); applications answer inside their network only"
