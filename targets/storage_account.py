"""The storage account of an ``azblob://`` URL, and its errors as messages that say what to do.

States and records both use it, so both find the account as the engine finds it (gocloud.dev, ``blob/azureblob``).
The Azure packages are imported inside functions: they are optional (``requirements-azure.txt``).
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from support.errors import Exit, OperationError
from support.packages import azure_packages

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient, ContainerClient

RETRIES = 2
"""Retries of a request, after 1 and 3 seconds; with the SDK's defaults, an account that does not answer takes half a
minute."""

CONNECT_SECONDS = 5

CONTAINER_NOT_FOUND = "ContainerNotFound"
"""Error code of the storage service."""


def blob_service(url: str) -> BlobServiceClient:
    """Return a client for the storage account of an ``azblob://`` URL, chosen as the engine chooses it.

    That is: AZURE_STORAGE_CONNECTION_STRING; or the account of the URL or of AZURE_STORAGE_ACCOUNT, with
    AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN; or else an Entra identity.

    Raises:
        OperationError: exit code 2, no container or account is named; 4, the client library is not installed.

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
        raise OperationError(
            f"{url}: no container is named; write azblob://CONTAINER?storage_account=ACCOUNT", Exit.BAD_INPUT
        )
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
    """Return the account's name and endpoint.

    Raises:
        OperationError: exit code 2, no account is named.

    """
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    account = query.get("storage_account") or os.environ.get("AZURE_STORAGE_ACCOUNT")
    if not account:
        raise OperationError(
            f"{parts.geturl()}: no storage account is named; add ?storage_account=ACCOUNT, or set "
            "AZURE_STORAGE_ACCOUNT.",
            Exit.BAD_INPUT,
        )
    domain = query.get("domain") or os.environ.get("AZURE_STORAGE_DOMAIN") or "blob.core.windows.net"
    protocol = query.get("protocol") or os.environ.get("AZURE_STORAGE_PROTOCOL") or "https"
    local = query.get("localemu") == "true" or domain.split(":")[0] in ("127.0.0.1", "localhost")
    return account, f"{protocol}://{domain}/{account}" if local else f"{protocol}://{account}.{domain}"


def _credential(account: str) -> Any:  # noqa: ANN401 - a key, or one of the identity library's classes
    if key := os.environ.get("AZURE_STORAGE_KEY"):
        # The key belongs to the account of the environment, even if the URL names another one.
        return {"account_name": os.environ.get("AZURE_STORAGE_ACCOUNT") or account, "account_key": key}
    if token := os.environ.get("AZURE_STORAGE_SAS_TOKEN"):
        return token
    with azure_packages("state and records in Azure storage"):
        from azure.identity import DefaultAzureCredential
    return DefaultAzureCredential()


def code_of(error: Exception) -> str:
    """Return the error code of the storage service, e.g. ``ContainerNotFound``; empty if there is none."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


@contextmanager
def storage_errors(client: ContainerClient, *, missing_ok: bool = False) -> Generator[None]:
    """Turn errors of the storage client into messages that say what to do; ``missing_ok`` ignores a missing blob.

    Raises:
        OperationError: exit code 2, the container does not exist or access is refused; 1, nothing answers.

    """
    from azure.core.exceptions import AzureError, ResourceNotFoundError

    try:
        yield
    except AzureError as error:
        blob_missing = isinstance(error, ResourceNotFoundError) and code_of(error) != CONTAINER_NOT_FOUND
        if not (missing_ok and blob_missing):
            raise _operation_error(client, error) from None


def _operation_error(client: ContainerClient, error: Exception) -> OperationError:
    from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

    name, account = client.container_name, client.account_name
    host = urlsplit(client.url).netloc
    status = getattr(error, "status_code", None)
    if code_of(error) == CONTAINER_NOT_FOUND:
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
            f"nothing answers at {host}, where the state of container {name} should be. Check the URL in "
            "FABRIX_STATE_URL, and that this machine reaches the account's private endpoint."
        )
    first = str(getattr(error, "message", error)).splitlines()[0] if isinstance(error, HttpResponseError) else ""
    return OperationError(f"storage account {account} ({host}), container {name}: {first or type(error).__name__}")
