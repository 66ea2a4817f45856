"""The storage account that an ``azblob://`` address means, and its errors in words that say what to do.

State and records both come through here, so both find the account as the engine finds it (gocloud.dev,
``blob/azureblob``).
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from support.errors import Exit, OperationError
from support.packages import azure_packages

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient, ContainerClient

RETRIES = 2
"""Of one request, 1 and 3 seconds later; the SDK's own waits make half a minute before it says that nothing answers."""

CONNECT_SECONDS = 5


@dataclass(frozen=True)
class Container:
    """An ``azblob://`` backend, possibly below a prefix."""

    client: ContainerClient
    prefix: str
    url: str

    def read(self, name: str) -> bytes | None:
        """Read a blob."""
        from azure.core.exceptions import ResourceNotFoundError

        with explained(self.client):
            try:
                return self.client.download_blob(self.prefix + name).readall()
            except ResourceNotFoundError as error:
                if code_of(error) == "ContainerNotFound":
                    raise
                return None

    def names(self, prefix: str) -> list[str]:
        """List blobs."""
        with explained(self.client):
            return sorted(
                name.removeprefix(self.prefix)
                for name in self.client.list_blob_names(name_starts_with=self.prefix + prefix)
            )

    def remove(self, name: str) -> None:
        """Delete a blob."""
        from azure.core.exceptions import ResourceNotFoundError

        with explained(self.client):
            try:
                self.client.delete_blob(self.prefix + name)
            except ResourceNotFoundError as error:
                if code_of(error) == "ContainerNotFound":
                    raise

    def write(self, name: str, content: bytes) -> None:
        """Write a blob."""
        with explained(self.client):
            self.client.upload_blob(self.prefix + name, content, overwrite=True)


def service(url: str) -> BlobServiceClient:
    """Return a client of the storage account that an ``azblob://`` address means, found as the engine finds it.

    That is: AZURE_STORAGE_CONNECTION_STRING; or the account of the address or of AZURE_STORAGE_ACCOUNT, with
    AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN; or else an Entra identity.

    Raises:
        OperationError: exit code 2, no account is named; exit code 4, the client library is not installed.

    """
    with azure_packages("state and records in Azure storage"):
        from azure.storage.blob import BlobServiceClient
    options: dict[str, Any] = {
        "retry_total": RETRIES,
        "initial_backoff": 1,
        "increment_base": 2,
        "connection_timeout": CONNECT_SECONDS,
    }
    parts = urlsplit(url)
    if not parts.netloc:
        raise OperationError(f"{url}: no container is named; write azblob://CONTAINER?storage_account=ACCOUNT",
                             Exit.BAD_INPUT)  # fmt: skip
    if connection := os.environ.get("AZURE_STORAGE_CONNECTION_STRING"):
        try:
            return BlobServiceClient.from_connection_string(connection, **options)
        except ValueError:
            raise OperationError(
                "AZURE_STORAGE_CONNECTION_STRING cannot be read; it is DefaultEndpointsProtocol=…;AccountName=…;"
                "AccountKey=…, as the portal shows it under Access keys.",
                Exit.BAD_INPUT,
            ) from None
    account, endpoint = _endpoint(parts)
    return BlobServiceClient(endpoint, credential=_credential(account), **options)


def _endpoint(parts: SplitResult) -> tuple[str, str]:
    """Return the account's name and its address.

    Raises:
        OperationError: exit code 2, no account is named.

    """
    asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    account = asked.get("storage_account") or os.environ.get("AZURE_STORAGE_ACCOUNT")
    if not account:
        raise OperationError(
            f"{parts.geturl()}: no storage account is named; add ?storage_account=ACCOUNT, or set "
            "AZURE_STORAGE_ACCOUNT.",
            Exit.BAD_INPUT,
        )
    domain = asked.get("domain") or os.environ.get("AZURE_STORAGE_DOMAIN") or "blob.core.windows.net"
    protocol = asked.get("protocol") or os.environ.get("AZURE_STORAGE_PROTOCOL") or "https"
    local = asked.get("localemu") == "true" or domain.split(":")[0] in ("127.0.0.1", "localhost")
    return account, f"{protocol}://{domain}/{account}" if local else f"{protocol}://{account}.{domain}"


def _credential(account: str) -> Any:  # noqa: ANN401 - a key, or one of the identity library's classes
    if key := os.environ.get("AZURE_STORAGE_KEY"):
        # The key belongs to the account of the environment, even where the address names another one.
        return {"account_name": os.environ.get("AZURE_STORAGE_ACCOUNT") or account, "account_key": key}
    if token := os.environ.get("AZURE_STORAGE_SAS_TOKEN"):
        return token
    with azure_packages("state and records in Azure storage"):
        from azure.identity import DefaultAzureCredential
    return DefaultAzureCredential()


def code_of(error: Exception) -> str:
    """Return the storage service's own word for what is wrong, e.g. ``ContainerNotFound``; empty if it gave none."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


@contextmanager
def explained(client: ContainerClient) -> Generator[None]:
    """Turn the storage client's failures into what is wrong and what to do.

    Raises:
        OperationError: exit code 2 for a container that does not exist or a refusal, 1 where nothing answers.

    """
    from azure.core.exceptions import AzureError

    try:
        yield
    except AzureError as error:
        raise _said(client, error) from None


def _said(client: ContainerClient, error: Exception) -> OperationError:
    from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

    name, account = client.container_name, client.account_name
    host = urlsplit(client.url).netloc
    status = getattr(error, "status_code", None)
    if code_of(error) == "ContainerNotFound":
        return OperationError(
            f"the container {name} does not exist in storage account {account} ({host}). The engine does not make it: "
            f"`./fabrix bootstrap` does, or `az storage container create --name {name} --account-name {account} "
            "--auth-mode login`.",
            Exit.BAD_INPUT,
        )
    if status in (401, 403):
        return OperationError(
            f"storage account {account} ({host}) refuses access to container {name} ({code_of(error) or status}). It "
            "needs the role Storage Blob Data Contributor there and a network that it admits; with a key, "
            "AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY have to belong together.",
            Exit.BAD_INPUT,
        )
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return OperationError(
            f"nothing answers at {host}, where the state of container {name} should be. Check the address in "
            "FABRIX_STATE_URL, and that this machine reaches the account's private endpoint."
        )
    first = str(getattr(error, "message", error)).splitlines()[0] if isinstance(error, HttpResponseError) else ""
    return OperationError(f"storage account {account} ({host}), container {name}: {first or type(error).__name__}")
