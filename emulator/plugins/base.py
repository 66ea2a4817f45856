"""What the local providers have in common: handshake, configuration, errors, and conversion of values."""

from __future__ import annotations

import functools
import json
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from emulator import wire
from emulator.diff import Change
from emulator.errors import Refusal
from emulator.shape import Problem, version
from emulator.tokens import sdk_token
from emulator.values import Value, redact

pb: Any = provider_pb2  # built at import by protobuf, so type checkers do not know its classes
_empty: Any = empty_pb2


def grpc_handler(method: Callable[[Any, Any], Any]) -> Callable[[Any, Any, grpc.ServicerContext], Any]:
    """Make ``method`` a gRPC handler: a refusal becomes a status with Azure's text, a bug becomes an internal error.

    No message repeats a string that is secret in the request.
    """

    @functools.wraps(method)
    def handler(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request)
        except Refusal as refusal:
            context.abort(getattr(grpc.StatusCode, refusal.status), redact(str(refusal), *_sources(request)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine gets an answer and the plugin goes on
            where = traceback.extract_tb(error.__traceback__)[-1]
            text = f"the local Azure has a bug: {type(error).__name__}: {error} ({where.filename}:{where.lineno})"
            context.abort(grpc.StatusCode.INTERNAL, redact(text, *_sources(request)))

    return handler


def _sources(request: Any) -> list[dict[str, Value]]:
    """Return the request's values, in which its secrets are marked."""
    names = ("properties", "news", "olds", "inputs", "old_inputs", "args")
    return [wire.decode(getattr(request, name)) for name in names if hasattr(request, name)]


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """A provider of one package; subclasses add Check, Diff, Create, Read, Update, Delete and Invoke."""

    package = ""
    """``azure-native``"""

    def __init__(self, ended: threading.Event) -> None:
        self._ended = ended

    def configure(self, settings: dict[str, Value]) -> None:
        """Accept the provider's configuration; keys are the SDK's (``subscriptionId``)."""

    @grpc_handler
    def Handshake(self, _: Any) -> Any:
        """Report which kinds of values are accepted."""
        return pb.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=False)

    @grpc_handler
    def Attach(self, _: Any) -> Any:
        """Accept an engine that attaches to this process."""
        return _empty.Empty()

    @grpc_handler
    def GetPluginInfo(self, _: Any) -> Any:
        """Report the version: that of the SDK whose shapes are checked."""
        info: Any = plugin_pb2
        return info.PluginInfo(version=version(self.package))

    @grpc_handler
    def GetSchema(self, _: Any) -> Any:
        """Return an empty schema: programs bring their own SDK."""
        return pb.GetSchemaResponse(schema=json.dumps({"name": self.package, "version": version(self.package)}))

    @grpc_handler
    def CheckConfig(self, request: Any) -> Any:
        """Accept the provider's configuration as it is."""
        return pb.CheckResponse(inputs=request.news)

    @grpc_handler
    def DiffConfig(self, request: Any) -> Any:
        """Report what changed in the configuration; that never replaces the provider."""
        olds, news = wire.decode(request.old_inputs), wire.decode(request.news)
        keys = [key for key in {**olds, **news} if wire.dump(olds.get(key)) != wire.dump(news.get(key))]
        changed = pb.DiffResponse.DIFF_SOME if keys else pb.DiffResponse.DIFF_NONE
        return pb.DiffResponse(changes=changed, diffs=keys)

    @grpc_handler
    def Configure(self, request: Any) -> Any:
        """Accept the configuration; values are sent as JSON inside strings."""
        self.configure({key: _unquoted(value) for key, value in wire.decode(request.args).items()})
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=False)

    @grpc_handler
    def Cancel(self, _: Any) -> Any:
        """End the process once running requests are answered."""
        self._ended.set()
        return _empty.Empty()


def _unquoted(value: Value) -> Value:
    """Return a configuration value without its JSON quoting."""
    if isinstance(value, str) and value[:1] in {'"', "{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def token_of(urn: str) -> str:
    """Return the SDK's type token in a URN (``urn:pulumi:stack::project::parent$type::name``)."""
    return sdk_token(urn.split("::")[2].rpartition("$")[2])


def check_response(inputs: dict[str, Value], problems: Sequence[Problem]) -> Any:
    """Return the response of Check."""
    failures = [pb.CheckFailure(property=one.path, reason=redact(one.message, inputs)) for one in problems]
    return pb.CheckResponse(inputs=wire.encode(inputs), failures=failures)


def diff_response(differences: Sequence[Change], *, delete_first: bool) -> Any:
    """Return the response of Diff; ``delete_first`` matters only where something is replaced."""
    if not differences:
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE, hasDetailedDiff=True)
    detailed = {}
    for one in differences:
        kind = f"{one.kind}_REPLACE" if one.replaces else one.kind
        detailed[one.path] = pb.PropertyDiff(kind=pb.PropertyDiff.Kind.Value(kind), inputDiff=True)
    replaces = list(dict.fromkeys(_top(one.path) for one in differences if one.replaces))
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME,
        diffs=list(dict.fromkeys(_top(one.path) for one in differences)),
        replaces=replaces,
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=bool(replaces) and delete_first,
    )


def _top(path: str) -> str:
    """Return the first step of a property path."""
    return path.replace("[", ".").split(".")[0]
