"""A plugin process under test: started through its entry point, spoken to over gRPC as the engine does."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from emulator import wire

pb: Any = provider_pb2
_empty: Any = empty_pb2
EMPTY = _empty.Empty()

PluginT = TypeVar("PluginT", bound="Plugin")


class Plugin:
    """Starts ``python -m emulator.plugins <package>`` and calls it; ends it on exit."""

    def __init__(self, package: str, environment: dict[str, str], *arguments: str) -> None:
        command = [sys.executable, "-m", "emulator.plugins", package, *arguments]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self) -> tuple[int, str, str]:
        """Wait for the process to end; return exit code, rest of stdout, stderr."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err

    def check(self, token: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
        """Answer of Check."""
        request = pb.CheckRequest(urn=urn(token), news=wire.encode(news))
        if olds is not None:
            request.olds.CopyFrom(wire.encode(olds))
        return self.stub.Check(request)

    def create(self, token: str, inputs: dict[str, Any], *, preview: bool = False) -> tuple[str, dict[str, Any]]:
        """Id and outputs of Create."""
        answer = self.stub.Create(pb.CreateRequest(urn=urn(token), properties=wire.encode(inputs), preview=preview))
        return answer.id, wire.decode(answer.properties)

    def diff(self, token: str, olds: dict[str, Any], news: dict[str, Any]) -> Any:
        """Answer of Diff."""
        return self.stub.Diff(
            pb.DiffRequest(id="x", urn=urn(token), old_inputs=wire.encode(olds), news=wire.encode(news))
        )

    def read(self, token: str, identity: str, inputs: dict[str, Any] | None = None) -> Any:
        """Answer of Read."""
        return self.stub.Read(pb.ReadRequest(id=identity, urn=urn(token), inputs=wire.encode(inputs or {})))

    def invoke(self, token: str, **args: Any) -> dict[str, Any]:
        """Result of a function."""
        answer = self.stub.Invoke(pb.InvokeRequest(tok=token, args=wire.encode(args)))
        return wire.decode(getattr(answer, "return"))


def urn(token: str) -> str:
    """URN of a resource named ``thing`` inside a component."""
    return f"urn:pulumi:dev::aifabrix::aifabrix:platform:Platform${token}::thing"
