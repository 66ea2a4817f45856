"""Ends a plugin whose engine is gone: an engine that was killed cannot tell its plugins to stop."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable

_PERIOD = 0.5  # seconds between two looks
_MISSES = 10  # looks in a row at an address that refuses, before it counts as gone: a busy engine closes its own first


def watch(address: str | None, gone: Callable[[], None]) -> None:
    """Call ``gone`` from a thread of its own once the process that started this one, or the engine, has ended.

    Args:
        address: ``127.0.0.1:port`` of the engine; None watches the parent process only.
        gone: called once, within a second of the end of the process, within about six of an address that refuses.
    """
    parent = os.getppid()  # now: later it may be that of whoever adopts orphans
    pause = threading.Event()

    def look() -> None:
        misses = 0
        met = False
        while True:
            pause.wait(_PERIOD)
            if os.getppid() != parent:
                break
            if address is not None:
                answers = _answers(address)
                met = met or answers
                # An address that never answered says nothing: the plugin may have been started by hand.
                misses = misses + 1 if met and not answers else 0
                if misses >= _MISSES:
                    break
        gone()

    threading.Thread(target=look, name="watchdog", daemon=True).start()


def _answers(address: str) -> bool:
    """Whether something listens at ``host:port``."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_PERIOD).close()
    except (OSError, ValueError):
        return False
    return True
