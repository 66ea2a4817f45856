"""What documents promise, held against a folder and against a real blob service."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.documents import Changed, Documents, Exists, checked
from records.file_documents import FileDocuments
from support.errors import OperationError

ROOT = Path(__file__).resolve().parents[2]


def test_what_was_created_is_read_back_byte_for_byte(documents: Documents) -> None:
    content = bytes(range(256)) * 40
    etag = documents.create("journal/prod/1.json", content)
    read = documents.read("journal/prod/1.json")
    assert read is not None and (read.content, read.etag) == (content, etag), "a document is read as it was written"


def test_an_empty_document_is_a_document(documents: Documents) -> None:
    documents.create("journal/prod/empty", b"")
    read = documents.read("journal/prod/empty")
    assert read is not None and read.content == b"", "empty is not missing"


def test_a_document_that_nobody_created_is_nothing(documents: Documents) -> None:
    assert documents.read("journal/prod/none.json") is None
    assert documents.names("journal/") == []


def test_a_name_is_created_once(documents: Documents) -> None:
    documents.create("ledger/prod/000001.json", b"first")
    with pytest.raises(Exists):
        documents.create("ledger/prod/000001.json", b"second")
    read = documents.read("ledger/prod/000001.json")
    assert read is not None and read.content == b"first", "a refused create changes nothing"


def test_of_many_creators_at_once_exactly_one_succeeds(documents: Documents) -> None:
    gate = threading.Barrier(8)

    def create(number: int) -> bool:
        gate.wait()
        try:
            documents.create("locks/prod.json", str(number).encode())
        except Exists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, made in enumerate(pool.map(create, range(8))) if made]
    assert len(won) == 1, f"exactly one creates: {won}"
    read = documents.read("locks/prod.json")
    assert read is not None and read.content == str(won[0]).encode(), "what lies there is the winner's"


def test_only_the_one_who_saw_the_present_content_replaces_it(documents: Documents) -> None:
    first = documents.create("locks/prod.json", b"1")
    second = documents.replace("locks/prod.json", b"2", first)
    with pytest.raises(Changed):
        documents.replace("locks/prod.json", b"3", first)
    read = documents.read("locks/prod.json")
    assert read is not None and (read.content, read.etag) == (b"2", second), "a refused replace changes nothing"


def test_of_many_replacers_of_one_content_exactly_one_succeeds(documents: Documents) -> None:
    etag = documents.create("locks/prod.json", b"old")
    gate = threading.Barrier(8)

    def replace(number: int) -> bool:
        gate.wait()
        try:
            documents.replace("locks/prod.json", str(number).encode(), etag)
        except Changed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, made in enumerate(pool.map(replace, range(8))) if made]
    assert len(won) == 1, f"exactly one replaces: {won}"


def test_what_is_gone_cannot_be_replaced(documents: Documents) -> None:
    etag = documents.create("locks/prod.json", b"1")
    documents.delete("locks/prod.json")
    with pytest.raises(Changed):
        documents.replace("locks/prod.json", b"2", etag)
    assert documents.read("locks/prod.json") is None, "a refused replace makes no document"


def test_deleting_asks_for_what_was_read_and_forgives_what_is_gone(documents: Documents) -> None:
    first = documents.create("locks/prod.json", b"1")
    second = documents.replace("locks/prod.json", b"2", first)
    with pytest.raises(Changed):
        documents.delete("locks/prod.json", first)
    assert documents.read("locks/prod.json") is not None, "a refused delete changes nothing"
    documents.delete("locks/prod.json", second)
    documents.delete("locks/prod.json", second)
    documents.delete("locks/prod.json")
    assert documents.read("locks/prod.json") is None


def test_names_are_sorted_and_begin_with_the_prefix(documents: Documents) -> None:
    for name in ("ledger/prod/2.json", "ledger/prod/1.json", "ledger/prod2/1.json", "ledger/prod/keys/a.pem"):
        documents.create(name, b"")
    for name in ("journal/prod/1.json", "locks/prod.json"):
        documents.create(name, b"")
    assert documents.names("ledger/prod/") == ["ledger/prod/1.json", "ledger/prod/2.json", "ledger/prod/keys/a.pem"]
    assert documents.names("ledger/prod") == [*documents.names("ledger/prod/"), "ledger/prod2/1.json"]
    assert documents.names("journal/") == ["journal/prod/1.json"]


def test_age_counts_from_the_last_write(documents: Documents) -> None:
    etag = documents.create("locks/prod.json", b"1")
    time.sleep(2.2)
    before = documents.read("locks/prod.json")
    documents.replace("locks/prod.json", b"2", etag)
    after = documents.read("locks/prod.json")
    assert before is not None and after is not None
    assert before.age >= 1, "time passes for a document (blobs count whole seconds)"
    assert after.age < before.age, "a write makes it young again"


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a/.b", "a:b", "a b", "a\\b", "a\n", "ä", "a" * 256]
)
def test_names_that_not_every_place_can_hold_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="names no document"):
        checked(name)


SCRIPT = """
import sys
from pathlib import Path
from records.file_documents import FileDocuments
documents = FileDocuments(Path(sys.argv[1]))
number = int(sys.argv[2])
while True:
    content = (str(number) * 20000).encode()
    documents.create(f"created/{number}.json", content)
    read = documents.read("replaced.json")
    documents.replace("replaced.json", content, read.etag)
    number += 1
    print("wrote", flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_whole_documents(tmp_path: Path) -> None:
    documents = FileDocuments(tmp_path)
    documents.create("replaced.json", b"1" * 20000)
    for kill in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path), str(10_000 * (kill + 1))],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.02 + 0.013 * kill)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for name in ["replaced.json", *documents.names("created/")]:
            read = documents.read(name)
            assert read is not None, f"{name} is listed and cannot be read"
            number = read.content[: len(read.content) // 20000].decode()
            assert read.content.decode() == number * 20000, f"{name} is half-written after kill -9"
    assert len(documents.names("created/")) >= 12, "the writers wrote nothing, so nothing was tested"


def test_what_a_killed_writer_left_unfinished_is_swept_out_later(tmp_path: Path) -> None:
    documents = FileDocuments(tmp_path)
    documents.create("a.json", b"")
    left = tmp_path / ".unfinished" / "1-dead"
    left.write_bytes(b"half")
    documents.create("b.json", b"")
    assert left.exists(), "a young one may belong to somebody"
    os.utime(left, (0, 0))
    documents.create("c.json", b"")
    assert not left.exists(), "an old one belongs to nobody"
    assert documents.names("") == ["a.json", "b.json", "c.json"], "unfinished files are no documents"


def test_documents_are_for_their_owner_alone(tmp_path: Path) -> None:
    documents = FileDocuments(tmp_path)
    etag = documents.create("approvals/prod/a.json", b"1")
    path = tmp_path / "approvals/prod/a.json"
    assert path.stat().st_mode & 0o077 == 0, "no other user may read records"
    documents.replace("approvals/prod/a.json", b"2", etag)
    assert path.stat().st_mode & 0o077 == 0, "no other user may read records"


@settings(deadline=None, max_examples=60)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["create", "replace", "stale", "delete"]), st.sampled_from("ab"), st.binary(max_size=3)
        ),
        max_size=20,
    )
)
def test_a_folder_behaves_like_a_dictionary_that_remembers(
    steps: list[tuple[str, str, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    documents = FileDocuments(tmp_path_factory.mktemp("records"))
    model: dict[str, bytes] = {}
    etags: dict[str, str] = {}
    for what, name, content in steps:
        try:
            if what == "create":
                etags[name] = documents.create(name, content)
            elif what == "replace":
                etags[name] = documents.replace(name, content, etags.get(name, "none"))
            elif what == "stale":
                documents.replace(name, content, "another")
            else:
                documents.delete(name)
        except Exists:
            assert name in model, "only what exists refuses to be created"
        except Changed:
            assert what == "stale" or name not in model, "only what is another by now refuses to be replaced"
        else:
            if what == "delete":
                model.pop(name, None)
            else:
                model[name] = content
    found = {name: read.content for name in documents.names("") if (read := documents.read(name))}
    assert found == model


@pytest.mark.slow
def test_a_missing_container_is_named_with_the_way_forward(azurite) -> None:
    from records.blob_documents import BlobDocuments

    service = azurite.service()
    for name in ("ledger", "operations"):
        service.delete_container(name) if name in {c.name for c in service.list_containers()} else None
    with pytest.raises(OperationError, match=r"container ledger of storage account .*create --name ledger ") as told:
        BlobDocuments(service).create("ledger/prod/000001.json", b"")
    assert "bootstrap" not in str(told.value), "the bootstrap makes the containers of stacks and never this one"
    with pytest.raises(OperationError, match=r"container ledger-nobody of .*`\./fabrix bootstrap` makes it"):
        BlobDocuments(service, "-nobody").create("ledger/nobody/000001.json", b"")


@pytest.mark.slow
def test_a_write_whose_answer_was_lost_counts_as_ours(azurite) -> None:
    """The client repeats such a write and is told that the blob exists: by itself."""
    from azure.core.exceptions import ServiceResponseError
    from azure.storage.blob import BlobServiceClient

    from records.blob_documents import CONTAINERS, BlobDocuments

    for name in CONTAINERS:
        azurite.container(name)
    lost: list[str] = []

    def lose(response) -> None:
        if response.http_request.method == "PUT" and response.http_response.status_code == 201 and not lost:
            lost.append(response.http_request.url)
            raise ServiceResponseError("the line broke")

    service = BlobServiceClient.from_connection_string(
        azurite.connection_string, raw_response_hook=lose, initial_backoff=0, increment_base=0
    )
    documents = BlobDocuments(service)
    etag = documents.create("locks/lost.json", b"1")
    assert lost, "the answer was not lost, so nothing was tested"
    lost.clear()
    etag = documents.replace("locks/lost.json", b"2", etag)
    assert lost
    documents.delete("locks/lost.json", etag)


@pytest.mark.slow
def test_a_service_that_does_not_answer_is_an_error_in_words() -> None:
    from records.blob_documents import BlobDocuments
    from tests.azurite import Azurite

    dead = Azurite(1)
    from azure.storage.blob import BlobServiceClient

    service = BlobServiceClient.from_connection_string(dead.connection_string, retry_total=0)
    with pytest.raises(OperationError, match=r"container operations .* does not answer"):
        BlobDocuments(service).read("locks/prod.json")
