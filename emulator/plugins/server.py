"""Runs a provider as the process that the engine expects: a port on stdout, nothing else, and a clean end.

It also ends when its engine is gone: a killed engine cannot tell its plugins to stop.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
import psutil
from pulumi.runtime.proto import provider_pb2_grpc

WORKERS = 96
"""Threads that answer requests; more than the 64 parallel operations that the command line asks of the engine."""
_GRACE = 5.0  # seconds for running requests when the engine asks the plugin to end; each takes milliseconds
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]
_PERIOD = 0.5  # seconds between two looks at the engine
_MISSES = 10  # failed connections in a row after which an engine that is not the parent counts as gone


def serve(build: Callable[[threading.Event], Any], engine: str | None) -> int:
    """Serve a provider until the engine ends it or is gone, and end the process; never returns.

    Args:
        build: returns the servicer; gets the event that ends the process when it is set.
        engine: the engine's address, from the command line; None when started by hand.
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(build(ended), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # An orphan ends at once: nobody waits for its answers, and an interrupted store transaction is rolled back.
    _watch(engine, lambda: os._exit(0))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    ended.wait()
    server.stop(_GRACE).wait()
    # At once, without the end of the interpreter: the engine gives all its plugins five seconds together and calls
    # those that it has no time for crashed (``ReleaseContext`` in host.go), which fails a deployment that succeeded.
    os._exit(0)


def _watch(address: str | None, gone: Callable[[], None]) -> None:
    """Call ``gone`` from a separate thread once the process that started this one, or the engine, has ended.

    Args:
        address: ``127.0.0.1:port`` of the engine, where that is not the parent.
        gone: called once, within a second of the end of the process, or about six of the engine.
    """
    parent = os.getppid()  # now: later it may be the process that adopts orphans
    if _is_engine(parent):
        # A busy engine closes its address long before it ends its plugins, and reports those that went by themselves.
        address = None
    pause = threading.Event()

    def look() -> None:
        misses = 0
        seen = False
        while True:
            pause.wait(_PERIOD)
            if os.getppid() != parent:
                break
            if address is not None:
                answers = _answers(address)
                seen = seen or answers
                # An address that never answered means nothing: the plugin may have been started by hand.
                misses = misses + 1 if seen and not answers else 0
                if misses >= _MISSES:
                    break
        gone()

    threading.Thread(target=look, name="watchdog", daemon=True).start()


def _is_engine(process: int) -> bool:
    try:
        return psutil.Process(process).name().startswith("pulumi")
    except psutil.Error:
        return False


def _answers(address: str) -> bool:
    """Return whether something listens at ``host:port``."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_PERIOD).close()
    except (OSError, ValueError):
        return False
    return True
