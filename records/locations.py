"""Which documents belong to a target: a folder of the local Azure, or containers of the account that holds state."""

from __future__ import annotations

from urllib.parse import urlsplit

from records.documents import Documents
from records.file_documents import FileDocuments
from support.errors import Exit, OperationError
from targets.target import Target

AZBLOB = "azblob"
STATE = "state"
"""Container of states, or the beginning of its name where each stack has one (``./fabrix bootstrap`` makes these)."""


def documents_of(target: Target) -> Documents:
    """Return the documents of ``target``: beside its state.

    Raises:
        OperationError: exit code 2, the state lies where no documents can lie beside it; 4 without the Azure packages.

    """
    return documents_beside(target, target.backend_url())


def documents_beside(target: Target, url: str) -> Documents:
    """Return the documents that ``target`` has beside a state at ``url``; raises as :func:`documents_of`."""
    if urlsplit(url).scheme == AZBLOB:
        from records.blob_documents import BlobDocuments
        from targets.storage_account import blob_service

        return BlobDocuments(blob_service(url), suffix_of(url))
    if folder := _folder(target):
        return folder
    named = url.partition("?")[0] or "no place that anybody named"
    raise OperationError(
        f"the state of this target is kept in {named}, and locks, journal "
        "and ledger lie beside it: that takes a storage account. `./fabrix bootstrap` makes one and moves the state; "
        "then set FABRIX_STATE_URL=azblob://CONTAINER?storage_account=NAME",
        Exit.BAD_INPUT,
    )


def find_documents(target: Target, url: str) -> Documents | None:
    """Return the documents beside a state at ``url`` if there can be any.

    There are none beside a file that only the azure target uses, and none where their containers were never made: the
    bootstrap's own state has none.

    Raises:
        OperationError: the storage account cannot be reached, or refuses.

    """
    if urlsplit(url).scheme == AZBLOB:
        from records.blob_documents import BlobDocuments

        made = documents_beside(target, url)
        return made if isinstance(made, BlobDocuments) and made.made() else None
    return _folder(target)


def _folder(target: Target) -> FileDocuments | None:
    from targets.local import LocalTarget

    return FileDocuments(target.base / "records") if isinstance(target, LocalTarget) else None


def suffix_of(url: str) -> str:
    """Return how the containers beside a state end: ``-dev`` for a state in ``state-dev``, nothing for any other."""
    container = urlsplit(url).netloc
    return container.removeprefix(STATE) if container.startswith(f"{STATE}-") else ""
