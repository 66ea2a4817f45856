"""The language host as a process: serves, prints its port, and ends with the engine."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent import futures
from types import FrameType

import grpc
from pulumi.runtime.proto import language_pb2_grpc

from .children import Children
from .runtime import Runtime

_WATCH_SECONDS = 0.2
_THREADS = 64
"""A call that runs a program or a pack occupies a thread for as long as that runs."""
_MEGABYTE = 1 << 20
_OPTIONS = (("grpc.max_receive_message_length", 400 * _MEGABYTE), ("grpc.max_send_message_length", 400 * _MEGABYTE))


def main(*, parent: int, helper: str, version: str, arguments: list[str]) -> None:
    """Serve until the engine, process ``parent``, ends or interrupts; then end all children and this process."""
    # the engine's address comes last, after its flags for logging, if any
    engine = arguments[-1] if arguments and not arguments[-1].startswith("-") else ""
    children = Children()

    def stop(_number: int, _frame: FrameType | None) -> None:
        children.kill_all()
        os._exit(0)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS), options=_OPTIONS)
    runtime = Runtime(children=children, engine=engine, helper=helper, version=version)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(runtime, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while os.getppid() == parent:  # a dead engine's children get another parent
        time.sleep(_WATCH_SECONDS)
    children.kill_all()
    os._exit(1)
