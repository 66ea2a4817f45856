"""Which documents belong to a target: a folder of the local Azure, or containers of the account that holds state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from operations.exits import Exit, OperationError
from operations.records.documents import Documents
from operations.records.files import FileDocuments
from operations.target import Target

AZBLOB = "azblob"
STATE = "state"
"""Container of states, or the beginning of its name where each stack has one (``./fabrix bootstrap`` makes these)."""


def documents(target: Target) -> Documents:
    """Return the documents of ``target``: beside its state.

    Raises:
        OperationError: exit code 2, the state lies where no documents can lie beside it; 4 without the Azure packages.

    """
    url = target.backend_url()
    if urlsplit(url).scheme == AZBLOB:
        from operations.records.blobs import BlobDocuments, service

        return BlobDocuments(service(**account(url, os.environ)), suffix_of(url))
    from operations.workspace import LocalTarget

    if isinstance(target, LocalTarget):
        return FileDocuments(target.base / "records")
    raise OperationError(
        f"the state of this target is kept in {url.split('?')[0] or 'no place that anybody named'}, and locks, journal "
        "and ledger lie beside it: that takes a storage account. `./fabrix bootstrap` makes one and moves the state; "
        "then set FABRIX_STATE_URL=azblob://CONTAINER?storage_account=NAME",
        Exit.BAD_INPUT,
    )


def suffix_of(url: str) -> str:
    """Return how the containers beside a state end: ``-dev`` for a state in ``state-dev``, nothing for any other."""
    container = urlsplit(url).netloc
    return container.removeprefix(STATE) if container.startswith(f"{STATE}-") else ""


def account(url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Read the storage account of an ``azblob://`` address as the engine does: its parameters, then the environment.

    Raises:
        OperationError: exit code 2, neither names an account.

    """
    given = {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
    connection = environment.get("AZURE_STORAGE_CONNECTION_STRING", "")
    name = given.get("storage_account") or environment.get("AZURE_STORAGE_ACCOUNT", "")
    if not name and not connection:
        raise OperationError(
            f"{url} names no storage account; write azblob://CONTAINER?storage_account=NAME or set "
            "AZURE_STORAGE_ACCOUNT",
            Exit.BAD_INPUT,
        )
    domain = given.get("domain") or environment.get("AZURE_STORAGE_DOMAIN") or "blob.core.windows.net"
    protocol = given.get("protocol") or environment.get("AZURE_STORAGE_PROTOCOL") or "https"
    loopback = domain.split(":")[0] in ("127.0.0.1", "localhost")
    endpoint = f"{protocol}://{domain}/{name}" if loopback else f"{protocol}://{name}.{domain}"
    return {
        "account": name,
        "endpoint": endpoint,
        "connection": connection,
        "key": environment.get("AZURE_STORAGE_KEY", ""),
    }
