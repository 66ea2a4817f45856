"""Pulumi's language protocol for Python programs: what the engine may ask of a language host, answered.

The protocol is that of the installed SDK (``pulumi.runtime.proto.language_pb2``). Code generation, packing and linking
belong to people who make packages, not to those who run programs: refused in one plain sentence.
"""

# ruff: noqa: N802, ARG002 - the protocol gives the names

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
from google.protobuf.empty_pb2 import Empty  # ty: ignore[missing-module-member] - made at run time
from pulumi.runtime.proto import language_pb2, plugin_pb2

from . import packages, plugins, programs
from .children import Children
from .interpreters import Interpreter, NoInterpreterError, choose, virtualenv
from .refusals import Refusals, end
from .streams import Output

Context = grpc.ServicerContext


class Runtime(Refusals):
    """The service that the engine talks to."""

    def __init__(self, *, children: Children, engine: str, helper: str, version: str) -> None:
        self._children = children
        self._engine = engine
        self._helper = helper
        self._version = version

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: Context
    ) -> language_pb2.LanguageHandshakeResponse:
        """Learn the engine's address."""
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Empty, context: Context) -> plugin_pb2.PluginInfo:
        """Say which version of the engine this host belongs to."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: Context
    ) -> language_pb2.GetRequiredPackagesResponse:
        """Name the resource plugins of the packages that are installed for the program."""
        found = packages.plugins(_installed(request.info, context))
        return language_pb2.GetRequiredPackagesResponse(packages=[_dependency(plugin) for plugin in found])

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: Context
    ) -> language_pb2.GetProgramDependenciesResponse:
        """List what is installed for the program; without transitive ones, what nothing else installed asks for."""
        found = _installed(request.info, context)
        wanted = [package for package in found if request.transitiveDependencies or not package.required]
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=package.name, version=package.version) for package in wanted]
        )

    def About(self, request: language_pb2.AboutRequest, context: Context) -> language_pb2.AboutResponse:
        """Say which interpreter runs the program."""
        chosen = _interpreter(request.info, context)
        return language_pb2.AboutResponse(
            executable=chosen.python, version=chosen.version(), metadata={"host": "AI Fabrix Python language host"}
        )

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: Context
    ) -> language_pb2.RuntimeOptionsResponse:
        """Ask nothing when a project is made: the options have their defaults."""
        return language_pb2.RuntimeOptionsResponse()

    def Template(self, request: language_pb2.TemplateRequest, context: Context) -> language_pb2.TemplateResponse:
        """Leave a new project as its template has it."""
        return language_pb2.TemplateResponse()

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: Context
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Make the virtual environment that the project names, where it is missing, and install requirements.txt."""
        folder = virtualenv(request.info)
        if folder and not (folder / "bin" / "python").exists():
            yield from self._say(context, [sys.executable, "-m", "venv", str(folder)], request.info.program_directory)
        requirements = Path(request.info.program_directory, "requirements.txt")
        if requirements.exists():
            chosen = _interpreter(request.info, context)
            command = [chosen.python, "-m", "pip", "install", "--disable-pip-version-check", "-r", str(requirements)]
            yield from self._say(context, command, request.info.program_directory, chosen)

    def Run(self, request: language_pb2.RunRequest, context: Context) -> language_pb2.RunResponse:
        """Run the program to its end."""
        try:
            return programs.run(request, children=self._children, engine=self._engine, helper=self._helper)
        except NoInterpreterError as error:
            return language_pb2.RunResponse(error=str(error))
        except RuntimeError as error:
            end(context, grpc.StatusCode.CANCELLED, str(error))

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: Context
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack or a plugin written in Python until the engine has no more use for it."""
        try:
            yield from plugins.run(request, context, children=self._children)
        except (NoInterpreterError, RuntimeError) as error:
            end(context, grpc.StatusCode.FAILED_PRECONDITION, str(error))

    def Cancel(self, request: Empty, context: Context) -> Empty:
        """End what is running; the calls that wait for it return an error."""
        self._children.end_all(close=False)
        return Empty()

    def _say(
        self, context: Context, command: list[str], cwd: str, chosen: Interpreter | None = None
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Run a command and give its output; a failure ends the call with the command's exit code."""
        env = (chosen or Interpreter(sys.executable, None)).environment()
        child = self._children.start(command, cwd=cwd, env=env, piped=True)
        context.add_callback(lambda: self._children.end(child))
        for name, content in Output(child):
            yield language_pb2.InstallDependenciesResponse(**{name: content})
        code = self._children.wait(child)
        if code != 0:
            end(context, grpc.StatusCode.UNKNOWN, f"{' '.join(command)} failed with exit code {code}")


def _installed(info: language_pb2.ProgramInfo, context: Context) -> list[packages.Package]:
    try:
        return packages.installed(_interpreter(info, context).python)
    except (OSError, json.JSONDecodeError) as error:
        end(context, grpc.StatusCode.UNKNOWN, str(error))


def _interpreter(info: language_pb2.ProgramInfo, context: Context) -> Interpreter:
    try:
        return choose(info)
    except NoInterpreterError as error:
        end(context, grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _dependency(plugin: packages.Plugin) -> plugin_pb2.PackageDependency:
    found = plugin_pb2.PackageDependency(
        name=plugin.name, version=plugin.version, kind="resource", server=plugin.server
    )
    if plugin.parameterization:
        found.parameterization.CopyFrom(plugin_pb2.PackageParameterization(**plugin.parameterization))
    return found
