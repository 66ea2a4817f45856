"""Pulumi's language protocol for Python programs: the requests of the engine to its language host.

The protocol is that of the installed SDK (``pulumi.runtime.proto.language_pb2``).
"""

# ruff: noqa: N802, ARG002 - the protocol gives the names

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty  # ty: ignore[missing-module-member] - made at run time
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from . import packages, programs
from .children import Children, Output
from .interpreters import Interpreter, NoInterpreterError, choose, virtualenv

Context = grpc.ServicerContext


def _end(context: Context, code: grpc.StatusCode, text: str) -> NoReturn:
    """End the call with an error that the engine shows."""
    context.abort(code, text)
    raise AssertionError("abort raises")


def _refused(what: str) -> Callable[..., NoReturn]:
    """Return a method that refuses, in one sentence instead of a traceback, what only Pulumi's own host can do."""
    text = f"{what} needs Pulumi's own Python language host, which the official release brings; this one runs programs"
    return lambda _self, _request, context: _end(context, grpc.StatusCode.UNIMPLEMENTED, text)


class Runtime(language_pb2_grpc.LanguageRuntimeServicer):
    """The service that the engine talks to."""

    def __init__(self, *, children: Children, engine: str, helper: str, version: str) -> None:
        self._children = children
        self._engine = engine
        self._helper = helper
        self._version = version

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: Context
    ) -> language_pb2.LanguageHandshakeResponse:
        """Store the engine's address."""
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Empty, context: Context) -> plugin_pb2.PluginInfo:
        """Return the version of the engine that this host belongs to."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: Context
    ) -> language_pb2.GetRequiredPackagesResponse:
        """Return the resource plugins of the packages that are installed for the program."""
        plugins = packages.plugins(_installed(request.info, context))
        return language_pb2.GetRequiredPackagesResponse(packages=[_dependency(plugin) for plugin in plugins])

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: Context
    ) -> language_pb2.GetProgramDependenciesResponse:
        """Return the packages installed for the program: all, or only those that no other package requires."""
        installed = _installed(request.info, context)
        wanted = [package for package in installed if request.transitiveDependencies or not package.required]
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=package.name, version=package.version) for package in wanted]
        )

    def About(self, request: language_pb2.AboutRequest, context: Context) -> language_pb2.AboutResponse:
        """Return the interpreter that runs the program."""
        interpreter = _interpreter(request.info, context)
        return language_pb2.AboutResponse(
            executable=interpreter.python,
            version=interpreter.version(),
            metadata={"host": "AI Fabrix Python language host"},
        )

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: Context
    ) -> language_pb2.RuntimeOptionsResponse:
        """Return no prompts for a new project: the options have defaults."""
        return language_pb2.RuntimeOptionsResponse()

    def Template(self, request: language_pb2.TemplateRequest, context: Context) -> language_pb2.TemplateResponse:
        """Leave a new project as its template has it."""
        return language_pb2.TemplateResponse()

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: Context
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Create the project's virtual environment, if it names one that is missing, and install requirements.txt."""
        folder = virtualenv(request.info)
        if folder and not (folder / "bin" / "python").exists():
            yield from self._run(context, [sys.executable, "-m", "venv", str(folder)], request.info.program_directory)
        requirements = Path(request.info.program_directory, "requirements.txt")
        if requirements.exists():
            interpreter = _interpreter(request.info, context)
            command = [
                interpreter.python,
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "-r",
                str(requirements),
            ]
            yield from self._run(context, command, request.info.program_directory, interpreter)

    def Run(self, request: language_pb2.RunRequest, context: Context) -> language_pb2.RunResponse:
        """Run the program to its end."""
        try:
            return programs.run_program(request, children=self._children, engine=self._engine, helper=self._helper)
        except NoInterpreterError as error:
            return language_pb2.RunResponse(error=str(error))
        except RuntimeError as error:
            _end(context, grpc.StatusCode.CANCELLED, str(error))

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: Context
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack or a plugin written in Python until the engine no longer needs it."""
        try:
            yield from programs.run_plugin(request, context, children=self._children)
        except (NoInterpreterError, RuntimeError) as error:
            _end(context, grpc.StatusCode.FAILED_PRECONDITION, str(error))

    def Cancel(self, request: Empty, context: Context) -> Empty:
        """End what is running; calls that wait for it return an error."""
        self._children.end_all(close=False)
        return Empty()

    # For people who make packages, not for those who run programs: left to Pulumi's own host

    GenerateProgram = _refused("generating a program")
    GenerateProject = _refused("generating a project")
    GeneratePackage = _refused("generating an SDK")
    Pack = _refused("packing an SDK")
    Link = _refused("linking an SDK")

    def GetRequiredPlugins(self, request: language_pb2.GetRequiredPluginsRequest, context: Context) -> NoReturn:
        """Refuse: superseded by GetRequiredPackages, which the engine asks first."""
        _end(context, grpc.StatusCode.UNIMPLEMENTED, "ask GetRequiredPackages instead")

    def _run(
        self, context: Context, command: list[str], cwd: str, interpreter: Interpreter | None = None
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Run a command and yield its output; a failure ends the call with the command's exit code."""
        env = (interpreter or Interpreter(sys.executable, None)).environment()
        child = self._children.start(command, cwd=cwd, env=env, piped=True)
        context.add_callback(lambda: self._children.end(child))
        for name, content in Output(child):
            yield language_pb2.InstallDependenciesResponse(**{name: content})
        code = self._children.wait(child)
        if code != 0:
            _end(context, grpc.StatusCode.UNKNOWN, f"{' '.join(command)} failed with exit code {code}")


def _installed(info: language_pb2.ProgramInfo, context: Context) -> list[packages.Package]:
    try:
        return packages.installed(_interpreter(info, context).python)
    except (OSError, json.JSONDecodeError) as error:
        _end(context, grpc.StatusCode.UNKNOWN, str(error))


def _interpreter(info: language_pb2.ProgramInfo, context: Context) -> Interpreter:
    try:
        return choose(info)
    except NoInterpreterError as error:
        _end(context, grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _dependency(plugin: packages.Plugin) -> plugin_pb2.PackageDependency:
    dependency = plugin_pb2.PackageDependency(
        name=plugin.name, version=plugin.version, kind="resource", server=plugin.server
    )
    if plugin.parameterization:
        dependency.parameterization.CopyFrom(plugin_pb2.PackageParameterization(**plugin.parameterization))
    return dependency
