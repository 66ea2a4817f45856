"""What this host leaves to Pulumi's own: refused in one plain sentence instead of a traceback."""

# ruff: noqa: N802, ARG002 - the protocol gives the names

from __future__ import annotations

from typing import NoReturn

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc


def end(context: grpc.ServicerContext, code: grpc.StatusCode, text: str) -> NoReturn:
    """End the call with an error that the engine shows."""
    context.abort(code, text)
    raise AssertionError("abort raises")


class Refusals(language_pb2_grpc.LanguageRuntimeServicer):
    """Code generation, packing, linking: for people who make packages, not for those who run programs."""

    def GetRequiredPlugins(
        self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> NoReturn:
        """Refuse: superseded by GetRequiredPackages, which the engine asks first."""
        end(context, grpc.StatusCode.UNIMPLEMENTED, "ask GetRequiredPackages instead")

    def GenerateProgram(self, request: language_pb2.GenerateProgramRequest, context: grpc.ServicerContext) -> NoReturn:
        """Refuse to turn a description into a program."""
        _refuse(context, "generating a program")

    def GenerateProject(self, request: language_pb2.GenerateProjectRequest, context: grpc.ServicerContext) -> NoReturn:
        """Refuse to turn a description into a project."""
        _refuse(context, "generating a project")

    def GeneratePackage(self, request: language_pb2.GeneratePackageRequest, context: grpc.ServicerContext) -> NoReturn:
        """Refuse to make an SDK."""
        _refuse(context, "generating an SDK")

    def Pack(self, request: language_pb2.PackRequest, context: grpc.ServicerContext) -> NoReturn:
        """Refuse to make a wheel of an SDK."""
        _refuse(context, "packing an SDK")

    def Link(self, request: language_pb2.LinkRequest, context: grpc.ServicerContext) -> NoReturn:
        """Refuse to add an SDK to a project."""
        _refuse(context, "linking an SDK")


def _refuse(context: grpc.ServicerContext, what: str) -> NoReturn:
    end(
        context,
        grpc.StatusCode.UNIMPLEMENTED,
        f"{what} needs Pulumi's own Python language host, which the official release brings; this one runs programs",
    )
