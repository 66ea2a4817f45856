"""Runs a provider as the process that the engine expects: a port on stdout, nothing else, and a clean end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from emulator.plugins.watchdog import watch

WORKERS = 96
"""Threads that answer; above the 64 operations at once that the command line asks of the engine."""
_GRACE = 5.0  # seconds for requests under way when the engine asks the plugin to end; each takes milliseconds
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]


def serve(build: Callable[[threading.Event], Any], engine: str | None) -> int:
    """Serve a provider until the engine ends it or is gone; return the exit code.

    Args:
        build: makes the servicer; gets the event that ends the process when it is set.
        engine: the engine's address, from the command line; None when started by hand.
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(build(ended), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # An orphan ends at once: nobody waits for its answers, and a store transaction cut short is undone.
    watch(engine, lambda: os._exit(0))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    ended.wait()
    server.stop(_GRACE).wait()
    return 0
