"""Every way of changing a ledger behind our back, and that it is found and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from records.file_documents import FileDocuments
from records.ledger import Fault, Ledger, keys
from records.ledger.attestation import sign_envelope, statement
from records.ledger.verification import FIXES
from tests.records.ledger.conftest import write

Make = Callable[..., Ledger]


def file(tmp_path: Path, number: int, stack: str = "prod", folder: str = "records") -> Path:
    return tmp_path / folder / "ledger" / stack / f"{number:06d}.json"


def kinds(faults: list[Fault]) -> list[tuple[int | None, str]]:
    return [(fault.entry, fault.kind) for fault in faults]


def head(tmp_path: Path) -> Path:
    return tmp_path / "records" / "heads" / "prod.json"


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_changed_entry_is_found(make: Make, tmp_path: Path, number: int) -> None:
    ledger = make(5)
    path = file(tmp_path, number)
    envelope = json.loads(path.read_bytes())
    envelope["payload"] = envelope["payload"][:-8] + "AAAA" + envelope["payload"][-4:]
    path.write_text(json.dumps(envelope))
    assert kinds(ledger.verify()) == [(number, "changed")]


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_space_more_is_found_though_no_signature_covers_it(make: Make, tmp_path: Path, number: int) -> None:
    ledger = make(5)
    path = file(tmp_path, number)
    path.write_bytes(path.read_bytes().replace(b'","', b'", "', 1))
    assert kinds(ledger.verify()) == [(number, "changed")]


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_removed_entry_is_found(make: Make, tmp_path: Path, number: int) -> None:
    ledger = make(5)
    file(tmp_path, number).unlink()
    assert kinds(ledger.verify()) == [(number, "removed")]


def test_several_removed_entries_are_one_fault(make: Make, tmp_path: Path) -> None:
    ledger = make(5)
    file(tmp_path, 3).rename(file(tmp_path, 999999))
    found = kinds(ledger.verify())
    assert found == [(3, "removed"), (6, "removed"), (999999, "reordered")], "a long gap is not listed number by number"


def test_everything_removed_but_the_head_is_found(make: Make, tmp_path: Path) -> None:
    ledger = make(3)
    shutil.rmtree(tmp_path / "records" / "ledger")
    (fault,) = ledger.verify()
    assert (fault.entry, fault.kind) == (1, "removed") and "000001.json to 000003.json" in fault.what


def test_exchanged_entries_are_found(make: Make, tmp_path: Path) -> None:
    ledger = make(5)
    two, four = file(tmp_path, 2).read_bytes(), file(tmp_path, 4).read_bytes()
    file(tmp_path, 2).write_bytes(four)
    file(tmp_path, 4).write_bytes(two)
    assert kinds(ledger.verify()) == [(2, "reordered"), (4, "reordered")]


def test_closing_a_gap_by_renumbering_is_found(make: Make, tmp_path: Path) -> None:
    ledger = make(5)
    for number in (2, 3, 4):
        file(tmp_path, number + 1).replace(file(tmp_path, number))
    assert kinds(ledger.verify()) == [(2, "reordered"), (3, "reordered"), (4, "reordered"), (5, "removed")]


@pytest.mark.parametrize("place", [3, 6])
def test_a_repeated_entry_is_found(make: Make, tmp_path: Path, place: int) -> None:
    ledger = make(5)
    shutil.copy(file(tmp_path, 2), file(tmp_path, place))
    assert kinds(ledger.verify()) == [(place, "duplicated")]


@pytest.mark.parametrize("place", [3, 6])
def test_an_entry_of_another_stack_is_found(make: Make, tmp_path: Path, place: int) -> None:
    ledger = make(5)
    make(6, "test")
    shutil.copy(file(tmp_path, place, "test"), file(tmp_path, place))
    (fault,) = ledger.verify()
    assert (fault.entry, fault.kind) == (place, "foreign") and "test" in fault.what


@pytest.mark.parametrize("place", [3, 6])
def test_an_entry_by_another_key_is_found(make: Make, tmp_path: Path, place: int) -> None:
    ledger = make(5)
    make(6, folder="forged", key="forger")
    shutil.copy(file(tmp_path, place, folder="forged"), file(tmp_path, place))
    assert kinds(ledger.verify()) == [(place, "unknown key")]


def test_an_entry_without_signature_is_found(make: Make, tmp_path: Path) -> None:
    ledger = make(5)
    envelope = json.loads(file(tmp_path, 5).read_bytes()) | {"signatures": []}
    file(tmp_path, 5).write_text(json.dumps(envelope, separators=(",", ":"), sort_keys=True))
    assert kinds(ledger.verify()) == [(5, "unsigned")]


def test_a_whole_ledger_by_another_key_is_not_trusted_because_it_brings_that_key(make: Make, tmp_path: Path) -> None:
    ledger = make(2)
    make(2, folder="forged", key="forger")
    shutil.rmtree(tmp_path / "records")
    shutil.copytree(tmp_path / "forged", tmp_path / "records")
    assert (1, "unknown key") in kinds(ledger.verify()), "the key beside the ledger is for reading, not for trust"


@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_entry_replaced_by_an_owner_of_the_key_is_found(make: Make, tmp_path: Path, number: int) -> None:
    ledger = make(5)
    assert ledger.signer is not None
    said = {"stack": "prod", "kind": "gate", "sequence": number, "at": "2026-11-24T10:00:00Z", "data": {"all": "fine"}}
    said |= {"by": {"name": "anna", "source": "git"}, "previous": ledger.entries()[number - 1].previous}
    file(tmp_path, number).write_bytes(sign_envelope(statement("gate", said, {}), ledger.signer))
    assert kinds(ledger.verify()) == [(number, "rewritten")]


def test_an_older_head_put_back_is_found(make: Make, tmp_path: Path) -> None:
    ledger = make(2)
    old = head(tmp_path).read_bytes()
    write(ledger, 2)
    head(tmp_path).write_bytes(old)
    (fault,) = ledger.verify()
    assert (fault.entry, fault.kind) == (None, "head") and "names entry 2, and there are 4" in fault.what


def test_a_head_one_behind_is_what_a_crash_leaves_and_is_noted(make: Make, tmp_path: Path) -> None:
    ledger = make(2)
    old = head(tmp_path).read_bytes()
    write(ledger, 1)
    head(tmp_path).write_bytes(old)
    judged = ledger.verification()
    assert judged.faults == [] and "does not name entry 3 yet" in judged.notes[0]


def test_a_removed_head_is_found(make: Make, tmp_path: Path) -> None:
    ledger = make(2)
    head(tmp_path).unlink()
    assert kinds(ledger.verify()) == [(None, "head")]


@pytest.mark.parametrize("what", ["another stack", "another key", "an entry", "nonsense"])
def test_a_head_that_is_none_is_found(make: Make, tmp_path: Path, what: str) -> None:
    ledger = make(2)
    make(2, "test")
    make(2, folder="forged", key="forger")
    source = {
        "another stack": tmp_path / "records" / "heads" / "test.json",
        "another key": tmp_path / "forged" / "heads" / "prod.json",
        "an entry": file(tmp_path, 2),
    }
    head(tmp_path).write_bytes(source[what].read_bytes() if what in source else b"[]")
    assert kinds(ledger.verify()) == [(None, "head")]


def test_a_head_in_the_place_of_an_entry_is_found(make: Make, tmp_path: Path) -> None:
    ledger = make(2)
    shutil.copy(head(tmp_path), file(tmp_path, 3))
    assert kinds(ledger.verify()) == [(3, "foreign")]


def test_the_end_cut_off_with_an_older_head_needs_a_digest_from_elsewhere(make: Make, tmp_path: Path) -> None:
    ledger = make(2)
    old = head(tmp_path).read_bytes()
    write(ledger, 2)
    noted = ledger.head()
    write(ledger, 1)
    assert ledger.verify(noted) == [], "a ledger that has grown since still holds what was noted"
    assert ledger.verify(f"sha256:{noted}") == []
    for number in (3, 4, 5):
        file(tmp_path, number).unlink()
    head(tmp_path).write_bytes(old)
    assert ledger.verify() == [], "this is what a ledger cannot show by itself; its documentation says so"
    assert kinds(ledger.verify(noted)) == [(None, "anchor")]


def test_files_that_are_none_of_a_ledger_are_found(make: Make, tmp_path: Path) -> None:
    ledger = make(2)
    (file(tmp_path, 1).with_name("notes.txt")).write_text("hello")
    assert kinds(ledger.verify()) == [(None, "foreign")]


def test_changed_and_removed_copies_of_the_key_are_found(make: Make, tmp_path: Path) -> None:
    ledger = make(2)
    (copy,) = (tmp_path / "records" / "ledger" / "prod" / "keys").iterdir()
    text = copy.read_bytes()
    copy.write_bytes(text + b"\n")
    assert kinds(ledger.verify()) == [(None, "changed")]
    copy.unlink()
    assert kinds(ledger.verify()) == [(None, "removed")]


def test_every_fault_says_what_to_do() -> None:
    for kind, way in FIXES.items():
        fault = Fault(3, kind, "something was found")
        assert str(fault).startswith(f"entry 3: {kind}: something was found. ") and str(fault).endswith(way)
        assert fault.document()["way"] == way


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, dict[str, bytes]]:
    """A ledger of four entries beside one of another stack, both by one key; and its documents."""
    folder = tmp_path_factory.mktemp("valid")
    signer = keys.local_keys(folder).signer
    ledger = Ledger(FileDocuments(folder / "records"), "prod", signer)
    write(ledger, 4)
    write(Ledger(FileDocuments(folder / "records"), "test", signer), 5)
    documents = FileDocuments(folder / "records")
    return ledger, {name: read.content for name in documents.names("") if (read := documents.read(name))}


class Memory(FileDocuments):
    """Documents as a mutation left them."""

    def __init__(self, held: dict[str, bytes]) -> None:
        super().__init__(Path("nowhere"))
        self.held = held

    def names(self, prefix: str) -> list[str]:
        return sorted(name for name in self.held if name.startswith(prefix))

    def read(self, name: str):
        from records.documents import Document

        return Document(self.held[name], str(hash(self.held[name])), 0.0) if name in self.held else None


@settings(deadline=None, max_examples=600)
@given(data=st.data())
def test_any_single_change_of_a_valid_ledger_is_found(
    valid: tuple[Ledger, dict[str, bytes]], data: st.DataObject
) -> None:
    ledger, held = valid
    ours = [name for name in held if name.startswith(("ledger/prod/", "heads/prod"))]
    changed = dict(held)
    name = data.draw(st.sampled_from(ours), label="name")
    content = held[name]
    how = data.draw(st.sampled_from(["flip", "insert", "cut", "remove", "copy", "move", "swap"]), label="how")
    at = data.draw(st.integers(0, len(content) - 1), label="at")
    byte = data.draw(st.integers(0, 255), label="byte")
    if how == "flip":
        changed[name] = content[:at] + bytes([byte]) + content[at + 1 :]
    elif how == "insert":
        changed[name] = content[:at] + bytes([byte]) + content[at:]
    elif how == "cut":
        changed[name] = content[:at] + content[at + 1 + byte % 40 :]
    elif how == "remove":
        del changed[name]
    else:
        spare = ["ledger/prod/000005.json", "ledger/prod/000000.json", "ledger/prod/note", "heads/prod.json"]
        other = data.draw(st.sampled_from([*held, *spare]), label="other")
        assume(other.startswith(("ledger/prod/", "heads/prod")) or how == "swap")
        if how == "swap":
            assume(other in held)
            changed[name], changed[other] = held[other], content
        else:
            changed[other] = content
            if how == "move":
                del changed[name]
    assume({key: changed.get(key) for key in ours} != {key: held[key] for key in ours} or set(changed) != set(held))
    faults = Ledger(Memory(changed), "prod", None, trusted=ledger.trusted).verify()
    assert faults, f"{how} of {name} was not found"


@settings(deadline=None, max_examples=300)
@given(
    content=st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["payload", "payloadType", "signatures", "keyid", "sig", "x"]), inner, max_size=3
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_whatever_lies_there_instead_is_a_fault_and_no_crash(
    valid: tuple[Ledger, dict[str, bytes]], content: bytes
) -> None:
    ledger, held = valid
    for name in ("ledger/prod/000002.json", "heads/prod.json"):
        assert Ledger(Memory(held | {name: content}), "prod", None, trusted=ledger.trusted).verify()
