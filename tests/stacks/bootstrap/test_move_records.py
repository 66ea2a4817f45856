"""The records beside a state when it moves: the ledger is copied completely, and nobody changes the stack meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from records import ledger, locations
from records.file_documents import FileDocuments
from records.identity import Identity
from records.journal import SWAP, Journal, Journals, PromotionStep
from records.ledger import Ledger, keys
from records.lock import StackLock
from settings.bootstrap import STACK
from stacks.bootstrap import move_records
from stacks.bootstrap.move_records import lock_records
from support.errors import Exit, OperationError
from targets.local import LocalTarget

ANNA = Identity("anna@example.invalid", "git")
JOURNAL = Journal(
    id="1", stack="dev", kind="promotion", source=None, release="2026.11.0", release_hash="sha256:1",
    running="2026.10.0", running_hash="sha256:0", before="2026.10.0", how=SWAP, step=PromotionStep.SWAPPING,
    by=ANNA.document(), since="2026-11-24T10:00:00Z",
)  # fmt: skip


@pytest.fixture
def target(tmp_path: Path) -> LocalTarget:
    return LocalTarget(tmp_path / "home").for_stack("dev")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileDocuments:
    """The documents of the new backend; a folder stands for the containers of another account."""
    found, real = FileDocuments(tmp_path / "there"), locations.documents_beside
    monkeypatch.setattr(locations, "documents_beside", lambda target, url: found if url == "new" else real(target, url))
    return found


def write(target: LocalTarget, *words: str) -> Ledger:
    opened = ledger.open_ledger(target, "dev")
    for word in words:
        opened.append("gate", {"words": word})
    return opened


def locked(target: LocalTarget, said: list[str] | None = None) -> Any:
    say = (said if said is not None else []).append
    return lock_records(target, "dev", target.backend_url(), "new", report=say)


def contents(documents: FileDocuments) -> dict[str, bytes]:
    found = {name: documents.read(name) for name in documents.names("")}
    return {name: one.content for name, one in found.items() if one and not name.startswith("locks/")}


def moved(target: LocalTarget) -> list[str]:
    said: list[str] = []
    with locked(target, said) as records:
        records.check()
        records.move()
    return said


def test_the_ledger_is_copied_byte_for_byte_and_verifies(target: LocalTarget, there: FileDocuments) -> None:
    opened = write(target, "first", "second")
    said = moved(target)
    assert contents(there) == contents(FileDocuments(target.base / "records"))
    assert "4 documents" in said[0], "two entries, the public key and the head"
    trusted = keys.local_keys(target.base).trusted
    assert Ledger(there, "dev", None, trusted=trusted).verify(anchor=opened.head()) == []
    assert moved(target) == [], "the same command again has nothing left to do"


def test_a_ledger_that_was_half_copied_is_completed(target: LocalTarget, there: FileDocuments) -> None:
    write(target, "first", "second")
    here = FileDocuments(target.base / "records")
    first = here.read("ledger/dev/000001.json")
    assert first is not None
    there.create("ledger/dev/000001.json", first.content)
    assert "3 documents" in moved(target)[0]
    assert contents(there) == contents(here)


def test_a_ledger_comes_back_to_where_it_began(target: LocalTarget, there: FileDocuments) -> None:
    write(target, "first")
    moved(target)  # and goes on where it was before
    write(target, "second")
    moved(target)
    assert contents(there) == contents(FileDocuments(target.base / "records")), "the older head has been replaced"


def test_another_ledger_is_never_written_over(target: LocalTarget, there: FileDocuments, tmp_path: Path) -> None:
    write(target, "ours")
    other = Ledger(there, "dev", keys.local_keys(tmp_path).signer)
    other.append("gate", {"words": "theirs"})
    before = contents(there)
    with locked(target) as records:
        for refuse in (records.check, records.move):
            with pytest.raises(OperationError, match=r"000001\.json in the new backend differs") as refused:
                refuse()
            assert refused.value.code is Exit.REFUSED
    assert contents(there) == before


def test_entries_that_only_the_new_backend_has_are_kept(target: LocalTarget, there: FileDocuments) -> None:
    write(target, "first")
    moved(target)
    Ledger(there, "dev", keys.local_keys(target.base).signer).append("gate", {"words": "only there"})
    with locked(target) as records, pytest.raises(OperationError, match=r"000002\.json in the new backend"):
        records.move()


def test_who_changes_the_stack_meanwhile_is_kept_off(target: LocalTarget) -> None:
    lock = StackLock(locations.documents_of(target), "dev")
    with locked(target):
        with pytest.raises(OperationError, match="bootstrap --move dev") as refused, lock.hold("up dev", ANNA):
            pytest.fail("a stack was changed while its state moved")
        assert refused.value.code is Exit.REFUSED
    with lock.hold("up dev", ANNA), pytest.raises(OperationError, match="`up dev`"), locked(target):
        pytest.fail("a state was moved while somebody changed the stack")


def test_an_unfinished_promotion_keeps_the_state_where_it_is(target: LocalTarget) -> None:
    Journals(locations.documents_of(target)).write(JOURNAL)
    with (
        pytest.raises(OperationError, match=r"`\./fabrix resume dev` finishes or undoes it") as refused,
        locked(target),
    ):
        pytest.fail("half of a promotion would have been left behind")
    assert refused.value.code is Exit.REFUSED


def test_the_bootstraps_own_state_has_no_records_beside_it(target: LocalTarget) -> None:
    with lock_records(target, STACK, target.backend_url(), "new", report=print) as records:
        assert records is None
    assert not (target.base / "records").exists()


def test_the_same_records_are_not_copied_to_themselves(target: LocalTarget) -> None:
    write(target, "first")
    with lock_records(target, "dev", target.backend_url(), "file:///elsewhere", report=pytest.fail) as records:
        assert records is not None
        records.check()
        records.move()


@pytest.mark.slow
def test_a_state_in_a_container_without_records_is_moved_alone(
    azurite: Any, monkeypatch: pytest.MonkeyPatch, target: LocalTarget
) -> None:
    for name, value in azurite.environment().items():
        monkeypatch.setenv(name, value)
    azurite.container("state-alone")
    with lock_records(target, "dev", "azblob://state-alone", "new", report=print) as records:
        assert records is None
    for kind in ("ledger", "operations"):
        azurite.container(f"{kind}-kept")
    assert locations.find_documents(target, "azblob://state-kept") is not None
    write(target, "first")
    said: list[str] = []
    with lock_records(target, "dev", target.backend_url(), "azblob://state-kept", report=said.append) as records:
        assert records is not None
        records.move()
    kept = locations.documents_beside(target, "azblob://state-kept")
    assert kept.names("") and kept == locations.documents_beside(target, "azblob://state-kept")
    assert kept != locations.documents_beside(target, "azblob://state-alone")
    here = locations.documents_of(target)
    for name in (*here.names("ledger/dev/"), "heads/dev.json"):
        ours, theirs = here.read(name), kept.read(name)
        assert ours and theirs and ours.content == theirs.content, f"{name} is not the same"


def test_the_command_moves_the_records_beside_the_state() -> None:
    from cli import bootstrap

    assert bootstrap.lock_records is move_records.lock_records
