"""Documents as blobs, beside the state on Azure. The service itself refuses to create twice and to replace unseen.

``ledger/…`` is in the container ``ledger``, whose blobs are created once and never written again, so that an
immutability policy can lock them; everything else is in ``operations``. If the state is in ``state-STACK``, the two are
``ledger-STACK`` and ``operations-STACK``, which ``./fabrix bootstrap`` makes. The signed-in identity needs the role
*Storage Blob Data Contributor* on them.

Needs the optional Azure packages (``requirements-azure.txt``), so it is imported only where a state is in blobs.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.storage.blob import BlobClient, BlobServiceClient, ContainerClient

from records.documents import Changed, Document, Exists, checked
from support.errors import Exit, OperationError
from targets.storage_account import CONTAINER_NOT_FOUND, code_of

LEDGER = "ledger"
OPERATIONS = "operations"
CONTAINERS = (LEDGER, OPERATIONS)

_FORBIDDEN = 403

_WRITE = "write"
"""Metadata: id of the write that made this blob. The client repeats a write whose answer was lost, and then gets the
answer that the blob exists; only this id shows that the blob is its own."""


class BlobDocuments:
    """Documents in the containers ``ledger`` and ``operations`` of one storage account.

    ``suffix`` ends both names, so that each stack can have containers, and rights on them, of its own.
    """

    def __init__(self, service: BlobServiceClient, suffix: str = "") -> None:
        self._service = service
        self._suffix = suffix

    def __eq__(self, other: object) -> bool:
        """Return whether these are the same containers."""
        return isinstance(other, BlobDocuments) and self._identity == other._identity

    def __hash__(self) -> int:
        """Fit :meth:`__eq__`."""
        return hash(self._identity)

    def exist(self) -> bool:
        """Return whether any of the containers exists; if only one does, the other is reported when it is needed.

        Raises:
            OperationError: the account cannot be reached, or refuses access.

        """
        existing = []
        for kind in CONTAINERS:
            with self._errors(kind):
                existing.append(self._service.get_container_client(kind + self._suffix).exists())
        return any(existing)

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with ``prefix``, sorted."""
        with self._errors(prefix):
            return sorted(self._container(prefix).list_blob_names(name_starts_with=prefix))

    def read(self, name: str) -> Document | None:
        """Return the document; None if there is none."""
        dates: list[str] = []
        try:
            with self._errors(name):
                stream = self._blob(name).download_blob(
                    raw_response_hook=lambda answer: dates.append(answer.http_response.headers.get("Date", ""))
                )
                content, properties = stream.readall(), stream.properties
        except ResourceNotFoundError:
            return None
        now = parsedate_to_datetime(dates[0])
        return Document(content, properties.etag, max(0.0, (now - properties.last_modified).total_seconds()))

    def create(self, name: str, content: bytes) -> str:
        """Write a new document; raises :class:`Exists`."""
        write = uuid.uuid4().hex
        try:
            return self._upload(name, content, write, {"overwrite": False})
        except (ResourceExistsError, ResourceModifiedError):
            if own := self._own(name, write):
                return own
            raise Exists(name) from None

    def replace(self, name: str, content: bytes, etag: str) -> str:
        """Overwrite the document that was read; raises :class:`Changed`."""
        write = uuid.uuid4().hex
        condition = {"overwrite": True, "etag": etag, "match_condition": MatchConditions.IfNotModified}
        try:
            return self._upload(name, content, write, condition)
        except (ResourceModifiedError, ResourceNotFoundError):
            if own := self._own(name, write):
                return own
            raise Changed(name) from None

    def delete(self, name: str, etag: str | None = None) -> None:
        """Delete the document; raises :class:`Changed`."""
        condition: dict[str, Any] = (
            {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag is not None else {}
        )
        try:
            with self._errors(name):
                self._blob(name).delete_blob(**condition)
        except ResourceNotFoundError:
            return
        except ResourceModifiedError:
            if self.read(name) is not None:  # already deleted is no error
                raise Changed(name) from None

    def _upload(self, name: str, content: bytes, write: str, condition: dict[str, Any]) -> str:
        with self._errors(name):
            return self._blob(name).upload_blob(content, metadata={_WRITE: write}, **condition)["etag"]

    def _own(self, name: str, write: str) -> str | None:
        """Return the blob's etag if it was made by our own write, whose answer was lost."""
        try:
            with self._errors(name):
                properties = self._blob(name).get_blob_properties()
        except ResourceNotFoundError:
            return None
        return properties.etag if (properties.metadata or {}).get(_WRITE) == write else None

    @property
    def _identity(self) -> tuple[str | None, str, str]:
        return self._service.account_name, self._service.primary_hostname, self._suffix

    def _container(self, name: str) -> ContainerClient:
        kind = LEDGER if name.startswith(f"{LEDGER}/") else OPERATIONS
        return self._service.get_container_client(kind + self._suffix)

    def _blob(self, name: str) -> BlobClient:
        return self._container(name).get_blob_client(checked(name))

    def _advice(self, container: ContainerClient) -> str:
        """Return who makes a container: the bootstrap makes those of stacks, never one for all of them."""
        if self._suffix:
            return f"`./fabrix bootstrap` makes it for a stack {self._suffix.removeprefix('-')} that its file names"
        return (
            "beside a state that is in no container state-STACK nothing makes it: `az storage container create "
            f"--name {container.container_name} --account-name {self._service.account_name} --auth-mode login`"
        )

    @contextmanager
    def _errors(self, name: str) -> Generator[None]:
        """Turn errors of the service into messages that an operator can act on; unmet conditions pass."""
        container = self._container(name)
        where = f"container {container.container_name} of storage account {self._service.account_name}"
        try:
            yield
        except HttpResponseError as error:
            code = code_of(error) or str(error.status_code)
            if code == CONTAINER_NOT_FOUND:
                raise OperationError(f"{where} does not exist; {self._advice(container)}", Exit.BAD_INPUT) from None
            if isinstance(error, (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError)):
                raise
            if isinstance(error, ClientAuthenticationError) or error.status_code == _FORBIDDEN:
                raise OperationError(
                    f"{where} refuses ({code}). Sign in with an identity that has the role Storage Blob Data "
                    "Contributor on it, from a network that the account lets in."
                ) from None
            raise OperationError(f"{where}, {name}: the service answered {code}; run the command again") from None
        except (ServiceRequestError, ServiceResponseError) as error:
            reason = str(error).splitlines()[0]
            raise OperationError(f"{where} does not answer ({reason}); nothing was decided without it") from None
