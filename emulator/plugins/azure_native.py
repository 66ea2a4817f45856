"""The local azure-native: Pulumi's protocol on one side, the control plane on the other."""

from __future__ import annotations

import os
import threading
from typing import Any

from google.protobuf import empty_pb2

from emulator import wire
from emulator.control import ControlPlane
from emulator.diff import changes, keeps_name
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.functions import invoke
from emulator.laws import LAWS
from emulator.plugins.base import Provider, check_response, diff_response, grpc_handler, pb, token_of
from emulator.shape import shape, version
from emulator.store import Store
from emulator.tokens import VersionedPackage
from emulator.values import Secret, Value, has_secret

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
TENANT = "00000000-0000-4000-8000-000000000002"
"""Where resources go when neither the provider nor the environment names a subscription and a tenant."""
_empty: Any = empty_pb2
_RETIRING = {"Microsoft.KeyVault": "azure-native:keyvault:Vault"}
"""ARM namespace of which API versions are retired → one of its types, which tells what the SDK sends."""


class AzureNative(Provider):
    """Provider ``azure-native``."""

    package = "azure-native"

    def __init__(self, ended: threading.Event, store: Store) -> None:
        super().__init__(ended)
        self._store = store
        self._package: VersionedPackage | None = None
        self._plane = self._plane_for({})

    @grpc_handler
    def Parameterize(self, request: Any) -> Any:
        """Become the provider of one module at one API version, as the parameter of a generated SDK says."""
        if not request.HasField("value"):
            raise Refusal("InvalidArgument", "packages are served here, not generated", status="INVALID_ARGUMENT")
        package = VersionedPackage.from_parameter(request.value.value)
        self._package = package
        self._plane = self._plane_for({})
        return pb.ParameterizeResponse(name=package.name, version=version(self.package))

    def configure(self, settings: dict[str, Value]) -> None:
        """Set subscription and tenant."""
        self._plane = self._plane_for(settings)
        self._store.register(self._plane.subscription_id, self._plane.tenant_id)

    def _plane_for(self, settings: dict[str, Value]) -> ControlPlane:
        """Return the control plane of the subscription named by ``settings``, else by the environment."""

        def chosen(key: str, variable: str, fallback: str) -> str:
            value = settings.get(key)
            return value if isinstance(value, str) and value else os.environ.get(variable) or fallback

        subscription = chosen("subscriptionId", "ARM_SUBSCRIPTION_ID", SUBSCRIPTION)
        tenant = chosen("tenantId", "ARM_TENANT_ID", TENANT)
        sent = {namespace: self._sent_version(token) for namespace, token in _RETIRING.items()}
        return ControlPlane(self._store, subscription, tenant, facts=TABLE, laws=LAWS, api_versions=sent)

    def _sent_version(self, token: str) -> str:
        """Return the API version that this provider sends: that of its package, else the SDK's."""
        package = self._package
        if package is not None and token.startswith(f"azure-native:{package.module}:"):
            return package.api_version
        return shape(token).api_version or ""

    @grpc_handler
    def Check(self, request: Any) -> Any:
        """Complete the inputs and report what is wrong with them."""
        olds = wire.decode(request.olds) if request.HasField("olds") else None
        inputs, problems = self._plane.check(
            token_of(request.urn),
            wire.decode(request.news),
            olds,
            logical=request.urn.rsplit("::", 1)[-1],
            seed=request.randomSeed,
        )
        return check_response(inputs, problems)

    @grpc_handler
    def Diff(self, request: Any) -> Any:
        """Report what changes, and what that replaces."""
        fact = self._plane.fact(token_of(request.urn))
        olds, news = wire.decode(request.old_inputs), wire.decode(request.news)
        return diff_response(changes(fact, olds, news), delete_first=keeps_name(fact, olds, news))

    @grpc_handler
    def Create(self, request: Any) -> Any:
        """Create an object, or return what a preview knows of it."""
        token, inputs = token_of(request.urn), wire.decode(request.properties)
        if request.preview:
            # No id, although it could be composed: the real provider returns none before Azure has answered, and a
            # program that reads it in a preview (to ask for an account's keys, say) must see the same here.
            _, outputs = self._plane.forecast_create(token, inputs)
            return pb.CreateResponse(properties=wire.encode(outputs))
        stored = self._plane.create(token, inputs)
        return pb.CreateResponse(id=stored.id, properties=wire.encode(stored.outputs))

    @grpc_handler
    def Update(self, request: Any) -> Any:
        """Change an object, or return what a preview knows of the change."""
        token, inputs = token_of(request.urn), wire.decode(request.news)
        if request.preview:
            return pb.UpdateResponse(properties=wire.encode(self._plane.forecast_update(token, request.id, inputs)))
        return pb.UpdateResponse(properties=wire.encode(self._plane.update(token, request.id, inputs).outputs))

    @grpc_handler
    def Read(self, request: Any) -> Any:
        """Return an object as it is now; an empty id means that it is gone."""
        stored = self._store.object(request.id)
        if stored is None:
            return pb.ReadResponse()
        inputs = _with_secrets(stored.inputs, wire.decode(request.inputs))
        return pb.ReadResponse(id=stored.id, properties=wire.encode(stored.outputs), inputs=wire.encode(inputs))

    @grpc_handler
    def Delete(self, request: Any) -> Any:
        """Delete an object and everything below it; one that is already gone is no error."""
        self._plane.delete(request.id)
        return _empty.Empty()

    @grpc_handler
    def Invoke(self, request: Any) -> Any:
        """Answer a function."""
        result = invoke(self._plane, request.tok, wire.decode(request.args))
        return pb.InvokeResponse(**{"return": wire.encode(result)})


def _with_secrets(inputs: dict[str, Value], before: dict[str, Value]) -> dict[str, Value]:
    """Return ``inputs`` with what was secret ``before`` marked again: a value changed by hand loses its mark."""
    return {
        name: Secret(value) if has_secret(before.get(name)) and not has_secret(value) else value
        for name, value in inputs.items()
    }
