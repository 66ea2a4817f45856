"""Writing and reading a ledger."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from records.documents import Exists
from records.file_documents import FileDocuments
from records.ledger import KINDS, Ledger, keys, without_secrets
from records.ledger.entry import GENESIS
from support.errors import Exit, OperationError

ROOT = Path(__file__).resolve().parents[3]
Make = Callable[..., Ledger]


def test_an_empty_ledger_verifies_and_has_nothing(make: Make) -> None:
    ledger = make()
    assert (ledger.verify(), ledger.entries(), ledger.head()) == ([], [], GENESIS)


def test_entries_are_numbered_chained_and_read_back(make: Make) -> None:
    ledger = make()
    wrote = [ledger.append(kind, {"n": n, "share": 1.5, "list": [1, "a", None]}) for n, kind in enumerate(KINDS, 1)]
    assert ledger.entries() == wrote, "an entry is read as append returned it"
    assert [entry.sequence for entry in wrote] == list(range(1, len(KINDS) + 1))
    assert [entry.previous for entry in wrote] == [GENESIS, *(entry.digest for entry in wrote[:-1])]
    assert ledger.head() == wrote[-1].digest
    assert ledger.verify() == []
    assert [entry.kind for entry in ledger.entries("gate")] == ["gate"]
    assert wrote[0].predicate == {"n": 1, "share": 1.5, "list": [1, "a", None]}, "numbers stay what they were"
    assert wrote[0].by.name == "anna@example.invalid" and wrote[0].at.endswith("Z")


def test_an_entry_is_a_dsse_envelope_around_an_in_toto_statement(make: Make) -> None:
    """Read here without our own code, as another tool would."""
    ledger = make()
    entry = ledger.append("deployment", {"words": "deployed"}, {"plan": "sha256:" + "a" * 64, "image": "b" * 64})
    document = ledger.documents.read("ledger/prod/000001.json")
    assert document is not None
    assert hashlib.sha256(document.content).hexdigest() == entry.digest
    envelope = json.loads(document.content)
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    payload = base64.b64decode(envelope["payload"])
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "urn:aifabrix:ledger:deployment:v1"
    assert statement["subject"] == [
        {"name": "image", "digest": {"sha256": "b" * 64}},
        {"name": "plan", "digest": {"sha256": "a" * 64}},
    ]
    assert set(statement["predicate"]) == {"stack", "kind", "sequence", "previous", "at", "by", "data"}

    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    (signature,) = envelope["signatures"]
    kept = ledger.documents.read(f"ledger/prod/keys/{signature['keyid']}.pem")
    assert kept is not None
    public: Any = load_pem_public_key(kept.content)
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    public.verify(base64.b64decode(signature["sig"]), signed)


@pytest.mark.parametrize("secret", ["Endpoint=x;AccountKey=abcdefgh12345678", "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln"])
def test_what_looks_like_a_secret_is_never_written(make: Make, secret: str) -> None:
    ledger = make()
    for data in ({"note": secret}, {"deep": [{"er": secret}]}, {secret: 1}):
        with pytest.raises(OperationError, match="looks like") as refused:
            ledger.append("approval", data)
        assert refused.value.code is Exit.BAD_INPUT
        assert secret not in str(refused.value), "the refusal repeats the secret"
    assert ledger.documents.names("") == [], "something was written nevertheless"


def test_digests_names_and_times_are_no_secrets(make: Make) -> None:
    make().append("gate", {"hash": "sha256:" + hashlib.sha256(b"x").hexdigest(), "at": "2026-11-24T10:00:00Z"})


def test_what_tools_said_is_written_without_what_looks_like_a_secret(make: Make) -> None:
    secret = "Endpoint=x;AccountKey=abcdefgh12345678"
    entry = make().append(
        "promotion", without_secrets({"phase": "undone", "errors": [f"failed: {secret}", "no image"], "n": 1})
    )
    left_out = "(left out: it looks like an Azure connection string)"
    assert entry.predicate == {"phase": "undone", "errors": [left_out, "no image"], "n": 1}


@pytest.mark.parametrize(
    "name",
    [
        "urn:pulumi:prod::aifabrix::aifabrix:platform:Platform$azure-native:web:WebAppSlot::miso-controller-staging",
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-aifabrix-pro-sdc/providers/Microsoft.Web",
        "/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-aifabrix-pro-sdc-50mqve/virtualEndpoints/writer",
        "https://github.com/Contoso-Platform/AIFabrix-Infrastructure/actions/runs/19283746501/attempts/2",
        "acraifabrix.azurecr.io/aifabrix/miso-controller@sha256:" + "0123456789abcdef" * 4,
        "siteConfig.appSettings[3].KEYCLOAK_ADMIN_CLIENT_ID",
    ],
)
def test_names_that_entries_are_full_of_are_no_secrets(name: str) -> None:
    assert without_secrets(name) == name


def test_mistakes_of_the_program_are_told(make: Make) -> None:
    for kind in ("party", "bootstrap"):  # the bootstrap has no ledger, so nobody would ever append the second
        with pytest.raises(ValueError, match="no kind of entry"):
            make().append(kind, {})
    with pytest.raises(ValueError, match="no SHA-256"):
        make().append("gate", {}, {"plan": "md5"})
    with pytest.raises(OperationError, match="reading only"):
        Ledger(FileDocuments(Path("nowhere")), "prod", None).append("gate", {})


def test_stacks_do_not_share_entries(make: Make) -> None:
    prod, test = make(2, "prod"), make(1, "test")
    assert (len(prod.entries()), len(test.entries())) == (2, 1)


def test_writers_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    """Six threads, and a process that shares nothing with them but the folder."""
    signer = keys.local_keys(tmp_path).signer
    script = (
        "import sys; from pathlib import Path; from records.ledger import Ledger, keys\n"
        "from records.file_documents import FileDocuments; home = Path(sys.argv[1])\n"
        "ledger = Ledger(FileDocuments(home / 'records'), 'prod', keys.local_keys(home).signer)\n"
        "for number in range(10): ledger.append('gate', {'process': number})\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )

    def work(name: int) -> None:
        ledger = Ledger(FileDocuments(tmp_path / "records"), "prod", signer)
        for number in range(8):
            ledger.append("gate", {"thread": name, "number": number})
            assert ledger.verify() == [], "a ledger verifies while others write"

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert process.wait(timeout=120) == 0
    ledger = Ledger(FileDocuments(tmp_path / "records"), "prod", signer)
    entries = ledger.entries()
    assert [entry.sequence for entry in entries] == list(range(1, 59)), "no entry is lost, none is there twice"
    assert len({json.dumps(entry.predicate) for entry in entries}) == 58
    assert ledger.verification().notes == [], "the head names the last entry"


class Dying(FileDocuments):
    """Dies before the write of that number, as a killed process would."""

    left: int

    def _count(self) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1

    def create(self, name: str, content: bytes) -> str:
        self._count()
        return super().create(name, content)

    def replace(self, name: str, content: bytes, etag: str) -> str:
        self._count()
        return super().replace(name, content, etag)


@pytest.mark.parametrize("already", [0, 1, 3])
@pytest.mark.parametrize("writes", range(4))
def test_a_writer_that_dies_between_two_writes_harms_nothing(
    make: Make, tmp_path: Path, already: int, writes: int
) -> None:
    whole = make(already)
    dying = Dying(tmp_path / "records")
    dying.left = writes
    dead = Ledger(dying, "prod", whole.signer)
    try:
        dead.append("gate", {"words": "the dead one's"})
    except KeyboardInterrupt:
        died = True
    else:
        died = False
    assert died or writes >= 2, "it did not die, so nothing was tested"
    assert whole.verify() == [], "a ledger verifies after a crash"
    there = len(whole.entries())
    assert there in (already, already + 1)
    following = whole.append("gate", {"words": "the next one's"})
    assert following.sequence == there + 1
    judged = whole.verification()
    assert (judged.faults, judged.notes) == ([], []), "the next entry mends the head"


def test_writers_killed_at_any_moment_leave_a_ledger_that_verifies(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from records.ledger import Ledger, keys\n"
        "from records.file_documents import FileDocuments; home = Path(sys.argv[1])\n"
        "ledger = Ledger(FileDocuments(home / 'records'), 'prod', keys.local_keys(home).signer)\n"
        "ledger.append('gate', {}); print('ready', flush=True)\n"
        "while True: ledger.append('gate', {})\n"
    )
    ledger = Ledger(FileDocuments(tmp_path / "records"), "prod", keys.local_keys(tmp_path).signer)
    before = 0
    for kill in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.1 + 0.0037 * kill)
        process.kill()
        process.wait()
        assert ledger.verify() == [], f"after kill {kill + 1}"
        after = ledger.append("gate", {"words": "the next one's"}).sequence
        assert after > before, "an entry was lost"
        before = after
    assert before >= 16, "the killed ones wrote nothing, so nothing was tested"


def test_a_ledger_whose_end_does_not_verify_is_not_continued(make: Make, tmp_path: Path) -> None:
    ledger = make(3)
    path = tmp_path / "records" / "ledger" / "prod" / "000003.json"
    path.write_bytes(path.read_bytes().replace(b'"sig":"', b'"sig":"A', 1))
    with pytest.raises(OperationError, match="entry 3: changed") as refused:
        ledger.append("gate", {})
    assert refused.value.code is Exit.REFUSED
    with pytest.raises(OperationError, match="nothing may be built on it"):
        ledger.entries()
    with pytest.raises(OperationError, match="entry 3: changed"):
        ledger.require_valid()
    assert not path.with_name("000004.json").exists()


def test_a_lost_race_for_a_number_is_repeated_with_the_next(make: Make, tmp_path: Path) -> None:
    other = make(2)

    class Late(FileDocuments):
        raced = False

        def create(self, name: str, content: bytes) -> str:
            if name.endswith("000003.json") and not self.raced:
                self.raced = True
                other.append("gate", {"words": "was first"})
                raise Exists(name)
            return super().create(name, content)

    late = Ledger(Late(tmp_path / "records"), "prod", other.signer)
    assert late.append("gate", {"words": "was second"}).sequence == 4
    assert late.verify() == []


@pytest.mark.slow
def test_the_ledger_lives_in_blobs_as_in_a_folder(azurite: Any, tmp_path: Path) -> None:
    from records.blob_documents import CONTAINERS, BlobDocuments

    for name in CONTAINERS:
        azurite.container(name)
    documents = BlobDocuments(azurite.service())
    ledger = Ledger(documents, "blobs", keys.local_keys(tmp_path).signer)
    digests = [ledger.append("gate", {"n": number}).digest for number in range(20)]
    assert ledger.verify(digests[7]) == []
    service = azurite.service()
    kept = sorted(service.get_container_client("ledger").list_blob_names(name_starts_with="ledger/blobs/0"))
    assert len(kept) == 20, "entries lie in the container that can be made immutable"
    assert list(service.get_container_client("operations").list_blob_names(name_starts_with="heads/")) == [
        "heads/blobs.json"
    ], "what is written again and again does not"
    service.get_container_client("ledger").delete_blob(kept[4])
    (fault,) = ledger.verify()
    assert (fault.entry, fault.kind) == (5, "removed")
