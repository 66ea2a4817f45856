"""Runs a Python program for the engine, through Pulumi's own script for that."""

from __future__ import annotations

import json
import signal

from pulumi.runtime.proto import language_pb2

from .children import Children
from .interpreters import choose

_SHOWN = 32
"""Exit code of Pulumi's script when it has shown the error to the user already."""


def run(request: language_pb2.RunRequest, *, children: Children, engine: str, helper: str) -> language_pb2.RunResponse:
    """Run the program and say how it ended. Raises :class:`interpreters.NoInterpreterError`, ``RuntimeError``."""
    if request.attach_debugger:
        return language_pb2.RunResponse(error="--attach-debugger needs Pulumi's own Python language host")
    chosen = choose(request.info)
    env = chosen.environment()
    env["PULUMI_CONFIG"] = json.dumps(dict(request.config))
    env["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
    command = [chosen.python, "-u", helper, *_arguments(request, engine)]
    cwd = request.pwd or request.info.program_directory
    return _answer(children.wait(children.start(command, cwd=cwd, env=env)))


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


def _answer(code: int) -> language_pb2.RunResponse:
    if code == 0:
        return language_pb2.RunResponse()
    if code in {_SHOWN, -signal.SIGTERM}:  # the error was shown, or we ended it because the engine asked us to
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        name = signal.Signals(-code).name
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return language_pb2.RunResponse(error=f"the program was ended by {name}{hint}")
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")
