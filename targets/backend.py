"""Where the engine keeps state, seen from outside: is a stack there, who holds its lock, how a dead lock is freed.

The engine's DIY backends all have one layout, in a folder or in a blob container (Pulumi documentation, "Managing state
and backend options"; seen with engine 3.259)::

    .pulumi/stacks/<project>/<stack>.json
    .pulumi/locks/organization/<project>/<stack>/<id>.json

Everything else about state is asked of the engine itself.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from support.errors import Exit, OperationError
from support.files import replace_file
from targets.container import Container, service


class StateStorage(Protocol):
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
        """Write a file, whole or not at all, over what is there."""


@dataclass(frozen=True)
class Backend:
    """The state of one Pulumi project in one place."""

    place: StateStorage
    project: str

    def has_stack(self, stack: str) -> bool:
        """Whether the stack's checkpoint is there (plain, or compressed as PULUMI_DIY_BACKEND_GZIP makes it).

        Raises:
            OperationError: the place cannot be reached, does not exist, or refuses.

        """
        folder = f".pulumi/stacks/{self.project}/"
        wanted = {f"{folder}{stack}.json", f"{folder}{stack}.json.gz"}
        return any(name in wanted for name in self.place.names(folder))

    def has_pending(self, stack: str) -> bool:
        """Whether the stack's checkpoint has operations that began and whose end nobody recorded.

        Raises:
            OperationError: the place cannot be reached, does not exist, or refuses.

        """
        name = f".pulumi/stacks/{self.project}/{stack}.json"
        content = self.place.read(name)
        if content is None:
            packed = self.place.read(f"{name}.gz")
            content = gzip.decompress(packed) if packed else None
        latest = (json.loads(content).get("checkpoint") or {}).get("latest") if content else None
        return bool((latest or {}).get("pending_operations"))

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
        """Write a file: a note that is cut off would stop every later command."""
        replace_file(self.root / name, content)


def open_backend(url: str, project: str) -> Backend | None:
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


def require_backend(url: str, project: str) -> Backend:
    """Return the backend at ``url``.

    Raises:
        OperationError: exit code 2, it is none that can be looked into.

    """
    if found := open_backend(url, project):
        return found
    raise OperationError(
        f"state lies in file://FOLDER or azblob://CONTAINER?storage_account=ACCOUNT here, not in {url or 'no place'}",
        Exit.BAD_INPUT,
    )
