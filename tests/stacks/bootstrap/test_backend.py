"""State in a blob container, seen from outside the engine: locks, and errors that say what to do."""

import json
import os
import socket

import pytest

from stacks import recovery
from support.errors import Exit, OperationError
from targets import backend
from targets.azure import AzureTarget
from targets.local import LocalTarget
from targets.target import STATE_URL
from tests.azurite import ACCOUNT, KEY

LOCK = ".pulumi/locks/organization/aifabrix/dev/1.json"


@pytest.fixture
def address(azurite, monkeypatch):
    """The other way to name an account: key in the environment, place in the address."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", ACCOUNT)
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    return f"azblob://{azurite.container()}/deep/down?domain=127.0.0.1:{azurite.port}&protocol=http"


def dead_pid() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def hold(place: backend.Backend, *, pid: int, host: str) -> None:
    lock = {"pid": pid, "username": "ann", "hostname": host, "timestamp": "2026-11-24T10:00:00.1234567Z"}
    place.storage.write(LOCK, json.dumps(lock).encode())


def test_a_dead_lock_in_a_container_is_freed_and_a_foreign_one_is_told(address) -> None:
    place = backend.require_backend(address, "aifabrix")
    assert recovery.read_locks(place, "dev") == []
    hold(place, pid=dead_pid(), host=socket.gethostname())
    said = recovery.break_dead_locks(place, recovery.read_locks(place, "dev"), "dev")
    assert "ann@" in said[0] and "since 2026-11-24 10:00:00 UTC" in said[0]
    assert recovery.read_locks(place, "dev") == []

    hold(place, pid=1, host="elsewhere")
    with pytest.raises(
        OperationError, match=r"ann@elsewhere, since 2026-11-24 10:00:00 UTC.*pulumi cancel dev"
    ) as told:
        recovery.break_dead_locks(place, recovery.read_locks(place, "dev"), "dev")
    assert told.value.code is Exit.REFUSED
    assert len(recovery.read_locks(place, "dev")) == 1, "what runs elsewhere is never judged from here"


def test_a_stack_is_found_below_the_prefix_of_its_project(address) -> None:
    place = backend.require_backend(address, "aifabrix")
    place.storage.write(".pulumi/stacks/aifabrix/dev.json", b"{}")
    place.storage.write(".pulumi/stacks/aifabrix/packed.json.gz", b"")
    place.storage.write(".pulumi/stacks/aifabrix/old.json.bak", b"{}")
    assert place.has_stack("dev") and place.has_stack("packed")
    assert not place.has_stack("old") and not place.has_stack("de")
    assert not backend.require_backend(address, "another").has_stack("dev")


def test_what_is_wrong_with_the_place_is_said_with_the_way_out(azurite, address, monkeypatch) -> None:
    missing = address.replace("azblob://", "azblob://not-")
    with pytest.raises(OperationError, match=r"does not exist.*az storage container create --name not-") as said:
        backend.require_backend(missing, "aifabrix").has_stack("dev")
    assert said.value.code is Exit.BAD_INPUT

    with pytest.raises(OperationError, match=r"nothing answers at 127.0.0.1:1,") as said:
        backend.require_backend("azblob://state?domain=127.0.0.1:1&protocol=http", "aifabrix").has_stack("dev")
    assert said.value.code is Exit.FAILED

    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY[::-1].replace("=", "A"))
    with pytest.raises(OperationError, match=r"refuses access .*Storage Blob Data Contributor") as said:
        backend.require_backend(address, "aifabrix").has_stack("dev")
    assert said.value.code is Exit.BAD_INPUT
    assert KEY[:20] not in str(said.value), "an error never shows a key"

    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT")
    with pytest.raises(OperationError, match="no storage account is named"):
        backend.require_backend("azblob://state", "aifabrix")
    with pytest.raises(OperationError, match="no container is named"):
        backend.require_backend("azblob:///state?storage_account=x", "aifabrix")
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "nonsense")
    with pytest.raises(OperationError, match="AZURE_STORAGE_CONNECTION_STRING cannot be read"):
        backend.require_backend("azblob://state", "aifabrix")


def test_the_note_of_a_move_is_there_whole_or_not_at_all(monkeypatch, tmp_path) -> None:
    place = backend.require_backend(tmp_path.as_uri(), "aifabrix")
    place.record_move("dev", "azblob://state-dev")

    def full(_handle: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="full"):
        place.record_move("dev", "azblob://elsewhere")
    assert place.moved_to("dev") == "azblob://state-dev", "a note that is cut off could not be read by any command"
    assert [one.name for one in (tmp_path / "fabrix-moved" / "aifabrix").iterdir()] == ["dev.json"]


def test_each_stack_sees_its_own_address(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv(STATE_URL, "azblob://state-{stack}?storage_account=stx")
    for target in (LocalTarget(), AzureTarget()):
        assert target.for_stack("dev").backend_url() == "azblob://state-dev?storage_account=stx"
        assert target.for_stack("dev").for_stack("prod").backend_url() == "azblob://state-prod?storage_account=stx"
        with pytest.raises(OperationError, match="differs by stack"):
            target.backend_url()
    assert LocalTarget(tmp_path).backend_url().startswith("file://"), "a home of its own keeps its state in itself"


def test_a_backend_of_another_kind_is_left_to_the_engine() -> None:
    assert backend.open_backend("https://api.pulumi.com", "aifabrix") is None
    assert backend.open_backend("s3://bucket", "aifabrix") is None


def test_an_azure_run_knows_where_the_engine_will_look(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv(STATE_URL, raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    assert AzureTarget().backend_url() == "", "nobody has said"
    (tmp_path / "credentials.json").write_text(json.dumps({"current": "azblob://state"}))
    assert AzureTarget().backend_url() == "azblob://state"
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///elsewhere")
    assert AzureTarget().backend_url() == "file:///elsewhere"
