"""Where the engine keeps state, seen from outside: is a stack there, who holds its lock, how a dead lock is freed.

The engine's DIY backends all have one layout, in a folder or in a blob container (Pulumi documentation, "Managing state
and backend options"; seen with engine 3.259)::

    .pulumi/stacks/<project>/<stack>.json
    .pulumi/locks/organization/<project>/<stack>/<id>.json

Everything else about state is asked of the engine itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from operations.exits import Exit, OperationError

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient, ContainerClient

RETRIES = 2
"""Of one request, 1 and 3 seconds later; the SDK's own waits make half a minute before it says that nothing answers."""

CONNECT_SECONDS = 5


class Place(Protocol):
    """One folder or container that holds state."""

    @property
    def url(self) -> str:
        """What the engine is given."""

    def read(self, name: str) -> bytes | None:
        """Content of a file below the place; None where there is none."""

    def names(self, prefix: str) -> list[str]:
        """Files below ``prefix``, which ends with a slash, in order."""

    def remove(self, name: str) -> None:
        """Delete a file; one that is gone already is no error."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file, over what is there."""


@dataclass(frozen=True)
class Backend:
    """The state of one Pulumi project in one place."""

    place: Place
    project: str

    def has_stack(self, stack: str) -> bool:
        """Whether the stack's checkpoint is there (plain, or compressed as PULUMI_DIY_BACKEND_GZIP makes it).

        Raises:
            OperationError: the place cannot be reached, does not exist, or refuses.

        """
        folder = f".pulumi/stacks/{self.project}/"
        wanted = {f"{folder}{stack}.json", f"{folder}{stack}.json.gz"}
        return any(name in wanted for name in self.place.names(folder))

    def lock_files(self, stack: str) -> dict[str, bytes]:
        """Name → content of the locks on ``stack``; one that its owner removes this moment is left out.

        Raises:
            OperationError: the place cannot be reached, does not exist, or refuses.

        """
        names = self.place.names(f".pulumi/locks/organization/{self.project}/{stack}/")
        contents = {name: self.place.read(name) for name in names if name.endswith(".json")}
        return {name: content for name, content in contents.items() if content is not None}

    def moved_to(self, stack: str) -> str | None:
        """Where the stack's state has moved to, if it was here once; what lies here is then old."""
        note = self.place.read(self._note(stack))
        return str(json.loads(note)["to"]) if note else None

    def note_move(self, stack: str, to: str | None) -> None:
        """Leave word where the state has moved to; None takes the word back, since the state has come here."""
        if to is None:
            self.place.remove(self._note(stack))
        else:
            self.place.write(self._note(stack), json.dumps({"to": to}).encode())

    def refuse_if_moved(self, stack: str) -> None:
        """Keep anybody from going on with a state that has moved.

        Raises:
            OperationError: exit code 3.

        """
        if to := self.moved_to(stack):
            raise OperationError(
                f"the state of {stack} has moved from {self.place.url} to {to}; what is left here is old. Set "
                f"FABRIX_STATE_URL={to}",
                Exit.REFUSED,
                {"movedTo": to},
            )

    def _note(self, stack: str) -> str:
        return f"fabrix-moved/{self.project}/{stack}.json"


@dataclass(frozen=True)
class Folder:
    """A ``file://`` backend."""

    root: Path
    url: str = ""

    def read(self, name: str) -> bytes | None:
        """Read a file."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def names(self, prefix: str) -> list[str]:
        """List a folder; one that is not there is empty."""
        folder = self.root / prefix
        return sorted(f"{prefix}{path.name}" for path in folder.iterdir()) if folder.is_dir() else []

    def remove(self, name: str) -> None:
        """Delete a file."""
        (self.root / name).unlink(missing_ok=True)

    def write(self, name: str, content: bytes) -> None:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


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


def of(url: str, project: str) -> Backend | None:
    """Return the backend at ``url``; None where it is none of ours to look into (Pulumi Cloud, S3, …).

    Raises:
        OperationError: exit code 2, the address cannot be used.

    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        root = Path(unquote(parts.netloc + parts.path)).expanduser()
        return Backend(Folder(root, url), project)
    if parts.scheme == "azblob":
        prefix = parts.path.strip("/")
        client = service(url).get_container_client(parts.netloc)
        return Backend(Container(client, f"{prefix}/" if prefix else "", url), project)
    return None


def must(url: str, project: str) -> Backend:
    """Return the backend at ``url``.

    Raises:
        OperationError: exit code 2, it is none that can be looked into.

    """
    if found := of(url, project):
        return found
    raise OperationError(
        f"state lies in file://FOLDER or azblob://CONTAINER?storage_account=ACCOUNT here, not in {url or 'no place'}",
        Exit.BAD_INPUT,
    )


def service(url: str) -> BlobServiceClient:
    """Return a client of the storage account that an ``azblob://`` address means, found as the engine finds it.

    That is: AZURE_STORAGE_CONNECTION_STRING; or the account of the address or of AZURE_STORAGE_ACCOUNT, with
    AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN; or else an Entra identity (gocloud.dev, ``blob/azureblob``).

    Raises:
        OperationError: exit code 2, no account is named; exit code 4, the client library is not installed.

    """
    try:
        from azure.storage.blob import BlobServiceClient
    except ImportError:
        raise OperationError(
            "state in Azure blobs needs azure-storage-blob, which is not in this environment. Start again through "
            "./fabrix, which installs what requirements.txt lists.",
            Exit.ENGINE_MISSING,
        ) from None
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
    return BlobServiceClient(_endpoint(parts), credential=_credential(), **options)


def _endpoint(parts: SplitResult) -> str:
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
    return f"{protocol}://{domain}/{account}" if local else f"{protocol}://{account}.{domain}"


def _credential() -> Any:  # noqa: ANN401 - a key, or one of the identity library's classes
    if key := os.environ.get("AZURE_STORAGE_KEY"):
        account = os.environ.get("AZURE_STORAGE_ACCOUNT")
        return {"account_name": account, "account_key": key} if account else key
    if token := os.environ.get("AZURE_STORAGE_SAS_TOKEN"):
        return token
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
