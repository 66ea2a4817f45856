"""The backend that holds the engine's states, read without the engine: which stacks it has, and their lock files.

The engine's DIY backends all have one layout, in a folder or in a blob container (Pulumi documentation, "Managing state
and backend options"; seen with engine 3.259)::

    .pulumi/stacks/<project>/<stack>.json
    .pulumi/locks/organization/<project>/<stack>/<id>.json

Everything else about a state comes from the engine itself.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from support.errors import Exit, OperationError
from support.files import replace_file
from targets.storage_account import blob_service, storage_errors

if TYPE_CHECKING:  # optional packages, see storage_account.py
    from azure.storage.blob import ContainerClient


@dataclass(frozen=True)
class Backend:
    """The states of one Pulumi project in one folder or container."""

    storage: FolderStorage | BlobStorage
    project: str

    def has_stack(self, stack: str) -> bool:
        """Return whether the stack has a checkpoint (plain, or compressed as PULUMI_DIY_BACKEND_GZIP makes it).

        Raises:
            OperationError: the storage cannot be reached, does not exist, or refuses access.

        """
        folder = f".pulumi/stacks/{self.project}/"
        checkpoints = {f"{folder}{stack}.json", f"{folder}{stack}.json.gz"}
        return not checkpoints.isdisjoint(self.storage.names(folder))

    def has_pending(self, stack: str) -> bool:
        """Return whether the stack's checkpoint has operations whose end was never recorded.

        Raises:
            OperationError: the storage cannot be reached, does not exist, or refuses access.

        """
        name = f".pulumi/stacks/{self.project}/{stack}.json"
        content = self.storage.read(name)
        if content is None:
            packed = self.storage.read(f"{name}.gz")
            content = gzip.decompress(packed) if packed else None
        latest = (json.loads(content).get("checkpoint") or {}).get("latest") if content else None
        return bool((latest or {}).get("pending_operations"))

    def lock_files(self, stack: str) -> dict[str, bytes]:
        """Return name → content of the locks on ``stack``, without those that their owners remove meanwhile.

        Raises:
            OperationError: the storage cannot be reached, does not exist, or refuses access.

        """
        names = self.storage.names(f".pulumi/locks/organization/{self.project}/{stack}/")
        contents = {name: self.storage.read(name) for name in names if name.endswith(".json")}
        return {name: content for name, content in contents.items() if content is not None}

    def moved_to(self, stack: str) -> str | None:
        """Return the URL that the stack's state has moved to; any state that is left here is then old."""
        note = self.storage.read(self._move_record(stack))
        return str(json.loads(note)["to"]) if note else None

    def record_move(self, stack: str, to: str | None) -> None:
        """Record the URL that the state has moved to; None removes the record, since the state has come here."""
        if to is None:
            self.storage.delete(self._move_record(stack))
        else:
            self.storage.write(self._move_record(stack), json.dumps({"to": to}).encode())

    def refuse_if_moved(self, stack: str) -> None:
        """Refuse to use a state that has moved.

        Raises:
            OperationError: exit code 3.

        """
        if to := self.moved_to(stack):
            raise OperationError(
                f"the state of {stack} has moved from {self.storage.url} to {to}; what is left here is old. Set "
                f"FABRIX_STATE_URL={to}",
                Exit.REFUSED,
                {"movedTo": to},
            )

    def _move_record(self, stack: str) -> str:
        return f"fabrix-moved/{self.project}/{stack}.json"


@dataclass(frozen=True)
class FolderStorage:
    """A ``file://`` backend."""

    root: Path
    url: str = ""

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is none."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def names(self, prefix: str) -> list[str]:
        """Return the names in a folder, sorted; a missing folder is empty."""
        folder = self.root / prefix
        return sorted(f"{prefix}{path.name}" for path in folder.iterdir()) if folder.is_dir() else []

    def delete(self, name: str) -> None:
        """Delete a file if it exists."""
        (self.root / name).unlink(missing_ok=True)

    def write(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all: a truncated record of a move would stop every later command."""
        replace_file(self.root / name, content)


@dataclass(frozen=True)
class BlobStorage:
    """An ``azblob://`` backend, possibly below a prefix."""

    client: ContainerClient
    prefix: str
    url: str

    def read(self, name: str) -> bytes | None:
        """Return the content of a blob; None if there is none."""
        with storage_errors(self.client, missing_ok=True):
            return self.client.download_blob(self.prefix + name).readall()
        return None

    def names(self, prefix: str) -> list[str]:
        """Return the names of blobs, sorted."""
        with storage_errors(self.client):
            return sorted(
                name.removeprefix(self.prefix)
                for name in self.client.list_blob_names(name_starts_with=self.prefix + prefix)
            )

    def delete(self, name: str) -> None:
        """Delete a blob if it exists."""
        with storage_errors(self.client, missing_ok=True):
            self.client.delete_blob(self.prefix + name)

    def write(self, name: str, content: bytes) -> None:
        """Write a blob, whole or not at all."""
        with storage_errors(self.client):
            self.client.upload_blob(self.prefix + name, content, overwrite=True)


def open_backend(url: str, project: str) -> Backend | None:
    """Return the backend at ``url``; None for one that this program cannot read (Pulumi Cloud, S3, …).

    Raises:
        OperationError: exit code 2, the URL cannot be used.

    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        root = Path(unquote(parts.netloc + parts.path)).expanduser()
        return Backend(FolderStorage(root, url), project)
    if parts.scheme == "azblob":
        prefix = parts.path.strip("/")
        client = blob_service(url).get_container_client(parts.netloc)
        return Backend(BlobStorage(client, f"{prefix}/" if prefix else "", url), project)
    return None


def require_backend(url: str, project: str) -> Backend:
    """Return the backend at ``url``.

    Raises:
        OperationError: exit code 2, it is neither a folder nor a blob container.

    """
    if backend := open_backend(url, project):
        return backend
    raise OperationError(
        f"a state is in file://FOLDER or azblob://CONTAINER?storage_account=ACCOUNT here, not in {url or 'no backend'}",
        Exit.BAD_INPUT,
    )
