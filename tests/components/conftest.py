"""How component tests plan: build under Pulumi's mocks, wait until everything is registered, then look at it at once.

Registration is asynchronous. Looking right after a constructor, or inside ``apply`` of one output, sees an incomplete
list or never runs. ``plan`` returns when nothing is left to register, so that a test may also assert what does **not**
exist.
"""

from __future__ import annotations

import asyncio
import dataclasses
import typing
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import resource_pb2

from components.context import Context, Protection
from emulator.tokens import sdk_token
from settings.names import Names

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-8888-7777-6666-555555555555"


class Unknown:
    """Stands in a recorded value for what nobody can know in a preview."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Registered:
    """One resource as the program registered it: what a provider would get, and the options the engine would get."""

    type: str
    """Type token; without ``azure-native:`` for resources of that provider."""
    name: str
    urn: str
    parent: str
    """URN of the parent."""
    inputs: dict[str, Any]
    """Secrets unwrapped, unknowns as :data:`UNKNOWN`."""
    secrets: frozenset[str]
    """Paths of secret inputs, e.g. ``properties.value``."""
    depends_on: frozenset[str]
    """Names of all resources that this one waits for, written as ``type name``."""
    protect: bool
    retain_on_delete: bool
    delete_before_replace: bool
    deleted_with: str
    """``type name``, or empty."""
    ignore_changes: tuple[str, ...]
    secret_outputs: tuple[str, ...]
    aliases: tuple[str, ...]
    """Each alias in the form ``name=…``, ``type=…`` or a URN."""


@dataclasses.dataclass(kw_only=True)
class Planned:
    """Everything that one build did."""

    resources: list[Registered]
    calls: list[tuple[str, dict[str, Any]]]
    """Provider functions that were invoked, with their arguments."""
    outputs: dict[str, dict[str, Any]]
    """URN of a component → the outputs it registered, secrets unwrapped."""
    secret_outputs: dict[str, frozenset[str]]
    """URN of a component → paths of secret outputs."""
    result: Any
    """What the build returned, every output in it resolved: to its value, or to :data:`UNKNOWN` in a preview."""

    def of(self, kind: str) -> list[Registered]:
        """Resources of type ``kind`` (``keyvault:Vault``) as they arrived: in any order that dependencies allow."""
        return [r for r in self.resources if r.type == kind]

    def one(self, kind: str, name: str | None = None) -> Registered:
        """The only resource of type ``kind``, or the only one called ``name``."""
        found = [r for r in self.of(kind) if name is None or r.name == name]
        assert len(found) == 1, f"expected one {kind} {name or ''}, found {[r.name for r in found]}"
        return found[0]

    def inputs_of(self, kind: str) -> list[dict[str, Any]]:
        """Inputs of all resources of type ``kind``."""
        return [r.inputs for r in self.of(kind)]

    def children_of(self, name: str) -> list[Registered]:
        """Resources whose parent is the resource ``name``."""
        return [r for r in self.resources if r.parent.endswith(f"::{name}")]

    @property
    def types(self) -> set[str]:
        """All types that exist in the plan."""
        return {r.type for r in self.resources}


Outputs = Mapping[str, Callable[[str, dict[str, Any]], dict[str, Any]]]


def _guid(name: str) -> str:
    return f"00000000-0000-0000-0000-{zlib.crc32(name.encode()):012}"


COMPUTED: Outputs = {
    "managedidentity:UserAssignedIdentity": lambda n, _: {
        "principalId": _guid(f"{n}/principal"),
        "clientId": _guid(f"{n}/client"),
    },
    "network:PublicIPAddress": lambda _n, _i: {"ipAddress": "20.1.2.3"},
    "random:index/randomPassword:RandomPassword": lambda n, i: {"result": (n + "x" * 99)[: int(i["length"])]},
    "random:index/randomBytes:RandomBytes": lambda _n, i: {"hex": "ab" * int(i["length"]), "base64": "q" * 43 + "="},
    "azuread:index/group:Group": lambda n, _: {"objectId": _guid(n)},
}
"""Outputs that only the cloud knows, by type; a test adds its own through ``plan(…, outputs=…)``."""


class Monitor(mocks.MockMonitor):
    """Pulumi's mock monitor, keeping the requests themselves: the mocks interface shows neither parents nor options."""

    def __init__(self, *, preview: bool, outputs: Outputs, calls: Mapping[str, dict[str, Any]]) -> None:
        super().__init__(_Answers(preview=preview, outputs=outputs, calls=calls))
        self.requests: list[tuple[str, resource_pb2.RegisterResourceRequest]] = []
        self.registered_outputs: dict[str, Any] = {}

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802 - name of the call
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.requests.append((response.urn, request))
        return response

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:  # noqa: N802
        self.registered_outputs[request.urn] = request.outputs
        return super().RegisterResourceOutputs(request)


class _Answers(mocks.Mocks):
    def __init__(self, *, preview: bool, outputs: Outputs, calls: Mapping[str, dict[str, Any]]) -> None:
        self.preview = preview
        self.outputs = outputs
        self.answers = calls
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if not args.custom or self.preview:
            return ("", _echoed(args.inputs)) if args.custom else (None, args.inputs)
        kind = _short(args.typ)
        computed = self.outputs.get(kind, lambda _n, _i: {})(args.name, args.inputs)
        return f"/id/{kind}/{args.name}", {**_echoed(args.inputs), **computed}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        self.calls.append((args.token, args.args))
        assert args.token in self.answers, f"a component must not look anything up, but called {args.token}"
        return self.answers[args.token], []


def _have_event_loop() -> None:
    """Make an event loop where an earlier test of this process has closed the last one: the SDK needs it at once."""
    try:
        asyncio.get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(asyncio.new_event_loop())


def plan(
    build: Callable[[], Any],
    *,
    preview: bool = False,
    outputs: Outputs | None = None,
    calls: Mapping[str, dict[str, Any]] | None = None,
) -> Planned:
    """Run ``build``, return when every registration has arrived; ``preview`` leaves what the cloud computes unknown.

    ``outputs`` adds computed outputs by type to :data:`COMPUTED`; ``calls`` answers provider functions by token, others
    fail the test.
    """
    _have_event_loop()
    monitor = Monitor(preview=preview, outputs={**COMPUTED, **(outputs or {})}, calls=calls or {})
    settings.reset_options()  # a new stack: no transformation of an earlier test leaks into this one
    mocks.set_mocks(monitor.mocks, preview=preview, monitor=monitor)
    held: list[Any] = []

    def run() -> None:
        held.append(_resolved(build()))

    mocks.test(run)()
    parsed = {urn: _parse(outputs) for urn, outputs in monitor.registered_outputs.items()}
    return Planned(
        resources=[_registered(urn, request) for urn, request in monitor.requests],
        calls=typing.cast("_Answers", monitor.mocks).calls,
        outputs={urn: values for urn, (values, _) in parsed.items()},
        secret_outputs={urn: secrets for urn, (_, secrets) in parsed.items()},
        result=_taken(held[0]),
    )


def _echoed(inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs as Azure gives them back: the list of a resource's identities comes back as a mapping."""
    identity = inputs.get("identity")
    if isinstance(identity, dict) and isinstance(identity.get("userAssignedIdentities"), list):
        mapping = {str(index): {} for index in range(len(identity["userAssignedIdentities"]))}
        return {**inputs, "identity": {**identity, "userAssignedIdentities": mapping}}
    return inputs


def _short(token: str) -> str:
    return sdk_token(token).removeprefix("azure-native:")


def _label(urn: str) -> str:
    """``type name`` of a URN; the type as in :attr:`Registered.type`."""
    _, _, kinds, name = urn.split("::")
    return f"{_short(kinds.split('$')[-1])} {name}"


def _registered(urn: str, request: resource_pb2.RegisterResourceRequest) -> Registered:
    inputs, secrets = _parse(request.object)
    return Registered(
        type=_short(request.type),
        name=request.name,
        urn=urn,
        parent=request.parent,
        inputs=inputs,
        secrets=secrets,
        depends_on=frozenset(map(_label, request.dependencies)),
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace,
        deleted_with=_label(request.deletedWith) if request.deletedWith else "",
        ignore_changes=tuple(request.ignoreChanges),
        secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=tuple(_alias(alias) for alias in request.aliases),
    )


def _alias(alias: Any) -> str:
    if alias.urn:
        return str(alias.urn)
    return f"type={alias.spec.type}" if alias.spec.type else f"name={alias.spec.name}"


def _parse(struct: Any) -> tuple[dict[str, Any], frozenset[str]]:
    secrets: set[str] = set()
    values = {key: _value(value, key, secrets) for key, value in struct.fields.items()}
    return values, frozenset(secrets)


def _value(value: Any, path: str, secrets: set[str]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return [_value(item, f"{path}[{index}]", secrets) for index, item in enumerate(value.list_value.values)]
    if kind == "struct_value":
        fields = value.struct_value.fields
        if rpc._special_sig_key in fields:
            assert fields[rpc._special_sig_key].string_value == rpc._special_secret_sig, "only secrets are expected"
            secrets.add(path)
            return _value(fields["value"], path, secrets)
        return {key: _value(item, f"{path}.{key}", secrets) for key, item in fields.items()}
    if kind == "string_value" and value.string_value == rpc.UNKNOWN:
        return UNKNOWN
    if kind == "number_value" and value.number_value.is_integer():
        return int(value.number_value)
    return None if kind == "null_value" else getattr(value, str(kind))


class _Cell:
    """An output on its way: its value when the plan is complete."""

    def __init__(self, output: pulumi.Output[Any]) -> None:
        self.value: Any = UNKNOWN
        output.apply(self._take)

    def _take(self, value: Any) -> None:
        self.value = value


def _resolved(value: Any) -> Any:
    """``value`` with a cell in place of each output."""
    if isinstance(value, pulumi.Output):
        return _Cell(value)
    if isinstance(value, Mapping):
        return {key: _resolved(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_resolved(item) for item in value]
    return value


def _taken(value: Any) -> Any:
    if isinstance(value, _Cell):
        return value.value
    if isinstance(value, dict):
        return {key: _taken(item) for key, item in value.items()}
    return [_taken(item) for item in value] if isinstance(value, list) else value


def make_context(*, protect: bool = True, lock: bool = True) -> Context:
    """A development installation in Sweden Central."""
    return Context(
        names=Names(
            service_name="aifabrix", environment="dev", region="swedencentral", subscription_id=SUBSCRIPTION, instance=1
        ),
        location="swedencentral",
        region_key="sdc",
        subscription_id=SUBSCRIPTION,
        tenant_id=TENANT,
        tags={"environment": "dev", "owner": "platform", "data-classification": "internal"},
        protection=Protection(protect=protect, lock=lock),
    )


@pytest.fixture(scope="session", name="plan")
def _plan() -> Callable[..., Planned]:
    """The function :func:`plan`."""
    return plan


@pytest.fixture(scope="session")
def context() -> Context:
    """A development installation, protected and locked."""
    return make_context()


@pytest.fixture(scope="session")
def unprotected() -> Context:
    """The same installation with protection and locks off."""
    return make_context(protect=False, lock=False)


@pytest.fixture(scope="session")
def unknown() -> Unknown:
    """What a recorded value is where a preview cannot know it."""
    return UNKNOWN
