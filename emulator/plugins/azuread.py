"""The local azuread: Pulumi's protocol on one side, the tenant's directory on the other."""

from __future__ import annotations

import os
import threading
from typing import Any

from google.protobuf import empty_pb2

from emulator import wire
from emulator.diff import changes
from emulator.directory import Directory
from emulator.plugins.azure_native import SUBSCRIPTION, TENANT
from emulator.plugins.base import Provider, answers, checked, compared, pb, token_of
from emulator.plugins.functions import client
from emulator.reflection import UnknownTypeError
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
        """Choose the tenant."""
        tenant = settings.get("tenantId")
        if isinstance(tenant, str) and tenant:
            self._directory = Directory(self._store, tenant)

    @answers
    def Check(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Say what is wrong with the inputs."""
        token, inputs = token_of(request.urn), wire.decode(request.news)
        try:
            problems = check(token, inputs)
        except UnknownTypeError as error:
            problems = [Problem("", str(error))]
        if token.endswith(":Group") and not any(inputs.get(name) not in {None, False} for name in _KINDS):
            text = "a group is for security or for mail; set securityEnabled (or mailEnabled) to true"
            problems.append(Problem(_KINDS[0], text))
        return checked(inputs, problems)

    @answers
    def Diff(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Say what changes, and what that replaces; names are not unique, so the new object may come first."""
        fact = self._directory.fact(token_of(request.urn))
        return compared(changes(fact, wire.decode(request.old_inputs), wire.decode(request.news)), delete_first=False)

    @answers
    def Create(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Make an object, or say what a preview knows of it."""
        token, inputs = token_of(request.urn), wire.decode(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=wire.encode(self._directory.forecast(token, inputs)))
        record = self._directory.create(token, inputs)
        return pb.CreateResponse(id=record.id, properties=wire.encode(record.outputs))

    @answers
    def Update(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Change an object, or say what a preview knows of the change."""
        token, inputs = token_of(request.urn), wire.decode(request.news)
        if request.preview:
            kept = {name: wire.decode(request.olds).get(name) for name in self._directory.entry(token).guids}
            return pb.UpdateResponse(properties=wire.encode({**self._directory.forecast(token, inputs), **kept}))
        return pb.UpdateResponse(properties=wire.encode(self._directory.update(token, request.id, inputs).outputs))

    @answers
    def Read(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Give an object as it is now; an empty id says that it is gone."""
        record = self._store.record(request.id)
        if record is None:
            return pb.ReadResponse()
        return pb.ReadResponse(id=record.id, properties=wire.encode(record.outputs), inputs=wire.encode(record.inputs))

    @answers
    def Delete(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Delete an object and what belongs to it; one that is gone already is no error."""
        self._directory.delete(request.id)
        return _empty.Empty()

    @answers
    def Invoke(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's name
        """Answer a look-up."""
        function = request.tok.rsplit(":", 1)[-1]
        if function == "getClientConfig":
            me = client(os.environ.get("ARM_SUBSCRIPTION_ID") or SUBSCRIPTION, self._directory.tenant_id)
            found: dict[str, Value] = {"id": me["objectId"], **me}
        else:
            found = self._directory.call(function, wire.decode(request.args))
        return pb.InvokeResponse(**{"return": wire.encode(found)})
