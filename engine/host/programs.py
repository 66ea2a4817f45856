"""Runs programs, policy packs and plugins that are written in Python."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2

from .children import Children, Output
from .interpreters import Interpreter, choose
from .pack import Relay

_SHOWN = 32
"""Exit code of Pulumi's script after it has shown the error to the user."""
_START_SECONDS = 60.0
"""Timeout for a policy pack to print its port: it imports the SDK first, on a machine that may be busy."""


def run_program(
    request: language_pb2.RunRequest, *, children: Children, engine: str, helper: str
) -> language_pb2.RunResponse:
    """Run a program through Pulumi's own script for that, and return how it ended.

    Raises :class:`interpreters.NoInterpreterError`, ``RuntimeError``.
    """
    if request.attach_debugger:
        return language_pb2.RunResponse(error="--attach-debugger needs Pulumi's own Python language host")
    interpreter = choose(request.info)
    env = interpreter.environment()
    env["PULUMI_CONFIG"] = json.dumps(dict(request.config))
    env["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
    command = [interpreter.python, "-u", helper, *_arguments(request, engine)]
    cwd = request.pwd or request.info.program_directory
    return _response(children.wait(children.start(command, cwd=cwd, env=env)))


def _arguments(request: language_pb2.RunRequest, engine: str) -> list[str]:
    named = {
        "monitor": request.monitor_address,
        "engine": engine,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
        "organization": request.organization,
    }
    options = [text for name, value in named.items() if value for text in (f"--{name}", value)]
    return [*options, request.info.entry_point or ".", *request.args]


def _response(code: int) -> language_pb2.RunResponse:
    if code == 0:
        return language_pb2.RunResponse()
    if code in {_SHOWN, -signal.SIGTERM}:  # the error was shown, or we ended it because the engine asked us to
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        name = signal.Signals(-code).name
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return language_pb2.RunResponse(error=f"the program was ended by {name}{hint}")
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")


def run_plugin(
    request: language_pb2.RunPluginRequest, context: grpc.ServicerContext, *, children: Children
) -> Iterator[language_pb2.RunPluginResponse]:
    """Run a policy pack or a plugin and return its output, its exit code last.

    Raises :class:`interpreters.NoInterpreterError`, ``RuntimeError``.
    """
    interpreter = choose(request.info)
    if request.kind == "analyzer":
        return _pack(request, context, children, interpreter)
    return _plugin(request, context, children, interpreter)


def _plugin(
    request: language_pb2.RunPluginRequest, context: grpc.ServicerContext, children: Children, interpreter: Interpreter
) -> Iterator[language_pb2.RunPluginResponse]:
    folder = Path(request.info.program_directory)
    if not (folder / "__main__.py").exists():
        raise RuntimeError(f"the plugin in {folder} has no __main__.py")
    command = [interpreter.python, "-u", str(folder), *request.args]
    child = children.start(command, cwd=request.pwd or str(folder), env=_environment(request, interpreter), piped=True)
    context.add_callback(lambda: children.end(child))
    for name, content in Output(child):
        yield language_pb2.RunPluginResponse(**{name: content})
    yield language_pb2.RunPluginResponse(exitcode=children.wait(child))


def _pack(
    request: language_pb2.RunPluginRequest, context: grpc.ServicerContext, children: Children, interpreter: Interpreter
) -> Iterator[language_pb2.RunPluginResponse]:
    """Serve a relay at once, and start the pack when the relay knows the stack."""
    run = _PackRun(request, children, interpreter)
    relay = Relay(run.start)
    context.add_callback(run.stop)
    try:
        yield language_pb2.RunPluginResponse(stdout=f"{relay.port}\n".encode())
        if run.started.wait() and run.output is not None:
            for name, content in run.output:
                if name == "stderr" or run.is_after_port(content):
                    yield language_pb2.RunPluginResponse(**{name: content})
        yield language_pb2.RunPluginResponse(exitcode=run.exit_code())
    finally:
        relay.close()
        run.stop()


class _PackRun:
    """One policy pack: started by the relay's thread, its output read by the call's."""

    def __init__(self, request: language_pb2.RunPluginRequest, children: Children, interpreter: Interpreter) -> None:
        self._request = request
        self._children = children
        self._interpreter = interpreter
        self._child = None
        self._port = b""
        self._first_line = threading.Event()
        self.started = threading.Event()
        self.output: Output | None = None

    def start(self, stack: Mapping[str, str]) -> int:
        """Start the pack for this stack and return its port. Raises ``RuntimeError`` if it prints none."""
        info = self._request.info
        runner = str(Path(__file__).with_name("policies.py"))
        command = [self._interpreter.python, "-u", runner, *self._request.args, info.program_directory]
        env = {**_environment(self._request, self._interpreter), **stack}
        self._child = self._children.start(command, cwd=info.program_directory, env=env, piped=True)
        self.output = Output(self._child)
        self.started.set()
        self._first_line.wait(_START_SECONDS)
        if not self._port:
            raise RuntimeError(f"the policy pack in {info.program_directory} did not start; its own message says why")
        return int(self._port)

    def is_after_port(self, content: bytes) -> bool:
        """Return whether this output comes after the pack's first line, its port, which is kept here."""
        if self._port:
            return True
        line, _, _ = content.partition(b"\n")
        self._port = line.strip() if line.strip().isdigit() else b""
        self._first_line.set()
        return False

    def exit_code(self) -> int:
        """Wait for the pack to end; return its exit code."""
        self._first_line.set()
        return 0 if self._child is None else self._children.wait(self._child)

    def stop(self) -> None:
        """End the pack, and the call that reads its output."""
        self.started.set()
        self._first_line.set()
        if self._child is not None:
            self._children.end(self._child)


def _environment(request: language_pb2.RunPluginRequest, interpreter: Interpreter) -> dict[str, str]:
    requested = dict(entry.split("=", 1) for entry in request.env if "=" in entry)
    return interpreter.environment({**os.environ, **requested})
