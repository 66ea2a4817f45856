"""Places to keep documents in: a folder, and a real blob service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from records.documents import Documents
from records.file_documents import FileDocuments


@pytest.fixture(params=["folder", pytest.param("blob", marks=pytest.mark.slow)])
def documents(request: pytest.FixtureRequest, tmp_path: Path) -> Documents:
    """Empty documents of each kind."""
    return request.getfixturevalue(f"{request.param}_documents")


@pytest.fixture
def folder_documents(tmp_path: Path) -> Documents:
    return FileDocuments(tmp_path / "records")


@pytest.fixture
def blob_documents(azurite: Any) -> Iterator[Documents]:
    from records.blob_documents import CONTAINERS, BlobDocuments

    service = azurite.service()
    for name in CONTAINERS:
        azurite.container(name)
    yield BlobDocuments(service)
    for name in CONTAINERS:
        container = service.get_container_client(name)
        for blob in container.list_blob_names():
            container.delete_blob(blob)
