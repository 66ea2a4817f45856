"""A ledger of five entries in a folder, and its key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from records.file_documents import FileDocuments
from records.identity import Identity
from records.ledger import Ledger, keys

ANNA = Identity("anna@example.invalid", "git")


def write(ledger: Ledger, count: int) -> None:
    kinds = ("promotion", "gate", "gate", "approval", "deployment")
    for number in range(1, count + 1):
        kind = kinds[(number - 1) % len(kinds)]
        ledger.append(kind, {"words": f"number {number} of prod", "release": "2026.11.0"}, {"plan": f"{number:064x}"})


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Ledger]:
    """Make a ledger: of a stack, with a number of entries, in a folder, signed by the key of another folder."""

    def build(count: int = 0, stack: str = "prod", *, folder: str = "records", key: str = "key") -> Ledger:
        signer = keys.local_keys(tmp_path / key).signer
        ledger = Ledger(FileDocuments(tmp_path / folder), stack, signer, identity=lambda: ANNA)
        write(ledger, count)
        return ledger

    return build
