"""Passes the stack on to a policy pack.

The SDK's analyzer reads project, stack and configuration from its environment when it starts, but the engine sends
them only afterwards, in ``ConfigureStack``. So the engine talks to a relay, which answers the handshake itself, starts
the pack when the stack is known, and passes everything else on unchanged.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from concurrent import futures

import grpc
from pulumi.runtime.proto import analyzer_pb2

_SERVICE = "/pulumirpc.Analyzer/"
_MEGABYTE = 1 << 20
_OPTIONS = (("grpc.max_receive_message_length", 400 * _MEGABYTE), ("grpc.max_send_message_length", 400 * _MEGABYTE))
_NO_STACK: Mapping[str, str] = {}
_GRACE_SECONDS = 1.0

Start = Callable[[Mapping[str, str]], int]
"""Starts the pack with these variables and returns its port; raises ``RuntimeError`` if it does not start."""


def variables(request: analyzer_pb2.AnalyzerStackConfigureRequest) -> dict[str, str]:
    """Return the environment in which Pulumi's SDK finds the stack."""
    return {
        "PULUMI_PROJECT": request.project,
        "PULUMI_STACK": request.stack,
        "PULUMI_ORGANIZATION": request.organization or "organization",
        "PULUMI_DRY_RUN": "true" if request.dry_run else "false",
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.config_secret_keys)),
    }


class Relay(grpc.GenericRpcHandler):
    """Stands between the engine and one policy pack."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._channel: grpc.Channel | None = None
        self._handshake = b""
        self._server = grpc.server(futures.ThreadPoolExecutor(16), handlers=(self,), options=_OPTIONS)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def close(self) -> None:
        """Stop serving, without ending the pack; a pending answer, such as why it did not start, is still sent."""
        self._server.stop(_GRACE_SECONDS).wait()
        if self._channel is not None:
            self._channel.close()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """Return the handler of a method; every method of an analyzer takes one message and returns one."""
        method = str(handler_call_details.method)
        if not method.startswith(_SERVICE):
            return None

        def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
            return self._handle(method, request, context)

        return grpc.unary_unary_rpc_method_handler(handle)

    def _handle(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        name = method.removeprefix(_SERVICE)
        if name == "Handshake":
            self._handshake = request
            return b""
        if name == "Cancel" and self._channel is None:
            return b""
        env = _NO_STACK
        if name == "ConfigureStack":
            env = variables(analyzer_pb2.AnalyzerStackConfigureRequest.FromString(request))
        try:
            channel = self._connected(env)
        except RuntimeError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return _pass(channel, method, request, context)

    def _connected(self, env: Mapping[str, str]) -> grpc.Channel:
        with self._lock:
            if self._channel is None:
                port = self._start(env)
                self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)
                try:
                    self._channel.unary_unary(f"{_SERVICE}Handshake")(self._handshake, wait_for_ready=True)
                except grpc.RpcError as error:
                    if _code(error) is not grpc.StatusCode.UNIMPLEMENTED:
                        raise RuntimeError(f"the policy pack refused the handshake: {error}") from error
            return self._channel


def _pass(channel: grpc.Channel, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
    """Pass a call on, and its error with the details that the engine reads."""
    try:
        return channel.unary_unary(method)(request)
    except grpc.RpcError as error:
        trailing = getattr(error, "trailing_metadata", tuple)()
        context.set_trailing_metadata(tuple(trailing or ()))
        context.abort(_code(error), getattr(error, "details", str)() or "")
        raise  # abort has raised already


def _code(error: grpc.RpcError) -> grpc.StatusCode:
    return getattr(error, "code", lambda: grpc.StatusCode.UNKNOWN)()
