"""The documents of a target: in a folder of the local Azure, or in containers of the account that holds its state."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from records.documents import Documents
from records.file_documents import FileDocuments
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from targets.storage_account import blob_service
from targets.target import Target

if TYPE_CHECKING:  # needs the optional Azure packages
    from records.blob_documents import BlobDocuments

STATE = "state"
"""Container of states, or the beginning of its name if each stack has one (``./fabrix bootstrap`` makes these)."""


def documents_of(target: Target) -> Documents:
    """Return the documents beside the state of ``target``.

    Raises:
        OperationError: exit code 2, no documents can be beside that state; 4, the Azure packages are not installed.

    """
    return documents_beside(target, target.backend_url())


def documents_beside(target: Target, url: str) -> Documents:
    """Return the documents that ``target`` has beside a state at ``url``; raises like :func:`documents_of`."""
    documents = _blobs(url) or _folder(target)
    if documents is None:
        raise OperationError(
            f"the state of this target is in {url.partition('?')[0] or 'no backend that is configured'}, and its lock, "
            "journal and ledger are kept beside it: that takes a storage account. `./fabrix bootstrap` makes one and "
            "moves the state; then set FABRIX_STATE_URL=azblob://CONTAINER?storage_account=NAME",
            Exit.BAD_INPUT,
        )
    return documents


def find_documents(target: Target, url: str) -> Documents | None:
    """Return the documents beside a state at ``url`` if there can be any.

    There are none beside a file that only the azure target uses, and none where their containers were never made: the
    bootstrap's own state has none.

    Raises:
        OperationError: the storage account cannot be reached, or refuses access.

    """
    if blobs := _blobs(url):
        return blobs if blobs.exist() else None
    return _folder(target)


def _blobs(url: str) -> BlobDocuments | None:
    if urlsplit(url).scheme != "azblob":
        return None
    service = blob_service(url)  # reports missing packages
    from records.blob_documents import BlobDocuments

    return BlobDocuments(service, suffix_of(url))


def _folder(target: Target) -> FileDocuments | None:
    return FileDocuments(target.base / "records") if isinstance(target, LocalTarget) else None


def suffix_of(url: str) -> str:
    """Return how the containers beside a state end: ``-dev`` for a state in ``state-dev``, nothing for any other."""
    container = urlsplit(url).netloc
    return container.removeprefix(STATE) if container.startswith(f"{STATE}-") else ""
