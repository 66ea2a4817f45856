"""Runs policy packs and plugins that are written in Python."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2

from .children import Children
from .interpreters import Interpreter, choose
from .pack import Relay
from .streams import Output

_START_SECONDS = 60.0
"""How long a policy pack may take until it says its port: it imports the SDK first, on a machine that may be busy."""


def run(
    request: language_pb2.RunPluginRequest, context: grpc.ServicerContext, *, children: Children
) -> Iterator[language_pb2.RunPluginResponse]:
    """Run the plugin and give its output, its exit code last.

    Raises :class:`interpreters.NoInterpreterError`, ``RuntimeError``.
    """
    chosen = choose(request.info)
    if request.kind == "analyzer":
        return _pack(request, context, children, chosen)
    return _plugin(request, context, children, chosen)


def _plugin(
    request: language_pb2.RunPluginRequest, context: grpc.ServicerContext, children: Children, chosen: Interpreter
) -> Iterator[language_pb2.RunPluginResponse]:
    folder = Path(request.info.program_directory)
    if not (folder / "__main__.py").exists():
        raise RuntimeError(f"the plugin in {folder} has no __main__.py")
    command = [chosen.python, "-u", str(folder), *request.args]
    child = children.start(command, cwd=request.pwd or str(folder), env=_environment(request, chosen), piped=True)
    context.add_callback(lambda: children.end(child))
    for name, content in Output(child):
        yield language_pb2.RunPluginResponse(**{name: content})
    yield language_pb2.RunPluginResponse(exitcode=children.wait(child))


def _pack(
    request: language_pb2.RunPluginRequest, context: grpc.ServicerContext, children: Children, chosen: Interpreter
) -> Iterator[language_pb2.RunPluginResponse]:
    """Serve a relay at once, and start the pack when the relay knows the stack."""
    run = _PackRun(request, children, chosen)
    relay = Relay(run.start)
    context.add_callback(run.stop)
    try:
        yield language_pb2.RunPluginResponse(stdout=f"{relay.port}\n".encode())
        if run.started.wait() and run.output is not None:
            for name, content in run.output:
                if name == "stderr" or run.port_was_said(content):
                    yield language_pb2.RunPluginResponse(**{name: content})
        yield language_pb2.RunPluginResponse(exitcode=run.exit_code())
    finally:
        relay.close()
        run.stop()


class _PackRun:
    """One policy pack: started by the relay's thread, listened to by the call's."""

    def __init__(self, request: language_pb2.RunPluginRequest, children: Children, chosen: Interpreter) -> None:
        self._request = request
        self._children = children
        self._chosen = chosen
        self._child = None
        self._port = b""
        self._said = threading.Event()
        self.started = threading.Event()
        self.output: Output | None = None

    def start(self, stack: Mapping[str, str]) -> int:
        """Start the pack for this stack and return its port. Raises ``RuntimeError`` when it says none."""
        info = self._request.info
        command = [self._chosen.python, "-u", "-m", "pulumi.policy", *self._request.args, info.program_directory]
        env = {**_environment(self._request, self._chosen), **stack}
        self._child = self._children.start(command, cwd=info.program_directory, env=env, piped=True)
        self.output = Output(self._child)
        self.started.set()
        self._said.wait(_START_SECONDS)
        if not self._port:
            raise RuntimeError(f"the policy pack in {info.program_directory} did not start; its own message says why")
        return int(self._port)

    def port_was_said(self, content: bytes) -> bool:
        """Take the pack's first line, its port, out of what it says; true for everything after that."""
        if self._port:
            return True
        line, _, _ = content.partition(b"\n")
        self._port = line.strip() if line.strip().isdigit() else b""
        self._said.set()
        return False

    def exit_code(self) -> int:
        """Wait for the pack's end."""
        self._said.set()
        return 0 if self._child is None else self._children.wait(self._child)

    def stop(self) -> None:
        """End the pack, and the call that listens to it."""
        self.started.set()
        self._said.set()
        if self._child is not None:
            self._children.end(self._child)


def _environment(request: language_pb2.RunPluginRequest, chosen: Interpreter) -> dict[str, str]:
    given = dict(entry.split("=", 1) for entry in request.env if "=" in entry)
    return chosen.environment({**os.environ, **given})
