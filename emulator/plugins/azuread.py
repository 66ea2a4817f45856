"""The local azuread: Pulumi's protocol on one side, the tenant's directory on the other."""

from __future__ import annotations

import os
import threading
from typing import Any

from google.protobuf import empty_pb2

from emulator import wire
from emulator.diff import changes
from emulator.directory import Directory
from emulator.errors import UnknownTypeError
from emulator.functions import client_config
from emulator.plugins.azure_native import SUBSCRIPTION, TENANT
from emulator.plugins.base import Provider, check_response, diff_response, grpc_handler, pb, token_of
from emulator.shape import Problem, check
from emulator.store import Store
from emulator.values import Value

_empty: Any = empty_pb2
_KINDS = ("securityEnabled", "mailEnabled")


class AzureAD(Provider):
    """Provider ``azuread``."""

    package = "azuread"

    def __init__(self, ended: threading.Event, store: Store) -> None:
        super().__init__(ended)
        self._store = store
        self._directory = Directory(store, os.environ.get("ARM_TENANT_ID") or TENANT)

    def configure(self, settings: dict[str, Value]) -> None:
        """Set the tenant."""
        tenant = settings.get("tenantId")
        if isinstance(tenant, str) and tenant:
            self._directory = Directory(self._store, tenant)

    @grpc_handler
    def Check(self, request: Any) -> Any:
        """Report what is wrong with the inputs."""
        token, inputs = token_of(request.urn), wire.decode(request.news)
        try:
            problems = check(token, inputs)
        except UnknownTypeError as error:
            problems = [Problem("", str(error))]
        if token.endswith(":Group") and not any(inputs.get(name) not in {None, False} for name in _KINDS):
            text = "a group is for security or for mail; set securityEnabled (or mailEnabled) to true"
            problems.append(Problem(_KINDS[0], text))
        return check_response(inputs, problems)

    @grpc_handler
    def Diff(self, request: Any) -> Any:
        """Report what changes, and what that replaces; names are not unique, so the new object may be created first."""
        fact = self._directory.fact(token_of(request.urn))
        return diff_response(
            changes(fact, wire.decode(request.old_inputs), wire.decode(request.news)), delete_first=False
        )

    @grpc_handler
    def Create(self, request: Any) -> Any:
        """Create an object, or return what a preview knows of it."""
        token, inputs = token_of(request.urn), wire.decode(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=wire.encode(self._directory.forecast(token, inputs)))
        stored = self._directory.create(token, inputs)
        return pb.CreateResponse(id=stored.id, properties=wire.encode(stored.outputs))

    @grpc_handler
    def Update(self, request: Any) -> Any:
        """Change an object, or return what a preview knows of the change."""
        token, inputs = token_of(request.urn), wire.decode(request.news)
        if request.preview:
            kept = {name: wire.decode(request.olds).get(name) for name in self._directory.entry(token).guids}
            return pb.UpdateResponse(properties=wire.encode({**self._directory.forecast(token, inputs), **kept}))
        return pb.UpdateResponse(properties=wire.encode(self._directory.update(token, request.id, inputs).outputs))

    @grpc_handler
    def Read(self, request: Any) -> Any:
        """Return an object as it is now; an empty id means that it is gone."""
        stored = self._store.object(request.id)
        if stored is None:
            return pb.ReadResponse()
        return pb.ReadResponse(id=stored.id, properties=wire.encode(stored.outputs), inputs=wire.encode(stored.inputs))

    @grpc_handler
    def Delete(self, request: Any) -> Any:
        """Delete an object and what belongs to it; one that is already gone is no error."""
        self._directory.delete(request.id)
        return _empty.Empty()

    @grpc_handler
    def Invoke(self, request: Any) -> Any:
        """Answer a look-up."""
        function = request.tok.rsplit(":", 1)[-1]
        if function == "getClientConfig":
            me = client_config(os.environ.get("ARM_SUBSCRIPTION_ID") or SUBSCRIPTION, self._directory.tenant_id)
            result: dict[str, Value] = {"id": me["objectId"], **me}
        else:
            result = self._directory.call(function, wire.decode(request.args))
        return pb.InvokeResponse(**{"return": wire.encode(result)})
